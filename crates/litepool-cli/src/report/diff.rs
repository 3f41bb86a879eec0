//! Two inputs compared, as the page has it.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result};
use litepool_report::model::{Diff, DiffRow, Source};
use litepool_report::names::facts;
use litepool_snapshot::{Moment, Snapshot};

use super::Opened;
use super::divergence::divergence;
use crate::args::Report;
use crate::diff::{Row, by_site};
use crate::snapshot::moments;

/// Rows that are shown.
const MOST: usize = 200;

/// How the second input differs from the first: traces at their peaks, dumps as they are.
///
/// # Errors
/// They can't be read again.
pub(super) fn diff(
    inputs: &[Opened],
    args: &Report,
    sources: &mut [Source],
) -> Result<Option<Diff>> {
    let [before, after] = inputs else {
        return Ok(None);
    };
    let snapshots = side(before, args)?.zip(side(after, args)?);
    let ((a, elf_of_a), (b, elf_of_b)) = snapshots.context("a trace has no peak")?;
    let mut rows = by_site(&a, &b, [elf_of_a, elf_of_b])?;
    rows.truncate(MOST);
    let divergence = match inputs {
        [Opened::Trace(a), Opened::Trace(b)] => {
            divergence([a.path(), b.path()], args.format, sources)?
        }
        _ => None,
    };
    Ok(Some(Diff {
        rows: rows.iter().map(row).collect(),
        divergence,
    }))
}

/// The moment of an input that is compared, and the program of its device.
fn side<'i>(input: &'i Opened, args: &Report) -> Result<Option<Side<'i>>> {
    Ok(match input {
        Opened::Trace(trace) => {
            let mut peak = moments(trace.path(), args.format, &[Moment::Peak])?;
            peak.pop().map(|peak| (Cow::Owned(peak), trace.elf()))
        }
        Opened::Dump(dump) => Some((Cow::Borrowed(&dump.snapshot), dump.elf.as_deref())),
    })
}

type Side<'i> = (Cow<'i, Snapshot>, Option<&'i Path>);

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
