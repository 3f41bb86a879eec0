//! The file format: a header, chunks of events, an end record. `docs/trace-format.md` describes it byte by byte;
//! the numbers are here.

mod columns;
mod decoder;
mod encoder;
mod interner;
mod model;
mod reader;
mod record;
mod varint;
mod writer;

pub use reader::Reader;
pub use writer::Writer;

/// The version of the file format that this crate writes. It reads version 1 as well.
pub const VERSION: u16 = 2;

/// The first eight bytes of a trace. The first is not ASCII and the line ends would not survive a transfer as
/// text, so that such a transfer is noticed at once.
pub(crate) const MAGIC: [u8; 8] = *b"\x89LPT\r\n\x1a\n";

/// Most bytes of a text (program, module, function, name) in a trace.
const MAX_TEXT: usize = 65_535;

/// The writer closes a chunk as soon as its payload has this many bytes, before compression.
const CHUNK_TARGET: usize = 256 << 10;

/// Most bytes of a chunk's payload before compression: a reader never needs more memory than this at a time,
/// whatever a file says. Above the target there is room for the largest possible record.
const MAX_CHUNK: u32 = 1 << 20;

/// Most bytes of a chunk's payload after compression. Data that can't be compressed grow a little.
const MAX_PACKED: u32 = MAX_CHUNK + (MAX_CHUNK >> 8);

/// Bytes of a header before the program's text: magic, version, word size, a zero, length of the text.
const HEADER_BYTES: usize = 16;
/// Bytes of a chunk's head: tag, first event, events, raw length, packed length, checksum.
const CHUNK_BYTES: usize = 25;
/// Bytes of an end record: tag, events, objects, stacks, checksum.
const END_BYTES: usize = 21;

/// The first byte of a chunk.
const CHUNK_TAG: u8 = b'C';
/// The first byte of the end record.
const END_TAG: u8 = b'E';
/// The first byte of the end record of a recording that lost operations.
const LOST_TAG: u8 = b'L';
/// Bytes of such an end record: as of the other, and before the checksum how many operations were
/// lost.
const LOST_BYTES: usize = END_BYTES + 8;

/// The text as it is kept in a file: cut at a character's boundary if it is too long.
fn clip(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests;
