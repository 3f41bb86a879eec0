//! Two-level segregated fit: good fit in constant time.
//!
//! After M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a new dynamic memory allocator for real-time systems"
//! (ECRTS 2004), with the classes of `OpenHarmony` LiteOS-M: 31 lists for the sizes of 1 to 31 granules, one size
//! each; above them eight lists for each power of two.
//!
//! ```text
//!   list      0     1  ...   30 | 31     32  ...   38 | 39     40     ...
//!   granules  1     2        31 | 32-35  36-39  60-63 | 64-71  72-79
//!   bytes     4     8       124 | 128    144    240   | 256    288         (granule 4)
//! ```
//!
//! A **slot** is a list's number plus one, which puts the small sizes into bitmap word 0 at the bit of their
//! size, and every later word over four powers of two. A summary word tells which words have a bit. A pool has
//! heads only for the slots that its own size can reach.
//!
//! A list is linked both ways and ends with a link of 0. Its first block has nothing before it; with 32-bit links, the
//! previous link then names the list, by its slot and a bit that no block's granule has.
//!
//! A request takes the head of the first non-empty list all of whose blocks are large enough. Its own list may
//! hold smaller blocks as well, so a few of its blocks are looked at first, for the best of them, and all of them
//! (up to [`Config::SEARCH_LIMIT`]) if no other list has a block: what a free block can hold is not refused.

use super::sealed::{Cut, Fit};
use crate::arena::{Arena, WORD};
use crate::block::{Block, Header};
use crate::check::{Broken, Corruption, Gathering};
use crate::config::{Config, sealed::Index as _};

/// Two-level segregated fit, the default: constant time, 223 lists at the most, good fit.
#[derive(Debug)]
pub struct Tlsf;

/// Slots below this one hold blocks of one size.
const EXACT_SLOTS: u32 = 32;
const LISTS_PER_RANGE: u32 = 8;

/// How many blocks of its own list a request looks at before it goes to the next list. Measured: most of what
/// exact best fit would save, at a bounded price.
const FIRST_LOOK: usize = 4;

/// The slot of blocks of `size` granules. `size` is not 0.
#[inline(always)]
fn slot_of(size: u32) -> u32 {
    if size < EXACT_SLOTS {
        return size;
    }
    let log2 = log2(size);
    // The top bits of the shifted size count from 8, one range's worth.
    (log2 - 2) * LISTS_PER_RANGE + (scaled(size) >> log2)
}

#[inline(never)]
fn slot_of_shared(size: u32) -> u32 {
    slot_of(size)
}

/// A size times the lists of a range, so that its own logarithm shifts it to its place in the range. No pool has so
/// many granules that a bit were lost.
#[inline(always)]
fn scaled(size: u32) -> u32 {
    size << LISTS_PER_RANGE.ilog2()
}

/// Rounded down. `size` is not 0. (With a subtraction instead of the exclusive or, compilers do not see that this
/// is one instruction.)
#[inline(always)]
fn log2(size: u32) -> u32 {
    31 ^ size.leading_zeros()
}

/// Have two different sizes the same slot?
#[inline(always)]
fn share_slot(size: u32, other: u32) -> bool {
    size >= EXACT_SLOTS && scaled(size ^ other) >> log2(size) == 0
}

/// Does the slot of `size` hold only blocks that can serve a request of `size`?
#[inline(always)]
fn is_lower_bound(size: u32) -> bool {
    size < EXACT_SLOTS || scaled(size) & ((1 << log2(size)) - 1) == 0
}

/// The head words and the bitmap of a pool.
impl<C: Config> Arena<C> {
    /// Words of bitmap that this configuration's largest pool needs.
    const BITMAP_WORDS: usize = {
        let largest = C::Index::MAX_GRANULES as u32;
        let log2 = 31 - largest.leading_zeros();
        (log2 * LISTS_PER_RANGE).div_ceil(32) as usize
    };
    const SUMMARY: usize = Self::FIT_STATE;
    const BITMAP: usize = Self::SUMMARY + WORD;
    const HEADS: usize = Self::BITMAP + Self::BITMAP_WORDS * WORD;

    /// One behind the last slot that a pool of `granules` can fill; all of one size have a head in every pool.
    fn slot_count(granules: u32) -> u32 {
        slot_of(granules).max(EXACT_SLOTS - 1) + 1
    }

    /// No block is smaller than `MIN`, so the slots below have no head.
    #[inline(always)]
    fn head_offset(slot: u32) -> usize {
        Self::HEADS + (slot.wrapping_sub(Self::MIN)) as usize * C::Index::BYTES
    }

