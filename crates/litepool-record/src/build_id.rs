//! What tells one build of a program or library from every other: the note that linkers put into
//! it (`NT_GNU_BUILD_ID`).
//!
//! It is read from the memory into which the file is mapped, not from the file, which may be
//! another one by now; and by system calls, since what is mapped may be shorter than it seems.

use crate::layout::Kind;
use crate::stack::{Foreign, WORD};
use crate::text::Text;

/// Longest build id that is told. Linkers make 20 bytes, or 16.
const MOST: usize = 64;

/// Most segments and notes that are looked at.
const SEGMENTS: usize = 64;
const NOTES: usize = 16;

/// Where things are in the ELF header and in a segment's header of this word size.
#[cfg(target_pointer_width = "64")]
mod at {
    pub(super) const SEGMENTS: usize = 32;
    pub(super) const SEGMENT_BYTES: usize = 54;
    pub(super) const SEGMENT_COUNT: usize = 56;
    pub(super) const OFFSET: usize = 8;
    pub(super) const BYTES: usize = 32;
}
#[cfg(target_pointer_width = "32")]
mod at {
    pub(super) const SEGMENTS: usize = 28;
    pub(super) const SEGMENT_BYTES: usize = 42;
    pub(super) const SEGMENT_COUNT: usize = 44;
    pub(super) const OFFSET: usize = 4;
    pub(super) const BYTES: usize = 16;
}

/// Tells the build id of what is mapped here from its first byte on, if it has one. 0: nothing is.
/// The module itself is told next.
pub(crate) fn tell(file: usize) {
    if file == 0 {
        return;
    }
    let Some(mut memory) = Foreign::new() else {
        return;
    };
    if let Some((at, bytes)) = find(&mut memory, file) {
        let mut text = Text::begin(Kind::BuildId, [file as u64, 0, 0, 0]);
        for at in at..at.wrapping_add(bytes) {
            if let Some([byte]) = memory.bytes(at) {
                text.push(byte);
            }
        }
        text.finish();
    }
}

/// Where the build id is, and how many bytes it has.
fn find(memory: &mut Foreign, file: usize) -> Option<(usize, usize)> {
    const NOTE: u32 = 4;
    if memory.bytes(file)? != *b"\x7FELF" {
        return None;
    }
    let mut half = |at| memory.bytes(file.wrapping_add(at)).map(u16::from_ne_bytes);
    let (bytes, count) = (half(at::SEGMENT_BYTES)?, half(at::SEGMENT_COUNT)?);
    let segments = file.wrapping_add(word(memory, file.wrapping_add(at::SEGMENTS))?);
    for segment in (0..SEGMENTS).take(usize::from(count)) {
        let segment = segments.wrapping_add(segment.wrapping_mul(usize::from(bytes)));
        if memory.bytes(segment).map(u32::from_ne_bytes)? != NOTE {
            continue;
        }
        // The note's offset in the file: that is where it is from the first byte on, since notes
        // stand among the headers.
        let at = file.wrapping_add(word(memory, segment.wrapping_add(at::OFFSET))?);
        let bytes = word(memory, segment.wrapping_add(at::BYTES))?;
        if let Some(found) = in_notes(memory, at, bytes) {
            return Some(found);
        }
    }
    None
}

/// Looks through the notes of a segment.
fn in_notes(memory: &mut Foreign, mut at: usize, bytes: usize) -> Option<(usize, usize)> {
    const BUILD_ID: u32 = 3;
    const HEADER: usize = 12;
    let end = at.wrapping_add(bytes);
    for _ in 0..NOTES {
        if at.wrapping_add(HEADER) > end {
            return None;
        }
        let mut field = |place: usize| memory.bytes(at.wrapping_add(place)).map(u32::from_ne_bytes);
        let (name, contents, kind) = (field(0)? as usize, field(4)? as usize, field(8)?);
        let name_at = at.wrapping_add(HEADER);
        let contents_at = name_at.wrapping_add(aligned(name));
        if kind == BUILD_ID && (1..=MOST).contains(&contents) && memory.bytes(name_at)? == *b"GNU\0"
        {
            return Some((contents_at, contents));
        }
        at = contents_at.wrapping_add(aligned(contents));
    }
    None
}

/// An address or a length.
fn word(memory: &mut Foreign, at: usize) -> Option<usize> {
    memory.bytes::<WORD>(at).map(usize::from_ne_bytes)
}

/// Notes consist of words of four bytes.
const fn aligned(bytes: usize) -> usize {
    bytes.wrapping_add(3) & !3
}
