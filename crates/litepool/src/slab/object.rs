//! Objects: taken from a chunk, proved by their address, given up.

use core::num::NonZeroU64;
use core::ptr::NonNull;

use super::chunk::Chunk;
use super::classes::{CHUNK_HEAD, Class, Slab};
use super::state::{SlabCounter, Tag};
use crate::arena::Arena;
use crate::block::Block;
use crate::config::Config;
use crate::control::Counter;
use crate::fit::Fit as _;

/// The one alignment above the granule's that the slab serves, so that a bit is enough to remember it.
const OBJECT_ALIGN: usize = 16;

/// A class expands in a pool that could hold so many of its chunks: else one object would tie up too much.
const LEAST_CHUNKS: usize = 16;

/// An object's place, proved to be one.
#[derive(Clone, Copy)]
pub struct Object {
    layout: &'static Class,
    chunk: Chunk,
    /// The bit of its slot.
    bit: u64,
    tag: Tag,
}

impl Object {
    /// Bytes that its holder may use.
    #[inline(always)]
    pub fn size<C: Config>(self) -> usize {
        Arena::<C>::object_room(self.layout)
    }
}

/// Objects.
impl<C: Config> Arena<C> {
    /// The class for `size` bytes, at most the largest object's.
    #[inline(always)]
    fn class_for(size: usize) -> usize {
        // Few classes are compared one by one, which needs no table in the program.
        if C::SLAB.classes.len() <= 4 {
            let smaller = C::SLAB
                .classes
                .iter()
                .map(|class| usize::from((class.size as usize) < size));
            smaller.sum()
        } else {
            Self::CLASS_TABLE
                .get(Slab::step_of(size))
                .map_or(usize::MAX, |&class| usize::from(class))
        }
    }

    /// The class for a request of `size` bytes; none if that is nothing, or more than any object.
    #[inline(always)]
    fn class_of_request(size: usize) -> Option<usize> {
        // Zero wraps to a number above any object.
        let is_small = Self::HAS_SLAB
            && size.wrapping_sub(1) < C::SLAB.largest_object().saturating_sub(Self::RECORD);
        is_small.then(|| Self::class_for(size + Self::RECORD))
    }

    /// Bytes of an object that its holder may use: all but its record.
    #[inline(always)]
    pub fn object_room(layout: &Class) -> usize {
        (layout.size as usize).saturating_sub(Self::RECORD)
    }

    /// Has an object of this class room for its record and something else? Others serve no request, and have no chunks.
    pub fn serves(layout: &Class) -> bool {
        Self::object_room(layout) != 0
    }

    /// Takes an object of `size` bytes, if a class is so large and has a chunk with more than one free slot: the short way.
    #[inline(always)]
    pub fn take_object(self, size: usize) -> Option<NonNull<u8>> {
        self.take_quickly(Self::class_of_request(size)?)
    }

    /// Takes an object of `size` bytes, if a class is so large and is not exhausted: the long way, which also makes a chunk
    /// full or gets another one.
    pub fn take_any_object(self, size: usize) -> Option<NonNull<u8>> {
        self.take_object_of(Self::class_of_request(size)?)
    }

    /// Takes an object of `size` bytes on a multiple of `align`, if that is [`OBJECT_ALIGN`] and the class for such a size
    /// has its objects there.
    #[inline]
    pub fn take_aligned_object(self, size: usize, align: usize) -> Option<NonNull<u8>> {
        if align != OBJECT_ALIGN {
            return None;
        }
        let class = Self::class_of_request(size.checked_next_multiple_of(align)?)?;
        if !self.aligns_objects(C::SLAB.classes.get(class)?) {
            return None;
        }
        let pointer = match self.take_quickly(class) {
            Some(pointer) => pointer,
            None => self.take_object_of(class)?,
        };
        if let Some(object) = self.verify_object(pointer, Tag::of(class)) {
            self.note_alignment(object);
        }
        Some(pointer)
    }

