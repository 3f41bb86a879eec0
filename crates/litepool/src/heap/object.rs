//! Objects of the slab: allocated in front of the Fit, freed and reallocated as blocks are.
//!
//! ```text
//!   allocate:   size -> class -> first slab of its list -> lowest free slot
//!   free:       place -> class, by the map -> slab -> slot, by a multiplication
//! ```
//!
//! A slab is a block that is split off where it stands on a multiple of its size, and merged again.
//! Without a slab in the configuration nothing of this file is in the program.

use core::ptr::NonNull;

use super::aligned::Boundary;
use super::{Region, Stamp};
use crate::block::{Block, Used};
use crate::config::{Config, ShapeOf, layout_of};
use crate::fit::Fit as _;
use crate::layout::Field;
use crate::slab::{Class, Slab, Slabs, Slot, TABLE_LENGTH};
use crate::track::sealed::Record as _;

/// The one alignment above the granule's that the slab serves, so that a bit is enough to remember
/// it; and its exponent.
const ALIGN: usize = 1 << EXPONENT;
const EXPONENT: u8 = 4;

/// A class expands by no more than this part of what is free. So where memory runs short, an object
/// does not tie up a slab that will never fill, and the Fit serves the class.
const LEAST_SLABS: u32 = 14;

/// What a pointer proved to be.
pub(super) enum Held {
    Block(Used),
    Object(Object),
}

/// An object in use, proved.
pub(super) struct Object {
    number: usize,
    class: &'static Class,
    slot: Slot,
    /// Where it begins.
    offset: usize,
}

/// What follows from the configuration.
impl<C: Config> Region<'_, C> {
    /// The class of each size; see [`Slab::step_of`].
    const TABLE: &'static [u8; TABLE_LENGTH] = &C::SLAB.table();

    /// The largest request that a class serves: its record stands behind it.
    const LARGEST: usize = {
        let layout = layout_of::<C>();
        assert!(
            !C::SLAB.is_on() || C::SLAB.largest_object() > layout.record,
            "no object of the slab has room for a record"
        );
        C::SLAB.largest_object().saturating_sub(layout.record)
    };

    /// The class for a request of `size` bytes; a number beyond any class if there is none.
    #[inline]
    fn class_for(&self, size: usize) -> usize {
        // Nothing wraps to a number above any object.
        if size.wrapping_sub(1) >= Self::LARGEST {
            return usize::MAX;
        }
        let size = size + self.blocks.layout().record;
        // Few classes are compared one by one, which needs no table in the program.
        if C::SLAB.classes.len() <= 4 {
            let smaller = |class: &Class| usize::from((class.size as usize) < size);
            C::SLAB.classes.iter().map(smaller).sum()
        } else {
            usize::from(Self::TABLE[Slab::step_of(size)])
        }
    }

    /// The slabs of the class `number`, if there is one.
    #[inline(always)]
    pub(super) fn slabs(&self, number: usize) -> Option<Slabs<'_, ShapeOf<C>>> {
        let class = C::SLAB.classes.get(number)?;
        Some(Slabs::new(&self.blocks, number, class))
    }

    /// The classes that have room for something besides a record. Others have no slabs.
    fn served() -> impl Iterator<Item = (usize, &'static Class)> {
        let record = const { layout_of::<C>().record };
        let classes = C::SLAB.classes.iter().enumerate();
        classes.filter(move |(_, class)| class.size as usize > record)
    }
}

