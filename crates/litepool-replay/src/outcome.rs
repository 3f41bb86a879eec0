//! How a replay ends.

use litepool::Stats;
use litepool_trace::Op;
use serde::Serialize;

/// How a replay ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// Every operation was done.
    Completed,
    /// The pool could not be made: the reason.
    NoPool(String),
    /// The heap could not serve a request.
    Failed(Box<Failure>),
    /// The heap did what it must not do: at this operation, this was found. A fault in litepool.
    Broken(usize, String),
}

/// A request that failed, and the heap as it was then.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// The number of the operation, from 1.
    pub operation: usize,
    /// The request.
    pub op: Op,
    /// Its alignment in bytes, also of an object that was requested with one and is resized; 0: the
    /// granule's.
    pub align: u64,
    /// What the heap said.
    pub message: String,
    /// The heap's figures at that moment.
    pub stats: Stats,
}

impl Failure {
    /// `allocate` or `resize`.
    pub fn kind(&self) -> &'static str {
        match self.op {
            Op::Allocate { .. } => "allocate",
            Op::Resize { .. } | Op::Free { .. } => "resize",
        }
    }

    /// Bytes that were requested.
    pub fn request(&self) -> u64 {
        match self.op {
            Op::Allocate { size, .. } | Op::Resize { size, .. } => size,
            Op::Free { .. } => 0,
        }
    }

    /// Why it failed.
    pub fn cause(&self) -> Cause {
        let in_blocks = self.stats.free.saturating_sub(self.stats.free_in_slabs);
        let room = in_blocks.saturating_sub(HEADER) as u64;
        if self.stats.largest_free as u64 >= self.request() {
            Cause::Alignment
        } else if self.stats.free_blocks > 1 && room >= self.request() {
            Cause::Fragmented
        } else {
            Cause::Full
        }
    }
}

/// Bytes of a block's header.
const HEADER: usize = 4;

/// Why a request failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// All free blocks together are too small.
    Full,
    /// All free blocks together would have held it, but none of them does.
    Fragmented,
    /// A block would have held it, but not at this alignment.
    Alignment,
}

impl Cause {
    /// As the JSON has it.
    pub fn in_a_word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Fragmented => "fragmented",
            Self::Alignment => "alignment",
        }
    }
}
