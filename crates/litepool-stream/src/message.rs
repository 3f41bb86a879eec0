//! What frames say.

use core::fmt;

/// The version of the format that this crate writes, and the highest it reads.
pub const VERSION: u8 = 1;

/// A task, as the device knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Task {
    /// No task, or the device does not tell.
    #[default]
    None,
    /// An interrupt handler.
    Interrupt,
    /// The task of this number.
    Number(u32),
}

impl Task {
    /// As a number on the wire.
    pub(crate) const fn code(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Interrupt => 1,
            Self::Number(number) => number as u64 + 2,
        }
    }

    /// The other way; `None` for what no task has.
    pub(crate) fn of_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Interrupt),
            _ => u32::try_from(code - 2).ok().map(Self::Number),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no task"),
            Self::Interrupt => f.write_str("an interrupt handler"),
            Self::Number(number) => write!(f, "task {number}"),
        }
    }
}

/// What the device is: the first frame after its start, and again now and then.
///
/// ```
/// use litepool_stream::{About, FrameBuffer, Message, Splitter};
///
/// let about = About { word: 4, ticks_per_second: 32_768, title: b"sensor", ..About::default() };
/// let mut buffer = FrameBuffer::new();
/// let mut frame = about.write(&mut buffer);
/// let mut splitter = Splitter::new();
/// let Some(Ok(Message::About(read))) = splitter.next(&mut frame) else { panic!() };
/// assert_eq!(read.title, b"sensor");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct About<'a> {
    /// Bytes of a pointer: 4 or 8.
    pub word: u8,
    /// Tells one start of the device from another; 0 if it does not know.
    pub boot: u64,
    /// Ticks of its clock in a second; 0 if it has none, and then every time is 0.
    pub ticks_per_second: u64,
    /// Return addresses that it takes of each event, at most.
    pub depth: u64,
    /// Bytes of its ring.
    pub ring: u64,
    /// Events so far, the lost ones included: those in later frames come after them.
    pub number: u64,
    /// Pools for whose size and name it had no room, so far.
    pub unlisted_pools: u64,
    /// Tasks for whose name it had no room, so far.
    pub unlisted_tasks: u64,
    /// Its name, by rights UTF-8.
    pub title: &'a [u8],
    /// The build id of its firmware, empty if it does not know.
    pub build_id: &'a [u8],
}

/// A pool or a task, and what it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name<'a> {
    /// A pool.
    Pool {
        /// Where it begins.
        address: u64,
        /// Bytes; 0 if it is not known.
        size: u64,
        /// By rights UTF-8; may be empty.
        name: &'a [u8],
    },
    /// A task.
    Task {
        /// Which.
        task: Task,
        /// By rights UTF-8; may be empty.
        name: &'a [u8],
    },
}

/// What happened. Sizes are bytes as they were asked for, addresses as the device has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A block was allocated.
    Allocated {
        /// The block.
        block: u64,
        /// Bytes asked for.
        size: u64,
        /// The alignment asked for, as a power of two, 63 at most; 0 if none was.
        align_log2: u8,
    },
    /// A block was freed.
    Freed {
        /// The block that was.
        block: u64,
    },
    /// A block was reallocated.
    Resized {
        /// Where it was.
        from: u64,
        /// Where it is.
        to: u64,
        /// Bytes asked for.
        size: u64,
    },
    /// A block could not be allocated.
    NotAllocated {
        /// Bytes asked for.
        size: u64,
        /// The alignment asked for, as with [`Event::Allocated`].
        align_log2: u8,
    },
    /// A block could not be freed.
    NotFreed {
        /// What was said to be a block.
        block: u64,
    },
    /// A block could not be reallocated.
    NotResized {
        /// What was said to be a block.
        block: u64,
        /// Bytes asked for.
        size: u64,
    },
    /// A pool was made, or opened.
    Initialised {
        /// Bytes.
        size: u64,
    },
    /// A pool is one no more.
    Deinitialised,
    /// A task ended, whoever ended it.
    TaskEnded {
        /// Which.
        task: Task,
    },
    /// The device's ring had no room for so many events, which happened here.
    Lost {
        /// How many.
        count: u64,
    },
}

impl Event {
    /// How many events this is: one, or as many as were lost.
    #[must_use]
    pub const fn count(&self) -> u64 {
        match *self {
            Self::Lost { count } => count,
            _ => 1,
        }
    }

    /// Its kind on the wire.
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Allocated { align_log2: 0, .. } => 0,
            Self::Allocated { .. } => 1,
            Self::Freed { .. } => 2,
            Self::Resized { .. } => 3,
            Self::NotAllocated { .. } => 4,
            Self::NotFreed { .. } => 5,
            Self::NotResized { .. } => 6,
            Self::Initialised { .. } => 7,
            Self::Deinitialised => 8,
            Self::TaskEnded { .. } => 9,
            Self::Lost { .. } => 10,
        }
    }
}

/// Why a frame can't be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// It is longer than a frame can be, shorter, or no encoded frame: the middle of one, say.
    NotAFrame,
    /// Its checksum is wrong: bytes changed or were lost on the way.
    Checksum,
    /// A later version of the format, which this reader does not know.
    Version(u8),
    /// A frame of a type that this reader does not know.
    Unknown(u8),
    /// The checksum is right and the contents are not: whatever sent it does not keep to the format.
    Malformed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFrame => f.write_str("not a frame"),
            Self::Checksum => f.write_str("the checksum of a frame is wrong"),
            Self::Version(version) => write!(
                f,
                "the stream is of version {version} of the format, and this reads version {VERSION}"
            ),
            Self::Unknown(kind) => write!(f, "a frame of the unknown type {kind}"),
            Self::Malformed => f.write_str("the contents of a frame do not keep to the format"),
        }
    }
}

impl core::error::Error for Error {}
