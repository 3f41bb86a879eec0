//! What a used block remembers: who got it, and from where.
//!
//! The record stands at the end of a used block, right before the follower's header, and at the end
//! of an object of the slab:
//!
//! ```text
//!   | h |  payload ...               | alignment |    record     | h |  next
//!                                     (2 bytes, if aligned)
//!
//!   record:   | check, module, task | number | site | site ... |
//!                 Owners              CallSites
//! ```
//!
//! So with [`Owners`] the first byte behind a payload is the record's check, and an owner who writes
//! one byte too many shows it when the block is freed or reallocated: a record whose check fails is
//! [`Broken::Record`](crate::Broken), with the block as it was. [`CallSites`] alone have no check.
//!
//! - `owner.rs`: owners, and their totals in the control block
//! - `sites.rs`: the number of an allocation, and its call sites

mod owner;
pub(crate) mod sealed;
mod sites;
#[cfg(test)]
mod tests;

pub use owner::{Owner, Owners, Task, Usage};
pub(crate) use owner::{OwnerWord, Row, Table};
pub use sites::{Allocation, CallSites, MAX_SITES, Snapshot};

use crate::block::Blocks;
use crate::layout::{RecordLayout, Shape};
use crate::memory::WORD;

/// What a used block remembers: nothing (`()`), its [owner](Owners), its [`CallSites`], or both
/// (`(Owners, CallSites)`).
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::track::{CallSites, Owners};
/// use litepool::{Caller, Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = (Owners<8, 0>, CallSites<2>);
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let from = Caller::task(3).at([0x0800_1234, 0x0800_0456, 0, 0]);
/// let block = heap.allocate_for(&from, 100, 1)?;
/// let info = heap.block_around(block).expect("a used block");
/// assert_eq!(info.owner, Some(from.owner()));
/// assert_eq!(info.allocation.expect("call sites").sites, from.sites);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Record: sealed::Record {}

/// A [`Record`] with [`Owners`].
pub trait Owns: Record {}

/// A [`Record`] with [`CallSites`].
pub trait Numbers: Record {}

impl Record for () {}

impl sealed::Record for () {
    const LAYOUT: RecordLayout = RecordLayout {
        owner: None,
        sites: None,
    };
    type Stamp = ();

    #[inline(always)]
    fn stamp<S: Shape>(_: &Caller, _: &Blocks<S>) {}

    #[inline(always)]
    fn write<S: Shape>(_: &Blocks<S>, _: usize, _: u32, (): ()) {}

    #[inline(always)]
    fn read<S: Shape>(_: &Blocks<S>, _: usize) -> Option<()> {
        Some(())
    }
}

/// A record with both.
type Both<const TASKS: usize, const MODULES: usize, const SITES: usize> =
    (Owners<TASKS, MODULES>, CallSites<SITES>);

impl<const T: usize, const M: usize, const N: usize> Record for Both<T, M, N> {}
impl<const T: usize, const M: usize, const N: usize> Owns for Both<T, M, N> {}
impl<const T: usize, const M: usize, const N: usize> Numbers for Both<T, M, N> {}

/// The owner's word, and then the number and the sites.
impl<const T: usize, const M: usize, const N: usize> sealed::Record for Both<T, M, N> {
    const LAYOUT: RecordLayout = RecordLayout {
        owner: Owners::<T, M>::LAYOUT.owner,
        sites: CallSites::<N>::LAYOUT.sites,
    };
    type Stamp = (OwnerWord, Allocation);

    #[inline(always)]
    fn stamp<S: Shape>(caller: &Caller, numbers: &Blocks<S>) -> Self::Stamp {
        let word = Owners::<T, M>::stamp(caller, numbers);
        (word, CallSites::<N>::stamp(caller, numbers))
    }

    #[inline(always)]
    fn use_number<S: Shape>(numbers: &Blocks<S>) {
        CallSites::<N>::use_number(numbers);
    }

    #[inline(always)]
    fn write<S: Shape>(blocks: &Blocks<S>, offset: usize, granules: u32, stamp: Self::Stamp) {
        Owners::<T, M>::write(blocks, offset, granules, stamp.0);
        CallSites::<N>::write(blocks, offset + WORD, granules, stamp.1);
    }

    #[inline(always)]
    fn read<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<Self::Stamp> {
        let word = Owners::<T, M>::read(blocks, offset)?;
        Some((word, CallSites::<N>::read(blocks, offset + WORD)?))
    }

    #[inline(always)]
    fn credit<S: Shape>(blocks: &Blocks<S>, granules: u32, stamp: Self::Stamp) {
        Owners::<T, M>::credit(blocks, granules, stamp.0);
    }
}

/// The owner's word of the record at `offset`, if records have one.
pub(crate) fn owner_word<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<OwnerWord> {
    let record = blocks.layout().choices.record;
    record
        .owner
        .map(|_| OwnerWord(blocks.memory().load(offset)))
}

/// The allocation in the record at `offset`, if records have one.
pub(crate) fn allocation<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<Allocation> {
    let record = blocks.layout().choices.record;
    let number = offset + usize::from(record.owner.is_some()) * WORD;
    let sites = record.sites?;
    Some(Allocation::read(blocks, number, usize::from(sites)))
}

/// For whom and from where a block is allocated: what
/// [`Config::caller`](crate::Config::caller) answers.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::track::{Owners, Task};
/// use litepool::{Caller, Config, Heap, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = Owners<8, 4>;
///     const MAX_SIZE: usize = 64 << 10;
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// /// The module of the file system.
/// const FILES: u8 = 2;
/// let cache = heap.allocate_for(&Caller::task(5).in_module(FILES), 512, 1)?;
/// let owner = heap.owner_of(cache).expect("an owner");
/// assert_eq!((owner.task, owner.module), (Task::Id(5), Some(FILES)));
/// assert!(heap.module_usage(Some(FILES)).used >= 512);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Caller {
    /// As a record has it, so that every allocation finds it ready.
    owner: OwnerWord,
    /// Where the request was made, the innermost place first: return addresses, or on machines
    /// where these are wider than 32 bits their distance to the image's base; or any numbers that
    /// name the place. As many are kept as the [`CallSites`] have.
    pub sites: [u32; MAX_SITES],
}

impl Caller {
    /// Nobody known: before the scheduler, in no module, from nowhere.
    pub const NONE: Self = Self {
        owner: OwnerWord::of(Task::None, None),
        sites: [0; MAX_SITES],
    };

    /// The task of this number.
    #[inline]
    #[must_use]
    pub const fn task(id: u16) -> Self {
        Self {
            owner: OwnerWord::of(Task::Id(id), None),
            ..Self::NONE
        }
    }

    /// An interrupt handler.
    #[inline]
    #[must_use]
    pub const fn interrupt() -> Self {
        Self {
            owner: OwnerWord::of(Task::Interrupt, None),
            ..Self::NONE
        }
    }

    /// The same, in a module. 254 and 255 count as no module.
    #[inline]
    #[must_use]
    pub const fn in_module(self, module: u8) -> Self {
        Self {
            owner: OwnerWord::of(self.owner().task, Some(module)),
            ..self
        }
    }

    /// The task and the module that will own the block.
    #[inline]
    #[must_use]
    pub const fn owner(&self) -> Owner {
        self.owner.stated_owner()
    }

    /// The same, from these places.
    #[inline]
    #[must_use]
    pub const fn at(self, sites: [u32; MAX_SITES]) -> Self {
        Self { sites, ..self }
    }
}
