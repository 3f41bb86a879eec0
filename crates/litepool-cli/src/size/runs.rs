//! The sizes that perturbed runs of the traces need: what other runs of the program might.

use litepool_replay::search::{Effort, Trial};
use litepool_replay::{Configuration, Perturbation, Perturber};
use rayon::prelude::*;
use serde::Serialize;

use super::workload::{Recorded, Workload};
use crate::progress::Progress;

/// A run is one of many: few sizes are tried for each.
const EFFORT: Effort = Effort { sizes: 1 };

/// About how many replays it takes to find the size of one run.
const REPLAYS: u64 = 12;

/// How the runs differ from the recording.
#[derive(Serialize, Clone, Copy, PartialEq, Debug)]
pub(super) struct Runs {
    /// How many there are of each trace; 0: none.
    pub(super) runs: u32,
    pub(super) seed: u64,
    /// By how much sizes change at most.
    pub(super) jitter_percent: f64,
    /// The most threads that a trace has: timing changes only if there are several, or several
    /// traces overlaid.
    pub(super) threads: usize,
    /// How many operations a thread is late at most; of several traces, in the longest.
    pub(super) delay: u64,
    /// How many operations an overlaid trace begins later at most; 0 if none is.
    pub(super) late_start: u64,
}

/// What runs of one configuration need. Sizes in bytes.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(super) struct Needs {
    /// Half of the runs need no more: the smallest size of which that is true. Null if these do not
    /// all have one.
    pub(super) p50: Option<usize>,
    /// The same of 95 % of the runs.
    pub(super) p95: Option<usize>,
    /// All runs.
    pub(super) most: Option<usize>,
    /// Each run, trace by trace; null if no pool serves it.
    runs: Vec<Option<usize>>,
}

impl Runs {
    pub(super) fn new(workload: &Workload, runs: u32, seed: u64, jitter_percent: f64) -> Self {
        let kept = workload
            .traces
            .iter()
            .map(|trace| trace.circumstances.as_ref());
        let (mut threads, mut traces) = (0, 0);
        for circumstances in kept.flatten() {
            threads = threads.max(circumstances.threads());
            traces = traces.max(circumstances.traces());
        }
        let longest = workload.traces.iter().map(|trace| trace.whole.ops.len());
        let longest = longest.max().unwrap_or(0) as u64;
        let most = Perturbation::of(longest, seed, 0);
        Self {
            runs,
            seed,
            jitter_percent,
            threads,
            delay: most.delay,
            late_start: if traces > 1 { most.late_start } else { 0 },
        }
    }

    fn perturber<'t>(&self, trace: &'t Recorded) -> Option<Perturber<'t>> {
        let jitter = (self.jitter_percent * 10_000.0).round() as u32;
        let how = Perturbation::of(trace.whole.ops.len() as u64, self.seed, jitter);
        let circumstances = trace.circumstances.as_ref()?;
        Some(Perturber::new(&trace.whole, circumstances, how))
    }

    /// About how many replays the needs of so many configurations take.
    pub(super) fn replays(&self, configurations: usize, traces: usize) -> u64 {
        REPLAYS * u64::from(self.runs) * (configurations * traces) as u64
    }

    /// What the runs need with each of these configurations, of which the recorded traces need a
    /// pool of so many bytes. Memory is that of one run.
    pub(super) fn needs(
        &self,
        workload: &Workload,
        configurations: &[(&Configuration, usize)],
        progress: &Progress,
    ) -> Vec<Needs> {
        let mut sizes: Vec<Vec<Option<usize>>> = vec![Vec::new(); configurations.len()];
        let traces = workload.traces.iter();
        for perturber in traces.filter_map(|trace| self.perturber(trace)) {
            for number in 0..self.runs {
                let run = perturber.run(u64::from(number));
                let need = |&(configuration, recorded): &(&Configuration, usize)| {
                    let found = run.smallest_in_steps(
                        configuration,
                        workload.placement,
                        EFFORT,
                        step(recorded, configuration.granule),
                        guess(recorded, perturber.recorded().live_peak, run.live_peak),
                        || progress.advance(1),
                    );
                    found.map(|found| found.size as usize)
                };
                let needs: Vec<Option<usize>> = configurations.par_iter().map(need).collect();
                for (sizes, need) in sizes.iter_mut().zip(needs) {
                    sizes.push(need);
                }
            }
        }
        sizes.into_iter().map(Needs::of).collect()
    }

    /// Does each run complete in a pool of so many bytes?
    pub(super) fn complete(
        &self,
        workload: &Workload,
        configuration: &Configuration,
        size: usize,
    ) -> bool {
        let traces = workload.traces.iter();
        traces
            .filter_map(|trace| self.perturber(trace))
            .all(|perturber| {
                (0..self.runs).into_par_iter().all(|number| {
                    let run = perturber.run(u64::from(number));
                    let trial = run.attempt(configuration, workload.placement, size, u64::MAX);
                    trial == Trial::Completes
                })
            })
    }
}

impl Needs {
    fn of(runs: Vec<Option<usize>>) -> Self {
        let mut sorted = runs.clone();
        // What no pool serves needs more than any.
        sorted.sort_by_key(|&size| size.unwrap_or(usize::MAX));
        Self {
            p50: percentile(&sorted, 50),
            p95: percentile(&sorted, 95),
            most: percentile(&sorted, 100),
            runs,
        }
    }
}

/// The nearest rank: the smallest of these ascending sizes that so many per cent of them do not
/// exceed.
fn percentile(sorted: &[Option<usize>], percent: usize) -> Option<usize> {
    let rank = (sorted.len() * percent).div_ceil(100);
    *sorted.get(rank.checked_sub(1)?)?
}

/// What a run needs, if it needs as much beyond its live peak as the recorded one, and a hundredth
/// more.
fn guess(recorded: usize, recorded_peak: u64, peak: u64) -> u64 {
    let beyond = recorded as f64 / recorded_peak.max(1) as f64;
    (peak as f64 * beyond * 1.01) as u64
}

/// The distance of the sizes that are tried: at most 1/256 of the size, a power of two.
fn step(size: usize, granule: usize) -> usize {
    (1 << (size / 256).checked_ilog2().unwrap_or(0)).max(granule)
}

#[cfg(test)]
mod tests;
