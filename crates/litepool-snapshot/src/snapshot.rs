//! What there is at one moment.

use litepool::{Choices, Stats};
use litepool_trace::{Interned, WordSize};

use crate::memory_image::MemoryImage;

/// All blocks of one moment, of a trace or of a dump.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What it was taken from.
    pub origin: Origin,
    /// The word size of the program or device.
    pub word: WordSize,
    /// The pools, or the regions of one. A trace whose program named none has one.
    pub pools: Vec<Pool>,
    /// The blocks, pool after pool in the order of their addresses; of a trace, in the order in
    /// which they were allocated.
    pub blocks: Vec<Block>,
    /// What blocks mention by number: call stacks, names of tasks.
    pub interned: Interned,
    /// The memory that it was found in, with the contents of the blocks. Empty: a trace has none.
    pub memory: MemoryImage,
}

/// What a snapshot was taken from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A moment of a trace.
    Trace {
        /// The trace's file.
        file: String,
        /// How many operations were done.
        operation: u64,
        /// Microseconds since the start of the recording.
        time: u64,
    },
    /// The memory of a device.
    Dump {
        /// The files, as they were named.
        files: Vec<String>,
    },
}

/// A pool, or one region of several that were joined.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// Its name: that of the variable at its address, or what the trace calls it. Empty if unknown.
    pub name: String,
    /// Which of several joined regions it is, from 0.
    pub region: usize,
    /// The address of its first byte, if that is known.
    pub base: Option<u64>,
    /// Bytes in all; 0 if unknown.
    pub size: u64,
    /// What its configuration chose, if it is one of litepool's.
    pub choices: Option<Choices>,
    /// Its figures, likewise.
    pub stats: Option<Stats>,
    /// What a check found.
    pub verdict: Verdict,
}

/// What a check of a pool found.
#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    /// There is nothing to check.
    Unchecked,
    /// Every block is as it should be.
    Sound,
    /// Something is not.
    Corrupt(Vec<Defect>),
}

/// A place of a pool where something is not as it should be.
#[derive(Clone, PartialEq, Debug)]
pub struct Defect {
    /// The address at which it shows.
    pub address: u64,
    /// What is wrong, in words.
    pub what: String,
    /// The index in [`Snapshot::blocks`] of the block at which it shows.
    pub block: Option<usize>,
    /// The index of the block that was most likely written beyond.
    pub suspect: Option<usize>,
}

/// One block, or an object of a slab.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// The index of its pool in [`Snapshot::pools`].
    pub pool: usize,
    /// The address of its payload, if that is known.
    pub address: Option<u64>,
    /// Bytes that its owner may use; of a trace, that were requested; of a free block, the largest
    /// request that it can hold.
    pub size: u64,
    /// Bytes that it takes in its pool, its header included; as `size` if unknown.
    pub extent: u64,
    /// What it is.
    pub state: BlockState,
    /// Is it an object of a slab?
    pub in_slab: bool,
    /// Who allocated it, if that is known.
    pub task: Option<Task>,
    /// The module that it was charged to, if there is one.
    pub module: Option<u8>,
    /// The number of its allocation: a later one has a higher number.
    pub number: Option<u64>,
    /// When it was allocated, if that is known.
    pub birth: Option<Birth>,
    /// The call stack of its allocation, as [`Interned`] numbers them; 0 if unknown.
    pub stack: u32,
}

/// What a block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockState {
    /// Allocated.
    Used,
    /// It can be allocated.
    Free,
    /// It holds objects of a size class, which follow it.
    Slab,
}

/// Who allocated a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Task {
    /// The task or thread of this number. [`Interned::threads`] has its name, if there is one.
    Number(u32),
    /// An interrupt handler.
    Interrupt,
    /// No task: before the scheduler ran.
    None,
}

/// When a block was allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Birth {
    /// The number of the operation, from 1.
    pub operation: u64,
    /// Microseconds since the start of the recording.
    pub time: u64,
}
