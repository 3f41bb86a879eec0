//! The partial list of a class: its slabs with a free slot, linked both ways in a circle.

use super::{LINKS, Slabs};
use crate::block::Block;
use crate::layout::Shape;
use crate::memory::WORD;

impl<S: Shape> Slabs<'_, S> {
    /// The next slab of the list.
    #[inline(always)]
    pub fn next(&self, slab: Block) -> Block {
        Block(self.blocks.link(self.blocks.offset(slab) + LINKS))
    }

    /// The slab before in the list; of the first one, the last one.
    #[inline(always)]
    pub fn previous(&self, slab: Block) -> Block {
        let link = self.blocks.layout().link;
        Block(self.blocks.link(self.blocks.offset(slab) + LINKS + link))
    }

    /// Links two slabs.
    fn join(&self, slab: Block, next: Block) {
        let link = self.blocks.layout().link;
        self.blocks
            .set_link(self.blocks.offset(slab) + LINKS, next.0);
        self.blocks
            .set_link(self.blocks.offset(next) + LINKS + link, slab.0);
    }

    /// Puts `slab` at the end of the list.
    pub(super) fn append(&self, slab: Block) {
        let head = self.head();
        if self.leads_back(head) {
            self.join(self.previous(head), slab);
            self.join(slab, head);
        } else {
            self.join(slab, slab);
            self.set_head(slab);
        }
    }

    /// Takes `slab` out of the list. One whose links lead astray takes the list's remainder along:
    /// what is corrupt serves no request any more.
    pub(super) fn unlink(&self, slab: Block) {
        let (next, previous) = (self.next(slab), self.previous(slab));
        if next == slab || !self.leads_back(slab) {
            self.set_head(Block::NONE);
            return;
        }
        self.join(previous, next);
        if self.head() == slab {
            self.set_head(next);
        }
    }

    /// Do the links of `slab` lead to slabs that lead back?
    pub(super) fn leads_back(&self, slab: Block) -> bool {
        self.is_slab(slab) && {
            let (next, previous) = (self.next(slab), self.previous(slab));
            self.is_slab(next)
                && self.is_slab(previous)
                && self.previous(next) == slab
                && self.next(previous) == slab
        }
    }

    /// Does a slab of this class begin at `slab`, as the map says, and end in the pool?
    #[inline(always)]
    pub fn is_slab(&self, slab: Block) -> bool {
        // A corrupt link may be so large that it has no offset.
        self.blocks.may_begin(slab) && {
            let (offset, bytes) = (self.blocks.offset(slab), self.class.bytes as usize);
            self.class.slab_of(offset) == offset
                && offset + bytes - WORD <= self.blocks.memory().size() as usize
                && Self::number_at(self.blocks, offset) == self.number
        }
    }

    /// The first slab of the list; in a hardened pool, if it is proved to be a whole one.
    #[inline]
    pub(super) fn first(&self) -> Option<Block> {
        let head = self.head();
        let is_sound = if self.blocks.is_hardened() {
            self.is_slab(head) && self.is_confirmed(self.blocks.offset(head))
        } else {
            head.is_some()
        };
        is_sound.then_some(head)
    }

    /// [`Slabs::first`]; one that is not whole leaves the list first.
    pub(super) fn first_or_next(&self) -> Option<Block> {
        let head = self.head();
        if self.first().is_none() && head.is_some() {
            if self.is_slab(head) {
                self.unlink(head);
            } else {
                self.set_head(Block::NONE);
            }
        }
        self.first()
    }
}
