//! A hole becomes a used block; a used block becomes a hole again.
//!
//! ```text
//!   carve:           |          hole            |
//!                    | gap  |   used   |  rest  |        gap and rest: free blocks, or none
//!
//!   release:  | free | used | free |
//!             |        free        |
//! ```

use super::place::{Placement, Request};
use super::verify::{Ordinary, Used};
use crate::arena::Arena;
use crate::block::{Alignment, Block, Form, Header, SizeField};
use crate::config::Config;
use crate::control::Counter;
use crate::fit::sealed::{Cut, Fit as _};

/// Room between two used blocks, known to no list; or about to be, and asked what would fit. The header at its start still
/// tells the size of the block before it.
#[derive(Clone, Copy)]
pub struct Hole {
    /// Where it begins.
    pub start: Block,
    /// Granules from there to the next used block.
    pub size: u32,
}

impl Hole {
    /// The room of the free block `block`.
    #[inline(always)]
    pub fn at<C: Config>(arena: Arena<C>, block: Block) -> Self {
        Self {
            start: block,
            size: arena.size_of(block, arena.header(block)),
        }
    }

    /// The room of a used block and of the free one behind it.
    #[inline(always)]
    pub fn and_next(used: &Used) -> Self {
        Self {
            start: used.block,
            size: used.size + used.next_free,
        }
    }

    /// The room of a used block and of its free neighbours.
    #[inline(always)]
    pub fn around(used: &Used) -> Self {
        Self {
            start: used.block.before(used.previous_free),
            size: used.previous_free + used.size + used.next_free,
        }
    }
}

/// The index, called where it is needed or, if the code is to be small, one function for all.
impl<C: Config> Arena<C> {
    #[inline(always)]
    fn remember(self, block: Block, size: u32) {
        if C::COMPACT {
            self.remember_shared(block, size);
        } else {
            C::Fit::insert(self, block, size);
        }
    }

    #[inline(never)]
    fn remember_shared(self, block: Block, size: u32) {
        C::Fit::insert(self, block, size);
    }

    #[inline(always)]
    fn forget(self, block: Block, size: u32) {
        if C::COMPACT {
            self.forget_shared(block, size);
        } else {
            C::Fit::remove(self, block, size);
        }
    }

    #[inline(never)]
    fn forget_shared(self, block: Block, size: u32) {
        C::Fit::remove(self, block, size);
    }

    #[inline(always)]
    fn exchange(self, old: Block, old_size: u32, new: Block, size: u32) {
        if C::COMPACT {
            self.forget_shared(old, old_size);
            self.remember_shared(new, size);
        } else {
            C::Fit::replace(self, old, old_size, new, size);
        }
    }
}

impl<C: Config> Arena<C> {
    /// Cuts a used block of `need` granules, of the ordinary form, from the start of a free block:
    /// [`Arena::carve`] for the common case.
    #[inline(always)]
    pub fn cut(self, need: u32) -> Option<Block> {
        let Cut {
            block,
            header,
            size,
        } = C::Fit::cut(self, need)?;
        let rest = size - need;
        if rest < Self::MIN {
            self.set_header(block, header.taken());
            self.count(Counter::FreeBlocks, -1);
            self.count_used(size);
        } else {
            let field = Form::Ordinary.field(need);
            self.set_header(block, Header::used(field, header.previous()));
            self.make_free(block.after(need), rest, field);
            self.count_used(need);
        }
        self.count(Counter::UsedBlocks, 1);
        Some(block)
    }

