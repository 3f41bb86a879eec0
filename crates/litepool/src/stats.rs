//! The figures of a pool.

use crate::arena::Arena;
use crate::block::{Form, Header};
use crate::config::Config;
use crate::control::Counter;
use crate::fit::sealed::Fit as _;
use crate::heap::Heap;
use crate::slab::SlabCounter;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
use crate::walk::{BlockInfo, State};

/// What a pool counts, all in bytes but the counts: those of its [`Stats`] that are constant time
/// with every algorithm. `used + free + overhead == size`, always.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Totals {
    /// The pool, control block included.
    pub size: usize,
    /// Used blocks, their headers included, and the slab's objects in use, at their classes' sizes.
    pub used: usize,
    /// Free blocks, their headers included, and the slab's free slots.
    pub free: usize,
    /// The control block and the end block; of the slab's chunks what can hold no object.
    pub overhead: usize,
    /// The highest `used` since the start or the last [`Heap::reset_peak`].
    pub peak: usize,
    /// How many blocks are used, and objects of the slab.
    pub used_blocks: usize,
    /// How many blocks are free.
    pub free_blocks: usize,
    /// How many requests were refused for want of room. It wraps at 2^32.
    pub failures: usize,
}

/// The figures of a pool, all in bytes but the counts. `used + free + overhead == size`, always.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Stats {
    /// The pool, control block included.
    pub size: usize,
    /// Used blocks, their headers included, and the slab's objects in use, at their classes' sizes.
    pub used: usize,
    /// Free blocks, their headers included, and the slab's free slots.
    pub free: usize,
    /// The control block and the end block; of the slab's chunks what can hold no object.
    pub overhead: usize,
    /// The highest `used` since the start or the last [`Heap::reset_peak`].
    pub peak: usize,
    /// How many blocks are used, and objects of the slab.
    pub used_blocks: usize,
    /// How many blocks are free.
    pub free_blocks: usize,
    /// How many requests were refused for want of room. It wraps at 2^32.
    pub failures: usize,
    /// The largest request that would succeed now, with the granule's alignment. With a
    /// [`Config::SEARCH_LIMIT`], of the blocks looked at. Where the largest free block only just
    /// has the large form (`block.rs`), a smaller one may hold up to 12 bytes more. What the slab
    /// can serve does not count; with [`Coalesce::Deferred`](crate::config::Coalesce), nor does
    /// what merging the blocks that wait would give ([`Heap::trim`] merges them).
    pub largest_free: usize,
    /// The largest request that the smallest free block can hold; 0 if none is free. With a
    /// [`Config::SEARCH_LIMIT`], of the blocks looked at.
    pub smallest_free: usize,
    /// How many chunks the slab has.
    pub chunks: usize,
    /// Bytes in the slab's chunks, in use or not: they belong to no other class and to no block.
    pub chunk_bytes: usize,
    /// Bytes in the slab's free slots, which count as `free`.
    pub free_in_chunks: usize,
}

/// The smallest and the largest of some free blocks, in granules; 0 if there are none.
#[derive(Clone, Copy, Default, Debug)]
pub struct Extremes {
    smallest: u32,
    largest: u32,
}

#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
impl Extremes {
    /// Counts a block, if it is free.
    pub fn add<C: Config>(&mut self, block: &BlockInfo) {
        if block.state != State::Free || block.in_chunk {
            return;
        }
        let size = (block.size / Arena::<C>::GRANULE) as u32;
        if self.largest == 0 || size < self.smallest {
            self.smallest = size;
        }
        self.largest = self.largest.max(size);
    }
}

impl Stats {
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
        }
    }

    /// States the sizes of the free blocks.
    pub(crate) fn with_extremes<C: Config>(self, extremes: Extremes) -> Self {
        Self {
            largest_free: largest_request::<C>(extremes.largest),
            smallest_free: largest_request::<C>(extremes.smallest),
            ..self
        }
    }
}

