//! What each owner has over time.

use super::Plan;
use super::live::{Change, Owner};
use super::timeline::Columns;
use crate::blob::Blob;
use crate::model::{Holdings, TaskRow};
use crate::names::Names;

/// Tasks that have a row of their own.
const TASKS: usize = 12;
/// Changes that are kept while a trace is read: 64 MiB.
const KEPT: usize = 4 << 20;
/// Changes that the page has.
const SHOWN: usize = 400_000;

/// Changes from column to column.
#[derive(Debug)]
pub struct Owners {
    thrift: usize,
    /// Timeline's columns that are one here.
    joined: u64,
    per_column: u64,
    /// Columns of the timeline since the last one here ended.
    open: u64,
    /// By owner: what changed in this column, and whether anything did.
    pending: Vec<Change>,
    changed: Vec<u32>,
    changes: Vec<Change>,
    /// For each column where its changes begin.
    starts: Vec<usize>,
}

impl Owners {
    pub fn new(plan: &Plan) -> Self {
        Self {
            thrift: plan.thrift.max(1) as usize,
            joined: 1,
            per_column: super::timeline::per_column(plan.expected, super::timeline::MOST),
            open: 0,
            pending: Vec::new(),
            changed: Vec::new(),
            changes: Vec::new(),
            starts: vec![0],
        }
    }

    /// An operation changed this. O(1).
    pub fn change(&mut self, change: Change) {
        let index = change.owner as usize;
        if index >= self.pending.len() {
            self.pending.resize(index + 1, Change::default());
        }
        let pending = &mut self.pending[index];
        if pending.is_nothing() {
            // It may stand there twice; then nothing is left of it when its turn comes again.
            self.changed.push(change.owner);
        }
        pending.owner = change.owner;
        pending.bytes += change.bytes;
        pending.blocks += change.blocks;
    }

    /// A column of the timeline ends.
    pub fn end(&mut self) {
        self.open += 1;
        if self.open < self.joined {
            return;
        }
        self.close();
        if self.changes.len() > KEPT {
            self.join_pairs();
        }
    }

    fn close(&mut self) {
        self.open = 0;
        self.changed.sort_unstable();
        for owner in self.changed.drain(..) {
            let change = std::mem::take(&mut self.pending[owner as usize]);
            if !change.is_nothing() {
                self.changes.push(change);
            }
        }
        self.starts.push(self.changes.len());
    }

    /// Each two columns become one.
    fn join_pairs(&mut self) {
        let columns: Vec<&[Change]> = self.columns().collect();
        let mut changes = Vec::with_capacity(self.changes.len());
        let mut starts = vec![0];
        for pair in columns.chunks(2) {
            changes.extend(joined(pair));
            starts.push(changes.len());
        }
        // A pair that is not full yet goes on with the next column.
        if columns.len() % 2 == 1 {
            starts.pop();
            for change in changes.split_off(*starts.last().unwrap_or(&0)) {
                self.pending[change.owner as usize] = change;
                self.changed.push(change.owner);
            }
            self.open = self.joined;
        }
        (self.changes, self.starts) = (changes, starts);
        self.joined *= 2;
    }

    fn columns(&self) -> impl Iterator<Item = &[Change]> {
        self.starts
            .windows(2)
            .map(|bounds| &self.changes[bounds[0]..bounds[1]])
    }

