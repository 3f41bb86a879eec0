//! Figures, walks and checks over all regions.

use core::iter::FusedIterator;
use core::ptr::NonNull;

use super::Regions;
use crate::arena::Arena;
use crate::check::{Broken, Corruption};
use crate::config::Config;
use crate::control::Counter;
use crate::error::FreeError;
use crate::heap::Heap;
use crate::stats::{Stats, Totals};
use crate::walk::{BlockInfo, Blocks, State};

/// A region's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Region {
    /// Where it begins.
    pub base: NonNull<u8>,
    /// Its bytes.
    pub size: usize,
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// The memory of each region, in the order in which they came.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        self.heaps().map(|heap| Region {
            base: heap.arena().pointer(0),
            size: heap.arena().size(),
        })
    }

    /// What all regions count, without the gaps. The peak is that of the sum, up to 2^32 granules,
    /// and not the sum of the peaks.
    ///
    /// Constant time, for each region.
    #[must_use]
    #[inline]
    pub fn totals(&self) -> Totals {
        let mut totals = self.first.totals();
        if MORE != 0 && self.count() > 1 {
            for heap in self.heaps().skip(1) {
                totals.add(&heap.totals());
            }
            totals.peak = self.peak();
        }
        totals
    }

    /// The figures of all regions together: [`Regions::totals`], and the largest and the smallest
    /// free block of any region.
    ///
    /// Time as [`Heap::stats`](crate::Heap::stats), for each region.
    #[must_use]
    #[inline]
    pub fn stats(&self) -> Stats {
        self.stats_of(|heap| heap.stats())
    }

    /// The figures, each region's made by `stats`.
    #[inline]
    pub(crate) fn stats_of(&self, of: impl Fn(&Heap<'_, C>) -> Stats) -> Stats {
        let mut stats = of(&self.first);
        if MORE != 0 && self.count() > 1 {
            for heap in self.heaps().skip(1) {
                stats.add(&of(heap));
            }
            stats.peak = self.peak();
        }
        stats
    }

    /// Bytes of all regions that were used at most.
    fn peak(&self) -> usize {
        let granules = self.first.arena().common_peak() as usize;
        granules.wrapping_mul(Arena::<C>::GRANULE)
    }

    /// The figures of one region, if there is one of this number. What was refused counts in the region that was asked first.
    #[must_use]
    pub fn region_stats(&self, region: usize) -> Option<Stats> {
        self.heap(region).map(|heap| heap.stats())
    }

    /// Where the used block ends that stands at the highest address, as [`Heap::used_end`](crate::Heap::used_end); where the first region's first block
    /// begins if none is used.
    #[must_use]
    pub fn used_end(&self) -> NonNull<u8> {
        let last = self
            .heaps()
            .filter(|heap| heap.arena().counter(Counter::UsedBlocks) != 0)
            .max_by_key(|heap| heap.arena().base_address())
            .unwrap_or(&self.first);
        last.arena().pointer(last.used_end())
    }

    /// Lets the peak start again from what is used now, that of each region as well.
    pub fn reset_peak(&mut self) {
        self.heaps_mut().for_each(|heap| heap.reset_peak());
        if MORE != 0 && self.count() > 1 {
            self.first.arena().set_common_peak(self.used());
        }
    }

    /// Walks every block, used and free: region by region, in the order in which they came, with a [`State::Gap`] between two.
    #[must_use]
    pub fn blocks(&self) -> RegionBlocks<'_, C, MORE> {
        RegionBlocks {
            regions: self,
            region: 0,
            blocks: self.first.blocks(),
        }
    }

    /// Is the control block of every region still its own? See
    /// [`Heap::has_identity`](crate::Heap::has_identity).
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.heaps().all(|heap| heap.has_identity())
    }

    /// Verifies everything in every region, as [`Heap::check`](crate::Heap::check), and that all of them belong together.
    ///
    /// # Errors
    ///
    /// The first damage found.
    pub fn check(&self) -> Result<(), Corruption> {
        if MORE == 0 {
            return self.first.check();
        }
        for (region, heap) in self.heaps().enumerate() {
            heap.check().map_err(|found| found.in_region(region))?;
        }
        if let Some(region) = self.stranger() {
            return Err(Corruption::of_pool(Broken::Regions).in_region(region));
        }
        self.check_common_peak()
    }

    /// Proves that the peak of all regions is neither less than what is used, nor more than there is.
    pub(super) fn check_common_peak(&self) -> Result<(), Corruption> {
        let capacity = self.heaps().fold(0u32, |sum, heap| {
            heap.arena().capacity().saturating_add(sum)
        });
        let peak = self.first.arena().common_peak();
        if self.count() == 1 || (self.used()..=capacity).contains(&peak) {
            Ok(())
        } else {
            Err(Corruption::of_pool(Broken::Regions))
        }
    }
}

