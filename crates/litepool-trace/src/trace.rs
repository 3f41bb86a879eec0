//! A whole trace in memory.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::copier::Copier;
use crate::error::TraceError;
use crate::file::{Reader, Writer};
use crate::import::{Format, Import};
use crate::interned::Interned;
use crate::op::{Event, Header};

/// A whole trace in memory: 56 bytes for each event. For traces that are too long for that there is [`Reader`], and for
/// files that somebody made to do harm: a file of one megabyte can hold a billion events.
///
/// ```
/// use litepool_trace::{Event, Header, Interned, Op, Trace, WordSize};
///
/// let trace = Trace {
///     header: Header { word: WordSize::Bits32, program: "demo".into() },
///     events: vec![
///         Event::from(Op::Allocate { id: 0, size: 24, align: 0 }),
///         Event::from(Op::Free { id: 0 }),
///     ],
///     interned: Interned::default(),
/// };
/// let file = trace.to_writer(Vec::new())?;
/// assert_eq!(Trace::from_reader(&file[..])?, trace);
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Where it comes from.
    pub header: Header,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What the events mention by number: call stacks, names.
    pub interned: Interned,
}

impl Trace {
    /// Opens a trace in any format. Without a format given, it is detected by the content. For what an importer
    /// had to leave out, see [`Import::open`].
    ///
    /// # Errors
    /// [`TraceError::File`], which names the file and says what is wrong with it.
    pub fn open(path: impl AsRef<Path>, format: Option<Format>) -> Result<Self, TraceError> {
        Import::open(path, format).map(|import| import.trace)
    }

    /// Reads a trace file.
    ///
    /// # Errors
    /// [`TraceError::File`], which names the file and says what is wrong with it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, TraceError> {
        let path = path.as_ref();
        in_file(path, File::open(path), Self::from_reader)
    }

    /// Reads a trace in litepool's format from any [`Read`], which needs no buffer of its own.
    ///
    /// # Errors
    /// [`TraceError`], with the place of what is wrong.
    pub fn from_reader(input: impl Read) -> Result<Self, TraceError> {
        let mut reader = Reader::new(input)?;
        let events = reader.by_ref().collect::<Result<_, _>>()?;
        let (header, interned) = reader.into_parts();
        Ok(Self {
            header,
            events,
            interned,
        })
    }

    /// Writes a trace file.
    ///
    /// # Errors
    /// [`TraceError::File`], as [`Trace::to_writer`] says.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), TraceError> {
        let path = path.as_ref();
        in_file(path, File::create(path), |file| {
            self.to_writer(file).map(drop)
        })
    }

    /// Writes the trace in litepool's format to any [`Write`], which needs no buffer of its own, and returns it.
    ///
    /// # Errors
    /// [`TraceError::Io`], and [`TraceError::Rejected`] if an event makes no sense.
    pub fn to_writer<W: Write>(&self, out: W) -> Result<W, TraceError> {
        let mut writer = Writer::new(out, &self.header)?;
        let mut copier = Copier::new();
        for event in &self.events {
            copier.event(event, &self.interned, &mut writer)?;
        }
        copier.finish(&self.interned, &mut writer)?;
        writer.finish()
    }
}

/// An error from before the first byte.
pub(crate) fn at_start(source: io::Error) -> TraceError {
    TraceError::Io { offset: 0, source }
}

/// Does `work` with a file that was opened, and adds the file's name to an error.
pub(crate) fn in_file<T>(
    path: &Path,
    opened: io::Result<File>,
    work: impl FnOnce(File) -> Result<T, TraceError>,
) -> Result<T, TraceError> {
    let done = opened.map_err(at_start).and_then(work);
    done.map_err(|source| TraceError::File {
        path: path.to_owned(),
        source: source.into(),
    })
}

#[cfg(test)]
mod tests;
