//! The trace of a program's heap, in the formats of the viewers that people have open.
//!
//! An [`Export`] takes the events of a trace, one after another, and writes a [`Format`]; [`Names`]
//! knows what the events mention by number. What a viewer shows that litepool does not know (how
//! often objects were accessed, say) is left out, never made up.
//!
//! - `format.rs`: the formats, and which one a file's name asks for
//! - `names.rs`: call stacks, tasks and pools by name
//! - `stacks.rs`: call stacks as texts, for formats that have nothing else
//! - `texts.rs`, `weights.rs`: names as texts; which bytes of a call stack count
//! - one module for each format; `valgrind.rs` is what two of them share
//!
//! Memory is that of the live objects, of the call stacks and of their names, however long the
//! trace.

mod counters;
mod dhat;
mod folded;
mod format;
mod heaptrack;
mod massif;
mod names;
mod pprof;
#[cfg(test)]
mod samples;
mod speedscope;
mod stacks;
#[cfg(test)]
mod tests;
mod texts;
mod valgrind;
mod weights;

use std::io;

use litepool_trace::{Event, Interned, Profile};

pub use format::{Format, UnknownFormat, gzip};
pub use massif::massif_snapshots;
pub use names::Names;
pub use weights::Bytes;

/// What is known of a trace before its events are taken.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The recorded command line, or the file that was imported.
    pub program: &'a str,
    /// What all of its events are together.
    pub profile: &'a Profile,
    /// The pool that it was replayed in, if it was.
    pub pool: Option<PoolUsage<'a>>,
}

/// What a pool had in use while a trace was replayed in it.
///
/// ```
/// use litepool_export::{About, PoolUsage, massif_snapshots};
/// use litepool_trace::{Import, Profile};
///
/// let csv = "op,id,size\nallocate,1,100\nfree,1,\n";
/// let profile = Profile::of(&Import::from_reader(csv.as_bytes(), None)?.trace);
/// // A replay looks at the pool after so many operations each: what it had in use goes here.
/// let moments = massif_snapshots(&profile);
/// assert_eq!(moments, [0, 1, 2]);
/// let pool = PoolUsage { name: "tlsf, 4096 bytes", in_use: &[0, 104, 0] };
/// let about = About { program: "demo", profile: &profile, pool: Some(pool) };
/// # Ok::<(), litepool_trace::TraceError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PoolUsage<'a> {
    /// What pool that was, in words.
    pub name: &'a str,
    /// All that was not free, in bytes, after so many operations each: those of
    /// [`massif_snapshots`].
    pub in_use: &'a [u64],
}

/// How to export, where there is a choice.
///
/// ```
/// use litepool_export::{Bytes, Options};
///
/// // What was still live at the end, task by task.
/// let options = Options { task_root: true, bytes: Some(Bytes::End) };
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// Whether each call stack has the name of its task below its outermost function. Those of
    /// [`Format::Folded`] always have it.
    pub task_root: bool,
    /// Which bytes a format shows that shows one number for each call stack, and which one is shown
    /// first that shows several. `None`: what is usual there.
    pub bytes: Option<Bytes>,
}

/// Writes one format, event by event.
///
/// ```
/// use litepool_export::{About, Format, Names, Options};
/// use litepool_snapshot::Resolver;
/// use litepool_trace::{Import, Profile};
///
/// let csv = "op,id,size,site\nallocate,1,100,app+0x10\nallocate,2,28,app+0x10\n";
/// let trace = Import::from_reader(csv.as_bytes(), None)?.trace;
/// let profile = Profile::of(&trace);
/// let about = About { program: "demo", profile: &profile, pool: None };
/// let threads = vec!["main".into()];
/// let mut names = Names::new(Resolver::new().without_files(), threads, Vec::new());
///
/// let mut file = Vec::new();
/// let mut export = Format::Folded.export(&mut file, about, Options::default())?;
/// for event in &trace.events {
///     export.event(event, &trace.interned, &mut names)?;
/// }
/// export.finish(&trace.interned, &mut names)?;
/// drop(export);
/// assert_eq!(String::from_utf8(file)?, "main;app+0x10 128\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Export {
    /// Takes the next event. `interned` is what the events so far mention. O(1), amortised, and for
    /// each new call stack the time of naming it.
    ///
    /// # Errors
    /// The output can't be written.
    fn event(&mut self, event: &Event, interned: &Interned, names: &mut Names) -> io::Result<()>;

    /// There are no more events. `interned` is all that they mention.
    ///
    /// # Errors
    /// The output can't be written.
    fn finish(&mut self, interned: &Interned, names: &mut Names) -> io::Result<()>;
}

/// The examples in the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
