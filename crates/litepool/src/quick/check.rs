//! Proving the quick lists: blocks that wait are counted while the chain is walked, then the stacks must hold just these.

use super::SIZES;
use crate::arena::Arena;
use crate::block::Block;
use crate::check::{Broken, Corruption, Gathering};
use crate::config::Config;

/// What the blocks that wait add up to.
#[derive(Default)]
pub struct WaitingCensus {
    /// Those that wait.
    pub blocks: Gathering,
    granules: u32,
}

impl WaitingCensus {
    /// Counts `block`, of `size` granules.
    pub fn add(&mut self, block: Block, size: u32) {
        self.blocks.add(block);
        self.granules += size;
    }

    /// Proves that the stacks hold all of them and no others.
    pub fn finish<C: Config>(&self, arena: Arena<C>) -> Result<(), Corruption> {
        if !Arena::<C>::HAS_QUICK {
            return Ok(());
        }
        let mut stacked = Gathering::default();
        for size in Arena::<C>::MIN..SIZES {
            let mut block = arena.quick_head(size);
            while block.is_some() {
                if !arena.waits(block, size) {
                    return Err(Corruption::of_pool(Broken::ListHead));
                }
                // A ring of blocks is longer than all of them.
                if stacked.count == self.blocks.count {
                    return Err(Corruption::of_pool(Broken::ListCount));
                }
                stacked.add(block);
                block = arena.next_free(block);
            }
        }
        if stacked != self.blocks {
            return Err(Corruption::of_pool(Broken::ListCount));
        }
        if arena.waiting() != self.granules {
            return Err(Corruption::of_pool(Broken::Counter));
        }
        Ok(())
    }
}
