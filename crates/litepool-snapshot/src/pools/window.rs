//! Bytes on the boundary that a pool's words need: the device's addresses and this machine's need
//! not agree in their last bits.

use crate::memory_image::Segment;

/// Bytes of a word.
pub(super) const WORD: usize = 4;

/// Bytes that begin on a boundary of 4 in this machine's memory.
pub(super) enum Aligned<'m> {
    /// They do so where they are.
    Borrowed(&'m [u8]),
    /// They were copied.
    Copied {
        /// The copy, and up to 3 bytes before it.
        bytes: Vec<u8>,
        /// Where it begins.
        start: usize,
    },
}

impl<'m> Aligned<'m> {
    /// These bytes.
    pub(super) fn of(bytes: &'m [u8]) -> Self {
        if bytes.as_ptr().addr().is_multiple_of(WORD) {
            Self::Borrowed(bytes)
        } else {
            Self::padded(bytes, bytes.len())
        }
    }

    /// A copy of these bytes, with zeros behind them up to `length`.
    pub(super) fn padded(bytes: &[u8], length: usize) -> Self {
        // Zeros that nobody touches cost no memory.
        let mut copy = vec![0; length + WORD];
        let start = copy.as_ptr().addr().wrapping_neg() % WORD;
        copy[start..start + bytes.len()].copy_from_slice(bytes);
        copy.truncate(start + length);
        Self::Copied { bytes: copy, start }
    }

    /// Overwrites the first bytes of a copy.
    pub(super) fn set_start(&mut self, with: &[u8]) {
        if let Self::Copied { bytes, start } = self {
            bytes[*start..*start + with.len()].copy_from_slice(with);
        }
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Copied { bytes, start } => &bytes[*start..],
        }
    }
}

/// A segment from the first multiple of 4 on.
pub(super) struct Window<'m> {
    /// The address of the first byte.
    pub(super) address: u64,
    /// The bytes.
    pub(super) bytes: Aligned<'m>,
}

impl<'m> Window<'m> {
    /// Of a segment; `None` if it is too short.
    pub(super) fn of(segment: &'m Segment) -> Option<Self> {
        let skipped = (segment.address.wrapping_neg() % WORD as u64) as usize;
        Some(Self {
            address: segment.address.checked_add(skipped as u64)?,
            bytes: Aligned::of(segment.bytes.get(skipped..)?),
        })
    }
}
