//! What can be wrong with a trace.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use crate::file::VERSION;
use crate::import::Format;
use crate::interned::{MAX_BUILD_ID, MAX_DEPTH, MAX_LOCATIONS};

/// Why a trace can't be read, imported or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The operating system refused to read or write.
    #[error("byte {offset}: {source}")]
    Io {
        /// How many bytes had been read or written before.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The file doesn't begin like a trace.
    #[error("byte 0: this is not a litepool trace: it begins with {found:02x?}")]
    Foreign {
        /// The file's first bytes, at most eight.
        found: Vec<u8>,
    },
    /// The file is a trace of another version of the format.
    #[error(
        "byte 8: this trace has format version {found}, and this program reads versions 1 to {VERSION}"
    )]
    Version {
        /// The version that the file states.
        found: u16,
    },
    /// The file ends too early.
    #[error("byte {offset}: the file ends inside {inside}: it is truncated")]
    Truncated {
        /// The length of the file in bytes.
        offset: u64,
        /// The part that is incomplete.
        inside: &'static str,
    },
    /// The file is complete and intact, but the recording is not: operations are missing at its
    /// end. All that is there was read before this.
    #[error(
        "byte {offset}: the recording is incomplete: {lost} operations after the first {events} events were lost"
    )]
    Lost {
        /// Where the end record begins, in bytes from the file's start.
        offset: u64,
        /// How many events the file holds.
        events: u64,
        /// How many operations of the program followed them.
        lost: u64,
    },
    /// The file was changed after it was written, or was written by a faulty program.
    #[error("byte {offset}: the file is damaged: {what}")]
    Damaged {
        /// Where the damaged part begins, in bytes from the file's start.
        offset: u64,
        /// What does not hold.
        what: Cow<'static, str>,
    },
    /// The file is intact, but an event in it makes no sense.
    #[error("byte {offset}: event {event}: {fault}")]
    Invalid {
        /// Where the chunk that holds the event begins, in bytes from the file's start.
        offset: u64,
        /// The number of the event, from 0.
        event: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// An event that was to be written makes no sense.
    #[error("event {event}: {fault}")]
    Rejected {
        /// The number of the event, from 0.
        event: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A line of an imported text is not what its format demands.
    #[error("line {line}: expected {expected}, found {found:?}")]
    Line {
        /// The line's number, from 1.
        line: u64,
        /// What should be there.
        expected: &'static str,
        /// What is there, shortened.
        found: String,
    },
    /// A line of an imported text is well formed but makes no sense.
    #[error("line {line}: {fault}")]
    LineFault {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The file is in none of the formats that can be told apart by their content.
    #[error(
        "the format can't be recognised from the content; known formats: {}",
        Format::known()
    )]
    Unrecognised,
    /// Something went wrong with the named file.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: Box<TraceError>,
    },
}

/// Why an event makes no sense after the events before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// An object was allocated out of order.
    #[error("object {id} is allocated, but the next object is number {next}")]
    NotNext {
        /// The number given.
        id: u32,
        /// The number that was due.
        next: u32,
    },
    /// The trace holds more objects than can be numbered.
    #[error("more than 4,294,967,295 objects")]
    TooManyObjects,
    /// An object that was never allocated is resized or freed.
    #[error("object {id} was never allocated")]
    Unknown {
        /// The number of the object, which may be negative in a damaged file.
        id: i64,
    },
    /// An object that was freed is freed again.
    #[error("double free: object {id} has been freed already")]
    DoubleFree {
        /// The number of the object; of an imported text: its id there.
        id: u64,
    },
    /// An object that was freed is resized.
    #[error("use after free: object {id} is resized, but has been freed already")]
    Dead {
        /// The number of the object.
        id: u32,
    },
    /// A text allocates an id that is in use.
    #[error("id {id} is allocated while it is in use")]
    StillLive {
        /// The id in the text.
        id: u64,
    },
    /// A text frees an id that isn't in use.
    #[error("id {id} is freed but not in use")]
    NotLive {
        /// The id in the text.
        id: u64,
    },
    /// An object is resized to nothing.
    #[error("an object can't be resized to zero bytes; that is a free")]
    ResizeToZero,
    /// A size that no program of this word size can ask for.
    #[error("{size} bytes are more than the program could address")]
    TooLarge {
        /// The size in bytes.
        size: u64,
    },
    /// An alignment that isn't a power of two.
    #[error("an alignment of {align} bytes is not a power of two")]
    BadAlignment {
        /// The alignment in bytes.
        align: u64,
    },
    /// A thread's number skips one.
    #[error("thread {thread} appears, but the next new thread is number {next}")]
    UnknownThread {
        /// The number given.
        thread: u32,
        /// The number that was due.
        next: u32,
    },
    /// A pool's number skips one.
    #[error("pool {pool} appears, but the next new pool is number {next}")]
    UnknownPool {
        /// The number given.
        pool: u32,
        /// The number that was due.
        next: u32,
    },
    /// A pool is named where an event has none.
    #[error("pool {pool} is given for what is no allocate, resize or refused request")]
    StrayPool {
        /// The number given.
        pool: u32,
    },
    /// A call stack that was not announced.
    #[error("call stack {stack} is used, but only {known} are known")]
    UnknownStack {
        /// The number of the stack.
        stack: u32,
        /// How many stacks are known.
        known: u32,
    },
    /// A frame that was not announced.
    #[error("frame {frame} is used, but only {known} are known")]
    UnknownFrame {
        /// The number of the frame, from 0.
        frame: u32,
        /// How many frames are known.
        known: u32,
    },
    /// A module that was not announced.
    #[error("module {module} is used, but only {known} are known")]
    UnknownModule {
        /// The number of the module, from 0.
        module: u32,
        /// How many modules are known.
        known: u32,
    },
    /// A call stack of more frames than a trace can hold.
    #[error("a call stack of more than {MAX_DEPTH} frames")]
    TooDeep,
    /// More functions inlined into each other than a trace can hold.
    #[error("a frame has {locations} locations, and at most {MAX_LOCATIONS} are possible")]
    TooManyLocations {
        /// How many there are.
        locations: usize,
    },
    /// A build id that is longer than any.
    #[error("a build id of {bytes} bytes, and at most {MAX_BUILD_ID} are possible")]
    LongBuildId {
        /// Its length.
        bytes: usize,
    },
    /// More modules, frames, call stacks, threads, pools and their names than 32 bits can number,
    /// or more memory for them than the file's length makes believable: at most 32 MiB and 64
    /// bytes for each byte of the file, where `docs/trace-format.md` says how much each counts.
    #[error(
        "too many modules, frames, call stacks or threads, or too long names, for a file of this length"
    )]
    TooMuchInterned,
    /// More live objects than the file's length makes believable: at most 1,048,576 and 32 for each
    /// byte of the file.
    #[error("{live} live objects at a time are too many for a file of this length")]
    TooManyLive {
        /// How many objects would be live.
        live: u64,
    },
    /// The clock ran backwards.
    #[error("the time is {time} us, before that of the preceding event, {previous} us")]
    TimeReversed {
        /// The time of this event in microseconds.
        time: u64,
        /// The time of the event before it.
        previous: u64,
    },
}
