//! Several regions of memory as one heap, wherever they lie.
//!
//! ```text
//!   0x2000_0000                          0xC000_0000
//!   | control block | blocks | end |     | control block | blocks                  | end |
//!     region 0: on-chip             gap    region 1: external
//! ```
//!
//! Each region is a complete heap with a control block of its own, and nothing in it leads out of
//! it. So no block spans a gap, no proof reads one, each region opens alone, and how far they are
//! apart stands nowhere. What a program calls a [`Heap`] is one region, and nothing else.
//!
//! - `regions/link.rs`: what a control block says of its place among the others
//! - `regions/open.rs`: regions are made, joined, and opened again
//! - `regions/serve.rs`: allocate and free; `regions/realloc.rs`: reallocate
//! - `regions/inform.rs`: figures, walks and checks; `regions/steps.rs`: in steps
//! - `regions/owners.rs`: what tasks and modules have
//! - `regions/joined.rs`: what an image tells of the regions that it was joined with

mod inform;
mod joined;
mod link;
mod open;
mod owners;
mod realloc;
mod serve;
mod steps;

use core::fmt;
use core::ptr::NonNull;

use crate::config::Config;
use crate::error::RegionError;
use crate::heap::Region;

pub use inform::{RegionBlocks, RegionInfo};
pub use joined::Joined;

/// One thread's heap in memory that the caller owns.
///
/// The handle is small and holds nothing that the pool does not say as well: dropping it leaves
/// the pool as it is, and [`Heap::attach`] opens it again, in this process or from a copy on
/// another machine.
///
/// All that it can do is at [`Regions`], of which this is one alone.
///
/// ```
/// use core::ptr::NonNull;
/// use litepool::{Heap, config::Pool256K};
///
/// let mut words = [0u32; 512];
/// let base = NonNull::from(&mut words).cast();
/// // SAFETY: the words are ours, and nothing but the heap uses them.
/// let mut heap = unsafe { Heap::<Pool256K>::from_raw(base, 2048)? };
/// let settings = heap.allocate(64)?;
/// // After a warm restart the pool is still there, and so is the block.
/// // SAFETY: likewise, and the first heap is not used any more.
/// let mut heap = unsafe { Heap::<Pool256K>::attach(base, 2048)? };
/// assert_eq!(heap.stats().used_blocks, 1);
/// // SAFETY: the block is ours and nothing refers to it any more.
/// unsafe { heap.free(settings)? };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Heap<'m, C> = Regions<'m, C, 0>;

/// One thread's heap in one region of memory, and in up to `MORE` more.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Config, Regions, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const REGIONS: usize = 2;
/// }
///
/// let mut on_chip = [MaybeUninit::uninit(); 2048];
/// let mut external = [MaybeUninit::uninit(); 8192];
/// let mut heap = Regions::<Device, 1>::new(&mut on_chip)?;
/// heap.add_region(&mut external)?;
/// let hot = heap.allocate(100)?;
/// let frame = heap.allocate_preferring(1, 4096, 32)?;
/// // SAFETY: the blocks are ours and nothing refers to them any more.
/// unsafe {
///     heap.free(frame)?;
///     heap.free(hot)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The regions are numbered in the order in which they came, from 0 on, wherever they lie. A
/// request is served by the first of them that has room, beginning with the
/// [preferred](Regions::set_preferred) one; a block never spans two of them. For every operation,
/// time is what is stated there for each region that is asked, and one comparison for each region
/// to tell in which one a pointer lies.
///
/// More than one region need a [`Config::REGIONS`] that allows them; that it does is proved when
/// the program is compiled:
///
/// ```compile_fail
/// use litepool::{Regions, config::Pool32};
///
/// let mut memory = [core::mem::MaybeUninit::uninit(); 2048];
/// let heap = Regions::<Pool32, 1>::new(&mut memory);
/// ```
///
/// With `MORE = 0` this is a [`Heap`].
pub struct Regions<'m, C: Config, const MORE: usize> {
    first: Region<'m, C>,
    more: [Option<Region<'m, C>>; MORE],
    /// Do requests begin there? If they do nowhere, they begin in the first region.
    is_preferred: [bool; MORE],
}

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// How many regions there are.
    #[must_use]
    #[inline]
    pub fn count(&self) -> usize {
        self.all().count()
    }

    /// Has requests begin with `region`; with the first one if nobody says otherwise. The pool
    /// does not remember that. If there is none of this number, [`RegionError::NoSuchRegion`].
    ///
    /// Time is a step for each region that there may be.
    pub fn set_preferred(&mut self, region: usize) -> Result<(), RegionError> {
        if self.get(region).is_none() {
            return Err(RegionError::NoSuchRegion);
        }
        for (is_preferred, number) in self.is_preferred.iter_mut().zip(1..) {
            *is_preferred = number == region;
        }
        Ok(())
    }

    /// The region that requests begin with.
    #[must_use]
    #[inline]
    pub fn preferred(&self) -> usize {
        let mut places = self.is_preferred.iter();
        places.position(|&it| it).map_or(0, |place| place + 1)
    }

    /// The blocks of the first region.
    #[cfg(test)]
    pub(crate) fn chain(&self) -> &crate::heap::Chain<C> {
        self.first.chain()
    }

    /// Every region, in the order in which they came.
    #[inline(always)]
    fn all(&self) -> impl Iterator<Item = &Region<'m, C>> {
        let more = self.more.iter().map_while(Option::as_ref);
        core::iter::once(&self.first).chain(more)
    }

    /// The region of this number.
    #[inline(always)]
    fn get(&self, region: usize) -> Option<&Region<'m, C>> {
        match region.checked_sub(1) {
            None => Some(&self.first),
            Some(place) => self.more.get(place)?.as_ref(),
        }
    }

    #[inline(always)]
    fn get_mut(&mut self, region: usize) -> Option<&mut Region<'m, C>> {
        match region.checked_sub(1) {
            None => Some(&mut self.first),
            Some(place) => self.more.get_mut(place)?.as_mut(),
        }
    }

    /// The region in which `pointer` lies, and its number; the first one, which will refuse it, if
    /// it lies in none.
    #[inline]
    fn region_of(&self, pointer: NonNull<u8>) -> (usize, &Region<'m, C>) {
        if MORE == 0 || self.first.chain().memory().contains(pointer) {
            return (0, &self.first);
        }
        let holds = |region: &Region<'m, C>| region.chain().memory().contains(pointer);
        let mut regions = self.all().enumerate();
        let found = regions.find(|(_, region)| holds(region));
        found.unwrap_or((0, &self.first))
    }

    /// The same, to be changed.
    #[inline]
    fn region_of_mut(&mut self, pointer: NonNull<u8>) -> &mut Region<'m, C> {
        let (number, _) = self.region_of(pointer);
        let place = number.checked_sub(1);
        match place.and_then(|place| self.more.get_mut(place)) {
            Some(Some(region)) => region,
            _ => &mut self.first,
        }
    }
}

impl<C: Config, const MORE: usize> fmt::Debug for Regions<'_, C, MORE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Regions")
            .field("count", &self.count())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
