//! The memory of a device, as a file holds it: pieces of bytes at addresses.

use std::ops::Range;

/// Bytes that stand at consecutive addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The address of the first byte.
    pub address: u64,
    /// What stood there.
    pub bytes: Vec<u8>,
}

impl Segment {
    /// The addresses that it covers. A segment never reaches beyond the last address.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.address..self.address + self.bytes.len() as u64
    }
}

/// The memory of a device: segments in the order of their addresses, none of which overlap.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MemoryImage {
    segments: Vec<Segment>,
}

impl MemoryImage {
    /// The segments in the order of their addresses. Neighbours that touch are one.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The bytes at these addresses, if all of them are in the image. O(log n).
    #[must_use]
    pub fn bytes(&self, range: Range<u64>) -> Option<&[u8]> {
        let after = self
            .segments
            .partition_point(|segment| segment.address <= range.start);
        let segment = &self.segments[after.checked_sub(1)?];
        let from = usize::try_from(range.start - segment.address).ok()?;
        let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        segment.bytes.get(from..from.checked_add(length)?)
    }
}
