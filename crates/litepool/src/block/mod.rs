//! The chain of blocks: what stands where in a block, and the blocks beside it.
//!
//! ```text
//!   used block:  | header | payload ...                    [alignment] [record] | header  next
//!   free block:  | header | next, previous link ...                    | footer | header  next
//!                         ^ Block (granules from the pool's base)
//! ```
//!
//! A block is named by the granule at which its payload begins; its header is the word before. A
//! block's size counts from its header to the next one's. A free block states it again in its last
//! word, the **footer** (D. E. Knuth's boundary tag, which a used block does not pay for: its
//! follower's header tells whether there is one, as in D. Lea's malloc).
//!
//! The end block behind the last one is used for ever, and is no more than a header.
//!
//! - `header.rs`: the bits of a header
//! - `validate.rs`: a pointer is proved to be a used block, a place to be a free one
//! - `split.rs`: a free block becomes a used one and a remainder; blocks grow, shrink and merge

pub mod header;
mod split;
#[cfg(test)]
mod tests;
mod validate;

use core::ptr::NonNull;

pub use header::Header;
pub use validate::{Defect, Used};

use crate::corruption::Corruption;
use crate::layout::{Field, Layout, Shape};
use crate::memory::{Memory, WORD};

/// Bytes in which an aligned block remembers its alignment.
pub const EXPONENT: usize = 2;

/// A block, by the granule at which its payload begins; or 0 for none, which is the control
/// block's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Block(pub u32);

impl Block {
    /// No block.
    pub const NONE: Self = Self(0);

    /// Is there one?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The place `granules` further on.
    #[inline(always)]
    pub fn after(self, granules: u32) -> Self {
        Self(self.0.wrapping_add(granules))
    }

    /// The place `granules` before.
    #[inline(always)]
    pub fn before(self, granules: u32) -> Self {
        Self(self.0.wrapping_sub(granules))
    }
}

/// The chain of blocks of one pool. The bounds are known from outside of it.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<S> {
    memory: Memory,
    shape: S,
    first: u32,
    last: u32,
}

impl<S: Shape> Blocks<S> {
    /// The chain in `memory`, which begins at the granule `first`, before which the control block
    /// stands.
    #[inline]
    pub fn new(memory: Memory, shape: S, first: u32) -> Self {
        let end = memory.size() >> shape.layout().granule_shift;
        debug_assert!(first + shape.layout().min <= end);
        Self {
            memory,
            shape,
            first,
            last: end - shape.layout().min,
        }
    }

    /// The same for a reader that has the layout as a value.
    pub fn image(&self) -> Blocks<Layout> {
        Blocks {
            memory: self.memory,
            shape: *self.layout(),
            first: self.first,
            last: self.last,
        }
    }

    /// The memory.
    #[inline(always)]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Where everything stands.
    #[inline(always)]
    pub fn layout(&self) -> &Layout {
        self.shape.layout()
    }

    /// Bits of a size.
    #[inline(always)]
    pub fn size_bits(&self) -> u32 {
        self.layout().choices.size_bits
    }

    /// Granules of the smallest block.
    #[inline(always)]
    pub fn min(&self) -> u32 {
        self.layout().min
    }

    /// Is nothing in the pool believed?
    #[inline(always)]
    pub fn is_hardened(&self) -> bool {
        self.layout().choices.hardened
    }

    /// The first block.
    #[inline(always)]
    pub fn first(&self) -> Block {
        Block(self.first)
    }

    /// The end block, at the pool's size in granules.
    #[inline(always)]
    pub fn end(&self) -> Block {
        Block(self.last + self.min())
    }

    /// Granules that blocks can have.
    #[inline(always)]
    pub fn capacity(&self) -> u32 {
        self.end().0 - self.first
    }

    /// The last place where a block can begin.
    #[inline(always)]
    pub fn last(&self) -> Block {
        Block(self.last)
    }

    /// Can a block begin here? Its header, its links and its footer may then be read.
    #[inline(always)]
    pub fn may_begin(&self, block: Block) -> bool {
        block.0.wrapping_sub(self.first) <= self.last().0 - self.first
    }

    /// The offset of the payload.
    #[inline(always)]
    pub fn offset(&self, block: Block) -> usize {
        (block.0 as usize) << self.layout().granule_shift
    }

    /// The pointer to the payload.
    #[inline(always)]
    pub fn payload(&self, block: Block) -> NonNull<u8> {
        self.memory.pointer(self.offset(block))
    }

    /// The block whose payload begins at `pointer`; for any other pointer some place outside.
    #[inline]
    pub fn block_at(&self, pointer: NonNull<u8>) -> Block {
        // What is off the grid turns into a number beyond any pool.
        let granule = self
            .memory
            .offset_of(pointer)
            .rotate_right(self.layout().granule_shift);
        Block(u32::try_from(granule).unwrap_or(u32::MAX))
    }

    /// The block whose payload begins at `offset`.
    #[inline(always)]
    pub fn block_from(&self, offset: usize) -> Block {
        Block((offset >> self.layout().granule_shift) as u32)
    }

