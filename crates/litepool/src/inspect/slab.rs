//! The slab, as who inspects a pool of any layout sees it: whether a block is one, for the walk;
//! what its slabs add up to, for the check; its counters, for the figures.

use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Field, Shape, SlabLayout};
use crate::slab::{Class, Slabs};

/// The number and the class of the slab at `block`, a used block of `size` granules that ends
/// inside the pool; nothing, if it is no slab. In a corrupt pool nothing may be followed that can
/// lead outside.
pub fn class_at<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) -> Option<(usize, Class)> {
    if blocks.layout().choices.slab.classes == 0 {
        return None;
    }
    let number = Slabs::number_at(blocks, blocks.offset(block));
    let class = Slabs::read_class(blocks, number)?;
    let slabs = Slabs::new(blocks, number, &class);
    (slabs.is_slab(block) && size >= slabs.granules()).then_some((number, class))
}

/// The number and the class of the slab that begins at `offset`, by the map and by what it says of
/// its objects; its block's header is not asked. Nothing, if there is none.
pub fn class_at_offset<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<(usize, Class)> {
    let block = blocks.block_from(offset);
    let has_slabs = blocks.layout().choices.slab.classes != 0;
    if !has_slabs || !blocks.may_begin(block) || blocks.offset(block) != offset {
        return None;
    }
    let number = Slabs::number_at(blocks, offset);
    let class = Slabs::read_class(blocks, number)?;
    let slabs = Slabs::new(blocks, number, &class);
    if !slabs.is_slab(block) {
        return None;
    }
    let (free, aligned) = (slabs.free_slots(offset), slabs.aligned_slots(offset));
    let is_sound = free & !class.all_slots == 0
        && aligned & (free | !class.all_slots) == 0
        && slabs.is_confirmed(offset)
        && places(blocks, offset, class.slab_bytes())
            .all(|place| Slabs::number_at(blocks, place) == number);
    is_sound.then_some((number, class))
}

/// The classes of the pool, with their numbers; those that it does not state as such are left out.
fn classes<S: Shape>(blocks: &Blocks<S>) -> impl Iterator<Item = (usize, Class)> {
    (0..SlabLayout::MOST).filter_map(|number| Some((number, Slabs::read_class(blocks, number)?)))
}

/// Where the places of the map begin.
fn places<S: Shape>(blocks: &Blocks<S>, from: usize, bytes: usize) -> impl Iterator<Item = usize> {
    (from..from + bytes).step_by(1 << blocks.layout().choices.slab.place_shift)
}

/// What the slabs of a chain add up to.
#[derive(Default, Debug)]
pub struct SlabCensus {
    figures: SlabFigures,
    /// Slabs with a free slot: they are the ones in lists.
    partial: u32,
    /// Places of the map that slabs cover.
    places: usize,
}

impl SlabCensus {
    /// Proves the slab at `block`, a used block of `size` granules that [`class_at`] takes for one,
    /// and adds it. A used slot that has no room for a record is corruption. (The records
    /// themselves are the caller's.)
    pub fn add<S: Shape>(
        &mut self,
        slabs: &Slabs<'_, S>,
        block: Block,
        size: u32,
    ) -> Result<(), Broken> {
        let (blocks, class) = (slabs.blocks, slabs.class);
        let offset = blocks.offset(block);
        let (free, aligned) = (slabs.free_slots(offset), slabs.aligned_slots(offset));
        let covered = || places(blocks, offset, class.bytes as usize);
        // Nobody ever got an object that has no room besides its record.
        let serves = class.size as usize > blocks.layout().record;
        let is_sound = !blocks.header(block).is_aligned()
            && size.wrapping_sub(slabs.granules()) < blocks.min()
            && free & !class.all_slots == 0
            && aligned & (free | !class.all_slots) == 0
            && (serves || free == class.all_slots)
            && slabs.is_confirmed(offset)
            && covered().all(|place| Slabs::number_at(blocks, place) == slabs.number);
        if !is_sound {
            return Err(Broken::Slab);
        }
        let used = class.slots - free.count_ones();
        self.figures.slabs += 1;
        self.figures.granules += size;
        self.figures.overhead += size - slabs.object_granules();
        self.figures.used += used * (class.size >> blocks.layout().granule_shift);
        self.partial += u32::from(free != 0);
        self.places += covered().count();
        Ok(())
    }

