//! The vocabulary: what a program does to its heap, and what is known about it.

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

/// What happened at one moment, and its circumstances as far as they are known.
///
/// ```
/// use litepool_trace::{Event, EventKind, Op};
///
/// // Thread 1 allocates from call stack 5, 20 ms after the start.
/// let op = Op::Allocate { id: 0, size: 24, align: 0 };
/// let event = Event { thread: 1, stack: 5, time: 20_000, ..Event::from(op) };
/// assert_eq!(event.op(), Some(op));
/// // What is no operation has no number among them.
/// let gap = Event::from(EventKind::Gap { lost: 17 });
/// assert_eq!(gap.op(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The thread or task that did it. Threads are numbered 0, 1, 2 … in the order in which they
    /// first appear, in an event or with a name.
    pub thread: u32,
    /// The call stack: a number that [`Writer::stack`](crate::Writer::stack) gave, or 0 if unknown.
    pub stack: u32,
    /// The pool or region that an allocate, a resize or a refused request concerns; else 0. Pool 0
    /// is the default; others are numbered 1, 2, 3 … in the order in which they first appear.
    pub pool: u32,
    /// Microseconds since the start of the recording, never decreasing from event to event. 0 if
    /// unknown.
    pub time: u64,
}

/// What can happen. An operation changes the heap; the number of an operation counts only these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EventKind {
    /// Something was done to the heap.
    Op(Op),
    /// The program's own allocator had no room for a request, which changed nothing.
    Refused {
        /// Requested size in bytes, however absurd.
        size: u64,
        /// Requested alignment in bytes, a power of two; 0: the default.
        align: u64,
        /// The live object that was to be resized, if it was not to be a new one.
        resized: Option<u32>,
    },
    /// A free of what was not allocated in this recording: before it began, in a gap, or by other
    /// means.
    ForeignFree,
    /// The event's thread has ended.
    ThreadEnd,
    /// Events were lost here. No figure about the whole program is exact then: what was allocated
    /// there is missing, and what was freed there seems to live on.
    Gap {
        /// How many events; 0 if that is not known.
        lost: u64,
    },
}

impl Event {
    /// What was done to the heap, if anything was.
    #[must_use]
    pub const fn op(&self) -> Option<Op> {
        match self.kind {
            EventKind::Op(op) => Some(op),
            _ => None,
        }
    }
}

impl From<Op> for EventKind {
    fn from(op: Op) -> Self {
        Self::Op(op)
    }
}

impl From<Op> for Event {
    /// The operation alone.
    fn from(op: Op) -> Self {
        EventKind::from(op).into()
    }
}

impl From<EventKind> for Event {
    /// What happened alone: thread 0, pool 0, call stack and time unknown.
    fn from(kind: EventKind) -> Self {
        Self {
            kind,
            thread: 0,
            stack: 0,
            pool: 0,
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
