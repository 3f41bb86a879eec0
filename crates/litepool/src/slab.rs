//! The slab: small objects without a header, in front of any [`Fit`](crate::fit::Fit).
//!
//! A **chunk** is a used block of the chain that stands on a multiple of its own size and holds objects of one class,
//! side by side (after J. Bonwick, "The slab allocator: an object-caching kernel memory allocator", 1994):
//!
//! ```text
//!   | h | free slots | aligned | links |   | object | object | ...    | object |  | h | next block
//!       ^ multiple of the chunk's size                                               ^ next multiple
//!       0            8         16          32       32 + size
//! ```
//!
//! **Finding** an object's chunk takes no header: the **chunk map**, a byte for each place at which the smallest chunk
//! could stand, tells the class of the chunk that covers it, and 0 for none. The class tells the chunk's size, so where it
//! begins; a multiplication tells the slot, or that no object begins there. The map and all heads stand in the control
//! block, where no overrun of an object reaches them.
//!
//! ```text
//!   pool:   | control block, slab's state, Fit's state, chunk map | block | chunk | block | ... | end |
//! ```
//!
//! **Free slots** are the set bits of a word in the chunk: the lowest one is taken, and a bit that is set already makes a
//! double free an error. The chunks of a class that have a free slot form a ring, whose head serves the class; a full chunk
//! is in no list. One that is full no more goes to the ring's end, where it gathers free slots before its turn comes: put in
//! front, it would be full again at once, and almost every operation would change the ring (a third more time on a trace of
//! short-lived objects). A chunk that becomes empty goes back to the Fit if the slab expands and the class has more chunks
//! than it began with. A slab that keeps a spare leaves an empty chunk in its ring while the others of its class are full; it is
//! then the ring's head (others come behind it), where it is found when the Fit needs the memory.
//!
//! - `slab/classes.rs`: which classes there are
//! - `slab/state.rs`: what stands in the control block, and the chunk map
//! - `slab/slots.rs`: the slots of a chunk in a walk
//! - `slab/chunk.rs`: a chunk's fields and its ring; taking chunks from the Fit and giving them back
//! - `slab/check.rs`: proving all of it

pub(crate) mod check;
mod chunk;
mod classes;
mod slots;
mod state;

pub use classes::{Class, Slab};
pub(crate) use slots::Slots;
pub(crate) use state::{SlabCounter, Tag};

use core::num::NonZeroU64;
use core::ptr::NonNull;

use crate::arena::Arena;
use crate::block::Block;
use crate::config::Config;
use crate::control::Counter;
use chunk::Chunk;
use classes::CHUNK_HEAD;

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
    pub fn size(self) -> usize {
        self.layout.size as usize
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

    /// Takes an object of `size` bytes, if a class is so large and has a chunk with more than one free slot: the short way.
    #[inline(always)]
    pub fn take_object(self, size: usize) -> Option<NonNull<u8>> {
        // Zero wraps to a number above any object.
        if !Self::HAS_SLAB || size.wrapping_sub(1) >= C::SLAB.largest_object() {
            return None;
        }
        self.take_quickly(Self::class_for(size))
    }

    /// Takes an object of `size` bytes, if a class is so large and is not exhausted: the long way, which also makes a chunk
    /// full or gets another one.
    pub fn take_any_object(self, size: usize) -> Option<NonNull<u8>> {
        if !Self::HAS_SLAB || size.wrapping_sub(1) >= C::SLAB.largest_object() {
            return None;
        }
        self.take_object_of(Self::class_for(size))
    }

    /// Takes an object of `size` bytes on a multiple of `align`, a power of two, if the class for such a size has its
    /// objects there.
    #[inline]
    pub fn take_aligned_object(self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let size = size.checked_next_multiple_of(align)?;
        if !Self::HAS_SLAB
            || size.wrapping_sub(1) >= C::SLAB.largest_object()
            || self.base_address() & (align - 1) != 0
        {
            return None;
        }
        let class = Self::class_for(size);
        if C::SLAB.classes.get(class)?.alignment() < align {
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

    #[inline(always)]
    fn take_quickly(self, class: usize) -> Option<NonNull<u8>> {
        let layout = C::SLAB.classes.get(class)?;
        let head = self.head_chunk(class);
        if !head.is_some() {
            return None;
        }
        let chunk = Chunk(self.offset(head));
        let free = self.free_slots(chunk);
        let rest = free & free.wrapping_sub(1);
        if rest == 0 {
            return None;
        }
        self.set_free_slots(chunk, rest);
        self.count_object(layout);
        Some(self.pointer(chunk.slot_offset(free.trailing_zeros(), layout)))
    }

    fn take_object_of(self, class: usize) -> Option<NonNull<u8>> {
        let layout = C::SLAB.classes.get(class)?;
        let mut head = self.head_chunk(class);
        if !head.is_some() {
            if !C::SLAB.expands {
                return None;
            }
            head = self.another_chunk(class, layout)?;
        }
        let chunk = Chunk(self.offset(head));
        // A chunk in the ring has a free slot, unless something overwrote it.
        let free = NonZeroU64::new(self.free_slots(chunk))?;
        let rest = free.get() & (free.get() - 1);
        self.set_free_slots(chunk, rest);
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
        self.slot_of_pointer(pointer, tag)
            .filter(|object| self.free_slots(object.chunk) & object.bit == 0)
    }

    /// Is `pointer`, of which the map says `tag`, the place of an object that is not in use?
    pub fn is_free_object(self, pointer: NonNull<u8>, tag: Tag) -> bool {
        self.slot_of_pointer(pointer, tag)
            .is_some_and(|object| self.free_slots(object.chunk) & object.bit != 0)
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

    /// The alignment that an object must keep when it moves, in bytes: what its class can give if it came from an aligned
    /// request, else 1.
    pub fn object_alignment(self, object: Object) -> usize {
        if self.aligned_slots(object.chunk) & object.bit == 0 {
            return 1;
        }
        let address = self.base_address() | object.layout.alignment();
        1 << address.trailing_zeros()
    }

    /// Remembers that the object came from an aligned request.
    pub fn note_alignment(self, object: Object) {
        let aligned = self.aligned_slots(object.chunk) | object.bit;
        self.set_aligned_slots(object.chunk, aligned);
    }
}
