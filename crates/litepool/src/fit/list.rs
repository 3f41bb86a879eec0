//! Free lists: their heads, their names, and links that prove each other.
//!
//! ```text
//!   list:   head -> block -> block -> 0        next
//!           name <- block <- block             previous
//! ```
//!
//! A list is linked both ways. What stands before its first block is the list's **name**, the
//! complement of its index, which few granules are; where a block could be meant, the head that
//! leads to the block decides. So removing a block never computes its list, and every link is
//! proved by the one that leads back before either is overwritten (safe unlinking).
//!
//! Which lists there are, and which have blocks, the algorithms know.

use super::Free;
use crate::block::{Block, Blocks};
use crate::layout::Shape;
use crate::memory::WORD;

/// The lists of a pool. That of the smallest block's size, whose index this is, has the first head.
#[derive(Clone, Copy)]
pub struct Lists<'b, S> {
    blocks: &'b Blocks<S>,
    heads: usize,
    /// What has a head from here on is no list.
    end: u32,
}

/// The links of a block in a list.
struct Links {
    next: Block,
    /// The block before, or the list's name.
    previous: Block,
    /// Where the link that leads to the block stands.
    place: usize,
    is_first: bool,
}

impl<'b, S: Shape> Lists<'b, S> {
    /// The lists before `end` whose heads begin at the offset `heads`. Heads end where the index
    /// does.
    #[inline(always)]
    pub fn at(blocks: &'b Blocks<S>, heads: usize, end: u32) -> Self {
        Self { blocks, heads, end }
    }