    #[inline(always)]
    fn head(self, slot: u32) -> Block {
        Block(self.load_link(Self::head_offset(slot)))
    }

    /// The head of the list of `slot`, which a bitmap may name wrongly. Where it leads is not proved yet.
    #[inline(always)]
    fn first_of(self, slot: u32) -> Block {
        if Self::HARDENED && !self.has_head(slot) {
            return Block::NONE;
        }
        self.head(slot)
    }

    /// The head of the list of `slot`, which there is, if that says so itself.
    #[inline(always)]
    fn confirmed_head(self, slot: u32) -> Block {
        let head = self.head(slot);
        if !Self::HARDENED {
            return head;
        }
        // Without a name for the list, what the block says is too little.
        if Self::NAMES_LIST {
            if self.follows(head, Self::before_first(slot)) {
                return head;
            }
            return Block::NONE;
        }
        self.followed(head)
    }

    /// Is `block` proved to be the first block in the list of `slot`, and of a size that will do?
    #[inline(always)]
    fn is_first(self, block: Block, slot: u32, will_do: impl Fn(u32) -> bool) -> bool {
        if !Self::NAMES_LIST {
            return self.is_fit(block, will_do);
        }
        self.is_proved(block, Header::is_indexed::<C>)
            && will_do(self.size_of(block, self.header(block)))
            && self.previous_free(block) == Self::before_first(slot)
            && self.follows(self.next_free(block), block)
    }

    /// The first block in the list of `slot`, once it is proved to have `need` granules or more.
    #[inline(always)]
    fn offered_first(self, slot: u32, need: u32) -> Option<Block> {
        let block = self.first_of(slot);
        if Self::HARDENED && !self.is_first(block, slot, |size| size >= need) {
            return None;
        }
        Some(block)
    }

    #[inline(always)]
    fn set_head(self, slot: u32, block: Block) {
        self.store_link(Self::head_offset(slot), block.0);
    }

    /// With 32-bit links, the first block of a list has, for its previous link, a bit that no block's granule has and
    /// the list's slot. So removing and proving it takes no computing of slots. 16 bits have no room for that.
    const NAMES_LIST: bool = C::Index::BYTES == 4;
    const FIRST: u32 = 1 << 31;

    /// The previous link of the first block in the list of `slot`.
    #[inline(always)]
    fn before_first(slot: u32) -> Block {
        if Self::NAMES_LIST {
            Block(Self::FIRST | slot)
        } else {
            Block::NONE
        }
    }

    /// Does the first block of a list have this previous link?
    #[inline(always)]
    fn is_before_first(previous: Block) -> bool {
        if Self::NAMES_LIST {
            previous.0 & Self::FIRST != 0
        } else {
            previous == Block::NONE
        }
    }

    /// [`slot_of`], in one function if code is to be small.
    #[inline(always)]
    fn slot(size: u32) -> u32 {
        if C::COMPACT {
            slot_of_shared(size)
        } else {
            slot_of(size)
        }
    }

    /// The slot of the list whose first block has `size` granules and this previous link.
    #[inline(always)]
    fn slot_of_first(previous: Block, size: u32) -> u32 {
        if Self::NAMES_LIST {
            previous.0 & !Self::FIRST
        } else {
            Self::slot(size)
        }
    }

    /// Is there a head for `slot`?
    #[inline(always)]
    fn has_head(self, slot: u32) -> bool {
        slot.wrapping_sub(Self::MIN) < self.heads()
    }

    /// As many as fit between the first head and what stands behind the Fit's state: up to three more than there are, in
    /// the padding, which is cleared with them.
    #[inline(always)]
    fn heads(self) -> u32 {
        let behind = WORD + Self::map_bytes(self.end()).next_multiple_of(WORD);
        let bytes = self.first() * Self::GRANULE as u32 - (Self::HEADS + behind) as u32;
        bytes / C::Index::BYTES as u32
    }

    #[inline(always)]
    fn bitmap_word(self, word: u32) -> u32 {
        self.load(Self::BITMAP + word as usize * WORD)
    }

    #[inline(always)]
    fn mark_filled(self, slot: u32) {
        let word = slot / 32;
        let at = Self::BITMAP + word as usize * WORD;
        self.store(at, self.load(at) | 1 << (slot % 32));
        self.store(Self::SUMMARY, self.load(Self::SUMMARY) | 1 << word);
    }

