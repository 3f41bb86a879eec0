//! How much is tried where nothing in particular is asked for: what takes seconds.

use litepool_replay::Configuration;

use crate::args::Size;
use crate::code::has_switches;

/// Traces of up to so many operations get everything.
const MILLION: u64 = 1 << 20;
/// Perturbed runs of those.
const RUNS: u64 = 20;
/// Fewer say nothing about one run in twenty.
const FEWEST_RUNS: u64 = 5;
/// Steps of a walk over all blocks for each operation, in one replay.
const STEPS: u64 = 1 << 22;

/// How many perturbed runs there are by default.
pub(super) fn runs(operations: u64) -> u32 {
    let runs = (RUNS * MILLION / operations.max(1)).min(RUNS);
    if runs < FEWEST_RUNS { 0 } else { runs as u32 }
}

/// Up to how many operations their circumstances are kept: those that a perturbed run needs.
pub(super) fn circumstances(args: &Size) -> usize {
    match args.runs {
        _ if args.overlay => usize::MAX,
        Some(0) => 0,
        Some(_) => usize::MAX,
        None => (RUNS * MILLION / FEWEST_RUNS) as usize,
    }
}

/// Is a configuration tried where none is named?
pub(super) fn is_quick(configuration: &Configuration, operations: u64, objects: u64) -> bool {
    if walks(configuration) {
        operations.saturating_mul(objects) <= STEPS
    } else {
        configuration.is_usual() || operations <= MILLION
    }
}

/// Does each request walk all blocks?
pub(super) fn walks(configuration: &Configuration) -> bool {
    configuration.name.ends_with("little")
}

/// Of all configurations, perturbed runs are looked at for those that need least: so many.
const CANDIDATES: usize = 3;

/// The configurations whose perturbed runs are looked at, of those with what the recorded traces
/// need: all that were named, else those that need least, and one at least that the C library has
/// switches for. In their order.
pub(super) fn candidates<'c>(
    are_named: bool,
    recorded: &[(&'c Configuration, usize)],
) -> Vec<(&'c Configuration, usize)> {
    let mut needs: Vec<usize> = recorded.iter().map(|&(_, need)| need).collect();
    needs.sort_unstable();
    let most = match needs.get(CANDIDATES - 1) {
        Some(&most) if !are_named => most,
        _ => usize::MAX,
    };
    let in_c = recorded.iter().filter(|(one, _)| has_switches(one));
    let in_c = in_c
        .map(|&(_, need)| need)
        .min()
        .filter(|&need| need > most);
    let is_candidate = |&&(one, need): &&(&'c Configuration, usize)| {
        need <= most || (in_c == Some(need) && has_switches(one))
    };
    recorded.iter().filter(is_candidate).copied().collect()
}
