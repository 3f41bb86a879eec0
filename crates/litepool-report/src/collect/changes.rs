//! What changes from column to column, for each of many.

use super::live::Change;

/// Changes that are kept while a trace is read: 48 MiB.
const KEPT: usize = 4 << 20;

/// Changes of whatever has a number, column by column. Those of one column are in the order of the
/// numbers, and none is 0.
#[derive(Debug)]
pub struct Changes {
    /// How many columns of the timeline are one here: a power of two.
    joined: usize,
    /// How many ended since the last one here did.
    open: usize,
    /// By number: what changed in this column, and for which anything did.
    pending: Vec<Change>,
    changed: Vec<u32>,
    changes: Vec<Change>,
    /// For each column where its changes begin, and the end of all.
    starts: Vec<usize>,
}

impl Changes {
    /// Begins before the first column.
    pub fn new() -> Self {
        Self {
            joined: 1,
            open: 0,
            pending: Vec::new(),
            changed: Vec::new(),
            changes: Vec::new(),
            starts: vec![0],
        }
    }

    /// Something changed. O(1).
    pub fn add(&mut self, change: Change) {
        let index = change.of as usize;
        if index >= self.pending.len() {
            self.pending.resize(index + 1, Change::default());
        }
        let pending = &mut self.pending[index];
        if pending.is_nothing() {
            // It may stand there twice. Nothing is left of it when its turn comes again.
            self.changed.push(change.of);
        }
        *pending = pending.and(change);
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

    /// The last column of the timeline has ended.
    pub fn finish(&mut self) {
        if self.open > 0 {
            self.close();
        }
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many columns of the timeline are one here.
    pub fn joined(&self) -> usize {
        self.joined
    }

    /// All changes, one column after the other; and where each begins.
    pub fn rows(&self) -> (&[Change], &[usize]) {
        (&self.changes, &self.starts)
    }

    /// The changes of each column.
    pub fn each(&self) -> impl Iterator<Item = &[Change]> {
        let bounds = self.starts.windows(2);
        bounds.map(|bounds| &self.changes[bounds[0]..bounds[1]])
    }

    /// Joins pairs of columns until at most so many changes are left, or few columns. After
    /// [`Changes::finish`].
    pub fn limit(&mut self, changes: usize, fewest: usize) {
        while self.changes.len() > changes && self.columns() > fewest {
            self.join_pairs();
            self.finish();
        }
    }

    /// The same by other numbers: what gets the same one is one from now on.
    pub fn renumbered(&mut self, numbers: &[u32]) {
        let columns = self.each().map(|column| {
            let renumbered = column.iter().map(|&change| Change {
                of: numbers[change.of as usize],
                ..change
            });
            sums(renumbered.collect())
        });
        let (mut changes, mut starts) = (Vec::new(), vec![0]);
        for column in columns {
            changes.extend(column);
            starts.push(changes.len());
        }
        (self.changes, self.starts) = (changes, starts);
    }

    fn close(&mut self) {
        self.open = 0;
        self.changed.sort_unstable();
        for of in self.changed.drain(..) {
            let change = std::mem::take(&mut self.pending[of as usize]);
            if !change.is_nothing() {
                self.changes.push(change);
            }
        }
        self.starts.push(self.changes.len());
    }

    /// Each two columns become one.
    fn join_pairs(&mut self) {
        let is_odd = self.columns() % 2 == 1;
        let (mut changes, mut starts) = (Vec::with_capacity(self.changes.len()), vec![0]);
        for start in (0..self.columns()).step_by(2) {
            let end = (start + 2).min(self.columns());
            changes.extend(sums(
                self.changes[self.starts[start]..self.starts[end]].to_vec(),
            ));
            starts.push(changes.len());
        }
        (self.changes, self.starts) = (changes, starts);
        // A pair that is not full goes on with the next column.
        if is_odd && let Some(&start) = self.starts.iter().nth_back(1) {
            self.starts.pop();
            for change in self.changes.split_off(start) {
                self.pending[change.of as usize] = change;
                self.changed.push(change.of);
            }
            self.open = self.joined;
        }
        self.joined *= 2;
    }
}

/// What becomes of changes together, in the order of the numbers.
fn sums(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| change.of);
    let sums = changes.chunk_by(|a, b| a.of == b.of).map(|changes| {
        let nothing = Change {
            of: changes[0].of,
            ..Change::default()
        };
        changes.iter().fold(nothing, |sum, &change| sum.and(change))
    });
    sums.filter(|sum| !sum.is_nothing()).collect()
}

#[cfg(test)]
mod tests;
