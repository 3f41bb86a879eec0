//! A free block becomes a used one and a remainder; a used one a free one.
//!
//! ```text
//!   split:     |           free           | next, "previous is free"
//!              |  used  |    remainder    | next, unchanged
//!
//!   whole:     |           free           | next, "previous is free"
//!              |           used           | next, "previous is not free"
//! ```
//!
//! Nothing here knows of lists: what is split is in none, and who gets a remainder inserts it.

use super::{Block, Blocks, EXPONENT, Header};
use crate::layout::Shape;

/// What splitting a block gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// Granules of the used block.
    pub size: u32,
    /// Granules of the free block behind it, 0 if there is none.
    pub remainder: u32,
}

impl<S: Shape> Blocks<S> {
    /// How `room` granules are divided for a block of `need`: what is too small for a block of its
    /// own stays with it.
    #[inline]
    pub fn divide(&self, room: u32, need: u32) -> Split {
        let remainder = room - need;
        if remainder < self.min() {
            Split {
                size: room,
                remainder: 0,
            }
        } else {
            Split {
                size: need,
                remainder,
            }
        }
    }

    /// Makes the free block `block` of `room` granules, behind one that is not free, a used one of
    /// `need`, and of what is left a free one.
    #[inline(always)]
    pub fn split(&self, block: Block, room: u32, need: u32) -> Split {
        let split = self.divide(room, need);
        if split.remainder == 0 {
            self.set_header(block, self.header(block).with_used());
            self.end_used(block.after(room));
        } else {
            self.make_used(block, need);
            // The follower knows already that what stands before it is free.
            self.make_free(block.after(need), split.remainder);
        }
        split
    }

    /// Makes `[block, block + size)`, behind a block that is not free, a used one. The follower's
    /// flag is not touched.
    #[inline(always)]
    pub fn make_used(&self, block: Block, size: u32) {
        let end = block.after(size).0;
        self.set_header(block, Header::used(size, end, self.size_bits()));
    }

    /// Has a used block that remembers no alignment remember one.
    pub fn align(&self, block: Block, size: u32, exponent: u8) {
        let place = self.record(block, size) - EXPONENT;
        self.memory().store_byte(place, exponent);
        self.memory().store_byte(place + 1, !exponent);
        self.set_header(block, self.header(block).with_aligned(self.size_bits()));
    }

    /// Makes `[block, block + size)`, behind a block that is not free, a free one. The follower's
    /// flag is not touched.
    #[inline(always)]
    pub fn make_free(&self, block: Block, size: u32) {
        let end = block.after(size);
        self.set_header(block, Header::free(size, end.0, self.size_bits()));
        self.set_footer(end, size);
    }

    /// Sets in `next` that the block before it is free.
    #[inline(always)]
    pub fn end_free(&self, next: Block) {
        self.set_header(next, self.header(next).with_previous_free());
    }

    /// Clears in `next` that the block before it is free.
    #[inline(always)]
    pub fn end_used(&self, next: Block) {
        self.set_header(next, self.header(next).without_previous_free());
    }
}
