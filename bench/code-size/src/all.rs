//! Besides allocate, free and resize: everything else that the heap offers.

use core::mem::MaybeUninit;
use core::ptr::{NonNull, null_mut};

#[cfg(feature = "records")]
mod records;

use litepool::{Heap, Stats};

use crate::Weighed;

type Pool = Heap<'static, Weighed>;

/// Makes a pool.
///
/// # Safety
///
/// As [`Heap::from_raw`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_init(
    heap: &mut MaybeUninit<Pool>,
    base: NonNull<u8>,
    size: usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { Heap::from_raw(base, size) }
        .map(|pool| heap.write(pool))
        .is_ok()
}

/// Makes a pool of memory on any boundary.
#[unsafe(no_mangle)]
pub extern "C" fn pool_new(
    heap: &mut MaybeUninit<Pool>,
    memory: &'static mut [MaybeUninit<u8>; 4096],
) -> bool {
    Heap::new(memory).map(|pool| heap.write(pool)).is_ok()
}

/// Opens a pool.
///
/// # Safety
///
/// As [`Heap::attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_attach(
    heap: &mut MaybeUninit<Pool>,
    base: NonNull<u8>,
    size: usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { Heap::attach(base, size) }
        .map(|pool| heap.write(pool))
        .is_ok()
}

/// Allocates on a boundary.
#[unsafe(no_mangle)]
pub extern "C" fn pool_allocate_aligned(heap: &mut Pool, size: usize, align: usize) -> *mut u8 {
    heap.allocate_aligned(size, align)
        .map_or(null_mut(), NonNull::as_ptr)
}

/// Resizes on a boundary.
///
/// # Safety
///
/// As [`Heap::resize_aligned`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_resize_aligned(
    heap: &mut Pool,
    block: NonNull<u8>,
    size: usize,
    align: usize,
) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { heap.resize_aligned(block, size, align) }.map_or(null_mut(), NonNull::as_ptr)
}

/// Bytes that may be used, 0 for a bad pointer.
#[unsafe(no_mangle)]
pub extern "C" fn pool_usable_size(heap: &Pool, block: NonNull<u8>) -> usize {
    heap.usable_size(block).unwrap_or(0)
}

/// The figures.
#[unsafe(no_mangle)]
pub extern "C" fn pool_stats(heap: &Pool, stats: &mut MaybeUninit<Stats>) {
    stats.write(heap.stats());
}

/// The peak starts again.
#[unsafe(no_mangle)]
pub extern "C" fn pool_reset_peak(heap: &mut Pool) {
    heap.reset_peak();
}

/// Bytes of payload in all blocks, by walking them.
#[unsafe(no_mangle)]
pub extern "C" fn pool_walk(heap: &Pool) -> usize {
    heap.blocks()
        .fold(0, |bytes: usize, block| bytes.wrapping_add(block.payload))
}

/// Verifies everything.
#[unsafe(no_mangle)]
pub extern "C" fn pool_check(heap: &Pool) -> bool {
    heap.check().is_ok()
}
