//! A set of blocks as two numbers: how many there are, and a sum that tells which.

use crate::block::Block;

/// Blocks, by their number and by a sum that tells which ones they are. The lists must hold just
/// the free blocks of the chain: one that looks like them in somebody's payload, in place of a
/// true one, changes the sum.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Gathering {
    /// How many.
    pub count: u32,
    places: u64,
}

impl Gathering {
    /// One more.
    pub fn add(&mut self, block: Block) {
        self.count += 1;
        self.places = self.places.wrapping_add(mixed(block.0));
    }
}

/// A number for each number, far from all others and from their sums, so that sums of them do not
/// meet by chance (the finaliser of splitmix64, by G. Steele, D. Lea, C. Flood, 2014).
#[inline(never)]
pub fn mixed(place: u32) -> u64 {
    let mut mixed = u64::from(place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}
