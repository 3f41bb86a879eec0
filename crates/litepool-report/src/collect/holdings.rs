//! What each owner has over time, and what each task.

use std::cmp::Reverse;

use litepool_snapshot::Task;

use super::changes::Changes;
use super::owners::PageOwners;
use crate::blob::Blob;
use crate::model::{Holdings, TaskRow};
use crate::names::Names;

/// Tasks that have a row of their own.
const TASKS: usize = 12;
/// Changes that the page has.
const SHOWN: usize = 400_000;
/// Columns that stay, however much changes.
const FEWEST: usize = 16;

/// As the page has it, and what is left out of it. `per_column`: operations in a column of the
/// timeline.
pub fn holdings(
    mut changes: Changes,
    owners: &PageOwners,
    per_column: u64,
    thrift: u32,
    blob: &mut Blob,
) -> (Holdings, Option<String>) {
    changes.renumbered(&owners.of);
    let columns = changes.columns() * changes.joined();
    changes.limit(SHOWN / thrift.max(1) as usize, FEWEST);
    let note = (changes.joined() > 1).then(|| {
        format!(
            "what each call stack has is told for {} moments, not for {columns}: so much of it changes",
            changes.columns(),
        )
    });
    let (rows, starts) = changes.rows();
    let holdings = Holdings {
        columns: changes.columns() as u32,
        operations_per_column: per_column * changes.joined() as u64,
        owners: owners.all.clone(),
        starts: blob.row(starts.iter().map(|&start| start as u32)),
        owner: blob.row(rows.iter().map(|change| change.of)),
        bytes: blob.row(rows.iter().map(|change| change.bytes)),
        blocks: blob.row(rows.iter().map(|change| change.blocks)),
    };
    (holdings, note)
}

/// What tasks had at the end of each of so many columns of the timeline: those with the highest peaks, and all
/// others together. `threads`: their numbers in the trace.
pub fn task_rows(
    changes: &Changes,
    threads: &[u32],
    columns: usize,
    names: &mut Names<'_>,
    blob: &mut Blob,
) -> Vec<TaskRow> {
    let mut live = vec![0_i64; threads.len()];
    let mut peaks = live.clone();
    for change in changes.rows().0 {
        let task = change.of as usize;
        live[task] += i64::from(change.bytes);
        peaks[task] = peaks[task].max(live[task]);
    }
    let mut order: Vec<usize> = (0..threads.len()).collect();
    order.sort_by_key(|&task| (Reverse(peaks[task]), task));
    // One row more takes what is left.
    let mut row_of = vec![TASKS; threads.len()];
    for (row, &task) in order.iter().take(TASKS).enumerate() {
        row_of[task] = row;
    }
    let mut rows = vec![Vec::with_capacity(columns); threads.len().min(TASKS + 1)];
    let mut live = vec![0_i64; TASKS + 1];
    for column in changes.each() {
        for change in column {
            live[row_of[change.of as usize]] += i64::from(change.bytes);
        }
        for (row, &live) in rows.iter_mut().zip(&live) {
            let live = u32::try_from(live.max(0)).unwrap_or(u32::MAX);
            let number = changes.joined().min(columns - row.len());
            row.extend(std::iter::repeat_n(live, number));
        }
    }
    let rows = rows.into_iter().enumerate();
    let row = |(row, live): (usize, Vec<u32>)| TaskRow {
        task: match order.get(row) {
            Some(&task) if row < TASKS => names.task(Task::Number(threads[task])),
            _ => None,
        },
        live: blob.row(live),
    };
    rows.map(row).collect()
}
