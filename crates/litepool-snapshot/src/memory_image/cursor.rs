//! Little-endian numbers, one after the other.

use litepool_trace::WordSize;

use super::{Fault, little_endian};

/// Reads bytes from the first to the last, and says where they end too early.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next bytes. The name is that of the part that they are in.
    pub(super) fn take(&mut self, length: u64, inside: &str) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(length).ok().and_then(|n| rest.get(..n));
        let Some(taken) = taken else {
            return Err(Fault::byte(
                self.at,
                format!(
                    "cut off inside {inside}: {length} bytes should follow, and {} do; copy or \
                     capture it again",
                    rest.len()
                ),
            ));
        };
        self.at += taken.len();
        Ok(taken)
    }

    pub(super) fn u8(&mut self, inside: &str) -> Result<u8, Fault> {
        self.take(1, inside).map(|bytes| bytes[0])
    }

    pub(super) fn u16(&mut self, inside: &str) -> Result<u16, Fault> {
        self.take(2, inside)
            .map(|bytes| little_endian(bytes) as u16)
    }

    pub(super) fn u32(&mut self, inside: &str) -> Result<u32, Fault> {
        self.take(4, inside)
            .map(|bytes| little_endian(bytes) as u32)
    }

    /// A word, as the device's pointers are.
    pub(super) fn word(&mut self, size: WordSize, inside: &str) -> Result<u64, Fault> {
        self.take(size.bytes().into(), inside).map(little_endian)
    }
}

/// The words that these bytes are; what is left of them at the end is no word.
pub(super) fn words(bytes: &[u8], size: WordSize) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(size.bytes() as usize).map(little_endian)
}
