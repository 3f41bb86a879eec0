//! What units hold over time: below it no pool of them can be.

use litepool_replay::Part;

use super::units::Units;

#[cfg(test)]
mod tests;

/// How many moments are looked at.
const MOMENTS: usize = 1024;
/// Bytes of a block's header, and of the smallest block of any configuration.
const HEADER: u64 = 4;
const SMALLEST: u64 = 12;

/// Bytes of the block that holds so many: header and rounding.
pub(super) fn block_bytes(size: u64, granule: u64) -> u64 {
    let size = size.saturating_add(HEADER).max(SMALLEST);
    size.checked_next_multiple_of(granule).unwrap_or(u64::MAX)
}

/// Bytes in the blocks of each unit, at moments spread over the trace and at its peak.
#[derive(Debug)]
pub(super) struct Load {
    /// The row of each moment has a number for each unit.
    rows: Vec<u64>,
    units: usize,
    /// The most of each unit alone.
    peaks: Vec<u64>,
}

impl Load {
    /// Measures it. O(operations + moments · units).
    pub(super) fn new(whole: &Part, units: &Units, granule: u64) -> Self {
        let count = units.all.len();
        let mut now = vec![0_u64; count];
        let mut load = Self {
            rows: Vec::new(),
            units: count,
            peaks: vec![0; count],
        };
        let step = whole.ops.len().div_ceil(MOMENTS).max(1);
        let peak = usize::try_from(whole.peak_at).unwrap_or(0);
        whole.objects(&mut |number, object, before, after| {
            if let Some(size) = before {
                let unit = &mut now[units.unit(object.number, size)];
                *unit = unit.saturating_sub(block_bytes(size, granule));
            }
            if let Some(size) = after {
                let unit = units.unit(object.number, size);
                now[unit] = now[unit].saturating_add(block_bytes(size, granule));
                load.peaks[unit] = load.peaks[unit].max(now[unit]);
            }
            if (number + 1) % step == 0 || number + 1 == peak {
                load.rows.extend_from_slice(&now);
            }
        });
        load
    }

    /// Bytes that the blocks of these units take together at some moment: no pool of them is smaller.
    /// O(moments · units).
    pub(super) fn least(&self, pool: &[usize]) -> u64 {
        let rows = self.rows.chunks_exact(self.units.max(1));
        let sums = rows.map(|row| {
            let of_unit = pool.iter().map(|&unit| row[unit]);
            of_unit.fold(0, u64::saturating_add)
        });
        let alone = pool.iter().map(|&unit| self.peaks[unit]);
        sums.chain(alone).max().unwrap_or(0)
    }
}
