//! The vocabulary: what a program does to its heap, and what is known about each act.

/// The size of a pointer in the recorded program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WordSize {
    /// Four bytes.
    Bits32,
    /// Eight bytes.
    Bits64,
}

impl WordSize {
    /// The word size of the running program.
    pub const HOST: Self = if size_of::<usize>() == 4 {
        Self::Bits32
    } else {
        Self::Bits64
    };

    /// The size of a word in bytes: 4 or 8.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bits32 => 4,
            Self::Bits64 => 8,
        }
    }

    /// The largest object that a program of this word size can ask for, in bytes.
    #[must_use]
    pub const fn max_size(self) -> u64 {
        match self {
            Self::Bits32 => u32::MAX as u64,
            Self::Bits64 => i64::MAX as u64,
        }
    }
}

/// What is done to the heap. The same vocabulary drives model tests, fuzzing and replay.
///
/// Objects are numbered 0, 1, 2 … in the order of their [`Op::Allocate`]; a number is never used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// A new object.
    Allocate {
        /// The number of the object: the next one that is unused.
        id: u32,
        /// Requested size in bytes. Zero is what `malloc(0)` asks for.
        size: u64,
        /// Requested alignment in bytes, a power of two. 0 stands for the allocator's default, as in `malloc`.
        align: u64,
    },
    /// A live object gets another size, as by `realloc`. It keeps its number wherever it moves.
    Resize {
        /// The number of a live object.
        id: u32,
        /// Requested size in bytes, never zero.
        size: u64,
    },
    /// A live object ends.
    Free {
        /// The number of a live object.
        id: u32,
    },
}

impl Op {
    /// The number of the object that the operation concerns.
    #[must_use]
    pub const fn id(self) -> u32 {
        match self {
            Self::Allocate { id, .. } | Self::Resize { id, .. } | Self::Free { id } => id,
        }
    }
}

/// One operation and its circumstances, as far as they are known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Event {
    /// What was done.
    pub op: Op,
    /// The thread or task that did it. Threads are numbered 0, 1, 2 … in the order of their first event.
    pub thread: u32,
    /// The call site: the number that [`Writer::site`](crate::Writer::site) gave, or 0 if unknown.
    pub site: u32,
    /// Microseconds since the start of the recording, never decreasing from event to event. 0 if unknown.
    pub time: u64,
}

impl From<Op> for Event {
    /// The operation alone: thread 0, call site and time unknown.
    fn from(op: Op) -> Self {
        Self {
            op,
            thread: 0,
            site: 0,
            time: 0,
        }
    }
}

/// What a trace says about its origin.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// The word size of the recorded program.
    pub word: WordSize,
    /// The recorded command line, or the file that was imported. For people only. A trace file keeps the first
    /// 65,535 bytes of it.
    pub program: String,
}

/// A place in the program that asks for memory: the return address of the call, as a module and an offset in it,
/// so that it means the same in every run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Site {
    /// The program or shared library, as its path or name. A trace file keeps the first 65,535 bytes of it.
    pub module: String,
    /// Offset of the return address from the module's load address, in bytes.
    pub offset: u64,
}
