//! The header: the word before a block's payload.
//!
//! ```text
//!   31    30             29       28 ........ n   n-1 ......... 0
//!   used  previous free  aligned  seal            size, granules        n: bits of a size
//! ```
//!
//! **Previous is free** tells that the block before is free and so states its size in its last
//! word. **Aligned** is a used block's that an aligned request got. A header that is
//! *aligned* and not *used* is no block's.
//!
//! The **seal** is the place where the block ends, as a checksum in as many bits as the size leaves:
//! 13 in pools of up to 256 KiB with granule 4, 7 up to 16 MiB, none at 2 GiB. It is the place
//! modulo one less than a power of two (as J. Fletcher's checksum is), in one multiplication; and
//! since that divides no power of two, a changed bit of the size always shows. (A seal of one bit is
//! a parity, for the same.) An aligned block's seal is inverted, so that no single bit makes it a
//! plain one's. A block and its follower, which states in turn where it ends, so prove a pointer.

use core::fmt;

/// Bits that size and seal share.
const FIELD_BITS: u32 = 29;

/// A header's bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header(pub u32);

impl Header {
    const USED: u32 = 1 << 31;
    const PREVIOUS_FREE: u32 = 1 << 30;
    const ALIGNED: u32 = 1 << 29;

    /// Of a free block behind one that is not, of `size` granules before the place `end`.
    #[inline(always)]
    pub const fn free(size: u32, end: u32, size_bits: u32) -> Self {
        Self(size | seal(size, end, size_bits))
    }

    /// Of a used block, likewise.
    #[inline(always)]
    pub const fn used(size: u32, end: u32, size_bits: u32) -> Self {
        Self(Self::USED | size | seal(size, end, size_bits))
    }

    /// In granules.
    #[inline(always)]
    pub const fn size(self, size_bits: u32) -> u32 {
        self.0 & size_mask(size_bits)
    }

    /// The same of a free block; of a used one, more than any block has.
    #[inline(always)]
    pub const fn size_if_free(self, size_bits: u32) -> u32 {
        self.0 & (Self::USED | size_mask(size_bits))
    }

    /// Has somebody the block?
    #[inline(always)]
    pub const fn is_used(self) -> bool {
        self.0 & Self::USED != 0
    }

    /// Can the block be merged with another one?
    #[inline(always)]
    pub const fn is_free(self) -> bool {
        self.0 & (Self::USED | Self::ALIGNED) == 0
    }

    /// Is it no block's: aligned, and not used?
    #[inline(always)]
    pub const fn is_impossible(self) -> bool {
        self.0 & (Self::USED | Self::ALIGNED) == Self::ALIGNED
    }

    /// Is the block before free?
    #[inline(always)]
    pub const fn is_previous_free(self) -> bool {
        self.0 & Self::PREVIOUS_FREE != 0
    }

    /// Did an aligned request get the block? Asked of a used one.
    #[inline(always)]
    pub const fn is_aligned(self) -> bool {
        self.0 & Self::ALIGNED != 0
    }

    /// The same, used.
    #[inline(always)]
    pub const fn with_used(self) -> Self {
        Self(self.0 | Self::USED)
    }

    /// The same of a used block, aligned.
    #[inline(always)]
    pub const fn with_aligned(self, size_bits: u32) -> Self {
        Self((self.0 | Self::ALIGNED) ^ seal_mask(size_bits))
    }

    /// The same, behind a free block.
    #[inline(always)]
    pub const fn with_previous_free(self) -> Self {
        Self(self.0 | Self::PREVIOUS_FREE)
    }

    /// The same, behind a block that is not free.
    #[inline(always)]
    pub const fn without_previous_free(self) -> Self {
        Self(self.0 & !Self::PREVIOUS_FREE)
    }

    /// Does the seal say that the block ends at `end`, and that it is aligned or not as the flag
    /// says?
    #[inline(always)]
    pub const fn is_sealed(self, end: u32, size_bits: u32) -> bool {
        // All bits, if the block is aligned: its seal is inverted.
        let inverted = ((self.0 << Self::ALIGNED.leading_zeros()) as i32 >> 31) as u32;
        let seal = seal(self.size(size_bits), end, size_bits);
        (self.0 ^ inverted ^ seal) & seal_mask(size_bits) == 0
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("used", &self.is_used())
            .field("previous free", &self.is_previous_free())
            .field("aligned", &self.is_aligned())
            .field(
                "seal and size",
                &format_args!("{:#x}", self.0 & ((1 << FIELD_BITS) - 1)),
            )
            .finish()
    }
}

/// Bits of the seal beside a size of so many.
#[inline(always)]
pub const fn seal_bits(size_bits: u32) -> u32 {
    FIELD_BITS - size_bits
}

#[inline(always)]
const fn size_mask(size_bits: u32) -> u32 {
    (1 << size_bits) - 1
}

#[inline(always)]
const fn seal_mask(size_bits: u32) -> u32 {
    ((1 << FIELD_BITS) - 1) & !size_mask(size_bits)
}

/// The seal of a block of `size` granules that ends at `end`, in its place in the header.
#[inline(always)]
const fn seal(size: u32, end: u32, size_bits: u32) -> u32 {
    let seal = if seal_bits(size_bits) == 1 {
        // Modulo 1 tells nothing apart: the parity of where the block begins and of its size.
        ((end.wrapping_sub(size) ^ size).count_ones() & 1) << size_bits
    } else {
        // The upper bits of a fraction: the place, divided by the modulus.
        end.wrapping_mul(FACTORS[(seal_bits(size_bits) % u32::BITS) as usize])
            >> (u32::BITS - FIELD_BITS)
    };
    seal & seal_mask(size_bits)
}

/// 2^32 over the modulus, by the bits of the seal.
const FACTORS: [u32; u32::BITS as usize] = {
    let mut factors = [0; u32::BITS as usize];
    let mut bits = 2;
    while bits < factors.len() {
        factors[bits] = u32::MAX / ((1 << bits) - 1);
        bits += 1;
    }
    factors
};

#[cfg(test)]
mod tests;
