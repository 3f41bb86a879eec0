//! A place of an image is judged by itself: so a reader finds its way behind corruption, where a
//! walk ends.

use super::check::Chain;
use super::image::Image;
use super::slab;
use super::walk::{BlockInfo, Slots, Walk, record_offset};
use crate::corruption::Corruption;
use crate::memory::WORD;
use crate::slab::Slabs;
use crate::track::{self, Allocation, Owner, OwnerWord};

/// What stands at a place of an image, whatever may have happened to what stands before it; made by
/// [`Image::judge`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Judged {
    /// Bytes from this payload to the next block's; 0 of the end block.
    pub size: usize,
    /// Is it a free block?
    pub is_free: bool,
    /// Does its header say that the block before it is free? Whoever knows that block has to
    /// compare.
    pub follows_free: bool,
    /// What does not hold, with the object of a slab if it is one's. The block before is not known.
    pub corruption: Option<Corruption>,
}

impl Judged {
    /// Is there nothing that does not hold?
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.corruption.is_none()
    }
}

impl Image<'_> {
    /// Where the first block's payload stands, in bytes from the pool's base. The other blocks'
    /// payloads are granules further on.
    #[must_use]
    pub fn first_block(&self) -> usize {
        self.chain().offset(self.chain().first())
    }

    /// Judges the block whose payload begins at `offset`, if there is one; of the pool's size, the
    /// end block. Its header, its seal and what it states at its end have to agree, its record has
    /// to be whole, and a slab as the map says. Constant time, of a slab a step for each of its
    /// objects.
    ///
    /// `None` if no block can stand there: the size that its header states is none, or leads out of
    /// the pool. With few bits of [seal](crate::Config::MAX_SIZE) much passes for a block that is
    /// none, so whoever looks for one asks the blocks behind it as well.
    ///
    /// ```
    /// use litepool::{Heap, Image, config::Pool256K};
    ///
    /// let mut words = [0u32; 512];
    /// let base = core::ptr::NonNull::from(&mut words).cast();
    /// // SAFETY: the words are ours, and nothing writes to them while the image is used.
    /// let image = unsafe {
    ///     Heap::<Pool256K>::from_raw(base, 2048)?.allocate(100)?;
    ///     Image::open(base, 2048)?
    /// };
    /// let first = image.judge(image.first_block()).expect("a block");
    /// assert!(first.is_sound() && !first.is_free && first.size == 104);
    /// assert!(image.judge(image.first_block() + 4).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn judge(&self, offset: usize) -> Option<Judged> {
        let blocks = self.chain();
        let block = blocks.block_from(offset);
        let is_end = block == blocks.end();
        if blocks.offset(block) != offset || !is_end && blocks.size_in_walk(block).is_none() {
            return None;
        }
        let header = blocks.header(block);
        let mut chain = Chain::from(blocks, block, header.is_previous_free());
        let (size, proof) = if is_end {
            (0, chain.end())
        } else {
            (blocks.size(header), chain.step())
        };
        Some(Judged {
            size: (size as usize) << blocks.layout().granule_shift,
            is_free: header.is_free(),
            follows_free: header.is_previous_free(),
            corruption: proof.err().map(|defect| Corruption {
                region: 0,
                block: blocks.offset(defect.block),
                previous: 0,
                broken: defect.broken,
            }),
        })
    }

    /// Whom the record of a used block, or of an object, names as its owner, even if the record is
    /// corrupt: an overrun by a byte or two leaves the task's number. Constant time.
    #[must_use]
    pub fn stated_owner(&self, block: &BlockInfo) -> Option<Owner> {
        let size = self.chain().memory().size() as usize;
        // Whoever has a block's description may have changed it.
        if block.payload > size.checked_sub(block.offset)? {
            return None;
        }
        let record = record_offset(block)?;
        if !record.is_multiple_of(WORD) || record + WORD > size {
            return None;
        }
        track::owner_word(self.chain(), record).map(OwnerWord::stated_owner)
    }

    /// The owner and the allocation in the record of the used block that ends where the block whose
    /// payload begins at `offset` has its header, whatever stands in its own header. `None` unless
    /// there is such a record, whose check holds; and without
    /// [`Owners`](crate::track::Owners) there is no check. Constant time.
    #[must_use]
    pub fn record_before(&self, offset: usize) -> Option<(Owner, Option<Allocation>)> {
        let blocks = self.chain();
        let block = blocks.block_from(offset);
        let record = offset.checked_sub(WORD + blocks.layout().record)?;
        let is_inside = record >= self.first_block() && block <= blocks.end();
        if blocks.offset(block) != offset || !is_inside {
            return None;
        }
        let owner = track::owner_word(blocks, record)?.owner()?;
        Some((owner, track::allocation(blocks, record)))
    }

    /// The objects of the slab whose block's payload begins at `offset`, and how many bytes its
    /// class's slabs have, whatever stands in the block's header. `None` unless the slab map says
    /// that a slab begins there, and what the slab says of its objects can be true. A step for each
    /// place of the map that it covers.
    #[must_use]
    pub fn slab_at(&self, offset: usize) -> Option<(usize, Walk<'_>)> {
        let blocks = self.chain();
        let (number, class) = slab::class_at_offset(blocks, offset)?;
        let slots = Slots::of(
            &Slabs::new(blocks, number, &class),
            blocks.block_from(offset),
        );
        Some((class.slab_bytes(), Walk::of_slots(*blocks, slots)))
    }

    /// As [`Image::blocks`], from the block on whose payload begins at `offset`. Where none does,
    /// the walk comes to an end as well, but what it tells means nothing.
    #[must_use]
    pub fn blocks_from(&self, offset: usize) -> Walk<'_> {
        let blocks = self.chain();
        let block = blocks.block_from(offset);
        let is_on_grid = blocks.offset(block) == offset;
        Walk::from(*blocks, if is_on_grid { block } else { blocks.end() })
    }
}
