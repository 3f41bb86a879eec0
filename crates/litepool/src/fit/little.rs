//! Best fit without an index: the chain of blocks is walked.
//!
//! No state in the control block, no links in free blocks, the least code: for pools of a few KiB. A request takes
//! the smallest block that holds it, the first in address order among equals; an exact match ends the walk.
//!
//! A free block carries a **seal** where others have links, a word that its size determines. So a write after free,
//! or a used block whose flag was cleared, is found before such a block is merged, as the other algorithms find it
//! by their links.

use super::sealed::Fit;
use crate::arena::Arena;
use crate::block::Block;
use crate::check::{Corruption, Gathering};
use crate::config::{Check, Config};

/// Best fit with the smallest code and control block: every request walks the chain of blocks, in time linear in
/// their number.
///
/// As documented for `LiteOS`, a block from an aligned request is not resized:
/// [`ResizeError::AlignedBlock`](crate::ResizeError::AlignedBlock).
#[derive(Debug)]
pub struct BestFitLittle;

/// The free blocks of a chain, in the order of their addresses, with their sizes.
pub struct FreeBlocks<'a, C: Config> {
    arena: &'a Arena<C>,
    next: Block,
    looks: usize,
}

impl<'a, C: Config> FreeBlocks<'a, C> {
    /// As many as a request may look at.
    #[inline(always)]
    pub fn of(arena: &'a Arena<C>) -> Self {
        Self {
            arena,
            next: Block(arena.first()),
            looks: 0,
        }
    }
}

impl<C: Config> Iterator for FreeBlocks<'_, C> {
    type Item = (Block, u32);

    #[inline(always)]
    fn next(&mut self) -> Option<(Block, u32)> {
        while C::SEARCH_LIMIT == usize::MAX || self.looks < C::SEARCH_LIMIT {
            let block = self.next;
            // The end block has no size, and in a damaged pool another may have none.
            let size = self.arena.size_in_walk(block)?;
            self.next = block.after(size);
            if self.arena.header(block).is_indexed::<C>() {
                self.looks += 1;
                return Some((block, size));
            }
        }
        None
    }
}

impl<C: Config> Arena<C> {
    const SEALS: bool = !matches!(C::CHECK, Check::Off);

    /// The word that a free block of `size` granules begins with.
    #[inline(always)]
    fn seal(size: u32) -> u32 {
        !size
    }
}

impl Fit for BestFitLittle {
    const ID: u8 = 3;

    fn state_bytes<C: Config>(_: u32) -> usize {
        0
    }

    fn clear<C: Config>(_: Arena<C>) {}

    #[inline(always)]
    fn insert<C: Config>(arena: Arena<C>, block: Block, size: u32) {
        if Arena::<C>::SEALS {
            arena.store(arena.offset(block), Arena::<C>::seal(size));
        }
    }

    #[inline(always)]
    fn remove<C: Config>(arena: Arena<C>, block: Block, _: u32) {
        if Arena::<C>::SEALS {
            arena.store(arena.offset(block), 0);
        }
    }

    fn find<C: Config>(arena: Arena<C>, size: u32) -> Option<Block> {
        let mut best = Block::NONE;
        let mut best_size = u32::MAX;
        for (block, found) in FreeBlocks::of(&arena) {
            if found >= size && found < best_size {
                best = block;
                best_size = found;
                if found == size {
                    break;
                }
            }
        }
        if best.is_some() {
            arena.offered(best, size)
        } else {
            None
        }
    }

    fn largest<C: Config>(arena: Arena<C>, looks: usize) -> u32 {
        FreeBlocks::of(&arena)
            .take(looks)
            .map(|(_, size)| size)
            .max()
            .unwrap_or(0)
    }

    fn smallest<C: Config>(arena: Arena<C>, looks: usize) -> u32 {
        FreeBlocks::of(&arena)
            .take(looks)
            .map(|(_, size)| size)
            .min()
            .unwrap_or(0)
    }

    fn check<C: Config>(_: Arena<C>, _: Gathering) -> Result<(), Corruption> {
        // The chain is the index, and `knows` has seen every seal.
        Ok(())
    }

    #[inline(always)]
    fn knows<C: Config>(arena: Arena<C>, block: Block, size: u32) -> bool {
        !Arena::<C>::SEALS || arena.load(arena.offset(block)) == Arena::<C>::seal(size)
    }
}

#[cfg(test)]
mod tests;
