//! What a pool looks like: the control block at its base, and what blocks consist of.
//!
//! ```text
//!    0  identity      "Lp", version, bits of a size
//!    4  algorithm     and flags; granule and link width; record; the slab's classes
//!    8  extent        granules in the pool
//!   12  counters      and the pending block: each [`Field`]
//!   40  slab          its classes, counters and lists, if there is one (`slab/state.rs`)
//!    …  track         numbers of rows, next allocation's number, totals (`track/`)
//!    …  regions       which of several joined regions it is (`regions/link.rs`)
//!    …  fit           the index over free blocks, which grows with the pool (`fit/`)
//!    …  slab map      a byte for each place of a slab, likewise
//! ```
//!
//! No two counters that one operation changes are neighbours: a compiler would load such a pair as
//! one double word, which on many processors waits for the two single stores before it.
//!
//! Every word is in the byte order of the machine, and none is a pointer. The first two words, and
//! those that they say are there, name all that it takes to read the pool: so a dump opens without
//! the configuration's type. A [`Layout`] is that description as a value.
//!
//! - `layout/identity.rs`: a layout is stated in a pool, and read from one

mod identity;

use crate::memory::WORD;

pub use identity::Unreadable;

const EXTENT: usize = 2 * WORD;

/// Where the state of the slab begins, if there is one.
pub const SLAB_STATE: usize = 10 * WORD;
/// Words of the slab's state that are no class's.
pub const SLAB_WORDS: usize = 2;

/// A word of the control block that changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Field {
    /// Granules in used blocks.
    Used = 3 * WORD,
    /// How many requests were refused for want of room.
    Failures = 4 * WORD,
    /// How many blocks are used.
    UsedBlocks = 5 * WORD,
    /// The largest request that was refused for want of room, in bytes.
    LargestFailure = 6 * WORD,
    /// How many blocks are free.
    FreeBlocks = 7 * WORD,
    /// The highest `Used`.
    Peak = 8 * WORD,
    /// The free block that is in no list, or 0.
    Pending = 9 * WORD,
    /// With a slab: granules of its slabs that are no objects.
    Overhead = SLAB_STATE,
    /// With a slab: granules of used blocks, its slabs among them.
    InBlocks = SLAB_STATE + WORD,
}

/// An algorithm, as a pool names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Algorithm {
    /// [`Tlsf`](crate::fit::Tlsf).
    Tlsf = 1,
    /// [`BestFit`](crate::fit::BestFit).
    BestFit = 2,
    /// [`BestFitLittle`](crate::fit::BestFitLittle).
    BestFitLittle = 3,
}

/// What a used block remembers, as a pool names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RecordLayout {
    /// The rows of totals, if a block remembers its owner.
    pub owner: Option<Rows>,
    /// How many call sites, if a block remembers its allocation's number.
    pub sites: Option<u8>,
}

/// How many tasks and modules have totals of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rows {
    /// Tasks, by their numbers from 0 on.
    pub tasks: u16,
    /// Modules, likewise.
    pub modules: u8,
}

/// The slab, as the first words of a pool name it. Its classes stand in its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SlabLayout {
    /// How many classes; 0 if there is no slab.
    pub classes: u8,
    /// Does an exhausted class take another slab?
    pub expands: bool,
    /// Is one empty slab of a class kept?
    pub keeps_empty: bool,
    /// The logarithm of the smallest slab's bytes, which is the step of the map.
    pub place_shift: u8,
}

impl SlabLayout {
    /// The logarithm of the smallest slab that there can be.
    pub const LEAST_SHIFT: u8 = 6;
    /// How many classes there can be.
    pub const MOST: usize = 63;
    /// No slab.
    pub const NONE: Self = Self {
        classes: 0,
        expands: false,
        keeps_empty: false,
        place_shift: Self::LEAST_SHIFT,
    };
}

/// What a configuration chooses and a pool states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Choices {
    /// How free blocks are found.
    pub algorithm: Algorithm,
    /// Bits of a size in granules.
    pub size_bits: u32,
    /// Bytes of a granule, 4 or 8.
    pub granule: usize,
    /// Is nothing in the pool believed?
    pub hardened: bool,
    /// What used blocks remember.
    pub record: RecordLayout,
    /// The slab.
    pub slab: SlabLayout,
    /// Can the pool be one of several joined regions?
    pub joined: bool,
}

