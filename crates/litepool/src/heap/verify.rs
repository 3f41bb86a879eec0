//! A pointer is proved to be a used block of this pool, with its neighbours intact, in constant time.
//!
//! ```text
//!          p             n           m
//!   | previous |    block    |  next   | after
//!      size = p   size = n     size = m
//!                 prev = p     prev = n   prev = m
//! ```
//!
//! The pointer is inside and on the grid; the block is used; the next block agrees on its size; it agrees with the
//! block before on that one's size; and a neighbour that is free, and so about to be merged, is known to the index,
//! and the block behind it agrees on its size. A stale pointer into a merged block fails at the first step: a header that ceases to be
//! one is left with its *used* flag clear.

use core::ptr::NonNull;

use crate::arena::{Arena, WORD};
use crate::block::{Block, Form, Header, SizeField};
use crate::check::{Broken, Corruption};
use crate::config::{Check, Config};
use crate::error::FreeError;
use crate::fit::sealed::Fit as _;

/// A used block and what surrounds it, proved.
#[derive(Clone, Copy)]
pub struct Used {
    /// The block.
    pub block: Block,
    /// Its header.
    pub header: Header,
    /// Its granules.
    pub size: u32,
    /// Its follower, which may be the end block.
    pub next: Block,
    /// The follower's granules if it is free, else 0.
    pub next_free: u32,
    /// The granules of the block before if it is free, else 0.
    pub previous_free: u32,
}

impl Used {
    /// How the block is laid out.
    #[inline]
    pub fn form(&self) -> Form {
        Form::of(self.header)
    }

    /// Bytes that its holder may use.
    #[inline]
    pub fn payload_size<C: Config>(&self) -> usize {
        payload_size::<C>(self.header, self.size)
    }
}

/// Bytes that the holder of a used block of `size` granules may use.
#[inline]
pub fn payload_size<C: Config>(header: Header, size: u32) -> usize {
    let overhead = Form::of(header).overhead() + usize::from(header.is_aligned());
    (size as usize * Arena::<C>::GRANULE).saturating_sub(overhead)
}

impl<C: Config> Arena<C> {
    /// Proves that `pointer` is the payload of a used block.
    #[inline]
    pub fn verify(self, pointer: NonNull<u8>) -> Result<Used, FreeError> {
        let offset = self.offset_of(pointer);
        let first = self.offset(Block(self.first()));
        if offset < first || offset >= self.size() {
            return Err(FreeError::OutOfPool);
        }
        if !offset.is_multiple_of(Self::GRANULE) {
            return Err(FreeError::Misaligned);
        }
        let block = self.block_at(offset);
        let header = self.header(block);
        if !header.is_used() {
            return Err(self.not_used(block));
        }
        if header.size().is_large() {
            return self.verify_large(block);
        }
        let size = header.size().granules();
        // A size of 0 wraps and fails with the sizes that lead out of the pool.
        if size.wrapping_sub(1) >= self.end() - block.0 {
            return Err(FreeError::NotABlock);
        }
        self.verify_neighbours(block, header, size)
    }

    #[inline]
    fn verify_neighbours(self, block: Block, header: Header, size: u32) -> Result<Used, FreeError> {
        let (next, next_free) = self.verify_next(block, header, size)?;
        let previous_free = self.verify_previous(block, header)?;
        Ok(Used {
            block,
            header,
            size,
            next,
            next_free,
            previous_free,
        })
    }

    /// The block behind, and its size if it is free.
    #[inline]
    fn verify_next(
        self,
        block: Block,
        header: Header,
        size: u32,
    ) -> Result<(Block, u32), FreeError> {
        let next = block.after(size);
        let next_header = self.header(next);
        if C::CHECK != Check::Off && next_header.previous() != header.size() {
            return Err(self.broken(block, Broken::NextLink));
        }
        if next_header.is_used() {
            return Ok((next, 0));
        }
        if !self.may_be_block(next) {
            // The end block, or a place too close to it for a block of its own.
            return Err(self.broken(next, Broken::EndBlock));
        }
        let next_size = self.size_of(next, next_header);
        if C::CHECK != Check::Off {
            if !self.follower_agrees(next, next_header, next_size) {
                return Err(self.broken(next, Broken::NextLink));
            }
            if !C::Fit::knows(self, next, next_size) {
                return Err(self.broken(next, Broken::ListLink));
            }
        }
        Ok((next, next_size))
    }

