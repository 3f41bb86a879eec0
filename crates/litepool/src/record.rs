//! What a used block remembers: who got it, and from where.
//!
//! The record stands at the end of a used block, right before the follower's header, and at the end of an object of the
//! slab:
//!
//! ```text
//!   | h |  payload ...               | alignment |    record     | h |  next
//!                                         (1 byte, if aligned)
//!
//!   record:   | check, module, task | number | site | site ... |
//!                Owner                CallSites
//! ```
//!
//! So the first byte behind a payload is the record's check, and a holder who writes one byte too many shows it when the block
//! is given back or resized: a record whose check fails is [`Broken::Record`](crate::Broken), with the block as it was.
//!
//! - `record/owner.rs`: holders, and their totals in the control block
//! - `record/origin.rs`: the number of an allocation, and its call sites
//! - `record/sign.rs`: records are written, proved and moved
//! - `record/check.rs`: proving records and totals
//! - `record/usage.rs`, `record/leaks.rs`: what can be asked

pub(crate) mod check;
mod leaks;
mod origin;
mod owner;
mod sign;
#[cfg(test)]
mod tests;
mod usage;

pub(crate) use leaks::is_held;
pub use leaks::{Leak, Leaks, Snapshot};
pub use origin::{CallSites, MAX_SITES, Origin};
pub use owner::{Holder, Owner, Task};
pub use usage::Usage;

use crate::arena::{Arena, WORD};
use crate::config::Config;
use crate::control::SLAB_STATE;

/// What a used block remembers: nothing (`()`), its [`Owner`], its [`CallSites`], or both (`(Owner, CallSites)`).
pub trait Record: sealed::Record {}

impl Record for () {}
impl<const TASKS: usize, const MODULES: usize> Record for Owner<TASKS, MODULES> {}
impl<const SITES: usize> Record for CallSites<SITES> {}
impl<const TASKS: usize, const MODULES: usize, const SITES: usize> Record
    for (Owner<TASKS, MODULES>, CallSites<SITES>)
{
}

/// A [`Record`] with an [`Owner`].
pub trait Owns: Record {}

impl<const TASKS: usize, const MODULES: usize> Owns for Owner<TASKS, MODULES> {}
impl<const TASKS: usize, const MODULES: usize, const SITES: usize> Owns
    for (Owner<TASKS, MODULES>, CallSites<SITES>)
{
}

/// A [`Record`] with [`CallSites`].
pub trait Numbers: Record {}

impl<const SITES: usize> Numbers for CallSites<SITES> {}
impl<const TASKS: usize, const MODULES: usize, const SITES: usize> Numbers
    for (Owner<TASKS, MODULES>, CallSites<SITES>)
{
}

pub(crate) mod sealed {
    use super::{CallSites, Owner};

    /// The crate's side of [`super::Record`].
    pub trait Record: 'static {
        /// The rows of tasks and of modules, if there is an owner.
        const OWNER: Option<(usize, usize)> = None;
        /// How many call sites, if there is a number.
        const SITES: Option<usize> = None;
    }

    impl Record for () {}

    impl<const TASKS: usize, const MODULES: usize> Record for Owner<TASKS, MODULES> {
        const OWNER: Option<(usize, usize)> = Some((TASKS, MODULES));
    }

    impl<const SITES: usize> Record for CallSites<SITES> {
        const SITES: Option<usize> = Some(SITES);
    }

    impl<const TASKS: usize, const MODULES: usize, const SITES: usize> Record
        for (Owner<TASKS, MODULES>, CallSites<SITES>)
    {
        const OWNER: Option<(usize, usize)> = Some((TASKS, MODULES));
        const SITES: Option<usize> = Some(SITES);
    }
}

/// For whom and from where a block is allocated: what [`Config::caller`] answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Caller {
    /// The task that will hold the block.
    pub task: Task,
    /// The module that will hold it, if modules are told apart. 254 and 255 count as no module.
    pub module: Option<u8>,
    /// Where the request was made, the innermost place first: return addresses, or on machines where these are wider than 32 bits
    /// their distance to the image's base; or any numbers that name the place. As many are kept as the [`CallSites`] have.
    pub sites: [u32; MAX_SITES],
}

impl Caller {
    /// Nobody known: before the scheduler, in no module, from nowhere.
    pub const NONE: Self = Self {
        task: Task::None,
        module: None,
        sites: [0; MAX_SITES],
    };

