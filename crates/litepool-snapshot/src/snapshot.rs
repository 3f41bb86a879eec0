//! What there is at one moment.

use std::ops::Range;

use litepool::{Choices, Stats};
use litepool_trace::{Interned, WordSize};

use crate::memory_image::MemoryImage;

/// All blocks of one moment, of a trace or of a dump.
///
/// ```
/// use litepool_snapshot::{Moment, Snapshot};
/// use litepool_trace::{Import, Reader};
///
/// let csv = "op,id,size\nallocate,1,100\nallocate,2,28\nfree,1,\n";
/// let file = Import::from_reader(csv.as_bytes(), None)?.trace.to_writer(Vec::new())?;
/// let peak = Snapshot::of_trace(Reader::new(&file[..])?, Moment::Peak, "demo.lpt")?;
/// let end = Snapshot::of_trace(Reader::new(&file[..])?, Moment::End, "demo.lpt")?;
/// assert_eq!(peak.blocks.iter().map(|block| block.size).sum::<u64>(), 128);
/// assert_eq!(end.blocks.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// The numbers of the tasks that there are at this moment, in ascending order; `None` if that
    /// is not known.
    pub live_tasks: Option<Vec<u32>>,
    /// What looks like a pool of a dump at first, and is not among [`Snapshot::pools`].
    pub passed_over: Vec<PassedOver>,
}

/// A place of a dump where a pool seems to begin that can't be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassedOver {
    /// The address.
    pub address: u64,
    /// Why it is not read.
    pub why: WhyPassedOver,
}

/// Why a pool of a dump is not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WhyPassedOver {
    /// It was made by another version of litepool's layout.
    Version(u8),
    /// It lies in free memory of another pool, or where that one has its blocks now: it was a pool
    /// once.
    Remains {
        /// The address of the pool that has its memory now.
        of: u64,
    },
    /// What follows the first words is no pool: they are there by chance.
    Chance,
    /// So many others overlap with it that it was not looked at.
    TooMany,
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
    /// A table of used blocks that a device printed. It has no free blocks, and nothing tells which
    /// allocation a block is of.
    Printed {
        /// The log.
        file: String,
        /// The line in it of the table's heading, from 1.
        line: u64,
    },
}

/// A pool, or one region of several that were joined.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Pool {
    /// Its name: that of the variable at its address, or what the trace calls it. Empty if unknown.
    pub name: String,
    /// Which of several joined regions it is, from 0. Those of one heap follow each other.
    pub region: usize,
    /// How many regions were joined with the first one, it included, of which a dump need not have
    /// all; 0 or 1: the pool is alone.
    pub regions: usize,
    /// Bytes that were used at most of all joined regions together; 0 but in the first of several.
    pub joined_peak: u64,
    /// The index in [`Snapshot::blocks`] of the block in whose payload the whole pool lies.
    pub within: Option<usize>,
    /// The address of its first byte, if that is known.
    pub base: Option<u64>,
    /// Bytes in all; 0 if unknown.
    pub size: u64,
    /// What its configuration chose, if it is one of litepool's.
    pub choices: Option<Choices>,
    /// Its figures, likewise.
    pub stats: Option<Stats>,
    /// Bytes of an object and of a slab, for each class of its slab.
    pub classes: Vec<(usize, usize)>,
    /// What owners have in all, as the pool counts it.
    pub usage: Vec<OwnerUsage>,
    /// What a check found.
    pub verdict: Verdict,
    /// Addresses in which no block could be told, because a header before them is overwritten.
    pub lost: Vec<Range<u64>>,
    /// Bytes at its end that the dump does not have.
    pub missing: u64,
}

/// What the owners of a row of a pool's totals have, in bytes, headers included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnerUsage {
    /// Whose row it is.
    pub of: UsageOf,
    /// What they have now.
    pub used: u64,
    /// What they had at most.
    pub peak: u64,
}

/// Whose a row of a pool's totals is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UsageOf {
    /// A task's.
    Task(Task),
    /// That of all tasks beyond the table.
    TasksBeyond,
    /// A module's; `None`: that of what belongs to no module.
    Module(Option<u8>),
    /// That of all modules beyond the table.
    ModulesBeyond,
}

/// What a check of a pool found.
#[derive(Clone, PartialEq, Default, Debug)]
pub enum Verdict {
    /// There is nothing to check.
    #[default]
    Unchecked,
    /// Every block is as it should be.
    Sound,
    /// Something is not.
    Corrupt(Vec<Defect>),
}

/// A place of a pool where something is not as it should be.
#[derive(Clone, PartialEq, Debug)]
pub struct Defect {
    /// The address at which it shows: that of the first byte that is wrong or that does not agree
    /// with others.
    pub address: u64,
    /// How many bytes; 0 if it can't be told.
    pub length: u64,
    /// What is wrong, in words.
    pub what: String,
    /// The index in [`Snapshot::blocks`] of the block at which it shows.
    pub block: Option<usize>,
    /// The index of the block that was most likely written beyond.
    pub suspect: Option<usize>,
    /// Whom a record names that is overwritten: one or two bytes leave the task's number.
    pub stated: Option<Task>,
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
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Birth {
    /// The number of the operation, from 1.
    pub operation: u64,
    /// Microseconds since the start of the recording.
    pub time: u64,
}
