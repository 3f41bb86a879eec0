//! The slab: small objects without a header, in front of any [`Fit`](crate::fit::Fit).
//!
//! A **slab** is a used block of the chain that stands on a multiple of its own size and holds
//! objects of one class, side by side (after J. Bonwick, "The slab allocator: an object-caching
//! kernel memory allocator", 1994):
//!
//! ```text
//!   | h | free slots | aligned | links | check |   | object | ...   | object |   | h | next block
//!       ^ multiple of the slab's size                                                ^ next one
//!       0            8         16      24      32
//! ```
//!
//! **Finding** an object's slab takes no header: the **slab map**, a byte for each place where the
//! smallest slab could stand, tells the class of the slab that covers it, and 0 for none. The class
//! tells the slab's size, so where it begins; a multiplication tells the slot, or that no object
//! begins there. Map and list heads stand in the control block, where no overrun reaches them.
//!
//! **Free slots** are the set bits of a double word: the lowest one is taken, and a bit that is set
//! already makes a double free an error. The slabs of a class that have a free slot are its
//! **partial list**, the first of which serves the class; a full slab is in no list. One that is
//! full no more goes to the list's end, where it gathers free slots before its turn comes.
//!
//! A slab that becomes **empty** is freed, save those that its class began with: who stands at the
//! pool's start splits no free memory. A slab that keeps an empty one leaves it in its list while
//! the others of its class are full. It is then the first (others come behind it), where it is
//! found when the memory is needed.
//!
//! Nothing here allocates: the heap gives a block to `Slabs::begin`, and gets it back from
//! `Slabs::end`.
//!
//! - `slab/classes.rs`: which classes there are
//! - `slab/state.rs`: what stands in the control block, and the map
//! - `slab/partial.rs`: the partial list

mod classes;
mod partial;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use classes::TABLE_LENGTH;
pub use classes::{Class, Slab};

use crate::block::{Block, Blocks};
use crate::layout::Shape;
use crate::memory::WORD;

/// Where the bits of aligned objects stand in a slab, the links, and the check word.
const ALIGNED: usize = 2 * WORD;
const LINKS: usize = 4 * WORD;
const CHECK: usize = 6 * WORD;

/// Among the bits of aligned objects: the class began with this slab. No class has so many slots.
const INITIAL: u64 = 1 << 63;
/// 2^64 over the golden ratio: its multiples differ in many bits, in the lower half as well.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// The slabs of one class in a pool. A slab is named by its block, or by its offset.
#[derive(Clone, Copy)]
pub(crate) struct Slabs<'b, S> {
    /// The pool's chain.
    pub blocks: &'b Blocks<S>,
    /// The class's number.
    pub number: usize,
    /// The class.
    pub class: &'b Class,
}

/// A slot, by its slab's offset and its bit.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// Where the slab begins.
    pub slab: usize,
    bit: u64,
}

impl<'b, S: Shape> Slabs<'b, S> {
    /// Of the class `number`, which is `class`.
    #[inline(always)]
    pub fn new(blocks: &'b Blocks<S>, number: usize, class: &'b Class) -> Self {
        Self {
            blocks,
            number,
            class,
        }
    }

    /// A bit for each free slot.
    #[inline(always)]
    pub fn free_slots(&self, slab: usize) -> u64 {
        self.blocks.memory().load_double(slab)
    }

    /// A bit for each object in use that came from an aligned request, and for what else is
    /// remembered of the slab.
    #[inline(always)]
    fn remembered(&self, slab: usize) -> u64 {
        self.blocks.memory().load_double(slab + ALIGNED)
    }

    /// A bit for each object in use that came from an aligned request.
    pub fn aligned_slots(&self, slab: usize) -> u64 {
        self.remembered(slab) & !INITIAL
    }

    /// Sets what the slab says of its slots.
    #[inline]
    fn set_slots(&self, slab: usize, free: u64, remembered: u64) {
        let memory = self.blocks.memory();
        memory.store_double(slab, free);
        memory.store_double(slab + ALIGNED, remembered);
        if self.blocks.is_hardened() {
            memory.store_double(slab + CHECK, self.check_word(free, remembered));
        }
    }

    /// The check word: a second statement of the slab's slots and its class, in a hardened pool.
    ///
    /// One bit too many among the free slots, and an object is allocated that somebody has; another
    /// class in the map, and a free works with the wrong slot. No single changed bit, in the slots,
    /// the map or this word, leaves the three in agreement; bytes of one repeated value, as fresh
    /// or cleared memory has them, are no slab's head.
    #[inline(always)]
    fn check_word(&self, free: u64, remembered: u64) -> u64 {
        !(free ^ remembered) ^ (self.number as u64 + 1).wrapping_mul(MIX)
    }

    /// Does the check word, if there is one, confirm the slab's slots and its class?
    #[inline(always)]
    pub fn is_confirmed(&self, slab: usize) -> bool {
        !self.blocks.is_hardened() || {
            let expected = self.check_word(self.free_slots(slab), self.remembered(slab));
            self.blocks.memory().load_double(slab + CHECK) == expected
        }
    }

