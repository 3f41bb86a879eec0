//! The block and its header: fields, flags, neighbours, sizes.
//!
//! A block is named by the granule at which its payload stands; the header is the word before:
//!
//! ```text
//!            header                                      header of the follower
//!              |   payload                                 |
//!   ...  ----+---+----------------------------------------+---+----
//!   prev     | h |                                        | h |  next
//!   ...  ----+---+----------------------------------------+---+----
//!                ^ Block                                      ^ Block + size
//! ```
//!
//! The header word holds the size of this block and of the block before it, both in granules, and two flags:
//!
//! ```text
//!    31    30      29 .. 15          14 .. 0
//!   used aligned  previous size     size
//! ```
//!
//! So every link of the chain is stated twice, and both neighbours are one load away. A previous size of 0 marks
//! the first block. The end block, behind the last one, has size 0 and is used for ever.
//!
//! A **free** block's payload begins with the links of its free list, `next` and `prev`, each one
//! [`Config::Index`] wide.
//!
//! A **large** block does not fit 15 bits: its size field, and the previous-size field of its follower, read
//! [`Header::LARGE`]. The true size then stands in the block itself, once within reach of its start and once in
//! its last word, which is the word before the follower's header:
//!
//! ```text
//!   used:  | h | size | h |  payload ...                 | size | follower
//!   free:  | h | next prev | size | ...                  | size | follower
//!              ^ Block
//! ```
//!
//! A used large block repeats its header, without the previous size, right before the payload, which therefore stands 8 bytes later than in
//! an ordinary block. 16 bytes in all, on a block of 128 KiB. A used large block that shrinks stays large in
//! form, so that its payload stays where it is; a free block has the large form only if its size demands it.
//!
//! A used block from an **aligned** request has the flag set and the alignment's logarithm in its last payload byte,
//! so that a resize can keep it. A configuration with a [record](crate::record) has that behind the payload, in every used block.

use core::fmt;

use crate::arena::{Arena, WORD};
use crate::config::{Config, sealed::Index as _};

/// A header word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header(u32);

impl Header {
    const FIELD_BITS: u32 = 15;
    const FIELD: u32 = (1 << Self::FIELD_BITS) - 1;
    const ALIGNED: u32 = 1 << 30;
    const USED: u32 = 1 << 31;

    /// What a size field reads when the size stands elsewhere; the smallest size of which that is true.
    pub const LARGE: u32 = Self::FIELD;

    /// The header of a free block.
    #[inline(always)]
    pub fn free(size: SizeField, previous: SizeField) -> Self {
        Self(size.0 | previous.0 << Self::FIELD_BITS)
    }

    /// The header of a used block.
    #[inline(always)]
    pub fn used(size: SizeField, previous: SizeField) -> Self {
        Self(Self::free(size, previous).0 | Self::USED)
    }

    /// The header whose bits are `word`.
    #[inline(always)]
    pub fn from_word(word: u32) -> Self {
        Self(word)
    }

    /// Its bits.
    #[inline(always)]
    pub fn word(self) -> u32 {
        self.0
    }

    /// The size of this block.
    #[inline(always)]
    pub fn size(self) -> SizeField {
        SizeField(self.0 & Self::FIELD)
    }

    /// The size of the block before.
    #[inline(always)]
    pub fn previous(self) -> SizeField {
        SizeField(self.0 >> Self::FIELD_BITS & Self::FIELD)
    }

    /// Is somebody holding the block?
    #[inline(always)]
    pub fn is_used(self) -> bool {
        self.0 & Self::USED != 0
    }

    /// Is somebody holding the block, and is its size written here, and no smaller than `least`? One comparison.
    #[inline(always)]
    pub fn is_used_of_ordinary_size(self, least: u32) -> bool {
        (self.0 & (Self::USED | Self::FIELD)).wrapping_sub(Self::USED | least) < Self::LARGE - least
    }

    /// Did an aligned request get the block? Asked of a used block.
    #[inline(always)]
    pub fn is_aligned(self) -> bool {
        self.0 & Self::ALIGNED != 0
    }

    /// The same, for a block that an aligned request gets.
    #[inline(always)]
    pub fn aligned(self, aligned: bool) -> Self {
        Self(self.0 | if aligned { Self::ALIGNED } else { 0 })
    }

