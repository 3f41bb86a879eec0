//! `esp-alloc`: a critical section of its own, and no `realloc` of its own. The last version that
//! builds for another processor than Espressif's; it is `linked_list_allocator` over several
//! regions. The crate itself is the global allocator.

use core::ptr::NonNull;

use esp_alloc::{HeapRegion, MemoryCapability};

pub use esp_alloc::HEAP;

/// Gives it its memory.
///
/// # Safety
///
/// The memory is nobody else's from now on.
pub unsafe fn init(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let internal = MemoryCapability::Internal.into();
        HEAP.add_region(HeapRegion::new(base.as_ptr(), size, internal));
    }
    true
}
