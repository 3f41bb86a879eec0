//! The raw log that the recorder writes, and its conversion to a trace.
//!
//! The recorder (`crates/litepool-record`, loaded into a program with `LD_PRELOAD`) writes one raw log for each
//! process and each program that it records. Its README says when, and under which names. Here they are read:
//!
//! ```no_run
//! use litepool_trace::{Writer, recording::Recording};
//! use std::{fs::File, io::BufWriter, path::Path};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // LITEPOOL_RECORD_FILE was $PWD/raw when process 4711 was started.
//! let recording = Recording::open(Path::new("raw"))?;
//! let log = recording.last_program_of(4711).ok_or("nothing was recorded")?;
//! let mut writer = Writer::new(BufWriter::new(File::create("program.lpt")?), &log.trace_header())?;
//! let summary = log.convert(&mut writer)?;
//! writer.finish()?;
//! println!("{} operations of {}", summary.events, log.command());
//! # Ok(())
//! # }
//! ```

pub mod layout;

mod convert;
mod error;
mod heap;
mod log;
mod modules;
mod notices;
mod slots;
mod stacks;
mod texts;

pub use convert::Summary;
pub use error::RecordingError;
pub use log::{Log, Recording};
pub use notices::{Notices, stop_reason};

/// The environment variable that tells the recorder where to write: an absolute path of a file that doesn't exist
/// yet. Without it the recorder does nothing.
pub const ENV_FILE: &str = "LITEPOOL_RECORD_FILE";

/// The environment variable that says how many return addresses of each call stack are recorded: a
/// number up to [`layout::MAX_DEPTH`]. 0: none; 1: only the call site. Without it, or if it is no
/// number, [`DEFAULT_DEPTH`].
pub const ENV_DEPTH: &str = "LITEPOOL_RECORD_DEPTH";

/// How many return addresses are recorded where nobody says.
pub const DEFAULT_DEPTH: usize = layout::DEFAULT_DEPTH;

/// The environment variable that says whether processes started by the recorded one are recorded too: `0` for no;
/// anything else, or nothing, for yes.
pub const ENV_CHILDREN: &str = "LITEPOOL_RECORD_CHILDREN";

#[cfg(test)]
mod tests;