    /// What tasks had at the end of each column of the timeline: those with the highest peaks, and all others
    /// together.
    pub fn tasks(&self, owners: &[Owner], timeline: &Columns) -> Vec<(Option<u32>, Vec<u32>)> {
        let mut tasks: Vec<u32> = owners.iter().map(|owner| owner.1).collect();
        tasks.sort_unstable();
        tasks.dedup();
        let of_owner: Vec<usize> = owners
            .iter()
            .map(|owner| tasks.partition_point(|&task| task < owner.1))
            .collect();
        let mut live = vec![0_i64; tasks.len()];
        let mut peaks = live.clone();
        for column in self.columns() {
            for change in column {
                live[of_owner[change.owner as usize]] += change.bytes;
            }
            for change in column {
                let task = of_owner[change.owner as usize];
                peaks[task] = peaks[task].max(live[task]);
            }
        }
        let mut order: Vec<usize> = (0..tasks.len()).collect();
        order.sort_by_key(|&task| (std::cmp::Reverse(peaks[task]), task));
        // One row more takes what is left.
        let mut row_of = vec![TASKS; tasks.len()];
        for (row, &task) in order.iter().take(TASKS).enumerate() {
            row_of[task] = row;
        }
        let shown = tasks.len().min(TASKS + 1);
        let mut rows = vec![Vec::new(); shown];
        let mut live = vec![0_i64; TASKS + 1];
        for column in self.columns() {
            for change in column {
                live[row_of[of_owner[change.owner as usize]]] += change.bytes;
            }
            for (row, &live) in rows.iter_mut().zip(&live) {
                let live = u32::try_from(live.max(0)).unwrap_or(u32::MAX);
                let left = timeline.len() - row.len();
                let columns = usize::try_from(self.joined).unwrap_or(usize::MAX);
                row.extend(std::iter::repeat_n(live, columns.min(left)));
            }
        }
        let name = |row: usize| order.get(row).map(|&task| tasks[task]);
        let rows = rows.into_iter().enumerate();
        rows.map(|(row, live)| (name(row).filter(|_| row < TASKS), live))
            .collect()
    }

    /// As the page has it, and what is left out of it.
    pub fn finish(
        mut self,
        owners: &[Owner],
        names: &mut Names<'_>,
        blob: &mut Blob,
    ) -> (Holdings, Vec<String>) {
        if self.open > 0 {
            self.close();
        }
        let columns = self.starts.len();
        while self.changes.len() > SHOWN / self.thrift && self.starts.len() > 17 {
            self.join_pairs();
            if self.open > 0 {
                self.close();
            }
        }
        let notes = (self.starts.len() < columns).then(|| {
            format!(
                "what each call site has is told for {} moments only: so much of it changes",
                self.starts.len() - 1
            )
        });
        let named = |&(stack, thread): &Owner| (names.stack(stack), names.task(thread));
        let number = |bytes: i64| bytes.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        let holdings = Holdings {
            columns: (self.starts.len() - 1) as u32,
            operations_per_column: self.per_column * self.joined,
            owners: owners.iter().map(named).collect(),
            starts: blob.row(self.starts.iter().map(|&start| start as u32)),
            owner: blob.row(self.changes.iter().map(|change| change.owner)),
            bytes: blob.row(self.changes.iter().map(|change| number(change.bytes))),
            blocks: blob.row(self.changes.iter().map(|change| change.blocks)),
        };
        (holdings, notes.into_iter().collect())
    }
}

/// The sum of some columns' changes, by owner.
fn joined(columns: &[&[Change]]) -> Vec<Change> {
    let mut all: Vec<Change> = columns.concat();
    all.sort_by_key(|change| change.owner);
    let sums = all
        .chunk_by(|a, b| a.owner == b.owner)
        .map(|changes| Change {
            owner: changes[0].owner,
            bytes: changes.iter().map(|change| change.bytes).sum(),
            blocks: changes.iter().map(|change| change.blocks).sum(),
        });
    sums.filter(|sum| !sum.is_nothing()).collect()
}

/// The rows of tasks, as the page has them.
pub fn task_rows(
    tasks: Vec<(Option<u32>, Vec<u32>)>,
    names: &mut Names<'_>,
    blob: &mut Blob,
) -> Vec<TaskRow> {
    let row = |(task, live): (Option<u32>, Vec<u32>)| TaskRow {
        task: task.and_then(|task| names.task(task)),
        live: blob.row(live),
    };
    tasks.into_iter().map(row).collect()
}
