//! The arguments of `export`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use litepool_export::{Bytes, Format};

use super::snapshots::task_name;
use super::{Input, Word};
use crate::units::parse_size;

/// Convert a trace to the format of a viewer.
///
/// Formats: heaptrack (`heaptrack_gui`, `heaptrack_print`), dhat (Valgrind's `dh_view.html`,
/// Firefox Profiler), massif (`ms_print`, Massif-Visualizer), pprof (`go tool pprof`), folded
/// (stacks for `flamegraph.pl`, inferno), speedscope, counters (over time, for Perfetto and
/// `chrome://tracing`).
///
/// FILE's name tells the format, where the viewer's tools have a habit: out.heaptrack.gz,
/// dhat.out.1, massif.out.1, out.pb.gz, out.folded, out.speedscope.json, out.trace.json. What ends
/// in `.gz` is compressed. What each viewer shows, and what it can't: docs/export.md.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The format to write, where the name of the file does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) to: Option<Format>,
    /// The file to write; `-` writes standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Put the name of its task or thread at the root of each call stack.
    #[arg(long)]
    pub(crate) task_root: bool,
    /// Which bytes folded stacks show, and pprof and speedscope show first: live at the peak, live
    /// at the end, or allocated in all. The other formats refuse it.
    #[arg(long, value_name = "WHICH", value_parser = bytes())]
    pub(crate) bytes: Option<Bytes>,
    /// For massif: replay the trace in a pool of this size, for what the allocator adds. Default
    /// with --config: the live peak and a quarter, and room for a control block.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: Option<u64>,
    /// For massif: the configuration of that pool, as `replay` knows it. Default with --pool: tlsf.
    #[arg(long, value_name = "NAME")]
    pub(crate) config: Option<String>,
    /// Word size of the device that has that pool. Default: that of the recorded program.
    #[arg(long, value_name = "BITS")]
    pub(crate) word: Option<Word>,
    /// The program that ran on the device: for functions, files and lines.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Option<PathBuf>,
    /// The names of tasks, as NUMBER=NAME, separated by commas.
    #[arg(long, value_name = "N=NAME", value_delimiter = ',', value_parser = task_name)]
    pub(crate) tasks: Vec<(u32, String)>,
}

fn bytes() -> impl TypedValueParser<Value = Bytes> {
    let names = PossibleValuesParser::new(Bytes::ALL.map(Bytes::name));
    names.map(|name| {
        let named = |bytes: &Bytes| bytes.name() == name;
        Bytes::ALL.into_iter().find(named).unwrap_or(Bytes::Peak)
    })
}