    #[inline(always)]
    fn mark_empty(self, slot: u32) {
        let word = slot / 32;
        let at = Self::BITMAP + word as usize * WORD;
        let bits = self.load(at) & !(1 << (slot % 32));
        self.store(at, bits);
        if bits == 0 {
            self.store(Self::SUMMARY, self.load(Self::SUMMARY) & !(1 << word));
        }
    }

    /// The first non-empty slot from `slot` on.
    #[inline(always)]
    fn first_filled(self, slot: u32) -> Option<u32> {
        self.first_filled_of(slot / 32, !0 << (slot % 32))
    }

    /// The first non-empty slot behind `slot`.
    #[inline(always)]
    fn first_filled_after(self, slot: u32) -> Option<u32> {
        self.first_filled_of(slot / 32, !1 << (slot % 32))
    }

    /// The first non-empty slot among the `slots` of `word` and all the words behind it.
    #[inline(always)]
    fn first_filled_of(self, word: u32, slots: u32) -> Option<u32> {
        let bits = self.bitmap_word(word) & slots;
        if bits != 0 {
            return Some(word * 32 + bits.trailing_zeros());
        }
        let mut words = self.load(Self::SUMMARY) & (!1 << word);
        if Self::HARDENED {
            words &= !(!0 << Self::BITMAP_WORDS);
        }
        if words == 0 {
            return None;
        }
        let word = words.trailing_zeros();
        Some(word * 32 + self.bitmap_word(word).trailing_zeros())
    }

    /// Puts `block` at the head of the list of `slot`.
    #[inline(always)]
    fn push(self, slot: u32, block: Block) {
        let head = self.confirmed_head(slot);
        self.set_next_free(block, head);
        self.set_previous_free(block, Self::before_first(slot));
        self.set_previous_free(head, block);
        self.set_head(slot, block);
        self.mark_filled(slot);
    }

    /// Takes `block`, the head, out of the list of `slot`.
    #[inline(always)]
    fn pop(self, slot: u32, block: Block) {
        let next = self.linked_back(self.next_free(block));
        self.set_previous_free(next, Self::before_first(slot));
        self.set_head(slot, next);
        if !next.is_some() {
            self.mark_empty(slot);
        }
    }

    /// Puts `new` in the place of `block`, the head of the list of `slot`.
    #[inline(always)]
    fn replace_head(self, slot: u32, block: Block, new: Block) {
        let next = self.linked_back(self.next_free(block));
        self.set_next_free(new, next);
        self.set_previous_free(new, Self::before_first(slot));
        self.set_previous_free(next, new);
        self.set_head(slot, new);
    }

    /// [`Fit::cut`] of a block in the request's own `slot`, which is filled, perhaps with smaller blocks only.
    #[inline(never)]
    fn cut_own(self, slot: u32, need: u32) -> Option<Block> {
        let cut = Cut::of(self, self.find_own(slot, need)?);
        let rest = cut.size - need;
        if rest < Self::MIN {
            Tlsf::remove(self, cut.block, cut.size);
        } else {
            Tlsf::replace(self, cut.block, cut.size, cut.block.after(need), rest);
        }
        Some(cut.block)
    }

    /// A block for a request of `size` whose own `slot` is filled, perhaps with smaller blocks only.
    #[inline]
    fn find_own(self, slot: u32, size: u32) -> Option<Block> {
        self.best_of(slot, size, FIRST_LOOK)
            .or_else(|| self.offered_first(self.first_filled_after(slot)?, size))
            .or_else(|| self.best_of(slot, size, C::SEARCH_LIMIT))
    }

    /// The smallest sufficient one of the first `limit` blocks of `slot`.
    fn best_of(self, slot: u32, size: u32, limit: usize) -> Option<Block> {
        let mut best = None;
        let mut best_size = u32::MAX;
        let mut block = self.first_of(slot);
        let mut looks = 0;
        // No list is longer than the pool, but a damaged one may lead in a circle.
        let limit = if Self::HARDENED {
            limit.min(self.reach() as usize + 1)
        } else {
            limit
        };
        while block.is_some() && looks < limit {
            if Self::HARDENED && !self.may_be_block(block) {
                break;
            }
            let candidate = self.size_of(block, self.header(block));
            if candidate == size {
                return self.offered(block, size);
            }
            if candidate > size && candidate < best_size {
                best = Some(block);
                best_size = candidate;
            }
            block = self.next_free(block);
            looks += 1;
        }
        self.offered(best?, size)
    }
}

