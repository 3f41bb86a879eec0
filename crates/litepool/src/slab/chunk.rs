//! A chunk: its fields, its ring, and how it is taken from the Fit and given back.

use super::classes::{CHUNK_HEAD, Class};
use super::state::{SlabCounter, Tag};
use crate::arena::{Arena, WORD};
use crate::block::{Alignment, Block};
use crate::config::{Config, sealed::Index as _};
use crate::heap::padded;

/// Where the bits of aligned objects stand in a chunk, and the links of its ring.
const ALIGNED_SLOTS: usize = 2 * WORD;
const LINKS: usize = 4 * WORD;

/// A chunk, named by its offset from the pool's base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chunk(pub usize);

impl Chunk {
    /// Where the object of a slot begins.
    #[inline(always)]
    pub fn slot_offset(self, slot: u32, layout: &Class) -> usize {
        self.0 + CHUNK_HEAD + (slot * layout.size) as usize
    }
}

impl Class {
    /// Where the chunk of this class begins that covers `offset`.
    #[inline(always)]
    pub fn chunk_of(&self, offset: usize) -> usize {
        offset & !(self.chunk as usize - 1)
    }
}

/// The fields of a chunk.
impl<C: Config> Arena<C> {
    /// A bit for each free slot.
    #[inline(always)]
    pub(super) fn free_slots(self, chunk: Chunk) -> u64 {
        self.load_slots(chunk.0)
    }

    #[inline(always)]
    pub(super) fn set_free_slots(self, chunk: Chunk, slots: u64) {
        self.store_slots(chunk.0, slots);
    }

    /// A bit for each object in use that came from an aligned request.
    #[inline]
    pub(super) fn aligned_slots(self, chunk: Chunk) -> u64 {
        self.load_slots(chunk.0 + ALIGNED_SLOTS)
    }

    #[inline]
    pub(super) fn set_aligned_slots(self, chunk: Chunk, slots: u64) {
        self.store_slots(chunk.0 + ALIGNED_SLOTS, slots);
    }

    #[inline(always)]
    pub(super) fn load_slots(self, offset: usize) -> u64 {
        let low = u64::from(self.load(offset));
        if Self::IS_WIDE {
            low | u64::from(self.load(offset + WORD)) << u32::BITS
        } else {
            low
        }
    }

    #[inline(always)]
    pub(super) fn store_slots(self, offset: usize, slots: u64) {
        self.store(offset, slots as u32);
        if Self::IS_WIDE {
            self.store(offset + WORD, (slots >> u32::BITS) as u32);
        }
    }

    /// The next chunk of the ring.
    #[inline(always)]
    pub(super) fn next_chunk(self, chunk: Chunk) -> Block {
        Block(self.load_link(chunk.0 + LINKS))
    }

    /// The chunk before in the ring; of the head, the last one.
    #[inline(always)]
    pub(super) fn previous_chunk(self, chunk: Chunk) -> Block {
        Block(self.load_link(chunk.0 + LINKS + C::Index::BYTES))
    }

    fn set_next_chunk(self, chunk: Chunk, next: Block) {
        self.store_link(chunk.0 + LINKS, next.0);
    }

    fn set_previous_chunk(self, chunk: Chunk, previous: Block) {
        self.store_link(chunk.0 + LINKS + C::Index::BYTES, previous.0);
    }

    /// Puts `chunk` at the end of its class's ring, where it gathers free slots before it has its turn: in front, the next
    /// request would make it full again.
    pub(super) fn link_chunk(self, class: usize, chunk: Chunk) {
        let block = self.block_at(chunk.0);
        let head = self.head_chunk(class);
        let (next, last) = if self.leads_back(class, head) {
            (head, self.previous_chunk(Chunk(self.offset(head))))
        } else {
            self.set_head_chunk(class, block);
            (block, block)
        };
        self.set_next_chunk(chunk, next);
        self.set_previous_chunk(chunk, last);
        self.set_previous_chunk(Chunk(self.offset(next)), block);
        self.set_next_chunk(Chunk(self.offset(last)), block);
    }

