//! A pointer is proved to be a used block of this pool, with its neighbours intact, in constant time.
//!
//! ```text
//!          p             n           m
//!   | previous |    block    |  next   | after
//!      size = p   size = n     size = m
//!                 prev = p     prev = n   prev = m
//! ```
//!
//! The pointer is inside and on the grid; the block is used; the next block agrees on its size; it agrees with the
//! block before on that one's size; and a neighbour that is free, and so about to be merged, is known to the index,
//! and the block behind it agrees on its size. A stale pointer into a merged block fails at the first step: a header
//! that ceases to be one is left with its *used* flag clear.
//!
//! What did not hold is not told here but by `diagnose.rs`, which looks again, with time.

use core::ptr::NonNull;

use crate::arena::{Arena, WORD};
use crate::block::{Block, Form, Header, SizeField};
use crate::config::{Check, Config};
use crate::fit::sealed::Fit as _;

/// A used block and what surrounds it, proved.
#[derive(Clone, Copy)]
pub struct Used {
    /// The block.
    pub block: Block,
    /// Its header.
    pub header: Header,
    /// Its granules.
    pub size: u32,
    /// Its follower, which may be the end block.
    pub next: Block,
    /// The follower's granules if it is free, else 0.
    pub next_free: u32,
    /// The granules of the block before if it is free, else 0.
    pub previous_free: u32,
}

impl Used {
    /// How the block is laid out.
    #[inline]
    pub fn form<C: Config>(&self) -> Form {
        Form::of::<C>(self.header)
    }

    /// Bytes behind its header, but its record: what its holder may use, and the byte of the alignment. All of it moves with the block, so that
    /// a flag that was overwritten costs the holder nothing.
    #[inline(always)]
    pub fn room<C: Config>(&self) -> usize {
        self.size as usize * Arena::<C>::GRANULE - self.form::<C>().overhead::<C>()
    }

    /// Bytes that its holder may use.
    #[inline(always)]
    pub fn payload_size<C: Config>(&self) -> usize {
        self.room::<C>() - usize::from(self.header.is_aligned())
    }
}

/// A used block of the ordinary form between two others, or behind one and before the end: the common case, proved in few
/// steps. Whether a neighbour that is free is known to the index is not proved yet.
#[derive(Clone, Copy)]
pub struct Ordinary {
    /// The block.
    pub block: Block,
    /// Its header.
    pub header: Header,
    /// The header of the block behind it, which states the same size for it.
    pub next_header: Header,
    /// The header of the block before it, which has the size that is stated for it.
    pub previous_header: Header,
}

impl Ordinary {
    /// Are both neighbours used? Then there is nothing more to prove.
    #[inline(always)]
    pub fn is_between_used<C: Config>(&self) -> bool {
        !self.next_header.is_indexed::<C>() & !self.previous_header.is_indexed::<C>()
    }

    /// Its granules.
    #[inline(always)]
    pub fn size(&self) -> u32 {
        self.header.size().granules()
    }
}

/// Bytes that the holder of a used block of `size` granules may use.
#[inline]
pub fn payload_size<C: Config>(header: Header, size: u32) -> usize {
    let overhead = Form::of::<C>(header).overhead::<C>() + usize::from(header.is_aligned());
    (size as usize * Arena::<C>::GRANULE).saturating_sub(overhead)
}

impl<C: Config> Arena<C> {
    /// Are a block's neighbours and its record proved?
    pub(crate) const PROVES_LINKS: bool = !matches!(C::CHECK, Check::Off);

    /// The place that `pointer` points to, if a block may begin there.
    #[inline(always)]
    fn place_of(self, pointer: NonNull<u8>) -> Option<Block> {
        // What is off the grid turns into a number beyond any pool.
        let granule = self.offset_of(pointer).rotate_right(Self::GRANULE.ilog2());
        let behind_first = granule.wrapping_sub(self.first() as usize);
        (behind_first <= self.reach() as usize).then_some(Block(granule as u32))
    }

    /// Proves that `pointer` is the payload of a used block.
    #[inline(always)]
    pub fn verify(self, pointer: NonNull<u8>) -> Option<Used> {
        if C::COMPACT {
            self.verify_shared(pointer)
        } else {
            self.verify_here(pointer)
        }
    }

    #[inline(never)]
    fn verify_shared(self, pointer: NonNull<u8>) -> Option<Used> {
        self.verify_here(pointer)
    }

