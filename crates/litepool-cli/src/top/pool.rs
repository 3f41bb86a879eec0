//! The blocks of a pool, and what is free between them.

use std::collections::BTreeMap;

/// What a pool has now. Bytes are those that were asked for.
#[derive(Default, Debug)]
pub(super) struct Pool {
    pub(super) address: u64,
    /// 0: unknown.
    pub(super) size: u64,
    pub(super) used: u64,
    pub(super) peak: u64,
    pub(super) refused: u64,
    /// Size by address.
    blocks: BTreeMap<u64, u64>,
    /// The lowest and the highest byte that a block ever had: what is below is the control block.
    reach: Option<(u64, u64)>,
}

/// What is free, as far as addresses tell: headers and rounding are not known, so that it is less in
/// truth.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Free {
    pub(super) bytes: u64,
    pub(super) largest: u64,
    pub(super) ranges: u64,
}

impl Free {
    /// 1 - largest / all, in per cent.
    pub(super) fn fragmentation(&self) -> Option<f64> {
        (self.bytes > 0).then(|| 100.0 * (1.0 - self.largest as f64 / self.bytes as f64))
    }
}

impl Pool {
    pub(super) fn insert(&mut self, address: u64, size: u64) {
        let end = address.saturating_add(size);
        let (low, high) = self.reach.unwrap_or((address, end));
        self.reach = Some((low.min(address), high.max(end)));
        self.blocks.insert(address, size);
        self.used = self.used.saturating_add(size);
        self.peak = self.peak.max(self.used);
    }

    pub(super) fn remove(&mut self, address: u64, size: u64) {
        self.blocks.remove(&address);
        self.used = self.used.saturating_sub(size);
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// From where to where blocks can be.
    fn extent(&self) -> Option<(u64, u64)> {
        let (low, high) = self.reach?;
        let end = match self.size {
            0 => high,
            size => self.address.saturating_add(size).max(high),
        };
        Some((low, end))
    }

    /// What is free between the blocks. What is smaller than `least` bytes is taken for headers and
    /// rounding. O(blocks).
    pub(super) fn free(&self, least: u64) -> Free {
        let mut free = Free::default();
        let Some((mut at, end)) = self.extent() else {
            // Nothing was ever allocated.
            return Free {
                bytes: self.size,
                largest: self.size,
                ranges: u64::from(self.size > 0),
            };
        };
        let ends = self.blocks.iter().map(|(&address, &size)| (address, size));
        for (address, size) in ends.chain([(end, 0)]) {
            let bytes = address.saturating_sub(at);
            if bytes >= least {
                free.bytes += bytes;
                free.largest = free.largest.max(bytes);
                free.ranges += 1;
            }
            at = at.max(address.saturating_add(size));
        }
        free
    }

    /// A map of so many cells: how much of each is used, from 0 to 1. O(blocks and cells).
    pub(super) fn map(&self, cells: usize) -> Vec<f64> {
        let mut map = vec![0.0; cells];
        let Some((start, end)) = self.extent() else {
            return map;
        };
        let cell = (end.saturating_sub(start) as f64 / cells as f64).max(1.0);
        for (&address, &size) in &self.blocks {
            let from = address.saturating_sub(start) as f64 / cell;
            let to = (from + size as f64 / cell).min(cells as f64);
            let mut at = from;
            while at < to {
                let next = (at.floor() + 1.0).min(to);
                if let Some(share) = map.get_mut(at as usize) {
                    *share += next - at;
                }
                at = next;
            }
        }
        map
    }
}

#[cfg(test)]
mod tests;
