//! Where the used blocks come from: their call stacks, summed up from the call on that wanted the
//! memory.

use std::collections::BTreeMap;

use litepool_snapshot::{BlockState, Call, Snapshot, Task};
use serde::Serialize;

use super::facts::blocks_of;
use crate::naming::Naming;
use crate::sites;

/// What the blocks of one call stack have.
#[derive(Serialize, Debug)]
pub(super) struct SiteFacts {
    /// The call that wanted the memory.
    #[serde(serialize_with = "sites::site")]
    pub(super) site: Option<Call>,
    /// From that call on.
    #[serde(serialize_with = "sites::stack")]
    pub(super) stack: Vec<Call>,
    pub(super) blocks: u64,
    /// Headers included.
    pub(super) bytes: u64,
    /// The tasks that allocated them.
    pub(super) tasks: Vec<String>,
}

#[derive(Default)]
struct Sum {
    blocks: u64,
    bytes: u64,
    tasks: Vec<Task>,
}

/// The call stacks of used blocks, the most bytes first; nothing, if blocks do not remember any.
pub(super) fn sums(snapshot: &Snapshot, pools: &[usize], naming: &mut Naming) -> Vec<SiteFacts> {
    let mut of_stacks: BTreeMap<u32, Sum> = BTreeMap::new();
    let used = blocks_of(snapshot, pools).filter(|block| block.state == BlockState::Used);
    for block in used.filter(|block| block.stack != 0) {
        let sum = of_stacks.entry(block.stack).or_default();
        sum.blocks += 1;
        sum.bytes += block.extent;
        sum.add_tasks(block.task);
    }
    // What differs only in how a library asked for the memory is one.
    let mut of_calls: BTreeMap<Vec<Call>, Sum> = BTreeMap::new();
    for (stack, sum) in of_stacks {
        let stack = naming.stack(&snapshot.interned, stack);
        let all = of_calls
            .entry(stack.calls_from_site().to_vec())
            .or_default();
        all.blocks += sum.blocks;
        all.bytes += sum.bytes;
        all.add_tasks(sum.tasks);
    }
    let name = |task| naming.task(&snapshot.interned, Some(task));
    let fact = |(stack, sum): (Vec<Call>, Sum)| SiteFacts {
        site: stack.first().cloned(),
        stack,
        blocks: sum.blocks,
        bytes: sum.bytes,
        tasks: sum.tasks.into_iter().map(name).collect(),
    };
    let mut facts: Vec<SiteFacts> = of_calls.into_iter().map(fact).collect();
    facts.sort_by_key(|site| std::cmp::Reverse((site.bytes, site.blocks)));
    facts
}

impl Sum {
    fn add_tasks(&mut self, tasks: impl IntoIterator<Item = Task>) {
        for task in tasks {
            if !self.tasks.contains(&task) {
                self.tasks.push(task);
            }
        }
    }
}
