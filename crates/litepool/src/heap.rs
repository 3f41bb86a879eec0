//! The heap: blocks are split off free ones and merge again, over any [`Fit`](crate::fit::Fit).
//!
//! ```text
//!   pool:   | control block, index | block | block | ...                    | block | end |
//!
//!   allocate:   size -> granules -> find -> split          free:   validate -> merge -> insert
//! ```
//!
//! - `heap/open.rs`: a heap is made, or opened
//! - `heap/aligned.rs`: requests for more than the granule's alignment
//! - `heap/realloc.rs`: a block gets another size
//! - `heap/object.rs`: objects of the slab are allocated, freed and reallocated
//! - `heap/explain.rs`: why an operation was refused

mod aligned;
mod explain;
mod object;
mod open;
mod realloc;

use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;

pub use explain::Shortage;
pub(crate) use open::between;
pub(crate) use open::{Plan, plan, trimmed};
pub(crate) use realloc::Moved;

use crate::block::{Block, Blocks, Header, Used};
use crate::config::{Config, ShapeOf};
use crate::event::{Event, What};
use crate::fit::sealed::Fit as _;
use crate::fit::{Free, pending};
use crate::layout::Field;
use crate::track::sealed::Record as _;

/// What a block of this configuration remembers.
pub(crate) type Stamp<C> = <<C as Config>::Record as crate::track::sealed::Record>::Stamp;

/// The chain of blocks of a configuration's pool.
pub(crate) type Chain<C> = Blocks<ShapeOf<C>>;

/// A heap in one region of memory.
pub struct Region<'m, C: Config> {
    blocks: Chain<C>,
    memory: PhantomData<&'m mut [MaybeUninit<u8>]>,
}

// SAFETY: a heap owns its memory exclusively, and nothing in it belongs to a thread.
unsafe impl<C: Config> Send for Region<'_, C> {}

/// A block that the listener is being notified of, before its owner has it. Dropped, it is freed.
struct Unreturned<'h, 'm, C: Config> {
    heap: &'h mut Region<'m, C>,
    pointer: NonNull<u8>,
}

impl<C: Config> Drop for Unreturned<'_, '_, C> {
    fn drop(&mut self) {
        // It was allocated just now. Should that have damaged it, it is lost, as it would be later.
        self.heap.release(self.pointer);
    }
}