    /// Takes `chunk` out of its class's ring. One whose links lead astray takes the ring's rest along: what is damaged
    /// serves no request any more.
    pub(super) fn unlink_chunk(self, class: usize, chunk: Chunk) {
        let block = self.block_at(chunk.0);
        let (next, previous) = (self.next_chunk(chunk), self.previous_chunk(chunk));
        if next == block || !self.leads_back(class, block) {
            self.set_head_chunk(class, Block::NONE);
            return;
        }
        self.set_next_chunk(Chunk(self.offset(previous)), next);
        self.set_previous_chunk(Chunk(self.offset(next)), previous);
        if self.head_chunk(class) == block {
            self.set_head_chunk(class, next);
        }
    }

    /// Do the links of the chunk `block` lead to places inside that lead back?
    fn leads_back(self, class: usize, block: Block) -> bool {
        if !self.may_be_chunk(class, block) {
            return false;
        }
        let chunk = Chunk(self.offset(block));
        let (next, previous) = (self.next_chunk(chunk), self.previous_chunk(chunk));
        self.may_be_chunk(class, next)
            && self.may_be_chunk(class, previous)
            && self.previous_chunk(Chunk(self.offset(next))) == block
            && self.next_chunk(Chunk(self.offset(previous))) == block
    }

    /// Is there room for a chunk's head at `block`? Where links are proved: does a chunk of this class begin there?
    fn may_be_chunk(self, class: usize, block: Block) -> bool {
        if Self::HARDENED {
            return self.is_chunk_of(class, block);
        }
        self.may_be_block(block) && self.size() - self.offset(block) >= CHUNK_HEAD
    }

    /// The head of a class's ring, once it is proved to be a whole chunk of the class, where links are.
    #[inline(always)]
    pub(super) fn first_chunk(self, class: usize, layout: &Class) -> Block {
        let head = self.head_chunk(class);
        let is_whole = || {
            self.is_chunk_with(class, layout, head)
                && self.is_chunk_sealed(class, Chunk(self.offset(head)))
        };
        if Self::HARDENED && head.is_some() && !is_whole() {
            return Block::NONE;
        }
        head
    }

    /// [`Arena::first_chunk`]; a head that is no whole chunk leaves the ring.
    pub(super) fn first_chunk_or_next(self, class: usize, layout: &Class) -> Block {
        let head = self.first_chunk(class, layout);
        if head.is_some() || !Self::HARDENED || !self.head_chunk(class).is_some() {
            return head;
        }
        self.drop_head(class);
        self.first_chunk(class, layout)
    }

    /// Takes the head of the class's ring, which is damaged, out of it. The chunk serves no request any more.
    #[cold]
    fn drop_head(self, class: usize) {
        let head = self.head_chunk(class);
        if self.is_chunk_of(class, head) {
            self.unlink_chunk(class, Chunk(self.offset(head)));
        } else {
            self.set_head_chunk(class, Block::NONE);
        }
    }

    /// Does a chunk of this class begin at `block`, as the map says, and end in the pool?
    pub(super) fn is_chunk_of(self, class: usize, block: Block) -> bool {
        let layout = C::SLAB.classes.get(class);
        layout.is_some_and(|layout| self.is_chunk_with(class, layout, block))
    }

    /// [`Arena::is_chunk_of`] where the class is known.
    #[inline(always)]
    fn is_chunk_with(self, class: usize, layout: &Class, block: Block) -> bool {
        // A damaged link may be so large that it has no offset.
        self.may_be_block(block) && {
            let offset = self.offset(block);
            self.size() - offset >= layout.chunk as usize - WORD
                && layout.chunk_of(offset) == offset
                && self.tag_at(offset).class() == class
        }
    }
}

