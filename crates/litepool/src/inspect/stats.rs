//! The figures of a pool.

use core::fmt;

use super::slab;
use super::walk::largest_request;
use crate::block::Blocks;
use crate::fit;
use crate::layout::{Field, Shape};

/// [`Totals`] of some figures, and [`Stats`] of these and more; beside each, what two regions have
/// together.
macro_rules! figures {
    (
        $(#[$of_totals:meta])*
        Totals { $($(#[$doc:meta])* $total:ident: $join:path,)* }
        $(#[$of_stats:meta])*
        Stats { $($(#[$more_doc:meta])* $more:ident: $join_more:path,)* }
    ) => {
        $(#[$of_totals])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct Totals {
            $($(#[$doc])* pub $total: usize,)*
        }

        $(#[$of_stats])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])* pub $total: usize,)*
            $($(#[$more_doc])* pub $more: usize,)*
        }

        impl Totals {
            /// Those of two regions together. Both peaks need not have been at one moment.
            pub(crate) fn and(&self, other: &Self) -> Self {
                Self {
                    $($total: $join(self.$total, other.$total),)*
                }
            }
        }

        impl Stats {
            /// Those of two regions together, likewise.
            pub(crate) fn and(&self, other: &Self) -> Self {
                Self {
                    $($more: $join_more(self.$more, other.$more),)*
                    ..Self::of(self.totals().and(&other.totals()))
                }
            }

            /// Of these totals, with everything else 0.
            fn of(totals: Totals) -> Self {
                Self {
                    $($total: totals.$total,)*
                    ..Self::default()
                }
            }

            /// Those of them that are counted.
            #[must_use]
            pub fn totals(&self) -> Totals {
                Totals {
                    $($total: self.$total,)*
                }
            }
        }
    };
}

figures! {
    /// What a pool counts, all in bytes but the counts: those of its [`Stats`] that are constant
    /// time with every algorithm. `used + free + overhead == size`, always.
    Totals {
        /// The pool, control block included.
        size: sum,
        /// Used blocks, their headers included, and the slab's objects in use, at their
        /// classes' sizes.
        used: sum,
        /// Free blocks, their headers included, and the slab's free slots.
        free: sum,
        /// The control block and the end block; of the slabs what can hold no object.
        overhead: sum,
        /// The highest `used` since the start or the last
        /// [`Heap::reset_peak`](crate::Heap::reset_peak).
        peak: sum,
        /// How many blocks are used, and objects of the slab.
        used_blocks: sum,
        /// How many blocks are free.
        free_blocks: sum,
        /// How many requests were refused for want of room. It wraps at 2^32.
        failures: sum,
        /// The largest request that was refused for want of room; 0 if none was.
        largest_failure: Ord::max,
    }

    /// The figures of a pool, all in bytes but the counts. `used + free + overhead == size`,
    /// always. Its `Display` is a line for a log.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use litepool::{Heap, config::Pool256K};
    ///
    /// let mut memory = [MaybeUninit::uninit(); 2048];
    /// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
    /// let blocks = [heap.allocate(400)?, heap.allocate(400)?, heap.allocate(400)?];
    /// // SAFETY: the block is ours and nothing refers to it any more.
    /// unsafe { heap.free(blocks[1])? };
    /// let stats = heap.stats();
    /// // External fragmentation: no request for all that is free would succeed.
    /// println!("{} of {} bytes fit at once", stats.largest_free, stats.free);
    /// assert!(stats.largest_free < stats.free && stats.peak > stats.used);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Stats {
        /// The largest request that would succeed now, with the granule's alignment. With a bounded
        /// search, of the blocks looked at. What the slab can serve does not count.
        largest_free: Ord::max,
        /// The largest request that the smallest free block can hold; 0 if none is free. With a
        /// bounded search, of the blocks looked at.
        smallest_free: smaller,
        /// How many slabs there are.
        slabs: sum,
        /// Bytes in the slabs, in use or not: they belong to no other class and to no block.
        slab_bytes: sum,
        /// Bytes in the slabs' free slots, which count as `free`.
        free_in_slabs: sum,
    }
}

/// One line for a log, of what is asked for most.
impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "used {} of {} bytes, peak {}, blocks {}, free {}, largest free {}, failures {}",
            self.used,
            self.size,
            self.peak,
            self.used_blocks,
            self.free,
            self.largest_free,
            self.failures
        )
    }
}

/// Asking is safe, so a corrupt counter must not overflow.
fn sum(one: usize, other: usize) -> usize {
    one.wrapping_add(other)
}

/// The smaller of two sizes, of which 0 is none.
fn smaller(one: usize, other: usize) -> usize {
    match (one, other) {
        (0, size) | (size, 0) => size,
        _ => one.min(other),
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
    let (smallest, largest) = fit::extremes(blocks, looks);
    Stats {
        largest_free: largest_request(blocks.layout(), largest),
        smallest_free: largest_request(blocks.layout(), smallest),
        ..counted(blocks)
    }
}

/// A counter's granules, in bytes.
fn bytes<S: Shape>(blocks: &Blocks<S>, granules: u32) -> usize {
    (granules as usize) << blocks.layout().granule_shift
}
