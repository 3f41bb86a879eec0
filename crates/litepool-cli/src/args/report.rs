//! The arguments of `report`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use litepool_trace::Format;

use super::Word;
use super::snapshots::task_name;
use crate::units::parse_size;

/// Write one page that shows a heap: who has what and when, a map of its memory, leaks, and why a
/// request failed.
///
/// FILE is a trace, which is replayed in a pool, or a dump of a device's memory; a second one is
/// compared with the first. Files of one dump are separated by commas.
///
/// The page is one HTML file of less than 10 MB, however long the trace. It opens in any browser,
/// loads nothing, and has no line of a source.
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// A trace, as `replay` takes it, or a dump, as `dump` takes it; or two: before and after.
    #[arg(required = true, num_args = 1..=2, value_name = "FILE[@ADDRESS]")]
    pub(crate) files: Vec<OsString>,
    /// The page to write; `-` writes standard output.
    #[arg(short, long, value_name = "FILE.html", required_unless_present = "svg")]
    pub(crate) output: Option<PathBuf>,
    /// Write pictures for documents into this directory: timeline.svg, the pool over time, and map.svg,
    /// its memory. Of several files or configurations the timelines are panels of one picture, and each
    /// has a map of its own: map-1.svg, map-2.svg …
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) svg: Option<PathBuf>,
    /// Size of the pool that traces are replayed in. Default: the live peak and a quarter, and room
    /// for a control block.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: Option<u64>,
    /// The configuration of that pool, as `replay` knows it; for `--svg` several, or `all`.
    /// Default: tlsf.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) config: Vec<String>,
    /// Word size of the device that has that pool. Default: that of the recorded program.
    #[arg(long, value_name = "BITS")]
    pub(crate) word: Option<Word>,
    /// The format of traces, where the content does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// The program that ran on the device, for functions, files and lines; given again, that of the
    /// second FILE.
    #[arg(long, value_name = "FIRMWARE")]
    pub(crate) elf: Vec<PathBuf>,
    /// The tasks that the device has, as NUMBER=NAME, separated by commas: what belongs to others
    /// is of tasks that are gone.
    #[arg(long, value_name = "N=NAME", value_delimiter = ',', value_parser = task_name)]
    pub(crate) tasks: Vec<(u32, String)>,
}