impl Fit for Tlsf {
    const ID: u8 = 1;

    fn state_bytes<C: Config>(granules: u32) -> usize {
        Arena::<C>::head_offset(Arena::<C>::slot_count(granules)) - Arena::<C>::FIT_STATE
    }

    fn clear<C: Config>(arena: Arena<C>) {
        arena.store(Arena::<C>::SUMMARY, 0);
        for word in 0..Arena::<C>::BITMAP_WORDS {
            arena.store(Arena::<C>::BITMAP + word * WORD, 0);
        }
        for slot in 0..arena.heads() {
            arena.set_head(Arena::<C>::MIN + slot, Block::NONE);
        }
    }

    #[inline(always)]
    fn insert<C: Config>(arena: Arena<C>, block: Block, size: u32) {
        arena.push(Arena::<C>::slot(size), block);
    }

    #[inline(always)]
    fn remove<C: Config>(arena: Arena<C>, block: Block, size: u32) {
        let next = arena.linked_back(arena.next_free(block));
        let previous = arena.previous_free(block);
        arena.set_previous_free(next, previous);
        if !Arena::<C>::is_before_first(previous) {
            arena.set_next_of(previous, next);
            return;
        }
        let slot = Arena::<C>::slot_of_first(previous, size);
        arena.set_head(slot, next);
        if !next.is_some() {
            arena.mark_empty(slot);
        }
    }

    #[inline(always)]
    fn replace<C: Config>(arena: Arena<C>, old: Block, old_size: u32, new: Block, size: u32) {
        if !share_slot(old_size, size) {
            Self::remove(arena, old, old_size);
            Self::insert(arena, new, size);
            return;
        }
        if new == old {
            return;
        }
        let next = arena.linked_back(arena.next_free(old));
        let previous = arena.previous_free(old);
        arena.set_next_free(new, next);
        arena.set_previous_free(new, previous);
        arena.set_previous_free(next, new);
        if Arena::<C>::is_before_first(previous) {
            arena.set_head(Arena::<C>::slot_of_first(previous, size), new);
        } else {
            arena.set_next_of(previous, new);
        }
    }

    #[inline(always)]
    fn find<C: Config>(arena: Arena<C>, size: u32) -> Option<Block> {
        if C::COMPACT {
            // One way for all sizes, also those whose own list needs no looking at.
            let fits = size <= arena.end() - arena.first();
            return fits
                .then(|| arena.find_own(Arena::<C>::slot(size), size))
                .flatten();
        }
        let slot = slot_of(size);
        // A slot beyond the pool's last has no bit, and so its (absent) head is never looked at.
        let filled = arena.first_filled(slot)?;
        if filled == slot && !is_lower_bound(size) {
            return arena.find_own(slot, size);
        }
        arena.offered_first(filled, size)
    }

    #[inline(always)]
    fn cut<C: Config>(arena: Arena<C>, need: u32) -> Option<Cut> {
        let slot = slot_of(need);
        if need < EXACT_SLOTS {
            // The head of its own list: no bitmap and no header has to be read first.
            let block = arena.head(slot);
            if block.is_some()
                && (!Arena::<C>::HARDENED || arena.is_first(block, slot, |size| size == need))
            {
                arena.pop(slot, block);
                return Some(Cut {
                    block,
                    header: arena.header(block),
                    size: need,
                });
            }
        }
        let filled = arena.first_filled(slot)?;
        if filled == slot && !is_lower_bound(need) {
            return Some(Cut::of(arena, arena.cut_own(slot, need)?));
        }
        let cut = Cut::of(arena, arena.offered_first(filled, need)?);
        let rest = cut.size - need;
        if rest < Arena::<C>::MIN {
            arena.pop(filled, cut.block);
            return Some(cut);
        }
        let behind = cut.block.after(need);
        let target = slot_of(rest);
        if target == filled {
            arena.replace_head(filled, cut.block, behind);
        } else {
            arena.pop(filled, cut.block);
            arena.push(target, behind);
        }
        Some(cut)
    }

    fn largest<C: Config>(arena: Arena<C>, looks: usize) -> u32 {
        let words = arena.load(Arena::<C>::SUMMARY) & !(!0 << Arena::<C>::BITMAP_WORDS);
        let slot = words.checked_ilog2().and_then(|word| {
            let bit = arena.bitmap_word(word).checked_ilog2()?;
            Some(word * 32 + bit)
        });
        sizes_in(arena, slot, looks).max().unwrap_or(0)
    }