    /// Cuts a used block of `need` granules, of the ordinary form, out of a free block, `gap` granules behind its start:
    /// [`Arena::carve`] for a modest alignment. Gives the block and its size; counting it is left to the caller.
    #[inline]
    pub fn cut_behind(self, cut: Cut, gap: u32, need: u32, alignment: Alignment) -> (Block, u32) {
        let block = cut.block.after(gap);
        let room = cut.size - gap;
        let rest = room - need;
        let behind = block.after(need);
        if gap >= Self::MIN {
            self.exchange(cut.block, cut.size, cut.block, gap);
            self.set_header(
                cut.block,
                Header::free(SizeField::of::<C>(gap), cut.header.previous()),
            );
        } else if rest >= Self::MIN {
            self.exchange(cut.block, cut.size, behind, rest);
        } else {
            self.forget(cut.block, cut.size);
            self.count(Counter::FreeBlocks, -1);
        }
        let previous = if gap == 0 {
            cut.header.previous()
        } else if gap >= Self::MIN {
            SizeField::of::<C>(gap)
        } else {
            self.count_used(gap);
            self.absorb(cut.block, cut.header.previous(), gap)
        };
        let size = if rest < Self::MIN { room } else { need };
        let field = Form::Ordinary.field(size);
        self.make_used(block, size, Form::Ordinary, previous, alignment);
        if rest < Self::MIN {
            self.set_previous(behind.after(rest), field);
        } else {
            self.make_free(behind, rest, field);
            if gap >= Self::MIN {
                // Only now, when the chain is whole again: the list's head may be the gap, and is proved.
                self.remember(behind, rest);
                self.count(Counter::FreeBlocks, 1);
            }
        }
        (block, size)
    }

    /// Gives a used block of the ordinary form, which asked for no alignment, `need` granules instead of its own: more
    /// of the free block behind it or less. `need` is not what it has, and there is room.
    #[inline]
    pub fn recut(self, used: &Used, need: u32) {
        let room = used.size + used.next_free;
        let rest = room - need;
        let behind = used.block.after(need);
        let size = if rest < Self::MIN { room } else { need };
        let field = Form::Ordinary.field(size);
        if rest < Self::MIN {
            self.forget(used.next, used.next_free);
            self.count(Counter::FreeBlocks, -1);
            self.set_previous(behind.after(rest), field);
        } else {
            if used.next_free == 0 {
                self.remember(behind, rest);
                self.count(Counter::FreeBlocks, 1);
            } else {
                self.exchange(used.next, used.next_free, behind, rest);
            }
            self.make_free(behind, rest, field);
        }
        self.set_header(used.block, Header::used(field, used.header.previous()));
        self.count_used(size.wrapping_sub(used.size));
    }

    /// Gives an ordinary block up whose neighbours are used, and counts it out: [`Arena::merge`] where there is nothing to
    /// merge.
    #[inline(always)]
    pub fn release_alone(self, found: &Ordinary) {
        // Its size stays, and with it what the follower says.
        self.set_header(found.block, found.header.released());
        self.remember(found.block, found.size());
        self.count(Counter::FreeBlocks, 1);
        self.count(Counter::UsedBlocks, -1);
        self.count(Counter::Used, 0i32.wrapping_sub_unsigned(found.size()));
    }

    /// Gives a used block up, and merges it with its free neighbours. Counting it out is left to the caller.
    #[inline(always)]
    pub fn merge(self, used: &Used) {
        if C::COMPACT {
            let hole = Hole::around(used);
            self.empty(used, hole);
            self.release(hole.start, hole.size);
            return;
        }
        if used.previous_free | used.next_free == 0 {
            // Its size stays, and with it what the follower says.
            let header = used.header.released();
            self.set_header(used.block, header);
            if header.size().is_large::<C>() {
                self.make_free(used.block, used.size, header.previous());
            }
            self.remember(used.block, used.size);
            self.count(Counter::FreeBlocks, 1);
            return;
        }
        let size = used.previous_free + used.size + used.next_free;
        let start = used.block.before(used.previous_free);
        let previous = if used.previous_free == 0 {
            self.exchange(used.next, used.next_free, start, size);
            used.header.previous()
        } else {
            if used.next_free != 0 {
                self.forget(used.next, used.next_free);
                self.count(Counter::FreeBlocks, -1);
            }
            // This header ends up inside the merged block, where a stale pointer must not find it in use. Only then is
            // the place the index's, which may write its links there.
            self.set_header(used.block, used.header.released());
            self.exchange(start, used.previous_free, start, size);
            self.header(start).previous()
        };
        self.make_free(start, size, previous);
    }