    /// The same, behind a block of another size.
    #[inline(always)]
    pub fn with_previous(self, previous: SizeField) -> Self {
        Self(self.0 & !(Self::FIELD << Self::FIELD_BITS) | previous.0 << Self::FIELD_BITS)
    }

    /// The same, of an ordinary block that takes `granules` more and stays one.
    #[inline(always)]
    pub fn grown(self, granules: u32) -> Self {
        Self(self.0 + granules)
    }

    /// The same, used by somebody.
    #[inline(always)]
    pub fn taken(self) -> Self {
        Self(self.0 | Self::USED)
    }

    /// The same, given back but not merged.
    #[inline(always)]
    pub fn waiting(self) -> Self {
        Self(self.0 & !Self::USED | Self::ALIGNED)
    }

    /// The same, used again after it waited.
    #[inline(always)]
    pub fn recalled(self) -> Self {
        Self(self.0 ^ (Self::USED | Self::ALIGNED))
    }

    /// Does the block wait, given back but not merged?
    #[inline(always)]
    pub fn is_waiting(self) -> bool {
        self.0 & (Self::USED | Self::ALIGNED) == Self::ALIGNED
    }

    /// Is the block in the index, neither used nor waiting?
    #[inline(always)]
    pub fn is_indexed<C: Config>(self) -> bool {
        if Arena::<C>::HAS_QUICK {
            self.0 & (Self::USED | Self::ALIGNED) == 0
        } else {
            !self.is_used()
        }
    }

    /// The same, used by nobody.
    #[inline(always)]
    pub fn released(self) -> Self {
        Self(self.0 & !(Self::USED | Self::ALIGNED))
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("size", &self.size())
            .field("previous", &self.previous())
            .field("used", &self.is_used())
            .field("aligned", &self.is_aligned())
            .field("waiting", &self.is_waiting())
            .finish()
    }
}

/// A size as 15 bits hold it: in granules, or [`Header::LARGE`], "written elsewhere".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SizeField(u32);

impl SizeField {
    /// Of the end block; before the first block.
    pub const NONE: Self = Self(0);
    /// Of a large block.
    pub const LARGE: Self = Self(Header::LARGE);

    /// The field of a block that takes the form its size demands.
    #[inline(always)]
    pub fn of<C: Config>(size: u32) -> Self {
        Self(if Arena::<C>::HAS_LARGE {
            size.min(Header::LARGE)
        } else {
            size
        })
    }

    /// The field's bits: granules, unless the field is [`SizeField::LARGE`].
    #[inline(always)]
    pub fn granules(self) -> u32 {
        self.0
    }

    /// Must the size be read elsewhere?
    #[inline(always)]
    pub fn is_large<C: Config>(self) -> bool {
        Arena::<C>::HAS_LARGE && self.0 == Header::LARGE
    }
}

/// A block, named by the granule at which an ordinary payload of it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Block(pub u32);

impl Block {
    /// No block: granule 0 belongs to the control block.
    pub const NONE: Self = Self(0);

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

    /// Is there a block?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// How a used block is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The size fits the header.
    Ordinary,
    /// The size stands in the block itself.
    Large,
}

impl Form {
    /// Bytes of the block that are not payload.
    #[inline(always)]
    pub const fn overhead<C: Config>(self) -> usize {
        let header = match self {
            Self::Ordinary => WORD,
            Self::Large => 4 * WORD,
        };
        header + Arena::<C>::RECORD
    }

    /// Bytes from the [`Block`] to its payload.
    #[inline(always)]
    pub const fn payload_shift(self) -> usize {
        match self {
            Self::Ordinary => 0,
            Self::Large => 2 * WORD,
        }
    }

    /// The field that a header of this form shows for `size`.
    #[inline(always)]
    pub fn field(self, size: u32) -> SizeField {
        match self {
            Self::Ordinary => SizeField(size),
            Self::Large => SizeField::LARGE,
        }
    }

    /// The same, known to be the ordinary one where no pool has large blocks.
    #[inline(always)]
    pub fn possible<C: Config>(self) -> Self {
        if Arena::<C>::HAS_LARGE {
            self
        } else {
            Self::Ordinary
        }
    }

    /// The form that shows in `header`, in a pool of this configuration.
    #[inline(always)]
    pub fn of<C: Config>(header: Header) -> Self {
        if header.size().is_large::<C>() {
            Self::Large
        } else {
            Self::Ordinary
        }
    }
}

