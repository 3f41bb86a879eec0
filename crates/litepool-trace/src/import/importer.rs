//! A file of any format, event by event.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::builder::Builder;
use super::csv::Csv;
use super::device::{Happening, Receiver};
use super::esp_idf::EspIdf;
use super::heaptrack::Heaptrack;
use super::input::Input;
use super::lines::Lines;
use super::malloc_lab::MallocLab;
use super::memory_replay::MemoryReplay;
use super::mtrace::Mtrace;
use super::{Format, Notes, Steps, Text};
use crate::error::TraceError;
use crate::file::Reader;
use crate::interned::Interned;
use crate::op::{Event, Header};
use crate::trace::{at_start, in_file};

/// Reads a file of any format: an iterator of events.
///
/// The first error ends the iteration. If there is none, all of the file was read;
/// [`Importer::notes`] says what could not be taken over. The memory needed is that of the live
/// objects and of [`Importer::interned`], not of the file.
///
/// ```
/// use litepool_trace::{Importer, Op};
///
/// let text = "1: malloc 0x20001000 24\n1: free 0x20001000\n";
/// let mut importer = Importer::from_reader(text.as_bytes(), None)?;
/// let op = importer.next().unwrap()?.op();
/// assert_eq!(op, Some(Op::Allocate { id: 0, size: 24, align: 0 }));
/// assert_eq!(importer.count(), 1);
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
pub struct Importer<'a> {
    format: Format,
    source: Source<'a>,
    done: bool,
}

enum Source<'a> {
    /// The reader and no notes.
    Litepool(Box<Reader<Box<dyn Read + 'a>>>, Notes),
    Text {
        lines: Text<'a>,
        steps: Box<dyn Steps>,
        builder: Box<Builder>,
    },
    Device {
        content: Box<dyn Read + 'a>,
        receiver: Box<Receiver>,
        notes: Box<Notes>,
    },
}

/// How much of a device's bytes is read at a time.
const PIECE: usize = 64 << 10;

impl Importer<'static> {
    /// Opens a file of any format. Without a format given, it is detected by the content. A file
    /// that was compressed with gzip, xz or zstd is decompressed, whatever its name.
    ///
    /// # Errors
    /// [`TraceError::File`], which names the file and says what is wrong with its beginning.
    pub fn open(path: impl AsRef<Path>, format: Option<Format>) -> Result<Self, TraceError> {
        let path = path.as_ref();
        in_file(path, File::open(path), |file| {
            Self::from_reader(file, format)
        })
    }
}

impl<'a> Importer<'a> {
    /// Reads any format from any [`Read`], which needs no buffer of its own. As [`Importer::open`]
    /// besides.
    ///
    /// # Errors
    /// [`TraceError::Unrecognised`] if no format can be detected; else what is wrong with the
    /// beginning.
    pub fn from_reader(input: impl Read + 'a, format: Option<Format>) -> Result<Self, TraceError> {
        let Input {
            sample,
            content,
            read,
        } = Input::new(input).map_err(at_start)?;
        let format = format
            .or_else(|| Format::detect(&sample))
            .ok_or(TraceError::Unrecognised)?;
        let steps: Box<dyn Steps> = match format {
            Format::Litepool => {
                return Ok(Self {
                    format,
                    source: Source::Litepool(Box::new(Reader::new(content)?), Notes::default()),
                    done: false,
                });
            }
            Format::MallocLab => Box::<MallocLab>::default(),
            Format::MemoryReplay => Box::<MemoryReplay>::default(),
            Format::Mtrace => Box::<Mtrace>::default(),
            Format::Csv => Box::<Csv>::default(),
            Format::EspIdf => Box::<EspIdf>::default(),
            Format::Heaptrack => Box::<Heaptrack>::default(),
            Format::Stream => {
                return Ok(Self {
                    format,
                    source: Source::Device {
                        content,
                        receiver: Box::new(Receiver::counting(read)),
                        notes: Box::default(),
                    },
                    done: false,
                });
            }
        };
        let source = Source::Text {
            lines: Lines::new(BufReader::new(content)),
            steps,
            builder: Box::new(Builder::new(read)),
        };
        Ok(Self {
            format,
            source,
            done: false,
        })
    }

