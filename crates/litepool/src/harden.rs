//! [`Check::Hardened`]: nothing is handed out before it is proved to be free.
//!
//! What the chain of blocks says three times over is believed, and nothing else. A request takes a block only from a
//! place where the chain has a free block, with both neighbours agreeing on its size and on where it stands, and which its list
//! knows:
//!
//! ```text
//!        s             n
//!   | previous |  free block  | next
//!     size = s   size = n       prev = n
//!                prev = s
//! ```
//!
//! A link that is only written through, because the block that it leads to gets a new neighbour in its list, asks for less: the
//! word that is about to be overwritten must be the link back, where a link has 32 bits. Who holds that memory, if anybody
//! does, has never written there.
//!
//! A link that leads elsewhere counts as none: its list ends there. So damage can hide blocks from the index, and a request may be
//! refused that a hidden block could have served; but nothing outside the pool is read or written, no used block is
//! taken for a free one, and no block is handed out twice. [`Heap::check`](crate::Heap::check) finds what is hidden.

use crate::arena::Arena;
use crate::block::{Block, Header};
use crate::config::{Check, Config, sealed::Index as _};
use crate::fit::sealed::Fit as _;

impl<C: Config> Arena<C> {
    /// Are links proved before they are followed?
    pub const HARDENED: bool = matches!(C::CHECK, Check::Hardened | Check::Whole);

    /// Does a check of everything come before every request and every free?
    pub const CHECKS_WHOLE: bool = matches!(C::CHECK, Check::Whole);

    /// What `link` leads to, once that is proved to be a free block.
    #[inline(always)]
    pub fn followed(self, link: Block) -> Block {
        if Self::HARDENED && link.is_some() && !self.is_proved(link, Header::is_indexed::<C>) {
            return Block::NONE;
        }
        link
    }

    /// What `link`, a link of a block that the index knows, leads to: the word there that is about to be overwritten is the link
    /// back, or `link` is none. With 32-bit links that is enough; 16 bits are too likely to be somebody's data.
    #[inline(always)]
    pub fn linked_back(self, link: Block) -> Block {
        if C::Index::BYTES == 4 {
            link
        } else {
            self.followed(link)
        }
    }

    /// Tells the free block before `next` in a list of it, which was linked back to the one between them.
    #[inline(always)]
    pub fn set_next_of(self, previous: Block, next: Block) {
        let previous = self.linked_back(previous);
        if !Self::HARDENED || previous.is_some() {
            self.set_next_free(previous, next);
        }
    }

    /// What `head` leads to, of a list for blocks of `size` granules, less than [`Header::LARGE`], once the header there and the
    /// next block confirm that size.
    #[inline(always)]
    pub fn confirmed(self, head: Block, size: u32) -> Block {
        let is_listed =
            |header: Header| header.is_indexed::<C>() && header.size().granules() == size;
        if Self::HARDENED && head.is_some() && !self.is_confirmed(head, is_listed) {
            return Block::NONE;
        }
        head
    }

    /// Has the free block that the list of its size offers really `size` granules?
    #[inline(always)]
    pub fn is_exactly(self, block: Block, size: u32) -> bool {
        !Self::HARDENED || self.is_fit(block, |found| found == size)
    }

    /// Can the free block of `size` granules that a walk came upon be taken?
    #[inline(always)]
    pub fn is_sound(self, block: Block, size: u32) -> bool {
        if Self::HARDENED {
            self.is_exactly(block, size)
        } else {
            self.known_shared(block, size)
        }
    }

    /// `block`, which the index offers, once it is proved to be a free block that the index knows and that has `need` granules
    /// or more.
    #[inline(always)]
    pub fn offered(self, block: Block, need: u32) -> Option<Block> {
        if Self::HARDENED && !self.is_fit(block, |size| size >= need) {
            return None;
        }
        Some(block)
    }

    /// Is the block `block`, which may be none, one that can be put behind another in a list, because it says that it
    /// follows `previous`? Only that statement is about to be overwritten.
    #[inline(always)]
    pub fn follows(self, block: Block, previous: Block) -> bool {
        !block.is_some() || self.may_be_block(block) && self.previous_free(block) == previous
    }

    /// Is `block` proved to be a free block that the index knows, of a size that will do?
    #[inline(always)]
    pub fn is_fit(self, block: Block, will_do: impl Fn(u32) -> bool) -> bool {
        self.is_proved(block, Header::is_indexed::<C>) && {
            let size = self.size_of(block, self.header(block));
            will_do(size) && C::Fit::knows(self, block, size)
        }
    }

    /// Has the chain a block at `block`, whose header is as `state` asks?
    #[inline(always)]
    pub fn is_proved(self, block: Block, state: impl Fn(Header) -> bool) -> bool {
        if !self.may_be_block(block) {
            return false;
        }
        let header = self.header(block);
        if !state(header) {
            return false;
        }
        if header.size().is_large::<C>() || header.previous().is_large::<C>() {
            return self.is_proved_beside_large(block);
        }
        let (size, previous) = (header.size().granules(), header.previous().granules());
        size.wrapping_sub(Self::MIN) <= self.end() - block.0 - Self::MIN
            && self.header(block.after(size)).previous() == header.size()
            && if previous == 0 {
                block.0 == self.first()
            } else {
                previous <= block.0 - self.first()
                    && self.header(block.before(previous)).size() == header.previous()
            }
    }

    /// Has the chain a block of the ordinary form at `block`, whose header is as `state` asks, and whose size the next block
    /// confirms? What the block before it states is not asked.
    #[inline(always)]
    pub fn is_confirmed(self, block: Block, state: impl Fn(Header) -> bool) -> bool {
        if !self.may_be_block(block) {
            return false;
        }
        let header = self.header(block);
        let size = header.size().granules();
        state(header)
            && size.wrapping_sub(Self::MIN) <= self.end() - block.0 - Self::MIN
            && self.header(block.after(size)).previous() == header.size()
    }

    #[cold]
    #[inline(never)]
    fn is_proved_beside_large(self, block: Block) -> bool {
        let header = self.header(block);
        let Some(size) = self.bounded_size(block) else {
            return false;
        };
        let follower = self.header(block.after(size));
        if follower.previous() != header.size()
            || header.size().is_large::<C>() && !self.large_statements_agree(block, header, size)
        {
            return false;
        }
        if header.previous().granules() == 0 {
            return block.0 == self.first();
        }
        self.bounded_previous(block).is_some_and(|previous| {
            self.header(previous).size() == header.previous()
                && self.bounded_size(previous) == Some(block.0 - previous.0)
        })
    }
}
