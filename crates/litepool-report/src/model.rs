//! What the page is given: a JSON document, and long rows of numbers beside it, in one blob.
//!
//! Sizes are in bytes, times in microseconds since the start of the recording, operations are
//! numbered from 1 (a moment is *after* so many of them). No sentence stands in here: the page says
//! everything in the reader's language. Names are those of the program, as they are; the page puts
//! them into text nodes only.

use serde::Serialize;

/// Everything.
#[derive(Serialize, Debug, Default)]
pub struct Page {
    /// `litepool 0.1.0`.
    pub generator: String,
    /// One, or two that are compared: before and after.
    pub sources: Vec<Source>,
    /// How the second differs from the first.
    pub diff: Option<Diff>,
}

/// A row of numbers in the blob, little-endian.
#[derive(Serialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `u8`, `u16`, `u32`, `i32` or `f64`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it begins in the blob: a multiple of 8.
    pub offset: u64,
    /// How many numbers.
    pub length: u64,
}

/// A trace that was replayed in a pool, a dump, or a printed table.
#[derive(Serialize, Debug, Default)]
pub struct Source {
    /// The file's name, without its directories.
    pub name: String,
    /// `trace`, `dump` or `table`.
    pub kind: &'static str,
    /// The recorded program and its arguments; empty if unknown.
    pub program: String,
    /// 32 or 64.
    pub word: u32,
    /// How many there are in the trace.
    pub operations: u64,
    /// How many objects it allocates.
    pub objects: u64,
    /// How long the recording lasted; `None`: the trace has no times.
    pub microseconds: Option<u64>,
    /// The most requested bytes that were live, and after which operation.
    pub live_peak: u64,
    pub live_peak_at: u64,
    /// The pools: of a trace the one it was replayed in.
    pub pools: Vec<PoolFacts>,
    /// Names of tasks or threads; a number indexes them.
    pub tasks: Vec<String>,
    /// Calls that stacks and sites mention.
    pub calls: Vec<Call>,
    /// Call stacks, as a tree. The first is the empty one.
    pub stacks: Vec<Stack>,
    /// What could not be read or named, in English.
    pub notes: Vec<String>,
    /// Of a trace.
    pub timeline: Option<Timeline>,
    /// Of a trace.
    pub map: Option<Map>,
    /// Of a trace: what each owner had over time.
    pub holdings: Option<Holdings>,
    /// Moments with all their blocks, in the order of time. Of a dump one.
    pub keyframes: Vec<Keyframe>,
    /// The surest first.
    pub leaks: Vec<Leak>,
    /// The request that the pool could not serve, or the largest that it refused.
    pub failure: Option<Failure>,
}

#[derive(Serialize, Debug, Default)]
pub struct PoolFacts {
    /// Of a variable or of the trace; empty if unknown.
    pub name: String,
    /// `tlsf`, `best` …; empty if unknown.
    pub configuration: String,
    pub base: u64,
    pub size: u64,
    pub granule: u32,
    pub control_block: u64,
    pub used: u64,
    pub peak: u64,
    pub free: u64,
    pub largest_free: u64,
    /// Of a dump: what the check found. Empty: it is sound, or nothing was checked.
    pub defects: Vec<Defect>,
}

#[derive(Serialize, Debug, Default)]
pub struct Defect {
    pub address: u64,
    pub length: u64,
    /// In English.
    pub what: String,
    /// The index of a block in the keyframe: that at which it shows, and the one that was most
    /// likely written beyond.
    pub block: Option<u32>,
    pub suspect: Option<u32>,
}

/// A call: a function at a line, or an offset in a module.
#[derive(Serialize, Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    pub function: String,
    pub file: String,
    pub line: u32,
    pub module: String,
    pub offset: Option<u64>,
}

/// A call stack.
#[derive(Serialize, Debug, Default, Clone, Copy)]
pub struct Stack {
    /// The stack of its caller: the index of an earlier one; 0: there is none.
    pub parent: u32,
    /// Its innermost call, an index of [`Source::calls`].
    pub call: u32,
    /// The call that wanted the memory: the innermost one that is no wrapper around the allocator.
    pub site: u32,
}

