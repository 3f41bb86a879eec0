//! Traces from other tools' text.

mod builder;
mod csv;
mod device;
mod esp_idf;
mod heaptrack;
mod importer;
mod input;
mod lines;
mod malloc_lab;
mod memory_replay;
mod mtrace;
mod names;

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use crate::error::TraceError;
use crate::trace::{Trace, in_file};

use builder::Builder;
pub use device::{Happening, Loss, Receiver, Reception};
pub use importer::Importer;
pub use input::decompressed;
use lines::Lines;

/// The formats that can be read.
///
/// ```
/// use litepool_trace::Format;
///
/// assert_eq!(Format::detect(b"1: malloc 0x20001000 24\n"), Some(Format::MemoryReplay));
/// assert_eq!(Format::detect(b"op,id,size\nallocate,1,24\n"), Some(Format::Csv));
/// assert_eq!("esp-idf".parse(), Ok(Format::EspIdf));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Format {
    /// Litepool's own binary format: `litepool`.
    Litepool,
    /// The `.rep` files of the malloc laboratory of CS:APP: `malloc-lab`. Four numbers (suggested
    /// heap size, number of ids, number of operations, weight), or three without the size or the
    /// weight, or two without both; then `a ID SIZE`, `r ID SIZE` or `f ID` on each line.
    MallocLab,
    /// The text of Android's `record_allocs` and `memory_replay`: `memory-replay`. Lines such as
    /// `1234: malloc 0x7f0010 48`, with or without start and end times in nanoseconds.
    MemoryReplay,
    /// What glibc writes after `mtrace()`: `mtrace`. Lines such as `@ ./program:[0x11c0] + 0x55a036f4a0 0x64`.
    /// Alignments are not in it.
    Mtrace,
    /// Comma-separated values below a line of column names: `csv`. Columns `op` (`allocate`, `resize`, `free`, `refused`),
    /// `id`, and if known `size`, `align`, `thread`, `pool`, `site` (`MODULE+0xOFFSET`, and its callers behind
    /// `;`), `time` (microseconds).
    Csv,
    /// What ESP-IDF's `heap_trace_dump` prints, anywhere in a serial log: `esp-idf`. Lines such as
    /// `32 bytes (@ 0x3ffaf214) allocated CPU 0 ccount 0x2e9b7384 caller 0x400d276d:0x400d27c1`. It
    /// tells neither times nor tasks, and not when something was freed.
    EspIdf,
    /// What heaptrack's interpreter writes, versions 1 to 3: `heaptrack`. Its objects have no names: of
    /// several of one size and call stack, the one that came last is freed first. Threads and
    /// resizes are not in it: a `realloc` is a free and an allocation.
    Heaptrack,
    /// What a device sent of its heap's events, caught in a file: `stream`. Described in `docs/stream-format.md`.
    Stream,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::Litepool,
        Self::MallocLab,
        Self::MemoryReplay,
        Self::Mtrace,
        Self::Csv,
        Self::EspIdf,
        Self::Heaptrack,
        Self::Stream,
    ];

    /// The name, as [`Format::from_str`] understands it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Litepool => "litepool",
            Self::MallocLab => "malloc-lab",
            Self::MemoryReplay => "memory-replay",
            Self::Mtrace => "mtrace",
            Self::Csv => "csv",
            Self::EspIdf => "esp-idf",
            Self::Heaptrack => "heaptrack",
            Self::Stream => "stream",
        }
    }

    /// The names of all formats, with commas between them.
    #[must_use]
    pub fn known() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The format of a file that begins with these bytes; some hundred of them suffice, but for a
    /// serial log, which is recognised by what stands further below. `None` if it is none of
    /// the known ones. A damaged file is attributed to the format that it resembles, so that its importer can say
    /// what is wrong.
    #[must_use]
    pub fn detect(beginning: &[u8]) -> Option<Self> {
        if beginning.first() == Some(&0x89) {
            return Some(Self::Litepool);
        }
        if device::is_device(beginning) {
            return Some(Self::Stream);
        }
        let text = String::from_utf8_lossy(beginning);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        // A log may begin with anything.
        if esp_idf::is_in(text) {
            return Some(Self::EspIdf);
        }
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        let first = line.split_whitespace().next()?;
        if matches!(first, "=" | "@" | "+" | "-" | "<" | ">" | "!") {
            Some(Self::Mtrace)
        } else if heaptrack::is_version(line) {
            Some(Self::Heaptrack)
        } else if first.bytes().all(|byte| byte.is_ascii_digit()) {
            Some(Self::MallocLab)
        } else if first
            .strip_suffix(':')
            .is_some_and(|tid| tid.bytes().all(|byte| byte.is_ascii_digit()))
        {
            Some(Self::MemoryReplay)
        } else if line
            .split(',')
            .any(|name| csv::is_op_column(name.trim().trim_matches('"')))
        {
            Some(Self::Csv)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// The name of a format that doesn't exist.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("unknown trace format {:?}; known formats: {known}", .0, known = Format::known())]
pub struct UnknownFormat(pub String);

/// A trace that was read from a file of any format, and what could not be taken over.
///
/// ```
/// use litepool_trace::{Format, Import, Op};
///
/// // A malloc-lab file: two objects, four operations; then one that is freed twice, in CSV.
/// let rep = "2\n4\na 0 512\na 1 128\nr 0 640\nf 1\n";
/// let import = Import::from_reader(rep.as_bytes(), None)?;
/// assert_eq!(import.format, Format::MallocLab);
/// assert_eq!(import.trace.events[2].op(), Some(Op::Resize { id: 0, size: 640 }));
///
/// let csv = "op,id,size\nallocate,1,24\nfree,1,\nfree,1,\n";
/// let import = Import::from_reader(csv.as_bytes(), None)?;
/// assert_eq!(import.notes.first_double_free, Some(4));
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The trace. Its header's program is empty unless the format names one. If the text holds addresses, and all
    /// of them and all sizes are below 4 GiB, the word size is taken to be 32 bits; else it is 64 bits. Correct it
    /// where you know better.
    pub trace: Trace,
    /// The format that was read.
    pub format: Format,
    /// What could not be taken over.
    pub notes: Notes,
}

/// What an importer could not take over as an operation, or not as it stood.
///
/// A tool that begins in the middle of a program sees the end of objects whose beginning it never
/// saw, and some tools lose a line now and then. Such things are counted here and are not errors.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Notes {
    /// Frees of objects that are not known: [`EventKind::ForeignFree`](crate::EventKind).
    pub foreign_frees: u64,
    /// Frees of objects that had been freed already, left out. A free whose object was freed very
    /// long ago (a million other addresses before) is counted as one of an unknown object.
    pub double_frees: u64,
    /// The line of the first of them.
    pub first_double_free: Option<u64>,
    /// Resizes of objects that are not known, taken over as allocations.
    pub adopted_resizes: u64,
    /// Frees that are missing in the text and were added, because another object appeared at the same address.
    pub implied_frees: u64,
    /// Requests that the recorded allocator refused: [`EventKind::Refused`](crate::EventKind).
    pub failed_requests: u64,
    /// Frees whose moment the text does not tell: they stand as late as they can have been, so
    /// that peaks are the highest possible.
    pub unplaced_frees: u64,
    /// Records that a text has twice, left out once.
    pub repeated_records: u64,
    /// Lines that begin like one of the format and don't go on like one, left out: another task
    /// printed in between, or the console lost something.
    pub unreadable_lines: u64,
    /// The first of them.
    pub first_unreadable_line: Option<u64>,
    /// Alignments that are no power of two, rounded up to the next one, as glibc's and bionic's
    /// `memalign` do.
    pub rounded_alignments: u64,
    /// The number of the last line, if that was cut off and left out: it has no end, and makes no
    /// sense as it stands or comes from a tool that ends every line.
    pub cut_line: Option<u64>,
    /// Of what came from a device: how much came, and how much did not.
    pub reception: Option<Reception>,
}

