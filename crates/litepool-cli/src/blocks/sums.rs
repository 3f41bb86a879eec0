//! Blocks in sums.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use litepool_snapshot::{Block, Call, Snapshot};
use serde::Serialize;

use crate::args::By;
use crate::naming::Naming;
use crate::sites;

/// What blocks that have something in common have together.
#[derive(Serialize, PartialEq, Debug)]
pub(super) struct SumFacts {
    #[serde(flatten)]
    pub(super) common: Common,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    pub(super) largest: u64,
}

/// What they have in common.
#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Common {
    /// The call that wanted the memory; `None`: unknown.
    Site(#[serde(serialize_with = "sites::site")] Option<Call>),
    /// Anything else, in words.
    What(String),
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
        let sum = sums
            .entry(key(block, by, snapshot, naming))
            .or_insert_with_key(|(_, common)| SumFacts {
                common: common.clone(),
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
        sums.sort_by_cached_key(|sum| (Reverse(sum.bytes), sum.common.text()));
    }
    sums
}

/// What a block has in common with others: in which order, and what it is.
fn key(block: &Block, by: By, snapshot: &Snapshot, naming: &mut Naming) -> (Reverse<u64>, Common) {
    let interned = &snapshot.interned;
    let what = match by {
        By::Size => {
            let size = crate::units::count(block.size);
            return (Reverse(block.size), Common::What(size));
        }
        By::Site => {
            let stack = naming.stack(interned, block.stack);
            return (Reverse(0), Common::Site(stack.site().cloned()));
        }
        By::Task => naming.task(interned, block.task),
        By::Module => block
            .module
            .map_or_else(|| "-".into(), |module| format!("module {module}")),
    };
    (Reverse(0), Common::What(what))
}

impl Common {
    fn text(&self) -> String {
        match self {
            Self::Site(site) => sites::site_text(site.as_ref()),
            Self::What(what) => what.clone(),
        }
    }
}
