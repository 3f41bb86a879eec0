//! A heap on the bench: each operation done while its instructions are counted.

use std::ptr::NonNull;

use super::steps::count;
use crate::arena::Arena;
use crate::subject::Subject;

/// A live object.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    ptr: *mut u8,
    size: usize,
}

impl Object {
    /// Its size in bytes, as it was asked for.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Where it stands.
    pub fn address(&self) -> usize {
        self.ptr.addr()
    }
}

/// A heap and what a call costs by itself.
pub struct Bench<S> {
    heap: S,
    empty_allocate: u64,
    empty_free: u64,
}

impl<S: Subject> Bench<S> {
    /// A fresh heap over the first `pool` bytes; `None` if the allocator can't manage that many.
    pub fn new(arena: &mut Arena, pool: usize) -> Option<Self> {
        if pool > S::MAX_POOL || pool > arena.size() {
            return None;
        }
        // SAFETY: a `Bench` lives within one scenario, and scenarios follow each other.
        let heap = unsafe { S::create(arena.base(), pool) }?;
        let mut nothing = Nothing;
        // SAFETY: `Nothing` does nothing.
        let (_, empty_allocate) = count(|| unsafe { nothing.allocate(8, 8) });
        let anything = NonNull::<u64>::dangling().as_ptr().cast();
        // SAFETY: `Nothing` does nothing.
        let ((), empty_free) = count(|| unsafe { nothing.free(anything, 8, 8) });
        Some(Self {
            heap,
            empty_allocate,
            empty_free,
        })
    }

    /// Allocates without counting.
    pub fn allocate(&mut self, size: usize) -> Option<Object> {
        // SAFETY: sizes here are not 0, and the alignment is a power of two.
        let ptr = unsafe { self.heap.allocate(size, S::DEFAULT_ALIGN) };
        (!ptr.is_null()).then_some(Object { ptr, size })
    }

    /// Frees without counting.
    pub fn free(&mut self, object: Object) {
        // SAFETY: objects come from this heap and are freed once.
        unsafe { self.heap.free(object.ptr, object.size, S::DEFAULT_ALIGN) }
    }

    /// Allocates and counts.
    pub fn count_allocate(&mut self, size: usize) -> (Option<Object>, u64) {
        self.count_allocate_aligned(size, S::DEFAULT_ALIGN)
    }

    /// Allocates on a multiple of `align`, and counts. The object is not to be freed if that is not the default.
    pub fn count_allocate_aligned(&mut self, size: usize, align: usize) -> (Option<Object>, u64) {
        let heap = &mut self.heap;
        // SAFETY: sizes here are not 0, and the alignment is a power of two.
        let (ptr, steps) = count(|| unsafe { heap.allocate(size, align) });
        let object = (!ptr.is_null()).then_some(Object { ptr, size });
        (object, steps.saturating_sub(self.empty_allocate))
    }

    /// Frees and counts.
    pub fn count_free(&mut self, object: Object) -> u64 {
        let heap = &mut self.heap;
        // SAFETY: objects come from this heap and are freed once.
        let ((), steps) = count(|| unsafe { heap.free(object.ptr, object.size, S::DEFAULT_ALIGN) });
        steps.saturating_sub(self.empty_free)
    }
}

/// An allocator that does nothing: what remains is the cost of a call, and of counting.
struct Nothing;

impl Subject for Nothing {
    const NAME: &'static str = "nothing";
    const CRATE: Option<&'static str> = None;

    unsafe fn create(_pool: NonNull<u8>, _size: usize) -> Option<Self> {
        Some(Self)
    }

    #[inline(never)]
    unsafe fn allocate(&mut self, _size: usize, _align: usize) -> *mut u8 {
        // SAFETY: no instruction; it only keeps the call from being removed.
        unsafe { std::arch::asm!("") };
        NonNull::<u64>::dangling().as_ptr().cast()
    }

    #[inline(never)]
    unsafe fn free(&mut self, _ptr: *mut u8, _size: usize, _align: usize) {
        // SAFETY: no instruction; it only keeps the call from being removed.
        unsafe { std::arch::asm!("") };
    }
}
