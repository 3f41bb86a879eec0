//! What tasks and modules have: the sum of their blocks, and the peak that the pool remembers.

use std::collections::BTreeMap;

use litepool_snapshot::{Block, BlockState, Snapshot, Task, UsageOf};
use serde::Serialize;

use super::facts::blocks_of;
use crate::naming::Naming;

/// What a task or a module has.
#[derive(Serialize, Debug)]
pub(super) struct OwnerFacts {
    pub(super) name: String,
    pub(super) number: Option<u32>,
    pub(super) blocks: u64,
    /// Of the blocks, headers included.
    pub(super) bytes: u64,
    /// As the pool counts it; `None` if it does not.
    pub(super) peak: Option<u64>,
}

/// What blocks and rows of totals add up to.
#[derive(Clone, Copy, Default)]
struct Sum {
    blocks: u64,
    bytes: u64,
    peak: Option<u64>,
}

impl Sum {
    fn add(&mut self, block: &Block) {
        self.blocks += 1;
        self.bytes += block.extent;
    }

    /// Each region counts for itself.
    fn add_peak(&mut self, peak: u64) {
        self.peak = Some(self.peak.unwrap_or(0).saturating_add(peak));
    }
}

fn used<'s>(snapshot: &'s Snapshot, pools: &'s [usize]) -> impl Iterator<Item = &'s Block> {
    blocks_of(snapshot, pools).filter(|block| block.state == BlockState::Used)
}

fn has_owners(snapshot: &Snapshot, pools: &[usize]) -> bool {
    let choices = snapshot.pools[pools[0]].choices;
    choices.is_some_and(|choices| choices.record.owner.is_some())
}

/// What tasks have, the most first; nothing, if blocks do not remember their owner.
pub(super) fn tasks(snapshot: &Snapshot, pools: &[usize], naming: &Naming) -> Vec<OwnerFacts> {
    if !has_owners(snapshot, pools) {
        return Vec::new();
    }
    let mut sums: BTreeMap<Option<Task>, Sum> = BTreeMap::new();
    for block in used(snapshot, pools) {
        sums.entry(block.task).or_default().add(block);
    }
    for row in pools.iter().flat_map(|&pool| &snapshot.pools[pool].usage) {
        if let UsageOf::Task(task) = row.of {
            sums.entry(Some(task)).or_default().add_peak(row.peak);
        }
    }
    let fact = |(task, sum): (Option<Task>, Sum)| OwnerFacts {
        name: match task {
            None => "unknown: record corrupt".into(),
            Some(_) => naming.task(&snapshot.interned, task),
        },
        number: match task {
            Some(Task::Number(number)) => Some(number),
            _ => None,
        },
        blocks: sum.blocks,
        bytes: sum.bytes,
        peak: sum.peak,
    };
    sorted(sums.into_iter().map(fact).collect())
}

/// What modules have, likewise; nothing, if no block has one.
pub(super) fn modules(snapshot: &Snapshot, pools: &[usize]) -> Vec<OwnerFacts> {
    if used(snapshot, pools).all(|block| block.module.is_none()) {
        return Vec::new();
    }
    let mut sums: BTreeMap<Option<u8>, Sum> = BTreeMap::new();
    for block in used(snapshot, pools).filter(|block| block.task.is_some()) {
        sums.entry(block.module).or_default().add(block);
    }
    for row in pools.iter().flat_map(|&pool| &snapshot.pools[pool].usage) {
        if let UsageOf::Module(module) = row.of {
            sums.entry(module).or_default().add_peak(row.peak);
        }
    }
    let fact = |(module, sum): (Option<u8>, Sum)| OwnerFacts {
        name: module.map_or("none".into(), |module| format!("module {module}")),
        number: module.map(u32::from),
        blocks: sum.blocks,
        bytes: sum.bytes,
        peak: sum.peak,
    };
    sorted(sums.into_iter().map(fact).collect())
}

fn sorted(mut facts: Vec<OwnerFacts>) -> Vec<OwnerFacts> {
    facts.sort_by_key(|owner| std::cmp::Reverse((owner.bytes, owner.peak)));
    facts
}
