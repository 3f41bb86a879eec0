//! The arguments of `explain`.

use clap::Args;

use super::{Device, Input};
use crate::units::parse_size;

/// Tell what would have saved a trace that fails in a pool.
///
/// The trace is replayed with one change after another, each exactly: in every other configuration;
/// in more bytes; with what each of the ten heaviest call sites allocates in a pool of its own, or
/// in fixed slots; with alignments lowered to the granule; with another granule or narrower links.
/// If nothing alone saves it, changes are combined, the one that saves most first.
///
/// The configuration that fails is tlsf, or the one that --config names.
///
/// RAM in all is the least with which the trace completes, as `size` finds it, pools of their own
/// and fixed slots included. --pool is all the memory there is: what a site has of its own is taken
/// out of it. The heaviest sites are those with most bytes at the failure, and those with the
/// highest peaks; where fewer than two are known, the heaviest sizes of objects take their place.
/// Fixed slots come in at most four sizes, with a control block of four words for each.
///
/// Exit code 0 if the trace does not fail, or something saves it in that memory; 1 if nothing does.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Size of the pool in which the trace fails, everything included: 98304, 96K, 0x18000. Rounded
    /// down to whole granules.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) pool: u64,
    #[command(flatten)]
    pub(crate) device: Device,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