/// Allocating.
impl<C: Config> Region<'_, C> {
    /// Allocates an object, if a class is so large and has a slab with two free slots: the fast
    /// path.
    #[inline(always)]
    pub(super) fn take_at_once(&self, size: usize, stamp: Stamp<C>) -> Option<NonNull<u8>> {
        let slabs = self.slabs(self.class_for(size))?;
        Some(self.begin_object(slabs.class, slabs.take()?, stamp))
    }

    /// Allocates an object if a class is so large, else a block; that, if need be, of the memory of
    /// empty slabs.
    #[inline(never)]
    pub(super) fn take_small(&mut self, size: usize, stamp: Stamp<C>) -> Option<NonNull<u8>> {
        if let Some(object) = self.take_object(self.class_for(size), stamp) {
            return Some(object);
        }
        let taken = self.take_block(size, stamp);
        if taken.is_some() || self.granules_for(size).is_none() || !self.trim() {
            return taken;
        }
        self.take_block(size, stamp)
    }

    /// Allocates an object of a class.
    fn take_object(&mut self, number: usize, stamp: Stamp<C>) -> Option<NonNull<u8>> {
        let taken = self.slabs(number)?.take_last().or_else(|| {
            self.expand(number)?;
            self.slabs(number)?.take_last()
        })?;
        Some(self.begin_object(self.slabs(number)?.class, taken, stamp))
    }

    /// Counts an object that was taken, and has it remember `stamp`; gives its pointer.
    #[inline]
    fn begin_object(&self, class: &Class, offset: usize, stamp: Stamp<C>) -> NonNull<u8> {
        let layout = self.blocks.layout();
        let granules = class.size >> layout.granule_shift;
        self.count(Field::UsedBlocks, 1);
        self.count_used(granules);
        let record = offset + class.size as usize - layout.record;
        C::Record::write(&self.blocks, record, granules, stamp);
        self.blocks.memory().pointer(offset)
    }

    /// Allocates an object on a multiple of `align`, if that is 16 and a class has its objects
    /// there.
    pub(super) fn take_aligned_object(
        &mut self,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<NonNull<u8>> {
        if align != ALIGN {
            return None;
        }
        let size = size.checked_next_multiple_of(align)?;
        let number = self.class_for(size);
        if !self.aligns_objects(self.slabs(number)?.class) {
            return None;
        }
        let taken = self.take_at_once(size, stamp);
        let pointer = taken.or_else(|| self.take_object(number, stamp))?;
        let slabs = self.slabs(number)?;
        let slot = slabs.slot_at(self.blocks.memory().offset_of(pointer))?;
        slabs.set_aligned(slot, true);
        Some(pointer)
    }

    /// Do all objects of this class stand on multiples of [`ALIGN`]?
    fn aligns_objects(&self, class: &Class) -> bool {
        C::Fit::RESIZES_ALIGNED
            && class.alignment() >= ALIGN
            && self.blocks.memory().address().is_multiple_of(ALIGN)
    }
}

/// Proving, freeing, reallocating.
impl<C: Config> Region<'_, C> {
    /// The class of the slab that `pointer` leads into, as the map says; none if it leads into no
    /// slab.
    #[inline]
    pub(super) fn class_at(&self, pointer: NonNull<u8>) -> Option<usize> {
        let offset = self.blocks.memory().offset_of(pointer);
        if !C::SLAB.is_on() || offset >= self.blocks.memory().size() as usize {
            return None;
        }
        let number = Slabs::number_at(&self.blocks, offset);
        (number != usize::MAX).then_some(number)
    }

    /// Proves that an object in use begins at `pointer`, which leads into a slab of the class
    /// `number`.
    #[inline]
    fn object_at(&self, pointer: NonNull<u8>, number: usize) -> Option<Object> {
        let class = C::SLAB.classes.get(number)?;
        let slabs = Slabs::new(&self.blocks, number, class);
        let offset = self.blocks.memory().offset_of(pointer);
        let slot = slabs.slot_at(offset)?;
        slabs.is_used(slot).then_some(Object {
            number,
            class,
            slot,
            offset,
        })
    }

    /// Proves that `pointer` is a used block's payload, or an object in use.
    #[inline(always)]
    pub(super) fn held(&self, pointer: NonNull<u8>) -> Option<Held> {
        match self.class_at(pointer) {
            Some(number) => self.object_at(pointer, number).map(Held::Object),
            None => self.blocks.validate(pointer).map(Held::Block),
        }
    }

    /// The slabs of its class.
    #[inline(always)]
    fn slabs_of(&self, object: &Object) -> Slabs<'_, ShapeOf<C>> {
        Slabs::new(&self.blocks, object.number, object.class)
    }

    #[inline(always)]
    fn object_room(&self, object: &Object) -> usize {
        object.class.size as usize - self.blocks.layout().record
    }

    /// Bytes that its owner may use.
    #[inline(always)]
    pub(super) fn room(&self, held: &Held) -> usize {
        match held {
            Held::Object(object) => self.object_room(object),
            Held::Block(used) => self.blocks.payload_size(used.header, used.size),
        }
    }

    /// Where its record stands.
    #[inline(always)]
    pub(super) fn record_of(&self, held: &Held) -> usize {
        match held {
            Held::Object(object) => object.offset + self.object_room(object),
            Held::Block(used) => self.blocks.record(used.block, used.size),
        }
    }

    /// Frees the object at `pointer`, which leads into a slab of the class `number`.
    #[inline(always)]
    pub(super) fn release_object(&mut self, pointer: NonNull<u8>, number: usize) -> bool {
        let Some(object) = self.object_at(pointer, number) else {
            return false;
        };
        let record = object.offset + self.object_room(&object);
        let Some(stamp) = C::Record::read(&self.blocks, record) else {
            return false;
        };
        let changes = self.slabs_of(&object).free(object.slot);
        let granules = object.class.size >> self.blocks.layout().granule_shift;
        self.count(Field::UsedBlocks, -1);
        self.count(Field::Used, 0i32.wrapping_sub_unsigned(granules));
        C::Record::credit(&self.blocks, granules, stamp);
        if changes {
            self.update_slab(number, object.slot);
        }
        true
    }

    /// The exponent of the alignment that an object remembers, if it does.
    #[inline(always)]
    pub(super) fn exponent_of(&self, object: &Object) -> Option<u8> {
        let is_aligned = self.slabs_of(object).is_aligned(object.slot);
        is_aligned.then_some(EXPONENT)
    }

    /// Has an object remember the alignment of this exponent, or none. Says whether it can.
    #[inline]
    pub(super) fn realign_object(&self, object: &Object, exponent: Option<u8>) -> bool {
        let slabs = self.slabs_of(object);
        let is_aligned = exponent.is_some();
        if slabs.is_aligned(object.slot) == is_aligned {
            return exponent.is_none_or(|exponent| exponent == EXPONENT);
        }
        if is_aligned && !(exponent == Some(EXPONENT) && self.aligns_objects(object.class)) {
            return false;
        }
        slabs.set_aligned(object.slot, is_aligned);
        true
    }
}