    /// The header.
    #[inline(always)]
    pub fn header(&self, block: Block) -> Header {
        Header(self.memory.load(self.offset(block) - WORD))
    }

    /// Sets the header.
    #[inline(always)]
    pub fn set_header(&self, block: Block, header: Header) {
        self.memory.store(self.offset(block) - WORD, header.0);
    }

    /// Erases the header of a block that ceases to be one, wherever it ends up: neither a stale
    /// pointer nor a corrupt link may find a block there, used or free.
    #[inline(always)]
    pub fn erase_header(&self, block: Block) {
        self.set_header(block, Header(0));
    }

    /// The size that the header states, in granules.
    #[inline(always)]
    pub fn size(&self, header: Header) -> u32 {
        header.size(self.size_bits())
    }

    /// The footer before `block`: the size of the free block before, if its header says that one
    /// is.
    #[inline(always)]
    pub fn footer(&self, block: Block) -> u32 {
        self.memory.load(self.offset(block) - 2 * WORD)
    }

    /// Sets the footer before `block`.
    #[inline(always)]
    pub fn set_footer(&self, block: Block, size: u32) {
        self.memory.store(self.offset(block) - 2 * WORD, size);
    }

    /// The next block in the list that a free block is in; none at its end.
    #[inline(always)]
    pub fn next_free(&self, block: Block) -> Block {
        Block(self.link(self.offset(block)))
    }

    /// Sets the next block in the list.
    #[inline(always)]
    pub fn set_next_free(&self, block: Block, next: Block) {
        self.set_link(self.offset(block), next.0);
    }

    /// What stands before a free block in its list.
    #[inline(always)]
    pub fn previous_free(&self, block: Block) -> Block {
        Block(self.link(self.offset(block) + self.layout().link))
    }

    /// Sets what stands before a free block in its list.
    #[inline(always)]
    pub fn set_previous_free(&self, block: Block, previous: Block) {
        self.set_link(self.offset(block) + self.layout().link, previous.0);
    }

    /// The link at `offset`: a number of granules.
    #[inline(always)]
    pub fn link(&self, offset: usize) -> u32 {
        if self.layout().link == 2 {
            u32::from(self.memory.load_half(offset))
        } else {
            self.memory.load(offset)
        }
    }

    /// Puts a link at `offset`.
    #[inline(always)]
    pub fn set_link(&self, offset: usize, granules: u32) {
        if self.layout().link == 2 {
            self.memory.store_half(offset, granules as u16);
        } else {
            self.memory.store(offset, granules);
        }
    }

    /// Where the record of a used block of `size` granules stands: in its last words.
    #[inline(always)]
    pub fn record(&self, block: Block, size: u32) -> usize {
        self.offset(block.after(size)) - WORD - self.layout().record
    }

    /// Bytes that the owner of a used block may use.
    #[inline(always)]
    pub fn payload_size(&self, header: Header, size: u32) -> usize {
        let bytes = (size as usize) << self.layout().granule_shift;
        let exponent = if header.is_aligned() { EXPONENT } else { 0 };
        bytes.saturating_sub(self.layout().overhead + exponent)
    }

    /// A word of the control block.
    #[inline(always)]
    pub fn field(&self, field: Field) -> u32 {
        self.memory.load(field as usize)
    }

    /// Sets a word of the control block.
    #[inline(always)]
    pub fn set_field(&self, field: Field, value: u32) {
        self.memory.store(field as usize, value);
    }
}

/// The walk along the chain.
impl<S: Shape> Blocks<S> {
    /// The size of the block at `block` if one can stand there, in a walk along the chain.
    #[inline(always)]
    pub fn size_in_walk(&self, block: Block) -> Option<u32> {
        if !self.may_begin(block) {
            return None;
        }
        let size = self.size(self.header(block));
        self.fits(block, size).then_some(size)
    }

    /// The blocks and their sizes, in the order of their addresses. A walk that leads nowhere, which
    /// takes corruption, ends.
    pub fn walk(&self) -> impl Iterator<Item = (Block, u32)> {
        let mut next = self.first();
        core::iter::from_fn(move || {
            let (block, size) = (next, self.size_in_walk(next)?);
            next = block.after(size);
            Some((block, size))
        })
    }

    /// The block before `block`, found by walking along the chain; none if the walk does not come
    /// there.
    pub fn previous(&self, block: Block) -> Block {
        let before = self.walk().take_while(|&(other, _)| other < block).last();
        match before {
            Some((previous, size)) if previous.after(size) == block => previous,
            _ => Block::NONE,
        }
    }

    /// The defect, with the block before. Time linear in the number of blocks.
    #[cold]
    pub fn corruption(&self, Defect { block, broken }: Defect) -> Corruption {
        Corruption {
            region: 0,
            block: self.offset(block),
            previous: self.offset(self.previous(block)),
            broken,
        }
    }

    /// The free blocks, likewise, validated.
    pub fn free_blocks(&self) -> impl Iterator<Item = (Block, u32)> {
        self.walk()
            .filter(|&(block, size)| self.is_free(block, size))
    }
}
