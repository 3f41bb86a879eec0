//! Walking the blocks of a pool, in the order of their addresses.

#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
mod steps;
#[cfg(test)]
mod tests;

use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::arena::{Arena, WORD};
use crate::block::{Block, Form};
use crate::config::Config;
use crate::heap::{Heap, payload_size};
use crate::record::{Holder, Origin};
use crate::slab::Slots;
use crate::stats::largest_request;

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// It was handed out.
    Used,
    /// It waits for a request.
    Free,
    /// It holds the slab's objects, which follow it in the walk.
    Chunk,
    /// It is none, but what lies between the end of a region and the beginning of the [next one](crate::Regions).
    Gap,
}

/// A block, or an object in a chunk, as a walk finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct BlockInfo {
    /// Which of several [joined regions](crate::Regions) it is in, the first of which is 0.
    pub region: usize,
    /// Where the payload stands, in bytes from the base of the pool, or of the region; of a gap, where the region ends.
    pub offset: usize,
    /// Bytes of the block, header included; of an object, its class's size; of a gap, 0 if the next region lies below.
    pub size: usize,
    /// Bytes that the holder may use; of a free block, the largest request that it can hold. Nothing of a chunk itself.
    pub payload: usize,
    /// Used, free, a chunk, or a gap.
    pub state: State,
    /// Did an aligned request get it?
    pub aligned: bool,
    /// Is it a slot of a chunk rather than a block of its own?
    pub in_chunk: bool,
    /// Who holds it, if it is used and the configuration has an [`Owner`](crate::record::Owner). None if its record is damaged.
    pub holder: Option<Holder>,
    /// Where it comes from, if it is used and the configuration has [`CallSites`](crate::record::CallSites).
    pub origin: Option<Origin>,
}

/// The blocks of a pool in the order of their addresses, each chunk of the slab followed by its slots; made by
/// [`Heap::blocks`].
///
/// A step is constant time. The walk ends early at a block whose size can't be true; [`Heap::check`] says what is
/// wrong there.
#[derive(Debug)]
pub struct Blocks<'h, C: Config> {
    arena: Arena<C>,
    next: Block,
    slots: Slots,
    heap: PhantomData<&'h ()>,
}

impl<C: Config> Heap<'_, C> {
    /// Walks every block, used and free, in the order of their addresses.
    #[must_use]
    pub fn blocks(&self) -> Blocks<'_, C> {
        Blocks {
            arena: self.arena(),
            next: Block(self.arena().first()),
            slots: Slots::NONE,
            heap: PhantomData,
        }
    }
}

impl<C: Config> Heap<'_, C> {
    /// Where the last used block ends, in bytes from the pool's base; where the first block begins if none is used.
    ///
    /// A step for each free block at the pool's end: one, unless merging is
    /// [deferred](crate::config::Coalesce::Deferred). In a damaged pool, the first end that can be true.
    #[must_use]
    pub fn used_end(&self) -> usize {
        let arena = self.arena();
        let mut end = Block(arena.end());
        while let Some(block) = arena.bounded_previous(end) {
            if arena.header(block).is_used() {
                break;
            }
            end = block;
        }
        arena.offset(end) - WORD
    }

    /// What a [`Corruption`](crate::Corruption) names by `offset`: a block, or an object of the slab. Nothing, if that can't be told any
    /// more.
    pub(crate) fn block_near(&self, offset: usize) -> Option<BlockInfo> {
        let arena = self.arena();
        if offset >= arena.size() {
            return None;
        }
        let tag = arena.tag_of_pointer(arena.pointer(offset));
        if !tag.is_some() {
            return walk_block(arena, arena.block_at(offset))?.0.next();
        }
        let chunk = C::SLAB.classes.get(tag.class())?.chunk_of(offset);
        let mut slots = walk_block(arena, arena.block_at(chunk))?.0;
        slots.find(|slot| slot.offset == offset)
    }

    /// The used block, or the object of the slab, whose payload `address` lies in, be it at its start or further on. Time linear in the
    /// number of blocks.
    #[must_use]
    pub fn block_around(&self, address: NonNull<u8>) -> Option<BlockInfo> {
        let offset = self.arena().offset_of(address);
        self.blocks()
            .filter(|info| info.state == State::Used)
            .find(|info| offset.wrapping_sub(info.offset) < info.payload)
    }
}

impl<C: Config> Iterator for Blocks<'_, C> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        let (arena, block) = (self.arena, self.next);
        if let Some(slot) = self.slots.next() {
            return Some(arena.with_record_of_slot(slot));
        }
        let Some(size) = arena.bounded_size(block) else {
            self.next = Block(arena.end());
            return None;
        };
        self.next = block.after(size);
        if arena.is_chunk(block) {
            self.slots = arena.slots_of(block);
        }
        Some(describe(arena, block, size))
    }
}

impl<C: Config> Clone for Blocks<'_, C> {
    fn clone(&self) -> Self {
        Self {
            slots: self.slots.clone(),
            ..*self
        }
    }
}

impl<C: Config> FusedIterator for Blocks<'_, C> {}

/// The block `block`, followed by its slots if it is a chunk; and the block behind it. Nothing at the end.
pub fn walk_block<C: Config>(
    arena: Arena<C>,
    block: Block,
) -> Option<(impl Iterator<Item = BlockInfo>, Block)> {
    let mut walk = Blocks {
        arena,
        next: block,
        slots: Slots::NONE,
        heap: PhantomData,
    };
    let info = walk.next()?;
    let slots = walk.slots.map(move |slot| arena.with_record_of_slot(slot));
    Some((core::iter::once(info).chain(slots), walk.next))
}

fn describe<C: Config>(arena: Arena<C>, block: Block, size: u32) -> BlockInfo {
    let header = arena.header(block);
    let bytes = size as usize * Arena::<C>::GRANULE;
    if arena.is_chunk(block) {
        BlockInfo {
            region: 0,
            offset: arena.offset(block),
            size: bytes,
            payload: 0,
            state: State::Chunk,
            aligned: false,
            in_chunk: false,
            holder: None,
            origin: None,
        }
    } else if header.is_used() {
        let form = Form::of::<C>(header);
        BlockInfo {
            region: 0,
            offset: arena.payload(block, form),
            size: bytes,
            payload: payload_size::<C>(header, size),
            state: State::Used,
            aligned: header.is_aligned(),
            in_chunk: false,
            holder: arena.holder_of_block(block, size, form),
            origin: arena.origin_of_block(block, size, form),
        }
    } else {
        BlockInfo {
            region: 0,
            offset: arena.offset(block),
            size: bytes,
            payload: largest_request::<C>(size),
            state: State::Free,
            aligned: false,
            in_chunk: false,
            holder: None,
            origin: None,
        }
    }
}
