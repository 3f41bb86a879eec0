//! Walking the blocks of a pool, in the order of their addresses.

use core::iter::FusedIterator;
use core::marker::PhantomData;

use super::slab::class_at;
use crate::block::{Block, Blocks, EXPONENT};
use crate::layout::{Choices, Layout, Shape};
use crate::memory::WORD;
use crate::slab::Slabs;
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
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Heap, State, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// let first = heap.allocate(100)?;
/// heap.allocate(200)?;
/// // SAFETY: the block is ours and nothing refers to it any more.
/// unsafe { heap.free(first)? };
/// for block in heap.blocks() {
///     println!("{:6} {:6} {:?}", block.offset, block.size, block.state);
/// }
/// let states: Vec<State> = heap.blocks().map(|block| block.state).collect();
/// assert_eq!(states, [State::Free, State::Used, State::Free]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use core::ptr::NonNull;
/// use litepool::{Heap, Image, State, config::Pool256K};
///
/// let mut words = [0u32; 512];
/// let base = NonNull::from(&mut words).cast();
/// // SAFETY: the words are ours, and nothing writes to them while the image is used.
/// let image = unsafe {
///     Heap::<Pool256K>::from_raw(base, 2048)?.allocate(100)?;
///     Image::open(base, 2048)?
/// };
/// let used = image.blocks().filter(|block| block.state == State::Used);
/// assert_eq!(used.map(|block| block.size).sum::<usize>(), image.stats().used);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// Those slots alone.
    pub(super) fn of_slots(blocks: Blocks<Layout>, slots: Slots) -> Self {
        Self {
            slots: Some(slots),
            ..Self::from(blocks, blocks.end())
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

    /// The next block, be it a slab, whose slots are next then.
    fn block(&mut self) -> Option<BlockInfo> {
        let (blocks, block) = (&self.blocks, self.next);
        let size = blocks.size_in_walk(block)?;
        self.next = block.after(size);
        let header = blocks.header(block);
        let class = header.is_used().then(|| class_at(blocks, block, size));
        let slots = |(number, class)| Slots::of(&Slabs::new(blocks, number, &class), block);
        self.slots = class.flatten().map(slots);
        let (state, payload) = if !header.is_used() {
            (State::Free, largest_request(blocks.layout(), size))
        } else if self.slots.is_some() {
            (State::Slab, 0)
        } else {
            (State::Used, blocks.payload_size(header, size))
        };
        let bytes = (size as usize) << blocks.layout().granule_shift;
        Some(BlockInfo {
            payload,
            aligned: state == State::Used && header.is_aligned(),
            ..BlockInfo::blank(blocks.offset(block), bytes, state)
        })
    }
}

impl Iterator for Walk<'_> {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        let slot = self.slots.as_mut().and_then(Iterator::next);
        let mut info = slot.or_else(|| self.block())?;
        if let Some(record) = record_offset(&info) {
            info.owner = track::owner_word(&self.blocks, record).and_then(OwnerWord::owner);
            info.allocation = track::allocation(&self.blocks, record);
        }
        Some(info)
    }
}

impl FusedIterator for Walk<'_> {}

impl BlockInfo {
    /// Does it begin a block for as long as its owner has it? A slab goes with its last object.
    pub(super) fn is_anchor(&self) -> bool {
        self.state == State::Used && !self.in_slab
    }

