//! The one judge of what a block is.
//!
//! ```text
//!      pointer       next
//!        v             v
//!   | h |   used    | h |   any     |        h: size, and a seal that names the block's end
//! ```
//!
//! A pointer is proved by the header before it and by the one behind the block: it is inside and
//! on the grid, the block is used, it ends inside, both seals say where the blocks end, and the
//! follower says that what stands before it is not free. Constant time. A stale pointer into a
//! merged block fails at the first step: a header that ceases to be one is left without its *used*
//! flag.

use core::ptr::NonNull;

use super::header::seal_bits;
use super::{Block, Blocks, EXPONENT, Header};
use crate::corruption::Broken;
use crate::layout::Shape;

/// With fewer bits of seal, a free block's footer is asked as well.
const SURE_BITS: u32 = 8;

/// A used block, proved, and its follower.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// The block.
    pub block: Block,
    /// Its header.
    pub header: Header,
    /// Its granules.
    pub size: u32,
    /// The block behind it, which may be the end block.
    pub next: Block,
    /// The header of that one.
    pub next_header: Header,
}

/// What does not hold, and the block at which that shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Defect {
    /// The block; none, if it is no block's.
    pub block: Block,
    /// What does not hold.
    pub broken: Broken,
}

impl Defect {
    /// Of the control block or the index as a whole.
    pub fn of_pool(broken: Broken) -> Self {
        Self {
            block: Block::NONE,
            broken,
        }
    }
}

impl<S: Shape> Blocks<S> {
    /// Proves that `pointer` is the payload of a used block.
    #[inline(always)]
    pub fn validate(&self, pointer: NonNull<u8>) -> Option<Used> {
        self.validate_block(self.block_at(pointer))
    }

    /// Proves that `block` is a used one.
    #[inline]
    pub fn validate_block(&self, block: Block) -> Option<Used> {
        if !self.may_begin(block) {
            return None;
        }
        let header = self.header(block);
        let size = self.size(header);
        if !header.is_used() || !self.fits(block, size) || !self.is_sealed(block, header) {
            return None;
        }
        let next = block.after(size);
        let next_header = self.header(next);
        if next_header.is_previous_free() || !self.is_sealed(next, next_header) {
            return None;
        }
        if header.is_aligned() && self.exponent(block, size).is_none() {
            return None;
        }
        Some(Used {
            block,
            header,
            size,
            next,
            next_header,
        })
    }

    /// Can a block of `size` granules stand at `block`, where one may begin?
    #[inline(always)]
    pub fn fits(&self, block: Block, size: u32) -> bool {
        size.wrapping_sub(self.min()) <= self.last().0 - block.0
    }

    /// Does the seal in `header` say where `block`, or the end block, ends?
    #[inline(always)]
    pub fn is_sealed(&self, block: Block, header: Header) -> bool {
        let end = block.after(self.size(header)).0;
        header.is_sealed(end, self.size_bits())
    }

    /// The exponent of the alignment that a used block remembers, in the two last bytes before its
    /// record: the second is the complement of the first. None if that was overwritten.
    #[cold]
    #[inline(never)]
    pub fn exponent(&self, block: Block, size: u32) -> Option<u8> {
        let place = self.record(block, size) - EXPONENT;
        let exponent = self.memory().load_byte(place);
        let is_whole = self.memory().load_byte(place + 1) == !exponent;
        (is_whole && self.can_align(exponent)).then_some(exponent)
    }

    /// Can a request have asked for the alignment of this exponent?
    fn can_align(&self, exponent: u8) -> bool {
        (self.layout().granule_shift + 1..u64::BITS).contains(&u32::from(exponent))
    }

    /// Is `block`, where one may begin, a free one of `size` granules, with no free one before it?
    #[inline(always)]
    pub fn is_free(&self, block: Block, size: u32) -> bool {
        let end = block.after(size);
        self.fits(block, size)
            && self.header(block) == Header::free(size, end.0, self.size_bits())
            && self.has_footer(end, size)
    }

    /// Does a free block that ends at `end` repeat its size there? Not asked where the seal is
    /// long enough.
    #[inline(always)]
    pub fn has_footer(&self, end: Block, size: u32) -> bool {
        seal_bits(self.size_bits()) >= SURE_BITS || self.footer(end) == size
    }

    /// Does `next`, where a block or the end block stands, say that the one before it is free, and
    /// of `size` granules?
    #[inline(always)]
    pub fn is_confirmed(&self, next: Block, size: u32) -> bool {
        self.header(next).is_previous_free() && self.footer(next) == size
    }

    /// The size of the free block at `block`, whatever stands there; 0 if none does.
    #[inline(always)]
    pub fn free_size(&self, block: Block) -> u32 {
        if !self.may_begin(block) {
            return 0;
        }
        let size = self.size(self.header(block));
        if self.is_free(block, size) { size } else { 0 }
    }

    /// [`Blocks::free_size`] where it is asked now and then: in a program once.
    #[inline(never)]
    pub fn inspect_free(&self, block: Block) -> u32 {
        self.free_size(block)
    }

    /// Proves the block at `block`, where a walk along the chain has come to, behind one that is
    /// free or not; gives its size.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn prove(&self, block: Block, is_previous_free: bool) -> Result<u32, Broken> {
        let size = self.size_in_walk(block).ok_or(Broken::Size)?;
        let header = self.header(block);
        if header.is_impossible() || !self.is_sealed(block, header) {
            return Err(Broken::Seal);
        }
        if header.is_previous_free() != is_previous_free {
            return Err(Broken::PreviousFree);
        }
        if header.is_free() && is_previous_free {
            return Err(Broken::NotMerged);
        }
        if header.is_free() && self.footer(block.after(size)) != size {
            return Err(Broken::Footer);
        }
        if header.is_aligned() && self.exponent(block, size).is_none() {
            return Err(Broken::Alignment);
        }
        Ok(size)
    }

    /// Proves the end block, likewise.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn prove_end(&self, is_previous_free: bool) -> Result<(), Broken> {
        let header = self.header(self.end());
        if header.without_previous_free() != Header::used(0, self.end().0, self.size_bits()) {
            Err(Broken::EndBlock)
        } else if header.is_previous_free() != is_previous_free {
            Err(Broken::PreviousFree)
        } else {
            Ok(())
        }
    }
}
