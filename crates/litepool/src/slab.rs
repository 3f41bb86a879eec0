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
//! is in no list. A chunk that becomes empty goes back to the Fit if the slab expands and the class has more chunks than it
//! began with. A slab that keeps a spare leaves an empty chunk in its ring while the others of its class are full; it is
//! then the ring's head (others come behind it), where it is found when the Fit needs the memory.
//!
//! - `slab/classes.rs`: which classes there are
//! - `slab/chunk.rs`: a chunk's fields and its ring; taking chunks from the Fit and giving them back
//! - `slab/check.rs`: proving all of it

pub(crate) mod check;
mod chunk;
mod classes;

pub use classes::{Class, Slab};

use core::num::NonZeroU64;
use core::ptr::NonNull;

use crate::arena::{Arena, WORD};
use crate::block::Block;
use crate::config::{Config, sealed::Index as _};
use crate::control::{Counter, SLAB_STATE};
use crate::walk::{BlockInfo, State};
use chunk::Chunk;
use classes::{CHUNK_HEAD, TABLE_LENGTH};

/// Words of the slab's state that are no class's: what the slab is, and counters.
const DESCRIPTOR: usize = SLAB_STATE;
const INITIAL_SEAL: usize = SLAB_STATE + WORD;
const CLASS_STATE: usize = SLAB_STATE + 6 * WORD;

/// The counters of a slab: in the control block, by their place.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum SlabCounter {
    /// How many chunks there are.
    Chunks = SLAB_STATE + 2 * WORD,
    /// Granules in their blocks.
    ChunkGranules = SLAB_STATE + 3 * WORD,
    /// Granules of these that are no objects.
    ChunkOverhead = SLAB_STATE + 4 * WORD,
    /// Granules in objects that are in use.
    ObjectGranules = SLAB_STATE + 5 * WORD,
}

/// A pool expands a class only if it could hold so many of its chunks: else one object would tie up too much.
const LEAST_CHUNKS: usize = 8;

/// A byte of the chunk map: which class's chunk covers a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag(u8);

impl Tag {
    /// No chunk.
    pub const NONE: Self = Self(0);

    /// Of a chunk of this class.
    fn of(class: usize) -> Self {
        Self(class as u8 + 1)
    }

    /// Is there a chunk?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The class's number, if there is a chunk; else a number beyond any class.
    #[inline(always)]
    fn class(self) -> usize {
        usize::from(self.0).wrapping_sub(1)
    }
}

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

/// Where everything stands.
impl<C: Config> Arena<C> {
    /// Is there a slab?
    pub const HAS_SLAB: bool = C::SLAB.is_on();
    /// May a chunk's slots need two words?
    const IS_WIDE: bool = C::SLAB.is_wide();
    const CLASS_TABLE: [u8; TABLE_LENGTH] = C::SLAB.table();
    /// The step of the chunk map, as a shift.
    const PLACE_SHIFT: u32 = C::SLAB.smallest_chunk().ilog2();

    /// Bytes of the slab's state, in whole words.
    pub const SLAB_BYTES: usize = if Self::HAS_SLAB {
        CLASS_STATE - SLAB_STATE
            + (3 * C::SLAB.classes.len() * C::Index::BYTES).next_multiple_of(WORD)
    } else {
        0
    };

    /// What the slab is: the number of its classes, what it does, and a hash over its classes.
    pub const SLAB_DESCRIPTOR: u32 = {
        let mut hash = Hash::new();
        let mut class = 0;
        while class < C::SLAB.classes.len() {
            hash = hash
                .with(C::SLAB.classes[class].size)
                .with(C::SLAB.classes[class].chunk);
            class += 1;
        }
        hash.0 & 0xFFFF_0000
            | (C::SLAB.keeps_spare as u32) << 9
            | (C::SLAB.expands as u32) << 8
            | C::SLAB.classes.len() as u32
    };

    /// Bytes of the chunk map in a pool of `granules`.
    pub fn map_bytes(granules: u32) -> usize {
        if Self::HAS_SLAB {
            ((granules as usize * Self::GRANULE) >> Self::PLACE_SHIFT) + 1
        } else {
            0
        }
    }

    /// The byte of the map for the place that `offset` lies in. The map stands below the first header and grows down.
    #[inline(always)]
    fn map_offset(self, offset: usize) -> usize {
        self.first() as usize * Self::GRANULE - WORD - 1 - (offset >> Self::PLACE_SHIFT)
    }

    /// What the map says of `offset`.
    #[inline(always)]
    fn tag_at(self, offset: usize) -> Tag {
        Tag(self.load_byte(self.map_offset(offset)))
    }

    /// Is the block `block` a chunk?
    #[inline]
    pub fn is_chunk(self, block: Block) -> bool {
        Self::HAS_SLAB && self.tag_at(self.offset(block)).is_some()
    }

    #[inline(always)]
    fn link_offset(row: usize, class: usize) -> usize {
        CLASS_STATE + (row * C::SLAB.classes.len() + class) * C::Index::BYTES
    }

    /// The head of a class's ring; none if no chunk of the class has a free slot.
    #[inline(always)]
    fn head_chunk(self, class: usize) -> Block {
        Block(self.load_link(Self::link_offset(0, class)))
    }

    #[inline(always)]
    fn set_head_chunk(self, class: usize, chunk: Block) {
        self.store_link(Self::link_offset(0, class), chunk.0);
    }

    /// How many chunks a class has.
    #[inline]
    fn chunk_count(self, class: usize) -> u32 {
        self.load_link(Self::link_offset(1, class))
    }