impl<C: Config> Region<'_, C> {
    /// The chain of blocks.
    #[inline(always)]
    pub(crate) fn chain(&self) -> &Chain<C> {
        &self.blocks
    }

    /// Notifies of a block that was just allocated. If the listener unwinds, the block is freed:
    /// nobody else knows it.
    #[inline]
    pub(crate) fn notify_allocated(&mut self, pointer: NonNull<u8>, size: usize, align: usize) {
        let unreturned = Unreturned {
            heap: self,
            pointer,
        };
        unreturned.heap.notify(What::Allocated {
            pointer,
            size,
            align,
        });
        mem::forget(unreturned);
    }

    /// Notifies the configuration.
    #[inline(always)]
    pub(crate) fn notify(&self, what: What) {
        C::on_event(&Event {
            pool: self.blocks.memory().address(),
            what,
        });
    }

    /// Allocates a block that remembers `stamp`. Nobody is notified, and a failure is not counted.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<NonNull<u8>> {
        if align > C::GRANULE || !align.is_power_of_two() {
            return self.take_aligned(size, align, stamp);
        }
        if !C::SLAB.is_on() {
            return self.take_block(size, stamp);
        }
        match self.take_at_once(size, stamp) {
            Some(object) => Some(object),
            None => self.take_small(size, stamp),
        }
    }

    /// Size, granules, find, split.
    fn take_block(&mut self, size: usize, stamp: Stamp<C>) -> Option<NonNull<u8>> {
        let need = self.granules_for(size)?;
        let blocks = &self.blocks;
        let pending = pending::pending::<C::Fit, _>(blocks);
        let mut free = C::Fit::take(blocks, need, pending);
        if free.size < need {
            free = self.search(need);
            if free.size < need {
                return None;
            }
        }
        let is_pending = free.block == pending.block;
        let blocks = &self.blocks;
        let split = blocks.split(free.block, free.size, need);
        let remainder = Free {
            block: free.block.after(need),
            size: split.remainder,
        };
        if remainder.size == 0 {
            if is_pending {
                blocks.set_field(Field::Pending, Block::NONE.0);
            }
            self.count(Field::FreeBlocks, -1);
        } else if is_pending {
            blocks.set_field(Field::Pending, remainder.block.0);
        } else {
            pending::replace::<C::Fit, _>(blocks, pending, remainder);
        }
        Some(self.begin_use(free.block, split.size, stamp))
    }

    /// Removes a free block that the index has to search for. It is still counted.
    #[cold]
    #[inline(never)]
    fn search(&mut self, need: u32) -> Free {
        let free = C::Fit::search(&self.blocks, need);
        if free.size < need || !self.remove(free) {
            return Free::NONE;
        }
        self.count(Field::FreeBlocks, 1);
        free
    }

    /// Counts a block that was made a used one, and has it remember `stamp`; gives its payload.
    #[inline(always)]
    fn begin_use(&mut self, block: Block, size: u32, stamp: Stamp<C>) -> NonNull<u8> {
        self.count(Field::UsedBlocks, 1);
        self.count_block(size);
        let record = self.blocks.record(block, size);
        C::Record::write(&self.blocks, record, size, stamp);
        self.blocks.payload(block)
    }

    /// Granules of a block for a request of `size` bytes; none for 0 and for more than any block
    /// of the pool has.
    #[inline(always)]
    fn granules_for(&self, size: usize) -> Option<u32> {
        if size.wrapping_sub(1) >= self.blocks.memory().size() as usize {
            return None;
        }
        let layout = self.blocks.layout();
        let granules = (size + layout.overhead + C::GRANULE - 1) >> layout.granule_shift;
        Some((granules as u32).max(layout.min))
    }

    /// Frees the block or the object at `pointer`, if it is one. Constant time. Nobody is notified.
    #[inline(always)]
    pub(crate) fn release(&mut self, pointer: NonNull<u8>) -> bool {
        match self.class_at(pointer) {
            Some(number) => self.release_object(pointer, number),
            None => self.release_block(pointer),
        }
    }

    /// Frees the block at `pointer`.
    fn release_block(&mut self, pointer: NonNull<u8>) -> bool {
        let Some(used) = self.blocks.validate(pointer) else {
            return false;
        };
        let record = self.blocks.record(used.block, used.size);
        let Some(stamp) = C::Record::read(&self.blocks, record) else {
            return false;
        };
        if !self.merge(&used) {
            return false;
        }
        self.end_use(used.size, stamp);
        true
    }

    /// Counts a block that is no used one any more, and that remembered `stamp`.
    #[inline]
    fn end_use(&mut self, size: u32, stamp: Stamp<C>) {
        self.count(Field::UsedBlocks, -1);
        self.count_freed(size);
        C::Record::credit(&self.blocks, size, stamp);
    }

    /// Makes a used block a free one, together with its free neighbours. If one of them does not
    /// prove to be what it says, the heap is as it was.
    ///
    /// ```text
    ///   | free | used | free | used
    ///   |        free        | used, "previous is free"
    /// ```
    pub(super) fn merge(&mut self, used: &Used) -> bool {
        let Some(free) = self.room_around(used) else {
            return false;
        };
        self.blocks.make_free(free.block, free.size);
        pending::insert::<C::Fit, _>(&self.blocks, free);
        self.count(Field::FreeBlocks, 1);
        true
    }

    /// The room of a used block and of its free neighbours, which are in the index no more; the
    /// follower knows that what stands before it is free. None, and nothing changed, if a
    /// neighbour does not prove to be what it says.
    #[inline]
    fn room_around(&mut self, used: &Used) -> Option<Free> {
        let Used {
            block,
            header,
            size,
            next,
            next_header,
        } = *used;
        let mut room = Free { block, size };
        if next_header.is_free() {
            let free = self.next_free(next, next_header)?;
            if !self.remove(free) {
                return None;
            }
            self.blocks.erase_header(next);
            room.size += free.size;
        } else {
            self.blocks
                .set_header(next, next_header.with_previous_free());
        }
        if header.is_previous_free() {
            let free = self.previous_free(block);
            let Some(free) = free.filter(|&free| self.remove(free)) else {
                self.undo_merge(next, next_header, room.size - size);
                return None;
            };
            self.blocks.erase_header(block);
            room.block = free.block;
            room.size += free.size;
        }
        Some(room)
    }

    /// The block behind a used one is as it was before the merge, `size` granules if it was free.
    #[cold]
    #[inline(never)]
    fn undo_merge(&mut self, next: Block, next_header: Header, size: u32) {
        self.blocks.set_header(next, next_header);
        if size != 0 {
            self.put_back(Free { block: next, size });
        }
    }

    /// Takes a free block out of the index, and counts it.
    fn remove(&mut self, free: Free) -> bool {
        let removed = pending::remove::<C::Fit, _>(&self.blocks, free);
        if removed {
            self.count(Field::FreeBlocks, -1);
        }
        removed
    }

    /// Puts a free block into the index, and counts it.
    pub(super) fn put_back(&mut self, free: Free) {
        self.count(Field::FreeBlocks, 1);
        pending::put_back::<C::Fit, _>(&self.blocks, free);
    }

    /// The free block `next` behind a used one, whose header's seal is proved; none if it is
    /// corrupt.
    #[inline]
    fn next_free(&self, next: Block, header: Header) -> Option<Free> {
        let size = self.blocks.size(header);
        // The end block is used: so one behind a used block may begin.
        let is_sound = size >= self.blocks.min()
            && size <= self.blocks.end().0 - next.0
            && self.blocks.has_footer(next.after(size), size);
        is_sound.then_some(Free { block: next, size })
    }

    /// The free block before a used one, likewise.
    #[inline(always)]
    fn previous_free(&self, block: Block) -> Option<Free> {
        let size = self.blocks.footer(block);
        let block = block.before(size);
        let is_sound = self.blocks.may_begin(block) && self.blocks.is_free(block, size);
        is_sound.then_some(Free { block, size })
    }

    /// Bytes that the owner of the block at `pointer` may use: its size, rounded up.
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Option<usize> {
        let held = self.held(pointer)?;
        C::Record::read(&self.blocks, self.record_of(&held))?;
        Some(self.room(&held))
    }

    /// The same, also where the block's record is overwritten.
    pub fn room_of(&self, pointer: NonNull<u8>) -> Option<usize> {
        Some(self.room(&self.held(pointer)?))
    }

    /// Adds to a counter; `change` may be negative.
    #[inline(always)]
    fn count(&self, field: Field, change: i32) {
        let value = self.blocks.field(field).wrapping_add_signed(change);
        self.blocks.set_field(field, value);
    }

    /// Adds `granules` to the used ones, and keeps the peak.
    #[inline(always)]
    fn count_used(&self, granules: u32) {
        let used = self.blocks.field(Field::Used).wrapping_add(granules);
        self.blocks.set_field(Field::Used, used);
        if used > self.blocks.field(Field::Peak) {
            self.blocks.set_field(Field::Peak, used);
        }
    }

    /// The same for those of a block.
    #[inline(always)]
    fn count_block(&self, granules: u32) {
        self.count_used(granules);
        if C::SLAB.is_on() {
            self.count(Field::InBlocks, 0i32.wrapping_add_unsigned(granules));
        }
    }

    /// Takes those of a freed block from the used ones.
    #[inline(always)]
    fn count_freed(&self, granules: u32) {
        self.count(Field::Used, 0i32.wrapping_sub_unsigned(granules));
        if C::SLAB.is_on() {
            self.count(Field::InBlocks, 0i32.wrapping_sub_unsigned(granules));
        }
    }

    /// Counts a request that was refused for want of room.
    #[cold]
    pub(crate) fn count_failure(&self, size: usize, align: usize) {
        if size == 0 || !align.is_power_of_two() {
            return;
        }
        self.count(Field::Failures, 1);
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        if size > self.blocks.field(Field::LargestFailure) {
            self.blocks.set_field(Field::LargestFailure, size);
        }
    }
}
