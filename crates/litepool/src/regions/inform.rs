//! Figures, walks and checks over all regions: `inspect/` answers, of the image of each.

use core::iter::FusedIterator;
use core::ops::Range;
use core::ptr::NonNull;

use super::Regions;
use crate::block::Blocks;
use crate::config::Config;
use crate::corruption::Corruption;
use crate::fit::sealed::Fit as _;
use crate::heap::Chain;
use crate::inspect::node_size::{NodeSize, NodeSizeError};
use crate::inspect::{self, BlockInfo, Leaks, Report, State, Stats, Totals, Walk};
use crate::layout::{Choices, Field, Layout};
use crate::track::{Numbers, Snapshot, Table};

/// A region's memory.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Config, Regions, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const GRANULE: usize = 4;
///     const REGIONS: usize = 2;
/// }
///
/// let mut on_chip = [MaybeUninit::uninit(); 2048];
/// let mut external = [MaybeUninit::uninit(); 8192];
/// let mut heap = Regions::<Device, 1>::new(&mut on_chip)?;
/// heap.add_region(&mut external)?;
/// for (number, region) in heap.regions().enumerate() {
///     let free = heap.region_stats(number).map_or(0, |stats| stats.free);
///     println!("{:p} {:6} bytes, {free:6} free", region.base, region.size);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RegionInfo {
    /// Where it begins.
    pub base: NonNull<u8>,
    /// Its bytes.
    pub size: usize,
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// A region as who only reads it has it.
    pub(super) fn image(&self, region: usize) -> Option<Blocks<Layout>> {
        Some(self.get(region)?.chain().image())
    }

    /// The memory of each region, in the order in which they came.
    pub fn regions(&self) -> impl Iterator<Item = RegionInfo> {
        self.all().map(|region| RegionInfo {
            base: region.chain().memory().pointer(0),
            size: region.chain().memory().size() as usize,
        })
    }

    /// What the configuration chose, as the pool states it.
    #[must_use]
    pub fn choices(&self) -> &Choices {
        &self.first.chain().layout().choices
    }

    /// What all regions count, without the gaps. The peak is that of the sum, up to 2^32 granules,
    /// and not the sum of the peaks. Constant time, for each region.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let first = inspect::totals(self.first.chain());
        let more = self.all().skip(1);
        let totals = more.map(|region| inspect::totals(region.chain()));
        Totals {
            peak: self.peak_bytes(),
            ..totals.fold(first, |sum, more| sum.and(&more))
        }
    }

    /// The figures of all regions together: [`Regions::totals`], and the largest and the smallest
    /// free block of any.
    ///
    /// Constant time for each region, except `largest_free` and `smallest_free`: with
    /// [`Tlsf`](crate::fit::Tlsf) it looks at the free blocks of the highest and of the lowest
    /// size class that has any, with [`BestFit`](crate::fit::BestFit) at a block for each bit of
    /// their sizes, with [`BestFitLittle`](crate::fit::BestFitLittle) at every block.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats_by(|blocks| inspect::stats(blocks, C::Fit::LIMIT))
    }

    /// The figures, those of each region found in this way.
    pub(crate) fn stats_by(&self, find: impl Fn(&Chain<C>) -> Stats) -> Stats {
        let first = find(self.first.chain());
        let stats = self.all().skip(1).map(|region| find(region.chain()));
        Stats {
            peak: self.peak_bytes(),
            ..stats.fold(first, |sum, more| sum.and(&more))
        }
    }

    fn peak_bytes(&self) -> usize {
        (self.peak() as usize).wrapping_mul(C::GRANULE)
    }

    /// The figures of one region, if there is one of this number. What was refused counts in the
    /// region that was asked first.
    #[must_use]
    pub fn region_stats(&self, region: usize) -> Option<Stats> {
        let blocks = self.get(region)?.chain();
        Some(inspect::stats(blocks, C::Fit::LIMIT))
    }

    /// Lets the peak start again from what is used now, that of each region and those of all
    /// owners. Constant time for each row of these.
    pub fn reset_peak(&mut self) {
        for region in self.all() {
            let blocks = region.chain();
            blocks.set_field(Field::Peak, blocks.field(Field::Used));
            Table::of(blocks).reset_peaks();
        }
        self.reset_common_peak();
    }

    /// Where the used block ends that stands at the highest address; where the first region's
    /// first block begins if none is used. Constant time, for each region.
    #[must_use]
    pub fn used_end(&self) -> NonNull<u8> {
        let images = self.all().map(|region| region.chain().image());
        let last = images
            .filter(|image| image.field(Field::UsedBlocks) != 0)
            .max_by_key(|image| image.memory().address());
        let last = last.unwrap_or(self.first.chain().image());
        last.memory().pointer(inspect::used_end(&last))
    }

    /// Walks every block, used and free: region by region, in the order in which they came, with a
    /// [`State::Gap`] between two.
    #[must_use]
    pub fn blocks(&self) -> RegionBlocks<'_, C, MORE> {
        RegionBlocks {
            regions: self,
            region: 0,
            blocks: Walk::of(self.first.chain().image()),
        }
    }

    /// The used block, or the object of a slab, in whose payload `address` lies, be it at its start
    /// or further on. Time linear in the number of blocks of its region.
    #[must_use]
    pub fn block_around(&self, address: NonNull<u8>) -> Option<BlockInfo> {
        let (number, region) = self.region_of(address);
        let blocks = region.chain();
        let block = inspect::around(&blocks.image(), blocks.memory().offset_of(address))?;
        Some(BlockInfo {
            region: number,
            ..block
        })
    }

    /// Bytes from `address` to the end of the payload in which it lies, 0 if it lies in none. Time
    /// as [`Regions::block_around`].
    pub(crate) fn room_at(&self, address: NonNull<u8>) -> usize {
        let blocks = self.region_of(address).1.chain();
        inspect::room_at(blocks, blocks.memory().offset_of(address))
    }

    /// How large the block at `pointer` is, and what is left of it, as the
    /// [level](crate::node_check_level) allows to ask. Time as stated at the levels.
    ///
    /// # Errors
    ///
    /// See [`NodeSizeError`].
    pub fn node_size(&self, pointer: NonNull<u8>) -> Result<NodeSize, NodeSizeError> {
        let (_, region) = self.region_of(pointer);
        let offset = region.chain().memory().offset_of(pointer);
        NodeSize::of(&region.chain().image(), offset, || region.room_of(pointer))
    }

    /// Is the control block of every region still its own? The first thing that [`Regions::check`]
    /// proves. Constant time.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.all()
            .all(|region| inspect::check_control_block(region.chain()).is_ok())
    }

    /// Verifies everything: the control block, every block, every list, every counter; and that
    /// all regions belong together. It survives any corruption.
    ///
    /// Time is linear in the number of blocks, and with a slab in the pool's size (a byte for each
    /// place of a slab).
    ///
    /// # Errors
    ///
    /// The first corruption found, with the block at which it shows and the one before it.
    pub fn check(&self) -> Result<(), Corruption> {
        for (number, region) in self.all().enumerate() {
            inspect::check(region.chain()).map_err(|found| found.in_region(number))?;
        }
        // One that is opened alone may be one of several.
        if MORE == 0 {
            Ok(())
        } else {
            self.check_links()
        }
    }

    /// What is known of the blocks at which corruption shows: their sizes and, with a
    /// [record](crate::track), their owners and where they come from. What is corrupt so far that
    /// it can't be known is left out.
    ///
    /// Time linear in the number of blocks of its region.
    #[must_use]
    pub fn report(&self, corruption: &Corruption) -> Report {
        let image = self.image(corruption.region);
        let image = image.unwrap_or_else(|| self.first.chain().image());
        let mut report = Report::of(&image, corruption);
        let infos = [&mut report.block, &mut report.previous, &mut report.suspect];
        for info in infos.into_iter().flatten() {
            info.region = corruption.region;
        }
        report
    }
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE>
where
    C::Record: Numbers,
{
    /// This moment. The allocations of all regions are numbered together. Constant time.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.first.chain())
    }

    /// The blocks that were allocated in `between` and are still used, objects of the slab
    /// included. Of those allocated before the first moment, ask with a snapshot of `number` 0.
    /// Time linear in the number of blocks.
    pub fn held_since(&self, between: Range<Snapshot>) -> impl Iterator<Item = BlockInfo> {
        self.blocks()
            .filter(move |info| inspect::is_held(info, &between))
    }

    /// The same, added up for each owner and place, in the order of the first block of each.
    /// Nothing is allocated for that, so the time is quadratic in the number of blocks. See the
    /// example `leak_hunt.rs`.
    #[must_use]
    pub fn leaks(&self, between: Range<Snapshot>) -> Leaks<RegionBlocks<'_, C, MORE>> {
        Leaks::of(self.blocks(), between)
    }
}