    /// Proves that the map has no other slabs than those that were added, the lists, and the slab's
    /// own counters.
    pub fn finish<S: Shape>(&self, blocks: &Blocks<S>) -> Result<(), Defect> {
        let layout = blocks.layout().choices.slab;
        if layout.classes == 0 {
            return Ok(());
        }
        let fail = |broken| Err(Defect::of_pool(broken));
        let smallest = classes(blocks)
            .map(|(_, class)| class.bytes.trailing_zeros())
            .min();
        let are_stated = classes(blocks).count() == usize::from(layout.classes)
            && smallest == Some(u32::from(layout.place_shift));
        if !are_stated {
            return fail(Broken::Identity);
        }
        let marked = marks(blocks);
        if marked.iter().sum::<usize>() != self.places {
            return fail(Broken::SlabMap);
        }
        let mut linked = 0;
        for ((number, class), marked) in classes(blocks).zip(marked) {
            let slabs = Slabs::new(blocks, number, &class);
            linked += self.walk(&slabs, linked)?;
            let places = places(blocks, 0, class.bytes as usize).count() as u64;
            if marked as u64 != u64::from(slabs.count()) * places {
                return fail(Broken::Counter);
            }
        }
        if linked != self.partial {
            return fail(Broken::ListCount);
        }
        if figures(blocks) == self.figures {
            Ok(())
        } else {
            fail(Broken::Counter)
        }
    }

    /// Walks a class's partial list; gives the number of its slabs. There can't be more than have a
    /// free slot, so it ends.
    fn walk<S: Shape>(&self, slabs: &Slabs<'_, S>, linked: u32) -> Result<u32, Defect> {
        let (blocks, head) = (slabs.blocks, slabs.head());
        let link = |block| Defect {
            block,
            broken: Broken::ListLink,
        };
        let (mut count, mut previous, mut slab) = (0, Block::NONE, head);
        while count == 0 && head.is_some() || slab != head {
            let is_sound = slabs.is_slab(slab)
                && linked + count < self.partial
                && slabs.free_slots(blocks.offset(slab)) != 0
                && (count == 0 || slabs.previous(slab) == previous);
            if !is_sound && count == 0 {
                return Err(Defect::of_pool(Broken::ListHead));
            }
            if !is_sound {
                return Err(link(previous));
            }
            count += 1;
            previous = slab;
            slab = slabs.next(slab);
        }
        if count > 0 && slabs.previous(head) != previous {
            return Err(link(previous));
        }
        Ok(count)
    }
}

/// How many places of the map each class covers; what is no class's counts for the last number.
fn marks<S: Shape>(blocks: &Blocks<S>) -> [usize; SlabLayout::MOST + 1] {
    let mut marks = [0; SlabLayout::MOST + 1];
    for place in places(blocks, 0, blocks.memory().size() as usize + 1) {
        let number = Slabs::number_at(blocks, place);
        if number != usize::MAX {
            marks[number.min(SlabLayout::MOST)] += 1;
        }
    }
    marks
}

/// What the slab counts, in granules but the first. Whatever the counters say: a corrupt one is
/// answered, too.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct SlabFigures {
    /// How many slabs.
    pub slabs: u32,
    /// Of the slabs' blocks.
    pub granules: u32,
    /// Of that what can hold no object.
    pub overhead: u32,
    /// In used objects.
    pub used: u32,
}

/// The counters of the slab; all 0 without one. A step for each class.
pub fn figures<S: Shape>(blocks: &Blocks<S>) -> SlabFigures {
    if blocks.layout().choices.slab.classes == 0 {
        return SlabFigures::default();
    }
    let overhead = blocks.field(Field::Overhead);
    let (mut slabs, mut granules) = (0_u32, overhead);
    for (number, class) in classes(blocks) {
        let of_class = Slabs::new(blocks, number, &class);
        let count = of_class.count();
        slabs = slabs.wrapping_add(count);
        granules = granules.wrapping_add(count.wrapping_mul(of_class.object_granules()));
    }
    let elsewhere = blocks.field(Field::InBlocks).wrapping_sub(granules);
    SlabFigures {
        slabs,
        granules,
        overhead,
        used: blocks.field(Field::Used).wrapping_sub(elsewhere),
    }
}
