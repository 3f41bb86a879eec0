//! What the page is given: a JSON document, and long rows of numbers beside it, in one blob.
//!
//! Sizes are in bytes, times in microseconds since the start of the recording, operations are
//! numbered from 1 (a moment is *after* so many of them). No sentence stands in here: the page says
//! everything in the reader's language. Names are those of the program, but for the characters that
//! would turn the text around them, which a report replaces; the page puts them into text nodes only.
//!
//! - `failure.rs`: a request that found no memory; `diff.rs`: how two sources differ

mod diff;
mod failure;

use serde::Serialize;

pub use diff::{Diff, DiffRow, Divergence};
pub use failure::{Change, Failure, Moved, Share, Window, Without};

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
    /// The most requested bytes that were live; of a dump, those of its used blocks.
    pub live_peak: u64,
    /// After which operation they were; 0 of a dump.
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

/// A pool, or a region of one, at the end of what the source tells.
#[derive(Serialize, Debug, Default)]
pub struct PoolFacts {
    /// Of a variable or of the trace; empty if unknown.
    pub name: String,
    /// `tlsf`, `best` …; empty if unknown.
    pub configuration: String,
    /// Its address.
    pub base: u64,
    /// Its bytes in all; of a printed table, those up to the last block.
    pub size: u64,
    /// What sizes of blocks are multiples of, in bytes.
    pub granule: u32,
    /// Bytes that are neither free nor used; 0 if unknown.
    pub control_block: u64,
    /// Bytes of used blocks, with their headers.
    pub used: u64,
    /// The most that they were; 0 if unknown.
    pub peak: u64,
    /// Bytes of free blocks.
    pub free: u64,
    /// The largest request that would succeed.
    pub largest_free: u64,
    /// Of a dump: what the check found. Empty: it is sound, or nothing was checked.
    pub defects: Vec<Defect>,
}

/// A place of a pool where something is not as it should be.
#[derive(Serialize, Debug, Default)]
pub struct Defect {
    /// Where it shows.
    pub address: u64,
    /// How many bytes are wrong; 0 if that can't be told.
    pub length: u64,
    /// In English.
    pub what: String,
    /// The block at which it shows, as an index in the keyframe.
    pub block: Option<u32>,
    /// The block that was most likely written beyond, likewise.
    pub suspect: Option<u32>,
}

/// A call: a function at a line, or an offset in a module.
#[derive(Serialize, Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// Its name, demangled; empty: unknown.
    pub function: String,
    /// As the compiler noted it; empty: unknown.
    pub file: String,
    /// In that file; 0: unknown.
    pub line: u32,
    /// The path of the program or library; empty: none, as on a device.
    pub module: String,
    /// Where in the module, or at which address, if the function is unknown.
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
    /// How many there are: at least one.
    pub columns: u32,
    /// How many operations a column has.
    pub operations_per_column: u64,
    /// When it ends; `None`: the trace has no times. f64.
    pub time: Option<Row>,
    /// Requested bytes of the live objects. u32.
    pub live: Row,
    /// The most that they were inside the column. u32.
    pub live_peak: Row,
    /// Bytes of used blocks, with their headers. u32.
    pub used: Row,
    /// Free bytes, those of a slab's free slots among them. u32.
    pub free: Row,
    /// The largest request that would succeed. u32.
    pub largest_free: Row,
    /// How many live objects there are. u32.
    pub used_blocks: Row,
    /// How many free blocks. u32.
    pub free_blocks: Row,
    /// Requested live bytes by task, the one with the highest peak first; at most 12, then one for
    /// all others. A column's add up to its `live`, unless a note says that they are told for fewer moments.
    pub tasks: Vec<TaskRow>,
    /// Requests that were refused.
    pub failures: Vec<Refusal>,
}

/// What a task had over time.
#[derive(Serialize, Debug, Default)]
pub struct TaskRow {
    /// The index of its name; `None`: all others together.
    pub task: Option<u32>,
    /// Requested bytes that were live at the end of each column of the timeline. u32.
    pub live: Row,
}

