//! Sums by call site and by task.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use litepool_snapshot::diff::Born;
use litepool_snapshot::{Block, BlockState, Call};
use serde::Serialize;

use super::View;
use crate::args::Filter;
use crate::naming::in_any_build;
use crate::sites;

/// What blocks are summed by.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// By call site, with its line or without.
    Site { lines: bool },
    /// By task.
    Task,
}

/// The sums of a call site or a task.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(super) of: Of,
    /// From A to B: `new`, `gone`, `grown`, `shrunk` or `same`.
    pub(super) change: &'static str,
    pub(crate) a: Figures,
    pub(crate) b: Figures,
    pub(super) c: Figures,
    /// Of matched blocks: what was allocated between A and B and is still there at C.
    pub(super) born: Option<Figures>,
}

/// Whose sums these are.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    /// Of a call site, as the first snapshot names it that has it; `None`: unknown.
    Site(#[serde(serialize_with = "sites::site")] Option<Call>),
    /// Of a task of this name.
    Name(String),
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Figures {
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
}

impl Figures {
    fn add(&mut self, block: &Block) {
        self.blocks += 1;
        self.bytes = self.bytes.saturating_add(block.size);
    }
}

/// The rows of three snapshots, or of two. Of matched blocks those of which some came, the most bytes first;
/// else those whose sums differ, the largest difference first.
pub(super) fn of(
    views: &mut [View<'_>],
    born: Option<&Born>,
    what: What,
    filter: &Filter,
) -> Vec<Row> {
    // By what people read: a build may stand in another directory than the one before.
    let mut rows = BTreeMap::<String, Row>::new();
    for (which, view) in views.iter_mut().enumerate() {
        for (index, block) in view.snapshot.blocks.iter().enumerate() {
            if block.state != BlockState::Used || !view.passes(filter, index) {
                continue;
            }
            let of = Of::block(view, block, what);
            let row = rows.entry(of.text()).or_insert_with(|| Row::new(of));
            [&mut row.a, &mut row.b, &mut row.c][which].add(block);
            if let Some(born) = born {
                let figures = row.born.get_or_insert_default();
                if which == 2 && born.there.binary_search(&index).is_ok() {
                    figures.add(block);
                }
            }
        }
    }
    let rows = rows.into_values().map(|row| Row {
        change: change(row.a, row.b),
        ..row
    });
    let mut rows: Vec<Row> = rows.filter(Row::is_of_interest).collect();
    let difference = |row: &Row| row.a.bytes.abs_diff(row.b.bytes);
    rows.sort_by_key(|row| (Reverse(row.born), Reverse(difference(row))));
    rows
}

impl Row {
    /// The call site, if it is one's and known.
    pub(crate) fn site(&self) -> Option<&Call> {
        match &self.of {
            Of::Site(site) => site.as_ref(),
            Of::Name(_) => None,
        }
    }

    /// Without any block.
    fn new(of: Of) -> Self {
        Self {
            of,
            change: "same",
            a: Figures::default(),
            b: Figures::default(),
            c: Figures::default(),
            born: None,
        }
    }

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

impl Of {
    fn block(view: &mut View<'_>, block: &Block, what: What) -> Self {
        let interned = &view.snapshot.interned;
        match what {
            What::Task => Self::Name(view.naming.task(interned, block.task)),
            What::Site { lines } => {
                let stack = view.naming.stack(interned, block.stack);
                Self::Site(match stack.site() {
                    Some(call) if !lines => Some(in_any_build(call)),
                    site => site.cloned(),
                })
            }
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Site(site) => sites::site_text(site.as_ref()),
            Self::Name(name) => name.clone(),
        }
    }
}
