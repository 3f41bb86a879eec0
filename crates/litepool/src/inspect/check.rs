//! Verifying a pool.
//!
//! Phase 1 proves the control block, phase 2 the chain of blocks and the slabs in it, phase 3 the
//! index of the free ones, phase 4 the slab's lists, phase 5 the totals of owners and the counters.
//! Each builds on what the one before has proved, and nothing read from the pool is followed before
//! it is known to lead to a place inside.

use super::slab::{SlabCensus, class_at};
use super::walk::{Slots, State};
use crate::block::{Block, Blocks, Defect};
use crate::corruption::{Broken, Corruption};
use crate::fit::{self, Gathering};
use crate::layout::{Field, Shape};
use crate::slab::Slabs;
use crate::track::{self, Row, Table};

/// Proves everything: see [`Heap::check`](crate::Heap::check).
pub fn check<S: Shape>(blocks: &Blocks<S>) -> Result<(), Corruption> {
    prove(blocks).map_err(|defect| blocks.corruption(defect))
}

fn prove<S: Shape>(blocks: &Blocks<S>) -> Result<(), Defect> {
    check_control_block(blocks)?;
    let mut chain = Chain::from(blocks, blocks.first(), false);
    while chain.block != blocks.end() {
        chain.step()?;
    }
    chain.end()?;
    let census = chain.census;
    fit::check(blocks, census.free)?;
    census.slab.finish(blocks)?;
    census.check_counters(blocks)
}

/// Proves the control block's constants.
pub fn check_control_block<S: Shape>(blocks: &Blocks<S>) -> Result<(), Defect> {
    if blocks.layout().is_stated(blocks.memory(), blocks.end().0) {
        Ok(())
    } else {
        Err(Defect::of_pool(Broken::Identity))
    }
}

/// The chain, as far as it is proved.
pub struct Chain<'b, S> {
    blocks: &'b Blocks<S>,
    /// What comes next.
    pub block: Block,
    is_previous_free: bool,
    census: Census,
}

impl<'b, S: Shape> Chain<'b, S> {
    /// From `block` on, behind a block that is free or not.
    pub fn from(blocks: &'b Blocks<S>, block: Block, is_previous_free: bool) -> Self {
        Self {
            blocks,
            block,
            is_previous_free,
            census: Census::default(),
        }
    }

    /// Proves a block, counts it, and goes on to the next.
    pub fn step(&mut self) -> Result<(), Defect> {
        let (blocks, block) = (self.blocks, self.block);
        let size = blocks.prove(block, self.is_previous_free);
        let size = size.map_err(|broken| self.defect(broken))?;
        let is_free = blocks.header(block).is_free();
        if is_free {
            self.census.free.add(block);
        } else if let Some((number, class)) = class_at(blocks, block, size) {
            self.add_slab(size, &Slabs::new(blocks, number, &class))?;
        } else if !self
            .census
            .add_used(blocks, blocks.record(block, size), size)
        {
            return Err(self.defect(Broken::Record));
        }
        self.is_previous_free = is_free;
        self.block = block.after(size);
        Ok(())
    }

    /// Proves a slab of `size` granules, and the records of its objects.
    fn add_slab(&mut self, size: u32, slabs: &Slabs<'_, S>) -> Result<(), Defect> {
        let slab = self.census.slab.add(slabs, self.block, size);
        slab.map_err(|broken| self.defect(broken))?;
        for slot in Slots::of(slabs, self.block).filter(|slot| slot.state == State::Used) {
            let granules = (slot.size >> self.blocks.layout().granule_shift) as u32;
            let record = slot.offset + slot.payload;
            if !self.census.add_used(self.blocks, record, granules) {
                // Nothing before an object tells where the one before it begins.
                return Err(Defect {
                    block: self.blocks.block_from(slot.offset),
                    broken: Broken::Record,
                });
            }
        }
        Ok(())
    }

    /// Proves the end block.
    pub fn end(&self) -> Result<(), Defect> {
        let end = self.blocks.prove_end(self.is_previous_free);
        end.map_err(|broken| self.defect(broken))
    }

    /// What does not hold at the block that comes next.
    fn defect(&self, broken: Broken) -> Defect {
        Defect {
            block: self.block,
            broken,
        }
    }
}

/// What the chain adds up to.
#[derive(Default)]
struct Census {
    used: u32,
    used_blocks: u32,
    free: Gathering,
    slab: SlabCensus,
    /// What owners have, as one number: each row's granules, weighed by the row. It takes no
    /// table, and a total that is wrong by anything changes it.
    owned: u64,
}

impl Census {
    /// Counts a used block or an object, and proves the record at `record`.
    fn add_used<S: Shape>(&mut self, blocks: &Blocks<S>, record: usize, granules: u32) -> bool {
        self.used = self.used.wrapping_add(granules);
        self.used_blocks = self.used_blocks.wrapping_add(1);
        let Some(word) = track::owner_word(blocks, record) else {
            return true;
        };
        Table::of(blocks).each_row(word, |row| self.weigh(row, granules));
        word.is_whole()
    }

    fn weigh(&mut self, row: Row, granules: u32) {
        let weighed = row.weight().wrapping_mul(u64::from(granules));
        self.owned = self.owned.wrapping_add(weighed);
    }

    /// Proves the counters of the control block, and the totals of owners.
    fn check_counters<S: Shape>(&self, blocks: &Blocks<S>) -> Result<(), Defect> {
        let peak = blocks.field(Field::Peak);
        let are_counted = blocks.field(Field::Used) == self.used
            && blocks.field(Field::UsedBlocks) == self.used_blocks
            && blocks.field(Field::FreeBlocks) == self.free.count
            && (self.used..=blocks.capacity()).contains(&peak);
        let table = Table::of(blocks);
        let mut stated = Self::default();
        let mut are_peaks = true;
        for row in table.rows() {
            stated.weigh(row, table.used(row));
            are_peaks &= (table.used(row)..=blocks.capacity()).contains(&table.peak(row));
        }
        if are_counted && are_peaks && stated.owned == self.owned {
            Ok(())
        } else {
            Err(Defect::of_pool(Broken::Counter))
        }
    }
}