/// The alignment that a block was asked for, as the exponent of a power of two; [`Alignment::NONE`]
/// if the granule's is enough. It may be more than any pool's size: the block may move to another
/// region. From 32 on the highest bit is set, so that no letter looks like one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alignment(u8);

impl Alignment {
    /// No more than the granule's.
    pub const NONE: Self = Self(0);

    const BEYOND_32_BITS: u8 = 0x80;

    /// To a multiple of `bytes`, which is a power of two above the granule.
    pub fn of(bytes: usize) -> Self {
        let exponent = bytes.trailing_zeros() as u8;
        let is_beyond = exponent >= 32;
        Self(if is_beyond {
            exponent | Self::BEYOND_32_BITS
        } else {
            exponent
        })
    }

    fn exponent(self) -> u32 {
        u32::from(self.0 & !Self::BEYOND_32_BITS)
    }

    /// In bytes, 1 for none. More than this machine has addresses for, in a pool of another one, is
    /// the most that it has.
    pub fn bytes(self) -> usize {
        1 << self.exponent().min(usize::BITS - 1)
    }

    /// Can a request have asked for it?
    pub fn is_possible<C: Config>(self) -> bool {
        let is_beyond = self.0 & Self::BEYOND_32_BITS != 0;
        let exponents = if is_beyond { 32..64 } else { 0..32 };
        exponents.contains(&self.exponent()) && self.exponent() > Arena::<C>::GRANULE.ilog2()
    }

    /// Does the block remember one?
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// The fields of blocks.
impl<C: Config> Arena<C> {
    /// Granules of the smallest block: it must hold the header and, once free, two links; or, while it is used, its record and a byte.
    pub const MIN: u32 = {
        let links = 2 * C::Index::BYTES;
        let used = Self::RECORD + 1;
        let least = if Self::HAS_RECORD && used > links {
            used
        } else {
            links
        };
        (WORD + least).div_ceil(Self::GRANULE) as u32
    };

    /// Can a pool be so large that a block is? If not, large blocks have no code.
    pub const HAS_LARGE: bool = C::MAX_SIZE / Self::GRANULE > Header::LARGE as usize;

    /// The offset of the byte at which `block` begins to be addressed.
    #[inline(always)]
    pub fn offset(self, block: Block) -> usize {
        block.0 as usize * Self::GRANULE
    }

    /// The block whose ordinary payload stands at `offset`.
    #[inline(always)]
    pub fn block_at(self, offset: usize) -> Block {
        Block((offset / Self::GRANULE) as u32)
    }

    /// Is `block` at a place where a block may begin? Its header and its links may then be read.
    #[inline(always)]
    pub fn may_be_block(self, block: Block) -> bool {
        block.0.wrapping_sub(self.first()) <= self.reach()
    }

    /// Where the payload of a used block stands.
    #[inline(always)]
    pub fn payload(self, block: Block, form: Form) -> usize {
        self.offset(block) + form.payload_shift()
    }

    /// The header of `block`.
    #[inline(always)]
    pub fn header(self, block: Block) -> Header {
        Header(self.load(self.offset(block) - WORD))
    }

    /// Sets the header of `block`.
    #[inline(always)]
    pub fn set_header(self, block: Block, header: Header) {
        self.store(self.offset(block) - WORD, header.0);
    }

    /// Tells the block at `block` what stands before it.
    #[inline(always)]
    pub fn set_previous(self, block: Block, previous: SizeField) {
        self.set_header(block, self.header(block).with_previous(previous));
    }

    /// The size of `block`, in granules, wherever it is written.
    #[inline(always)]
    pub fn size_of(self, block: Block, header: Header) -> u32 {
        if header.size().is_large::<C>() {
            self.load(self.large_size_offset(block, header))
        } else {
            header.size().granules()
        }
    }

    /// The size, in granules, of the block that ends where `block` begins; 0 if there is none.
    #[inline(always)]
    pub fn previous_size_of(self, block: Block, header: Header) -> u32 {
        if header.previous().is_large::<C>() {
            self.load(self.offset(block) - 2 * WORD)
        } else {
            header.previous().granules()
        }
    }

