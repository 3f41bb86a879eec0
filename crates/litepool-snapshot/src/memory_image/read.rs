//! Files, told apart by their contents.

use std::path::Path;

use litepool_trace::{Reader, WordSize};

use super::dump_file::{self, Guess};
use super::format::Format;
use super::join::{self, Piece};
use super::{DumpBytes, DumpFile, ImageError, MemoryImage, Segment, mirror};

/// What a file holds.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) segments: Vec<Segment>,
    pub(super) word: Option<WordSize>,
    pub(super) registers: Vec<u64>,
    /// What a user should know in any case.
    pub(super) remarks: Vec<String>,
    /// Why something may be missing.
    pub(super) hint: Option<String>,
}

impl Contents {
    /// Appends bytes behind the last ones, or begins a new segment if they don't follow these.
    pub(super) fn add(&mut self, address: u64, bytes: &[u8]) {
        match self.segments.last_mut() {
            // A segment that `join` will refuse may end behind the last address.
            Some(last) if last.address.checked_add(last.bytes.len() as u64) == Some(address) => {
                last.bytes.extend_from_slice(bytes);
            }
            _ => self.segments.push(Segment {
                address,
                bytes: bytes.to_vec(),
            }),
        }
    }
}

/// Reads memory from files and puts it together.
///
/// The format of each is told by its content: an ELF core, a core dump of Zephyr or ESP-IDF
/// (binary, or as text in a serial log), Intel HEX or SREC, each also compressed with gzip, xz or zstd.
/// Everything else is raw bytes, whose address is the one given, or the one in the file's name.
///
/// Memory that a core declares but does not hold (a Linux core leaves out unchanged pages of
/// files; a segment's `memsz` is larger than its `filesz`) is unknown: it is not in the image, and
/// not taken for zero. Takes memory in proportion to the decompressed files, and at most 4 GiB of
/// each.
///
/// # Errors
///
/// [`ImageError`], with the file and the place in it. Big-endian cores are refused.
///
/// # Examples
///
/// ```no_run
/// use litepool_snapshot::memory_image::{DumpFile, read_files};
///
/// // A core dump has its addresses itself; a second bank of RAM was read out beside it.
/// let files = ["core.elf", "ram2.bin@0x10000000"].map(|file| DumpFile::parse(file.as_ref()));
/// let memory = read_files(&files.into_iter().collect::<Result<Vec<_>, _>>()?)?;
/// for segment in memory.segments() {
///     println!("{:#x}: {} bytes", segment.address, segment.bytes.len());
/// }
/// # Ok::<(), litepool_snapshot::memory_image::ImageError>(())
/// ```
pub fn read_files(files: &[DumpFile]) -> Result<MemoryImage, ImageError> {
    let mut reading = Reading::default();
    for file in files {
        reading.add(file.load()?)?;
    }
    reading.finish()
}

/// As [`read_files`], of files that were loaded.
///
/// # Errors
///
/// As [`read_files`].
pub fn read(files: Vec<DumpBytes>) -> Result<MemoryImage, ImageError> {
    let mut reading = Reading::default();
    for file in files {
        reading.add(file)?;
    }
    reading.finish()
}

/// What was read of some files.
#[derive(Default)]
struct Reading {
    image: MemoryImage,
    pieces: Vec<Piece>,
}

impl Reading {
    /// Adds what a file holds.
    fn add(&mut self, file: DumpBytes) -> Result<(), ImageError> {
        let name = file.name.clone();
        let contents = contents(file)?;
        let image = &mut self.image;
        self.pieces
            .extend(contents.segments.into_iter().map(|segment| Piece {
                segment,
                file: name.clone(),
            }));
        image.word = image.word.or(contents.word);
        image.registers.extend(contents.registers);
        let remarks = contents.remarks.into_iter();
        image
            .remarks
            .extend(remarks.map(|remark| format!("{name}: {remark}")));
        if let Some(hint) = contents.hint
            && !image.hints.contains(&hint)
        {
            image.hints.push(hint);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<MemoryImage, ImageError> {
        let mut segments = join::join(self.pieces)?;
        let remarks = segments.iter_mut().filter_map(mirror::leave_out);
        self.image.remarks.extend(remarks);
        Ok(MemoryImage {
            segments,
            ..self.image
        })
    }
}

/// What a file of these bytes holds.
fn contents(file: DumpBytes) -> Result<Contents, ImageError> {
    let DumpBytes {
        name,
        address,
        bytes,
    } = file;
    if bytes.is_empty() {
        return Err(ImageError::Empty { file: name });
    }
    match (address, Format::of(&bytes)) {
        // Raw bytes may begin like any format, but hardly go on like it.
        (Some(address), Some(format)) if format.read(&bytes).is_ok() => {
            Err(ImageError::HasAddresses {
                file: name,
                format: format.name(),
                address,
            })
        }
        (Some(address), _) => Ok(raw(address, bytes)),
        (None, Some(format)) => {
            let content = |fault| ImageError::Content { file: name, fault };
            format.read(&bytes).map_err(content)
        }
        (None, None) if Reader::new(&bytes[..]).is_ok() => Err(ImageError::Trace { file: name }),
        (None, None) => named(name, bytes),
    }
}

/// Raw bytes whose address is in the file's name.
fn named(file: String, bytes: Vec<u8>) -> Result<Contents, ImageError> {
    let (address, end) = match dump_file::guess(Path::new(&file)) {
        None => return Err(ImageError::NoAddress { file }),
        Some(Guess::Start(start)) => (start, None),
        Some(Guess::Range(start, end)) => (start, Some(end)),
    };
    let length = bytes.len() as u64;
    if let Some(end) = end
        // Some tools name the first address behind the memory, others the last one in it.
        && end.checked_sub(address) != Some(length)
        && end.checked_sub(address) != length.checked_sub(1)
    {
        return Err(ImageError::NameMismatch {
            file,
            start: address,
            end,
            length,
        });
    }
    let mut contents = raw(address, bytes);
    contents.remarks.push(format!(
        "raw bytes; their address, {address:#x}, is from the file's name"
    ));
    Ok(contents)
}

fn raw(address: u64, bytes: Vec<u8>) -> Contents {
    Contents {
        segments: vec![Segment { address, bytes }],
        hint: Some(
            "raw bytes: is the address the one that they were read from, and was the whole pool \
             read?"
                .to_owned(),
        ),
        ..Contents::default()
    }
}

#[cfg(test)]
mod tests;
