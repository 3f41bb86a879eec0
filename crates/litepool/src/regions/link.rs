//! What a control block says of the region that it begins, if there can be several.
//!
//! ```text
//!            31     30 .. 24    23 .. 0
//!    0     later?   number       mark
//!    4   the first region: the peak of all; a later one: a sign that tells it from others
//! ```
//!
//! The **number** of a later region is its place; that of the first one, how many there are
//! besides: so a pool that is alone has zeros here. The **mark** of the first one sums up all the
//! others, in order; that of a later one repeats what the first one had before this one came. So
//! the marks make a chain, from the second region over all the others and back to the first, in
//! which a region that is missing, in another's place or another's does not fit:
//!
//! ```text
//!   mark of region 2 = mixed(mark of region 1, sign and size of region 1)
//!   mark of the first = mixed(mark of the last, sign and size of the last)
//! ```
//!
//! A region comes in with its own words first; then one word of the first region makes it one of
//! them. Whenever the machine stops, that word is true.
//!
//! The sign, and the mark that the chain begins with, are mixed from addresses. They are the only
//! words in a pool that depend on where it stood; they are compared with each other, and nothing
//! else is made of them.

use crate::block::Blocks;
use crate::layout::Shape;
use crate::memory::WORD;

/// What a region says of its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link(u32);

impl Link {
    const LATER: u32 = 1 << 31;
    /// How many regions can be joined.
    pub const MOST: usize = 0x7F;
    /// Of a pool that is not joined with any other.
    pub const ALONE: Self = Self(0);

    /// What the region says in its first word, if there is one.
    pub fn read<S: Shape>(blocks: &Blocks<S>) -> Self {
        if blocks.layout().choices.joined {
            Self(blocks.memory().load(place(blocks)))
        } else {
            Self::ALONE
        }
    }

    /// The region says so.
    pub fn write<S: Shape>(self, blocks: &Blocks<S>) {
        blocks.memory().store(place(blocks), self.0);
    }

    /// Of the first of `count` regions.
    pub const fn of_first(count: usize, mark: Mark) -> Self {
        Self((count as u32 - 1) << Mark::BITS | mark.0)
    }

    /// Of the region `number`, which is not the first.
    pub const fn of_later(number: usize, mark: Mark) -> Self {
        Self(Self::LATER | (number as u32) << Mark::BITS | mark.0)
    }

    /// Is it the first region's?
    pub const fn is_first(self) -> bool {
        self.0 & Self::LATER == 0
    }

    /// What the first region says: how many there are.
    pub const fn count(self) -> usize {
        1 + ((self.0 >> Mark::BITS) as usize & Self::MOST)
    }

    /// The region's number, and what the first region says: how many there are. A later one says
    /// nothing of that, which is 0.
    pub const fn place(self) -> (usize, usize) {
        if self.is_first() {
            (0, self.count())
        } else {
            ((self.0 >> Mark::BITS) as usize & Self::MOST, 0)
        }
    }

    /// The region's place in the chain.
    pub const fn mark(self) -> Mark {
        Mark(self.0 & Mark::MASK)
    }
}

/// A place in the chain of marks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark(u32);

impl Mark {
    const BITS: u32 = 24;
    const MASK: u32 = (1 << Self::BITS) - 1;
    /// Odd, and without a pattern: 2^32 over the golden ratio.
    const FACTOR: u32 = 0x9E37_79B1;

    /// What the chain begins with, for a first region at `address`.
    pub const fn beginning(address: usize) -> Self {
        Self(sign(address) >> (u32::BITS - Self::BITS))
    }

    /// The mark behind a region with this `sign`, of so many granules.
    pub const fn after(self, sign: u32, granules: u32) -> Self {
        let mixed = (sign ^ granules.rotate_left(16)).wrapping_mul(Self::FACTOR);
        let mark = self.0 ^ mixed >> (u32::BITS - Self::BITS);
        Self(mark.wrapping_mul(Self::FACTOR) & Self::MASK)
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

/// The second word. The first region's: granules of all regions that were used at most. A later
/// one's: its sign.
#[inline(always)]
pub fn second<S: Shape>(blocks: &Blocks<S>) -> u32 {
    blocks.memory().load(place(blocks) + WORD)
}

/// Sets the peak, or the sign.
#[inline(always)]
pub fn set_second<S: Shape>(blocks: &Blocks<S>, word: u32) {
    blocks.memory().store(place(blocks) + WORD, word);
}

/// Where both words are. They are there if the layout says so.
#[inline(always)]
fn place<S: Shape>(blocks: &Blocks<S>) -> usize {
    debug_assert!(blocks.layout().choices.joined);
    blocks.layout().region_state
}