    /// The task of this number.
    #[must_use]
    pub const fn task(id: u16) -> Self {
        Self {
            task: Task::Id(id),
            ..Self::NONE
        }
    }

    /// An interrupt handler.
    #[must_use]
    pub const fn interrupt() -> Self {
        Self {
            task: Task::Interrupt,
            ..Self::NONE
        }
    }

    /// The same, in a module.
    #[must_use]
    pub const fn in_module(self, module: u8) -> Self {
        Self {
            module: Some(module),
            ..self
        }
    }

    /// The same, from these places.
    #[must_use]
    pub const fn at(self, sites: [u32; MAX_SITES]) -> Self {
        Self { sites, ..self }
    }
}

/// What a record consists of, and where it stands.
impl<C: Config> Arena<C> {
    const OWNER: Option<(usize, usize)> = <C::Record as sealed::Record>::OWNER;
    const SITES: Option<usize> = <C::Record as sealed::Record>::SITES;

    /// Do used blocks remember their holders?
    pub const OWNS: bool = Self::OWNER.is_some();
    /// Do used blocks remember the number of their allocation?
    pub const NUMBERS: bool = Self::SITES.is_some();
    /// Do used blocks remember anything?
    pub const HAS_RECORD: bool = Self::OWNS || Self::NUMBERS;

    /// Rows of totals that tasks have by their number.
    const TASKS: usize = match Self::OWNER {
        Some((tasks, _)) => {
            assert!(tasks <= 0xFFF0, "Owner: at most 65,520 tasks");
            tasks
        }
        None => 0,
    };
    /// Rows of totals that modules have by their number.
    const MODULES: usize = match Self::OWNER {
        Some((_, modules)) => {
            assert!(modules <= 254, "Owner: at most 254 modules");
            modules
        }
        None => 0,
    };
    /// Call sites of a record.
    const SITE_COUNT: usize = match Self::SITES {
        Some(sites) => {
            assert!(
                sites <= MAX_SITES,
                "CallSites: more sites than Caller::sites has"
            );
            sites
        }
        None => 0,
    };

    /// Words of a record.
    const RECORD_WORDS: usize =
        Self::OWNS as usize + Self::NUMBERS as usize * (1 + Self::SITE_COUNT);

    /// Bytes of a record.
    pub const RECORD: usize = Self::RECORD_WORDS * WORD;

    /// Which word of a record is the allocation's number.
    const NUMBER_WORD: usize = Self::OWNS as usize;

    /// Where the record's state begins in the control block: a description, the number of the next allocation, rows of totals.
    pub const RECORD_STATE: usize = SLAB_STATE + Self::SLAB_BYTES + Self::QUICK_BYTES;
    const NEXT_NUMBER: usize = Self::RECORD_STATE + WORD;
    const ROWS: usize = Self::NEXT_NUMBER + Self::NUMBERS as usize * WORD;

    /// Bytes of the record's state, in whole words.
    pub const RECORD_BYTES: usize = if Self::HAS_RECORD {
        Self::ROWS - Self::RECORD_STATE + Self::ROW_BYTES.next_multiple_of(WORD)
    } else {
        0
    };

    /// What the records of this configuration are, as a pool states it: call sites, whether there is a number and an owner, modules, tasks.
    pub const RECORD_DESCRIPTOR: u32 = Self::SITE_COUNT as u32
        | (Self::NUMBERS as u32) << 6
        | (Self::OWNS as u32) << 7
        | (Self::MODULES as u32) << 8
        | (Self::TASKS as u32) << 16;

    /// The state of a pool without used blocks.
    pub fn clear_records(self) {
        if !Self::HAS_RECORD {
            return;
        }
        for offset in (Self::RECORD_STATE..Self::RECORD_STATE + Self::RECORD_BYTES).step_by(WORD) {
            self.store(offset, 0);
        }
        self.store(Self::RECORD_STATE, Self::RECORD_DESCRIPTOR);
    }

    /// Are this pool's records of this configuration?
    pub fn states_record(self) -> bool {
        !Self::HAS_RECORD || self.stated_record() == Self::RECORD_DESCRIPTOR
    }

    /// What the pool states of its records.
    pub fn stated_record(self) -> u32 {
        self.load(Self::RECORD_STATE)
    }
}
