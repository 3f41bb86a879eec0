//! How two sources differ.

use serde::Serialize;

use super::Call;

/// What changed between two sources.
#[derive(Serialize, Debug, Default)]
pub struct Diff {
    /// By call site, the largest change of bytes first. Moments: the peaks, or the dumps.
    pub rows: Vec<DiffRow>,
    /// Of two traces: the first operation that differs.
    pub divergence: Option<Divergence>,
}

/// How the sums of a call site differ.
#[derive(Serialize, Debug, Default)]
pub struct DiffRow {
    /// The site, without what differs from build to build. All its parts are empty if it is unknown.
    pub site: Call,
    /// Its bytes before and after.
    pub bytes: (u64, u64),
    /// Its blocks before and after.
    pub blocks: (u64, u64),
    /// What of the change of bytes is by another number of objects.
    pub by_number: f64,
    /// And what by another size. Both together are the change.
    pub by_size: f64,
}

/// Where two traces part.
#[derive(Serialize, Debug, Default)]
pub struct Divergence {
    /// The number of the operation.
    pub operation: u64,
    /// What each does there: `allocate`, `resize`, `free` or `end`.
    pub kinds: (&'static str, &'static str),
    /// Bytes that each requests there; 0: none.
    pub sizes: (u64, u64),
    /// The site in each, as an index of its calls.
    pub sites: (Option<u32>, Option<u32>),
}
