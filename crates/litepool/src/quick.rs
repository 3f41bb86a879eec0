//! Quick lists: blocks that were given back and wait, unmerged, for the next request of their size.
//!
//! Deferred coalescing, after C. B. Weinstock, W. A. Wulf, "Quick fit: an efficient algorithm for heap storage
//! allocation" (SIGPLAN Notices 23:10, 1988). Programs ask again for the sizes that they have just given back. To merge
//! such a block with its neighbours only to cut it out again is most of an allocator's work, so a small one waits first,
//! on the stack of its own size:
//!
//! ```text
//!               | used | used    | used |       the neighbours see no block to merge with
//!   free:       | used | waiting | used |       pushed
//!   allocate:   | used | used    | used |       popped
//! ```
//!
//! Merging late scatters what is free over more places. So blocks wait only while the index holds half of the pool or more,
//! which is when there is room enough to be wasteful; once it has less, all of them are merged, and freed blocks merge
//! at once. So they are for a request that finds no other room: nothing is refused for their sake.
//!
//! The stacks are singly linked, and their heads stand in the control block, behind the slab's state:
//!
//! ```text
//!    0  waiting granules
//!    4  a head for each size of 1 .. 63 granules that a block can have
//! ```

pub mod check;

use crate::arena::{Arena, WORD};
use crate::block::{Alignment, Block, Form, Header};
use crate::config::{Coalesce, Config, sealed::Index as _};
use crate::control::{Counter, SLAB_STATE};
use crate::fit::Fit;
use crate::heap::Ordinary;

/// Blocks of so many granules or more never wait. Measured: larger ones are as often in the way as of use.
const SIZES: u32 = 64;

/// Where everything stands.
impl<C: Config> Arena<C> {
    /// Do blocks wait? Where the chain of blocks is the index, nothing would be gained, and nothing where small code is worth
    /// more than speed.
    pub const HAS_QUICK: bool =
        matches!(C::COALESCE, Coalesce::Deferred) && <C::Fit as Fit>::LINKS_BLOCKS && !C::COMPACT;

    const WAITING: usize = SLAB_STATE + Self::SLAB_BYTES;
    const QUICK_HEADS: usize = Self::WAITING + WORD;

    /// Bytes of the quick lists' state, in whole words.
    pub const QUICK_BYTES: usize = if Self::HAS_QUICK {
        WORD + ((SIZES - Self::MIN) as usize * C::Index::BYTES).next_multiple_of(WORD)
    } else {
        0
    };

    #[inline(always)]
    fn quick_head_offset(size: u32) -> usize {
        Self::QUICK_HEADS + size.wrapping_sub(Self::MIN) as usize * C::Index::BYTES
    }

    #[inline(always)]
    fn quick_head(self, size: u32) -> Block {
        Block(self.load_link(Self::quick_head_offset(size)))
    }

    #[inline(always)]
    fn set_quick_head(self, size: u32, block: Block) {
        self.store_link(Self::quick_head_offset(size), block.0);
    }
}

impl<C: Config> Arena<C> {
    /// No block waits yet.
    pub fn clear_quick(self) {
        for offset in (Self::WAITING..Self::WAITING + Self::QUICK_BYTES).step_by(WORD) {
            self.store(offset, 0);
        }
    }

    /// Granules in blocks that wait.
    #[inline(always)]
    pub fn waiting(self) -> u32 {
        if Self::HAS_QUICK {
            self.load(Self::WAITING)
        } else {
            0
        }
    }

    /// Makes the block of `size` granules that has waited the shortest time a used one again, if there is one.
    #[inline(always)]
    pub fn take_waiting(self, size: u32) -> Option<Block> {
        if !Self::may_wait(size) {
            return None;
        }
        let block = self.quick_head(size);
        if !block.is_some() {
            return None;
        }
        // Only a block that waits has such a header: what is merged or cut anew is left with none. So less is proved here
        // than before a merge, which asks the block before as well.
        if Self::HARDENED && !self.is_confirmed(block, |header| waits_with(header, size)) {
            self.set_quick_head(size, Block::NONE);
            return None;
        }
        self.set_quick_head(size, self.next_free(block));
        self.store(Self::WAITING, self.waiting().wrapping_sub(size));
        self.set_header(block, self.header(block).recalled());
        self.count(Counter::FreeBlocks, -1);
        self.count(Counter::UsedBlocks, 1);
        self.count_used(size);
        Some(block)
    }

