//! A request that found no memory: why, and what would have saved it.

use serde::Serialize;

/// A request that found no memory.
#[derive(Serialize, Debug, Default)]
pub struct Failure {
    /// Of a dump: the index of the pool, of which it is the largest request that it refused and
    /// would refuse still; who asked, and when, is not known then.
    pub pool: Option<u32>,
    /// The number of the operation that fails, from 1; 0 of a dump.
    pub operation: u64,
    /// When it was recorded; `None`: unknown.
    pub time: Option<u64>,
    /// `allocate` or `resize`.
    pub kind: &'static str,
    /// Bytes that were requested.
    pub request: u64,
    /// Their alignment; 0: the granule.
    pub align: u64,
    /// `full`, `fragmented` or `alignment`.
    pub cause: &'static str,
    /// Bytes of used blocks, with their headers.
    pub used: u64,
    /// Bytes of free blocks.
    pub free: u64,
    /// How many free blocks there are.
    pub free_blocks: u64,
    /// The largest request that would succeed.
    pub largest_free: u64,
    /// Who asked.
    pub task: Option<u32>,
    /// From where; 0: unknown.
    pub stack: u32,
    /// What pins the free space, the cheapest first.
    pub windows: Vec<Window>,
    /// The pool without what a function allocated, itself or through others.
    pub without: Vec<Without>,
    /// Who has the most.
    pub holders: Vec<Share>,
    /// What would have saved it, the cheapest first; empty: that was not asked.
    pub changes: Vec<Change>,
}

/// A set of used blocks without any one of which the request fits.
#[derive(Serialize, Debug, Default)]
pub struct Window {
    /// The payload of the free block that there would be without them.
    pub address: u64,
    /// Its bytes.
    pub size: u64,
    /// How many blocks they are.
    pub blocks: u64,
    /// Their bytes, with headers.
    pub bytes: u64,
    /// Bytes between them that are free already.
    pub split: u64,
    /// Whose they are, most bytes first.
    pub shares: Vec<Share>,
}

/// The pool without what a function allocated.
#[derive(Serialize, Debug, Default)]
pub struct Without {
    /// Its name.
    pub function: String,
    /// How many blocks that are.
    pub blocks: u64,
    /// Their bytes, with headers.
    pub bytes: u64,
    /// The largest request that would succeed then.
    pub largest_free: u64,
    /// Would the one that failed?
    pub serves: bool,
}

/// What a call site and a task have of something.
#[derive(Serialize, Debug, Default)]
pub struct Share {
    /// The index of a call; `None`: unknown.
    pub site: Option<u32>,
    /// The index of a task; `None`: unknown.
    pub task: Option<u32>,
    /// How many blocks.
    pub blocks: u64,
    /// Their bytes, with headers.
    pub bytes: u64,
}

/// A change to pool or program, tried by a replay.
#[derive(Serialize, Debug, Default)]
pub struct Change {
    /// `configuration`, `more-bytes`, `own-pool`, `fixed-objects`, `alignment`, `regions`, `together`.
    pub kind: &'static str,
    /// The name of the configuration that the pool has with the change.
    pub configuration: String,
    /// Its granule in bytes, which may be another one than before.
    pub granule: u32,
    /// Of what has a pool or slots of its own: the index of its call; `None`: unknown, or several.
    pub site: Option<u32>,
    /// Bytes of the pool or the slots of its own; of more bytes those of the pool.
    pub bytes: Option<u64>,
    /// Does the trace complete in the memory that there is; with more bytes, in these?
    pub survives: bool,
    /// The least bytes of memory in all in which it completes; `None`: there are none.
    pub memory: Option<u64>,
    /// The operation that fails in the memory that there is, if one does.
    pub fails_at: Option<u64>,
    /// All that has a pool or slots of its own.
    pub moved: Vec<Moved>,
    /// Of `together`: the kinds that it is made of.
    pub steps: Vec<&'static str>,
}

/// Objects that get a pool or slots of their own.
#[derive(Serialize, Debug, Default)]
pub struct Moved {
    /// Their call site, as an index of a call; `None`: unknown, or they have their sizes in common.
    pub site: Option<u32>,
    /// The smallest and the largest of their sizes, if that is what they have in common.
    pub sizes: Option<(u64, u64)>,
    /// Bytes of memory of their own.
    pub bytes: u64,
}