    /// [`Arena::verify`], never called but made part of the caller.
    #[inline(always)]
    pub fn verify_here(self, pointer: NonNull<u8>) -> Option<Used> {
        let mut block = self.place_of(pointer)?;
        let mut header = self.header(block);
        if !header.is_used() || header.size().is_large::<C>() {
            if !Self::HAS_LARGE {
                return None;
            }
            block = self.verify_large(block)?;
            header = self.header(block);
        }
        let size = self.size_of(block, header);
        // A size below the smallest wraps, and fails with those that lead out of the pool.
        if size.wrapping_sub(Self::MIN) > self.end() - block.0 - Self::MIN {
            return None;
        }
        self.verify_neighbours(block, header, size)
    }

    /// Proves that `pointer` is the payload of a used block, if that block and the one before it are of the ordinary form.
    /// What it has nothing to say of is left to [`Arena::verify`].
    #[inline(always)]
    pub fn verify_ordinary(self, pointer: NonNull<u8>) -> Option<Ordinary> {
        let block = self.place_of(pointer)?;
        let header = self.header(block);
        let (size, previous) = (header.size().granules(), header.previous().granules());
        if !header.is_used_of_ordinary_size(Self::MIN) || size > self.end() - block.0 {
            return None;
        }
        // The first block and one behind a large block are no common cases. (For the first one, which states 0, the block
        // before is itself: it does not have the size 0, and if nothing is to be proved, it is a used neighbour.)
        if header.previous().is_large::<C>() || previous > block.0 - self.first() {
            return None;
        }
        let next_header = self.header(block.after(size));
        let previous_header = self.header(block.before(previous));
        if Self::PROVES_LINKS
            && (next_header.previous() != header.size()
                || previous_header.size() != header.previous())
        {
            return None;
        }
        Some(Ordinary {
            block,
            header,
            next_header,
            previous_header,
        })
    }

    /// Proves what is left to prove of an ordinary block beside a free one.
    #[inline(always)]
    pub fn verify_free_neighbours(self, found: &Ordinary) -> Option<Used> {
        let size = found.size();
        let next = found.block.after(size);
        let mut next_free = 0;
        if found.next_header.is_indexed::<C>() {
            next_free = self.verify_free(next, found.next_header)?;
        }
        let mut previous_free = 0;
        if found.previous_header.is_indexed::<C>() {
            previous_free = found.header.previous().granules();
            let previous = found.block.before(previous_free);
            if Self::PROVES_LINKS
                && (previous_free < Self::MIN || !self.known(previous, previous_free))
            {
                return None;
            }
        }
        Some(Used {
            block: found.block,
            header: found.header,
            size,
            next,
            next_free,
            previous_free,
        })
    }

    /// Bytes that the holder of the used block at `pointer` may use, if there is one. Asking is safe: where what stands around a block
    /// is not proved, it is not looked at.
    #[inline]
    pub fn payload_size_at(self, pointer: NonNull<u8>) -> Option<usize> {
        if Self::PROVES_LINKS {
            return self.verify(pointer).map(|used| used.payload_size::<C>());
        }
        let place = self.place_of(pointer)?;
        let header = self.header(place);
        let is_ordinary = header.is_used() && !header.size().is_large::<C>();
        let block = if is_ordinary {
            place
        } else {
            self.verify_large(place)?
        };
        let size = self.bounded_size(block)?;
        Some(payload_size::<C>(self.header(block), size))
    }

    /// A pointer to a large block: its header is repeated right before the payload, and stands at its start.
    #[cold]
    fn verify_large(self, payload: Block) -> Option<Block> {
        let block = self.large_block_of(payload)?;
        let header = self.header(block);
        let size = self.bounded_size(block)?;
        let proved = header.is_used()
            && header.size().is_large::<C>()
            && payload_size::<C>(header, size) != 0
            && self.large_statements_agree(block, header, size);
        proved.then_some(block)
    }

    /// Proves the used block `block` of the ordinary form.
    pub fn verify_block(self, block: Block) -> Option<Used> {
        let size = self.bounded_size(block)?;
        let header = self.header(block);
        if !header.is_used() || header.size().is_large::<C>() {
            return None;
        }
        self.verify_neighbours(block, header, size)
    }

    #[inline(always)]
    fn verify_neighbours(self, block: Block, header: Header, size: u32) -> Option<Used> {
        let next = block.after(size);
        let next_header = self.header(next);
        if Self::PROVES_LINKS && next_header.previous() != header.size() {
            return None;
        }
        let next_free = if C::COMPACT {
            self.free_room_shared(next)?
        } else {
            self.free_room(next)?
        };
        Some(Used {
            block,
            header,
            size,
            next,
            next_free,
            previous_free: self.verify_previous(block, header)?,
        })
    }

    /// The size of `block`, the neighbour of one that is given up, if it is free, and 0 if it is not.
    #[inline(always)]
    fn free_room(self, block: Block) -> Option<u32> {
        let header = self.header(block);
        if !header.is_indexed::<C>() {
            return Some(0);
        }
        self.verify_free(block, header)
    }