    /// Do all objects of this class stand on multiples of [`OBJECT_ALIGN`]?
    fn aligns_objects(self, layout: &Class) -> bool {
        C::Fit::RESIZES_ALIGNED
            && layout.alignment() >= OBJECT_ALIGN
            && self.base_address() & (OBJECT_ALIGN - 1) == 0
    }

    #[inline(always)]
    fn take_quickly(self, class: usize) -> Option<NonNull<u8>> {
        let layout = C::SLAB.classes.get(class)?;
        let head = self.first_chunk(class, layout);
        if !head.is_some() {
            return None;
        }
        let chunk = Chunk(self.offset(head));
        let free = self.free_slots(chunk) & layout.all_slots;
        let rest = free & free.wrapping_sub(1);
        if rest == 0 {
            return None;
        }
        self.set_free_slots(chunk, rest);
        self.seal_chunk(class, chunk);
        self.count_object(layout);
        Some(self.pointer(chunk.slot_offset(free.trailing_zeros(), layout)))
    }

    fn take_object_of(self, class: usize) -> Option<NonNull<u8>> {
        let layout = C::SLAB.classes.get(class)?;
        let mut head = self.first_chunk_or_next(class, layout);
        if !head.is_some() {
            if !C::SLAB.expands {
                return None;
            }
            head = self.another_chunk(class, layout)?;
        }
        let chunk = Chunk(self.offset(head));
        // A chunk in the ring has a free slot, unless something overwrote it.
        let free = NonZeroU64::new(self.free_slots(chunk) & layout.all_slots)?;
        let rest = free.get() & (free.get() - 1);
        self.set_free_slots(chunk, rest);
        self.seal_chunk(class, chunk);
        if rest == 0 {
            self.unlink_chunk(class, chunk);
        }
        self.count_object(layout);
        Some(self.pointer(chunk.slot_offset(free.trailing_zeros(), layout)))
    }

    #[inline(always)]
    fn count_object(self, layout: &Class) {
        let granules = layout.size / Self::GRANULE as u32;
        self.add(SlabCounter::ObjectGranules, granules);
        self.count(Counter::UsedBlocks, 1);
        self.count_used(granules);
    }

    /// A chunk for an exhausted class, if the pool is large enough and the Fit has room.
    #[cold]
    fn another_chunk(self, class: usize, layout: &'static Class) -> Option<Block> {
        if layout.chunk as usize > self.size() / LEAST_CHUNKS {
            return None;
        }
        self.take_chunk(class, layout)
    }

    /// What the map says of `pointer`; [`Tag::NONE`] if the pointer is for the Fit.
    #[inline(always)]
    pub fn tag_of_pointer(self, pointer: NonNull<u8>) -> Tag {
        let offset = self.offset_of(pointer);
        if Self::HAS_SLAB && offset < self.size() {
            self.tag_at(offset)
        } else {
            Tag::NONE
        }
    }

    /// Proves that an object in use begins at `pointer`, of which the map says `tag`.
    #[inline(always)]
    pub fn verify_object(self, pointer: NonNull<u8>, tag: Tag) -> Option<Object> {
        self.slot_of_pointer(pointer, tag).filter(|object| {
            // All that is read of a chunk that is none still lies before `pointer`, in the pool.
            self.free_slots(object.chunk) & object.bit == 0
                && self.is_chunk_sealed(object.tag.class(), object.chunk)
        })
    }

    /// Is `pointer`, of which the map says `tag`, the place of an object that is not in use?
    pub fn is_free_object(self, pointer: NonNull<u8>, tag: Tag) -> bool {
        self.slot_of_pointer(pointer, tag)
            .is_some_and(|object| self.free_slots(object.chunk) & object.bit != 0)
    }