/// The trace, cut into columns of as many operations each (the last may be shorter), at most 4,096;
/// of a trace that fails, up to the failure. One number of each row belongs to a column: the state
/// after its last operation.
#[derive(Serialize, Debug, Default)]
pub struct Timeline {
    pub columns: u32,
    /// How many operations a column has.
    pub operations_per_column: u64,
    /// When it ends; `None`: the trace has no times. f64.
    pub time: Option<Row>,
    /// Requested bytes of the live objects; and the most inside the column. u32.
    pub live: Row,
    pub live_peak: Row,
    /// Bytes of used blocks, with their headers. u32.
    pub used: Row,
    /// Free bytes, and the largest request that would succeed. u32.
    pub free: Row,
    pub largest_free: Row,
    /// How many there are. u32.
    pub used_blocks: Row,
    pub free_blocks: Row,
    /// Requested live bytes by task, the one with the highest peak first; at most 12, then one for all others.
    pub tasks: Vec<TaskRow>,
    /// Requests that were refused.
    pub failures: Vec<Refusal>,
}

#[derive(Serialize, Debug, Default)]
pub struct TaskRow {
    /// The index of its name; `None`: all others together.
    pub task: Option<u32>,
    /// u32.
    pub live: Row,
}

#[derive(Serialize, Debug, Default)]
pub struct Refusal {
    /// The operation during which: the number of the last one done.
    pub operation: u64,
    pub time: Option<u64>,
    pub size: u64,
    pub align: u64,
    pub task: Option<u32>,
    pub stack: u32,
    /// Whether the recorded program's allocator refused it; else the replay's pool.
    pub is_recorded: bool,
}

/// The pool's memory over time: cells of `bytes_per_row` bytes by `operations_per_column` operations, column after
/// column, each from the lowest address up.
#[derive(Serialize, Debug, Default)]
pub struct Map {
    pub columns: u32,
    pub rows: u32,
    pub operations_per_column: u64,
    pub bytes_per_row: u64,
    /// How much of the cell is used at the end of its column, 0 to 255 (255: all of it; 1 at least
    /// if anything is). u8.
    pub used: Row,
    /// The stack that has most of it: an index of `owners`; 0: nobody. u16.
    pub owner: Row,
    /// The age of that block: the power of two of the operations since its allocation. u8.
    pub age: Row,
    /// Its size: the power of two of its bytes. u8.
    pub size: Row,
    /// Owners of cells: (stack, task). The first is nobody.
    pub owners: Vec<(u32, Option<u32>)>,
}

/// What each owner had at the end of each column, as changes from column to column.
#[derive(Serialize, Debug, Default)]
pub struct Holdings {
    pub columns: u32,
    pub operations_per_column: u64,
    /// Owners: (stack, task).
    pub owners: Vec<(u32, Option<u32>)>,
    /// For each column where its changes begin in the rows below, and the end of all. u32.
    pub starts: Row,
    /// The owner. u32.
    pub owner: Row,
    /// By how much its requested bytes and its objects change. i32.
    pub bytes: Row,
    pub blocks: Row,
}

/// All blocks of one moment, pool after pool in the order of their addresses.
#[derive(Serialize, Debug, Default)]
pub struct Keyframe {
    /// After so many operations.
    pub operation: u64,
    pub time: Option<u64>,
    /// `regular`, `peak`, `failure`, `end` or `dump`.
    pub kind: &'static str,
    /// The pool's index. u8.
    pub pool: Row,
    /// Bytes from the pool's base to the payload. u32.
    pub offset: Row,
    /// Bytes that it takes, header included, and that its owner may use. u32.
    pub extent: Row,
    pub size: Row,
    /// 0 free, 1 used, 2 a slab, 3 a used object in a slab. u8.
    pub state: Row,
    /// The call stack; 0: unknown. u32.
    pub stack: Row,
    /// The task's index and 1; 0: unknown. u16.
    pub task: Row,
    /// The operation that allocated it, of a dump the number of its allocation; 0: unknown. f64.
    pub birth: Row,
}

