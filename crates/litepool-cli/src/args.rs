//! The command line.

mod explain;
mod export;
mod report;
mod shell;
mod size;
mod snapshots;
mod stream;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use litepool_trace::{Format, WordSize};

use crate::units::parse_size;

pub(crate) use explain::Explain;
pub(crate) use export::Export;
pub(crate) use report::Report;
pub(crate) use shell::{Completions, Man};
pub(crate) use size::{Language, Size};
use snapshots::task_name;
pub(crate) use snapshots::{
    Blocks, By, Diff, Filter, LeakBy, Leaks, Order, ReplayIn, SnapshotInput, State, moment,
};
pub(crate) use stream::{FromDevice, Listening, Top, duration};

/// Record a program's heap, replay it, and find the smallest pool that it needs.
///
/// A trace is made by `litepool record`, or imported from the text of other tools. Every command that reads a
/// trace takes all formats, also compressed with gzip, xz or zstd, and `-` for standard input.
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
    Top(Top),
    Info(Info),
    Blocks(Blocks),
    Leaks(Leaks),
    Diff(Diff),
    Replay(Replay),
    Report(Report),
    Size(Size),
    Explain(Explain),
    Split(Split),
    Budget(Budget),
    Export(Export),
    Import(Import),
    Dump(Dump),
    Completions(Completions),
    Man(Man),
}

/// Run a program and record its heap operations; or receive those of a device, with --from.
///
/// The program runs as usual, with its own input and output; a library that is loaded before it
/// notes every malloc, calloc, realloc, free and aligned allocation. Linux only; the program must
/// be dynamically linked.
///
/// Signals are passed on to the program, once. The exit code is the program's, 128 + the signal's
/// number if a signal ended it, and 2 if nothing could be recorded or operations were lost.
///
/// With --from, on every system: a device sends its heap's events (docs/stream.md), and they become a trace.
/// The recording ends with the channel, with Ctrl-C, or as --for and --idle say; the trace is whole in any
/// case. Exit code 1 if events were lost, or the device was reset: the trace has gaps there; 2 if nothing came.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// The trace to write.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// How many callers to record of each operation, the call site included: at most 64. 0: none.
    /// Up to 1 costs next to nothing; each more takes some nanoseconds for each operation.
    #[arg(long, value_name = "N", default_value_t = litepool_trace::recording::DEFAULT_DEPTH as u8,
        conflicts_with = "from", value_parser = clap::value_parser!(u8).range(0..=litepool_trace::MAX_DEPTH as i64))]
    pub(crate) depth: u8,
    /// Keep the recorder's raw logs, in a new directory FILE.raw.
    #[arg(long, conflicts_with = "from")]
    pub(crate) keep_raw: bool,
    /// Record the processes that the program starts, too: each to a file of its own, named after FILE and the
    /// process (demo.lpt, demo.1234.lpt). The recording lasts until all have ended.
    #[arg(long, conflicts_with = "from")]
    pub(crate) children: bool,
    #[command(flatten)]
    pub(crate) device: FromDevice,
    /// The program to run, and its arguments.
    #[arg(
        required_unless_present = "from",
        conflicts_with = "from",
        trailing_var_arg = true,
        value_name = "PROGRAM"
    )]
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
    /// The trace: litepool's own format or any that `import` knows, also compressed with gzip,
    /// xz or zstd; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The format of FILE, where its content does not tell.
    #[arg(long, value_name = "FORMAT")]
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
    /// all. Default: tlsf and best, which have no slab; `size` takes all that are quickly tried.
    /// Requests of little walk the blocks: on long traces that takes minutes.
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
/// large enough, but not at the alignment. It tells which used blocks are in the way, and tries the
/// pool without those of the function that has fewest of them.
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
    /// Print JSON, with the whole series of samples.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Find out whether several pools, or classes of small objects, need less RAM than one pool.
///
/// Objects that stay pin the memory that others leave. A pool of their own keeps them apart, but has
/// a control block of its own, and what is free in one pool helps no other: their peaks need not
/// coincide. A class of fixed slabs keeps small objects without headers, but its empty slots help
/// nobody. All of that is measured, by replays of what each pool would be asked for.
///
/// What is moved are the requests of a call site (with its callers, where one function makes most of
/// them), or those of a range of sizes. An object that a resize takes to another range moves there.
/// A search begins with one pool, takes the best step (move, part, join), and goes on from there;
/// then classes are tried in each pool. It is no proof that there is nothing better. Nothing is random: the
/// same trace has the same answer.
///
/// Each further pool, each class, and the slab that classes take has to save 1 % of the one pool: less is
/// lost in what other runs of the program do, and each is code, and a size of its own to get right.
///
/// Exit code 1 if one pool is best; with --pool, if no split is needed for that size, or none suffices.
#[derive(Args, Debug)]
pub(crate) struct Split {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) device: Device,
    /// Ask whether a split fits in so many bytes in all where one pool does not.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: Option<u64>,
    /// The most pools.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(crate) pools: u8,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check in CI that traces keep within limits, and need no more than before.
///
/// litepool.toml lists the traces, their limits and the file of the baseline: see docs/budget.md.
/// Figures are the live peak, the smallest pool, the fragmentation in the device's pool, bytes never
/// freed and leaks; limits may also be those of a task or a call site. The same trace gives the same
/// figures, so that one byte more than in the baseline is growth, unless a tolerance is set.
///
/// In GitHub Actions (`GITHUB_ACTIONS` is true) the call sites that grew are annotated.
///
/// Exit code 0 if all traces are within their budget, 1 if one is not, 2 if one can't be measured.
#[derive(Args, Debug)]
pub(crate) struct Budget {
    /// The file that lists traces and limits.
    #[arg(value_name = "FILE", default_value = "litepool.toml")]
    pub(crate) file: PathBuf,
    /// Write the baseline: what the traces take now is what they may take from now on.
    #[arg(long)]
    pub(crate) update: bool,
    /// Write the report as Markdown, for a job's summary; `-` writes standard output. The file that
    /// `GITHUB_STEP_SUMMARY` names is appended to.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write the report as XML of `JUnit`: a test for each figure; `-` writes standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Convert a trace from the text of another tool to litepool's own format.
///
/// Formats: malloc-lab (`a id size`, `r id size`, `f id` after two to four numbers), memory-replay
/// (Android), mtrace (glibc), csv, esp-idf (what `heap_trace_dump` prints in a serial log),
/// heaptrack, litepool; all of them also compressed with gzip, xz or zstd. They are told apart by their content.
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
    #[arg(long, value_name = "FORMAT")]
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
