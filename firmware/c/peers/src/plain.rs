//! A Rust allocator as a Rust program calls it: whoever frees knows size and alignment.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;

use crate::heap::{self, HEAP};

/// What most objects need.
const ALIGN: usize = 4;

/// # Safety
///
/// `size` is far from overflowing an `isize`.
unsafe fn layout(size: usize) -> Layout {
    // SAFETY: the caller's promise.
    unsafe { Layout::from_size_align_unchecked(size, ALIGN) }
}

/// Makes the heap: 0, or 1 for an error.
///
/// # Safety
///
/// The memory is nobody else's from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn heap_init(memory: NonNull<u8>, size: usize) -> u32 {
    // SAFETY: the caller's promise.
    u32::from(!unsafe { heap::init(memory, size) })
}

/// Allocates; null without room.
///
/// # Safety
///
/// As [`layout`], and the size is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn heap_allocate(size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { HEAP.alloc(layout(size)) }
}

/// Frees.
///
/// # Safety
///
/// A live block of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn heap_free(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise.
    unsafe { HEAP.dealloc(block, layout(size)) }
}

/// Reallocates; null without room.
///
/// # Safety
///
/// A live block of the size `old`; as [`heap_allocate`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn heap_reallocate(block: *mut u8, old: usize, size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { HEAP.realloc(block, layout(old), size) }
}
