//! What the bench asks of an allocator.

use std::alloc::Layout;
use std::ptr::{self, NonNull};

/// Where an allocator's memory comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A pool that the caller owns: such an allocator can be embedded.
    Pool,
    /// The operating system: there is no pool to measure, only time.
    Process,
}

/// An allocator under test. Every operation is one plain call: implementations for pools mark their three operations
/// `#[inline(never)]`, those for processes call a C function anyway.
///
/// The harness remembers the size and the alignment of each object, because many peers want them back.
pub trait Subject: Sized {
    /// Name in tables; unique.
    const NAME: &'static str;
    /// Name of the crate in the lock file, or `None` for what is not a crate.
    const CRATE: Option<&'static str>;
    /// Where the memory comes from.
    const KIND: Kind = Kind::Pool;
    /// Width in bits of the machine whose layout this is.
    const LAYOUT: u32 = usize::BITS;
    /// Alignment in bytes of a request that names none: a word of the machine whose layout this is.
    const DEFAULT_ALIGN: usize = size_of::<usize>();
    /// Largest pool in bytes that the allocator can manage.
    const MAX_POOL: usize = usize::MAX;
    /// Bytes of state that the allocator keeps outside its pool. They count as memory.
    const OUTSIDE: usize = size_of::<Self>();

    /// Makes a heap over `size` bytes at `pool`; `None` if that is too little.
    ///
    /// # Safety
    /// The memory is valid for reads and writes, and nobody else uses it while the heap lives.
    unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self>;

    /// Returns `size` bytes (not 0) aligned to `align`, or null.
    ///
    /// # Safety
    /// `size` is not zero and `align` is a power of two.
    unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8;

    /// Gives a block back.
    ///
    /// # Safety
    /// `ptr` is a live block of this heap, and `size` and `align` are those it was last given.
    unsafe fn free(&mut self, ptr: *mut u8, size: usize, align: usize);

    /// Makes a block `new` bytes large, keeping its contents; null, and the block as it was, if that can't be done.
    /// As given here: allocate, copy, free, which is what Rust's `GlobalAlloc` does by itself.
    ///
    /// # Safety
    /// As for [`Subject::free`]; `new` is not zero.
    #[inline(never)]
    unsafe fn resize(&mut self, ptr: *mut u8, old: usize, new: usize, align: usize) -> *mut u8 {
        // SAFETY: by this function's contract; the two blocks are distinct while both live.
        unsafe {
            let moved = self.allocate(new, align);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(ptr, moved, old.min(new));
                self.free(ptr, old, align);
            }
            moved
        }
    }
}

/// The `Layout` of a request.
///
/// # Safety
/// `align` is a power of two, and `size` does not overflow when rounded up to it.
pub unsafe fn layout(size: usize, align: usize) -> Layout {
    // SAFETY: by this function's contract.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}
