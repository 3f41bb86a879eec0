//! `rlsf`, which has no lock of its own for a device: it is used in a critical section. 20 ranges
//! of 8 lists are as many as a device's memory fills.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::{NonNull, null_mut};

use rlsf::Tlsf;

type Core = Tlsf<'static, u32, u8, 20, 8>;

/// The allocator, to be used in critical sections only.
pub struct Heap(UnsafeCell<Core>);

// SAFETY: what is in it is used in critical sections only.
unsafe impl Sync for Heap {}

#[global_allocator]
pub static HEAP: Heap = Heap(UnsafeCell::new(Core::new()));

/// Gives it its memory.
///
/// # Safety
///
/// The memory is nobody else's from now on.
pub unsafe fn init(base: NonNull<u8>, size: usize) -> bool {
    let memory = NonNull::slice_from_raw_parts(base, size);
    HEAP.with(|core| {
        // SAFETY: the caller's promise.
        unsafe { core.insert_free_block_ptr(memory) }.is_some()
    })
}

impl Heap {
    fn with<T>(&self, operation: impl FnOnce(&mut Core) -> T) -> T {
        critical_section::with(|_| {
            // SAFETY: nobody else is in a critical section, and no operation begins another.
            operation(unsafe { &mut *self.0.get() })
        })
    }
}

// SAFETY: blocks are rlsf's, each allocated once; one thread at a time is in a critical section.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.with(|core| core.allocate(layout))
            .map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: a live block, hence not null, by this function's contract.
        self.with(|core| unsafe {
            core.deallocate(NonNull::new_unchecked(block), layout.align());
        });
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: a live block, and a size that makes a layout, by this function's contract.
        self.with(|core| unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            core.reallocate(NonNull::new_unchecked(block), new)
        })
        .map_or(null_mut(), NonNull::as_ptr)
    }
}