/// Slabs come and go.
impl<C: Config> Region<'_, C> {
    /// States the classes, and takes so many bytes of slabs for each, in a pool that is being made.
    /// If all of them are more than half of the pool, none are taken: a pool so small works
    /// without.
    pub(super) fn initialise_slab(&mut self, bytes: &[usize]) {
        // A slab that serves nobody does not compile.
        let _ = Self::LARGEST;
        Slabs::write_classes(&self.blocks, C::SLAB.classes);
        let slabs_of = |number: usize, class: &Class| {
            class.slabs_for(bytes.get(number).copied().unwrap_or(C::SLAB.initial))
        };
        let all = Self::served().fold(0_usize, |sum, (number, class)| {
            sum.saturating_add(slabs_of(number, class).saturating_mul(class.bytes as usize))
        });
        if all > self.blocks.memory().size() as usize / 2 {
            return;
        }
        for (number, class) in Self::served() {
            for _ in 0..slabs_of(number, class) {
                // The last ones may not find a place on their boundary.
                if self.begin_slab(number, true).is_none() {
                    break;
                }
            }
        }
    }

    /// Is the slab of a pool that is being opened this configuration's?
    pub(super) fn states_slab(&self) -> bool {
        let mut classes = C::SLAB.classes.iter().enumerate();
        classes.all(|(number, class)| Slabs::read_class(&self.blocks, number) == Some(*class))
    }

    /// Makes the check words of a pool that was checked, and may have been in use without.
    pub(super) fn confirm_slabs(&self) {
        if !self.blocks.is_hardened() || !C::SLAB.is_on() {
            return;
        }
        for place in (0..self.blocks.memory().size() as usize).step_by(1 << C::SLAB.place_shift()) {
            let slabs = self.slabs(Slabs::number_at(&self.blocks, place));
            if let Some(slabs) = slabs.filter(|slabs| slabs.class.slab_of(place) == place) {
                slabs.confirm(place);
            }
        }
    }

    /// Another slab for an exhausted class, if it may have one.
    fn expand(&mut self, number: usize) -> Option<()> {
        let in_blocks = self.blocks.field(Field::InBlocks);
        let most = self.blocks.capacity().wrapping_sub(in_blocks) / LEAST_SLABS;
        if !C::SLAB.expands || self.slabs(number)?.granules() > most {
            return None;
        }
        self.begin_slab(number, false)
    }

    /// Takes a slab of the class from the Fit.
    fn begin_slab(&mut self, number: usize, is_initial: bool) -> Option<()> {
        let need = self.slabs(number)?.granules();
        let (block, size) = self.split_off(need, Boundary::of_offsets(need))?;
        self.slabs(number)?.begin(block, size, is_initial);
        Some(())
    }

    /// Frees an empty slab. Says whether it did: if what stands around it is corrupt, it stays.
    fn end_slab(&mut self, number: usize, slab: Block) -> bool {
        let Some(used) = self.blocks.validate_block(slab) else {
            return false;
        };
        let slabs = self.slabs(number);
        if !slabs.is_some_and(|slabs| slabs.end(slab, used.size)) {
            return false;
        }
        let merged = self.merge(&used);
        if !merged && let Some(slabs) = self.slabs(number) {
            slabs.begin(slab, used.size, false);
        }
        merged
    }

    /// After a slot was freed that was the first free one of its slab, or the last one in use.
    #[inline(never)]
    fn update_slab(&mut self, number: usize, slot: Slot) {
        if let Some(slab) = self.slabs(number).and_then(|slabs| slabs.update(slot)) {
            self.end_slab(number, slab);
        }
    }

    /// Frees every empty slab that is kept. Says whether there was one. A step for each class.
    #[cold]
    pub fn trim(&mut self) -> bool {
        if !C::SLAB.keeps_empty {
            return false;
        }
        (0..C::SLAB.classes.len()).fold(false, |any, number| {
            let kept = self.slabs(number).and_then(|slabs| slabs.kept());
            any | kept.is_some_and(|slab| self.end_slab(number, slab))
        })
    }
}
