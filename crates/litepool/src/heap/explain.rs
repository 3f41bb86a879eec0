//! Why an operation was refused, for who wants to know. It only reads, and takes its time: the
//! chain is walked from its start.

use core::fmt;
use core::ptr::NonNull;

use super::Region;
use super::object::Held;
use crate::block::{Block, Defect, Used};
use crate::config::Config;
use crate::corruption::{Broken, Corruption};
use crate::error::{AllocError, FreeError, ResizeError};
use crate::fit::{Fit, pending};
use crate::track::sealed::Record as _;

/// Why a request found no room. If `free` would have been enough and `largest_free` is not, the
/// free memory is fragmented; an aligned request may need more than its size.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Heap, config::Pool256K};
///
/// let mut memory = [MaybeUninit::uninit(); 2048];
/// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
/// assert!(heap.allocate(4000).is_err());
/// let why = heap.shortage(4000);
/// assert!(why.free < why.request && why.largest_free < why.free);
/// # Ok::<(), litepool::InitError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Shortage {
    /// Bytes asked for.
    pub request: usize,
    /// Bytes in free blocks, headers included. Free slots of a slab do not count.
    pub free: usize,
    /// The largest request that would succeed now, in bytes, with the granule's alignment.
    pub largest_free: usize,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            request,
            free,
            largest_free,
        } = self;
        write!(
            f,
            "no room for {request} bytes: {free} are free, the largest request that fits is \
             {largest_free}"
        )
    }
}

/// Where a walk along the chain came to on its way to a place.
enum Reached {
    /// A block begins there, behind this one.
    Block(Block),
    /// The place lies within a block.
    Inside,
    /// The block here is broken, behind this one.
    Broken(Block, Block),
}

