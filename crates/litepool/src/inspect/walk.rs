//! Walking the blocks of a pool, in the order of their addresses.

use core::iter::FusedIterator;
use core::marker::PhantomData;

use super::slab::{Slot, Slots, slots_at};
use crate::block::{Block, Blocks, EXPONENT};
use crate::layout::Layout;
use crate::memory::WORD;
use crate::track::{self, Allocation, Owner, OwnerWord};

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum State {
    /// It was allocated.
    Used,
    /// It can be allocated.
    Free,
    /// It holds objects of a class, which follow it in the walk.
    Slab,
    /// It is none, but what lies between the end of a region and the beginning of the
    /// [next one](crate::Regions).
    Gap,
}

/// A block, or an object in a slab, as a walk finds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct BlockInfo {
    /// Which of several [joined regions](crate::Regions) it is in, the first of which is 0.
    pub region: usize,
    /// Where the payload stands, in bytes from the base of the pool, or of the region; of a gap,
    /// where the region ends.
    pub offset: usize,
    /// Bytes of the block, header included; of an object, its class's size; of a gap, 0 if the
    /// next region lies below.
    pub size: usize,
    /// Bytes that the owner may use; of a free block, the largest request that it can hold.
    /// Nothing of a slab itself.
    pub payload: usize,
    /// Used, free, a slab, or a gap.
    pub state: State,
    /// Did an aligned request get it?
    pub aligned: bool,
    /// Is it a slot of a slab rather than a block of its own?
    pub in_slab: bool,
    /// Who owns it, if it is used and the configuration has [`Owners`](crate::track::Owners). None
    /// if its record is corrupt.
    pub owner: Option<Owner>,
    /// Where it comes from, if it is used and the configuration has
    /// [`CallSites`](crate::track::CallSites).
    pub allocation: Option<Allocation>,
}

/// The blocks of a pool in the order of their addresses, each slab followed by its slots; made by
/// [`Heap::blocks`](crate::Heap::blocks) and [`Image::blocks`](super::Image::blocks).
///
/// A step is constant time. The walk ends early at a block whose size can't be true; a check says
/// what is wrong there.
#[derive(Clone, Debug)]
pub struct Walk<'h> {
    blocks: Blocks<Layout>,
    next: Block,
    slots: Option<Slots>,
    heap: PhantomData<&'h ()>,
}

impl Walk<'_> {
    /// From the first block on.
    pub(crate) fn of(blocks: Blocks<Layout>) -> Self {
        Self::from(blocks, blocks.first())
    }

    /// From `block` on, which is one.
    pub(super) fn from(blocks: Blocks<Layout>, block: Block) -> Self {
        Self {
            blocks,
            next: block,
            slots: None,
            heap: PhantomData,
        }
    }

    /// Leaves out a free block that comes next: what the walk has found may then be freed, and
    /// merged with that one, and the walk goes on at a block all the same.
    pub(crate) fn skip_free(&mut self) {
        if let Some(size) = self.blocks.size_in_walk(self.next)
            && self.blocks.header(self.next).is_free()
        {
            self.next = self.next.after(size);
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        if let Some(slot) = self.slots.as_mut().and_then(Iterator::next) {
            return Some(describe_slot(&self.blocks, slot));
        }
        let (block, size) = (self.next, self.blocks.size_in_walk(self.next)?);
        self.next = block.after(size);
        self.slots = if self.blocks.header(block).is_used() {
            slots_at(&self.blocks, block, size)
        } else {
            None
        };
        Some(describe(&self.blocks, block, size, self.slots.is_some()))
    }
}

impl FusedIterator for Walk<'_> {}

impl BlockInfo {
    /// Does it begin a block for as long as its owner has it? A slab goes with its last object.
    pub(super) fn is_anchor(&self) -> bool {
        self.state == State::Used && !self.in_slab
    }

    /// Of `size` bytes at `offset`, with nothing else known.
    fn blank(offset: usize, size: usize, state: State) -> Self {
        Self {
            region: 0,
            offset,
            size,
            payload: 0,
            state,
            aligned: false,
            in_slab: false,
            owner: None,
            allocation: None,
        }
    }
}

fn describe(blocks: &Blocks<Layout>, block: Block, size: u32, is_slab: bool) -> BlockInfo {
    let (header, offset) = (blocks.header(block), blocks.offset(block));
    let bytes = (size as usize) << blocks.layout().granule_shift;
    if is_slab {
        return BlockInfo::blank(offset, bytes, State::Slab);
    }
    if !header.is_used() {
        return BlockInfo {
            payload: largest_request(blocks.layout(), size),
            ..BlockInfo::blank(offset, bytes, State::Free)
        };
    }
    let info = BlockInfo {
        payload: blocks.payload_size(header, size),
        aligned: header.is_aligned(),
        ..BlockInfo::blank(offset, bytes, State::Used)
    };
    with_record(blocks, info)
}

fn describe_slot(blocks: &Blocks<Layout>, slot: Slot) -> BlockInfo {
    let state = match slot.is_used {
        true => State::Used,
        false => State::Free,
    };
    let info = BlockInfo {
        payload: slot.size.saturating_sub(blocks.layout().record),
        aligned: slot.is_aligned,
        in_slab: true,
        ..BlockInfo::blank(slot.offset, slot.size, state)
    };
    match state {
        State::Used => with_record(blocks, info),
        _ => info,
    }
}

/// The same used block or object, with what its record says.
fn with_record(blocks: &Blocks<Layout>, info: BlockInfo) -> BlockInfo {
    let Some(record) = record_offset(&info) else {
        return info;
    };
    BlockInfo {
        owner: track::owner_word(blocks, record).and_then(OwnerWord::owner),
        allocation: track::allocation(blocks, record),
        ..info
    }
}

/// Where the record of a used block or object stands; nothing, if there is no room for one, as in a
/// corrupt pool an object may have none.
pub fn record_offset(info: &BlockInfo) -> Option<usize> {
    // What an aligned block remembers stands between payload and record.
    let is_alone = info.aligned && !info.in_slab;
    let exponent = if is_alone { EXPONENT } else { 0 };
    (info.payload != 0).then_some(info.offset + info.payload + exponent)
}

/// The largest request, in bytes, that a free block of `size` granules can hold.
pub fn largest_request(layout: &Layout, size: u32) -> usize {
    let bytes = (size as usize) << layout.granule_shift;
    bytes.saturating_sub(layout.overhead)
}

/// The used block, or the object of a slab, in whose payload `offset` lies.
pub fn around(blocks: &Blocks<Layout>, offset: usize) -> Option<BlockInfo> {
    Walk::of(*blocks)
        .filter(|info| info.state == State::Used)
        .find(|info| offset.wrapping_sub(info.offset) < info.payload)
}

/// Where the last used block ends, in bytes from the pool's base; where the first block begins if
/// none is used.
pub fn used_end(blocks: &Blocks<Layout>) -> usize {
    let end = blocks.end();
    let size = blocks.footer(end);
    let is_free = blocks.header(end).is_previous_free()
        && size.wrapping_sub(1) < blocks.capacity()
        && blocks.free_size(end.before(size)) == size;
    let last = if is_free { end.before(size) } else { end };
    blocks.offset(last) - WORD
}
