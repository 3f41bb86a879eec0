//! What can be wrong with a raw log.

use std::io;
use std::path::PathBuf;

use super::layout::VERSION;
use crate::error::TraceError;

/// Why a raw log can't be read or converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is no raw log. The program was never recorded: it is statically linked, runs with
    /// another user's rights, or could not write there.
    #[error("{}: nothing was recorded", path.display())]
    Missing {
        /// Where the log should be.
        path: PathBuf,
    },
    /// The operating system refused to read.
    #[error("{}: byte {offset}: {source}", path.display())]
    Io {
        /// The log.
        path: PathBuf,
        /// How far it had been read.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The program ended while the recorder was creating the log: nothing is in it.
    #[error("{}: byte 0: the log was created, but nothing was written to it", path.display())]
    Unbegun {
        /// The log.
        path: PathBuf,
    },
    /// The file doesn't begin like a raw log.
    #[error("{}: byte 0: this is not a raw log of litepool's recorder: it begins with {found:02x?}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The log was written by another version of the recorder, or on a machine of the other byte
    /// order.
    #[error("{}: byte 8: this log has version {found}, and this program reads version {VERSION}", path.display())]
    Version {
        /// The log.
        path: PathBuf,
        /// The version that it states.
        found: u64,
    },
    /// The file ends inside a segment, where no recorder leaves it.
    #[error("{}: byte {offset}: the log ends too early: it is truncated", path.display())]
    Truncated {
        /// The log.
        path: PathBuf,
        /// Its length in bytes.
        offset: u64,
    },
    /// The log holds what no recorder writes.
    #[error("{}: byte {offset}: the log is damaged: {what}", path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Where the damage is, in bytes from the file's start.
        offset: u64,
        /// What doesn't hold.
        what: &'static str,
    },
    /// The log of the process from which this one was forked can't be read, so that its heap is
    /// unknown.
    #[error("{}: this process was forked from another, whose log is needed too: {source}", path.display())]
    Parent {
        /// The log of the forked process.
        path: PathBuf,
        /// What is wrong with the other.
        source: Box<RecordingError>,
    },
    /// More objects than a trace can number.
    #[error("{}: byte {offset}: the program allocated more than 4,294,967,295 objects", path.display())]
    TooManyObjects {
        /// The log.
        path: PathBuf,
        /// Where the next one stands.
        offset: u64,
    },
    /// The trace can't be written.
    #[error("writing the trace: {0}")]
    Trace(#[from] TraceError),
}
