//! The blocks of an index are counted and proved, for comparison with the chain's.

use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::Shape;

/// An error unless what holds for the control block or the index as a whole does.
pub fn require(holds: bool, broken: Broken) -> Result<(), Defect> {
    if holds {
        Ok(())
    } else {
        Err(Defect::of_pool(broken))
    }
}

/// The blocks that the index was found to have. There can't be more than the chain has, so every
/// walk ends.
pub struct Census<'b, S> {
    /// The chain.
    pub blocks: &'b Blocks<S>,
    /// Blocks of the index so far.
    listed: Gathering,
    /// Free blocks of the chain.
    free: Gathering,
}

impl<'b, S: Shape> Census<'b, S> {
    /// Of an index that should have the `free` blocks of the chain.
    pub fn of(blocks: &'b Blocks<S>, free: Gathering) -> Self {
        Self {
            blocks,
            listed: Gathering::default(),
            free,
        }
    }

    /// Has the index just the free blocks of the chain?
    pub fn is_complete(&self) -> bool {
        self.listed == self.free
    }

    /// Counts a block of the index, if it is free and there can be one more; gives its size, else
    /// 0.
    pub fn add(&mut self, block: Block) -> u32 {
        let size = self.blocks.inspect_free(block);
        if size == 0 || self.listed.count == self.free.count {
            return 0;
        }
        self.listed.add(block);
        size
    }

    /// Counts the chain's free blocks as the index's, where the chain is the index.
    pub fn count_all(&mut self) {
        self.listed = self.free;
    }

    /// Counts `block`, to which `from` or a head leads, if it is free, `before` stands before it in
    /// its list, and its size `agrees`; gives the size.
    pub fn count(
        &mut self,
        (block, before): (Block, Block),
        from: Block,
        agrees: impl Fn(u32) -> bool,
    ) -> Result<u32, Defect> {
        let size = self.add(block);
        if size != 0 && self.blocks.previous_free(block) == before && agrees(size) {
            return Ok(size);
        }
        let broken = if from.is_some() {
            Broken::ListLink
        } else {
            Broken::ListHead
        };
        Err(Defect {
            block: from,
            broken,
        })
    }

    /// Counts a list, from a block on and what stands before that.
    pub fn walk(
        &mut self,
        (mut block, mut before): (Block, Block),
        mut from: Block,
        agrees: impl Fn(u32) -> bool,
    ) -> Result<(), Defect> {
        while block.is_some() {
            self.count((block, before), from, &agrees)?;
            (before, from) = (block, block);
            block = self.blocks.next_free(block);
        }
        Ok(())
    }
}

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
