//! Why a pointer was not proved to be a block: the slow twin of `verify.rs`, for the error.

use core::ptr::NonNull;

use crate::arena::Arena;
use crate::block::Block;
use crate::check::{Broken, Corruption, check_links};
use crate::config::Config;
use crate::error::FreeError;
use crate::fit::sealed::Fit as _;

impl<C: Config> Arena<C> {
    /// What is wrong with `pointer`, which [`Arena::verify`] has refused.
    #[cold]
    pub fn diagnose(self, pointer: NonNull<u8>) -> FreeError {
        let offset = self.offset_of(pointer);
        if offset < self.offset(Block(self.first())) || offset >= self.size() {
            return FreeError::OutOfPool;
        }
        if !offset.is_multiple_of(Self::GRANULE) {
            return FreeError::Misaligned;
        }
        let tag = self.tag_of_pointer(pointer);
        if tag.is_some() {
            return if self.is_free_object(pointer, tag) {
                FreeError::AlreadyFree
            } else {
                FreeError::NotABlock
            };
        }
        let mut block = self.block_at(offset);
        if !self.may_be_block(block) {
            return FreeError::NotABlock;
        }
        if self.is_free_block(block) || self.was_large_block(block) {
            return FreeError::AlreadyFree;
        }
        if self.header(block).size().is_large::<C>() {
            match self.large_block_of(block) {
                Some(large) => block = large,
                None => return FreeError::NotABlock,
            }
        }
        if !self.header(block).is_used() {
            return FreeError::NotABlock;
        }
        match self.damage_around(block) {
            Some(damage) if damage.broken == Broken::Size => FreeError::NotABlock,
            Some(damage) => FreeError::Corrupt(damage),
            None => FreeError::NotABlock,
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
        !self.header(block).is_used() && check_links(self, block).is_ok()
    }

    /// What does not hold at `block` or beside it.
    fn damage_around(self, block: Block) -> Option<Corruption> {
        let size = match check_links(self, block) {
            Ok(size) => size,
            Err(damage) => return Some(damage),
        };
        let next = block.after(size);
        if next.0 != self.end() || !self.header(next).is_used() {
            let damage = self.damage_of_free(next);
            if damage.is_some() {
                return damage;
            }
        }
        let stated = self.previous_size_of(block, self.header(block));
        if stated == 0 && block.0 == self.first() {
            return None;
        }
        let broken = Corruption::of_block(self, block, Broken::PreviousLink);
        let Some(previous) = self.bounded_previous(block) else {
            return Some(broken);
        };
        if self.header(previous).size() != self.header(block).previous() {
            return Some(broken);
        }
        self.damage_of_free(previous)
    }

    /// What does not hold at the free block `block`.
    fn damage_of_free(self, block: Block) -> Option<Corruption> {
        if self.header(block).is_used() {
            return None;
        }
        if !self.may_be_block(block) {
            return Some(Corruption::of_block(self, block, Broken::EndBlock));
        }
        match check_links(self, block) {
            Ok(size) if C::Fit::knows(self, block, size) => None,
            Ok(_) => Some(Corruption::of_block(self, block, Broken::ListLink)),
            Err(damage) => Some(damage),
        }
    }
}
