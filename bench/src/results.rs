//! All that a run found out, as it is written to JSON.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::workload::Summary;
use crate::{memory, scale, slabs, time, worst};

/// The results of one run. What was not measured is empty.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Results {
    /// Where and with what.
    pub machine: Machine,
    /// The workloads, in the order of all rows' cells.
    pub works: Vec<Summary>,
    /// How long time was measured.
    pub effort: time::Effort,
    /// How many instructions were counted.
    pub plan: worst::Plan,
    /// Nanoseconds per operation.
    pub time: Vec<time::Row>,
    /// Smallest pools, with this machine's own layouts and those of litepool that don't depend on it.
    pub memory: Vec<memory::Row>,
    /// Smallest pools as a 32-bit build of the bench found them.
    pub memory32: Vec<memory::Row>,
    /// Instructions of single operations.
    pub worst: Vec<worst::Row>,
    /// The slab on and off on the same churn.
    #[serde(default)]
    pub slabs: Vec<slabs::Row>,
    /// Time as more blocks are live, and as the pool is larger.
    #[serde(default)]
    pub scale: Vec<scale::Sweep>,
}

impl Results {
    /// The same with the columns of only some of the work.
    #[must_use]
    pub fn on(&self, wanted: impl Fn(&Summary) -> bool) -> Self {
        let is_kept: Vec<bool> = self.works.iter().map(wanted).collect();
        let mut some = self.clone();
        keep(&is_kept, &mut some.works);
        for row in &mut some.time {
            keep(&is_kept, &mut row.cells);
        }
        for row in some.memory.iter_mut().chain(&mut some.memory32) {
            keep(&is_kept, &mut row.cells);
        }
        some
    }
}

/// Keeps those for which it is said; `items` may be empty, as what was not measured is.
fn keep<T>(is_kept: &[bool], items: &mut Vec<T>) {
    let mut each = is_kept.iter();
    items.retain(|_| each.next() == Some(&true));
}

#[cfg(test)]
mod tests;