/// Taking and giving back.
impl<C: Config> Arena<C> {
    /// Takes a chunk from the Fit and puts it into the class's ring.
    pub(super) fn take_chunk(self, class: usize, layout: &Class) -> Option<Block> {
        let (need, align) = (layout.chunk / Self::GRANULE as u32, layout.chunk as usize);
        // Chunks stand on offsets, not on addresses: the pool may be opened elsewhere. A place that leaves too little for a
        // block is none: the chunk would keep it, perhaps for ever.
        let place = |wanted| {
            self.find_placed(wanted, need, align, 0)
                .filter(|&(cut, gap)| {
                    let rest = cut.size - gap - need;
                    rest == 0 || rest >= Self::MIN
                })
        };
        let (cut, gap) = place(need).or_else(|| place(padded::<C>(need, align)))?;
        let (block, size) = self.cut_behind(cut, gap, need, Alignment::NONE);
        let chunk = Chunk(self.offset(block));
        self.mark_map(chunk, layout, Tag::of(class));
        self.set_free_slots(chunk, layout.all_slots);
        self.set_aligned_slots(chunk, 0);
        self.seal_chunk(class, chunk);
        self.link_chunk(class, chunk);
        self.set_chunk_count(class, self.chunk_count(class).wrapping_add(1));
        self.add(SlabCounter::Chunks, 1);
        self.add(SlabCounter::ChunkGranules, size);
        self.add(
            SlabCounter::ChunkOverhead,
            size - Self::object_granules(layout),
        );
        Some(block)
    }

    /// Gives an empty chunk back to the Fit, unless the class had it from the start or what stands around it is damaged.
    /// Says whether it went.
    pub(super) fn give_chunk_back(self, class: usize, layout: &Class, chunk: Chunk) -> bool {
        let count = self.chunk_count(class);
        let block = self.block_at(chunk.0);
        if count <= self.initial_chunks(class) || !self.leads_back(class, block) {
            return false;
        }
        let Some(used) = self.verify_block(block) else {
            return false;
        };
        self.unlink_chunk(class, chunk);
        self.mark_map(chunk, layout, Tag::NONE);
        self.break_chunk_seal(chunk);
        self.set_chunk_count(class, count - 1);
        self.subtract(SlabCounter::Chunks, 1);
        self.subtract(SlabCounter::ChunkGranules, used.size);
        self.subtract(
            SlabCounter::ChunkOverhead,
            used.size.wrapping_sub(Self::object_granules(layout)),
        );
        self.merge(&used);
        true
    }

    /// Gives every spare chunk back to the Fit. Says whether there was one. A step for each class that may have one.
    #[cold]
    pub fn give_spares_back(self) -> bool {
        let mut any = false;
        if !C::SLAB.keeps_spare {
            return any;
        }
        let mut classes = self.spare_classes();
        self.set_spare_classes(0);
        while classes != 0 {
            let class = classes.trailing_zeros() as usize;
            classes &= classes - 1;
            any |= self.give_spare_back(class);
        }
        any
    }

    /// Gives the class's spare chunk, the head of its ring, back to the Fit. Says whether there was one.
    fn give_spare_back(self, class: usize) -> bool {
        let head = self.head_chunk(class);
        let Some(layout) = C::SLAB.classes.get(class) else {
            return false;
        };
        if !self.is_chunk_of(class, head) || !self.leads_back(class, head) {
            return false;
        }
        let chunk = Chunk(self.offset(head));
        self.is_chunk_sealed(class, chunk)
            && self.free_slots(chunk) == layout.all_slots
            && self.give_chunk_back(class, layout, chunk)
    }

    /// Granules of a chunk's objects.
    pub(super) fn object_granules(layout: &Class) -> u32 {
        layout.slots * layout.size / Self::GRANULE as u32
    }

    /// Tells the map what stands at every place that the chunk covers.
    pub(super) fn mark_map(self, chunk: Chunk, layout: &Class, tag: Tag) {
        for place in (chunk.0..chunk.0 + layout.chunk as usize).step_by(1 << Self::PLACE_SHIFT) {
            self.store_byte(self.map_offset(place), tag.0);
        }
    }
}
