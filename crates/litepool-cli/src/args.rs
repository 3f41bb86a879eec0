//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use litepool_snapshot::Moment;
use litepool_trace::{Format, WordSize};

use crate::units::{parse_percent, parse_size, parse_time};

/// Record a program's heap, replay it, and find the smallest pool that it needs.
///
/// A trace is made by `litepool record`, or imported from the text of other tools. Every command that reads a
/// trace takes all formats, also compressed with gzip or xz, and `-` for standard input.
///
/// Exit codes: 0 the work is done and the answer is yes; 1 the answer is no (the trace does not fit); 2 wrong
/// usage, unreadable input, or an output that can't be written. `record` ends with the code of the program that it ran.
#[derive(Parser, Debug)]
#[command(
    name = "litepool",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Record(Record),
    Info(Info),
    Blocks(Blocks),
    Leaks(Leaks),
    Diff(Diff),
    Replay(Replay),
    Size(Size),
    Import(Import),
    Dump(Dump),
}

/// Run a program and record its heap operations.
///
/// The program runs as usual, with its own input and output; a library that is loaded before it
/// notes every malloc, calloc, realloc, free and aligned allocation. Linux only; the program must
/// be dynamically linked.
///
/// Signals are passed on to the program, once. The exit code is the program's, 128 + the signal's
/// number if a signal ended it, and 2 if nothing could be recorded or operations were lost.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// The trace to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How many callers to record of each operation, the call site included: at most 64. 0: none.
    /// Up to 1 costs next to nothing; each more takes some nanoseconds for each operation.
    #[arg(long, value_name = "N", default_value_t = litepool_trace::recording::DEFAULT_DEPTH as u8,
        value_parser = clap::value_parser!(u8).range(0..=litepool_trace::MAX_DEPTH as i64))]
    pub(crate) depth: u8,
    /// Keep the recorder's raw logs, in a new directory FILE.raw.
    #[arg(long)]
    pub(crate) keep_raw: bool,
    /// Record the processes that the program starts, too: each to a file of its own, named after FILE and the
    /// process (demo.lpt, demo.1234.lpt). The recording lasts until all have ended.
    #[arg(long)]
    pub(crate) children: bool,
    /// The program to run, and its arguments.
    #[arg(required = true, last = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<OsString>,
}

/// Find the pools in the memory of a device, check them, and tell what is in them.
///
/// Of each pool: how it is built, what it holds, a map, its tasks and call sites; and if it is
/// corrupt, each defect with the bytes around it, and the block that was most likely written beyond.
/// What is behind the damage is told as well. Regions that were joined are one heap.
///
/// Raw bytes need their address: FILE@0x20000000, unless the file's name has it
/// (`ramdump_0x20000000.bin`). ELF, Zephyr's and ESP-IDF's core dumps, also in a serial log, Intel HEX
/// and SREC bring it along. Several files are one memory.
///
/// Of a heap that is not litepool's, the table of its used blocks will do, anywhere in a serial log: as
/// `LOS_MemUsedNodeShow` of LiteOS-M and the shell's `memused` print it. Of several tables, FILE@1
/// is the first one; without a number it is the last.
///
/// Exit code 1 if a pool is corrupt, 2 if there is none, or if the files can't be read.
#[derive(Args, Debug)]
pub(crate) struct Dump {
    /// The memory, as files; `-` reads standard input.
    #[arg(required = true, value_name = "FILE[@ADDRESS]")]
    pub(crate) files: Vec<OsString>,
    /// The program that ran on the device: for the names of pools and functions, files and lines.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Option<PathBuf>,
    /// The tasks that the device has, as NUMBER=NAME, separated by commas.
    #[arg(long, value_name = "N=NAME", value_delimiter = ',', value_parser = task_name)]
    pub(crate) tasks: Vec<(u32, String)>,
    /// How many call stacks to list.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) sites: usize,
    /// Tell which used blocks are in the way of a request of so many bytes. Default: of the largest
    /// one that the pool has refused.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) request: Option<u64>,
    /// Print JSON, with every block.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A trace to read.
#[derive(Args, Debug)]
pub(crate) struct Input {
    /// The trace: litepool's own format or any that `import` knows, also compressed with gzip or
    /// xz; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The format of FILE, where its content does not tell.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
}

/// Show what a program asked of its heap: operations, live peak, sizes, lifetimes, call sites.
///
/// All figures are about requested bytes: what any heap must provide, before headers and rounding.
#[derive(Args, Debug)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) input: Input,
    /// How many call sites to list.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) sites: usize,
    /// How many call stacks to list for each of them: those that hold most at the peak.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) stacks: usize,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

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
    #[arg(long, value_name = "FORMAT", value_parser = format)]
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
#[derive(Args, Debug)]
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
    #[arg(long, value_name = "FORMAT", value_parser = format)]
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

/// The device whose heap is reproduced.
#[derive(Args, Debug)]
pub(crate) struct Device {
    /// Word size of the device. Default: that of the recorded program. The heap of a 32-bit device is reproduced
    /// to the byte on a 64-bit host; the sizes of the objects stay as they were recorded.
    #[arg(long, value_name = "BITS")]
    pub(crate) word: Option<Word>,
    /// Address of the pool on the device, in full or modulo the largest alignment that is requested. It matters
    /// only to aligned requests. Default: a multiple of every alignment.
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_size)]
    pub(crate) base_modulo: u64,
    /// Configurations, separated by commas: a name (tlsf), the beginning of names (slab), or
    /// all. Default: the two without a slab whose requests take bounded time: tlsf, best. Requests
    /// of little walk the blocks: on long traces that takes minutes.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) config: Vec<String>,
    /// `MAX_SIZE` of the device's configuration, which decides how wide links are. Default: the
    /// smallest that can hold the pool.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_size: Option<u64>,
}

