//! Owners as the page has them: what has one name is one.

use std::cmp::Reverse;

use litepool_snapshot::Task;
use rustc_hash::FxHashMap;

use super::changes::Changes;
use super::live::Owner;
use crate::names::Names;

/// The page's owners: (stack, task).
#[derive(Debug)]
pub struct PageOwners {
    /// For each owner of the trace its index among those of the page.
    pub of: Vec<u32>,
    /// Those of the page.
    pub all: Vec<(u32, Option<u32>)>,
}

impl PageOwners {
    /// Names the owners. Whoever had most comes first: if there are too many for the page, the others lose their
    /// names.
    pub fn new(owners: &[Owner], changes: &Changes, names: &mut Names<'_>) -> Self {
        let mut live = vec![0_i64; owners.len()];
        let mut peaks = live.clone();
        for change in changes.rows().0 {
            let index = change.of as usize;
            live[index] += i64::from(change.bytes);
            peaks[index] = peaks[index].max(live[index]);
        }
        let mut order: Vec<usize> = (0..owners.len()).collect();
        order.sort_by_key(|&index| (Reverse(peaks[index]), index));
        let mut page = Self {
            of: vec![0; owners.len()],
            all: Vec::new(),
        };
        let mut known = FxHashMap::default();
        for index in order {
            let (stack, thread) = owners[index];
            let named = (names.stack(stack), names.task(Task::Number(thread)));
            page.of[index] = *known.entry(named).or_insert_with(|| {
                page.all.push(named);
                page.all.len() as u32 - 1
            });
        }
        page
    }
}
