//! Memory that the bench owns and lends to one heap after another.

use std::io;
use std::ptr::NonNull;

use memmap2::MmapMut;

/// Alignment of an arena's base: large enough that no peer loses memory to it (a buddy system would).
pub const ALIGN: usize = 16 << 20;

const PAGE: usize = 4096;

/// A stretch of zeroed memory, aligned to [`ALIGN`]. Pages come from the system when first touched.
pub struct Arena {
    memory: MmapMut,
    offset: usize,
    size: usize,
}

impl Arena {
    /// Maps `size` bytes.
    ///
    /// # Errors
    /// The system has no such memory.
    pub fn new(size: usize) -> io::Result<Self> {
        let memory = MmapMut::map_anon(size + ALIGN)?;
        let offset = memory.as_ptr().align_offset(ALIGN);
        Ok(Self {
            memory,
            offset,
            size,
        })
    }

    /// Writes every page once, so that no page fault is timed.
    pub fn prefault(&mut self) {
        let end = self.offset + self.size;
        for page in self.memory[self.offset..end].iter_mut().step_by(PAGE) {
            // SAFETY: a plain store to memory we borrow; volatile only so that it is not optimised away.
            unsafe { std::ptr::write_volatile(page, 1) };
        }
    }

    /// First byte.
    pub fn base(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.memory[self.offset..self.offset + self.size]).cast()
    }

    /// Size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }
}