    #[inline]
    fn set_chunk_count(self, class: usize, count: u32) {
        self.store_link(Self::link_offset(1, class), count);
    }

    /// How many chunks a class had at the start, and keeps.
    #[inline]
    fn initial_chunks(self, class: usize) -> u32 {
        self.load_link(Self::link_offset(2, class))
    }

    /// A counter's value.
    #[inline(always)]
    pub fn slab_counter(self, counter: SlabCounter) -> u32 {
        if Self::HAS_SLAB {
            self.load(counter as usize)
        } else {
            0
        }
    }

    #[inline(always)]
    fn add(self, counter: SlabCounter, change: u32) {
        self.store(
            counter as usize,
            self.slab_counter(counter).wrapping_add(change),
        );
    }

    #[inline(always)]
    fn subtract(self, counter: SlabCounter, change: u32) {
        self.add(counter, change.wrapping_neg());
    }

    /// What the number of initial chunks of each class is checked against.
    fn initial_seal(self) -> u32 {
        (0..C::SLAB.classes.len())
            .fold(Hash::new(), |hash, class| {
                hash.with(self.initial_chunks(class))
            })
            .0
    }

    /// Makes the slab's state, and takes `bytes` of chunks for each class. If all of them are more than half of the pool,
    /// none is taken: a pool so small works without.
    pub fn initialise_slab(self, bytes: &dyn Fn(usize) -> usize) {
        if !Self::HAS_SLAB {
            return;
        }
        self.store(DESCRIPTOR, Self::SLAB_DESCRIPTOR);
        let chunks_of = |class: usize, layout: &Class| bytes(class).div_ceil(layout.chunk as usize);
        let all = C::SLAB
            .classes
            .iter()
            .enumerate()
            .fold(0_usize, |sum, (class, layout)| {
                sum.saturating_add(chunks_of(class, layout).saturating_mul(layout.chunk as usize))
            });
        for (class, layout) in C::SLAB.classes.iter().enumerate() {
            let wanted = if all <= self.size() / 2 {
                chunks_of(class, layout)
            } else {
                0
            };
            for _ in 0..wanted {
                // The last ones may not find a place on their boundary.
                if self.take_chunk(class, layout).is_none() {
                    break;
                }
            }
            self.store_link(Self::link_offset(2, class), self.chunk_count(class));
        }
        self.store(INITIAL_SEAL, self.initial_seal());
    }

    /// The state of a slab without chunks.
    pub fn clear_slab(self) {
        if !Self::HAS_SLAB {
            return;
        }
        for offset in (SLAB_STATE..SLAB_STATE + Self::SLAB_BYTES).step_by(WORD) {
            self.store(offset, 0);
        }
        for place in 0..Self::map_bytes(self.end()) {
            self.store_byte(self.map_offset(place << Self::PLACE_SHIFT), 0);
        }
    }

    /// Is this pool's slab of this configuration?
    pub fn states_slab(self) -> bool {
        !Self::HAS_SLAB || self.load(DESCRIPTOR) == Self::SLAB_DESCRIPTOR
    }

    /// What the pool states of its slab.
    pub fn stated_slab(self) -> u32 {
        self.load(DESCRIPTOR)
    }
}

/// Fowler, Noll, Vo, over words.
#[derive(Clone, Copy)]
struct Hash(u32);

impl Hash {
    const fn new() -> Self {
        Self(0x811C_9DC5)
    }

    const fn with(self, word: u32) -> Self {
        Self((self.0 ^ word).wrapping_mul(0x0100_0193))
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

    /// A chunk for an exhausted class, if the slab expands and the Fit has room.
    #[cold]
    fn another_chunk(self, class: usize, layout: &'static Class) -> Option<Block> {
        let affords = layout.chunk as usize <= self.size() / LEAST_CHUNKS;
        if C::SLAB.expands && affords {
            self.take_chunk(class, layout)
        } else {
            None
        }
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
        self.set_aligned_slots(
            object.chunk,
            self.aligned_slots(object.chunk) & !object.bit,
        );
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
        if !(C::SLAB.keeps_spare && alone) {
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

/// The slots of a chunk, one after the other.
#[derive(Debug)]
pub struct Slots {
    /// A bit for each free slot, beginning with the next one.
    free: u64,
    /// A bit for each aligned object.
    aligned: u64,
    left: u32,
    offset: usize,
    size: usize,
}

impl Slots {
    /// No chunk's.
    pub const NONE: Self = Self {
        free: 0,
        aligned: 0,
        left: 0,
        offset: 0,
        size: 0,
    };
}

impl Iterator for Slots {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        self.left = self.left.checked_sub(1)?;
        let state = if self.free & 1 == 0 {
            State::Used
        } else {
            State::Free
        };
        let slot = BlockInfo {
            offset: self.offset,
            size: self.size,
            payload: self.size,
            state,
            aligned: self.aligned & 1 != 0,
            in_chunk: true,
        };
        self.free >>= 1;
        self.aligned >>= 1;
        self.offset += self.size;
        Some(slot)
    }
}

impl<C: Config> Arena<C> {
    /// The slots of the chunk `block`.
    pub fn slots_of(self, block: Block) -> Slots {
        let chunk = Chunk(self.offset(block));
        let class = self.tag_at(chunk.0).class();
        C::SLAB
            .classes
            .get(class)
            .filter(|_| self.is_chunk_of(class, block))
            .map_or(Slots::NONE, |layout| Slots {
                free: self.free_slots(chunk),
                aligned: self.aligned_slots(chunk),
                left: layout.slots,
                offset: chunk.slot_offset(0, layout),
                size: layout.size as usize,
            })
    }
}
