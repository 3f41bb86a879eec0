//! Time: nanoseconds per operation, all allocators in turn, round after round.

use std::time::Duration;

use anyhow::Result;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::arena::Arena;
use crate::replay::Slot;
use crate::roster::Entry;
use crate::statistics::median;
use crate::subject::Kind;
use crate::subjects::REFERENCE;
use crate::workload::Workload;

/// How long to measure.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Effort {
    /// Number of rounds.
    pub rounds: usize,
    /// A workload is repeated within a round until it took about this long, in milliseconds.
    pub sample_ms: u64,
}

impl Effort {
    /// For figures that are kept.
    pub const FULL: Self = Self {
        rounds: 21,
        sample_ms: 10,
    };
    /// For a glance.
    pub const QUICK: Self = Self {
        rounds: 5,
        sample_ms: 3,
    };
}

/// An allocator that takes longer than this for one replay is measured in [`SLOW_ROUNDS`] rounds only.
const SLOW: Duration = Duration::from_secs(1);
const SLOW_ROUNDS: usize = 3;

/// One allocator on one workload.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Median over the rounds, in nanoseconds per operation.
    pub ns: f64,
    /// Median over the rounds of the ratio to the reference in the same round.
    pub ratio: f64,
}

/// One allocator on all workloads, in their order; `None` where it does not fit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the allocator.
    pub name: String,
    /// Whether it can be embedded.
    pub embeddable: bool,
    /// Width in bits of the machine whose layout it has.
    pub layout: u32,
    /// A figure for each workload.
    pub cells: Vec<Option<Cell>>,
}

/// The pool for a workload in bytes: four times what lives at its peak, and a little for tiny ones.
pub fn generous_pool(work: &Workload) -> usize {
    (4 * work.live_peak() + (64 << 10)).next_multiple_of(4096)
}

/// Measures everything.
///
/// # Errors
/// No memory for an arena.
pub fn measure(
    entries: &[Entry],
    works: &[Workload],
    effort: Effort,
    progress: &ProgressBar,
) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = entries
        .iter()
        .map(|entry| Row {
            name: entry.name.to_owned(),
            embeddable: entry.kind == Kind::Pool,
            layout: entry.layout,
            cells: Vec::new(),
        })
        .collect();
    for work in works {
        progress.set_message(format!("time: {}", work.name()));
        let mut arena = Arena::new(generous_pool(work))?;
        arena.prefault();
        let samples = Samples::take(entries, work, &mut arena, effort, progress);
        for (index, row) in rows.iter_mut().enumerate() {
            row.cells.push(samples.cell(index));
        }
    }
    Ok(rows)
}

/// Number of progress ticks of [`measure`].
pub fn ticks(works: usize, effort: Effort) -> u64 {
    (works * (effort.rounds + 1)) as u64
}

/// One allocator's part in the rounds.
struct Contender {
    entry: Entry,
    index: usize,
    pool: usize,
    repeats: u32,
    rounds: usize,
}

/// Seconds per replay, by allocator and round.
pub struct Samples {
    /// Timed in each replay.
    operations: usize,
    seconds: Vec<Vec<f64>>,
    reference: Vec<f64>,
}

impl Samples {
    /// Measures one workload in pools as large as the arena, or as large as an allocator can manage.
    pub fn take(
        entries: &[Entry],
        work: &Workload,
        arena: &mut Arena,
        effort: Effort,
        progress: &ProgressBar,
    ) -> Self {
        let mut slots = Vec::new();
        let mut contenders: Vec<Contender> = entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                Contender::admit(*entry, index, work, arena, &mut slots, effort)
            })
            .collect();
        progress.inc(1);

        let mut seconds = vec![Vec::new(); entries.len()];
        for round in 0..effort.rounds {
            for contender in contenders.iter().filter(|c| round < c.rounds) {
                if let Some(time) = contender.sample(work, arena, &mut slots) {
                    seconds[contender.index].push(time);
                }
            }
            // A different one starts each round, so that no one always follows the same predecessor.
            if !contenders.is_empty() {
                contenders.rotate_left(1);
            }
            progress.inc(1);
        }
        let reference = entries
            .iter()
            .position(|entry| entry.name == REFERENCE)
            .map_or_else(Vec::new, |index| seconds[index].clone());
        Self {
            operations: work.steps.len() - work.warmup,
            seconds,
            reference,
        }
    }

    /// Median nanoseconds per operation of one allocator; `None` if the work does not fit its pool.
    pub fn ns(&self, index: usize) -> Option<f64> {
        Some(median(&self.seconds[index])? * 1e9 / self.operations as f64)
    }

    fn cell(&self, index: usize) -> Option<Cell> {
        let ratios: Vec<f64> = self.seconds[index]
            .iter()
            .zip(&self.reference)
            .map(|(mine, reference)| mine / reference)
            .collect();
        Some(Cell {
            ns: self.ns(index)?,
            ratio: median(&ratios)?,
        })
    }
}

impl Contender {
    /// Runs once, to warm up, to see whether the work fits, and to learn how often to repeat it.
    fn admit(
        entry: Entry,
        index: usize,
        work: &Workload,
        arena: &mut Arena,
        slots: &mut Vec<Slot>,
        effort: Effort,
    ) -> Option<Self> {
        let pool = arena.size().min(entry.max_pool);
        let outcome = entry.run(work, arena, pool, slots)?;
        if outcome.failed_at.is_some() {
            return None;
        }
        let wanted = Duration::from_millis(effort.sample_ms).as_secs_f64();
        let repeats = (wanted / outcome.elapsed.as_secs_f64())
            .ceil()
            .clamp(1.0, 1000.0) as u32;
        let rounds = if outcome.elapsed > SLOW {
            SLOW_ROUNDS.min(effort.rounds)
        } else {
            effort.rounds
        };
        Some(Self {
            entry,
            index,
            pool,
            repeats,
            rounds,
        })
    }

    /// Mean seconds per replay over the repeats.
    fn sample(&self, work: &Workload, arena: &mut Arena, slots: &mut Vec<Slot>) -> Option<f64> {
        let mut total = Duration::ZERO;
        for _ in 0..self.repeats {
            total += self.entry.run(work, arena, self.pool, slots)?.elapsed;
        }
        Some(total.as_secs_f64() / f64::from(self.repeats))
    }
}