    fn smallest<C: Config>(arena: Arena<C>, looks: usize) -> u32 {
        let words = arena.load(Arena::<C>::SUMMARY) & !(!0 << Arena::<C>::BITMAP_WORDS);
        let slot = (words != 0)
            .then(|| words.trailing_zeros())
            .and_then(|word| {
                let bits = arena.bitmap_word(word);
                (bits != 0).then(|| word * 32 + bits.trailing_zeros())
            });
        sizes_in(arena, slot, looks).min().unwrap_or(0)
    }

    fn check<C: Config>(arena: Arena<C>, free: Gathering) -> Result<(), Corruption> {
        let mut listed = Gathering::default();
        for slot in Arena::<C>::MIN..Arena::<C>::slot_count(arena.end()) {
            check_list(arena, slot, &mut listed, free.count)?;
        }
        for word in 0..Arena::<C>::BITMAP_WORDS as u32 {
            check_bitmap(arena, word)?;
        }
        let beyond = !0 << Arena::<C>::BITMAP_WORDS;
        if arena.load(Arena::<C>::SUMMARY) & beyond != 0 {
            return Err(Corruption::of_pool(Broken::Bitmap));
        }
        if listed != free {
            return Err(Corruption::of_pool(Broken::ListCount));
        }
        Ok(())
    }

    #[inline(always)]
    fn knows<C: Config>(arena: Arena<C>, block: Block, size: u32) -> bool {
        let next = arena.next_free(block);
        let previous = arena.previous_free(block);
        if next.is_some() && !(arena.may_be_block(next) && arena.previous_free(next) == block) {
            return false;
        }
        if Arena::<C>::is_before_first(previous) {
            let slot = Arena::<C>::slot_of_first(previous, size);
            (!Arena::<C>::NAMES_LIST || arena.has_head(slot)) && arena.head(slot) == block
        } else {
            arena.may_be_block(previous) && arena.next_free(previous) == block
        }
    }
}

/// The sizes of the first `looks` blocks of a list, or of as many as a request may look at. Asking is safe, so this also comes to
/// an end in a damaged pool.
fn sizes_in<C: Config>(
    arena: Arena<C>,
    slot: Option<u32>,
    looks: usize,
) -> impl Iterator<Item = u32> {
    let slot =
        slot.filter(|slot| (Arena::<C>::MIN..Arena::<C>::slot_count(arena.end())).contains(slot));
    let most = C::SEARCH_LIMIT
        .max(FIRST_LOOK)
        .min(looks)
        .min(arena.reach() as usize + 1);
    let mut block = slot.map_or(Block::NONE, |slot| arena.head(slot));
    (0..most).map_while(move |_| {
        let size = arena.bounded_size(block)?;
        block = arena.next_free(block);
        Some(size)
    })
}

/// Walks one list, and adds its blocks to those `listed` so far, of which there are `most` in all.
fn check_list<C: Config>(
    arena: Arena<C>,
    slot: u32,
    listed: &mut Gathering,
    most: u32,
) -> Result<(), Corruption> {
    let mut before = Arena::<C>::before_first(slot);
    let mut block = arena.head(slot);
    while block.is_some() {
        let sound = arena.may_be_free(block)
            && arena.previous_free(block) == before
            && listed.count < most
            && arena
                .bounded_size(block)
                .is_some_and(|size| slot_of(size) == slot);
        if !sound {
            return Err(if Arena::<C>::is_before_first(before) {
                Corruption::of_pool(Broken::ListHead)
            } else {
                Corruption::of_block(arena, before, Broken::ListLink)
            });
        }
        listed.add(block);
        before = block;
        block = arena.next_free(block);
    }
    Ok(())
}

/// A bit is set exactly where a head is, and a summary bit where a word has one.
fn check_bitmap<C: Config>(arena: Arena<C>, word: u32) -> Result<(), Corruption> {
    let slots = Arena::<C>::MIN..Arena::<C>::slot_count(arena.end());
    let bits = arena.bitmap_word(word);
    for bit in 0..32 {
        let slot = word * 32 + bit;
        let filled = slots.contains(&slot) && arena.head(slot).is_some();
        if filled != (bits >> bit & 1 != 0) {
            return Err(Corruption::of_pool(Broken::Bitmap));
        }
    }
    if (bits != 0) != (arena.load(Arena::<C>::SUMMARY) >> word & 1 != 0) {
        return Err(Corruption::of_pool(Broken::Bitmap));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
