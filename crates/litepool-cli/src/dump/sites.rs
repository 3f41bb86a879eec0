//! Where the used blocks come from: their call stacks, summed up.

use std::collections::BTreeMap;

use litepool_snapshot::{BlockState, Snapshot};
use serde::Serialize;

use super::facts::blocks_of;
use crate::naming::Naming;

/// What the blocks of one call stack have.
#[derive(Serialize, Debug)]
pub(super) struct SiteFacts {
    /// The innermost call first.
    pub(super) stack: Vec<String>,
    /// The same from the call on that wanted the memory.
    #[serde(skip)]
    pub(super) callers: Vec<String>,
    pub(super) blocks: u64,
    /// Headers included.
    pub(super) bytes: u64,
    /// The tasks that allocated them.
    pub(super) tasks: Vec<String>,
}

/// The call stacks of used blocks, the most bytes first; nothing, if blocks do not remember any.
pub(super) fn of(snapshot: &Snapshot, pools: &[usize], naming: &mut Naming) -> Vec<SiteFacts> {
    let mut sums: BTreeMap<u32, (u64, u64, Vec<_>)> = BTreeMap::new();
    let used = blocks_of(snapshot, pools).filter(|block| block.state == BlockState::Used);
    for block in used.filter(|block| block.stack != 0) {
        let (blocks, bytes, tasks) = sums.entry(block.stack).or_default();
        *blocks += 1;
        *bytes += block.extent;
        if let Some(task) = block.task
            && !tasks.contains(&task)
        {
            tasks.push(task);
        }
    }
    let mut facts: Vec<SiteFacts> = sums
        .into_iter()
        .map(|(stack, (blocks, bytes, tasks))| {
            let calls = naming.stack(&snapshot.interned, stack);
            SiteFacts {
                stack: calls.calls.iter().map(ToString::to_string).collect(),
                callers: calls
                    .calls_from_site()
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                blocks,
                bytes,
                tasks: tasks
                    .into_iter()
                    .map(|task| naming.task(&snapshot.interned, Some(task)))
                    .collect(),
            }
        })
        .collect();
    facts.sort_by_key(|site| std::cmp::Reverse((site.bytes, site.blocks)));
    facts
}