    /// The chain whose free blocks the lists have.
    #[inline(always)]
    pub fn blocks(&self) -> &'b Blocks<S> {
        self.blocks
    }

    /// How many lists the pool has a head for. What pads the state may count as some more, which
    /// are empty for ever.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        let blocks = self.blocks;
        let map = blocks.layout().map_bytes(blocks.end().0);
        let behind = blocks.offset(blocks.first()) - WORD - map.next_multiple_of(WORD);
        ((behind - self.heads) >> blocks.layout().link.trailing_zeros()) as u32
    }

    /// Has the pool a head for `list`? No block is smaller than the smallest, so there is none for
    /// the lists below.
    #[inline(always)]
    pub fn has(&self, list: u32) -> bool {
        list.wrapping_sub(self.blocks.min()) < self.count()
    }

    /// Where the head of `list` stands.
    #[inline(always)]
    pub fn head_offset(&self, list: u32) -> usize {
        let number = list.wrapping_sub(self.blocks.min()) as usize;
        self.heads + number * self.blocks.layout().link
    }

    /// The first block of `list`, which has a head.
    #[inline(always)]
    pub fn head(&self, list: u32) -> Block {
        Block(self.blocks.link(self.head_offset(list)))
    }

    /// The first block of `list`; none where it has no head.
    #[inline(always)]
    pub fn first(&self, list: u32) -> Block {
        if self.has(list) {
            self.head(list)
        } else {
            Block::NONE
        }
    }

    /// What stands before the first block of `list`.
    #[inline(always)]
    pub fn name(&self, list: u32) -> Block {
        Block(!list & self.link_mask())
    }

    /// The list of this name, if it is one.
    #[inline(always)]
    fn named(&self, name: Block) -> u32 {
        !name.0 & self.link_mask()
    }

    #[inline(always)]
    fn link_mask(&self) -> u32 {
        if self.blocks.layout().link == 2 {
            u32::from(u16::MAX)
        } else {
            u32::MAX
        }
    }

    /// The free block at `block`, where a link leads: in a hardened pool validated, else believed.
    #[inline]
    pub fn free_at(&self, block: Block) -> Free {
        let blocks = self.blocks;
        let size = if blocks.is_hardened() {
            blocks.free_size(block)
        } else {
            blocks.size(blocks.header(block))
        };
        Free { block, size }
    }

    /// The first block of `list`, if it is sound and of `need` granules or more.
    #[inline]
    pub fn first_of(&self, list: u32, need: u32) -> Free {
        if self.blocks.is_hardened() && !self.has(list) {
            return Free::NONE;
        }
        let free = self.free_at(self.head(list));
        if self.blocks.is_hardened() && free.size < need {
            return Free::NONE;
        }
        free
    }

    /// Puts `block` first in `list`. Says whether the list was empty.
    #[inline]
    pub fn push(&self, list: u32, block: Block) -> bool {
        let blocks = self.blocks;
        let mut head = self.head(list);
        if blocks.is_hardened() && !self.is_first(head, list) {
            // What the head does not lead to is lost to requests until the pool is mended.
            head = Block::NONE;
        }
        blocks.set_next_free(block, head);
        blocks.set_previous_free(block, self.name(list));
        blocks.set_link(self.head_offset(list), block.0);
        if head.is_some() {
            blocks.set_previous_free(head, block);
        }
        !head.is_some()
    }

    /// Does `block` say that it is the first of `list`?
    #[inline(always)]
    fn is_first(&self, block: Block, list: u32) -> bool {
        self.blocks.may_begin(block)
            && self.blocks.previous_free(block) == self.name(list)
            && self.is_believed(block)
    }

    /// May a block be written to that says what it should? Where nothing is believed, it has to be
    /// a free one: proved, where 16 bits name it. 32 bits are hardly in somebody's memory, though
    /// they were found there, where a byte of contents was followed by old zeros; so a header is
    /// asked whether it is a free block's.
    #[inline]
    fn is_believed(&self, block: Block) -> bool {
        let blocks = self.blocks;
        if !blocks.is_hardened() {
            true
        } else if blocks.layout().link == 4 {
            blocks.header(block).is_free()
        } else {
            blocks.free_size(block) != 0
        }
    }

    /// Unlinks `block`, which the head of `list` leads to, if the next one leads back to it, and
    /// says if the list is empty now.
    #[inline]
    pub fn pop(&self, list: u32, block: Block, on_empty: impl FnOnce()) -> bool {
        let blocks = self.blocks;
        let next = blocks.next_free(block);
        if !next.is_some() {
            on_empty();
        } else if self.leads_back(next, block) {
            blocks.set_previous_free(next, self.name(list));
        } else {
            return false;
        }
        blocks.set_link(self.head_offset(list), next.0);
        true
    }

    /// Can a block begin at `next`, and does it say that `block` stands before it in the list?
    #[inline(always)]
    fn leads_back(&self, next: Block, block: Block) -> bool {
        self.blocks.may_begin(next)
            && self.blocks.previous_free(next) == block
            && self.is_believed(next)
    }

    /// The links of `block`, if the words that they are about to overwrite lead back to it.
    #[inline]
    fn links(&self, block: Block) -> Option<Links> {
        let blocks = self.blocks;
        let (next, previous) = (blocks.next_free(block), blocks.previous_free(block));
        let list = self.named(previous);
        let is_first = list < self.end && self.has(list) && self.head(list) == block;
        let place = if is_first {
            self.head_offset(list)
        } else if blocks.may_begin(previous)
            && blocks.next_free(previous) == block
            && self.is_believed(previous)
        {
            blocks.offset(previous)
        } else {
            return None;
        };
        (!next.is_some() || self.leads_back(next, block)).then_some(Links {
            next,
            previous,
            place,
            is_first,
        })
    }

    /// Can `block` be unlinked?
    pub fn is_linked(&self, block: Block) -> bool {
        self.links(block).is_some()
    }

    /// Unlinks `block`, if the links that lead to it say so, and says which list is empty now.
    #[inline]
    pub fn unlink(&self, block: Block, on_empty: impl FnOnce(u32)) -> bool {
        let Some(links) = self.links(block) else {
            return false;
        };
        self.blocks.set_link(links.place, links.next.0);
        if links.next.is_some() {
            self.blocks.set_previous_free(links.next, links.previous);
        } else if links.is_first {
            on_empty(self.named(links.previous));
        }
        true
    }
}

#[cfg(test)]
mod tests;
