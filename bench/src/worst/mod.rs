//! Worst case: instructions of single operations, where allocators are at their best and at their worst.

pub mod adversary;
mod bench;
mod scenarios;
pub mod steps;

#[cfg(test)]
mod tests;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

pub use adversary::{Scenario, Stress};

use crate::arena::Arena;
use crate::churn::Churn;
use crate::roster::Entry;
use crate::subject::{Kind, Subject};

/// How much to measure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Operations of the churn that come before those that are counted.
    pub warmup: usize,
    /// Operations that are counted in each of the everyday scenarios.
    pub counted: usize,
    /// Numbers of free blocks that are all of one class.
    pub lists: Vec<usize>,
    /// How much larger the heaps of the adversarial scenarios are than the smallest. None: no such scenario.
    #[serde(default)]
    pub scales: Vec<usize>,
    /// Operations that are counted in each part of those.
    #[serde(default)]
    pub stressed: usize,
}

impl Plan {
    /// For figures that are kept.
    pub fn full() -> Self {
        Self {
            warmup: 20_000,
            counted: 2000,
            lists: vec![100, 400, 1600],
            scales: vec![1, 4, 16],
            stressed: 120,
        }
    }

    /// For a glance.
    pub fn quick() -> Self {
        Self {
            warmup: 5000,
            counted: 200,
            lists: vec![100, 400],
            scales: vec![1, 4],
            stressed: 40,
        }
    }
}

/// Mean and maximum of a number of operations.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Sum of their instructions.
    pub sum: u64,
    /// The most of one.
    pub max: u64,
}

impl Tally {
    /// Adds an operation.
    pub fn add(&mut self, instructions: u64) {
        self.count += 1;
        self.sum += instructions;
        self.max = self.max.max(instructions);
    }

    /// Mean, or `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }
}

/// What happens in a heap with many free blocks of one class.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Lists {
    /// Number of free blocks.
    pub blocks: usize,
    /// Allocating what none of them holds.
    pub failing: Tally,
    /// Allocating what exactly one of them holds: the first, middle or last freed.
    pub succeeding: Tally,
    /// Freeing the block between two of them.
    pub free: Tally,
}

/// One allocator.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Successful allocations: churn, a nearly full heap, splitting.
    pub alloc: Tally,
    /// Frees: churn, a nearly full heap, merging.
    pub free: Tally,
    /// Failing allocations in a nearly full heap.
    pub failing: Tally,
    /// Long lists, by length.
    pub lists: Vec<Lists>,
    /// The adversarial scenarios, each at all scales.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stress: Vec<Stress>,
}

/// One allocator, by name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Name of the allocator.
    pub name: String,
    /// What was counted.
    pub figures: Figures,
}

/// Scenarios that call `tick`, for each allocator.
const TICKS: usize = 3;

/// Size of the arena: enough for the largest heap of all scenarios. Only what is written takes memory.
const ARENA: usize = 512 << 20;

/// Measures all embeddable allocators.
///
/// # Errors
/// No memory for the arena, or instructions can't be counted on this machine.
pub fn run(entries: &[Entry], plan: &Plan, progress: &ProgressBar) -> Result<Vec<Row>> {
    steps::install().context("can't count instructions")?;
    let mut arena = Arena::new(ARENA)?;
    let pools = entries.iter().filter(|entry| entry.kind == Kind::Pool);
    let rows = pools.map(|entry| {
        progress.set_message(format!("instructions: {}", entry.name));
        let figures = entry.worst(plan, &mut arena, &|| progress.inc(1));
        Row {
            name: entry.name.to_owned(),
            figures,
        }
    });
    Ok(rows.collect())
}

/// Number of progress ticks of [`run`].
pub fn ticks(entries: &[Entry], plan: &Plan) -> u64 {
    let pools = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Pool)
        .count();
    (pools * (TICKS + plan.lists.len() + Scenario::ALL.len() * plan.scales.len())) as u64
}

/// How many operations to count, given what one took in a smaller heap: the worst is soon seen where every operation walks
/// all blocks, and counting takes microseconds for each instruction.
fn affordable(wanted: usize, most: u64) -> usize {
    const INSTRUCTIONS: u64 = 1 << 18;
    wanted.min((INSTRUCTIONS / most.max(1)) as usize).max(8)
}

/// Measures one allocator.
pub fn measure<S: Subject>(plan: &Plan, arena: &mut Arena, tick: &dyn Fn()) -> Figures {
    let mut figures = Figures::default();
    if S::KIND == Kind::Process {
        return figures;
    }
    let churn = Churn {
        operations: plan.warmup + plan.counted,
        ..Churn::SMALL
    };
    scenarios::churn::<S>(
        arena,
        scenarios::CHURN_POOL,
        &churn,
        plan.warmup,
        &mut figures,
    );
    tick();
    scenarios::nearly_full::<S>(arena, 64 << 10, plan.counted, &mut figures);
    tick();
    scenarios::merging::<S>(arena, &mut figures);
    tick();
    for &blocks in &plan.lists {
        let lists = scenarios::long_lists::<S>(arena, blocks, scenarios::PAIRS, scenarios::WALL);
        figures.lists.push(lists);
        tick();
    }
    for scenario in Scenario::ALL {
        let mut counted = plan.stressed;
        for &scale in &plan.scales {
            let stress = adversary::run::<S>(scenario, scale, counted, arena);
            counted = affordable(plan.stressed, stress.max());
            figures.stress.push(stress);
            tick();
        }
    }
    figures
}
