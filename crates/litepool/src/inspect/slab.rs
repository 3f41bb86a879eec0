//! The slab, as who inspects a pool of any layout sees it: the slots of a slab, for the walk; what
//! its slabs add up to, for the check; its counters, for the figures.

use crate::block::{Block, Blocks, Defect};
use crate::corruption::Broken;
use crate::layout::{Field, Shape, SlabLayout};
use crate::slab::{Class, Slabs};

/// A slot of a slab.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Where its object begins, in bytes from the pool's base.
    pub offset: usize,
    /// Bytes of an object, its record included.
    pub size: usize,
    /// Is the object in use?
    pub is_used: bool,
    /// Did an aligned request get it?
    pub is_aligned: bool,
}

/// The slots of a slab, in the order of their addresses. They are those of the moment at which
/// [`slots_at`] was asked.
#[derive(Clone, Debug)]
pub struct Slots {
    /// A bit for each free slot, beginning with the next one.
    free: u64,
    /// A bit for each aligned object, likewise.
    aligned: u64,
    left: u32,
    offset: usize,
    size: usize,
}

impl Iterator for Slots {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        self.left = self.left.checked_sub(1)?;
        let slot = Slot {
            offset: self.offset,
            size: self.size,
            is_used: self.free & 1 == 0,
            is_aligned: self.aligned & 1 != 0,
        };
        self.free >>= 1;
        self.aligned >>= 1;
        self.offset += self.size;
        Some(slot)
    }
}

/// The slots of the slab at `block`, a used block of `size` granules that ends inside the pool;
/// nothing, if it is no slab. In a corrupt pool nothing may be followed that can lead outside.
pub fn slots_at<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) -> Option<Slots> {
    let offset = blocks.offset(block);
    let (number, class) = class_at(blocks, offset)?;
    let slabs = Slabs::new(blocks, number, &class);
    let is_whole = slabs.is_slab(block) && size >= granules_of(blocks, &class);
    is_whole.then(|| Slots {
        free: slabs.free_slots(offset),
        aligned: slabs.aligned_slots(offset),
        left: class.slots,
        offset: slabs.object(offset, 0),
        size: class.size as usize,
    })
}

/// The classes of the pool, with their numbers; those that it does not state as such are left out.
fn classes<S: Shape>(blocks: &Blocks<S>) -> impl Iterator<Item = (usize, Class)> {
    let count = usize::from(blocks.layout().choices.slab.classes);
    (0..count).filter_map(|number| Some((number, Slabs::read_class(blocks, number)?)))
}

/// The class of the slab that covers `offset`, as the map says.
fn class_at<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<(usize, Class)> {
    let count = usize::from(blocks.layout().choices.slab.classes);
    if count == 0 {
        return None;
    }
    let number = Slabs::number_at(blocks, offset);
    let class = (number < count).then(|| Slabs::read_class(blocks, number))?;
    Some((number, class?))
}

fn granules_of<S: Shape>(blocks: &Blocks<S>, class: &Class) -> u32 {
    class.bytes >> blocks.layout().granule_shift
}

/// Where the places of the map begin.
fn places<S: Shape>(blocks: &Blocks<S>, from: usize, bytes: usize) -> impl Iterator<Item = usize> {
    (from..from + bytes).step_by(1 << blocks.layout().choices.slab.place_shift)
}

/// What the slabs of a chain add up to.
#[derive(Default, Debug)]
pub struct SlabCensus {
    slabs: u32,
    granules: u32,
    overhead: u32,
    /// In objects that are in use.
    used: u32,
    /// Slabs with a free slot: they are the ones in lists.
    partial: u32,
    /// Places of the map that slabs cover.
    places: usize,
}

impl SlabCensus {
    /// Proves the slab at `block`, a used block of `size` granules, for which [`slots_at`] has
    /// given slots, and adds it. A used slot that has no room for a record is corruption. (The
    /// records themselves are the caller's.)
    pub fn add<S: Shape>(
        &mut self,
        blocks: &Blocks<S>,
        block: Block,
        size: u32,
    ) -> Result<(), Broken> {
        let offset = blocks.offset(block);
        let (number, class) = class_at(blocks, offset).ok_or(Broken::Slab)?;
        let slabs = Slabs::new(blocks, number, &class);
        let (free, aligned) = (slabs.free_slots(offset), slabs.aligned_slots(offset));
        let covered = places(blocks, offset, class.bytes as usize);
        let mut unmarked = covered.filter(|&place| Slabs::number_at(blocks, place) != number);
        // Nobody ever got an object that has no room besides its record.
        let serves = class.size as usize > blocks.layout().record;
        let is_sound = slabs.is_slab(block)
            && !blocks.header(block).is_aligned()
            && size.wrapping_sub(granules_of(blocks, &class)) < blocks.min()
            && free & !class.all_slots == 0
            && aligned & (free | !class.all_slots) == 0
            && (serves || free == class.all_slots)
            && slabs.is_confirmed(offset)
            && unmarked.next().is_none();
        if !is_sound {
            return Err(Broken::Slab);
        }
        let used = class.slots - free.count_ones();
        self.slabs += 1;
        self.granules += size;
        self.overhead += size - slabs.object_granules();
        self.used += used * (class.size >> blocks.layout().granule_shift);
        self.partial += u32::from(free != 0);
        self.places += places(blocks, offset, class.bytes as usize).count();
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
            linked += self.walk(blocks, &slabs, linked)?;
            let places = places(blocks, 0, class.bytes as usize).count() as u64;
            if marked as u64 != u64::from(slabs.count()) * places {
                return fail(Broken::Counter);
            }
        }
        if linked != self.partial {
            return fail(Broken::ListCount);
        }
        let figures = figures(blocks);
        let expected = SlabFigures {
            slabs: self.slabs,
            granules: self.granules,
            overhead: self.overhead,
            used: self.used,
        };
        if figures == expected {
            Ok(())
        } else {
            fail(Broken::Counter)
        }
    }

    /// Walks a class's partial list; gives the number of its slabs. There can't be more than have a
    /// free slot, so it ends.
    fn walk<S: Shape>(
        &self,
        blocks: &Blocks<S>,
        slabs: &Slabs<'_, S>,
        linked: u32,
    ) -> Result<u32, Defect> {
        let head = slabs.head();
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
