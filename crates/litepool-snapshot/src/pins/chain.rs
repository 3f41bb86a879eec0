//! The used blocks of a pool in the order of their addresses, with nothing but free bytes between
//! them.
//!
//! Addresses are those of payloads throughout: every block begins as many bytes before its own, so
//! that differences are the same.

use std::ops::Range;

use super::{PinsError, held};
use crate::snapshot::{Block, BlockState, Snapshot};

/// The used blocks of some pools.
#[derive(Debug)]
pub(super) struct Chain {
    /// In the order of their addresses.
    pub(super) pins: Vec<Pin>,
    /// In the same order. Between two of them there are bytes of which nothing is known, or that
    /// belong to no pool.
    pub(super) stretches: Vec<Stretch>,
}

/// A used block, or a slab that holds objects.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    /// Its index in [`Snapshot::blocks`].
    pub(super) block: usize,
    pub(super) range: Range<u64>,
    /// How many objects would have to go with it: 1 if it is no slab.
    pub(super) objects: u64,
    /// The numbers of the first and the last allocation in it, if they are known.
    pub(super) numbers: Option<(u64, u64)>,
}

/// Blocks without a gap between them.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) range: Range<u64>,
    /// The used ones, in [`Chain::pins`].
    pub(super) pins: Range<usize>,
}

impl Chain {
    /// Of these pools. The block with the payload at `but` counts as free.
    pub(super) fn of(
        snapshot: &Snapshot,
        pools: &Range<usize>,
        but: Option<u64>,
    ) -> Result<Self, PinsError> {
        let mut chain = Self {
            pins: Vec::new(),
            stretches: Vec::new(),
        };
        let mut of_pool = None;
        for (index, block) in snapshot.blocks.iter().enumerate() {
            if !pools.contains(&block.pool) || block.in_slab {
                continue;
            }
            let start = block.address.ok_or(PinsError::NoAddresses)?;
            let range = start..start.saturating_add(block.extent);
            if chain.continue_with(&range, of_pool == Some(block.pool)) {
                of_pool = Some(block.pool);
                // A slab may begin where its first object does.
                let is_in_the_way = match block.state {
                    BlockState::Used => block.address != but,
                    BlockState::Slab => true,
                    BlockState::Free => false,
                };
                if is_in_the_way && let Some(pin) = Pin::of(snapshot, index, range) {
                    chain.pins.push(pin);
                    chain.end_stretch();
                }
            }
        }
        Ok(chain)
    }

    /// Goes on to a block. Says whether it stands where one can: of a damaged pool, one may overlap
    /// what came before it, and counts for nothing.
    fn continue_with(&mut self, range: &Range<u64>, is_of_the_same_pool: bool) -> bool {
        if let Some(last) = self.stretches.last_mut().filter(|_| is_of_the_same_pool) {
            if range.start < last.range.end {
                return false;
            }
            if range.start == last.range.end {
                last.range.end = range.end;
                return true;
            }
        }
        let first = self.pins.len();
        self.stretches.push(Stretch {
            range: range.clone(),
            pins: first..first,
        });
        true
    }

    /// The last used block belongs to the last stretch.
    fn end_stretch(&mut self) {
        if let Some(last) = self.stretches.last_mut() {
            last.pins.end = self.pins.len();
        }
    }

    /// The free run that there would be without these used blocks of a stretch.
    pub(super) fn run(&self, stretch: &Stretch, without: &Range<usize>) -> Range<u64> {
        let before = without.start.checked_sub(1);
        let before = before.filter(|&at| at >= stretch.pins.start);
        let behind = Some(without.end).filter(|&at| at < stretch.pins.end);
        before.map_or(stretch.range.start, |at| self.pins[at].range.end)
            ..behind.map_or(stretch.range.end, |at| self.pins[at].range.start)
    }

    /// The free runs that there are, empty ones among them.
    pub(super) fn gaps(&self) -> impl Iterator<Item = Range<u64>> {
        self.stretches.iter().flat_map(|stretch| {
            let between = stretch.pins.start..=stretch.pins.end;
            between.map(|at| self.run(stretch, &(at..at)))
        })
    }

    /// Bytes of the largest free run.
    pub(super) fn largest_gap(&self) -> u64 {
        self.gaps()
            .map(|gap| gap.end - gap.start)
            .max()
            .unwrap_or(0)
    }

    /// Bytes in all free runs.
    pub(super) fn free(&self) -> u64 {
        self.gaps().map(|gap| gap.end - gap.start).sum()
    }

    /// Bytes of the largest stretch.
    pub(super) fn longest_stretch(&self) -> u64 {
        let lengths = self.stretches.iter().map(|s| s.range.end - s.range.start);
        lengths.max().unwrap_or(0)
    }
}

impl Pin {
    /// The block of this index; none, if it is a slab that holds nothing: a heap frees those before
    /// it refuses a request.
    fn of(snapshot: &Snapshot, index: usize, range: Range<u64>) -> Option<Self> {
        let mut numbers = Some((u64::MAX, 0));
        let mut objects = 0;
        for block in held(snapshot, index) {
            objects += 1;
            numbers = widened(numbers, block);
        }
        (objects > 0).then_some(Self {
            block: index,
            range,
            objects,
            numbers,
        })
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        self.range.end - self.range.start
    }
}

/// The first and the last number, that of `block` included.
fn widened(numbers: Option<(u64, u64)>, block: &Block) -> Option<(u64, u64)> {
    let ((first, last), number) = (numbers?, block.number?);
    Some((first.min(number), last.max(number)))
}
