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
//! - `census.rs`: proving the index of any of them

mod best;
mod census;
mod list;
mod little;
pub(crate) mod pending;
pub(crate) mod sealed;
mod tlsf;
mod trie;

use self::census::{Census, require};
use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Algorithm, Field, Layout, Shape};
use crate::memory::WORD;

pub use best::BestFit;
pub(crate) use census::{Gathering, mixed};
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

/// What `$result` is with `$fit` the type of a layout's algorithm.
macro_rules! with_fit {
    ($layout:expr, $fit:ident => $result:expr) => {
        match $layout.choices.algorithm {
            Algorithm::Tlsf => {
                type $fit = Tlsf;
                $result
            }
            Algorithm::BestFit => {
                type $fit = BestFit;
                $result
            }
            Algorithm::BestFitLittle => {
                type $fit = BestFitLittle;
                $result
            }
        }
    };
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
    let index = with_fit!(layout, F => <F as sealed::Fit>::state_bytes(layout, largest));
    let payload = (layout.fit_state + index + map).next_multiple_of(WORD) + WORD;
    ((payload + layout.choices.granule - 1) >> layout.granule_shift) as u32
}

/// Granules of the smallest and of the largest free block; see [`sealed::Fit::extremes`].
pub(crate) fn extremes<S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32) {
    with_fit!(blocks.layout(), F => pending::extremes::<F, _>(blocks, looks))
}

/// Proves that the index has exactly the `free` blocks of the chain. The chain has been proved
/// before; nothing of the index has. Time linear in the number of free blocks.
///
/// # Errors
///
/// What does not hold: of the pending block, a list's head, a link, a bitmap, or the number of
/// blocks.
pub(crate) fn check<S: Shape>(blocks: &Blocks<S>, free: Gathering) -> Result<(), Defect> {
    with_fit!(blocks.layout(), F => check_as::<F, S>(blocks, free))
}

fn check_as<F: sealed::Fit, S: Shape>(blocks: &Blocks<S>, free: Gathering) -> Result<(), Defect> {
    let mut census = Census::of(blocks, free);
    let pending = Block(blocks.field(Field::Pending));
    if pending.is_some() {
        let is_one = F::KEEPS_PENDING && census.add(pending) != 0;
        require(is_one, Broken::Pending)?;
    }
    F::check(&mut census)?;
    require(census.is_complete(), Broken::ListCount)
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
