//! Memory: the smallest pool in which a workload completes.

use anyhow::Result;
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::arena::Arena;
use crate::bisect::smallest;
use crate::roster::Entry;
use crate::subject::Kind;
use crate::workload::Workload;

/// One allocator on one workload.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Smallest pool in bytes, with the state that the allocator keeps outside it.
    pub bytes: usize,
    /// Its ratio to the peak of live requested bytes.
    pub ratio: f64,
}

/// One allocator on all workloads, in their order; `None` where no pool is enough.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the allocator.
    pub name: String,
    /// Width in bits of the machine whose layout it has.
    pub layout: u32,
    /// A figure for each workload.
    pub cells: Vec<Option<Cell>>,
}

/// No allocator needs more than this many times the peak; one that does is not shown.
const LIMIT: usize = 8;

/// Measures all embeddable allocators on all processors: nothing here is timed.
///
/// # Errors
/// No memory for an arena.
pub fn measure(entries: &[Entry], works: &[Workload], progress: &ProgressBar) -> Result<Vec<Row>> {
    progress.set_message("memory");
    let pools: Vec<&Entry> = embeddable(entries).collect();
    let tasks: Vec<(&Entry, &Workload)> = pools
        .iter()
        .flat_map(|entry| works.iter().map(|work| (*entry, work)))
        .collect();
    let cells = tasks
        .par_iter()
        .map(|(entry, work)| {
            let cell = smallest_pool(entry, work);
            progress.inc(1);
            cell
        })
        .collect::<Result<Vec<_>>>()?;
    let rows = pools
        .iter()
        .zip(cells.chunks(works.len()))
        .map(|(entry, cells)| Row {
            name: entry.name.to_owned(),
            layout: entry.layout,
            cells: cells.to_vec(),
        });
    Ok(rows.collect())
}

/// Number of progress ticks of [`measure`].
pub fn ticks(entries: &[Entry], works: usize) -> u64 {
    (embeddable(entries).count() * works) as u64
}

fn embeddable(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| entry.kind == Kind::Pool)
}

/// Searches for the smallest pool, exact to 16 bytes or a quarter of a thousandth.
fn smallest_pool(entry: &Entry, work: &Workload) -> Result<Option<Cell>> {
    let peak = work.live_peak();
    let limit = LIMIT * peak + entry.outside + (16 << 10);
    let mut arena = Arena::new(limit)?;
    let mut slots = Vec::new();
    let found = smallest(peak, limit, (peak / 4096).max(16), |bytes| {
        let Some(pool) = bytes.checked_sub(entry.outside) else {
            return false;
        };
        pool <= entry.max_pool
            && entry
                .run(work, &mut arena, pool, &mut slots)
                .is_some_and(|outcome| outcome.failed_at.is_none())
    });
    Ok(found.map(|bytes| Cell {
        bytes,
        ratio: bytes as f64 / peak as f64,
    }))
}
