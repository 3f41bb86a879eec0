//! A block gets another size: in place where it can, else it moves.
//!
//! ```text
//!   in place:    |   used    |  free       |
//!                |   used       | remainder |        the pointer stays
//!
//!   elsewhere:   allocate, copy, free
//!
//!   down:        |  free  | used |  free   |
//!                |   used       | remainder |        the contents move, if nothing else has room
//! ```
//!
//! A copy elsewhere is the caller's: it can be made without a lock.

use core::ptr::NonNull;

use super::object::Held;
use super::{Region, Stamp};
use crate::block::{EXPONENT, Used};
use crate::config::Config;
use crate::fit::{Fit, Free};
use crate::track::sealed::Record as _;

/// What a reallocation came to.
#[derive(Clone, Copy)]
pub(crate) enum Moved {
    /// There is no such block, or it can't have another size.
    Refused,
    /// There is no room.
    NoRoom,
    /// Everything is done, and the block is here.
    Done(NonNull<u8>),
    /// So many bytes are to be copied from the old block to this new one; then the old one is to
    /// be freed.
    Copy { to: NonNull<u8>, length: usize },
}

/// A used block, or an object, that is to have another size.
pub(crate) struct Kept<C: Config> {
    held: Held,
    /// Granules that a block needs for it.
    need: u32,
    /// The exponent of the alignment that it is to remember, if any.
    exponent: Option<u8>,
    /// Does it remember that already?
    is_remembered: bool,
    /// Bytes that it is to stand on a multiple of.
    pub align: usize,
    /// What it remembers.
    pub stamp: Stamp<C>,
    /// Bytes of its contents that are kept.
    pub length: usize,
    /// Bytes that it is to have.
    size: usize,
}

