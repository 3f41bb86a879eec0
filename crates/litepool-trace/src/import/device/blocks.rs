//! Where the live blocks of a device are: what was freed unseen is found out by what stands there now.

use std::collections::BTreeMap;

/// The live blocks by pool and address, with their requested sizes.
///
/// A pool may lie in a block of another one, so only blocks of the same pool exclude each other.
#[derive(Default, Debug)]
pub(super) struct Blocks {
    sizes: BTreeMap<(u64, u64), u64>,
}

impl Blocks {
    /// A block appears. Returns the blocks that can't be there any more, as it overlaps them: their
    /// frees were lost. O(log n) and for each of these.
    pub(super) fn insert(&mut self, pool: u64, address: u64, size: u64) -> Vec<u64> {
        let end = address.saturating_add(size.max(1));
        let before = self.sizes.range((pool, 0)..(pool, address)).next_back();
        let reaches = |(&(_, start), &size): (&(u64, u64), &u64)| {
            (start.saturating_add(size.max(1)) > address).then_some(start)
        };
        let mut gone: Vec<u64> = before.and_then(reaches).into_iter().collect();
        let inside = self.sizes.range((pool, address)..(pool, end));
        gone.extend(inside.map(|(&(_, start), _)| start));
        for &start in &gone {
            self.sizes.remove(&(pool, start));
        }
        self.sizes.insert((pool, address), size);
        gone
    }

    /// A block goes. O(log n).
    pub(super) fn remove(&mut self, pool: u64, address: u64) {
        self.sizes.remove(&(pool, address));
    }

    /// A pool goes with all its blocks, which are returned. O(log n) and for each of these.
    pub(super) fn remove_pool(&mut self, pool: u64) -> Vec<u64> {
        let all = self.sizes.range((pool, 0)..=(pool, u64::MAX));
        let gone: Vec<u64> = all.map(|(&(_, address), _)| address).collect();
        for &address in &gone {
            self.sizes.remove(&(pool, address));
        }
        gone
    }

    /// All blocks go.
    pub(super) fn clear(&mut self) -> impl Iterator<Item = u64> + use<> {
        std::mem::take(&mut self.sizes)
            .into_keys()
            .map(|(_, address)| address)
    }
}

#[cfg(test)]
mod tests;