    /// The size of the block before, if it is free.
    #[inline]
    fn verify_previous(self, block: Block, header: Header) -> Result<u32, FreeError> {
        let size = self.previous_size_of(block, header);
        if size == 0 {
            if C::CHECK != Check::Off && block.0 != self.first() {
                return Err(self.broken(block, Broken::PreviousLink));
            }
            return Ok(0);
        }
        if C::CHECK != Check::Off && !(Self::MIN..=block.0 - self.first()).contains(&size) {
            return Err(self.broken(block, Broken::PreviousLink));
        }
        let previous = block.before(size);
        let previous_header = self.header(previous);
        if C::CHECK != Check::Off
            && !self.statements_agree(previous, previous_header, header.previous(), size)
        {
            return Err(self.broken(block, Broken::PreviousLink));
        }
        if previous_header.is_used() {
            return Ok(0);
        }
        if C::CHECK != Check::Off && !C::Fit::knows(self, previous, size) {
            return Err(self.broken(previous, Broken::ListLink));
        }
        Ok(size)
    }

    /// Does the block behind the free block `block` state that block's size?
    #[inline]
    fn follower_agrees(self, block: Block, header: Header, size: u32) -> bool {
        size.wrapping_sub(1) < self.end() - block.0
            && self.statements_agree(
                block,
                header,
                self.header(block.after(size)).previous(),
                size,
            )
    }

    /// Does `header`, of `block`, state what its follower states, `field`, and, if large, the same `size`?
    #[inline]
    fn statements_agree(self, block: Block, header: Header, field: SizeField, size: u32) -> bool {
        header.size() == field
            && (!field.is_large() || self.large_statements_agree(block, header, size))
    }

    /// A pointer to a large block: its header is repeated right before the payload, and stands at its start.
    #[cold]
    fn verify_large(self, payload: Block) -> Result<Used, FreeError> {
        let shift = (Form::Large.payload_shift() / Self::GRANULE) as u32;
        let block = payload.before(shift);
        if block.0 < self.first() {
            return Err(FreeError::NotABlock);
        }
        let header = self.header(block);
        if !header.is_used() {
            return Err(self.not_used(block));
        }
        let Some(size) = self.bounded_size(block) else {
            return Err(FreeError::NotABlock);
        };
        if !header.size().is_large() {
            return Err(FreeError::NotABlock);
        }
        if !self.large_statements_agree(block, header, size) {
            return Err(self.broken(block, Broken::LargeBlock));
        }
        self.verify_neighbours(block, header, size)
    }

    /// Do all statements of a large block of `size` granules, which ends inside the pool, agree?
    #[cold]
    pub fn large_statements_agree(self, block: Block, header: Header, size: u32) -> bool {
        let repeated = || {
            let offset = self.payload(block, Form::Large) - WORD;
            Header::from_word(self.load(offset))
        };
        self.load(self.large_size_offset(block, header)) == size
            && self.load(self.large_end_offset(block, size)) == size
            && (!header.is_used() || repeated() == header.with_previous(SizeField::NONE))
    }

    /// The size of `block` if it can be true: the block is inside the pool, and ends there.
    pub fn bounded_size(self, block: Block) -> Option<u32> {
        let room = self.end().checked_sub(block.0)?;
        if block.0 < self.first() || room < Self::MIN {
            return None;
        }
        let size = self.size_of(block, self.header(block));
        (Self::MIN..=room).contains(&size).then_some(size)
    }

    /// The block before `block`, if what `block` states of it can be true.
    pub fn bounded_previous(self, block: Block) -> Option<Block> {
        let size = self.previous_size_of(block, self.header(block));
        let room = block.0.checked_sub(self.first())?;
        (Self::MIN..=room)
            .contains(&size)
            .then(|| block.before(size))
    }

    /// Can a free block stand at `block`? What it links to may then be read.
    pub fn may_be_free(self, block: Block) -> bool {
        self.bounded_size(block).is_some() && !self.header(block).is_used()
    }

    #[cold]
    fn not_used(self, block: Block) -> FreeError {
        match self.bounded_size(block) {
            Some(size) if self.follower_agrees(block, self.header(block), size) => {
                FreeError::AlreadyFree
            }
            _ => FreeError::NotABlock,
        }
    }

    #[cold]
    fn broken(self, block: Block, broken: Broken) -> FreeError {
        FreeError::Corrupt(Corruption::of_block(self, block, broken))
    }
}
