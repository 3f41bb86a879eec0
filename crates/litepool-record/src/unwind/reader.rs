//! Reading unwind tables in memory.

use core::ptr;

/// Memory of a loaded program or library, read from a place on.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    /// The address of the next byte.
    pub(crate) at: usize,
    end: usize,
}

/// How a pointer is written (`DW_EH_PE_…`).
mod encoding {
    pub(super) const OMIT: u8 = 0xFF;
    pub(super) const FORMAT: u8 = 0x0F;
    pub(super) const ABSOLUTE: u8 = 0x00;
    pub(super) const UDATA2: u8 = 0x02;
    pub(super) const UDATA4: u8 = 0x03;
    pub(super) const UDATA8: u8 = 0x04;
    pub(super) const SDATA2: u8 = 0x0A;
    pub(super) const SDATA4: u8 = 0x0B;
    pub(super) const SDATA8: u8 = 0x0C;
    pub(super) const BASE: u8 = 0x70;
    pub(super) const PC_RELATIVE: u8 = 0x10;
    pub(super) const INDIRECT: u8 = 0x80;
}

impl Reader {
    /// # Safety
    /// What lies between the two addresses is mapped, readable, and stays so.
    pub(crate) const unsafe fn new(at: usize, end: usize) -> Self {
        Self { at, end }
    }

    /// The next bytes as an array.
    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let next = self.at.checked_add(N).filter(|&next| next <= self.end)?;
        // SAFETY: it lies within what is readable, says the maker. Any bytes are valid.
        let bytes = unsafe { ptr::with_exposed_provenance::<[u8; N]>(self.at).read_unaligned() };
        self.at = next;
        Some(bytes)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.bytes().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_ne_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_ne_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.bytes().map(i32::from_ne_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_ne_bytes)
    }

    /// An unsigned number of variable length. What doesn't fit is cut off.
    pub(crate) fn uleb(&mut self) -> Option<usize> {
        self.leb().map(|(value, _, _)| value)
    }

    /// A signed number of variable length.
    pub(crate) fn sleb(&mut self) -> Option<isize> {
        let (value, bits, last) = self.leb()?;
        let sign = if last & 0x40 != 0 && bits < usize::BITS {
            usize::MAX << bits
        } else {
            0
        };
        Some((value | sign).cast_signed())
    }

    /// A number of variable length, how many bits it has, and its last byte.
    fn leb(&mut self) -> Option<(usize, u32, u8)> {
        let (mut value, mut bits) = (0, 0);
        loop {
            let byte = self.u8()?;
            if bits < usize::BITS {
                value |= usize::from(byte & 0x7F) << bits;
            }
            bits = bits.saturating_add(7);
            if byte & 0x80 == 0 {
                return Some((value, bits, byte));
            }
        }
    }

    /// A pointer in this encoding. `None` also for the encodings that no compiler uses here.
    pub(crate) fn pointer(&mut self, encoding: u8) -> Option<usize> {
        let base = match encoding & encoding::BASE {
            encoding::ABSOLUTE => 0,
            encoding::PC_RELATIVE => self.at,
            _ => return None,
        };
        if encoding & encoding::INDIRECT != 0 {
            return None;
        }
        self.value(encoding).map(|value| base.wrapping_add(value))
    }

    /// A pointer's bytes as they are.
    pub(crate) fn value(&mut self, encoding: u8) -> Option<usize> {
        if encoding == encoding::OMIT {
            return None;
        }
        Some(match encoding & encoding::FORMAT {
            encoding::ABSOLUTE => usize::from_ne_bytes(self.bytes()?),
            encoding::UDATA2 => usize::from(self.u16()?),
            encoding::SDATA2 => (self.u16()?.cast_signed() as isize).cast_unsigned(),
            encoding::UDATA4 => self.u32()? as usize,
            encoding::SDATA4 => (self.i32()? as isize).cast_unsigned(),
            encoding::UDATA8 | encoding::SDATA8 => self.u64()? as usize,
            _ => return None,
        })
    }

    /// The next bytes as a piece of their own.
    pub(crate) fn take(&mut self, bytes: usize) -> Option<Self> {
        let next = self
            .at
            .checked_add(bytes)
            .filter(|&next| next <= self.end)?;
        let piece = Self {
            at: self.at,
            end: next,
        };
        self.at = next;
        Some(piece)
    }

    /// Goes back to an address before this one, which the maker's promise includes.
    pub(crate) const fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether nothing is left.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.at >= self.end
    }
}