#[derive(Serialize, Debug, Default)]
pub struct Leak {
    /// `unreachable`, `growing`, `task-gone`, `creeping`, `flat` or `not-freed`.
    pub verdict: &'static str,
    pub is_sure: bool,
    /// The index of a call; `None`: unknown.
    pub site: Option<u32>,
    /// The call stack with most bytes.
    pub stack: u32,
    pub bytes: u64,
    pub blocks: u64,
    /// (task, bytes).
    pub tasks: Vec<(u32, u64)>,
    /// Of a trace: in how many periods of how many blocks came that stayed, and how fast they grow.
    pub rises: u32,
    pub periods: u32,
    pub bytes_per_hour: Option<f64>,
    /// Bytes of the site at the end of each column of the holdings. f64.
    pub curve: Option<Row>,
    pub first_operation: Option<u64>,
    pub last_operation: Option<u64>,
}

/// A request that found no memory.
#[derive(Serialize, Debug, Default)]
pub struct Failure {
    /// Of a dump: the index of the pool, of which it is the largest request that it refused and
    /// would refuse still; who asked, and when, is not known then.
    pub pool: Option<u32>,
    pub operation: u64,
    pub time: Option<u64>,
    /// `allocate` or `resize`.
    pub kind: &'static str,
    pub request: u64,
    pub align: u64,
    /// `full`, `fragmented` or `alignment`.
    pub cause: &'static str,
    pub used: u64,
    pub free: u64,
    pub free_blocks: u64,
    pub largest_free: u64,
    pub task: Option<u32>,
    pub stack: u32,
    /// What pins the free space, the cheapest first.
    pub windows: Vec<Window>,
    /// The pool without what a function allocated, itself or through others.
    pub without: Vec<Without>,
    /// Who has the most.
    pub holders: Vec<Share>,
    /// What would have saved it, the cheapest first; empty: that was not asked.
    pub changes: Vec<Change>,
}

/// A set of used blocks without any one of which the request fits.
#[derive(Serialize, Debug, Default)]
pub struct Window {
    pub address: u64,
    pub size: u64,
    pub blocks: u64,
    pub bytes: u64,
    pub split: u64,
    pub shares: Vec<Share>,
}

#[derive(Serialize, Debug, Default)]
pub struct Without {
    pub function: String,
    pub blocks: u64,
    pub bytes: u64,
    pub largest_free: u64,
    pub serves: bool,
}

#[derive(Serialize, Debug, Default)]
pub struct Share {
    /// The index of a call; `None`: unknown.
    pub site: Option<u32>,
    pub task: Option<u32>,
    pub blocks: u64,
    pub bytes: u64,
}

/// A change to pool or program, tried by a replay.
#[derive(Serialize, Debug, Default)]
pub struct Change {
    /// `configuration`, `more-bytes`, `own-pool`, `fixed-objects`, `alignment`, `regions`, `together`.
    pub kind: &'static str,
    /// The configuration's name, the site's index of a call, the bytes: what the kind needs.
    pub configuration: String,
    pub site: Option<u32>,
    pub bytes: Option<u64>,
    /// Does the trace complete?
    pub survives: bool,
    /// Bytes of memory in all; `None`: it can't be told.
    pub memory: Option<u64>,
    /// Where it fails, if it does.
    pub fails_at: Option<u64>,
}

/// What changed between two sources.
#[derive(Serialize, Debug, Default)]
pub struct Diff {
    /// By call site, the largest change of bytes first. Moments: the peaks, or the dumps.
    pub rows: Vec<DiffRow>,
    /// Of two traces: the first operation that differs.
    pub divergence: Option<Divergence>,
}

#[derive(Serialize, Debug, Default)]
pub struct DiffRow {
    /// The site, without what differs from build to build.
    pub site: Call,
    pub bytes: (u64, u64),
    pub blocks: (u64, u64),
    /// What of the change is by more objects, and what by larger ones.
    pub by_number: f64,
    pub by_size: f64,
}

#[derive(Serialize, Debug, Default)]
pub struct Divergence {
    /// The number of the operation.
    pub operation: u64,
    /// What each does there: `allocate`, `resize`, `free` or `end`.
    pub kinds: (&'static str, &'static str),
    pub sizes: (u64, u64),
    /// The site in each, as an index of its calls.
    pub sites: (Option<u32>, Option<u32>),
}