impl<C: Config> Heap<'_, C> {
    /// What the pool counts. Constant time.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let arena = self.arena();
        let overhead = arena
            .first()
            .wrapping_add(arena.slab_counter(SlabCounter::ChunkOverhead));
        let overhead = bytes::<C>(overhead);
        let used = bytes::<C>(arena.counter(Counter::Used));
        Totals {
            size: arena.size(),
            used,
            free: arena.size().wrapping_sub(overhead).wrapping_sub(used),
            overhead,
            peak: bytes::<C>(arena.counter(Counter::Peak)),
            used_blocks: arena.counter(Counter::UsedBlocks) as usize,
            free_blocks: arena.counter(Counter::FreeBlocks) as usize,
            failures: arena.counter(Counter::Failures) as usize,
        }
    }

    /// The pool's figures.
    ///
    /// Constant time, except `largest_free` and `smallest_free`: with [`Tlsf`](crate::fit::Tlsf) it
    /// looks at the free blocks of the highest and of the lowest size class that has any, with
    /// [`BestFit`](crate::fit::BestFit) at a block for each bit of their sizes, with
    /// [`BestFitLittle`](crate::fit::BestFitLittle) at every block.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats_within(usize::MAX)
    }

    /// The figures, for which so many blocks of one list are looked at.
    #[inline]
    pub(crate) fn stats_within(&self, looks: usize) -> Stats {
        let arena = self.arena();
        self.counted().with_extremes::<C>(Extremes {
            smallest: C::Fit::smallest(arena, looks),
            largest: C::Fit::largest(arena, looks),
        })
    }

    /// The figures without those of the free blocks' sizes. Constant time.
    pub(crate) fn counted(&self) -> Stats {
        let arena = self.arena();
        let totals = self.totals();
        let in_chunks = arena.slab_counter(SlabCounter::ChunkGranules);
        let not_free = arena
            .slab_counter(SlabCounter::ChunkOverhead)
            .wrapping_add(arena.slab_counter(SlabCounter::ObjectGranules));
        Stats {
            size: totals.size,
            used: totals.used,
            free: totals.free,
            overhead: totals.overhead,
            peak: totals.peak,
            used_blocks: totals.used_blocks,
            free_blocks: totals.free_blocks,
            failures: totals.failures,
            largest_free: 0,
            smallest_free: 0,
            chunks: arena.slab_counter(SlabCounter::Chunks) as usize,
            chunk_bytes: bytes::<C>(in_chunks),
            free_in_chunks: bytes::<C>(in_chunks.wrapping_sub(not_free)),
        }
    }

    /// Lets the peak start again from what is used now, and those of all holders. Constant time for
    /// each row of these.
    pub fn reset_peak(&mut self) {
        let arena = self.arena();
        arena.set_counter(Counter::Peak, arena.counter(Counter::Used));
        arena.reset_peaks_of_holders();
    }
}

/// A counter's granules, in bytes. Asking is safe, so a damaged counter must not overflow.
fn bytes<C: Config>(granules: u32) -> usize {
    (granules as usize).wrapping_mul(Arena::<C>::GRANULE)
}

impl<C: Config> Arena<C> {
    /// Granules in free blocks.
    pub fn free_granules(self) -> u32 {
        let in_blocks = self
            .counter(Counter::Used)
            .wrapping_sub(self.slab_counter(SlabCounter::ObjectGranules))
            .wrapping_add(self.slab_counter(SlabCounter::ChunkGranules));
        (self.end() - self.first()).wrapping_sub(in_blocks)
    }
}

/// The largest request, in bytes, that a free block of `size` granules can hold.
pub fn largest_request<C: Config>(size: u32) -> usize {
    let ordinary = size.min(Header::LARGE - 1) as usize * Arena::<C>::GRANULE;
    let large = size as usize * Arena::<C>::GRANULE;
    let ordinary = if size < Header::LARGE || size - (Header::LARGE - 1) >= Arena::<C>::MIN {
        ordinary
    } else {
        // What an ordinary block would leave behind is too small for a block of its own.
        (size - Arena::<C>::MIN) as usize * Arena::<C>::GRANULE
    };
    ordinary
        .saturating_sub(Form::Ordinary.overhead::<C>())
        .max(large.saturating_sub(Form::Large.overhead::<C>()))
}