impl<C: Config> Region<'_, C> {
    /// Why the block at `pointer` can't be freed; [`FreeError::NotABlock`] if it can. Time linear
    /// in the number of blocks.
    #[cold]
    pub fn explain_free(&self, pointer: NonNull<u8>) -> FreeError {
        let offset = self.blocks.memory().offset_of(pointer);
        let first = self.blocks.offset(self.blocks.first());
        if offset < first || offset >= self.blocks.memory().size() as usize {
            return FreeError::OutOfPool;
        }
        if !offset.is_multiple_of(C::GRANULE) {
            return FreeError::Misaligned;
        }
        if let Some(number) = self.class_at(pointer) {
            return self.explain_object(offset, number);
        }
        let block = self.blocks.block_at(pointer);
        match self.walk_to(block) {
            Reached::Inside => FreeError::NotABlock,
            Reached::Broken(broken, previous) => self.corrupt(broken, previous, Broken::Seal),
            Reached::Block(previous) => self.explain_block(block, previous),
        }
    }

    /// Why nothing can be freed at `offset`, where the map says that a slab of the class `number`
    /// is.
    fn explain_object(&self, offset: usize, number: usize) -> FreeError {
        let corrupt =
            |block, broken| FreeError::Corrupt(self.blocks.corruption(Defect { block, broken }));
        let Some(slabs) = self.slabs(number) else {
            return corrupt(self.blocks.block_from(offset), Broken::Slab);
        };
        let slab = slabs.class.slab_of(offset);
        let block = self.blocks.block_from(slab);
        if !slabs.is_slab(block) || !slabs.is_confirmed(slab) {
            let is_one = self.blocks.may_begin(block);
            let shown = if is_one { slab } else { offset };
            return corrupt(self.blocks.block_from(shown), Broken::Slab);
        }
        match slabs.slot_at(offset) {
            None => FreeError::NotABlock,
            Some(slot) if !slabs.is_used(slot) => FreeError::AlreadyFree,
            Some(_) => corrupt(block, Broken::Record),
        }
    }

    /// Why `block`, which is one, can't be freed.
    fn explain_block(&self, block: Block, previous: Block) -> FreeError {
        let header = self.blocks.header(block);
        if !header.is_used() {
            return FreeError::AlreadyFree;
        }
        let Some(used) = self.blocks.validate_block(block) else {
            let next = block.after(self.blocks.size(header));
            let next_header = self.blocks.header(next);
            let broken = if !self.blocks.is_sealed(next, next_header) {
                Broken::Seal
            } else if next_header.is_previous_free() {
                Broken::PreviousFree
            } else {
                return self.corrupt(block, previous, Broken::Alignment);
            };
            let is_end = next == self.blocks.end();
            return self.corrupt(next, block, if is_end { Broken::EndBlock } else { broken });
        };
        if C::Record::read(&self.blocks, self.blocks.record(block, used.size)).is_none() {
            return self.corrupt(block, previous, Broken::Record);
        }
        self.explain_neighbours(&used, previous)
    }

    /// Why a used block can't be merged with a neighbour.
    fn explain_neighbours(&self, used: &Used, previous: Block) -> FreeError {
        if used.next_header.is_free() {
            let Some(next) = self.next_free(used.next, used.next_header) else {
                return self.corrupt(used.next, used.block, Broken::Footer);
            };
            if !self.is_listed(next.block) {
                return self.corrupt(next.block, used.block, Broken::ListLink);
            }
        }
        if used.header.is_previous_free() {
            let Some(free) = self.previous_free(used.block) else {
                return self.corrupt(used.block, previous, Broken::PreviousFree);
            };
            if !self.is_listed(free.block) {
                return self.corrupt(free.block, Block::NONE, Broken::ListLink);
            }
        }
        FreeError::NotABlock
    }

    /// Why the block at `pointer` kept its size. Constant time if there is no room, else as
    /// [`Region::explain_free`].
    #[cold]
    pub fn explain_resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> ResizeError {
        let is_whole = |held: &Held| C::Record::read(&self.blocks, self.record_of(held)).is_some();
        match self.held(pointer).filter(is_whole) {
            None => ResizeError::Block(self.explain_free(pointer)),
            Some(Held::Block(used)) if used.header.is_aligned() && !C::Fit::RESIZES_ALIGNED => {
                ResizeError::AlignedBlock
            }
            Some(held) => self.explain_room(&held).map_or_else(
                || ResizeError::Alloc(AllocError::of(size, align.unwrap_or(1))),
                ResizeError::Block,
            ),
        }
    }

    /// Why a used block can't have what is free beside it, if that is corrupt. Constant time if it
    /// is not.
    fn explain_room(&self, held: &Held) -> Option<FreeError> {
        let Held::Block(used) = held else {
            return None;
        };
        match self.explain_neighbours(used, Block::NONE) {
            FreeError::NotABlock => None,
            // On its way there the walk also finds the block before.
            _ => Some(self.explain_free(self.blocks.payload(used.block))),
        }
    }

    /// Walks along the chain to `place`.
    fn walk_to(&self, place: Block) -> Reached {
        let blocks = &self.blocks;
        let (mut previous, mut block) = (Block::NONE, blocks.first());
        while block <= place {
            let size = blocks.size_in_walk(block);
            let size = size.filter(|_| blocks.is_sealed(block, blocks.header(block)));
            let Some(size) = size else {
                return Reached::Broken(block, previous);
            };
            if block == place {
                return Reached::Block(previous);
            }
            (previous, block) = (block, block.after(size));
        }
        Reached::Inside
    }

    /// Corruption that shows at `block`, which stands behind `previous`.
    fn corrupt(&self, block: Block, previous: Block, broken: Broken) -> FreeError {
        FreeError::Corrupt(Corruption {
            region: 0,
            block: self.blocks.offset(block),
            previous: self.blocks.offset(previous),
            broken,
        })
    }

    /// Is the free block `block` where the index can remove it?
    fn is_listed(&self, block: Block) -> bool {
        pending::is_listed::<C::Fit, _>(&self.blocks, block)
    }
}
