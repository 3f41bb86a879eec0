//! A moment of a trace as it is in a pool in which the trace is replayed.

use litepool::{BlockInfo, State};

use crate::snapshot::{Block, BlockState, Pool, Snapshot};

#[cfg(test)]
mod tests;

impl Snapshot {
    /// The moment of a trace with its blocks where a replay has them. `blocks` are all those of the
    /// replay's pool in the order of their addresses, each with the number of its object, if it is
    /// one; they stand behind the `base` of `pool`.
    ///
    /// What the trace tells of an object stays: its requested size, who allocated it, where and
    /// when. O(n log n) time for n blocks.
    #[must_use]
    pub fn placed(
        mut self,
        pool: Pool,
        blocks: impl IntoIterator<Item = (BlockInfo, Option<u64>)>,
    ) -> Self {
        self.blocks.sort_unstable_by_key(|block| block.number);
        let objects = std::mem::take(&mut self.blocks);
        let object = |number: Option<u64>| {
            let at = objects.binary_search_by_key(&Some(number?), |block| block.number);
            objects.get(at.ok()?)
        };
        let base = pool.base.unwrap_or(0);
        let placed = blocks.into_iter().filter_map(|(info, number)| {
            let block = Block {
                address: Some(base + info.offset as u64),
                extent: info.size as u64,
                state: state(info.state)?,
                in_slab: info.in_slab,
                ..object(number).cloned().unwrap_or_else(|| unknown(&info))
            };
            Some(Block { pool: 0, ..block })
        });
        self.blocks = placed.collect();
        self.pools = vec![pool];
        self
    }
}

/// A block of which a trace knows nothing: a free one, a slab.
fn unknown(info: &BlockInfo) -> Block {
    Block {
        pool: 0,
        address: None,
        size: info.payload as u64,
        extent: info.size as u64,
        state: BlockState::Free,
        in_slab: false,
        task: None,
        module: None,
        number: None,
        birth: None,
        stack: 0,
    }
}

/// What a walk calls a block. What lies between regions is none.
fn state(state: State) -> Option<BlockState> {
    match state {
        State::Used => Some(BlockState::Used),
        State::Free => Some(BlockState::Free),
        State::Slab => Some(BlockState::Slab),
        _ => None,
    }
}