/// The lines of a file's content.
type Text<'a> = Lines<BufReader<Box<dyn Read + 'a>>>;

/// An importer: makes events of a text, line by line.
trait Steps {
    /// Takes the next line, and gives the builder the events that it stands for. `false` at the
    /// end.
    fn step(&mut self, lines: &mut Text<'_>, builder: &mut Builder) -> Result<bool, TraceError>;

    /// Whether the objects' keys are addresses, so that they tell the word size.
    fn has_addresses(&self) -> bool {
        false
    }
}

impl Import {
    /// Opens a file of any format. Without a format given, it is detected by the content. A file
    /// that was compressed with gzip, xz or zstd is decompressed, whatever its name.
    ///
    /// # Errors
    /// [`TraceError::File`], which names the file and says what is wrong with it.
    pub fn open(path: impl AsRef<Path>, format: Option<Format>) -> Result<Self, TraceError> {
        let path = path.as_ref();
        in_file(path, File::open(path), |file| {
            Self::from_reader(file, format)
        })
    }

    /// Reads any format from any [`Read`], which needs no buffer of its own. Without a format given, it is
    /// detected by the content.
    ///
    /// # Errors
    /// [`TraceError::Unrecognised`] if no format can be detected; else what is wrong, with its byte or line.
    pub fn from_reader(input: impl Read, format: Option<Format>) -> Result<Self, TraceError> {
        let mut importer = Importer::from_reader(input, format)?;
        let events = importer.by_ref().collect::<Result<_, _>>()?;
        let (format, notes) = (importer.format(), *importer.notes());
        let (header, interned) = importer.into_parts();
        Ok(Self {
            trace: Trace {
                header,
                events,
                interned,
            },
            format,
            notes,
        })
    }
}

#[cfg(test)]
mod tests;
