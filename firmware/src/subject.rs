//! What is asked of an allocator.

use core::ptr::NonNull;

/// What a slab looks like from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SlabState {
    /// How many slabs there are.
    pub slabs: usize,
    /// Bytes in free slots.
    pub free: usize,
}

/// An allocator on the device. Its operations are counted as they are called here, so they do nothing else.
pub trait Subject: Sized {
    /// Name in tables.
    const NAME: &'static str;
    /// The pool for everyday work, in bytes.
    const POOL: usize = 128 << 10;
    /// The smallest request that gets a block of its own, in bytes, as far as the work here cares.
    const PLAIN: usize = 16;

    /// Makes a pool; `None` if there can't be one of this size.
    ///
    /// # Safety
    /// The memory is valid and nothing else uses it as long as the pool lives.
    unsafe fn create(base: NonNull<u8>, size: usize) -> Option<Self>;

    /// Opens the pool again, as after a warm restart: the handle is gone, the memory is as it was. `None` if it is not
    /// recognised.
    ///
    /// # Safety
    /// As [`Subject::create`], with the memory of this pool.
    unsafe fn reopen(self, base: NonNull<u8>, size: usize) -> Option<Self>;

    /// Allocates; null if there is no room.
    fn allocate(&mut self, size: usize) -> *mut u8;

    /// Frees; false if the pointer is refused.
    ///
    /// # Safety
    /// If it is a block, it is the caller's, and no longer used.
    unsafe fn free(&mut self, block: *mut u8) -> bool;

    /// Resizes; null, and the block as it was, if there is no room or the pointer is refused.
    ///
    /// # Safety
    /// As [`Subject::free`].
    unsafe fn resize(&mut self, block: *mut u8, size: usize) -> *mut u8;

    /// Bytes that the holder of the block may use; `None` if the pointer is refused.
    fn usable_size(&self, block: *mut u8) -> Option<usize>;

    /// Is everything in the pool as it should be?
    fn is_sound(&self) -> bool;

    /// How many blocks and objects are in use.
    fn used_blocks(&self) -> usize;

    /// The slab, if the allocator has one.
    fn slab(&self) -> Option<SlabState>;
}
