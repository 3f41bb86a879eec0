//! `buddy_system_allocator`: powers of two.

use std::ptr::{self, NonNull};

use buddy_system_allocator::Heap;

use crate::subject::{Subject, layout};

/// The heap without a lock, with blocks up to 2 GiB.
pub struct Buddy(Heap<32>);

impl Subject for Buddy {
    const NAME: &'static str = "buddy_system_allocator";
    const CRATE: Option<&'static str> = Some("buddy_system_allocator");

    unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
        let mut heap = Heap::empty();
        // SAFETY: the memory is ours by this function's contract.
        unsafe { heap.init(pool.as_ptr() as usize, size) };
        Some(Self(heap))
    }

    #[inline(never)]
    unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract.
        let layout = unsafe { layout(size, align) };
        self.0
            .alloc(layout)
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
        // SAFETY: a live block, hence not null, by this function's contract.
        unsafe {
            self.0
                .dealloc(NonNull::new_unchecked(ptr), layout(size, align));
        }
    }
}
