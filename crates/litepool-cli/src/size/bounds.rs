//! What the literature proves about the worst case: how large a pool must be that no sequence of
//! requests with the same peak exhausts.
//!
//! M is the most bytes that blocks take at a time, headers and rounding included, n the largest block
//! in smallest blocks. A program is anything that never has more than M in use and asks for nothing
//! larger.
//!
//! - Any allocator that does not move blocks: at least M (log2(n) / 2 + 1) - n + 1. J. M. Robson, "Bounds for some
//!   functions concerning dynamic storage allocation", Journal of the ACM 21 (1974).
//! - First fit: M (1 + ceil(log2 n)) is enough. J. M. Robson, "Worst case fragmentation of first fit
//!   and best fit storage allocation strategies", The Computer Journal 20 (1977).
//! - Best fit: about M (n - 2), the same paper: it can be brought to keep nothing but gaps just too
//!   small. A good fit by size classes (TLSF) is no better.
//!
//! The formulas for first and best fit in this form, and that TLSF is like best fit, are those of the
//! page of o1heap (<https://github.com/pavel-kirienko/o1heap>).

use serde::Serialize;

/// The bounds for one trace. Sizes in bytes.
#[derive(Serialize, Clone, Copy, PartialEq, Debug)]
pub(super) struct Bounds {
    /// M: the most bytes that blocks take at a time.
    pub(super) in_blocks: u64,
    /// The smallest block.
    pub(super) smallest_block: u64,
    /// The largest block.
    pub(super) largest_block: u64,
    /// n: `largest_block` in smallest blocks, rounded up.
    pub(super) ratio: u64,
    /// No allocator that does not move blocks is safe in less.
    pub(super) any: u64,
    /// First fit is safe in this.
    pub(super) first_fit: u64,
    /// About what best fit and good fit need to be safe.
    pub(super) best_fit: u64,
}

impl Bounds {
    /// The bounds for so many bytes in blocks, from blocks of these sizes.
    pub(super) fn new(in_blocks: u64, smallest_block: u64, largest_block: u64) -> Self {
        let smallest = smallest_block.max(1);
        let ratio = largest_block.div_ceil(smallest).max(1);
        let most = in_blocks.max(largest_block);
        let lost = (ratio - 1).saturating_mul(smallest);
        let any = (most as f64 * ((ratio as f64).log2() / 2.0 + 1.0)) as u64;
        let doublings = u64::from(ratio.next_power_of_two().trailing_zeros());
        Self {
            in_blocks,
            smallest_block,
            largest_block,
            ratio,
            any: any.saturating_sub(lost).max(most),
            first_fit: most.saturating_mul(1 + doublings),
            best_fit: most.saturating_mul(ratio.saturating_sub(2).max(1)),
        }
    }
}

#[cfg(test)]
mod tests;
