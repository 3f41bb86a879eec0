//! The trace of a program's heap: what was allocated, resized and freed, in which order, by which thread and
//! from which call stack.
//!
//! An [`Event`] is an operation ([`Op`]) or something else that a recorder saw; what it mentions by number is
//! [`Interned`]. A [`Trace`] is read from litepool's own file format ([`Reader`], [`Writer`]) or imported from text that other
//! tools write ([`Format`], [`Import`]). A [`Profile`] says what the program asked of its heap; a [`Script`] is
//! the same trace made ready for replay.
//!
//! ```
//! use litepool_trace::{Event, Header, Op, Reader, WordSize, Writer};
//!
//! # fn main() -> Result<(), litepool_trace::TraceError> {
//! let header = Header { word: WordSize::Bits32, program: "demo".into() };
//! let mut writer = Writer::new(Vec::new(), &header)?;
//! writer.event(&Event::from(Op::Allocate { id: 0, size: 24, align: 0 }))?;
//! writer.event(&Event::from(Op::Free { id: 0 }))?;
//! let file = writer.finish()?;
//!
//! let events: Result<Vec<Event>, _> = Reader::new(&file[..])?.collect();
//! assert_eq!(events?.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! The format is described byte by byte in `docs/trace-format.md`.

mod copier;
mod error;
mod file;
mod import;
mod interned;
mod op;
mod profile;
pub mod recording;
mod rules;
#[cfg(test)]
mod samples;
mod script;
mod trace;

pub use copier::Copier;
pub use error::{Fault, TraceError};
pub use file::{Reader, VERSION, Writer};
pub use import::{
    Format, Happening, Import, Importer, Loss, Notes, Receiver, Reception, UnknownFormat,
    decompressed,
};
pub use interned::{
    Frame, Interned, Location, MAX_BUILD_ID, MAX_DEPTH, MAX_LOCATIONS, Module, Stack,
};
pub use op::{Event, EventKind, Header, Op, WordSize};
pub use profile::{Bucket, Histogram, Profile, Profiler};
pub use script::{Script, Slots};
pub use trace::Trace;

/// The example in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
