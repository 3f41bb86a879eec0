//! Several regions of memory as one heap, wherever they lie.
//!
//! ```text
//!   0x2000_0000                          0xC000_0000
//!   | control block | blocks | end |     | control block | blocks                  | end |
//!     region 0: on-chip             gap    region 1: external
//! ```
//!
//! Each region is a complete heap with a control block of its own, and nothing in it leads out of it. So no block spans a gap, no
//! proof reads one, each region opens alone, and how far they are apart stands nowhere.
//!
//! - `state.rs`: what a control block says of its place among the others
//! - `join.rs`: regions are made, come together, and are opened again
//! - `serve.rs`: which region serves a request
//! - `resize.rs`: a block moves to another region
//! - `inform.rs`: figures, walks and checks over all of them; `records.rs`: what records tell

mod inform;
mod join;
mod records;
mod resize;
mod serve;
mod state;

use core::ptr::NonNull;

use crate::config::Config;
use crate::error::RegionError;
use crate::heap::Heap;

pub use inform::{Region, RegionBlocks};

/// One thread's heap in one region of memory, and in up to `MORE` more.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Regions, config::{Joined, Pool32}};
///
/// let (mut on_chip, mut external) = ([MaybeUninit::uninit(); 2048], [MaybeUninit::uninit(); 8192]);
/// let mut heap = Regions::<Joined<Pool32>, 1>::new(&mut on_chip)?;
/// heap.add_region(&mut external)?;
/// let hot = heap.allocate(100)?;
/// let frame = heap.allocate_preferring(1, 4096, 32)?;
/// # assert_eq!(heap.stats().size, 2048 + 8192);
/// // SAFETY: the blocks are ours and nothing refers to them any more.
/// unsafe {
///     heap.free(frame)?;
///     heap.free(hot)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The regions are numbered in the order in which they came, from 0 on, wherever they lie. A request is served by the first of them
/// that has room, beginning with the [preferred](Regions::set_preferred) one; a block never spans two of them. For every
/// operation, time is that of the [`Heap`]'s, in as many regions as are asked, and one comparison for each region to tell in which
/// one a pointer lies.
///
/// More than one region need a configuration that is [`Config::JOINED`]; that there is one is proved when the program is compiled:
///
/// ```compile_fail
/// use litepool::{Regions, config::Pool32};
///
/// let mut memory = [core::mem::MaybeUninit::uninit(); 2048];
/// let heap = Regions::<Pool32, 1>::new(&mut memory);
/// ```
///
/// With `MORE = 0` this is a [`Heap`], and nothing else. There can be 127 regions.
#[derive(Debug)]
pub struct Regions<'m, C: Config, const MORE: usize> {
    first: Heap<'m, C>,
    more: [Place<'m, C>; MORE],
}

/// Where a region after the first one may be.
#[derive(Debug)]
struct Place<'m, C: Config> {
    heap: Option<Heap<'m, C>>,
    /// Do requests begin here? If they do nowhere, they begin in the first region.
    preferred: bool,
}

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// How many regions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.heaps().count()
    }

    /// Every region, in the order in which they came.
    #[inline(always)]
    fn heaps(&self) -> impl Iterator<Item = &Heap<'m, C>> {
        let more = self.more.iter().map_while(|place| place.heap.as_ref());
        core::iter::once(&self.first).chain(more)
    }

    #[inline(always)]
    fn heaps_mut(&mut self) -> impl Iterator<Item = &mut Heap<'m, C>> {
        let more = self.more.iter_mut().map_while(|place| place.heap.as_mut());
        core::iter::once(&mut self.first).chain(more)
    }

    /// The region of this number.
    #[inline(always)]
    fn heap(&self, region: usize) -> Option<&Heap<'m, C>> {
        match region.checked_sub(1) {
            None => Some(&self.first),
            Some(place) => self.more.get(place)?.heap.as_ref(),
        }
    }

    #[inline(always)]
    fn heap_mut(&mut self, region: usize) -> Option<&mut Heap<'m, C>> {
        match region.checked_sub(1) {
            None => Some(&mut self.first),
            Some(place) => self.more.get_mut(place)?.heap.as_mut(),
        }
    }

    /// The region in which `pointer` lies, and its number; the first one, which will refuse it, if it lies in none.
    #[inline(always)]
    pub(crate) fn region_of(&self, pointer: NonNull<u8>) -> (usize, &Heap<'m, C>) {
        if MORE == 0 || self.first.holds(pointer) {
            return (0, &self.first);
        }
        self.heaps()
            .enumerate()
            .find(|(_, heap)| heap.holds(pointer))
            .unwrap_or((0, &self.first))
    }

    /// Has requests begin with `region`; with the first one if nobody says otherwise. The pool does not remember that.
    ///
    /// Time is a step for each region that there may be.
    ///
    /// # Errors
    ///
    /// [`RegionError::NoSuchRegion`].
    pub fn set_preferred(&mut self, region: usize) -> Result<(), RegionError> {
        if self.heap(region).is_none() {
            return Err(RegionError::NoSuchRegion);
        }
        for (place, number) in self.more.iter_mut().zip(1..) {
            place.preferred = number == region;
        }
        Ok(())
    }

    /// The region that requests begin with.
    #[inline(always)]
    #[must_use]
    pub fn preferred(&self) -> usize {
        let place = self.more.iter().position(|place| place.preferred);
        place.map_or(0, |place| place + 1)
    }
}
