//! The control block, at the pool's base.
//!
//! ```text
//!    0  magic         "LP"
//!    2  nothing       what list operations write for the block that is not there: its link with 16 bits,
//!    4  nothing       and with 32 bits
//!    8  format        version, link width, granule, fit: enough to open a dump
//!   12  extent        granules in the pool
//!   16  used blocks
//!   20  peak          the highest `used` since the start or the last reset
//!   24  used          granules in used blocks
//!   28  failures      requests refused for want of room
//!   32  free blocks
//!   36  the slab's state, if the configuration has one (`slab.rs`)
//!    …  the quick lists, likewise (`quick.rs`)
//!    …  the records' totals, likewise (`record.rs`)
//!    …  which of several joined regions it is, likewise (`regions/state.rs`)
//!    …  the Fit's own state, which grows with the pool
//!    …  the slab's chunk map, likewise
//! ```
//!
//! Every word is in the byte order of the machine; there is no pointer among them. No two counters that one
//! frequent operation changes are neighbours: a compiler would load such a pair as one double word, which on many processors
//! waits for the two single stores before it.

use crate::arena::{Arena, WORD};
use crate::block::Block;
use crate::config::{Config, sealed::Index as _};
use crate::error::InitError;
use crate::fit::sealed::Fit as _;

/// Version of the layout of a pool. A pool of another version is refused, never misread.
const VERSION: u8 = 1;
const MAGIC: u32 = u16::from_le_bytes(*b"LP") as u32;

/// Where the slab's state begins, if there is one.
pub const SLAB_STATE: usize = 9 * WORD;
/// In the format's byte that names the fit: the pool has a slab.
const HAS_SLAB: u8 = 0x80;
/// In the same byte: blocks may wait on quick lists.
const HAS_QUICK: u8 = 0x40;
/// In the same byte: used blocks have a record.
const HAS_RECORD: u8 = 0x10;
/// In the same byte: the pool can be one of several joined regions.
const IS_JOINED: u8 = 0x20;

/// The words of the control block that change.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Counter {
    /// How many blocks are used.
    UsedBlocks = 4,
    /// The highest `Used`.
    Peak = 5,
    /// Granules in used blocks.
    Used = 6,
    /// How many requests were refused for want of room.
    Failures = 7,
    /// How many blocks are free.
    FreeBlocks = 8,
}

/// What the first words of a pool say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// [`MAGIC`].
    pub magic: u32,
    /// The layout's version and the configuration.
    pub format: u32,
    /// Granules in the pool.
    pub extent: u32,
}

impl Identity {
    /// Does this begin a pool at all, of whatever kind?
    pub fn is_pool(self) -> bool {
        self.magic == MAGIC
    }

    /// Is the layout one that this version reads?
    pub fn is_this_version(self) -> bool {
        self.format as u8 == VERSION
    }
}

/// How a pool of a given size is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Granules in the pool.
    pub end: u32,
    /// The granule of the first block.
    pub first: u32,
}

impl Plan {
    /// Divides a pool of `size` bytes, or says why it can't be one.
    pub fn of<C: Config>(size: usize) -> Result<Self, InitError> {
        let granules = size / Arena::<C>::GRANULE;
        if granules > C::Index::MAX_GRANULES || size > (i32::MAX as usize).min(C::MAX_SIZE) {
            return Err(InitError::TooLarge);
        }
        let plan = Self::for_granules::<C>(granules as u32);
        if granules < Self::smallest::<C>() {
            return Err(InitError::TooSmall);
        }
        Ok(plan)
    }

    /// Granules of the smallest pool: the control block, one smallest block, the end block's header.
    fn smallest<C: Config>() -> usize {
        let mut granules = 1;
        loop {
            let plan = Self::for_granules::<C>(granules);
            if plan.first + Arena::<C>::MIN <= granules {
                return granules as usize;
            }
            granules += 1;
        }
    }

    fn for_granules<C: Config>(end: u32) -> Self {
        let state = Arena::<C>::FIT_STATE
            + C::Fit::state_bytes::<C>(end)
            + Arena::<C>::map_bytes(end).next_multiple_of(WORD);
        // The first header stands behind the state, right before a granule.
        let first = (state + WORD).div_ceil(Arena::<C>::GRANULE) as u32;
        Self { end, first }
    }
}

impl<C: Config> Arena<C> {
    /// Where the Fit's state begins.
    pub const FIT_STATE: usize = Self::REGION_STATE + Self::REGION_BYTES;

    /// The configuration and the layout's version, as a pool states them.
    pub const FORMAT: u32 = u32::from_le_bytes([
        VERSION,
        C::Index::BYTES as u8,
        Self::GRANULE as u8,
        C::Fit::ID
            | if Self::HAS_SLAB { HAS_SLAB } else { 0 }
            | if Self::HAS_QUICK { HAS_QUICK } else { 0 }
            | if Self::HAS_RECORD { HAS_RECORD } else { 0 }
            | if C::JOINED { IS_JOINED } else { 0 },
    ]);

    /// What a pool of this configuration and extent states at its base.
    pub fn expected_identity(self) -> Identity {
        Identity {
            magic: MAGIC,
            format: Self::FORMAT,
            extent: self.end(),
        }
    }

    /// What stands at the base.
    pub fn identity(self) -> Identity {
        Identity {
            magic: self.load(0) & u32::from(u16::MAX),
            format: self.load(2 * WORD),
            extent: self.load(3 * WORD),
        }
    }

    /// Makes the control block, one free block over all the rest, and the end block. The slab has no chunks yet.
    pub fn initialise(self) {
        use crate::block::{Header, SizeField};

        let identity = self.expected_identity();
        self.store(0, identity.magic);
        self.store(WORD, 0);
        self.store(2 * WORD, identity.format);
        self.store(3 * WORD, identity.extent);
        for counter in [
            Counter::Used,
            Counter::Peak,
            Counter::UsedBlocks,
            Counter::Failures,
        ] {
            self.set_counter(counter, 0);
        }
        self.set_counter(Counter::FreeBlocks, 1);
        self.clear_slab();
        self.clear_quick();
        self.clear_records();
        self.clear_region();
        C::Fit::clear(self);
        let (first, end) = (Block(self.first()), Block(self.end()));
        let size = end.0 - first.0;
        self.set_header(end, Header::used(SizeField::NONE, SizeField::NONE));
        self.make_free(first, size, SizeField::NONE);
        C::Fit::insert(self, first, size);
    }

    /// A counter's value.
    #[inline(always)]
    pub fn counter(self, counter: Counter) -> u32 {
        self.load(counter as usize * WORD)
    }

    /// Sets a counter.
    #[inline(always)]
    pub fn set_counter(self, counter: Counter, value: u32) {
        self.store(counter as usize * WORD, value);
    }

    /// Adds to a counter; `change` may be negative.
    #[inline(always)]
    pub fn count(self, counter: Counter, change: i32) {
        self.set_counter(counter, self.counter(counter).wrapping_add_signed(change));
    }

    /// Adds `granules` to the used ones and keeps the peak.
    #[inline(always)]
    pub fn count_used(self, granules: u32) {
        let used = self.counter(Counter::Used).wrapping_add(granules);
        self.set_counter(Counter::Used, used);
        if used > self.counter(Counter::Peak) {
            self.set_counter(Counter::Peak, used);
        }
    }
}