/// The blocks of joined regions, made by [`Regions::blocks`]. A step is constant time.
#[derive(Debug)]
pub struct RegionBlocks<'h, C: Config, const MORE: usize> {
    regions: &'h Regions<'h, C, MORE>,
    region: usize,
    blocks: Walk<'h>,
}

impl<C: Config, const MORE: usize> Clone for RegionBlocks<'_, C, MORE> {
    fn clone(&self) -> Self {
        Self {
            blocks: self.blocks.clone(),
            ..*self
        }
    }
}

impl<C: Config, const MORE: usize> Iterator for RegionBlocks<'_, C, MORE> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        match self.blocks.next() {
            Some(block) => Some(BlockInfo {
                region: self.region,
                ..block
            }),
            None => self.cross_gap(),
        }
    }
}

impl<C: Config, const MORE: usize> FusedIterator for RegionBlocks<'_, C, MORE> {}

impl<C: Config, const MORE: usize> RegionBlocks<'_, C, MORE> {
    /// Goes on to the next region, and gives the gap before it.
    fn cross_gap(&mut self) -> Option<BlockInfo> {
        let next = self.regions.image(self.region + 1)?;
        let before = *self.regions.get(self.region)?.chain().memory();
        let size = before.size() as usize;
        let end = before.address().wrapping_add(size);
        let gap = next.memory().address().saturating_sub(end);
        let gap = BlockInfo {
            region: self.region,
            ..BlockInfo::blank(size, gap, State::Gap)
        };
        self.region += 1;
        self.blocks = Walk::of(next);
        Some(gap)
    }
}
