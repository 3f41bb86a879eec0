//! The memory of a device, as files hold it: pieces of bytes at addresses.
//!
//! [`read_files`] reads every format that debuggers, emulators and crash handlers write.
//!
//! - `dump_file.rs`: `FILE@ADDRESS`, and addresses in names; `load.rs`: bytes, decompressed
//! - `read.rs`: files become one image; `format.rs`: told apart by their contents
//! - `elf_core.rs`, `zephyr.rs`, `esp.rs`: core dumps; `serial_log.rs`: the same as text in a log
//! - `intel_hex.rs`, `srec.rs`: records
//! - `join.rs`: segments in order; `mirror.rs`: what is there at several addresses
//! - `cursor.rs`, `text.rs`: numbers and lines; `error.rs`: what can be wrong

mod cursor;
mod dump_file;
mod elf_core;
mod error;
mod esp;
mod format;
mod intel_hex;
mod join;
mod load;
mod mirror;
mod read;
mod serial_log;
mod srec;
pub(crate) mod text;
mod zephyr;

use std::ops::Range;

use litepool_trace::WordSize;

pub use dump_file::{DumpBytes, DumpFile};
pub use error::{Fault, ImageError, Place};
pub use read::{read, read_files};

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

/// The memory of a little-endian device: segments in the order of their addresses, none of which
/// overlap.
///
/// ```
/// use litepool_snapshot::memory_image::{DumpBytes, read};
/// use litepool_trace::WordSize;
///
/// // An Intel HEX file: the upper half of the address, four bytes, the end.
/// let text = ":020000042000DA\n:0400000001020304F2\n:00000001FF\n";
/// let file = DumpBytes { name: "ram.hex".into(), address: None, bytes: text.into() };
/// let memory = read(vec![file])?;
/// assert_eq!(memory.segments()[0].address, 0x2000_0000);
/// assert_eq!(memory.word_at(0x2000_0000, WordSize::Bits32), Some(0x0403_0201));
/// # Ok::<(), litepool_snapshot::memory_image::ImageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MemoryImage {
    segments: Vec<Segment>,
    word: Option<WordSize>,
    registers: Vec<u64>,
    remarks: Vec<String>,
    hints: Vec<String>,
}

impl MemoryImage {
    /// Puts segments in order. Those that touch become one, and those that overlap, if they have
    /// the same bytes there. O(n log n) for n segments, and linear in their bytes.
    ///
    /// # Errors
    ///
    /// [`ImageError::Overlap`] if two segments say different things about one address;
    /// [`ImageError::Beyond`] if one reaches beyond the last address.
    pub fn from_segments(segments: Vec<Segment>) -> Result<Self, ImageError> {
        let pieces = segments
            .into_iter()
            .map(|segment| join::Piece {
                segment,
                file: String::new(),
            })
            .collect();
        Ok(Self {
            segments: join::join(pieces)?,
            ..Self::default()
        })
    }

    /// No memory, of which there is still something to say.
    pub(crate) fn empty(remarks: Vec<String>) -> Self {
        Self {
            remarks,
            ..Self::default()
        }
    }

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

    /// The word at this address, aligned or not, if all its bytes are in the image. O(log n).
    #[must_use]
    pub fn word_at(&self, address: u64, size: WordSize) -> Option<u64> {
        let end = address.checked_add(size.bytes().into())?;
        self.bytes(address..end).map(little_endian)
    }

    /// The aligned words that lie wholly in this range and in the image, with their addresses, in
    /// the order of these. Linear in what is there.
    pub fn words(&self, range: Range<u64>, size: WordSize) -> impl Iterator<Item = (u64, u64)> {
        let first = self
            .segments
            .partition_point(|segment| segment.range().end <= range.start);
        self.segments[first..]
            .iter()
            .take_while(move |segment| segment.address < range.end)
            .flat_map(move |segment| {
                let part = segment.range();
                words_of(
                    segment,
                    part.start.max(range.start)..part.end.min(range.end),
                    size,
                )
            })
    }

    /// The word size of the device, if the files tell it: a core dump does, raw bytes don't.
    #[must_use]
    pub fn word_size(&self) -> Option<WordSize> {
        self.word
    }

    /// What processor registers held, of all threads that a core dump has registers of, among
    /// other words that a crash handler stores with them. Blocks that these words point to are in
    /// use. Empty if the files have no registers.
    #[must_use]
    pub fn registers(&self) -> &[u64] {
        &self.registers
    }

    /// The same memory, with what registers held besides.
    #[must_use]
    pub fn with_registers(mut self, registers: Vec<u64>) -> Self {
        self.registers.extend(registers);
        self
    }

    /// What a user should know about how the files were read: an address taken from a file's name,
    /// a choice among several dumps of a log.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// If something is missing in the memory: why that may be, and what to switch on or to do to
    /// have it.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// The aligned words of a range that lies in the segment.
fn words_of(
    segment: &Segment,
    range: Range<u64>,
    size: WordSize,
) -> impl Iterator<Item = (u64, u64)> {
    let step = u64::from(size.bytes());
    let aligned = range.start.checked_next_multiple_of(step);
    let start = aligned.map_or(range.end, |start| start.min(range.end));
    // Both are offsets in a vector.
    let from = (start - segment.address) as usize;
    let to = (range.end - segment.address) as usize;
    segment.bytes[from..to]
        .chunks_exact(step as usize)
        .enumerate()
        .map(move |(index, bytes)| (start + index as u64 * step, little_endian(bytes)))
}

/// The number that at most eight bytes are, the lowest first.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, &byte| word << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
