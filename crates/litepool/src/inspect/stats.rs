//! The figures of a pool.

use super::slab;
use super::walk::largest_request;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
use super::walk::{BlockInfo, State};
use crate::block::Blocks;
use crate::fit;
use crate::layout::{Field, Layout, Shape};

/// A struct of the totals and of `more`.
macro_rules! figures {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct $name {
            /// The pool, control block included.
            pub size: usize,
            /// Used blocks, their headers included, and the slab's objects in use, at their
            /// classes' sizes.
            pub used: usize,
            /// Free blocks, their headers included, and the slab's free slots.
            pub free: usize,
            /// The control block and the end block; of the slabs what can hold no object.
            pub overhead: usize,
            /// The highest `used` since the start or the last
            /// [`Heap::reset_peak`](crate::Heap::reset_peak).
            pub peak: usize,
            /// How many blocks are used, and objects of the slab.
            pub used_blocks: usize,
            /// How many blocks are free.
            pub free_blocks: usize,
            /// How many requests were refused for want of room. It wraps at 2^32.
            pub failures: usize,
            /// The largest request that was refused for want of room; 0 if none was.
            pub largest_failure: usize,
            $($more)*
        }
    };
}

figures! {
    /// What a pool counts, all in bytes but the counts: those of its [`Stats`] that are constant
    /// time with every algorithm. `used + free + overhead == size`, always.
    Totals {}
}

figures! {
    /// The figures of a pool, all in bytes but the counts. `used + free + overhead == size`,
    /// always.
    Stats {
        /// The largest request that would succeed now, with the granule's alignment. With a bounded
        /// search, of the blocks looked at. What the slab can serve does not count.
        pub largest_free: usize,
        /// The largest request that the smallest free block can hold; 0 if none is free. With a
        /// bounded search, of the blocks looked at.
        pub smallest_free: usize,
        /// How many slabs there are.
        pub slabs: usize,
        /// Bytes in the slabs, in use or not: they belong to no other class and to no block.
        pub slab_bytes: usize,
        /// Bytes in the slabs' free slots, which count as `free`.
        pub free_in_slabs: usize,
    }
}

/// The smallest and the largest of some free blocks, in granules; 0 if there are none.
#[derive(Clone, Copy, Default, Debug)]
pub struct Extremes {
    smallest: u32,
    largest: u32,
}

impl Extremes {
    /// Of the free blocks that the index leads to, of one list of which so many are looked at.
    pub fn of<S: Shape>(blocks: &Blocks<S>, looks: usize) -> Self {
        let (smallest, largest) = fit::extremes(blocks, looks);
        Self { smallest, largest }
    }

    /// Counts a block of a pool with this `granule`, if it is free.
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    pub fn add(&mut self, block: &BlockInfo, granule: usize) {
        if block.state != State::Free || block.in_slab {
            return;
        }
        let size = (block.size / granule) as u32;
        if self.largest == 0 || size < self.smallest {
            self.smallest = size;
        }
        self.largest = self.largest.max(size);
    }
}

impl Totals {
    /// Those of two regions together. Both peaks need not have been at one moment.
    pub(crate) fn and(&self, other: &Self) -> Self {
        // Asking is safe, so a corrupt counter must not overflow.
        let sum = usize::wrapping_add;
        Self {
            size: sum(self.size, other.size),
            used: sum(self.used, other.used),
            free: sum(self.free, other.free),
            overhead: sum(self.overhead, other.overhead),
            peak: sum(self.peak, other.peak),
            used_blocks: sum(self.used_blocks, other.used_blocks),
            free_blocks: sum(self.free_blocks, other.free_blocks),
            failures: sum(self.failures, other.failures),
            largest_failure: self.largest_failure.max(other.largest_failure),
        }
    }
}

impl Stats {
    /// Of these totals, with everything else 0.
    pub(crate) fn of(totals: Totals) -> Self {
        Self {
            size: totals.size,
            used: totals.used,
            free: totals.free,
            overhead: totals.overhead,
            peak: totals.peak,
            used_blocks: totals.used_blocks,
            free_blocks: totals.free_blocks,
            failures: totals.failures,
            largest_failure: totals.largest_failure,
            ..Self::default()
        }
    }

    /// Those of them that are counted.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            size: self.size,
            used: self.used,
            free: self.free,
            overhead: self.overhead,
            peak: self.peak,
            used_blocks: self.used_blocks,
            free_blocks: self.free_blocks,
            failures: self.failures,
            largest_failure: self.largest_failure,
        }
    }

    /// Those of two regions together.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let smallest = match (self.smallest_free, other.smallest_free) {
            (0, one) | (one, 0) => one,
            (one, two) => one.min(two),
        };
        Self {
            largest_free: self.largest_free.max(other.largest_free),
            smallest_free: smallest,
            slabs: self.slabs.wrapping_add(other.slabs),
            slab_bytes: self.slab_bytes.wrapping_add(other.slab_bytes),
            free_in_slabs: self.free_in_slabs.wrapping_add(other.free_in_slabs),
            ..Self::of(self.totals().and(&other.totals()))
        }
    }

    /// States the sizes of the free blocks.
    pub(crate) fn with_extremes(self, layout: &Layout, extremes: Extremes) -> Self {
        Self {
            largest_free: largest_request(layout, extremes.largest),
            smallest_free: largest_request(layout, extremes.smallest),
            ..self
        }
    }
}

/// What the pool counts.
pub fn totals<S: Shape>(blocks: &Blocks<S>) -> Totals {
    let size = blocks.memory().size() as usize;
    let overhead = blocks
        .first()
        .0
        .wrapping_add(slab::figures(blocks).overhead);
    let overhead = bytes(blocks, overhead);
    let used = bytes(blocks, blocks.field(Field::Used));
    Totals {
        size,
        used,
        free: size.wrapping_sub(overhead).wrapping_sub(used),
        overhead,
        peak: bytes(blocks, blocks.field(Field::Peak)),
        used_blocks: blocks.field(Field::UsedBlocks) as usize,
        free_blocks: blocks.field(Field::FreeBlocks) as usize,
        failures: blocks.field(Field::Failures) as usize,
        largest_failure: blocks.field(Field::LargestFailure) as usize,
    }
}

/// The figures without those of the free blocks' sizes. Constant time.
pub fn counted<S: Shape>(blocks: &Blocks<S>) -> Stats {
    let slab = slab::figures(blocks);
    let objects = slab.overhead.wrapping_add(slab.used);
    Stats {
        slabs: slab.slabs as usize,
        slab_bytes: bytes(blocks, slab.granules),
        free_in_slabs: bytes(blocks, slab.granules.wrapping_sub(objects)),
        ..Stats::of(totals(blocks))
    }
}

/// The figures, for which so many blocks of one list are looked at.
pub fn stats<S: Shape>(blocks: &Blocks<S>, looks: usize) -> Stats {
    counted(blocks).with_extremes(blocks.layout(), Extremes::of(blocks, looks))
}

/// A counter's granules, in bytes.
fn bytes<S: Shape>(blocks: &Blocks<S>, granules: u32) -> usize {
    (granules as usize) << blocks.layout().granule_shift
}
