//! Where the words of the control block stand, as `layout.rs` draws them.

use std::ops::Range;

use super::chain::word;

pub const VERSION: usize = 2;
pub const SIZE_BITS: usize = 3;
pub const ALGORITHM: usize = 4;
pub const UNITS: usize = 5;
pub const RECORD: usize = 6;
pub const SLAB: usize = 7;
pub const EXTENT: usize = 8;
pub const USED: usize = 12;
pub const USED_BLOCKS: usize = 20;
pub const FREE_BLOCKS: usize = 28;
pub const PEAK: Range<usize> = 32..36;
pub const PENDING: usize = 36;
pub const SLAB_STATE: usize = 40;

/// Is the byte one of the figures of requests that were refused for want of room: how many, and
/// the largest of them?
pub fn is_of_failures(at: usize) -> bool {
    (16..20).contains(&at) || (24..28).contains(&at)
}

fn link(pool: &[u8]) -> usize {
    if pool[SIZE_BITS] <= 16 { 2 } else { 4 }
}

/// Where the track's state begins: behind that of the slab, if there is one.
fn track_state(pool: &[u8]) -> usize {
    match usize::from(pool[SLAB] & 0x3F) {
        0 => SLAB_STATE,
        classes => SLAB_STATE + 4 * (2 + classes) + (2 * classes * link(pool)).next_multiple_of(4),
    }
}

/// The rows of totals, each of which is two links; none without owners.
pub fn rows(pool: &[u8]) -> Range<usize> {
    let (start, behind) = (track_state(pool), next_number(pool).end);
    if pool[RECORD] & 0x80 == 0 {
        return behind..behind;
    }
    let numbers = word(pool, start).to_le_bytes();
    let of = |numbered: u16, others| match numbered {
        0 => 0,
        numbered => usize::from(numbered) + others,
    };
    let rows = of(u16::from_le_bytes([numbers[0], numbers[1]]), 3) + of(numbers[2].into(), 2);
    behind..behind + 2 * rows * link(pool)
}

/// The number of the next allocation; empty without call sites.
pub fn next_number(pool: &[u8]) -> Range<usize> {
    let has_owner = pool[RECORD] & 0x80 != 0;
    let start = track_state(pool) + if has_owner { 4 } else { 0 };
    start..start + if pool[RECORD] & 0x7F != 0 { 4 } else { 0 }
}

/// Where the index's state begins: with [`Tlsf`](litepool::fit::Tlsf), its summary.
pub fn summary(pool: &[u8]) -> usize {
    let region = if pool[ALGORITHM] & 0x40 != 0 { 8 } else { 0 };
    rows(pool).end.next_multiple_of(4) + region
}

/// Behind the [`summary`], a word.
pub fn bitmap(pool: &[u8]) -> usize {
    summary(pool) + 4
}

/// Is the byte one of the number of the next allocation, or of an owner's peak? They can't be told
/// from true ones.
pub fn is_number_or_peak(pool: &[u8], at: usize) -> bool {
    let rows = rows(pool);
    next_number(pool).contains(&at) || rows.contains(&at) && (at - rows.start) / link(pool) % 2 == 1
}
