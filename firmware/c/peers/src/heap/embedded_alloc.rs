//! `embedded-alloc`: a critical section of its own, and no `realloc` of its own: a resize
//! allocates, copies and frees.

use core::ptr::NonNull;

#[cfg(feature = "embedded-alloc-llff")]
use embedded_alloc::LlffHeap as Heap;
#[cfg(feature = "embedded-alloc-tlsf")]
use embedded_alloc::TlsfHeap as Heap;

#[global_allocator]
pub static HEAP: Heap = Heap::empty();

/// Gives it its memory: once, or it panics.
///
/// # Safety
///
/// The memory is nobody else's from now on.
pub unsafe fn init(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { HEAP.init(base.as_ptr().addr(), size) };
    true
}
