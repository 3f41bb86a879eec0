//! Proving the index of best fit.

use super::{EXACT_BINS, FIRST_LOG2};
use crate::arena::Arena;
use crate::block::Block;
use crate::check::{Broken, Corruption, Gathering};
use crate::config::Config;

/// See [`Fit::check`](crate::fit::sealed::Fit::check).
pub fn check<C: Config>(arena: Arena<C>, free: Gathering) -> Result<(), Corruption> {
    let mut census = Census {
        arena,
        listed: Gathering::default(),
        free,
    };
    let bins = Arena::<C>::MIN..Arena::<C>::bin_count(arena.end());
    for bin in bins.clone() {
        if bin < EXACT_BINS {
            census.list(arena.bin(bin), Block::NONE, bin)?;
        } else {
            census.trie(bin)?;
        }
    }
    for bin in 0..2 * EXACT_BINS {
        let bitmap = if bin < EXACT_BINS {
            Arena::<C>::LISTS
        } else {
            Arena::<C>::TRIES
        };
        let filled = bins.contains(&bin) && arena.bin(bin).is_some();
        if filled != (arena.load(bitmap) >> (bin % EXACT_BINS) & 1 != 0) {
            return Err(Corruption::of_pool(Broken::Bitmap));
        }
    }
    if census.listed != free {
        return Err(Corruption::of_pool(Broken::ListCount));
    }
    Ok(())
}

/// The blocks that the index was found to hold. There can't be more than the chain has, so every walk ends.
struct Census<C: Config> {
    arena: Arena<C>,
    listed: Gathering,
    free: Gathering,
}

impl<C: Config> Census<C> {
    /// Counts `block`, to which `from` links, if it is a free block of `size` granules behind `before` in its list.
    fn count(
        &mut self,
        block: Block,
        size: impl FnOnce(u32) -> bool,
        before: Block,
        from: Block,
    ) -> Result<u32, Corruption> {
        let arena = self.arena;
        let fail = || {
            if from.is_some() {
                Corruption::of_block(arena, from, Broken::ListLink)
            } else {
                Corruption::of_pool(Broken::ListHead)
            }
        };
        // A free block has room for what is read of it.
        if !arena.may_be_free(block)
            || arena.previous_free(block) != before
            || self.listed.count >= self.free.count
        {
            return Err(fail());
        }
        self.listed.add(block);
        arena
            .bounded_size(block)
            .filter(|&found| size(found))
            .ok_or_else(fail)
    }

    /// Walks a list from `block` on, all of whose blocks have `size` granules.
    fn list(&mut self, mut block: Block, mut before: Block, size: u32) -> Result<(), Corruption> {
        while block.is_some() {
            self.count(block, |found| found == size, before, before)?;
            before = block;
            block = self.arena.next_free(block);
        }
        Ok(())
    }

    /// Walks the trie in `bin`, each node before its children.
    fn trie(&mut self, bin: u32) -> Result<(), Corruption> {
        let arena = self.arena;
        let log2 = bin - EXACT_BINS + FIRST_LOG2;
        // The bits of the size that the way from the root has decided, behind a 1.
        let mut prefix = 1;
        let mut parent = Block::NONE;
        let mut node = arena.bin(bin);
        if !node.is_some() {
            return Ok(());
        }
        loop {
            self.node(node, parent, prefix, log2)?;
            let mut side = 0;
            let child = loop {
                if side < 2 {
                    let child = arena.child(node, side);
                    if child.is_some() {
                        break child;
                    }
                    side += 1;
                } else if prefix == 1 {
                    return Ok(());
                } else {
                    // Up a link that was proved on the way down.
                    node = arena.parent(node);
                    side = (prefix & 1) + 1;
                    prefix >>= 1;
                }
            };
            parent = node;
            node = child;
            prefix = prefix << 1 | side;
        }
    }

    /// Counts a node and the blocks of its size.
    fn node(
        &mut self,
        node: Block,
        parent: Block,
        prefix: u32,
        log2: u32,
    ) -> Result<(), Corruption> {
        let arena = self.arena;
        let agrees = |size: u32| {
            prefix
                .leading_zeros()
                .checked_sub(size.leading_zeros())
                .is_some_and(|undecided| {
                    size >> undecided == prefix && size.leading_zeros() == 31 - log2
                })
        };
        let size = self.count(node, agrees, Block::NONE, parent)?;
        if arena.parent(node) != parent {
            return Err(Corruption::of_block(arena, node, Broken::ListLink));
        }
        self.list(arena.next_free(node), node, size)
    }
}