/// Replay a trace in a pool: does it fit, what does it cost, how does the pool fragment?
///
/// Threads are replayed in recorded order in one heap. Objects that the program never freed stay. A
/// replay stops at the first request that fails and says why: the pool is full when the free blocks
/// together are too small, fragmented when they would suffice but none of them does; or one is
/// large enough, but not at the alignment.
///
/// Fragmentation is 1 - largest request that fits / bytes in free blocks. Times are those of this
/// host, the heap's operations alone (the objects are not touched), medians of 3 to 15 runs. The
/// trace is read piece by piece: memory is that of the pools and the live objects.
///
/// Exit code 1 if the trace fits in none of the configurations, or if --verify finds damage.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) device: Device,
    /// Size of the pool, everything included: 98304, 96K, 0x18000. Rounded down to whole granules.
    /// Default: the live peak and a quarter, and room for a control block.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: Option<u64>,
    /// Fill every object with a pattern, check the pattern at every resize, free and at the end, and check the whole
    /// heap every N operations (default 1000).
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1000", require_equals = true,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) verify: Option<u64>,
    /// How many samples of the pool's state to take over the replay, at most.
    #[arg(long, value_name = "N", default_value_t = 240, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) samples: u64,
    /// Draw fragmentation and use over the operations into an SVG picture, a panel for each
    /// configuration; a request that fails is marked.
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) chart: Option<PathBuf>,
    /// Print JSON, with the whole series of samples.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Find the smallest pool in which a trace completes, for each configuration.
///
/// Whether a trace completes does not depend on the pool's size alone: a larger pool places blocks
/// elsewhere and may fail where a smaller one was lucky. "Smallest" here is the smallest size, in
/// steps of the allocation granule, that completes and above which no tried size failed; the next
/// smaller size fails. The 16 sizes on each side are tried, and 16 more at growing distances, above
/// up to 1/8 larger; of traces of more than a million operations fewer, down to 4 and 4 from four
/// million on. The control block is included: it is the whole memory that the heap needs.
///
/// The recommendation adds a margin to it and rounds up, to a size in which the trace was seen to
/// complete. A trace is one run of the program: the margin is for what other runs do.
///
/// Exit code 1 if the trace completes in no pool of any of the configurations.
#[derive(Args, Debug)]
pub(crate) struct Size {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) device: Device,
    /// Safety margin of the recommendation, in per cent.
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = parse_percent)]
    pub(crate) margin: f64,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Convert a trace from the text of another tool to litepool's own format.
///
/// Formats: malloc-lab (`a id size`, `r id size`, `f id` after two to four numbers), memory-replay
/// (Android), mtrace (glibc), csv, litepool; all of them also compressed with gzip or xz. They are
/// told apart by their content.
///
/// A last line that was cut off is left out, and told, as is all else that could not be taken over
/// as it stood.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The text to read; `-` reads standard input.
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
    /// The trace to write; `-` writes standard output.
    #[arg(short, long, value_name = "TO")]
    pub(crate) output: PathBuf,
    /// The format of FROM, where its content does not tell.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    /// Word size of the program. Default: of a trace, its own; of a text with addresses, 32 bits if
    /// all of them and all sizes are below 4 GiB; else 64.
    #[arg(long, value_name = "BITS")]
    pub(crate) word: Option<Word>,
    /// Take a recording that lost operations up to where it lost the first. What the program needed
    /// after that is unknown: sizes found for it are lower bounds.
    #[arg(long)]
    pub(crate) until_loss: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
pub(crate) enum Word {
    #[value(name = "32")]
    Bits32,
    #[value(name = "64")]
    Bits64,
}

impl From<Word> for WordSize {
    fn from(word: Word) -> Self {
        match word {
            Word::Bits32 => Self::Bits32,
            Word::Bits64 => Self::Bits64,
        }
    }
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_str(text).map_err(|error| error.to_string())
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

fn task_name(text: &str) -> Result<(u32, String), String> {
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
