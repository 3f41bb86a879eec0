//! Two inputs compared, as the page has it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use litepool_report::model::{Diff, DiffRow, Source};
use litepool_report::names::facts;
use litepool_snapshot::{Moment, Snapshot};

use super::divergence::divergence;
use super::dump;
use crate::args::Report;
use crate::diff::{Row, by_site};
use crate::snapshot::{Kind, moments};

/// Rows that are shown.
const MOST: usize = 200;

/// How the second input differs from the first: traces at their peaks, dumps as they are.
///
/// # Errors
/// They can't be read again.
pub(super) fn diff(inputs: &[Kind], args: &Report, sources: &mut [Source]) -> Result<Option<Diff>> {
    let [before, after] = inputs else {
        return Ok(None);
    };
    let elf = |index: usize| args.elf.get(index).or(args.elf.last());
    let snapshot = |input: &Kind, index: usize| -> Result<Option<Snapshot>> {
        match input {
            Kind::Trace(path) => Ok(moments(path, args.format, &[Moment::Peak])?.pop()),
            Kind::Dump(files) => {
                dump::snapshot(files, elf(index).map(PathBuf::as_path), args).map(Some)
            }
        }
    };
    let snapshots = snapshot(before, 0)?.zip(snapshot(after, 1)?);
    let (a, b) = snapshots.context("a trace has no peak")?;
    let mut rows = by_site(
        &a,
        &b,
        [elf(0), elf(1)].map(|elf| elf.map(PathBuf::as_path)),
    )?;
    rows.truncate(MOST);
    let divergence = match inputs {
        [Kind::Trace(a), Kind::Trace(b)] => divergence([a, b], args.format, sources)?,
        _ => None,
    };
    Ok(Some(Diff {
        rows: rows.iter().map(row).collect(),
        divergence,
    }))
}

fn row(row: &Row) -> DiffRow {
    let bytes = (row.a.bytes, row.b.bytes);
    let blocks = (row.a.blocks, row.b.blocks);
    let (by_number, by_size) = parts(bytes, blocks);
    DiffRow {
        site: row.site().map(facts).unwrap_or_default(),
        bytes,
        blocks,
        by_number,
        by_size,
    }
}

/// What of a change of bytes is by another number of objects, and what by another mean size: each with the mean of
/// the other's values before and after (the index of Marshall and Edgeworth), so that both together are the change.
fn parts(bytes: (u64, u64), blocks: (u64, u64)) -> (f64, f64) {
    let change = bytes.1 as f64 - bytes.0 as f64;
    if blocks.0 == 0 || blocks.1 == 0 {
        return (change, 0.0);
    }
    let size = |bytes: u64, blocks: u64| bytes as f64 / blocks as f64;
    let sizes = (size(bytes.0, blocks.0), size(bytes.1, blocks.1));
    let by_number = (blocks.1 as f64 - blocks.0 as f64) * (sizes.0 + sizes.1) / 2.0;
    (by_number, change - by_number)
}

#[cfg(test)]
mod tests;
