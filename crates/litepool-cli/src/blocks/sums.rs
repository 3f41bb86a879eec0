//! Blocks in sums.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use litepool_snapshot::{Block, Call, Snapshot};
use serde::Serialize;

use crate::args::By;
use crate::naming::Naming;

/// What blocks that have something in common have together.
#[derive(Serialize, PartialEq, Debug)]
pub(super) struct SumFacts {
    /// What they have in common, in words.
    pub(super) what: String,
    /// The call site, if that is it.
    #[serde(skip)]
    pub(super) site: Option<Call>,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    pub(super) largest: u64,
}

/// The sums, that of the most bytes first; of sizes the largest first.
pub(super) fn of(
    blocks: &[&Block],
    by: By,
    snapshot: &Snapshot,
    naming: &mut Naming,
) -> Vec<SumFacts> {
    let mut sums = BTreeMap::<_, SumFacts>::new();
    for block in blocks {
        let (rank, what) = key(block, by, snapshot, naming);
        let stack = naming.stack(&snapshot.interned, block.stack);
        let site = stack.site().filter(|_| by == By::Site);
        let sum = sums
            .entry((rank, what))
            .or_insert_with_key(|(_, what)| SumFacts {
                what: what.clone(),
                site: site.cloned(),
                blocks: 0,
                bytes: 0,
                largest: 0,
            });
        sum.blocks += 1;
        sum.bytes = sum.bytes.saturating_add(block.size);
        sum.largest = sum.largest.max(block.size);
    }
    let mut sums: Vec<_> = sums.into_values().collect();
    if by != By::Size {
        sums.sort_by_key(|sum| Reverse(sum.bytes));
    }
    sums
}

/// What a block has in common with others: in which order, and in words.
fn key(block: &Block, by: By, snapshot: &Snapshot, naming: &mut Naming) -> (Reverse<u64>, String) {
    let what = match by {
        By::Size => return (Reverse(block.size), crate::units::count(block.size)),
        By::Task => naming.task(&snapshot.interned, block.task),
        By::Site => naming.stack(&snapshot.interned, block.stack).site_text(),
        By::Module => block
            .module
            .map_or_else(|| "-".into(), |module| format!("module {module}")),
    };
    (Reverse(0), what)
}
