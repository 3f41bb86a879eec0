//! Memory between inaccessible pages.

use std::ptr::NonNull;

use region::{Allocation, Protection};

/// Bytes on either side that no access survives: where there are addresses enough, more than a
/// 32-bit number of granules can span, so that no link leads beyond them.
const INACCESSIBLE: usize = if cfg!(all(unix, target_pointer_width = "64")) {
    36 << 30
} else {
    1 << 20
};

/// What the memory's first accessible page stands on, so that an address's low bits never depend on
/// chance.
const BOUNDARY: usize = 64 << 10;

/// Which end of the memory stands right against an inaccessible page. If its size is a multiple of
/// a page, both ends do, whatever is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// The lower end, which then stands on a multiple of 64 KiB.
    Low,
    /// The upper end.
    High,
}

/// Zeroed memory for a pool, with inaccessible pages on both sides: a read or a write there ends
/// the program with a signal, however the program is built.
///
/// What is left of a page at the end that is not [`Flush`] is accessible, and filled with
/// [`Guarded::SLACK`].
pub struct Guarded {
    /// Keeps the mapping.
    _mapping: Allocation,
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: the memory is owned, and belongs to no thread.
unsafe impl Send for Guarded {}
// SAFETY: a shared reference gives pointers and copies, and writes nothing.
unsafe impl Sync for Guarded {}

impl Guarded {
    /// What the bytes between the memory and the next page hold.
    pub const SLACK: u8 = 0xC3;

    /// Memory of `size` bytes.
    ///
    /// # Panics
    /// If the system has no such stretch of addresses.
    #[must_use]
    pub fn new(size: usize, flush: Flush) -> Self {
        let page = region::page::size();
        let accessible = size.max(1).next_multiple_of(page);
        let all = INACCESSIBLE + BOUNDARY + accessible + INACCESSIBLE;
        let mut mapping = region::alloc(all, Protection::NONE).expect("a stretch of addresses");
        let start = mapping.as_mut_ptr::<u8>();
        let before = INACCESSIBLE + (start.addr() + INACCESSIBLE).wrapping_neg() % BOUNDARY;
        // SAFETY: within the mapping, which has room for the boundary.
        let first = unsafe { start.add(before) };
        // SAFETY: whole pages of our own mapping, which nothing refers to yet.
        unsafe { region::protect(first, accessible, Protection::READ_WRITE) }
            .expect("memory in that stretch");
        let slack = accessible - size;
        let (base, slack_at) = match flush {
            Flush::Low => (0, size),
            Flush::High => (slack, 0),
        };
        // SAFETY: within the pages that were just made accessible.
        unsafe {
            first.add(slack_at).write_bytes(Self::SLACK, slack);
        }
        // SAFETY: as above.
        let base = unsafe { first.add(base) };
        Self {
            _mapping: mapping,
            base: NonNull::new(base).expect("memory is not at address 0"),
            size,
        }
    }

    /// Memory that holds a copy of `bytes`.
    #[must_use]
    pub fn copy_of(bytes: &[u8], flush: Flush) -> Self {
        let mut memory = Self::new(bytes.len(), flush);
        memory.restore(bytes);
        memory
    }

    /// Its first byte.
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The byte at `offset`, which may be just behind the last one.
    ///
    /// # Panics
    /// If that is not in the memory.
    #[must_use]
    pub fn at(&self, offset: usize) -> NonNull<u8> {
        assert!(offset <= self.size, "a byte of the memory");
        // SAFETY: just asserted.
        unsafe { self.base.add(offset) }
    }

    /// A copy of all bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size];
        // SAFETY: both have so many bytes; whoever writes through pointers does not do so
        // meanwhile.
        unsafe {
            self.base
                .copy_to_nonoverlapping(NonNull::from(&mut bytes[..]).cast(), self.size);
        }
        bytes
    }

    /// Writes all bytes.
    ///
    /// # Panics
    /// If there are not as many of them as the memory has.
    pub fn restore(&mut self, bytes: &[u8]) {
        assert_eq!(bytes.len(), self.size, "the copy of another memory");
        // SAFETY: all of it is ours, and no reference into it lives.
        unsafe {
            self.base
                .copy_from_nonoverlapping(NonNull::from(bytes).cast(), self.size);
        }
    }

    /// Writes the byte at `offset`.
    ///
    /// # Panics
    /// If that is not in the memory.
    pub fn set_byte(&mut self, offset: usize, byte: u8) {
        assert!(offset < self.size, "a byte of the memory");
        // SAFETY: just asserted.
        unsafe { self.at(offset).write(byte) };
    }

    /// The 32-bit number at `offset`, in this machine's byte order.
    ///
    /// # Panics
    /// If that is not in the memory.
    #[must_use]
    pub fn word(&self, offset: usize) -> u32 {
        assert!(
            offset + size_of::<u32>() <= self.size,
            "a word of the memory"
        );
        // SAFETY: just asserted; the memory is initialised.
        unsafe { self.at(offset).cast::<u32>().read_unaligned() }
    }

    /// Writes the 32-bit number at `offset`.
    ///
    /// # Panics
    /// If that is not in the memory.
    pub fn set_word(&mut self, offset: usize, word: u32) {
        assert!(
            offset + size_of::<u32>() <= self.size,
            "a word of the memory"
        );
        // SAFETY: just asserted.
        unsafe { self.at(offset).cast::<u32>().write_unaligned(word) };
    }

    /// Flips bit `bit % 8` of byte `bit / 8`.
    ///
    /// # Panics
    /// If that is not in the memory.
    pub fn flip(&mut self, bit: usize) {
        assert!(bit / 8 < self.size, "a bit of the memory");
        // SAFETY: just asserted.
        unsafe { *self.at(bit / 8).as_mut() ^= 1 << (bit % 8) };
    }
}

#[cfg(test)]
mod tests;
