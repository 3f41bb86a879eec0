//! How free blocks are found.
//!
//! The chain of blocks splits and merges by itself. A [`Fit`] is only an index over the free ones:
//! it inserts, removes and finds. Its state stands in the pool, behind the control block.
//!
//! - `pending.rs`: the one free block that is in no list
//! - `list.rs`: free lists, and how they are proved
//! - `tlsf.rs`: two-level segregated fit
//! - `best.rs`, `trie.rs`: best fit by lists of one size and bitwise tries
//! - `little.rs`: best fit by a walk
//! - `sealed.rs`: what an algorithm does
//! - `check.rs`, `census.rs`, `gathering.rs`: proving the index of any of them

mod best;
mod census;
mod check;
mod gathering;
mod list;
mod little;
pub(crate) mod pending;
pub(crate) mod sealed;
mod tlsf;
mod trie;

use crate::block::{Block, Blocks};
use crate::layout::{Algorithm, Layout, Shape};
use crate::memory::WORD;

pub use best::BestFit;
pub(crate) use check::check;
pub(crate) use gathering::{Gathering, mixed};
pub use little::BestFitLittle;
pub use tlsf::Tlsf;

/// An algorithm. Implemented by the types of this module.
pub trait Fit: sealed::Fit {
    /// Can a block from an aligned request be reallocated? If not, the answer is
    /// [`ResizeError::AlignedBlock`](crate::ResizeError::AlignedBlock).
    const RESIZES_ALIGNED: bool = true;
}

impl<const LIMIT: usize> Fit for Tlsf<LIMIT> {}

impl Fit for BestFit {}

impl Fit for BestFitLittle {
    const RESIZES_ALIGNED: bool = false;
}

/// Bytes of the index in a pool of `granules`.
#[inline]
fn state_bytes(layout: &Layout, granules: u32) -> usize {
    use sealed::Fit;
    match layout.choices.algorithm {
        Algorithm::Tlsf => <Tlsf as Fit>::state_bytes(layout, granules),
        Algorithm::BestFit => BestFit::state_bytes(layout, granules),
        Algorithm::BestFitLittle => BestFitLittle::state_bytes(layout, granules),
    }
}

/// The granule of the first block in a pool of `granules`: its header stands right before it,
/// behind the control block, the index and the slab's map.
#[inline]
pub(crate) fn first_block(layout: &Layout, granules: u32) -> u32 {
    // The index has to know the largest block that there can be, which is smaller than the pool
    // by the index itself. The first estimate is too large, so the second may be too small, and the
    // third suffices: it leaves no more to blocks than what it was made for.
    (0..3).fold(0, |first, _| {
        let largest = granules.saturating_sub(first).max(1);
        first_behind(layout, granules, largest)
    })
}

/// The same, where the index knows blocks of up to `largest` granules.
fn first_behind(layout: &Layout, granules: u32, largest: u32) -> u32 {
    let map = layout.map_bytes(granules).next_multiple_of(WORD);
    let state = layout.fit_state + state_bytes(layout, largest) + map;
    let payload = state.next_multiple_of(WORD) + WORD;
    ((payload + layout.choices.granule - 1) >> layout.granule_shift) as u32
}

/// Granules of the smallest and of the largest free block; see [`sealed::Fit::extremes`].
pub(crate) fn extremes<S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32) {
    match blocks.layout().choices.algorithm {
        Algorithm::Tlsf => pending::extremes::<Tlsf, _>(blocks, looks),
        Algorithm::BestFit => pending::extremes::<BestFit, _>(blocks, looks),
        Algorithm::BestFitLittle => pending::extremes::<BestFitLittle, _>(blocks, looks),
    }
}

/// A free block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Free {
    /// The block, or none.
    pub block: Block,
    /// Its granules; 0 of none.
    pub size: u32,
}

impl Free {
    /// No block.
    pub const NONE: Self = Self {
        block: Block::NONE,
        size: 0,
    };
}

#[cfg(test)]
pub(crate) mod tests;
