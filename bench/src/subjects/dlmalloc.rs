//! `dlmalloc`: the classic desktop allocator, held to one pool.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use dlmalloc::{Allocator, Dlmalloc as Core};

use crate::subject::Subject;

/// A system that has one piece of memory and gives it out once, whole.
struct OnePool {
    pool: Cell<Option<NonNull<u8>>>,
    size: usize,
}

// SAFETY: the pool belongs to this value alone, so it may move between threads with it.
unsafe impl Send for OnePool {}

// SAFETY: `alloc` hands out memory that is ours, once; nothing is ever taken back.
unsafe impl Allocator for OnePool {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        if size > self.size {
            return (ptr::null_mut(), 0, 0);
        }
        match self.pool.take() {
            Some(pool) => (pool.as_ptr(), self.size, 0),
            None => (ptr::null_mut(), 0, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        false
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

/// The smallest page it takes, so that a pool is used to its end.
const PAGE: usize = 4 * size_of::<usize>();

/// The allocator over [`OnePool`].
pub struct Dlmalloc(Core<OnePool>);

impl Subject for Dlmalloc {
    const NAME: &'static str = "dlmalloc";
    const CRATE: Option<&'static str> = Some("dlmalloc");

    unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
        let mut core = Core::new_with_allocator(OnePool {
            pool: Cell::new(Some(pool)),
            size: size & !(PAGE - 1),
        });
        // It never gives memory back, so it need not look for some to give.
        core.set_max_release_check_rate(0);
        core.set_granularity(PAGE).then_some(Self(core))
    }

    #[inline(never)]
    unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract.
        unsafe { self.0.malloc(size, align) }
    }

    #[inline(never)]
    unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize) {
        // SAFETY: by this function's contract.
        unsafe { self.0.free(ptr, size, align) }
    }

    #[inline(never)]
    unsafe fn resize(&mut self, ptr: *mut u8, old: usize, new: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract.
        unsafe { self.0.realloc(ptr, old, align, new) }
    }
}
