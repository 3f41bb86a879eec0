//! Everything that a shared pool offers.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};

use litepool::PoolInfo;
use litepool::lock::Spin;

use crate::Weighed;

/// How many regions more than one.
const MORE: usize = if cfg!(feature = "regions") { 1 } else { 0 };

static POOL: litepool::Pool<Weighed, Spin, MORE> = litepool::Pool::new();

/// Makes the pool.
///
/// # Safety
///
/// As [`litepool::Pool::init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_init(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { POOL.init(base, size) }.is_ok()
}

/// Opens the pool.
///
/// # Safety
///
/// As [`litepool::Pool::attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_attach(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { POOL.attach(base, size) }.is_ok()
}

/// Adds a region: its number, or 0.
///
/// # Safety
///
/// As [`litepool::Pool::add_region`].
#[cfg(feature = "regions")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_add_region(base: NonNull<u8>, size: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { POOL.add_region(base, size) }.unwrap_or(0)
}

/// Opens two regions.
///
/// # Safety
///
/// As [`litepool::Pool::attach_regions`].
#[cfg(feature = "regions")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_attach_both(
    first: NonNull<u8>,
    second: NonNull<u8>,
    size: usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { POOL.attach_regions(&[(first, size), (second, size)]) }.is_ok()
}

/// Allocates from one region, or from another if that has no room.
#[cfg(feature = "regions")]
#[unsafe(no_mangle)]
pub extern "C" fn shared_allocate_near(region: usize, size: usize, only: bool) -> *mut u8 {
    let block = POOL.lock(|mut heap| {
        let block = if only {
            heap.allocate_in(region, size, 4)
        } else {
            heap.allocate_preferring(region, size, 4)
        };
        block.ok()
    });
    block.ok().flatten().map_or(null_mut(), NonNull::as_ptr)
}

/// Forgets the pool.
///
/// # Safety
///
/// As [`litepool::Pool::deinit`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_deinit() -> bool {
    // SAFETY: the caller's promise.
    unsafe { POOL.deinit() }.is_ok()
}

/// Allocates on a boundary.
#[unsafe(no_mangle)]
pub extern "C" fn shared_allocate(size: usize, align: usize) -> *mut u8 {
    POOL.allocate_aligned(size, align)
        .map_or(null_mut(), NonNull::as_ptr)
}

/// Frees.
///
/// # Safety
///
/// As [`litepool::Pool::free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_free(block: NonNull<u8>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { POOL.free(block) }.is_ok()
}

/// Resizes, as a global allocator does.
///
/// # Safety
///
/// As [`GlobalAlloc::realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn shared_resize(
    block: *mut u8,
    old: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    match Layout::from_size_align(old, align) {
        // SAFETY: the caller's promise.
        Ok(layout) => unsafe { POOL.realloc(block, layout, size) },
        Err(_) => null_mut(),
    }
}

/// Verifies everything, and counts the blocks.
#[unsafe(no_mangle)]
pub extern "C" fn shared_check() -> usize {
    let blocks = POOL.lock(|heap| {
        let blocks = heap.blocks().count();
        if heap.check().is_ok() { blocks } else { 0 }
    });
    blocks.unwrap_or(0)
}

/// Verifies some blocks; 1 at the end of a round, 0 for damage.
#[unsafe(no_mangle)]
pub extern "C" fn shared_check_step(blocks: usize) -> u32 {
    POOL.check_step(blocks)
        .map_or(0, |ended| 2 - u32::from(ended))
}

/// Bytes used in all pools.
#[unsafe(no_mangle)]
pub extern "C" fn shared_list() -> usize {
    let used = |pool: PoolInfo| pool.stats.map_or(0, |stats| stats.used);
    litepool::pools().map(used).fold(0, usize::wrapping_add)
}