    /// The block that the damage shows at if `pointer`, of which the map says `tag`, is in no whole chunk of that class.
    pub fn damaged_chunk_at(self, pointer: NonNull<u8>, tag: Tag) -> Option<Block> {
        if !Self::HARDENED {
            return None;
        }
        let place = self.block_at(self.offset_of(pointer));
        let Some(layout) = C::SLAB.classes.get(tag.class()) else {
            return Some(place);
        };
        let chunk = self.block_at(layout.chunk_of(self.offset_of(pointer)));
        if self.is_whole_chunk_of(tag.class(), chunk) {
            return None;
        }
        Some(if self.may_be_block(chunk) {
            chunk
        } else {
            place
        })
    }

    /// The slot that begins at `pointer`, of which the map says `tag`.
    #[inline(always)]
    fn slot_of_pointer(self, pointer: NonNull<u8>, tag: Tag) -> Option<Object> {
        let layout = C::SLAB.classes.get(tag.class())?;
        let offset = self.offset_of(pointer);
        let chunk = Chunk(layout.chunk_of(offset));
        // What lies in the chunk's head wraps to a distance beyond any slot.
        let distance = (offset as u32).wrapping_sub((chunk.0 + CHUNK_HEAD) as u32);
        Some(Object {
            layout,
            chunk,
            bit: 1 << layout.slot_at(distance)?,
            tag,
        })
    }

    /// Gives an object up.
    #[inline(always)]
    pub fn give_object(self, object: Object) {
        let before = self.free_slots(object.chunk);
        let free = before | object.bit;
        self.set_free_slots(object.chunk, free);
        let granules = object.layout.size / Self::GRANULE as u32;
        self.subtract(SlabCounter::ObjectGranules, granules);
        self.count(Counter::UsedBlocks, -1);
        self.count(Counter::Used, 0i32.wrapping_sub_unsigned(granules));
        self.set_aligned_slots(object.chunk, self.aligned_slots(object.chunk) & !object.bit);
        self.seal_chunk(object.tag.class(), object.chunk);
        if before == 0 || free == object.layout.all_slots {
            self.chunk_changed(object.chunk, object.tag, before == 0);
        }
    }

    /// A chunk is full no more, or is empty now.
    #[inline(never)]
    fn chunk_changed(self, chunk: Chunk, tag: Tag, was_full: bool) {
        let class = tag.class();
        let Some(layout) = C::SLAB.classes.get(class) else {
            return;
        };
        if was_full {
            self.link_chunk(class, chunk);
        }
        if self.free_slots(chunk) != layout.all_slots {
            return;
        }
        let alone = self.next_chunk(chunk) == self.block_at(chunk.0);
        if C::SLAB.keeps_spare && alone {
            self.set_spare_classes(self.spare_classes() | 1 << class);
        } else {
            self.give_chunk_back(class, layout, chunk);
        }
    }

    /// The alignment that an object must keep when it moves, in bytes: what it was asked for, or 1.
    pub fn object_alignment(self, object: Object) -> usize {
        if self.aligned_slots(object.chunk) & object.bit == 0 {
            1
        } else {
            OBJECT_ALIGN
        }
    }

    /// Does the object stand where it is asked to, by a request that may move it? From now on it remembers that.
    pub fn realign_object(self, object: Object, align: usize) -> bool {
        let aligned = self.aligned_slots(object.chunk);
        if align <= Self::GRANULE {
            self.set_aligned_slots(object.chunk, aligned & !object.bit);
            self.seal_chunk(object.tag.class(), object.chunk);
            return true;
        }
        let stays = align == OBJECT_ALIGN && self.aligns_objects(object.layout);
        if stays {
            self.note_alignment(object);
        }
        stays
    }

    /// Remembers that the object came from an aligned request.
    fn note_alignment(self, object: Object) {
        let aligned = self.aligned_slots(object.chunk) | object.bit;
        self.set_aligned_slots(object.chunk, aligned);
        self.seal_chunk(object.tag.class(), object.chunk);
    }
}