    /// Makes the check word of a slab of a pool that was checked: it may have been in use without.
    pub fn confirm(&self, slab: usize) {
        self.set_slots(slab, self.free_slots(slab), self.remembered(slab));
    }

    /// Where the object of a slot begins.
    #[inline(always)]
    pub fn object(&self, slab: usize, slot: u32) -> usize {
        slab + classes::HEAD + (slot * self.class.size) as usize
    }

    /// Takes a slot of the first slab in the list, if it keeps another one: the fast path. Gives
    /// the object's offset.
    #[inline]
    pub fn take(&self) -> Option<usize> {
        let slab = self.blocks.offset(self.first()?);
        let free = self.free_slots(slab) & self.class.all_slots;
        let left = free & free.wrapping_sub(1);
        if left == 0 {
            return None;
        }
        self.set_slots(slab, left, self.remembered(slab));
        Some(self.object(slab, free.trailing_zeros()))
    }

    /// Takes a slot of the first slab in the list, which leaves it if that was the last one.
    pub fn take_last(&self) -> Option<usize> {
        let block = self.first_or_next()?;
        let slab = self.blocks.offset(block);
        let free = self.free_slots(slab) & self.class.all_slots;
        let left = free & free.wrapping_sub(1);
        if free == 0 {
            return None;
        }
        self.set_slots(slab, left, self.remembered(slab));
        if left == 0 {
            self.unlink(block);
        }
        Some(self.object(slab, free.trailing_zeros()))
    }

    /// The slot whose object begins at `offset`, in use or not.
    #[inline]
    pub fn slot_at(&self, offset: usize) -> Option<Slot> {
        let slab = self.class.slab_of(offset);
        // What lies in the slab's head wraps to a distance beyond any slot.
        let distance = (offset as u32).wrapping_sub((slab + classes::HEAD) as u32);
        let slot = self.class.slot_at(distance)?;
        Some(Slot {
            slab,
            bit: 1 << slot,
        })
    }

    /// Is the slot in use? All that is read of a slab that is none still lies before the object.
    #[inline(always)]
    pub fn is_used(&self, slot: Slot) -> bool {
        self.free_slots(slot.slab) & slot.bit == 0 && self.is_confirmed(slot.slab)
    }

    /// Frees a slot in use. Says whether its slab changes its list, which [`Slabs::update`] does.
    #[inline(always)]
    pub fn free(&self, slot: Slot) -> bool {
        let before = self.free_slots(slot.slab);
        let free = before | slot.bit;
        self.set_slots(slot.slab, free, self.remembered(slot.slab) & !slot.bit);
        before == 0 || free == self.class.all_slots
    }

    /// After a slot was freed that was the first free one of its slab, or the last one in use. Gives
    /// the slab if it is to be freed.
    pub fn update(&self, slot: Slot) -> Option<Block> {
        let block = self.blocks.block_from(slot.slab);
        let free = self.free_slots(slot.slab);
        if free == slot.bit {
            self.append(block);
        }
        let is_to_go = free == self.class.all_slots
            && self.remembered(slot.slab) & INITIAL == 0
            && !(self.blocks.layout().choices.slab.keeps_empty && self.next(block) == block);
        is_to_go.then_some(block)
    }

    /// Did an aligned request get the object?
    #[inline(always)]
    pub fn is_aligned(&self, slot: Slot) -> bool {
        self.remembered(slot.slab) & slot.bit != 0
    }

    /// Has the object remember that an aligned request got it, or that none did.
    pub fn set_aligned(&self, slot: Slot, is_aligned: bool) {
        let others = self.remembered(slot.slab) & !slot.bit;
        let remembered = if is_aligned {
            others | slot.bit
        } else {
            others
        };
        self.set_slots(slot.slab, self.free_slots(slot.slab), remembered);
    }

    /// Makes a slab of the used block `block` of `size` granules, which stands on a multiple of the
    /// slab's.
    pub fn begin(&self, block: Block, size: u32, is_initial: bool) {
        let slab = self.blocks.offset(block);
        self.mark(slab, true);
        let remembered = if is_initial { INITIAL } else { 0 };
        self.set_slots(slab, self.class.all_slots, remembered);
        self.append(block);
        self.count_slab(size, 1);
    }

    /// Makes of an empty slab a used block again, which is to be freed. If its links are corrupt,
    /// nothing is changed.
    pub fn end(&self, block: Block, size: u32) -> bool {
        if !self.leads_back(block) {
            return false;
        }
        let slab = self.blocks.offset(block);
        self.unlink(block);
        self.mark(slab, false);
        if self.blocks.is_hardened() {
            // It must not look like a slab should the map ever say so.
            let memory = self.blocks.memory();
            memory.store_double(slab + CHECK, !memory.load_double(slab + CHECK));
        }
        self.count_slab(size, -1);
        true
    }

    /// The empty slab that is kept, if there is one.
    pub fn kept(&self) -> Option<Block> {
        let head = self.head();
        let slab = self.blocks.offset(head);
        let is_kept = self.is_slab(head)
            && self.is_confirmed(slab)
            && self.free_slots(slab) == self.class.all_slots
            && self.remembered(slab) & INITIAL == 0;
        is_kept.then_some(head)
    }
}