/// In steps, as `check/steps.rs` does it. The base of a region, where no block is, stands for its
/// first block.
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// Verifies `blocks` blocks from `anchor` on, and on to the next anchor, which it gives; or to the end of the region.
    #[inline]
    pub(crate) fn check_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
    ) -> Result<Option<NonNull<u8>>, Corruption> {
        if MORE == 0 {
            return self.first.check_from(anchor, blocks);
        }
        let (region, heap) = anchor.map_or((0, &self.first), |anchor| self.region_of(anchor));
        let anchor = anchor.filter(|&anchor| heap.arena().offset_of(anchor) != 0);
        let next = heap.check_from(anchor, blocks);
        let next = next.map_err(|found| found.in_region(region))?;
        Ok(next.or_else(|| self.start_of(region + 1)))
    }

    /// The anchor before `anchor`; nothing, if there is none.
    #[inline]
    pub(crate) fn earlier_anchor(&self, anchor: NonNull<u8>) -> Option<NonNull<u8>> {
        let (region, heap) = self.region_of(anchor);
        if MORE == 0 || region == 0 {
            return self.first.earlier_anchor(anchor);
        }
        if heap.arena().offset_of(anchor) == 0 {
            return Some(anchor);
        }
        heap.earlier_anchor(anchor)
            .or_else(|| self.start_of(region))
    }

    /// Tells `visit` of `blocks` blocks from `anchor` on, and on to the next one, as
    /// `walk/steps.rs` does it. Nobody is told of gaps.
    #[inline]
    pub(crate) fn walk_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
        mut visit: impl FnMut(BlockInfo),
    ) -> Result<Option<NonNull<u8>>, FreeError> {
        if MORE == 0 {
            return self.first.walk_from(anchor, blocks, visit);
        }
        let (region, heap) = anchor.map_or((0, &self.first), |anchor| self.region_of(anchor));
        let anchor = anchor.filter(|&anchor| heap.arena().offset_of(anchor) != 0);
        let next = heap.walk_from(anchor, blocks, |block| visit(BlockInfo { region, ..block }))?;
        Ok(next.or_else(|| self.start_of(region + 1)))
    }

    fn start_of(&self, region: usize) -> Option<NonNull<u8>> {
        self.heap(region).map(|heap| heap.arena().pointer(0))
    }
}

/// The blocks of joined regions, made by [`Regions::blocks`].
#[derive(Debug)]
pub struct RegionBlocks<'h, C: Config, const MORE: usize> {
    regions: &'h Regions<'h, C, MORE>,
    region: usize,
    blocks: Blocks<'h, C>,
}

impl<C: Config, const MORE: usize> Iterator for RegionBlocks<'_, C, MORE> {
    type Item = BlockInfo;

    #[inline]
    fn next(&mut self) -> Option<BlockInfo> {
        match self.blocks.next() {
            Some(mut block) => {
                block.region = self.region;
                Some(block)
            }
            None if MORE == 0 => None,
            None => self.cross_gap(),
        }
    }
}

impl<C: Config, const MORE: usize> RegionBlocks<'_, C, MORE> {
    /// Goes on to the next region, and tells of the gap before it.
    fn cross_gap(&mut self) -> Option<BlockInfo> {
        let next = self.regions.heap(self.region + 1)?;
        let before = self.regions.heap(self.region)?.arena();
        let end = before.base_address().wrapping_add(before.size());
        let gap = BlockInfo {
            region: self.region,
            offset: before.size(),
            size: next.arena().base_address().saturating_sub(end),
            payload: 0,
            state: State::Gap,
            aligned: false,
            in_chunk: false,
            holder: None,
            origin: None,
        };
        self.region += 1;
        self.blocks = next.blocks();
        Some(gap)
    }
}

impl<C: Config, const MORE: usize> Clone for RegionBlocks<'_, C, MORE> {
    fn clone(&self) -> Self {
        Self {
            blocks: self.blocks.clone(),
            ..*self
        }
    }
}

impl<C: Config, const MORE: usize> FusedIterator for RegionBlocks<'_, C, MORE> {}

impl Totals {
    /// Adds what another region counts, but not its peak.
    fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.size, other.size),
            (&mut self.used, other.used),
            (&mut self.free, other.free),
            (&mut self.overhead, other.overhead),
            (&mut self.used_blocks, other.used_blocks),
            (&mut self.free_blocks, other.free_blocks),
            (&mut self.failures, other.failures),
        ] {
            // Asking is safe, so a damaged counter must not overflow.
            *sum = sum.wrapping_add(more);
        }
    }
}

impl Stats {
    /// Adds the figures of another region, but not its peak.
    fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.size, other.size),
            (&mut self.used, other.used),
            (&mut self.free, other.free),
            (&mut self.overhead, other.overhead),
            (&mut self.used_blocks, other.used_blocks),
            (&mut self.free_blocks, other.free_blocks),
            (&mut self.failures, other.failures),
            (&mut self.chunks, other.chunks),
            (&mut self.chunk_bytes, other.chunk_bytes),
            (&mut self.free_in_chunks, other.free_in_chunks),
        ] {
            // Asking is safe, so a damaged counter must not overflow.
            *sum = sum.wrapping_add(more);
        }
        self.largest_free = self.largest_free.max(other.largest_free);
        self.smallest_free = match (self.smallest_free, other.smallest_free) {
            (0, size) | (size, 0) => size,
            (one, two) => one.min(two),
        };
    }
}

impl FreeError {
    /// The same, in a region of several.
    #[inline]
    pub(super) fn in_region(self, region: usize) -> Self {
        match self {
            Self::Corrupt(corruption) => Self::Corrupt(corruption.in_region(region)),
            error => error,
        }
    }
}
