//! What a control block says of the region that it begins, if the configuration is [`Config::JOINED`].
//!
//! ```text
//!            31     30 .. 24    23 .. 0
//!    0     first?   number       mark
//!    4   the first region: the peak of all; a later one: a sign that tells it from others
//! ```
//!
//! The **number** of a later region is its place; that of the first one, how many regions there are. The **mark** of the first one
//! sums up all the others, in order; that of a later one repeats what the first one had before this one came. So the marks
//! make a chain, from the second region over all the others and back to the first, in which a region that is missing, in another's
//! place or another's does not fit:
//!
//! ```text
//!   mark of region 2 = mixed(mark of region 1, sign and size of region 1)
//!   mark of the first = mixed(mark of the last, sign and size of the last)
//! ```
//!
//! A region comes in with its own words first; then one word of the first region makes it one of them. Whenever the machine stops,
//! that word is true.
//!
//! The sign, and the mark that the chain begins with, are mixed from addresses. They are the only words in a pool that depend
//! on where it stood; they are compared with each other, and nothing else is made of them.

use crate::arena::{Arena, WORD};
use crate::config::Config;
use crate::control::Counter;

/// What a region says of its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link(u32);

impl Link {
    const FIRST: u32 = 1 << 31;
    const NUMBER_SHIFT: u32 = Mark::BITS;
    /// The most regions that can be joined.
    pub const MOST: usize = 0x7F;

    /// Of a pool that is not joined with any other.
    pub const ALONE: Self = Self::of_first(1, Mark(0));

    /// Of the first of `count` regions.
    pub const fn of_first(count: usize, mark: Mark) -> Self {
        Self(Self::FIRST | (count as u32) << Self::NUMBER_SHIFT | mark.0)
    }

    /// Of the region `number`, which is not the first.
    pub const fn of_later(number: usize, mark: Mark) -> Self {
        Self((number as u32) << Self::NUMBER_SHIFT | mark.0)
    }

    /// Is it the first region's?
    pub const fn is_first(self) -> bool {
        self.0 & Self::FIRST != 0
    }

    /// The region's place, or of the first one, how many there are.
    pub const fn number(self) -> usize {
        (self.0 >> Self::NUMBER_SHIFT) as usize & Self::MOST
    }

    /// The region's place in the chain.
    pub const fn mark(self) -> Mark {
        Mark(self.0 & Mark::BITS_SET)
    }
}

/// A place in the chain of marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark(u32);

impl Mark {
    const BITS: u32 = 24;
    const BITS_SET: u32 = (1 << Self::BITS) - 1;
    /// Odd, and without a pattern: 2^32 over the golden ratio.
    const FACTOR: u32 = 0x9E37_79B1;

    /// What the chain begins with, for a first region at `address`.
    pub const fn beginning(address: usize) -> Self {
        Self(sign(address) >> (u32::BITS - Self::BITS))
    }

    /// The mark behind a region with this `sign`, of `extent` granules.
    pub const fn after(self, sign: u32, extent: u32) -> Self {
        let mixed = (sign ^ extent.rotate_left(16)).wrapping_mul(Self::FACTOR);
        let mark = self.0 ^ mixed >> (u32::BITS - Self::BITS);
        Self(mark.wrapping_mul(Self::FACTOR) & Self::BITS_SET)
    }
}

/// Tells a region at `address` from those at other addresses.
pub const fn sign(address: usize) -> u32 {
    let address = address as u64;
    ((address >> 32) as u32)
        .wrapping_mul(Mark::FACTOR)
        .wrapping_add(address as u32)
        .wrapping_mul(Mark::FACTOR)
}

impl<C: Config> Arena<C> {
    /// Where the region's state begins, if there is one.
    pub const REGION_STATE: usize = Self::RECORD_STATE + Self::RECORD_BYTES;
    /// Its bytes, in whole words.
    pub const REGION_BYTES: usize = if C::JOINED { 2 * WORD } else { 0 };
    const COMMON_PEAK: usize = Self::REGION_STATE + WORD;

    /// The pool is not joined with any other.
    pub fn clear_region(self) {
        if C::JOINED {
            self.set_link(Link::ALONE);
            self.set_common_peak(0);
        }
    }

    /// What the region says of its place.
    pub fn link(self) -> Link {
        Link(self.load(Self::REGION_STATE))
    }

    /// The region gets a place.
    pub fn set_link(self, link: Link) {
        self.store(Self::REGION_STATE, link.0);
    }

    /// Granules of all regions that were used at most, as the first of them says it.
    pub fn common_peak(self) -> u32 {
        self.load(Self::COMMON_PEAK)
    }

    /// There is a new peak of all regions, of which this is the first.
    pub fn set_common_peak(self, granules: u32) {
        self.store(Self::COMMON_PEAK, granules);
    }

    /// The sign of a later region.
    pub fn region_sign(self) -> u32 {
        self.load(Self::COMMON_PEAK)
    }

    /// A later region gets a sign.
    pub fn set_region_sign(self, sign: u32) {
        self.store(Self::COMMON_PEAK, sign);
    }

    /// Granules in used blocks.
    pub fn used(self) -> u32 {
        self.counter(Counter::Used)
    }

    /// Granules that blocks can have.
    pub fn capacity(self) -> u32 {
        self.end() - self.first()
    }
}
