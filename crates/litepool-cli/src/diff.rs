//! `litepool diff`: what came between two snapshots, and what is still there at a third.

mod rows;
mod sides;
mod text;

use std::path::{Path, PathBuf};

use anyhow::Result;
use litepool_snapshot::Snapshot;
use litepool_snapshot::diff::{self, Born};
use serde::Serialize;

use crate::YES;
use crate::args::{Diff, Filter};
use crate::blocks::most;
use crate::naming::Naming;
use crate::output::{print, print_json};
use crate::snapshot::OriginFacts;

pub(crate) use rows::Row;
use rows::What;

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    a: OriginFacts,
    b: OriginFacts,
    c: OriginFacts,
    /// `number`, or `sum` where blocks can't be matched.
    matched_by: &'static str,
    /// Why they can't.
    reason: Option<String>,
    /// Whether call sites are told apart by line: in different builds by function and file only.
    lines_compared: bool,
    /// Of matched blocks.
    born: Option<BornFacts>,
    /// Where blocks came or sums changed: what did so most comes first.
    sites: Vec<Row>,
    tasks: Vec<Row>,
    /// Rows that are not listed.
    more_sites: usize,
    more_tasks: usize,
    /// What could not be named, and why.
    notes: Vec<String>,
}

/// What became of the blocks.
#[derive(Serialize, Debug)]
struct BornFacts {
    /// Allocated between A and B, and still there at C.
    blocks: u64,
    bytes: u64,
    /// Allocated between A and B, and freed before C.
    freed_blocks: u64,
    /// There at A, and gone at B.
    gone_blocks: u64,
    gone_bytes: u64,
    /// What blocks that were there at both grew and shrank by.
    grown_bytes: u64,
    shrunk_bytes: u64,
}

/// Prints the report.
///
/// # Errors
/// There are no such snapshots, or standard output can't be written.
pub(crate) fn run(args: &Diff) -> Result<u8> {
    let snapshots = sides::open(args)?;
    let report = Report::new(&snapshots, args)?;
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    Ok(YES)
}

impl Report {
    fn new(snapshots: &[Snapshot; 3], args: &Diff) -> Result<Self> {
        let [a, b, c] = snapshots;
        let mut views = Vec::new();
        for (index, snapshot) in snapshots.iter().enumerate() {
            // The last one that was given is that of the snapshots to come.
            let elf = args.elf.get(index).or(args.elf.last());
            let naming = Naming::new(snapshot, elf.map(PathBuf::as_path))?;
            views.push(View { snapshot, naming });
        }
        let (born, reason) = match diff::born(a, b, c) {
            Ok(mut born) => {
                filter(&mut born, &args.filter, &mut views);
                (Some(born), None)
            }
            Err(reason) => (None, Some(reason)),
        };
        // A line means the same only in the same build.
        let lines = [b, c]
            .iter()
            .all(|other| diff::same_builds(&a.interned, &other.interned));
        let most = most(args.top, args.json);
        let mut rows = |what| {
            let mut rows = rows::of(&mut views, born.as_ref(), what, &args.filter);
            let more = rows.len().saturating_sub(most);
            rows.truncate(most);
            (rows, more)
        };
        let ((sites, more_sites), (tasks, more_tasks)) =
            (rows(What::Site { lines }), rows(What::Task));
        let mut notes: Vec<String> = views.iter().flat_map(|view| view.naming.notes()).collect();
        notes.dedup();
        Ok(Self {
            born: born.as_ref().map(|born| BornFacts::new(born, snapshots)),
            a: OriginFacts::new(a),
            b: OriginFacts::new(b),
            c: OriginFacts::new(c),
            matched_by: if reason.is_none() { "number" } else { "sum" },
            reason: reason.map(|reason| reason.to_string()),
            lines_compared: lines,
            sites,
            tasks,
            more_sites,
            more_tasks,
            notes,
        })
    }
}

/// The sums of two snapshots by call site, where they differ: the largest difference first. `elf`: the
/// programs of devices.
///
/// # Errors
/// A program can't be read.
pub(crate) fn by_site(a: &Snapshot, b: &Snapshot, elf: [Option<&Path>; 2]) -> Result<Vec<Row>> {
    let mut views = Vec::new();
    for (snapshot, elf) in [a, b].into_iter().zip(elf) {
        let naming = Naming::new(snapshot, elf)?;
        views.push(View { snapshot, naming });
    }
    let lines = diff::same_builds(&a.interned, &b.interned);
    Ok(rows::of(
        &mut views,
        None,
        What::Site { lines },
        &Filter::default(),
    ))
}

/// A snapshot and the names of what is in it.
struct View<'s> {
    snapshot: &'s Snapshot,
    naming: Naming,
}

impl View<'_> {
    fn passes(&mut self, filter: &Filter, index: usize) -> bool {
        filter.matches(
            self.snapshot,
            &mut self.naming,
            &self.snapshot.blocks[index],
        )
    }
}

/// Leaves the blocks that pass.
fn filter(born: &mut Born, filter: &Filter, views: &mut [View<'_>]) {
    let [a, b, c] = views else { return };
    born.there.retain(|&index| c.passes(filter, index));
    born.freed.retain(|&index| b.passes(filter, index));
    born.gone.retain(|&index| a.passes(filter, index));
    born.resized.retain(|&(_, index)| b.passes(filter, index));
}

impl BornFacts {
    fn new(born: &Born, [a, b, c]: &[Snapshot; 3]) -> Self {
        let sum = |snapshot: &Snapshot, indices: &[usize]| {
            let sizes = indices.iter().map(|&index| snapshot.blocks[index].size);
            (indices.len() as u64, sizes.fold(0, u64::saturating_add))
        };
        let ((blocks, bytes), (freed_blocks, _)) = (sum(c, &born.there), sum(b, &born.freed));
        let (gone_blocks, gone_bytes) = sum(a, &born.gone);
        let change = |&(before, after): &(usize, usize)| {
            let (before, after) = (a.blocks[before].size, b.blocks[after].size);
            (after.saturating_sub(before), before.saturating_sub(after))
        };
        let changes = born.resized.iter().map(change);
        let (grown_bytes, shrunk_bytes) =
            changes.fold((0, 0), |(grown, shrunk): (u64, u64), by| {
                (grown.saturating_add(by.0), shrunk.saturating_add(by.1))
            });
        Self {
            blocks,
            bytes,
            freed_blocks,
            gone_blocks,
            gone_bytes,
            grown_bytes,
            shrunk_bytes,
        }
    }
}
