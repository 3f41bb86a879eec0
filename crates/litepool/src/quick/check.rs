//! Proving the quick lists: blocks that wait are counted while the chain is walked, then the stacks must hold just these.

use super::SIZES;
use crate::arena::Arena;
use crate::check::{Broken, Corruption};
use crate::config::Config;

/// What the blocks that wait add up to.
#[derive(Default)]
pub struct WaitingCensus {
    /// How many wait.
    pub blocks: u32,
    granules: u32,
}

impl WaitingCensus {
    /// Counts one of `size` granules.
    pub fn add(&mut self, size: u32) {
        self.blocks += 1;
        self.granules += size;
    }

    /// Proves that the stacks hold all of them and no others.
    pub fn finish<C: Config>(&self, arena: Arena<C>) -> Result<(), Corruption> {
        if !Arena::<C>::HAS_QUICK {
            return Ok(());
        }
        let mut missing = self.blocks;
        for size in Arena::<C>::MIN..SIZES {
            let mut block = arena.quick_head(size);
            while block.is_some() {
                if !arena.waits(block, size) {
                    return Err(Corruption::of_pool(Broken::ListHead));
                }
                // A ring of blocks is longer than all of them.
                missing = missing
                    .checked_sub(1)
                    .ok_or(Corruption::of_pool(Broken::ListCount))?;
                block = arena.next_free(block);
            }
        }
        if missing != 0 {
            return Err(Corruption::of_pool(Broken::ListCount));
        }
        if arena.waiting() != self.granules {
            return Err(Corruption::of_pool(Broken::Counter));
        }
        Ok(())
    }
}