    /// Where a large block's size stands within reach of its start: before a payload, behind free-list links.
    #[inline(always)]
    pub fn large_size_offset(self, block: Block, header: Header) -> usize {
        if header.is_used() {
            self.offset(block)
        } else {
            self.offset(block) + (2 * C::Index::BYTES).next_multiple_of(WORD)
        }
    }

    /// Where a large block's size stands at its end.
    #[inline(always)]
    pub fn large_end_offset(self, block: Block, size: u32) -> usize {
        self.offset(block.after(size)) - 2 * WORD
    }

    /// Makes `[block, block + size)` a free block, in no list yet, and tells the follower.
    #[inline(always)]
    pub fn make_free(self, block: Block, size: u32, previous: SizeField) {
        if C::COMPACT {
            self.make_free_shared(block, size, previous);
        } else {
            self.make_free_here(block, size, previous);
        }
    }

    #[inline(never)]
    fn make_free_shared(self, block: Block, size: u32, previous: SizeField) {
        self.make_free_here(block, size, previous);
    }

    /// [`Arena::make_free`], made part of the caller.
    #[inline(always)]
    pub fn make_free_here(self, block: Block, size: u32, previous: SizeField) {
        let field = SizeField::of::<C>(size);
        let header = Header::free(field, previous);
        self.set_header(block, header);
        if field.is_large::<C>() {
            self.write_large_sizes(block, header, size);
        }
        self.set_previous(block.after(size), field);
    }

    /// Makes `[block, block + size)` a used block. The follower is told only of what it can't know yet: call
    /// [`Arena::set_previous`] unless it stood behind a block of this size before.
    #[inline(always)]
    pub fn make_used(
        self,
        block: Block,
        size: u32,
        form: Form,
        previous: SizeField,
        alignment: Alignment,
    ) {
        let header = Header::used(form.field(size), previous).aligned(alignment.is_some());
        self.set_header(block, header);
        if Self::HAS_LARGE && form == Form::Large {
            self.write_large_sizes(block, header, size);
            self.store(
                self.payload(block, form) - WORD,
                header.with_previous(SizeField::NONE).word(),
            );
        }
        if alignment.is_some() {
            self.set_alignment(block, size, form, alignment);
        }
    }

    /// Has the used block `block` remember an alignment.
    #[inline(always)]
    pub fn set_alignment(self, block: Block, size: u32, form: Form, alignment: Alignment) {
        self.store_byte(self.alignment_offset(block, size, form), alignment.0);
    }

    /// The alignment that the used block `block` remembers.
    #[inline(always)]
    pub fn alignment(self, block: Block, header: Header, size: u32) -> Alignment {
        if header.is_aligned() {
            Alignment(self.load_byte(self.alignment_offset(block, size, Form::of::<C>(header))))
        } else {
            Alignment::NONE
        }
    }

    /// Where an aligned block's alignment stands: in its last byte that is not a size, nor its record.
    #[inline(always)]
    fn alignment_offset(self, block: Block, size: u32, form: Form) -> usize {
        self.record_offset(block, size, form) - 1
    }

    #[inline(always)]
    fn write_large_sizes(self, block: Block, header: Header, size: u32) {
        self.store(self.large_size_offset(block, header), size);
        self.store(self.large_end_offset(block, size), size);
    }

    /// Where the link to the next block of the free list stands.
    #[inline(always)]
    pub fn next_free_offset(self, block: Block) -> usize {
        self.offset(block)
    }

    /// The next block of the free list that `block` is in.
    #[inline(always)]
    pub fn next_free(self, block: Block) -> Block {
        Block(self.load_link(self.next_free_offset(block)))
    }

    /// The block before `block` in its free list.
    #[inline(always)]
    pub fn previous_free(self, block: Block) -> Block {
        Block(self.load_link(self.offset(block) + C::Index::BYTES))
    }

    /// Sets the link to the next block of the free list.
    #[inline(always)]
    pub fn set_next_free(self, block: Block, next: Block) {
        self.store_link(self.next_free_offset(block), next.0);
    }

    /// Sets the link to the block before in the free list. [`Block::NONE`] has a place for one, too, in the control
    /// block: so an end of a list is linked as its middle is, without asking.
    #[inline(always)]
    pub fn set_previous_free(self, block: Block, previous: Block) {
        self.store_link(self.offset(block) + C::Index::BYTES, previous.0);
    }
}

#[cfg(test)]
mod tests;
