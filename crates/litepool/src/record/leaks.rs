//! Leaks: what was allocated between two moments and is still held.
//!
//! Allocations are numbered, so a moment is a number, and nothing needs to be copied or kept to compare two: the pool itself tells
//! which of its blocks are older.
//!
//! ```text
//!   number:   0 1 2 3 4 5 6 7 8 9 ...
//!                 ^         ^
//!                first     second snapshot:   2 .. 6 are new since the first
//! ```

use core::ops::Range;

use super::{Holder, MAX_SITES, Numbers};
use crate::config::Config;
use crate::heap::Heap;
use crate::walk::{BlockInfo, Blocks, State};

/// A moment of a pool: how many allocations there were before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Snapshot {
    /// The number of the next allocation.
    pub number: u32,
}

impl Snapshot {
    /// Was the allocation of this `number` made at this moment or later, and before `end`? Numbers wrap, so the two moments must be less
    /// than 2^32 allocations apart.
    #[must_use]
    pub fn is_between(self, end: Self, number: u32) -> bool {
        number.wrapping_sub(self.number) < end.number.wrapping_sub(self.number)
    }
}

/// Blocks of one holder that were allocated at one place, and are still held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Leak {
    /// Who holds them, if the configuration remembers that.
    pub holder: Option<Holder>,
    /// Where they were allocated.
    pub sites: [u32; MAX_SITES],
    /// How many.
    pub blocks: usize,
    /// Their bytes, headers and records included.
    pub bytes: usize,
    /// The number of the first of them in the pool.
    pub first: u32,
}

/// The leaks between two moments, among blocks that `B` walks; made by [`Heap::leaks`] and its like.
#[derive(Debug)]
pub struct Leaks<B> {
    all: B,
    rest: B,
    walked: usize,
    between: Range<Snapshot>,
}

impl<C: Config> Heap<'_, C>
where
    C::Record: Numbers,
{
    /// This moment. Constant time.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            number: self.arena().next_number(),
        }
    }

    /// The blocks that were allocated in `between` and are still held, objects of the slab included. Of those allocated before the first moment,
    /// ask with a snapshot of `number` 0. Time linear in the number of blocks.
    pub fn held_since(&self, between: Range<Snapshot>) -> impl Iterator<Item = BlockInfo> + '_ {
        self.blocks().filter(move |info| is_held(info, &between))
    }

    /// The same, added up for each holder and place, in the order of the first block of each. Nothing is allocated for that, so the
    /// time is quadratic in the number of blocks.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use litepool::{Caller, Config, Heap, fit::Tlsf, record::CallSites};
    ///
    /// struct Device;
    /// impl Config for Device {
    ///     type Index = u16;
    ///     type Fit = Tlsf;
    ///     type Record = CallSites<1>;
    ///     const GRANULE: usize = 4;
    /// }
    ///
    /// let mut memory = [MaybeUninit::uninit(); 2048];
    /// let mut heap = Heap::<Device>::new(&mut memory)?;
    /// let before = heap.snapshot();
    /// heap.allocate_for(&Caller::NONE.at([0x1234, 0, 0, 0]), 40, 4)?;
    /// heap.allocate_for(&Caller::NONE.at([0x1234, 0, 0, 0]), 40, 4)?;
    /// let leak = heap.leaks(before..heap.snapshot()).next().expect("there are two blocks");
    /// assert_eq!((leak.sites[0], leak.blocks), (0x1234, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn leaks(&self, between: Range<Snapshot>) -> Leaks<Blocks<'_, C>> {
        Leaks::of(self.blocks(), between)
    }
}

/// Was it allocated in `between`, and is it still used?
pub fn is_held(info: &BlockInfo, between: &Range<Snapshot>) -> bool {
    info.state == State::Used
        && info
            .origin
            .is_some_and(|origin| between.start.is_between(between.end, origin.number))
}

/// Are both of one holder, and from one place?
fn are_alike(one: &BlockInfo, other: &BlockInfo) -> bool {
    let place = |info: &BlockInfo| info.origin.map(|origin| origin.sites);
    one.holder == other.holder && place(one) == place(other)
}

impl<B: Iterator<Item = BlockInfo> + Clone> Leaks<B> {
    /// Those among `blocks`.
    pub(crate) fn of(blocks: B, between: Range<Snapshot>) -> Self {
        Self {
            all: blocks.clone(),
            rest: blocks,
            walked: 0,
            between,
        }
    }
}

impl<B: Iterator<Item = BlockInfo> + Clone> Iterator for Leaks<B> {
    type Item = Leak;

    fn next(&mut self) -> Option<Leak> {
        loop {
            let info = self.rest.next()?;
            self.walked += 1;
            if !is_held(&info, &self.between) {
                continue;
            }
            let alike =
                |other: &BlockInfo| is_held(other, &self.between) && are_alike(&info, other);
            // It is told of with the first one like it.
            if self
                .all
                .clone()
                .take(self.walked - 1)
                .any(|other| alike(&other))
            {
                continue;
            }
            let origin = info.origin?;
            let (blocks, bytes) = self
                .all
                .clone()
                .skip(self.walked - 1)
                .filter(alike)
                .fold((0, 0), |(blocks, bytes), other| {
                    (blocks + 1, bytes + other.size)
                });
            return Some(Leak {
                holder: info.holder,
                sites: origin.sites,
                blocks,
                bytes,
                first: origin.number,
            });
        }
    }
}
