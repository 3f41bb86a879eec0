//! Sums by call site and by task.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use litepool_snapshot::diff::Born;
use litepool_snapshot::{Block, BlockState};
use serde::Serialize;

use super::View;
use crate::args::Filter;
use crate::naming::in_any_build;

/// What blocks are summed by.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// By call site, with its line or without.
    Site { lines: bool },
    /// By task.
    Task,
}

/// The sums of a call site or a task.
#[derive(Serialize, Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// From A to B: `new`, `gone`, `grown`, `shrunk` or `same`.
    pub(super) change: &'static str,
    pub(super) a: Figures,
    pub(super) b: Figures,
    pub(super) c: Figures,
    /// Of matched blocks: what was allocated between A and B and is still there at C.
    pub(super) born: Option<Figures>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Figures {
    pub(super) bytes: u64,
    pub(super) blocks: u64,
}

impl Figures {
    fn add(&mut self, block: &Block) {
        self.blocks += 1;
        self.bytes = self.bytes.saturating_add(block.size);
    }
}

/// The rows of three snapshots. Of matched blocks those of which some came, the most bytes first;
/// else those whose sums differ, the largest difference first.
pub(super) fn of(
    views: &mut [View<'_>],
    born: Option<&Born>,
    what: What,
    filter: &Filter,
) -> Vec<Row> {
    let mut rows = BTreeMap::<String, Row>::new();
    for (which, view) in views.iter_mut().enumerate() {
        for (index, block) in view.snapshot.blocks.iter().enumerate() {
            if block.state != BlockState::Used || !view.passes(filter, index) {
                continue;
            }
            let row = rows.entry(name(view, block, what)).or_default();
            [&mut row.a, &mut row.b, &mut row.c][which].add(block);
            if let Some(born) = born {
                let figures = row.born.get_or_insert_default();
                if which == 2 && born.there.binary_search(&index).is_ok() {
                    figures.add(block);
                }
            }
        }
    }
    let rows = rows.into_iter().map(|(name, row)| Row {
        name,
        change: change(row.a, row.b),
        ..row
    });
    let mut rows: Vec<Row> = rows.filter(Row::is_of_interest).collect();
    rows.sort_by_key(|row| {
        (
            Reverse(row.born),
            Reverse(row.a.bytes.abs_diff(row.b.bytes)),
            row.name.clone(),
        )
    });
    rows
}

impl Row {
    fn is_of_interest(&self) -> bool {
        match self.born {
            Some(born) => born.blocks > 0,
            None => self.change != "same",
        }
    }
}

fn change(a: Figures, b: Figures) -> &'static str {
    match (a, b) {
        _ if a == b => "same",
        (Figures { blocks: 0, .. }, _) => "new",
        (_, Figures { blocks: 0, .. }) => "gone",
        _ if b > a => "grown",
        _ => "shrunk",
    }
}

fn name(view: &mut View<'_>, block: &Block, what: What) -> String {
    let interned = &view.snapshot.interned;
    match what {
        What::Task => view.naming.task(interned, block.task),
        What::Site { lines } => {
            let stack = view.naming.stack(interned, block.stack);
            match stack.site() {
                None => "unknown".into(),
                Some(call) if lines => call.to_string(),
                Some(call) => in_any_build(call).to_string(),
            }
        }
    }
}
