//! Best fit without an index: the chain of blocks is walked.
//!
//! No state in the control block, no links in free blocks, the least code: for pools of a few KiB.
//! A request takes the smallest block that holds it, the first in address order among equals; an
//! exact match ends the walk.
//!
//! The walk takes one comparison for most blocks: a used one counts as larger than any.

use super::Free;
use super::census::Census;
use super::sealed::Fit;
use crate::block::{Block, Blocks, Defect, Header};
use crate::layout::{Algorithm, Layout, Shape};
use crate::memory::WORD;

/// Best fit with the smallest code and control block: every request walks the chain of blocks, in
/// time linear in their number.
///
/// As documented for `LiteOS`, a block from an aligned request is not reallocated:
/// [`ResizeError::AlignedBlock`](crate::ResizeError::AlignedBlock).
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Config, Heap, config::Pool256K, fit::BestFitLittle};
///
/// struct Little;
/// impl Config for Little {
///     type Fit = BestFitLittle;
///     type Record = ();
///     const MAX_SIZE: usize = 64 << 10;
///     const GRANULE: usize = 4;
/// }
///
/// let (mut one, mut other) = ([MaybeUninit::uninit(); 2048], [MaybeUninit::uninit(); 2048]);
/// let little = Heap::<Little>::new(&mut one)?;
/// let tlsf = Heap::<Pool256K>::new(&mut other)?;
/// // No index, so more of the memory is free.
/// assert!(little.stats().free > tlsf.stats().free);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BestFitLittle;

/// More than any free block has, and no more than what a used one counts as.
const USED: u32 = 1 << 31;

impl Fit for BestFitLittle {
    const ALGORITHM: Algorithm = Algorithm::BestFitLittle;
    const KEEPS_PENDING: bool = false;

    fn state_bytes(_: &Layout, _: u32) -> usize {
        0
    }

    #[inline(always)]
    fn insert<S: Shape>(_: &Blocks<S>, _: Block, _: u32) {}

    /// There is no link that confirms the block, but there is its follower: a used block that only
    /// lost its flag is not taken for a free one.
    #[inline(always)]
    fn remove<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) -> bool {
        blocks.is_confirmed(block.after(size), size)
    }

    fn is_listed<S: Shape>(blocks: &Blocks<S>, block: Block) -> bool {
        let size = blocks.free_size(block);
        size != 0 && blocks.is_confirmed(block.after(size), size)
    }

    /// Only the block that is chosen is validated. On the way a wrong size may skip blocks, but
    /// leads out of the pool as little as nowhere.
    fn find<S: Shape>(blocks: &Blocks<S>, need: u32, _: Free) -> Free {
        let (mut best, mut best_size) = (0, USED);
        // By the offsets of headers, which saves an instruction a block.
        let mut at = blocks.offset(blocks.first()) - WORD;
        while at < blocks.offset(blocks.end()) - WORD {
            let size = Header(blocks.memory().load(at)).size_if_free(blocks.size_bits());
            if size < best_size && size >= need {
                (best, best_size) = (at, size);
                if size == need {
                    break;
                }
            }
            // The bit by which a used block is larger than any is shifted out.
            let bytes = size << blocks.layout().granule_shift;
            if bytes == 0 {
                break;
            }
            at += bytes as usize;
        }
        if best == 0 {
            return Free::NONE;
        }
        let best = blocks.block_from(best + WORD);
        if !Self::is_listed(blocks, best) {
            return Free::NONE;
        }
        Free {
            block: best,
            size: best_size,
        }
    }

    fn extremes<S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32) {
        let sizes = || blocks.free_blocks().take(looks).map(|(_, size)| size);
        (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0))
    }

    fn check<S: Shape>(census: &mut Census<'_, S>) -> Result<(), Defect> {
        census.count_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
