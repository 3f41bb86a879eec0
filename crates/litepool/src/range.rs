//! Memory of a pool or a region, as it is told from others.

use core::ptr::NonNull;

use crate::error::InitError;

/// A pool's memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Where it begins.
    pub base: NonNull<u8>,
    /// Its bytes. A live pool's are one at least.
    pub size: usize,
}

impl Range {
    /// No bytes.
    pub const NONE: Self = Self {
        base: NonNull::dangling(),
        size: 0,
    };

    /// How far `pointer` is behind the base; for one before the base, a number beyond any pool.
    fn distance(self, pointer: NonNull<u8>) -> usize {
        pointer.addr().get().wrapping_sub(self.base.addr().get())
    }

    /// Is `pointer` inside?
    pub fn holds(self, pointer: NonNull<u8>) -> bool {
        self.distance(pointer) < self.size
    }

    /// Have both a byte in common?
    pub fn touches(self, other: Self) -> bool {
        self.holds(other.base) || other.holds(self.base)
    }

    /// Is all of `other` inside?
    pub fn encloses(self, other: Self) -> bool {
        self.holds(other.base) && other.size <= self.size - self.distance(other.base)
    }

    /// Why memory that touches this one is refused.
    pub fn overlap(self) -> InitError {
        InitError::Overlap {
            start: self.base.addr().get(),
            size: self.size,
        }
    }
}
