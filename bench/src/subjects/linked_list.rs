//! `linked_list_allocator`: first fit over a list of holes sorted by address; no header at all.

use std::ptr::{self, NonNull};

use linked_list_allocator::Heap;

use crate::subject::{Subject, layout};

/// The heap without a lock.
pub struct LinkedList(Heap);

impl Subject for LinkedList {
    const NAME: &'static str = "linked_list_allocator";
    const CRATE: Option<&'static str> = Some("linked_list_allocator");

    unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
        // It asserts on less than a few words.
        if size < 16 * size_of::<usize>() {
            return None;
        }
        // SAFETY: the memory is ours by this function's contract.
        Some(Self(unsafe { Heap::new(pool.as_ptr(), size) }))
    }

    #[inline(never)]
    unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract.
        let layout = unsafe { layout(size, align) };
        self.0
            .allocate_first_fit(layout)
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
        // SAFETY: a live block, hence not null, by this function's contract.
        unsafe {
            self.0
                .deallocate(NonNull::new_unchecked(ptr), layout(size, align));
        }
    }
}