    /// Shows each further event to `see`, with what the events so far mention by number, until it
    /// says `false`. The same as iterating, without an event that is returned by value for each step.
    ///
    /// # Errors
    /// The first error, as of the iterator.
    pub fn each(
        &mut self,
        see: &mut dyn FnMut(&Event, &Interned) -> bool,
    ) -> Result<(), TraceError> {
        while let Some(event) = self.next() {
            if !see(&event?, self.interned()) {
                break;
            }
        }
        Ok(())
    }

    /// The format that is read.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What the file says about its origin. The program is empty unless the format names one. Of a
    /// text, the word size is known at the end: 32 bits if it holds addresses, and all of them and
    /// all sizes are below 4 GiB; else 64 bits.
    #[must_use]
    pub fn header(&self) -> &Header {
        match &self.source {
            Source::Litepool(reader, _) => reader.header(),
            Source::Text { builder, .. } => &builder.header,
            Source::Device { receiver, .. } => receiver.header(),
        }
    }

    /// What the events so far mention by number.
    #[must_use]
    pub fn interned(&self) -> &Interned {
        match &self.source {
            Source::Litepool(reader, _) => reader.interned(),
            Source::Text { builder, .. } => builder.interned(),
            Source::Device { receiver, .. } => receiver.interned(),
        }
    }

    /// What could not be taken over so far.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        match &self.source {
            Source::Litepool(_, notes) => notes,
            Source::Text { builder, .. } => &builder.notes,
            Source::Device { notes, .. } => notes,
        }
    }

    /// The header, and what [`Importer::interned`] tells.
    #[must_use]
    pub fn into_parts(self) -> (Header, Interned) {
        match self.source {
            Source::Litepool(reader, _) => reader.into_parts(),
            Source::Text { builder, .. } => builder.into_parts(),
            Source::Device { receiver, .. } => receiver.into_parts(),
        }
    }
}

impl Iterator for Importer<'_> {
    type Item = Result<Event, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let done = &mut self.done;
        match &mut self.source {
            Source::Litepool(reader, _) => reader.next(),
            Source::Text {
                lines,
                steps,
                builder,
            } => next_of_text(lines, &mut **steps, builder, done),
            Source::Device {
                content,
                receiver,
                notes,
            } => next_of_device(content, receiver, notes, done),
        }
    }
}

fn next_of_text(
    lines: &mut Text<'_>,
    steps: &mut dyn Steps,
    builder: &mut Builder,
    done: &mut bool,
) -> Option<Result<Event, TraceError>> {
    loop {
        if let Some(event) = builder.take() {
            return Some(Ok(event));
        }
        if *done {
            return None;
        }
        match steps.step(lines, builder) {
            Ok(true) => continue,
            Ok(false) => {}
            Err(TraceError::Line { .. } | TraceError::LineFault { .. })
                if lines.is_unterminated() && builder.has_begun() =>
            {
                builder.notes.cut_line = Some(lines.number());
            }
            Err(error) => {
                *done = true;
                return Some(Err(error));
            }
        }
        *done = true;
        builder.finish(steps.has_addresses());
    }
}

fn next_of_device(
    content: &mut dyn Read,
    receiver: &mut Receiver,
    notes: &mut Notes,
    done: &mut bool,
) -> Option<Result<Event, TraceError>> {
    loop {
        match receiver.next_happening() {
            Some(Happening::Event { event, .. }) => return Some(Ok(event)),
            Some(_) => continue,
            None if *done => return None,
            None => {}
        }
        match read_piece(content) {
            Ok(piece) if piece.is_empty() => {
                *done = true;
                receiver.finish();
            }
            Ok(piece) => receiver.take_bytes(&piece),
            Err(source) => {
                *done = true;
                let offset = receiver.reception().bytes;
                return Some(Err(TraceError::Io { offset, source }));
            }
        }
        *notes = receiver.notes();
    }
}

/// The next bytes; none at the end.
fn read_piece(content: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    content.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

impl std::iter::FusedIterator for Importer<'_> {}

impl fmt::Debug for Importer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer")
            .field("format", &self.format)
            .field("notes", self.notes())
            .finish_non_exhaustive()
    }
}
