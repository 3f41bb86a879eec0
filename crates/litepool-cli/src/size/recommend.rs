//! Which configuration, and how large a pool.

use litepool_replay::Configuration;
use serde::Serialize;

use super::Line;
use super::runs::Runs;
use super::workload::Workload;

/// Round sizes that are tried before a configuration is given up.
const ATTEMPTS: usize = 64;

#[derive(Serialize, Clone, PartialEq, Debug)]
pub(super) struct Recommendation {
    pub(super) configuration: &'static str,
    /// What the recording needs.
    pub(super) smallest: usize,
    /// What the recording and all perturbed runs need.
    pub(super) survives: usize,
    /// What `pool` has above that, at least.
    pub(super) margin_percent: f64,
    /// A round number of bytes in which the recording and all perturbed runs were seen to complete.
    pub(super) pool: usize,
    /// Whether the margin asked for goes beyond what any configuration can address.
    #[serde(skip)]
    pub(super) is_largest: bool,
}

impl Recommendation {
    /// What a configuration needs, before it was tried.
    fn of(line: &Line, runs: &Runs, margin: f64) -> Option<Self> {
        let smallest = line.found?.smallest;
        let survives = match &line.needs {
            Some(needs) => needs.most?.max(smallest),
            None if runs.runs > 0 => return None,
            None => smallest,
        };
        Some(Self {
            configuration: line.name,
            smallest,
            survives,
            margin_percent: margin,
            pool: rounded_up((survives as f64 * (1.0 + margin / 100.0)).ceil() as usize),
            is_largest: false,
        })
    }

    /// The same with the largest pool of its configuration.
    fn with_largest_pool(self, largest: usize) -> Self {
        Self {
            margin_percent: (largest as f64 / self.survives as f64 - 1.0) * 100.0,
            pool: largest,
            is_largest: true,
            ..self
        }
    }

    /// What it takes: the less, the better.
    fn need(&self) -> (usize, usize, usize) {
        (self.pool, self.survives, self.smallest)
    }
}

/// The configuration that needs the least, and a round size with the margin in which everything was
/// seen to complete.
pub(super) fn recommend<'l>(
    workload: &Workload,
    lines: impl IntoIterator<Item = &'l Line>,
    runs: &Runs,
    margin: f64,
) -> Option<Recommendation> {
    let named = |name| workload.configurations.iter().find(|c| c.name == name);
    let mut choices: Vec<Recommendation> = lines
        .into_iter()
        .filter_map(|line| Recommendation::of(line, runs, margin))
        .collect();
    choices.sort_by_key(Recommendation::need);
    let mut best: Option<Recommendation> = None;
    for mut choice in choices.iter().cloned() {
        let is_beaten = |best: &Recommendation| best.need() <= choice.need();
        if best.as_ref().is_some_and(is_beaten) {
            break;
        }
        let configuration = named(choice.configuration)?;
        if let Some(pool) = survived(workload, configuration, runs, choice.pool) {
            choice.pool = pool;
            if best.as_ref().is_none_or(|best| choice.need() < best.need()) {
                best = Some(choice);
            }
        }
    }
    // The margin may lie beyond what any configuration can address: then the largest pool is the
    // best there is.
    best.or_else(|| {
        let largest = choices.into_iter().filter_map(|choice| {
            let largest = named(choice.configuration)?.largest();
            Some(choice.with_largest_pool(largest))
        });
        largest.max_by_key(|choice| choice.pool)
    })
}

/// The first round size from this one on in which the recording and all perturbed runs complete.
fn survived(
    workload: &Workload,
    configuration: &Configuration,
    runs: &Runs,
    pool: usize,
) -> Option<usize> {
    (pool..=configuration.largest())
        .step_by(rounding(pool))
        .take(ATTEMPTS)
        .find(|&size| {
            workload.completes(configuration, size) && runs.complete(workload, configuration, size)
        })
}

/// The step of round pool sizes: a power of two, at most 1/128 of the size, from 16 bytes to 64 KiB.
fn rounding(size: usize) -> usize {
    1 << (size / 128).checked_ilog2().unwrap_or(0).clamp(4, 16)
}

fn rounded_up(size: usize) -> usize {
    size.next_multiple_of(rounding(size))
}

#[cfg(test)]
mod tests;