/// Where everything stands in the pools of a configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// What was chosen.
    pub choices: Choices,
    /// The logarithm of the granule.
    pub granule_shift: u32,
    /// Bytes of a link, 2 or 4.
    pub link: usize,
    /// Granules of the smallest block.
    pub min: u32,
    /// Bytes of a used block's record.
    pub record: usize,
    /// Bytes of a used block that are not payload: its header and its record.
    pub overhead: usize,
    /// Where the numbers of rows stand.
    pub track_state: usize,
    /// Where the next allocation's number stands.
    pub next_number: usize,
    /// Where the rows of totals begin.
    pub rows: usize,
    /// Where the region's state begins.
    pub region_state: usize,
    /// Where the index begins.
    pub fit_state: usize,
}

/// Something that knows the layout: a configuration's type, at compile time, or the value itself.
pub trait Shape: Copy {
    /// The layout.
    fn layout(&self) -> &Layout;
}

impl Shape for Layout {
    #[inline(always)]
    fn layout(&self) -> &Layout {
        self
    }
}

impl Layout {
    /// Bytes of a region's state.
    const REGION: usize = 2 * WORD;

    /// The layout that follows from these choices.
    ///
    /// # Panics
    ///
    /// Where a configuration is evaluated at compile time, if a choice is out of its range.
    #[must_use]
    pub const fn new(choices: Choices) -> Self {
        assert!(
            choices.granule == 4 || choices.granule == 8,
            "Config::GRANULE must be 4 or 8"
        );
        assert!(
            choices.size_bits >= 6 && choices.size_bits <= 29,
            "Config::MAX_SIZE must be 64 granules at least, and 2 GiB at the most"
        );
        Self::of(choices)
    }

    /// The same of choices that are proved to be in their ranges: a reader must not panic.
    pub const fn of(choices: Choices) -> Self {
        let granule_shift = choices.granule.trailing_zeros();
        let link = if choices.size_bits <= 16 { 2 } else { 4 };
        let numbered = match choices.record.sites {
            Some(sites) => (1 + sites as usize) * WORD,
            None => 0,
        };
        let owned = choices.record.owner.is_some() as usize * WORD;
        let record = owned + numbered;
        // A free block has a header, two links and a footer; a used one a byte besides its record.
        let links = match choices.algorithm {
            Algorithm::BestFitLittle => 0,
            Algorithm::Tlsf | Algorithm::BestFit => 2 * link,
        };
        let free = WORD + links + WORD;
        let used = WORD + record + 1;
        let least = if free > used { free } else { used };
        let track_state = SLAB_STATE + Self::slab_bytes(choices.slab.classes, link);
        let next_number = track_state + owned;
        let rows = next_number + choices.record.sites.is_some() as usize * WORD;
        let row_bytes = match choices.record.owner {
            Some(rows) => 2 * rows.count() * link,
            None => 0,
        };
        let region_state = (rows + row_bytes).next_multiple_of(WORD);
        Self {
            choices,
            granule_shift,
            link,
            min: ((least + choices.granule - 1) >> granule_shift) as u32,
            record,
            overhead: WORD + record,
            track_state,
            next_number,
            rows,
            region_state,
            fit_state: region_state + choices.joined as usize * Self::REGION,
        }
    }

    /// Bytes of the slab's state: words of its own, and for each class a word that describes it
    /// and two links.
    const fn slab_bytes(classes: u8, link: usize) -> usize {
        if classes == 0 {
            return 0;
        }
        let classes = classes as usize;
        (SLAB_WORDS + classes) * WORD + (2 * classes * link).next_multiple_of(WORD)
    }

    /// How many granules a pool can have.
    #[must_use]
    pub const fn most_granules(&self) -> u32 {
        1 << self.choices.size_bits
    }

    /// Bytes of the slab's map in a pool of `granules`.
    #[inline]
    #[must_use]
    pub const fn map_bytes(&self, granules: u32) -> usize {
        if self.choices.slab.classes == 0 {
            return 0;
        }
        (((granules as usize) << self.granule_shift) >> self.choices.slab.place_shift) + 1
    }
}

impl Rows {
    /// Rows of tasks that have no number of their own: beyond the table, none, an interrupt.
    pub const UNNUMBERED_TASKS: usize = 3;
    /// Rows of modules likewise: beyond the table, none.
    pub const UNNUMBERED_MODULES: usize = 2;

    /// How many rows of tasks there are; none where there is no table.
    #[must_use]
    pub const fn of_tasks(self) -> usize {
        match self.tasks {
            0 => 0,
            tasks => tasks as usize + Self::UNNUMBERED_TASKS,
        }
    }

    /// How many rows of modules there are; none where there is no table.
    #[must_use]
    pub const fn of_modules(self) -> usize {
        match self.modules {
            0 => 0,
            modules => modules as usize + Self::UNNUMBERED_MODULES,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn count(self) -> usize {
        self.of_tasks() + self.of_modules()
    }
}

#[cfg(test)]
mod tests;