impl<C: Config> Region<'_, C> {
    /// Reallocates, save for the copy to a new place. Nobody is notified, and a failure is not
    /// counted.
    pub(crate) fn begin_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Moved {
        let Some(kept) = self.keep(pointer, size, align) else {
            return Moved::Refused;
        };
        if self.resize_in_place(pointer, &kept) {
            return Moved::Done(pointer);
        }
        if let Some(to) = self.take(size, kept.align, kept.stamp) {
            let length = kept.length;
            return Moved::Copy { to, length };
        }
        if C::SLAB.keeps_empty {
            return self.resize_after_trim(pointer, size, align);
        }
        self.move_down(kept).map_or(Moved::NoRoom, Moved::Done)
    }

    /// The same where no place was found, for which the empty slabs were freed: one of them may
    /// have stood beside the block.
    #[cold]
    #[inline(never)]
    fn resize_after_trim(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Moved {
        let Some(kept) = self.keep(pointer, size, align) else {
            return Moved::Refused;
        };
        if self.resize_in_place(pointer, &kept) {
            return Moved::Done(pointer);
        }
        self.move_down(kept).map_or(Moved::NoRoom, Moved::Done)
    }

    /// Validates the block or object at `pointer`, and finds what it is to keep.
    #[inline(always)]
    pub(crate) fn keep(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Option<Kept<C>> {
        let held = self.held(pointer)?;
        let stamp = C::Record::read(&self.blocks, self.record_of(&held))?;
        let remembered = self.remembered_exponent(&held);
        if remembered.is_some() && !C::Fit::RESIZES_ALIGNED {
            return None;
        }
        if size == 0 || align.is_some_and(|align| !align.is_power_of_two()) {
            return None;
        }
        let exponent = match align {
            None => remembered,
            Some(align) => (align > C::GRANULE).then_some(align.trailing_zeros() as u8),
        };
        let more = exponent.map_or(0, |_| EXPONENT);
        Some(Kept {
            // Another region may have what no block of this one has.
            need: self
                .granules_for(size.saturating_add(more))
                .unwrap_or(u32::MAX),
            exponent,
            is_remembered: align.is_none() || exponent == remembered,
            // What no address can be a multiple of is left from a machine with wider ones.
            align: exponent.map_or(1, |exponent| 1 << exponent.min(usize::BITS as u8 - 1)),
            stamp,
            length: self.room(&held).min(size),
            held,
            size,
        })
    }

    /// Gives the block at `pointer` more or less of the free one behind it, if that is enough and it
    /// stands where it is to. An object stays in its slot, likewise.
    #[inline(always)]
    fn resize_in_place(&mut self, pointer: NonNull<u8>, kept: &Kept<C>) -> bool {
        if pointer.addr().get() & (kept.align - 1) != 0 {
            return false;
        }
        match &kept.held {
            Held::Object(object) => {
                kept.size <= self.room(&kept.held) && self.realign_object(object, kept.exponent)
            }
            Held::Block(used) => self.resize_block(kept, used),
        }
    }

    #[inline(always)]
    fn resize_block(&mut self, kept: &Kept<C>, used: &Used) -> bool {
        let next = self.free_behind(used);
        let room = used.size + next.map_or(0, |next| next.size);
        if kept.need > room {
            return false;
        }
        let split = self.blocks.divide(room, kept.need);
        if split.size == used.size && kept.is_remembered {
            return true;
        }
        if !used.next_header.is_free() {
            self.blocks.end_free(used.next);
        } else if next.is_some_and(|next| self.remove(next)) {
            self.blocks.erase_header(used.next);
        } else {
            return false;
        }
        let room = Free {
            block: used.block,
            size: room,
        };
        let (block, size) = self.occupy(room, 0, kept.need);
        if used.header.is_previous_free() {
            self.blocks.end_free(block);
        }
        self.end_use(used.size, kept.stamp);
        self.begin_use_aligned(block, size, kept.exponent, kept.stamp);
        true
    }

    /// The free block behind a used one; none if there is none, or it is corrupt.
    #[inline(always)]
    fn free_behind(&self, used: &Used) -> Option<Free> {
        let is_free = used.next_header.is_free();
        is_free.then(|| self.next_free(used.next, used.next_header))?
    }

    /// Moves the block down into the free one before it, with what is free behind it.
    ///
    /// It is freed and allocated anew, in the same room. What is freed becomes the pending block,
    /// or its fit has no links: so of its contents no more than the last word is overwritten, by
    /// the footer.
    #[cold]
    fn move_down(&mut self, kept: Kept<C>) -> Option<NonNull<u8>> {
        let Held::Block(used) = &kept.held else {
            return None;
        };
        if !used.header.is_previous_free() {
            return None;
        }
        // As the neighbours say: what is not so, the release refuses.
        let previous = self.blocks.footer(used.block);
        let next = if used.next_header.is_free() {
            self.blocks.size(used.next_header)
        } else {
            0
        };
        let room = Free {
            block: used.block.before(previous),
            size: previous.wrapping_add(used.size).wrapping_add(next),
        };
        let gap = match kept.exponent {
            Some(_) => self
                .boundary(kept.align)?
                .gap(room.block, self.blocks.min()),
            None => 0,
        };
        if u64::from(gap) + u64::from(kept.need) > u64::from(room.size) {
            return None;
        }
        let last_word = self.blocks.footer(used.next);
        if !self.release(self.blocks.payload(used.block)) || !self.remove(room) {
            return None;
        }
        let blocks = &self.blocks;
        let (from, to) = (
            blocks.offset(used.block),
            blocks.offset(room.block.after(gap)),
        );
        blocks.set_footer(used.next, last_word);
        // The new headers and links all stand outside the new payload, but perhaps in the old one.
        blocks.memory().copy(from, to, kept.length);
        let (block, size) = self.occupy(room, gap, kept.need);
        Some(self.begin_use_aligned(block, size, kept.exponent, kept.stamp))
    }

    /// The exponent of the alignment that a used block or an object remembers, if it does.
    #[inline]
    fn remembered_exponent(&self, held: &Held) -> Option<u8> {
        match held {
            Held::Object(object) => self.exponent_of(object),
            Held::Block(used) => {
                let is_aligned = used.header.is_aligned();
                is_aligned.then(|| self.blocks.exponent(used.block, used.size))?
            }
        }
    }
}
