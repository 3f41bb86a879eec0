//! Offset to pointer and back. The only place that makes pointers.
//!
//! A pool is a run of bytes that starts on a granule boundary. Everything in it is found by an
//! offset from its base, never by an address: so its image opens on any machine.
//!
//! # Why its accessors are safe functions
//!
//! Creating a [`Memory`] is unsafe, and that is where the promise is made: the bytes are ours
//! alone, and they are, or are about to become, a pool. From then on every offset that the crate
//! follows was either validated (`block/validate.rs`, `inspect/check.rs`) or comes from the pool's
//! own structure, which keeps inside as long as nobody writes outside a payload;
//! [`Heap::free`](crate::Heap::free) and its callers sign for that. Debug builds check every access
//! all the same.

use core::ptr::NonNull;

/// Bytes of a header, of a footer, of a counter.
pub const WORD: usize = 4;

/// The memory of one pool: where it begins and its bytes, both known from outside the pool.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    base: NonNull<u8>,
    size: u32,
}

impl Memory {
    /// The `size` bytes at `base`.
    ///
    /// # Safety
    ///
    /// `base` stands on a multiple of 4 and is valid for reads of `size` bytes, and for writes if
    /// anything is stored. For as long as this is used nothing else accesses them, except payloads
    /// that were allocated; they may be read, if nothing is stored.
    pub const unsafe fn new(base: NonNull<u8>, size: u32) -> Self {
        Self { base, size }
    }

    /// Bytes.
    #[inline(always)]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The address at which it begins.
    #[inline(always)]
    pub fn address(&self) -> usize {
        self.base.addr().get()
    }

    /// How far `pointer` lies behind the base; for one below the base, more than any pool has.
    #[inline(always)]
    pub fn offset_of(&self, pointer: NonNull<u8>) -> usize {
        pointer.addr().get().wrapping_sub(self.address())
    }

    /// Does `pointer` lead into the memory?
    #[inline(always)]
    pub fn contains(&self, pointer: NonNull<u8>) -> bool {
        self.offset_of(pointer) < self.size as usize
    }

    /// The pointer to the byte at `offset`.
    #[inline(always)]
    pub fn pointer(&self, offset: usize) -> NonNull<u8> {
        debug_assert!(offset <= self.size as usize, "an offset left the pool");
        // SAFETY: the offset is inside the pool (module contract), so inside the base's allocation.
        unsafe { self.base.add(offset) }
    }

    /// The word at `offset`.
    #[inline(always)]
    pub fn load(&self, offset: usize) -> u32 {
        self.expect_room(offset, WORD);
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u32>().read() }
    }

    /// Puts `word` at `offset`.
    #[inline(always)]
    pub fn store(&self, offset: usize, word: u32) {
        self.expect_room(offset, WORD);
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u32>().write(word) }
    }

    /// The half word at `offset`.
    #[inline(always)]
    pub fn load_half(&self, offset: usize) -> u16 {
        self.expect_room(offset, 2);
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u16>().read() }
    }

    /// Puts `half` at `offset`.
    #[inline(always)]
    pub fn store_half(&self, offset: usize, half: u16) {
        self.expect_room(offset, 2);
        // SAFETY: inside the pool and aligned (module contract).
        unsafe { self.pointer(offset).cast::<u16>().write(half) }
    }

    /// The byte at `offset`.
    #[inline(always)]
    pub fn load_byte(&self, offset: usize) -> u8 {
        debug_assert!(offset < self.size as usize);
        // SAFETY: inside the pool (module contract).
        unsafe { self.pointer(offset).read() }
    }

    /// Puts `byte` at `offset`.
    #[inline(always)]
    pub fn store_byte(&self, offset: usize, byte: u8) {
        debug_assert!(offset < self.size as usize);
        // SAFETY: inside the pool (module contract).
        unsafe { self.pointer(offset).write(byte) }
    }

    /// The double word at `offset`, the first word of which is the low half, on every machine.
    #[inline(always)]
    pub fn load_double(&self, offset: usize) -> u64 {
        if cfg!(target_endian = "little") && align_of::<u64>() == size_of::<usize>() {
            self.expect_room(offset, 2 * WORD);
            // SAFETY: inside the pool (module contract).
            return unsafe { self.pointer(offset).cast::<u64>().read_unaligned() };
        }
        u64::from(self.load(offset)) | u64::from(self.load(offset + WORD)) << u32::BITS
    }

    /// Puts `double` at `offset`, its low half first.
    #[inline(always)]
    pub fn store_double(&self, offset: usize, double: u64) {
        if cfg!(target_endian = "little") && align_of::<u64>() == size_of::<usize>() {
            self.expect_room(offset, 2 * WORD);
            // SAFETY: inside the pool (module contract).
            return unsafe { self.pointer(offset).cast::<u64>().write_unaligned(double) };
        }
        self.store(offset, double as u32);
        self.store(offset + WORD, (double >> u32::BITS) as u32);
    }

    /// Copies `length` bytes inside the pool; the two places may overlap.
    #[inline]
    pub fn copy(&self, from: usize, to: usize, length: usize) {
        debug_assert!(from.max(to) + length <= self.size as usize);
        // SAFETY: both ranges are inside the pool (module contract); `copy_to` allows the overlap.
        unsafe { self.pointer(from).copy_to(self.pointer(to), length) }
    }

    #[inline(always)]
    fn expect_room(&self, offset: usize, bytes: usize) {
        debug_assert!(
            offset + bytes <= self.size as usize && offset.is_multiple_of(bytes.min(WORD))
        );
    }
}
