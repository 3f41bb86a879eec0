//! The C functions of `LiteOS` over a Rust allocator.
//!
//! That wants a block's size and alignment again to free it, which C does not tell: so they stand
//! in a word before the block, as whoever uses such an allocator from C has to keep them.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::heap::{self, HEAP};

const WORD: usize = size_of::<u32>();
/// Bits of the word before a block that tell its alignment, as a power of two.
const ALIGN_BITS: u32 = 5;
/// The largest size that the other bits can tell.
const MAX_SIZE: usize = (1 << (u32::BITS - ALIGN_BITS)) - 1;

/// How a block is allocated: with the word, and as much more as its alignment takes.
fn padded(size: usize, align: usize) -> Layout {
    // SAFETY: `align` is a power of two and not 0, and the sum is far from overflowing an `isize`.
    unsafe { Layout::from_size_align_unchecked(size + align, align) }
}

/// Allocates; null without room.
fn allocate(size: usize, align: usize) -> *mut u8 {
    if size == 0 || size > MAX_SIZE - align {
        return null_mut();
    }
    // SAFETY: its size is not 0.
    let start = unsafe { HEAP.alloc(padded(size, align)) };
    // SAFETY: the block has so many bytes more.
    unsafe { described(start, size, align) }
}

/// The payload in what was allocated, its word written; null for null.
///
/// # Safety
///
/// `start` is null or a block that was allocated so.
unsafe fn described(start: *mut u8, size: usize, align: usize) -> *mut u8 {
    if start.is_null() {
        return null_mut();
    }
    let word = (size << ALIGN_BITS) as u32 | align.trailing_zeros();
    // SAFETY: the caller's promise: before the payload is a word at least.
    unsafe {
        let block = start.add(align);
        block.sub(WORD).cast::<u32>().write(word);
        block
    }
}

/// Where a block was allocated, its size and its alignment.
///
/// # Safety
///
/// `block` is one of [`allocate`].
unsafe fn description(block: *mut u8) -> (*mut u8, usize, usize) {
    // SAFETY: the caller's promise: before the payload stands its word.
    unsafe {
        let word = block.sub(WORD).cast::<u32>().read();
        let align = 1 << (word & ((1 << ALIGN_BITS) - 1));
        (block.sub(align), (word >> ALIGN_BITS) as usize, align)
    }
}

/// Makes the only pool: 0, or 1 for an error.
///
/// # Safety
///
/// The memory is nobody else's from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemInit(pool: *mut c_void, size: u32) -> u32 {
    let Some(base) = NonNull::new(pool.cast()) else {
        return 1;
    };
    // SAFETY: the caller's promise.
    u32::from(!unsafe { heap::init(base, size as usize) })
}

/// Allocates; null without room.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAlloc(_: *mut c_void, size: u32) -> *mut u8 {
    allocate(size as usize, WORD)
}

/// Allocates on a boundary; null without room, or for a boundary that is none.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAllocAlign(_: *mut c_void, size: u32, boundary: u32) -> *mut u8 {
    let align = boundary as usize;
    if !align.is_power_of_two() || !(WORD..=MAX_SIZE).contains(&align) {
        return null_mut();
    }
    allocate(size as usize, align)
}

/// Frees: 0. Null is an error, and nothing else is noticed.
///
/// # Safety
///
/// `block` is null or a live block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemFree(_: *mut c_void, block: *mut u8) -> u32 {
    if block.is_null() {
        return 1;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let (start, size, align) = description(block);
        HEAP.dealloc(start, padded(size, align));
    }
    0
}

/// Resizes; null without room, and then the block is as it was. Null is allocated, and a block of
/// size 0 freed.
///
/// # Safety
///
/// `block` is null or a live block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemRealloc(pool: *mut c_void, block: *mut u8, size: u32) -> *mut u8 {
    let new = size as usize;
    if block.is_null() {
        return LOS_MemAlloc(pool, size);
    }
    // SAFETY: the caller's promise; the new size is not 0.
    unsafe {
        if size == 0 {
            LOS_MemFree(pool, block);
            return null_mut();
        }
        let (start, old, align) = description(block);
        if new > MAX_SIZE - align {
            return null_mut();
        }
        let moved = HEAP.realloc(start, padded(old, align), padded(new, align).size());
        described(moved, new, align)
    }
}