    /// Of `size` bytes at `offset`, with nothing else known.
    pub(crate) fn blank(offset: usize, size: usize, state: State) -> Self {
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

/// The slots of a slab, in the order of their addresses, without what their records say. They are
/// those of the moment at which it was asked for them.
#[derive(Clone, Debug)]
pub struct Slots {
    /// A bit for each free slot, beginning with the next one.
    free: u64,
    /// A bit for each aligned object, likewise.
    aligned: u64,
    left: u32,
    offset: usize,
    size: usize,
    payload: usize,
}

impl Slots {
    /// Of the slab at `block`.
    pub fn of<S: Shape>(slabs: &Slabs<'_, S>, block: Block) -> Self {
        let (slab, size) = (slabs.blocks.offset(block), slabs.class.size as usize);
        Self {
            free: slabs.free_slots(slab),
            aligned: slabs.aligned_slots(slab),
            left: slabs.class.slots,
            offset: slabs.object(slab, 0),
            size,
            payload: size.saturating_sub(slabs.blocks.layout().record),
        }
    }
}

impl Iterator for Slots {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        self.left = self.left.checked_sub(1)?;
        let state = match self.free & 1 {
            0 => State::Used,
            _ => State::Free,
        };
        let slot = BlockInfo {
            payload: self.payload,
            aligned: self.aligned & 1 != 0,
            in_slab: true,
            ..BlockInfo::blank(self.offset, self.size, state)
        };
        self.free >>= 1;
        self.aligned >>= 1;
        self.offset += self.size;
        Some(slot)
    }
}

/// Where the record of a used block or object stands; nothing, if it is none, or if there is no room
/// for one, as in a corrupt pool an object may have none.
pub fn record_offset(info: &BlockInfo) -> Option<usize> {
    // What an aligned block remembers stands between payload and record.
    let is_alone = info.aligned && !info.in_slab;
    let exponent = if is_alone { EXPONENT } else { 0 };
    let has_one = info.state == State::Used && info.payload != 0;
    has_one.then_some(info.offset + info.payload + exponent)
}

/// The largest request, in bytes, that a free block of `size` granules can hold.
pub fn largest_request(layout: &Layout, size: u32) -> usize {
    let bytes = (size as usize) << layout.granule_shift;
    bytes.saturating_sub(layout.overhead)
}

impl Choices {
    /// Bytes of the block that a request of `size` bytes on a multiple of `align` takes: with its
    /// header, and what it remembers, in whole granules; the smallest block at least. Constant
    /// time.
    ///
    /// More may go with it: a remainder that is too small for a block of its own. A slab takes no
    /// block for what it has a slot for.
    #[must_use]
    pub const fn block_size(&self, size: usize, align: usize) -> usize {
        let layout = Layout::of(*self);
        let exponent = if align > self.granule { EXPONENT } else { 0 };
        let size = size.saturating_add(layout.overhead + exponent);
        let mask = self.granule - 1;
        let size = size.saturating_add(mask) & !mask;
        let least = (layout.min as usize) << layout.granule_shift;
        if size > least { size } else { least }
    }

    /// The largest request, in bytes, that a free block of `bytes` can hold, with the granule's
    /// alignment. Constant time.
    #[must_use]
    pub const fn largest_request(&self, bytes: usize) -> usize {
        bytes.saturating_sub(Layout::of(*self).overhead)
    }
}

/// The used block, or the object of a slab, in whose payload `offset` lies.
pub fn around(blocks: &Blocks<Layout>, offset: usize) -> Option<BlockInfo> {
    Walk::of(*blocks)
        .filter(|info| info.state == State::Used)
        .find(|info| offset.wrapping_sub(info.offset) < info.payload)
}

/// Bytes from `offset` to the end of the payload in which it lies, of a used block or of an object;
/// 0 if it lies in none.
pub fn room_at<S: Shape>(blocks: &Blocks<S>, offset: usize) -> usize {
    let is_around = |&(block, size): &(Block, u32)| {
        offset.wrapping_sub(blocks.offset(block)) < (size as usize) << blocks.layout().granule_shift
    };
    let Some((block, size)) = blocks.walk().find(is_around) else {
        return 0;
    };
    let header = blocks.header(block);
    if !header.is_used() {
        return 0;
    }
    let end = match class_at(blocks, block, size) {
        Some((number, class)) => Slots::of(&Slabs::new(blocks, number, &class), block)
            .find(|slot| offset.wrapping_sub(slot.offset) < slot.size)
            .filter(|slot| slot.state == State::Used)
            .map_or(0, |slot| slot.offset + slot.payload),
        None => blocks.offset(block) + blocks.payload_size(header, size),
    };
    end.saturating_sub(offset)
}

/// Where the last used block ends, in bytes from the pool's base; where the first block begins if
/// none is used.
pub fn used_end(blocks: &Blocks<Layout>) -> usize {
    let end = blocks.end();
    let size = blocks.footer(end);
    let is_free = blocks.header(end).is_previous_free()
        && size.wrapping_sub(1) < blocks.capacity()
        && blocks.inspect_free(end.before(size)) == size;
    let last = if is_free { end.before(size) } else { end };
    blocks.offset(last) - WORD
}
