//! Offset to pointer and back. The only place that makes pointers.
//!
//! A pool is a run of bytes that starts on a granule boundary. Everything in it is found by an offset from its
//! base, never by an address. An [`Arena`] holds the base and reads and writes at such offsets.
//!
//! # Why its accessors are safe functions
//!
//! Creating an arena is unsafe, and that is where the promise is made: the bytes are ours alone, and they are, or
//! are about to become, a pool. From then on every offset that the crate follows was either proved to be inside
//! (`verify.rs`, `check.rs`) or comes from the pool's own structure, which keeps inside as long as nobody writes
//! outside a payload; [`Heap::free`](crate::Heap::free) and its callers sign for that. Debug builds check every
//! access all the same.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::config::{Config, sealed::Index as _};

/// Bytes of a header word, of a size word, of a counter.
pub const WORD: usize = 4;

/// The memory of one pool: its base and its extent, both known from outside the pool.
pub struct Arena<C: Config> {
    base: NonNull<u8>,
    /// Granules in the pool. The end block's (absent) payload would stand here.
    end: u32,
    /// The granule at which the first block's payload stands.
    first: u32,
    /// How many granules behind the first the last place for a block is.
    reach: u32,
    config: PhantomData<fn() -> C>,
}

impl<C: Config> Clone for Arena<C> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Config> Copy for Arena<C> {}

impl<C: Config> fmt::Debug for Arena<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("base", &self.base)
            .field("end", &self.end)
            .field("first", &self.first)
            .finish()
    }
}

impl<C: Config> Arena<C> {
    /// Bytes in a granule.
    pub const GRANULE: usize = {
        assert!(
            C::GRANULE == 4 || C::GRANULE == 8,
            "Config::GRANULE must be 4 or 8"
        );
        C::GRANULE
    };

    /// The arena over `end` granules from `base`, whose first block's payload is to stand at granule `first`.
    ///
    /// # Safety
    ///
    /// There is room for one block. `base` is granule-aligned and valid for reads and writes of `end` granules, which nothing else accesses
    /// for as long as the arena is used, except payloads that were handed out.
    #[inline]
    pub unsafe fn new(base: NonNull<u8>, end: u32, first: u32) -> Self {
        debug_assert!(base.addr().get().is_multiple_of(Self::GRANULE));
        debug_assert!(first + Self::MIN <= end);
        Self {
            base,
            end,
            first,
            reach: end - first - Self::MIN,
            config: PhantomData,
        }
    }

    /// The granule just behind the pool, which names the end block.
    #[inline(always)]
    pub fn end(self) -> u32 {
        self.end
    }

    /// The granule of the first block.
    #[inline(always)]
    pub fn first(self) -> u32 {
        self.first
    }

    /// How many granules behind the first block the last place for a block is.
    #[inline(always)]
    pub fn reach(self) -> u32 {
        self.reach
    }

    /// Bytes in the pool.
    #[inline(always)]
    pub fn size(self) -> usize {
        self.end as usize * Self::GRANULE
    }

    /// The address of the pool's base, for alignment only.
    #[inline(always)]
    pub fn base_address(self) -> usize {
        self.base.addr().get()
    }

    /// How far `pointer` lies behind the base; for one below the base, a number beyond any pool.
    #[inline(always)]
    pub fn offset_of(self, pointer: NonNull<u8>) -> usize {
        pointer.addr().get().wrapping_sub(self.base.addr().get())
    }

    /// The pointer to the byte at `offset`.
    #[inline(always)]
    pub fn pointer(self, offset: usize) -> NonNull<u8> {
        debug_assert!(offset <= self.size(), "an offset left the pool");
        // SAFETY: the offset is inside the pool (module contract), so inside the base's allocation.
        unsafe { self.base.add(offset) }
    }

    /// The word at `offset`.
    #[inline(always)]
    pub fn load(self, offset: usize) -> u32 {
        debug_assert!(offset + WORD <= self.size() && offset.is_multiple_of(WORD));
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u32>().read() }
    }

    /// Puts `word` at `offset`.
    #[inline(always)]
    pub fn store(self, offset: usize, word: u32) {
        debug_assert!(offset + WORD <= self.size() && offset.is_multiple_of(WORD));
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u32>().write(word) }
    }

    /// The byte at `offset`.
    #[inline]
    pub fn load_byte(self, offset: usize) -> u8 {
        debug_assert!(offset < self.size());
        // SAFETY: inside the pool (module contract).
        unsafe { self.pointer(offset).read() }
    }

    /// Puts `byte` at `offset`.
    #[inline]
    pub fn store_byte(self, offset: usize, byte: u8) {
        debug_assert!(offset < self.size());
        // SAFETY: inside the pool (module contract).
        unsafe { self.pointer(offset).write(byte) }
    }

    /// The link at `offset`, in granules from the base.
    #[inline(always)]
    pub fn load_link(self, offset: usize) -> u32 {
        debug_assert!(offset + C::Index::BYTES <= self.size());
        // SAFETY: inside the pool and aligned to the link's width (module contract).
        unsafe { self.pointer(offset).cast::<C::Index>().read() }.granules()
    }

    /// Puts a link to `granules` at `offset`.
    #[inline(always)]
    pub fn store_link(self, offset: usize, granules: u32) {
        debug_assert!(offset + C::Index::BYTES <= self.size());
        let link = C::Index::from_granules(granules);
        // SAFETY: inside the pool and aligned to the link's width (module contract).
        unsafe { self.pointer(offset).cast::<C::Index>().write(link) }
    }

    /// Copies `length` bytes inside the pool; the two places may overlap.
    #[inline]
    pub fn copy(self, from: usize, to: usize, length: usize) {
        debug_assert!(from + length <= self.size() && to + length <= self.size());
        // SAFETY: both ranges are inside the pool (module contract); `copy_to` allows the overlap.
        unsafe { self.pointer(from).copy_to(self.pointer(to), length) }
    }
}
