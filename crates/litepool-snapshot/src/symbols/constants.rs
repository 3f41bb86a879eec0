//! What stands in a program's file: code, constants, and what its variables begin with.

use std::ops::Range;

use object::{Object, ObjectSegment};

use super::elf::Elf;

/// The bytes that a program is loaded with.
#[derive(Debug)]
pub struct Constants<'s> {
    /// In the order of their addresses.
    segments: Vec<(u64, &'s [u8])>,
}

impl<'s> Constants<'s> {
    pub(super) fn of(elf: &'s Elf) -> Self {
        let mut segments: Vec<_> = match elf.file() {
            Some(file) => (file.segments())
                .filter_map(|segment| Some((segment.address(), segment.data().ok()?)))
                .collect(),
            None => Vec::new(),
        };
        segments.sort_by_key(|&(address, _)| address);
        Self { segments }
    }

    /// The bytes at these addresses, if all of them are in one segment. O(log n).
    #[must_use]
    pub fn bytes(&self, range: Range<u64>) -> Option<&'s [u8]> {
        let after = self
            .segments
            .partition_point(|&(address, _)| address <= range.start);
        let (address, bytes) = self.segments[after.checked_sub(1)?];
        let from = usize::try_from(range.start - address).ok()?;
        let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
        bytes.get(from..from.checked_add(length)?)
    }
}