    #[inline(never)]
    fn free_room_shared(self, block: Block) -> Option<u32> {
        self.free_room(block)
    }

    /// The size of the free block `block`, which is about to be merged with its neighbour.
    #[inline(always)]
    fn verify_free(self, block: Block, header: Header) -> Option<u32> {
        if Self::PROVES_LINKS && header.size().is_large::<C>() && !self.may_be_block(block) {
            return None;
        }
        let size = self.size_of(block, header);
        if !Self::PROVES_LINKS {
            return Some(size);
        }
        // The block itself stands inside, or is the end block. Large enough, it may be asked for its links.
        if size < Self::MIN || size > self.end() - block.0 {
            return None;
        }
        let follower = self.header(block.after(size));
        let proved = follower.previous() == header.size()
            && (!header.size().is_large::<C>() || self.large_statements_agree(block, header, size))
            && self.known(block, size);
        proved.then_some(size)
    }

    /// The size of the block before `block` if it is free, 0 if it is not.
    #[inline(always)]
    fn verify_previous(self, block: Block, header: Header) -> Option<u32> {
        let size = self.previous_size_of(block, header);
        if size == 0 {
            return (!Self::PROVES_LINKS || block.0 == self.first()).then_some(0);
        }
        if Self::PROVES_LINKS && (size < Self::MIN || size > block.0 - self.first()) {
            return None;
        }
        let previous = block.before(size);
        let previous_header = self.header(previous);
        if Self::PROVES_LINKS && previous_header.size() != header.previous() {
            return None;
        }
        if C::COMPACT {
            let free = self.free_room_shared(previous)?;
            // A large block states its size at both ends.
            return (!Self::HAS_LARGE || free == 0 || free == size).then_some(free);
        }
        if !previous_header.is_indexed::<C>() {
            return Some(0);
        }
        let proved = !Self::PROVES_LINKS
            || (!header.previous().is_large::<C>()
                || self.large_statements_agree(previous, previous_header, size))
                && self.known(previous, size);
        proved.then_some(size)
    }

    /// Does the index know the free block `block` as one of `size` granules?
    #[inline(always)]
    fn known(self, block: Block, size: u32) -> bool {
        if C::COMPACT {
            self.known_shared(block, size)
        } else {
            C::Fit::knows(self, block, size)
        }
    }

    /// [`Arena::known`], always called.
    #[inline(never)]
    pub fn known_shared(self, block: Block, size: u32) -> bool {
        C::Fit::knows(self, block, size)
    }

    /// The large block whose payload stands at `payload`, if there can be one.
    pub fn large_block_of(self, payload: Block) -> Option<Block> {
        let block = payload.before((Form::Large.payload_shift() / Self::GRANULE) as u32);
        self.may_be_block(block).then_some(block)
    }

    /// Do all statements of a large block of `size` granules, which ends inside the pool, agree?
    #[cold]
    pub fn large_statements_agree(self, block: Block, header: Header, size: u32) -> bool {
        let repeated = || {
            let offset = self.payload(block, Form::Large) - WORD;
            Header::from_word(self.load(offset))
        };
        self.load(self.large_size_offset(block, header)) == size
            && self.load(self.large_end_offset(block, size)) == size
            && (!header.is_used() || repeated() == header.with_previous(SizeField::NONE))
    }

    /// The size of `block` if it can be true: the block is inside the pool, and ends there.
    pub fn bounded_size(self, block: Block) -> Option<u32> {
        if !self.may_be_block(block) {
            return None;
        }
        let size = self.size_of(block, self.header(block));
        (Self::MIN..=self.end() - block.0)
            .contains(&size)
            .then_some(size)
    }

    /// [`Arena::bounded_size`] of a block that is known to stand inside the pool, or to be the end block.
    #[inline(always)]
    pub fn size_in_walk(self, block: Block) -> Option<u32> {
        if Self::HAS_LARGE {
            return self.bounded_size(block);
        }
        let size = self.header(block).size().granules();
        (size >= Self::MIN && size <= self.end() - block.0).then_some(size)
    }

    /// The block before `block`, if what `block` states of it can be true.
    pub fn bounded_previous(self, block: Block) -> Option<Block> {
        let size = self.previous_size_of(block, self.header(block));
        let previous = block.before(size);
        (size >= Self::MIN && self.may_be_block(previous) && previous < block).then_some(previous)
    }

    /// Can a free block stand at `block`? What it links to may then be read.
    pub fn may_be_free(self, block: Block) -> bool {
        self.bounded_size(block).is_some() && self.header(block).is_indexed::<C>()
    }
}
