//! The arguments of what looks at a snapshot.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use litepool_snapshot::Moment;
use litepool_trace::Format;

use super::Word;
use crate::units::{parse_size, parse_time};

/// A snapshot to look at: a moment of a trace, or a dump of a device's memory.
#[derive(Args, Debug)]
pub(crate) struct SnapshotInput {
    /// A trace, as `info` takes it; or the files of a dump: ELF, Zephyr's and ESP-IDF's core dumps,
    /// also in a serial log, Intel HEX, SREC; raw bytes as FILE@ADDRESS. Which it is, the content
    /// tells.
    #[arg(required = true, value_name = "FILE[@ADDRESS]")]
    pub(crate) files: Vec<OsString>,
    /// The moment of a trace: peak (the default), end, failure (before the first request that was
    /// refused), the number of an operation, or a time: 2.5s, 300ms, 4min.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub(crate) at: Option<Moment>,
    #[command(flatten)]
    pub(crate) replay_in: ReplayIn,
    #[command(flatten)]
    pub(crate) names: Names,
}

/// The pool that a trace is replayed in, up to the request that fails.
#[derive(Args, Debug)]
pub(crate) struct ReplayIn {
    /// With --at failure: replay a trace in a pool of this size. The moment is then before the
    /// request that fails in that pool, and blocks have addresses, which are offsets in it.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: Option<u64>,
    /// The configuration of that pool, as `replay` knows it. Default: tlsf.
    #[arg(long, value_name = "NAME", requires = "pool")]
    pub(crate) config: Option<String>,
    /// Word size of the device that has that pool. Default: that of the recorded program.
    #[arg(long, value_name = "BITS", requires = "pool")]
    pub(crate) word: Option<Word>,
}

/// Where names come from that the input does not bring along.
#[derive(Args, Debug)]
pub(crate) struct Names {
    /// The format of a trace, where its content does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The program that ran on the device: for functions, files and lines.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Option<PathBuf>,
    /// The tasks that the device has, as NUMBER=NAME, separated by commas: what belongs to others
    /// is of tasks that are gone.
    #[arg(long, value_name = "N=NAME", value_delimiter = ',', value_parser = task_name)]
    pub(crate) tasks: Vec<(u32, String)>,
}

/// Which blocks.
#[derive(Args, Default, Debug)]
pub(crate) struct Filter {
    /// Only blocks of this task or thread: its name or number, `interrupt`, or `none`.
    #[arg(long, value_name = "TASK")]
    pub(crate) task: Option<String>,
    /// Only blocks in whose call stack a function, file or module has this in its name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) site: Option<String>,
    /// Only blocks of more than so many bytes.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) larger: Option<u64>,
}

/// List the blocks of a moment of a trace, or of a dump.
///
/// Bytes are those that were requested; of a dump, those that the owner may use.
#[derive(Args, Debug)]
pub(crate) struct Blocks {
    #[command(flatten)]
    pub(crate) input: SnapshotInput,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Which comes first: the largest, the lowest address, the oldest, the newest number, the first
    /// task or call site.
    #[arg(long, value_name = "ORDER", default_value = "size")]
    pub(crate) sort: Order,
    /// Used or free blocks, or all.
    #[arg(long, value_name = "STATE", default_value = "used")]
    pub(crate) state: State,
    /// Sum the blocks up, instead of listing them.
    #[arg(long, value_name = "WHAT")]
    pub(crate) by: Option<By>,
    /// How many lines to show; 0: all. Default: 20, and all as JSON.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Show so many bytes of the contents of each block of a dump.
    #[arg(long, value_name = "BYTES", num_args = 0..=1, default_missing_value = "64",
        require_equals = true, conflicts_with = "by")]
    pub(crate) hex: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tell which blocks are leaks: by call site, and how sure that is.
