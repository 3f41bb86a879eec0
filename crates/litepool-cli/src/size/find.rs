//! The smallest pool of each configuration, for the traces as they were recorded.

use litepool_replay::search::Effort;
use litepool_replay::{Configuration, Memory};
use rayon::prelude::*;
use serde::Serialize;

use super::workload::Workload;
use crate::output::ratio;
use crate::progress::Progress;

/// What was found for one configuration. Sizes in bytes.
#[derive(Serialize, Clone, Copy, Debug)]
pub(super) struct Found {
    /// The smallest pool, control block included, above which no tried size failed; of several
    /// traces, for the one that needs most.
    pub(super) smallest: usize,
    /// The smallest of all tried sizes that completed.
    luckiest: usize,
    /// `smallest` / live peak; null if nothing was ever live.
    pub(super) ratio: Option<f64>,
    pub(super) control_block: usize,
    sizes_tried: u64,
}

/// How many sizes are tried beside an answer.
pub(super) fn effort(workload: &Workload) -> Effort {
    Effort::for_operations(workload.operations())
}

/// About how many replays it takes to find all.
pub(super) fn replays(workload: &Workload) -> u64 {
    let searches = workload.configurations.len() * workload.traces.len();
    (16 + 4 * effort(workload).sizes) * searches as u64
}

/// What is found for each configuration; `None` if no pool serves all traces.
pub(super) fn all(workload: &Workload, progress: &Progress) -> Vec<Option<Found>> {
    let configurations = workload.configurations.par_iter();
    configurations
        .map(|configuration| one(configuration, workload, progress))
        .collect()
}

fn one(configuration: &Configuration, workload: &Workload, progress: &Progress) -> Option<Found> {
    let (mut smallest, mut luckiest, mut tried) = (0, 0, 0);
    for trace in &workload.traces {
        let found =
            trace
                .whole
                .smallest(configuration, workload.placement, effort(workload), || {
                    progress.advance(1);
                })?;
        smallest = smallest.max(found.size as usize);
        luckiest = luckiest.max(found.luckiest as usize);
        tried += found.tried;
    }
    if workload.traces.len() > 1 {
        smallest = sizes_from(smallest, configuration)
            .find(|&size| workload.completes(configuration, size))?;
    }
    Some(Found {
        smallest,
        luckiest,
        ratio: ratio(smallest, workload.live_peak()),
        control_block: configuration
            .control_block(&mut Memory::new(smallest, workload.placement).ok()?)?,
        sizes_tried: tried,
    })
}

/// Sizes from this one on, next to it one by one, then ever farther apart.
fn sizes_from(size: usize, configuration: &Configuration) -> impl Iterator<Item = usize> {
    let (granule, largest) = (configuration.granule, configuration.largest());
    let mut step = 0;
    std::iter::successors(Some(size), move |&size| {
        step += 1;
        let far = if step > 64 { size / 64 } else { 0 };
        Some(size + (granule + far).next_multiple_of(granule)).filter(|&size| size <= largest)
    })
}
