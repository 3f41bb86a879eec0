//! Scale: what an operation takes as more blocks are live, and as the pool is larger.
//!
//! The work is a churn in its steady state: free a random live block, allocate another. The heap is filled first, and every
//! block replaced twice on average, before anything is timed.

pub mod plot;

use anyhow::Result;
use indicatif::ProgressBar;
use litepool_trace::{Op, Script, WordSize};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::arena::Arena;
use crate::churn::{Churn, Dice};
use crate::roster::Entry;
use crate::time::{self, Effort, Samples};
use crate::workload::{Origin, Workload};

/// litepool's main configurations, the best peers, and the limits.
const CONTENDERS: [&str; 9] = [
    "litepool tlsf u32 g8",
    "litepool tlsf u32 g8 hardened",
    "litepool best u32 g8",
    "litepool tlsf u32 g8 slab-fast",
    "talc",
    "rlsf 24x32",
    "dlmalloc",
    "mimalloc",
    "system malloc",
];

/// Rounds are long where there are a million blocks, and their medians steady.
const MOST_ROUNDS: usize = 7;

/// Pairs of a free and an allocation that are timed.
const TURNS: usize = 50_000;

/// Sizes of 8 to 511 bytes, as the churn of the other measurements.
const BLOCKS_CHURN: Churn = Churn::SMALL;

/// For pools from 2 KiB: a dozen objects of 8 to 63 bytes.
const POOL_CHURN: Churn = Churn {
    seed: 6,
    low: 3,
    high: 6,
    large: 6,
    live: 12,
    operations: 0,
};

/// What grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// The number of live blocks, and the pool with it.
    Blocks,
    /// The pool alone, in bytes.
    Pool,
}

/// One allocator along an axis.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Name of the allocator.
    pub name: String,
    /// Nanoseconds per operation; `None` where it can't manage the pool.
    pub ns: Vec<Option<f64>>,
}

/// All allocators along an axis.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Sweep {
    /// What grows.
    pub axis: Axis,
    /// Its values.
    pub at: Vec<usize>,
    /// The allocators.
    pub lines: Vec<Line>,
}

/// Numbers of live blocks.
fn blocks(quick: bool) -> Vec<usize> {
    let all = [
        100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
    ];
    all[..if quick { 6 } else { all.len() }].to_vec()
}

/// Sizes of pools in bytes: 2 KiB to 1 GiB.
fn pools(quick: bool) -> Vec<usize> {
    let step = if quick { 4 } else { 2 };
    let mut all: Vec<usize> = (11..=30).step_by(step).map(|log2| 1 << log2).collect();
    if all.last() != Some(&(1 << 30)) {
        all.push(1 << 30);
    }
    all
}

/// Number of progress ticks of [`measure`].
pub fn ticks(quick: bool, effort: Effort) -> u64 {
    time::ticks(blocks(quick).len() + pools(quick).len(), limited(effort))
}

fn limited(effort: Effort) -> Effort {
    Effort {
        rounds: effort.rounds.min(MOST_ROUNDS),
        ..effort
    }
}

/// Measures along both axes.
///
/// # Errors
/// No memory for an arena.
pub fn measure(
    entries: &[Entry],
    quick: bool,
    effort: Effort,
    progress: &ProgressBar,
) -> Result<Vec<Sweep>> {
    let entries: Vec<Entry> = CONTENDERS
        .iter()
        .filter_map(|name| entries.iter().find(|entry| entry.name == *name).copied())
        .collect();
    let mut by_blocks = Sweep::empty(Axis::Blocks, &entries);
    for live in blocks(quick) {
        progress.set_message(format!("scale: {live} blocks"));
        let work = steady(Churn {
            live,
            ..BLOCKS_CHURN
        })?;
        by_blocks.add(
            live,
            &entries,
            &work,
            time::generous_pool(&work),
            effort,
            progress,
        )?;
    }
    let mut by_pool = Sweep::empty(Axis::Pool, &entries);
    let work = steady(POOL_CHURN)?;
    for pool in pools(quick) {
        progress.set_message(format!("scale: a pool of {pool} bytes"));
        by_pool.add(pool, &entries, &work, pool, effort, progress)?;
    }
    Ok(vec![by_blocks, by_pool])
}

impl Sweep {
    fn empty(axis: Axis, entries: &[Entry]) -> Self {
        let line = |entry: &Entry| Line {
            name: entry.name.to_owned(),
            ns: Vec::new(),
        };
        Self {
            axis,
            at: Vec::new(),
            lines: entries.iter().map(line).collect(),
        }
    }

    /// Measures at one more value.
    fn add(
        &mut self,
        at: usize,
        entries: &[Entry],
        work: &Workload,
        pool: usize,
        effort: Effort,
        progress: &ProgressBar,
    ) -> Result<()> {
        // Not touched beforehand: each allocator's own first run, which is not timed, touches what it will use.
        let mut arena = Arena::new(pool)?;
        let samples = Samples::take(entries, work, &mut arena, limited(effort), progress);
        self.at.push(at);
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.ns.push(samples.ns(index));
        }
        Ok(())
    }
}

/// Fills a heap with `churn.live` objects and replaces them at random. Its number of operations does not count.
fn steady(churn: Churn) -> Result<Workload> {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(churn.seed));
    let warmup = 2 * churn.live;
    let mut script = Script {
        slots: churn.live,
        ..Script::default()
    };
    let allocate = |script: &mut Script, dice: &mut Dice, slot: usize| {
        script.ops.push(Op::Allocate {
            id: slot as u32,
            size: churn.size(dice),
            align: 0,
        });
    };
    for slot in 0..churn.live {
        allocate(&mut script, &mut dice, slot);
    }
    for _ in 0..warmup + TURNS {
        let slot = dice.below_len(churn.live);
        script.ops.push(Op::Free { id: slot as u32 });
        allocate(&mut script, &mut dice, slot);
    }
    let mut work = Workload::new("steady", Origin::Synthetic, WordSize::Bits64, &script)?;
    work.warmup = churn.live + 2 * warmup;
    Ok(work)
}

#[cfg(test)]
mod tests;
