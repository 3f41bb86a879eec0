//! Which pools are regions of one heap: their control blocks say so of each other.

use litepool::{Choices, Joined};

/// A pool as its control block places it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    /// What it says of its place.
    pub(super) joined: Joined,
    /// Its configuration: regions of one heap have the same.
    pub(super) choices: Choices,
}

/// The pools by heap, each as indices of its regions in their order. A region that is not among the
/// pools is left out; one whose first region is not is a heap of its own.
///
/// Heaps stand in the order of their first regions.
pub(super) fn heaps(pools: &[Placed]) -> Vec<Vec<usize>> {
    let mut is_taken = vec![false; pools.len()];
    let mut regions_of: Vec<Vec<usize>> = vec![Vec::new(); pools.len()];
    for (first, placed) in pools.iter().enumerate() {
        if placed.joined.count > 1 {
            let regions = regions_of_first(pools, first, &is_taken);
            regions.iter().for_each(|&region| is_taken[region] = true);
            regions_of[first] = regions;
        }
    }
    (0..pools.len())
        .filter(|&index| !is_taken[index])
        .map(|index| {
            std::iter::once(index)
                .chain(regions_of[index].iter().copied())
                .collect()
        })
        .collect()
}

/// The later regions of a heap, found from the last one to the second: each is named by what was
/// joined after it. Where that one is missing, one of the number and the configuration is taken if
/// there is no other.
fn regions_of_first(pools: &[Placed], first: usize, is_taken: &[bool]) -> Vec<usize> {
    let heap = &pools[first];
    let mut regions = Vec::new();
    let mut next: Option<usize> = Some(first);
    for number in (1..heap.joined.count).rev() {
        let can_be = |&index: &usize| {
            let pool = &pools[index];
            !is_taken[index] && pool.joined.number == number && is_alike(pool, heap)
        };
        let names = |&index: &usize| match next {
            Some(next) if next == first => heap.joined.is_first_of(&pools[index].joined),
            Some(next) => pools[next].joined.follows(&pools[index].joined),
            None => true,
        };
        let mut found = (0..pools.len()).filter(can_be).filter(names);
        let region = found.next();
        let is_only = next.is_some() || found.next().is_none();
        next = region.filter(|_| is_only);
        regions.extend(next);
    }
    regions.reverse();
    regions
}

/// How much is proved may differ from one user of a pool to the next.
fn is_alike(one: &Placed, other: &Placed) -> bool {
    let choices = Choices {
        hardened: other.choices.hardened,
        ..one.choices
    };
    choices == other.choices
}
