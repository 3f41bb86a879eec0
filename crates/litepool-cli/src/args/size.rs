//! The command line of `size`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use litepool_trace::Format;

use super::Device;
use crate::units::parse_percent;

/// Find the smallest pool in which a trace completes, for each configuration, and recommend one.
///
/// "Smallest" is the smallest size, in steps of the allocation granule, that completes and above
/// which no tried size failed: a larger pool places blocks elsewhere and may fail where a smaller one was
/// lucky. The control block is included: it is the whole memory that the heap needs.
///
/// A trace is one run. So the smallest pools are also found for perturbed runs: threads run a little later
/// than recorded, so that their operations are interleaved differently (each thread keeps its order, each
/// object is allocated before it is resized or freed), and sizes change by up to --jitter. What a call
/// stack always asks for stays as it is: a constant. Half of the runs need p50 or less, 95 % of them p95;
/// in the recommended pool every run was seen to complete, and the recording.
///
/// Several traces are several runs of one program: the pool serves each of them. With --overlay
/// they run at the same time in one pool.
///
/// What objects waste, and bounds for the worst case from the literature, are told besides; and
/// --emit prints the recommendation as code.
///
/// Exit code 1 if the trace completes in no pool of any of the configurations.
#[derive(Args, Debug)]
pub(crate) struct Size {
    /// The traces: litepool's own format or any that `import` knows, also compressed with gzip,
    /// xz or zstd; `-` reads standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The format of the files, where their content does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) device: Device,
    /// The traces run at the same time, in one pool: in the order of their times, or, if not all have
    /// any, each spread over the whole. In perturbed runs each begins up to a quarter later.
    #[arg(long)]
    pub(crate) overlay: bool,
    /// How many perturbed runs. Default: 20; of more than a million operations as many as take the
    /// time of 20 of a million, and none if that is less than 5.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) runs: Option<u32>,
    /// By how much a size changes at most in a perturbed run, in per cent.
    #[arg(long, value_name = "PERCENT", default_value = "3", value_parser = parse_jitter)]
    pub(crate) jitter: f64,
    /// What the perturbed runs follow from: the same number makes the same runs, on every machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// What the recommended pool has above the size that all runs survive, in per cent.
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = parse_percent)]
    pub(crate) margin: f64,
    /// Print the recommended configuration and its pool as code, and nothing else.
    #[arg(long, value_name = "LANGUAGE", conflicts_with = "json")]
    pub(crate) emit: Option<Language>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Languages that a configuration can be printed in.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Language {
    /// An `impl Config` and a static pool.
    Rust,
    /// How to build the C library, and a static pool.
    C,
}

/// Reads a percentage by which sizes may change.
fn parse_jitter(text: &str) -> Result<f64, String> {
    parse_percent(text).and_then(|jitter| {
        (jitter <= 50.0).then_some(jitter).ok_or_else(|| {
            format!("`{text}` is more than 50 %: that is no run of the same program")
        })
    })
}