    /// [`Arena::take_waiting`], if that block stands on a multiple of `align` bytes, which it then remembers. `base` is what
    /// the pool's base counts as.
    #[inline(always)]
    pub fn take_waiting_on(self, size: u32, align: usize, base: usize) -> Option<Block> {
        if !Self::may_wait(size) {
            return None;
        }
        let top = self.quick_head(size);
        // A damaged link may be so large that it has no offset.
        let address = base.wrapping_add((top.0 as usize).wrapping_mul(Self::GRANULE));
        if address & (align - 1) != 0 {
            return None;
        }
        let block = self.take_waiting(size)?;
        let previous = self.header(block).previous();
        let alignment = Alignment::of(align);
        self.make_used(block, size, Form::Ordinary, previous, alignment);
        Some(block)
    }

    /// Has an ordinary block that was given back wait, if it is small and there is room enough. Says whether it does.
    #[inline(always)]
    pub fn put_waiting(self, found: &Ordinary) -> bool {
        let size = found.size();
        if !Self::may_wait(size) || !self.has_room_to_wait() {
            return false;
        }
        self.set_header(found.block, found.header.waiting());
        self.set_next_free(found.block, self.quick_head(size));
        self.set_quick_head(size, found.block);
        self.store(Self::WAITING, self.waiting().wrapping_add(size));
        self.count(Counter::Used, 0i32.wrapping_sub_unsigned(size));
        self.count(Counter::FreeBlocks, 1);
        self.count(Counter::UsedBlocks, -1);
        true
    }

    /// Does the index hold half of the pool or more?
    #[inline(always)]
    fn has_room_to_wait(self) -> bool {
        self.counter(Counter::Used).wrapping_add(self.waiting()) <= self.end() / 2
    }

    /// Are there blocks that wait where none may any more?
    #[inline(always)]
    pub fn must_merge_waiting(self) -> bool {
        Self::HAS_QUICK && self.waiting() != 0 && !self.has_room_to_wait()
    }

    /// Merges all blocks that wait. Says whether there was one.
    ///
    /// Where a neighbour does not confirm a block's size or place, its stack ends: it and those below wait for ever. One beside a
    /// free block that the index does not know can't be merged, and counts as used. No request gets any of them.
    #[cold]
    #[inline(never)]
    pub fn merge_waiting(self) -> bool {
        if self.waiting() == 0 {
            return false;
        }
        for (block, size) in self.waiting_blocks() {
            self.set_quick_head(size, self.next_free(block));
            self.set_header(block, self.header(block).recalled());
            self.store(Self::WAITING, self.waiting().wrapping_sub(size));
            self.count(Counter::FreeBlocks, -1);
            match self.verify_block(block) {
                Some(used) => self.merge(&used),
                None => {
                    self.count(Counter::UsedBlocks, 1);
                    self.count_used(size);
                }
            }
        }
        true
    }

    /// The blocks on top of the stacks, size by size, each of which must be taken off before the next is asked for. A
    /// head that leads to no block of its stack, which takes damage, ends it.
    fn waiting_blocks(self) -> impl Iterator<Item = (Block, u32)> {
        let mut sizes = Self::MIN..SIZES;
        let mut size = sizes.next();
        core::iter::from_fn(move || {
            loop {
                let block = self.quick_head(size?);
                if self.waits(block, size?) {
                    return Some((block, size?));
                }
                self.set_quick_head(size?, Block::NONE);
                size = sizes.next();
            }
        })
    }

    /// Does a block of `size` granules wait at `block`?
    #[inline(always)]
    fn waits(self, block: Block, size: u32) -> bool {
        self.is_proved(block, |header| waits_with(header, size))
    }

    /// Can a block of `size` granules wait?
    #[inline(always)]
    pub fn may_wait(size: u32) -> bool {
        Self::HAS_QUICK && size < SIZES
    }
}

/// Is this the header of a block of `size` granules that waits?
#[inline(always)]
fn waits_with(header: Header, size: u32) -> bool {
    header.is_waiting() && header.size().granules() == size
}