///
/// Of a trace, what was allocated and not freed up to its end (or --at): growing, if it becomes
/// more throughout the run, which is divided into 16 to 31 periods; flat, if it does not; creeping
/// in between; task gone, if the thread that allocated it has ended. Of a dump with the whole RAM
/// and --elf: unreachable, if nothing in the memory points to it.
///
/// Exit code 1 if a leak is sure: unreachable or growing; with --why, if that block is a leak.
#[derive(Args, Debug)]
pub(crate) struct Leaks {
    #[command(flatten)]
    pub(crate) input: SnapshotInput,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// What is one leak: all blocks of a call site (a function and line, wrappers of the allocator
    /// left out), or of a whole call stack.
    #[arg(long, value_name = "WHAT", default_value = "site")]
    pub(crate) by: LeakBy,
    /// How many leaks to show; 0: all. Default: 10, and all as JSON.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Tell of the block of a dump in which this address lies what leads to it.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "top")]
    pub(crate) why: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show what was allocated between A and B and is still there at C.
///
/// A, B and C are moments of traces (run.lpt@10000, run.lpt@2.5s, run.lpt@peak; without a moment:
/// its end) or dumps (FILE, FILE@ADDRESS, several files separated by commas). Without C, B is meant.
///
/// Blocks of one run are matched by the numbers of their allocations. Snapshots of different runs
/// or builds are compared by sums: per call site and per task.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The first snapshot.
    #[arg(value_name = "A")]
    pub(crate) a: OsString,
    /// The second one.
    #[arg(value_name = "B")]
    pub(crate) b: OsString,
    /// The one at which blocks have to be there still.
    #[arg(value_name = "C")]
    pub(crate) c: Option<OsString>,
    /// The format of the traces, where the content does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The program that ran on the device; given again, that of the next snapshot.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Vec<PathBuf>,
    /// The names of the device's tasks, as NUMBER=NAME, separated by commas.
    #[arg(long, value_name = "N=NAME", value_delimiter = ',', value_parser = task_name)]
    pub(crate) tasks: Vec<(u32, String)>,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// How many lines of each table to show; 0: all. Default: 20, and all as JSON.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The order of a list of blocks.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Size,
    Address,
    Age,
    Number,
    Task,
    Site,
}

/// What state the blocks of a list have.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Used,
    Free,
    All,
}

/// What blocks are summed by.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    Task,
    Site,
    Size,
    Module,
}

/// What the blocks of a leak have in common.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LeakBy {
    Site,
    Stack,
}

/// A moment of a trace.
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    match text {
        "peak" => Ok(Moment::Peak),
        "end" => Ok(Moment::End),
        "failure" => Ok(Moment::Failure),
        _ if text.ends_with(|last: char| last.is_ascii_digit()) => {
            let digits = text.chars().filter(|c| !matches!(c, ',' | '_'));
            let number = digits.collect::<String>().parse();
            number.map(Moment::Operation).map_err(|_| no_moment(text))
        }
        _ => parse_time(text)
            .map(Moment::Time)
            .ok_or_else(|| no_moment(text)),
    }
}

fn no_moment(text: &str) -> String {
    format!(
        "`{text}` is no moment; write peak, end, failure, the number of an operation (10000), or a \
         time (2.5s, 300ms, 4min)"
    )
}

/// Tables are as long as the highest number of a task.
const MOST_TASKS: u32 = 1 << 20;

pub(super) fn task_name(text: &str) -> Result<(u32, String), String> {
    let parts = text.split_once('=');
    let task = parts.and_then(|(number, name)| Some((number.trim().parse().ok()?, name.trim())));
    let task = task.filter(|&(number, _)| number < MOST_TASKS);
    let (number, name) = task.ok_or_else(|| {
        format!("`{text}` names no task; write NUMBER=NAME, separated by commas: 3=net,4=log")
    })?;
    Ok((number, name.to_owned()))
}

/// Reads an address: hexadecimal with `0x`, or decimal.
fn parse_address(text: &str) -> Result<u64, String> {
    let number = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| format!("`{text}` is no address; write 0x200001cc"))
}