/// A request that was refused.
#[derive(Serialize, Debug, Default)]
pub struct Refusal {
    /// How many operations were done before.
    pub operation: u64,
    /// When; `None`: the trace has no times.
    pub time: Option<u64>,
    /// Bytes that were requested.
    pub size: u64,
    /// Their alignment; 0: the usual one.
    pub align: u64,
    /// Who asked.
    pub task: Option<u32>,
    /// From where; 0: unknown.
    pub stack: u32,
    /// Whether the recorded program's allocator refused it; else the replay's pool.
    pub is_recorded: bool,
}

/// The pool's memory over time: cells of `bytes_per_row` bytes by `operations_per_column`
/// operations, column after column, each from the lowest address up.
#[derive(Serialize, Debug, Default)]
pub struct Map {
    /// At most 2,048.
    pub columns: u32,
    /// At most 512.
    pub rows: u32,
    /// How many operations a column has; the last one may be shorter.
    pub operations_per_column: u64,
    /// How many bytes a row has; the last one may be shorter.
    pub bytes_per_row: u64,
    /// How much of the cell is used at the end of its column, 0 to 255 (255: all of it; 1 at least
    /// if anything is). The pool's control block counts, which nobody owns. u8.
    pub used: Row,
    /// Who has most of it: an index of `owners`; 0: nobody. u16.
    pub owner: Row,
    /// The age of the block that this owner has most of it with: the power of two of the operations
    /// since its allocation. u8.
    pub age: Row,
    /// The size of that block: the power of two of its requested bytes. u8.
    pub size: Row,
    /// Owners of cells: (stack, task). The first is nobody.
    pub owners: Vec<(u32, Option<u32>)>,
}

/// What each owner had at the end of each column, as changes from column to column.
#[derive(Serialize, Debug, Default)]
pub struct Holdings {
    /// As many as the timeline has, or fewer, each as long as 2, 4, 8 … of these.
    pub columns: u32,
    /// How many operations a column has; the last one may be shorter.
    pub operations_per_column: u64,
    /// Owners: (stack, task).
    pub owners: Vec<(u32, Option<u32>)>,
    /// For each column where its changes begin in the rows below, and the end of all. u32.
    pub starts: Row,
    /// The owner: an index of `owners`, in ascending order inside a column. u32.
    pub owner: Row,
    /// By how much its requested bytes change. i32.
    pub bytes: Row,
    /// By how much the number of its objects changes. i32.
    pub blocks: Row,
}

/// All blocks of one moment, pool after pool in the order of their addresses.
#[derive(Serialize, Debug, Default)]
pub struct Keyframe {
    /// After so many operations.
    pub operation: u64,
    /// When that was; `None`: unknown.
    pub time: Option<u64>,
    /// `regular`, `peak`, `failure`, `end` or `dump`.
    pub kind: &'static str,
    /// The pool's index. u8.
    pub pool: Row,
    /// Bytes from the pool's base to the payload. u32.
    pub offset: Row,
    /// Bytes that it takes, header included. u32.
    pub extent: Row,
    /// Bytes that were requested; of a dump, that its owner may use; of a free block, the largest
    /// request that it can hold. u32.
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

/// What a call site allocated and did not free.
#[derive(Serialize, Debug, Default)]
pub struct Leak {
    /// `unreachable`, `growing`, `task-gone`, `creeping`, `flat` or `not-freed`.
    pub verdict: &'static str,
    /// Whether it needs no second look: `unreachable` and `growing`.
    pub is_sure: bool,
    /// The index of a call; `None`: unknown.
    pub site: Option<u32>,
    /// The call stack with most bytes.
    pub stack: u32,
    /// Bytes that were not freed.
    pub bytes: u64,
    /// How many objects they are.
    pub blocks: u64,
    /// (task, bytes), most bytes first.
    pub tasks: Vec<(u32, u64)>,
    /// Of a trace: in how many of its periods blocks came that stayed.
    pub rises: u32,
    /// The periods that were looked at; 0 of a dump.
    pub periods: u32,
    /// How fast they grow; `None`: the trace has no times.
    pub bytes_per_hour: Option<f64>,
    /// Bytes of the site at the end of each column of the holdings. f64.
    pub curve: Option<Row>,
    /// Of a trace: the operation that allocated the oldest of them.
    pub first_operation: Option<u64>,
    /// And the newest.
    pub last_operation: Option<u64>,
}
