//! Segments in order, and as few as possible.

use std::ops::Range;

use super::{ImageError, Segment};

/// A segment, and the file that it is from.
pub(super) struct Piece {
    pub(super) segment: Segment,
    pub(super) file: String,
}

impl Piece {
    /// Its addresses, if it does not reach beyond the last one.
    fn range(&self) -> Result<Range<u64>, ImageError> {
        let Segment { address, bytes } = &self.segment;
        match address.checked_add(bytes.len() as u64) {
            Some(end) => Ok(*address..end),
            None => Err(ImageError::Beyond {
                what: format!("{} ({} bytes at {address:#x})", self.name(), bytes.len()),
            }),
        }
    }

    fn name(&self) -> &str {
        if self.file.is_empty() {
            "memory"
        } else {
            &self.file
        }
    }
}

/// A piece that was joined, as an error names it.
struct Joined {
    file: String,
    range: Range<u64>,
}

impl Joined {
    fn describe(&self) -> String {
        let Self { file, range } = self;
        let space = if file.is_empty() { "" } else { " " };
        format!("{file}{space}{:#x} to {:#x}", range.start, range.end)
    }
}

/// Sorts pieces by their addresses and joins those that touch, or that overlap and agree.
pub(super) fn join(mut pieces: Vec<Piece>) -> Result<Vec<Segment>, ImageError> {
    pieces.retain(|piece| !piece.segment.bytes.is_empty());
    pieces.sort_by_key(|piece| piece.segment.address);
    let mut segments: Vec<Segment> = Vec::new();
    let mut joined: Vec<Joined> = Vec::new();
    for piece in pieces {
        let range = piece.range()?;
        let Piece { segment, file } = piece;
        let next = Joined { file, range };
        match segments.last_mut() {
            Some(last) if next.range.start <= last.range().end => {
                append(last, &segment.bytes, &next, &joined)?;
            }
            _ => {
                segments.push(segment);
                joined.clear();
            }
        }
        joined.push(next);
    }
    Ok(segments)
}

/// Appends what is new in the next bytes, which begin in the segment or at its end.
fn append(
    segment: &mut Segment,
    bytes: &[u8],
    next: &Joined,
    joined: &[Joined],
) -> Result<(), ImageError> {
    // An offset in a vector, or its end.
    let at = (next.range.start - segment.address) as usize;
    let overlap = (segment.bytes.len() - at).min(bytes.len());
    let (before, now) = (&segment.bytes[at..at + overlap], &bytes[..overlap]);
    if before != now {
        let differ = before.iter().zip(now).position(|(a, b)| a != b);
        let address = next.range.start + differ.unwrap_or(0) as u64;
        let first = joined.iter().find(|piece| piece.range.contains(&address));
        return Err(ImageError::Overlap {
            first: first.map(Joined::describe).unwrap_or_default(),
            second: next.describe(),
            address,
        });
    }
    segment.bytes.extend_from_slice(&bytes[overlap..]);
    Ok(())
}
