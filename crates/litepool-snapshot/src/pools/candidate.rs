//! Where a pool seems to begin, and whether one does.

use std::ops::Range;

use litepool::{AttachError, Image};

use super::chains::follows;
use super::window::{Aligned, WORD, Window};

/// How many blocks that follow each other make a pool, where its end block is not as it was made.
const BLOCKS: usize = 3;
/// A pool of which less than a quarter is there is read if it is no larger than this, in bytes.
const LARGEST_REST: usize = 64 << 20;

/// A pool that is believed to be one, be it sound or not.
pub(super) struct Opened<'m> {
    /// The address of its first byte.
    pub(super) address: u64,
    bytes: Aligned<'m>,
    /// How many of its bytes the dump has. The others are zeros.
    pub(super) present: usize,
    /// Bytes at its beginning that are overwritten in the dump, and were found again.
    pub(super) mended: Option<Range<usize>>,
}

/// Why none is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unread {
    /// It is one of another version.
    Version(u8),
    /// There is none, though the first word says so.
    Chance,
    /// There is nothing but two letters.
    Nothing,
    /// There is no time left for it.
    TooMany,
}

/// The offsets in a window at which the first word of a pool stands, of any version: the letters, the
/// version, and the bits of a size. (Version 1 has nothing but letters there.)
pub(super) fn candidates(window: &[u8]) -> impl Iterator<Item = usize> {
    let words = window.chunks_exact(WORD).enumerate();
    words
        .filter(|(_, word)| matches!(word, [b'L', b'p', 2..=9, 6..=29] | [b'L', b'P', ..]))
        .map(|(index, _)| index * WORD)
}

impl<'m> Opened<'m> {
    /// The pool at `offset` of a window, if its first words, its size, and its end block or its
    /// first blocks agree. Constant time, unless the window ends before the pool does, which takes
    /// a copy. The bytes of the pool are taken from the `budget`.
    pub(super) fn at(
        window: &'m Window<'_>,
        offset: usize,
        budget: &mut u64,
    ) -> Result<Self, Unread> {
        let rest = &window.bytes.bytes()[offset..];
        let mut spend = |bytes: usize| {
            *budget = budget.checked_sub(bytes as u64).ok_or(Unread::TooMany)?;
            Ok(())
        };
        let bytes = match Image::of(rest) {
            Ok(image) => Aligned::Borrowed(&rest[..image.totals().size]),
            Err(AttachError::Size { found, given })
                if found <= LARGEST_REST.max(given.saturating_mul(4)) =>
            {
                spend(rest.len())?;
                Aligned::padded(rest, found)
            }
            Err(AttachError::Version { found }) => return Err(of_version(found, rest)),
            Err(_) => return Err(Unread::Chance),
        };
        let opened = Self {
            address: window.address + offset as u64,
            present: rest.len().min(bytes.bytes().len()),
            bytes,
            mended: None,
        };
        if !opened.is_believed() {
            return Err(Unread::Chance);
        }
        spend(opened.present)?;
        Ok(opened)
    }

    /// A pool whose first words were found again.
    pub(super) fn mended(address: u64, bytes: Aligned<'m>, wrong: Range<usize>) -> Self {
        Self {
            address,
            present: bytes.bytes().len(),
            bytes,
            mended: Some(wrong),
        }
    }

    /// Its bytes, those that the dump does not have as zeros.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// Its image; `None` if it is none, which [`Opened::at`] has ruled out.
    pub(super) fn image(&self) -> Option<Image<'_>> {
        Image::of(self.bytes()).ok()
    }

    /// First words come about by chance, and are in every program that makes pools. A whole end
    /// block is 31 bits that agree with them; where that one is corrupt, blocks have to follow each
    /// other.
    fn is_believed(&self) -> bool {
        let Some(image) = self.image() else {
            return false;
        };
        if !self.address.is_multiple_of(image.choices().granule as u64) {
            return false;
        }
        let end = self.bytes().len();
        let ends = self.present == end && image.judge(end).is_some_and(|end| end.is_sound());
        ends || follows(&image, image.first_block(), BLOCKS)
    }
}

/// Is it a pool of another version than this one reads? Of version 1 it is known what follows the
/// two letters, of later ones that the bits of a size and the number of granules do.
fn of_version(version: u8, bytes: &[u8]) -> Unread {
    let byte = |offset: usize| bytes.get(offset).copied().unwrap_or(0);
    let granules = |offset: usize| {
        let word = bytes.get(offset..offset + WORD).map(<[u8; WORD]>::try_from);
        word.map_or(0, |word| word.map_or(0, u32::from_le_bytes))
    };
    // Version 1: format (version, bytes of a link, of a granule, algorithm), granules.
    let is_first = version == 1
        && byte(1) == b'P'
        && matches!(byte(9), 2 | 4)
        && matches!(byte(10), 4 | 8)
        && (1..=3).contains(&(byte(11) & 0xF))
        && (16..1 << 29).contains(&granules(12));
    let size_bits = byte(3);
    let is_later = (3..=9).contains(&version)
        && byte(1) == b'p'
        && (6..=29).contains(&size_bits)
        && matches!(byte(5) & 0xF, 4 | 8)
        && (16..=1 << size_bits.min(29)).contains(&granules(8));
    match (is_first || is_later, byte(1)) {
        (true, _) => Unread::Version(version),
        (false, b'P') => Unread::Nothing,
        (false, _) => Unread::Chance,
    }
}