    /// A used block is no more, or about to be made anew.
    #[inline(always)]
    pub fn uncount(self, used: &Used) {
        self.count(Counter::UsedBlocks, -1);
        self.count(Counter::Used, 0i32.wrapping_sub_unsigned(used.size));
    }

    /// Makes a used block for `request` at its `placement` in `hole`.
    ///
    /// A gap too small for a block goes to the used block before the hole, a rest too small to this block.
    #[inline(always)]
    pub fn carve(self, hole: Hole, placement: Placement, request: &Request<C>) {
        let gap = placement.gap;
        let form = placement.form.possible::<C>();
        let need = request.need(form);
        self.carve_out(hole.start, hole.size, gap, need, form, request.alignment());
    }

    /// [`Arena::carve`] in words.
    #[inline(never)]
    fn carve_out(
        self,
        start: Block,
        room: u32,
        gap: u32,
        need: u32,
        form: Form,
        alignment: Alignment,
    ) {
        let form = form.possible::<C>();
        let mut previous = self.header(start).previous();
        let mut counted = 0;
        if gap >= Self::MIN {
            // This tells the place behind the gap; the block to be made there repeats it.
            self.release(start, gap);
            previous = SizeField::of::<C>(gap);
        } else if gap != 0 {
            previous = self.absorb(start, previous, gap);
            counted = gap;
        }
        let (block, room) = (start.after(gap), room - gap);
        let rest = room - need;
        let size = if rest < Self::MIN { room } else { need };
        self.make_used(block, size, form, previous, alignment);
        self.count(Counter::UsedBlocks, 1);
        self.count_used(size + counted);
        let behind = block.after(size);
        self.set_previous(behind, form.field(size));
        if rest >= Self::MIN {
            self.release(behind, rest);
        }
    }

    /// Makes the room of `size` granules at `start`, which is in no list, a free block, and counts it. The header there
    /// tells the size of the block before it.
    #[inline(never)]
    pub fn release(self, start: Block, size: u32) {
        self.make_free_here(start, size, self.header(start).previous());
        C::Fit::insert(self, start, size);
        self.count(Counter::FreeBlocks, 1);
    }

    /// Gives a used block up whose room is to be used anew, and takes the free neighbours in `hole` out of their lists.
    /// Counting it out is left to the caller.
    #[inline(always)]
    pub fn empty(self, used: &Used, hole: Hole) {
        self.forget_one(used.next, used.next_free);
        self.forget_one(hole.start, used.block.0 - hole.start.0);
        // Wherever this header ends up, a stale pointer must not find it in use.
        self.set_header(used.block, used.header.released());
    }

    /// Takes a free block out of its list, and counts it, unless it has no size.
    #[inline(never)]
    pub fn forget_one(self, block: Block, size: u32) {
        if size != 0 {
            C::Fit::remove(self, block, size);
            self.count(Counter::FreeBlocks, -1);
        }
    }

    /// Gives the `gap` granules at `start`, too few for a block, to the used block before, which has the size `previous`;
    /// gives its new size. Counting them is left to the caller.
    #[inline(always)]
    fn absorb(self, start: Block, previous: SizeField, gap: u32) -> SizeField {
        let size = previous.granules();
        let before = start.before(size);
        let header = self.header(before);
        // Read before the record moves, and written after: each may stand where the other one was.
        let alignment = self.alignment(before, header, size);
        self.stretch_record(before, size, gap);
        if alignment.is_some() {
            self.set_alignment(before, size + gap, Form::Ordinary, alignment);
        }
        self.set_header(before, header.grown(gap));
        Form::Ordinary.field(size + gap)
    }
}
