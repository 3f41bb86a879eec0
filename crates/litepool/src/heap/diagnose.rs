//! Why an operation was refused: the slow twin of the proofs, for the error.
//!
//! It only reads. What it finds is handed through registers, and made a typed error where the operation is inlined.

use core::ptr::NonNull;

use crate::arena::Arena;
use crate::block::Block;
use crate::check::{Broken, Corruption};
use crate::config::Config;
use crate::error::{AllocError, FreeError, ResizeError};
use crate::fit::sealed::Fit as _;
use crate::stats::largest_request;

/// [`FreeError`] in a register. The block at which damage shows is told beside it.
#[derive(Clone, Copy)]
enum Fault {
    OutOfPool,
    Misaligned,
    NotABlock,
    AlreadyFree,
    Corrupt(Broken),
}

/// Why a block kept its size: [`ResizeError`] in a register. As wide as a pointer, so that a result of both needs no more
/// than two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kept {
    /// The pointer was not proved to be a block, or the block to have an alignment.
    NotProved,
    /// The algorithm does not resize blocks from aligned requests.
    AlignedBlock,
    /// There is no room for the new size, or the request makes no sense.
    NoRoom,
}

impl<C: Config> Arena<C> {
    /// Why a request found no room.
    #[inline(always)]
    pub fn refusal(&self, request: usize, align: usize) -> AllocError {
        if request == 0 {
            return AllocError::ZeroSize;
        }
        if !align.is_power_of_two() {
            return AllocError::BadAlignment;
        }
        AllocError::Exhausted {
            request,
            free: (self.free_granules() as usize).wrapping_mul(Self::GRANULE),
            largest_free: if C::EXPLAIN {
                largest_request::<C>(self.largest_free())
            } else {
                0
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn largest_free(&self) -> u32 {
        C::Fit::largest(*self, usize::MAX)
    }

    /// Why the block at `pointer` kept its size. `align` is the alignment that was asked for, or a power of two.
    #[inline(always)]
    pub fn resize_refusal(
        &self,
        kept: Kept,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
    ) -> ResizeError {
        match kept {
            Kept::NotProved => ResizeError::Block(self.diagnose(pointer)),
            Kept::AlignedBlock => ResizeError::AlignedBlock,
            Kept::NoRoom => ResizeError::Alloc(self.refusal(size, align)),
        }
    }

    /// What is wrong with `pointer`, which was not proved to be a block or an object.
    #[inline(always)]
    pub fn diagnose(&self, pointer: NonNull<u8>) -> FreeError {
        if !C::EXPLAIN {
            return FreeError::NotABlock;
        }
        let (fault, block) = self.fault_of(pointer);
        self.error(fault, block)
    }

    #[inline(always)]
    fn error(&self, fault: Fault, block: Block) -> FreeError {
        match fault {
            Fault::OutOfPool => FreeError::OutOfPool,
            Fault::Misaligned => FreeError::Misaligned,
            Fault::NotABlock => FreeError::NotABlock,
            Fault::AlreadyFree => FreeError::AlreadyFree,
            Fault::Corrupt(broken) => {
                FreeError::Corrupt(Corruption::of_block(*self, block, broken))
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn fault_of(&self, pointer: NonNull<u8>) -> (Fault, Block) {
        let offset = self.offset_of(pointer);
        if offset < self.offset(Block(self.first())) || offset >= self.size() {
            return (Fault::OutOfPool, Block::NONE);
        }
        if !offset.is_multiple_of(Self::GRANULE) {
            return (Fault::Misaligned, Block::NONE);
        }
        let tag = self.tag_of_pointer(pointer);
        if tag.is_some() {
            if let Some(block) = self.damaged_chunk_at(pointer, tag) {
                return (Fault::Corrupt(Broken::Chunk), block);
            }
            let fault = if self.is_free_object(pointer, tag) {
                Fault::AlreadyFree
            } else {
                Fault::NotABlock
            };
            return (fault, Block::NONE);
        }
        self.fault_of_block(self.block_at(offset))
    }

    fn fault_of_block(self, mut block: Block) -> (Fault, Block) {
        if !self.may_be_block(block) {
            return (Fault::NotABlock, block);
        }
        if self.is_free_block(block) || self.was_large_block(block) {
            return (Fault::AlreadyFree, block);
        }
        if self.header(block).size().is_large::<C>() {
            match self.large_block_of(block) {
                Some(large) => block = large,
                None => return (Fault::NotABlock, block),
            }
        }
        if !self.header(block).is_used() {
            return (Fault::NotABlock, block);
        }
        match self.damage_around(block) {
            Some((_, Broken::Size)) | None => (Fault::NotABlock, block),
            Some((place, broken)) => (Fault::Corrupt(broken), place),
        }
    }

    /// Was this the payload of a large block that is free now? Its links may have overwritten the repeated header.
    fn was_large_block(self, payload: Block) -> bool {
        self.large_block_of(payload).is_some_and(|block| {
            self.header(block).size().is_large::<C>() && self.is_free_block(block)
        })
    }

    /// Does a free block stand at `block`?
    fn is_free_block(self, block: Block) -> bool {
        !self.header(block).is_used() && self.broken_link(block).is_none()
    }

    /// What does not hold at `block` or beside it, and where.
    fn damage_around(self, block: Block) -> Option<(Block, Broken)> {
        if let Some(broken) = self.broken_link(block) {
            return Some((block, broken));
        }
        let header = self.header(block);
        let next = block.after(self.size_of(block, header));
        if (next.0 != self.end() || !self.header(next).is_used())
            && let Some(broken) = self.damage_of_free(next)
        {
            return Some((next, broken));
        }
        if self.previous_size_of(block, header) == 0 && block.0 == self.first() {
            return None;
        }
        match self.bounded_previous(block) {
            Some(previous) if self.header(previous).size() == header.previous() => self
                .damage_of_free(previous)
                .map(|broken| (previous, broken)),
            _ => Some((block, Broken::PreviousLink)),
        }
    }

    /// What does not hold at the free block `block`.
    fn damage_of_free(self, block: Block) -> Option<Broken> {
        if !self.header(block).is_indexed::<C>() {
            return None;
        }
        if !self.may_be_block(block) {
            return Some(Broken::EndBlock);
        }
        self.broken_link(block).or_else(|| {
            let size = self.size_of(block, self.header(block));
            (!self.known_shared(block, size)).then_some(Broken::ListLink)
        })
    }
}
