//! The number of an allocation, and its call sites.

use core::array;

use super::sealed::Record;
use super::{Caller, Numbers};
use crate::block::Blocks;
use crate::layout::{RecordLayout, Shape};
use crate::memory::WORD;

/// How many call sites a block can remember.
pub const MAX_SITES: usize = 4;

/// The record of where a block comes from: the number of its allocation and `SITES` call sites (up
/// to [`MAX_SITES`]), 4 bytes each.
///
/// Allocations of a pool are numbered one by one, so a number tells which came first, and a
/// [`Snapshot`] is no more than the number at its time.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::track::CallSites;
/// use litepool::{Caller, Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = CallSites<1>;
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let before = heap.snapshot();
/// heap.allocate_for(&Caller::task(1).at([0x0800_1234, 0, 0, 0]), 100, 1)?;
/// let new: Vec<_> = heap.held_since(before..heap.snapshot()).collect();
/// assert_eq!(new.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CallSites<const SITES: usize>;

/// Where a block comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Allocation {
    /// The number of the allocation, from 0. It wraps at 2^32.
    pub number: u32,
    /// The call sites of [`Caller::sites`]; those that are not kept are 0.
    pub sites: [u32; MAX_SITES],
}

/// A moment of a pool: how many allocations there were before it.
///
/// ```text
///   number:   0 1 2 3 4 5 6 7 8 9 ...
///                 ^         ^
///                first     second snapshot:   2 .. 6 are new since the first
/// ```
///
/// Nothing needs to be copied or kept to compare two moments: the pool itself tells which of its
/// blocks are older.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Snapshot {
    /// The number of the next allocation.
    pub number: u32,
}

impl Snapshot {
    /// Of this moment.
    pub(crate) fn of<S: Shape>(blocks: &Blocks<S>) -> Self {
        Self {
            number: next_number(blocks),
        }
    }

    /// Was the allocation of this `number` made at this moment or later, and before `end`? Numbers
    /// wrap, so the two moments must be less than 2^32 allocations apart.
    #[must_use]
    pub fn is_between(self, end: Self, number: u32) -> bool {
        number.wrapping_sub(self.number) < end.number.wrapping_sub(self.number)
    }
}

impl<const SITES: usize> super::Record for CallSites<SITES> {}
impl<const SITES: usize> Numbers for CallSites<SITES> {}

impl<const SITES: usize> Record for CallSites<SITES> {
    const LAYOUT: RecordLayout = {
        assert!(SITES <= MAX_SITES, "CallSites: more than Caller::sites has");
        RecordLayout {
            owner: None,
            sites: Some(SITES as u8),
        }
    };
    type Stamp = Allocation;

    #[inline]
    fn stamp<S: Shape>(caller: &Caller, numbers: &Blocks<S>) -> Allocation {
        Allocation {
            number: next_number(numbers),
            sites: caller.sites,
        }
    }

    #[inline(always)]
    fn use_number<S: Shape>(numbers: &Blocks<S>) {
        let next = next_number(numbers).wrapping_add(1);
        numbers.memory().store(numbers.layout().next_number, next);
    }

    #[inline(always)]
    fn write<S: Shape>(blocks: &Blocks<S>, offset: usize, _: u32, stamp: Allocation) {
        blocks.memory().store(offset, stamp.number);
        for (index, &site) in stamp.sites.iter().take(SITES).enumerate() {
            blocks.memory().store(offset + (1 + index) * WORD, site);
        }
    }

    #[inline(always)]
    fn read<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<Allocation> {
        Some(Allocation::read(blocks, offset, SITES))
    }
}

impl Allocation {
    /// That of the record at `offset`, where its number stands, with so many `sites`.
    #[inline]
    pub(super) fn read<S: Shape>(blocks: &Blocks<S>, offset: usize, sites: usize) -> Self {
        let word = |index: usize| blocks.memory().load(offset + index * WORD);
        Self {
            number: word(0),
            sites: array::from_fn(|site| if site < sites { word(1 + site) } else { 0 }),
        }
    }
}

/// The number that the next allocation gets.
#[inline(always)]
fn next_number<S: Shape>(blocks: &Blocks<S>) -> u32 {
    blocks.memory().load(blocks.layout().next_number)
}
