//! A hole becomes a used block; a used block becomes a hole again.
//!
//! ```text
//!   carve:           |          hole            |
//!                    | gap  |   used   |  rest  |        gap and rest: free blocks, or none
//!
//!   release:  | free | used | free |
//!             |        free        |
//! ```

use super::verify::Used;
use crate::arena::Arena;
use crate::block::{Alignment, Block, Form, Header, SizeField};
use crate::config::Config;
use crate::control::Counter;
use crate::fit::sealed::Fit as _;

/// Room between two used blocks, known to no list.
#[derive(Clone, Copy)]
pub struct Hole {
    /// Where it begins.
    pub start: Block,
    /// Granules from there to the next used block.
    pub size: u32,
    /// The size of the block before it, as a header states it.
    pub previous: SizeField,
}

impl Hole {
    /// Takes the free block `block` out of its list.
    #[inline]
    pub fn take<C: Config>(arena: Arena<C>, block: Block) -> Self {
        let header = arena.header(block);
        let size = arena.size_of(block, header);
        C::Fit::remove(arena, block, size);
        arena.count(Counter::FreeBlocks, -1);
        Self {
            start: block,
            size,
            previous: header.previous(),
        }
    }

    /// The room of a used block.
    pub fn of(used: &Used) -> Self {
        Self {
            start: used.block,
            size: used.size,
            previous: used.header.previous(),
        }
    }

    /// The room of a used block and of its free neighbours, which are taken out of their lists.
    pub fn around<C: Config>(arena: Arena<C>, used: &Used) -> Self {
        Self::of(used)
            .and_next(arena, used)
            .and_previous(arena, used)
    }

    /// The same room, while the neighbours stay in their lists: for asking what would fit.
    pub fn union<C: Config>(arena: Arena<C>, used: &Used) -> Self {
        let start = used.block.before(used.previous_free);
        Self {
            start,
            size: used.previous_free + used.size + used.next_free,
            previous: arena.header(start).previous(),
        }
    }

    /// With the free block behind it, if there is one.
    pub fn and_next<C: Config>(self, arena: Arena<C>, used: &Used) -> Self {
        if used.next_free == 0 {
            return self;
        }
        C::Fit::remove(arena, used.next, used.next_free);
        arena.count(Counter::FreeBlocks, -1);
        Self {
            size: self.size + used.next_free,
            ..self
        }
    }

    /// With the free block before it, if there is one.
    pub fn and_previous<C: Config>(self, arena: Arena<C>, used: &Used) -> Self {
        if used.previous_free == 0 {
            return self;
        }
        let start = used.block.before(used.previous_free);
        C::Fit::remove(arena, start, used.previous_free);
        arena.count(Counter::FreeBlocks, -1);
        Self {
            start,
            size: self.size + used.previous_free,
            previous: arena.header(start).previous(),
        }
    }

    /// Makes it a free block.
    pub fn release<C: Config>(self, arena: Arena<C>) {
        arena.make_free(self.start, self.size, self.previous);
        C::Fit::insert(arena, self.start, self.size);
        arena.count(Counter::FreeBlocks, 1);
    }
}

impl<C: Config> Arena<C> {
    /// Cuts a used block of `need` granules, of the ordinary form, from the start of the free block `block`:
    /// [`Arena::carve`] for the common case.
    #[inline(always)]
    pub fn cut(self, block: Block, need: u32) {
        let header = self.header(block);
        let size = self.size_of(block, header);
        let rest = size - need;
        if rest < Self::MIN {
            C::Fit::remove(self, block, size);
            self.count(Counter::FreeBlocks, -1);
            self.set_header(block, header.taken());
            self.count_used(size);
        } else {
            let field = Form::Ordinary.field(need);
            let behind = block.after(need);
            C::Fit::replace(self, block, size, behind, rest);
            self.set_header(block, Header::used(field, header.previous()));
            self.make_free(behind, rest, field);
            self.count_used(need);
        }
        self.count(Counter::UsedBlocks, 1);
    }

    /// Gives a used block up, and merges it with its free neighbours.
    #[inline(always)]
    pub fn merge(self, used: &Used) {
        let size = used.previous_free + used.size + used.next_free;
        let start = used.block.before(used.previous_free);
        let previous = if used.previous_free == 0 {
            if used.next_free == 0 {
                C::Fit::insert(self, start, size);
                self.count(Counter::FreeBlocks, 1);
            } else {
                C::Fit::replace(self, used.next, used.next_free, start, size);
            }
            used.header.previous()
        } else {
            if used.next_free != 0 {
                C::Fit::remove(self, used.next, used.next_free);
                self.count(Counter::FreeBlocks, -1);
            }
            // This header ends up inside the merged block, where a stale pointer must not find it in use. Only then is
            // the place the index's, which may write its links there.
            self.set_header(used.block, used.header.released());
            C::Fit::replace(self, start, used.previous_free, start, size);
            self.header(start).previous()
        };
        self.make_free(start, size, previous);
        self.uncount(used);
    }

    /// A used block is no more, or about to be made anew.
    #[inline(always)]
    pub fn uncount(self, used: &Used) {
        self.count(Counter::UsedBlocks, -1);
        self.count(Counter::Used, 0i32.wrapping_sub_unsigned(used.size));
    }

    /// Cuts a used block of `need` granules out of `hole`, `gap` granules behind its start.
    ///
    /// A gap too small for a block goes to the used block before the hole, a rest too small to this block.
    pub fn carve(self, hole: Hole, gap: u32, need: u32, form: Form, alignment: Alignment) -> Block {
        let block = hole.start.after(gap);
        let room = hole.size - gap;
        let previous = if gap == 0 {
            hole.previous
        } else {
            self.leave_gap(hole, gap)
        };
        let rest = room - need;
        let size = if rest < Self::MIN { room } else { need };
        self.make_used(block, size, form, previous, alignment);
        self.count(Counter::UsedBlocks, 1);
        self.count_used(size);
        if rest < Self::MIN {
            self.set_previous(block.after(size), form.field(size));
        } else {
            let rest = Hole {
                start: block.after(size),
                size: rest,
                previous: form.field(size),
            };
            rest.release(self);
        }
        block
    }

    /// Leaves the first `gap` granules of `hole` free, or to the used block before it; gives the size of what
    /// then stands before the rest.
    #[cold]
    fn leave_gap(self, hole: Hole, gap: u32) -> SizeField {
        if gap >= Self::MIN {
            let front = Hole { size: gap, ..hole };
            // This tells the place behind the gap; the block to be made there repeats it.
            front.release(self);
            return SizeField::of(gap);
        }
        let size = hole.previous.granules();
        let before = hole.start.before(size);
        let header = self.header(before);
        self.make_used(
            before,
            size + gap,
            Form::Ordinary,
            header.previous(),
            self.alignment(before, header, size),
        );
        self.count_used(gap);
        Form::Ordinary.field(size + gap)
    }
}
