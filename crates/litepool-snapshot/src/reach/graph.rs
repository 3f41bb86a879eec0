//! Blocks as a graph: a word of a block that points to another one is an edge.

use std::ops::Range;

use litepool_trace::WordSize;

use crate::memory_image::MemoryImage;
use crate::snapshot::{BlockState, Snapshot};

use super::roots::without;

/// No block.
const NONE: u32 = u32::MAX;

/// The used blocks of a snapshot, as the nodes of a graph.
pub struct Graph<'s> {
    memory: &'s MemoryImage,
    word: WordSize,
    /// The payload of each block; empty, unless it is used.
    payloads: Vec<Range<u64>>,
    /// The block in which a block's whole pool lies.
    outer: Vec<u32>,
    /// The pools that lie in a block, in the order of their addresses, by blocks.
    inner: Vec<(u32, Range<u64>)>,
    index: Index,
}

/// What a word points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// The index of the block.
    pub block: u32,
    /// Does it point behind the beginning of the payload?
    pub inside: bool,
}

impl<'s> Graph<'s> {
    /// Of a snapshot. O(n log n).
    pub fn of(snapshot: &'s Snapshot) -> Self {
        let payloads: Vec<_> = (snapshot.blocks.iter())
            .map(|block| match block.address {
                Some(address) if block.state == BlockState::Used => {
                    address..address.saturating_add(block.size)
                }
                _ => 0..0,
            })
            .collect();
        let within = |pool: usize| snapshot.pools.get(pool)?.within;
        let outer = (snapshot.blocks.iter())
            .map(|block| within(block.pool).map_or(NONE, |outer| outer as u32))
            .collect();
        let mut inner: Vec<_> = (snapshot.pools.iter())
            .filter_map(|pool| Some((pool.within? as u32, pool_range(pool)?)))
            .collect();
        inner.sort_by_key(|(block, range)| (*block, range.start));
        Self {
            memory: &snapshot.memory,
            word: snapshot.word,
            index: Index::of(&payloads),
            payloads,
            outer,
            inner,
        }
    }

    /// How many blocks there are, used or not.
    pub fn len(&self) -> usize {
        self.payloads.len()
    }

    /// The used blocks, in the order of their indices.
    pub fn used(&self) -> impl Iterator<Item = u32> {
        (0..self.payloads.len())
            .filter(|&block| !self.payloads[block].is_empty())
            .map(|block| block as u32)
    }

    /// How many bytes the owner of a block may use.
    pub fn size(&self, block: u32) -> u64 {
        let payload = &self.payloads[block as usize];
        payload.end - payload.start
    }

    /// What a word points to: the innermost block in whose payload the address lies. One behind a
    /// payload is not in it, nor is a header. O(log n).
    pub fn target(&self, word: u64) -> Option<Target> {
        let block = self.index.block_at(word)?;
        let inside = self.payloads[block as usize].start != word;
        Some(Target { block, inside })
    }

    /// The block in which the whole pool of this one lies: who needs the one needs the other.
    pub fn outer(&self, block: u32) -> Option<u32> {
        Some(self.outer[block as usize]).filter(|&outer| outer != NONE)
    }

    /// The words at these addresses, as far as the memory has them.
    pub fn words(&self, range: Range<u64>) -> impl Iterator<Item = (u64, u64)> {
        self.memory.words(range, self.word)
    }

    /// The words of a block's payload, without those of pools that lie in it.
    pub fn words_of(&self, block: u32) -> impl Iterator<Item = (u64, u64)> {
        let from = self.inner.partition_point(|&(outer, _)| outer < block);
        let pools: Vec<Range<u64>> = (self.inner[from..].iter())
            .take_while(|&&(outer, _)| outer == block)
            .map(|(_, range)| range.clone())
            .collect();
        let own = without(vec![self.payloads[block as usize].clone()], &pools);
        own.into_iter().flat_map(|range| self.words(range))
    }
}

/// The addresses of a pool, if they are known.
pub fn pool_range(pool: &crate::snapshot::Pool) -> Option<Range<u64>> {
    let base = pool.base?;
    Some(base..base.saturating_add(pool.size))
}

/// Which block an address lies in: stretches of addresses, in each of which it is the same one.
struct Index {
    starts: Vec<u64>,
    blocks: Vec<u32>,
}

impl Index {
    /// Of payloads that lie beside or within each other.
    fn of(payloads: &[Range<u64>]) -> Self {
        let mut order: Vec<u32> = (0..payloads.len() as u32)
            .filter(|&block| !payloads[block as usize].is_empty())
            .collect();
        order.sort_by_key(|&block| {
            let payload = &payloads[block as usize];
            (payload.start, std::cmp::Reverse(payload.end))
        });
        let mut index = Self {
            starts: Vec::with_capacity(2 * order.len()),
            blocks: Vec::with_capacity(2 * order.len()),
        };
        // Those that have begun and not ended, the innermost last.
        let mut open: Vec<(u64, u32)> = Vec::new();
        for block in order {
            let payload = &payloads[block as usize];
            index.close(&mut open, payload.start);
            let end = open
                .last()
                .map_or(payload.end, |&(end, _)| end.min(payload.end));
            index.begin(payload.start, block);
            open.push((end, block));
        }
        index.close(&mut open, u64::MAX);
        index
    }

    /// Ends what ends up to `address`.
    fn close(&mut self, open: &mut Vec<(u64, u32)>, address: u64) {
        while let Some((end, _)) = open.pop_if(|&mut (end, _)| end <= address) {
            self.begin(end, open.last().map_or(NONE, |&(_, block)| block));
        }
    }

    fn begin(&mut self, address: u64, block: u32) {
        // What ends where another one begins, or ends, has no stretch between.
        if self.starts.last() == Some(&address) {
            self.starts.pop();
            self.blocks.pop();
        }
        self.starts.push(address);
        self.blocks.push(block);
    }

    fn block_at(&self, address: u64) -> Option<u32> {
        // Most words are no address of a block, nor near one.
        if !(*self.starts.first()?..*self.starts.last()?).contains(&address) {
            return None;
        }
        let after = self.starts.partition_point(|&start| start <= address);
        Some(self.blocks[after.checked_sub(1)?]).filter(|&block| block != NONE)
    }
}
