//! The figures of a pool.

use crate::arena::Arena;
use crate::block::{Form, Header};
use crate::config::Config;
use crate::control::Counter;
use crate::fit::sealed::Fit as _;
use crate::heap::Heap;
use crate::slab::SlabCounter;

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
    /// [`Config::SEARCH_LIMIT`], of the blocks looked at. Where the largest free block only just has the large form
    /// (`block.rs`), a smaller one may hold up to 12 bytes more. What the slab can serve does not count; with
    /// [`Coalesce::Deferred`](crate::config::Coalesce), nor does what merging the blocks that wait would give
    /// ([`Heap::trim`] merges them).
    pub largest_free: usize,
    /// How many chunks the slab has.
    pub chunks: usize,
    /// Bytes in the slab's chunks, in use or not: they belong to no other class and to no block.
    pub chunk_bytes: usize,
    /// Bytes in the slab's free slots, which count as `free`.
    pub free_in_chunks: usize,
}

impl<C: Config> Heap<'_, C> {
    /// The pool's figures.
    ///
    /// Constant time, except `largest_free`: with [`Tlsf`](crate::fit::Tlsf) it looks at the free blocks of the highest
    /// size class that has any, with [`BestFitLittle`](crate::fit::BestFitLittle) at every block.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let arena = self.arena();
        // Asking is safe, so a damaged counter must not overflow.
        let bytes = |granules: u32| (granules as usize).wrapping_mul(Arena::<C>::GRANULE);
        let chunk_granules = arena.slab_counter(SlabCounter::ChunkGranules);
        let chunk_overhead = arena.slab_counter(SlabCounter::ChunkOverhead);
        let object_granules = arena.slab_counter(SlabCounter::ObjectGranules);
        let overhead = bytes(arena.first().wrapping_add(chunk_overhead));
        let used = bytes(arena.counter(Counter::Used));
        Stats {
            size: arena.size(),
            used,
            free: arena.size().wrapping_sub(overhead).wrapping_sub(used),
            overhead,
            peak: bytes(arena.counter(Counter::Peak)),
            used_blocks: arena.counter(Counter::UsedBlocks) as usize,
            free_blocks: arena.counter(Counter::FreeBlocks) as usize,
            failures: arena.counter(Counter::Failures) as usize,
            largest_free: largest_request::<C>(C::Fit::largest(arena)),
            chunks: arena.slab_counter(SlabCounter::Chunks) as usize,
            chunk_bytes: bytes(chunk_granules),
            free_in_chunks: bytes(
                chunk_granules
                    .wrapping_sub(chunk_overhead)
                    .wrapping_sub(object_granules),
            ),
        }
    }

    /// Lets the peak start again from what is used now, and those of all holders. Constant time for each row of these.
    pub fn reset_peak(&mut self) {
        let arena = self.arena();
        arena.set_counter(Counter::Peak, arena.counter(Counter::Used));
        arena.reset_peaks_of_holders();
    }
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
