//! The layout of a raw log, shared by the recorder (which includes this file) and the converter.
//!
//! A raw log is a header page and then slots of one size. A slot is five 64-bit words, in the byte
//! order of the recording machine. Its last word is written last, so that a slot with a zero last
//! word was claimed by a thread that died before it could fill it, or was never claimed.
//!
//! ```text
//! byte      0  header: HEADER_WORDS words, the magic written last
//!      65,536  slot 0: word 0 | word 1 | word 2 | word 3 | tail
//!      65,576  slot 1
//!           …  the file grows by whole segments of 16,384 slots; what is unused stays zero
//! ```
//!
//! Nothing here allocates, formats or panics: it runs inside `malloc`.

/// The first eight bytes of a raw log.
pub const MAGIC: [u8; 8] = *b"LPRECLOG";

/// The version of the layout.
pub const VERSION: u64 = 2;

/// Byte offset of slot 0. A multiple of every page size in use, so that segments can be mapped.
pub const SLOTS_AT: u64 = 65_536;

/// Bytes of a slot.
pub const SLOT_BYTES: u64 = 40;

/// Words of a slot.
pub const SLOT_WORDS: usize = 5;

/// Slots of a segment, the unit by which the file grows.
pub const SEGMENT_SLOTS: u64 = 16_384;

/// Bytes of a segment: 160 pages of 4 KiB, 10 pages of 64 KiB.
pub const SEGMENT_BYTES: u64 = SEGMENT_SLOTS * SLOT_BYTES;

/// The words of the header.
pub mod header {
    /// [`super::MAGIC`] as a word in native byte order. Written after all that doesn't change any
    /// more.
    pub const MAGIC: usize = 0;
    /// [`super::VERSION`].
    pub const VERSION: usize = 1;
    /// Bytes of a pointer in the recorded program: 4 or 8.
    pub const WORD: usize = 2;
    /// The recorded process.
    pub const PID: usize = 3;
    /// Of a forked process that inherited a recorded heap: the process that it was forked from.
    /// Else 0.
    pub const PARENT: usize = 4;
    /// How many slots of the parent's log had been claimed when this process was forked.
    pub const FORKED_AT: usize = 5;
    /// Start of this log on the system's monotonic clock, in nanoseconds. The same clock as in the
    /// slots.
    pub const STARTED: usize = 6;
    /// Operations that were not recorded, because the log could not grow.
    pub const LOST: usize = 7;
    /// What stopped the log's growth: the system's error number, or [`super::SANDBOX`]; else 0.
    pub const STOPPED: usize = 8;
    /// The name that the system gave the program when it was started: at most 15 bytes, then
    /// zeroes. Two words.
    pub const NAME: usize = 9;
    /// How many words there are.
    pub const WORDS: usize = 11;
}

/// Stands where an error number does: the process has forbidden itself the system calls that
/// recording needs.
pub const SANDBOX: u32 = 0xFFFF;

/// What processes tell that have no log. The file stands beside the log that was asked for, with
/// this added to its name, and is made by whoever wants to know; processes map it and add to it,
/// which takes neither disk space nor a file-size limit.
pub mod notices {
    /// What is added to the name of the log.
    pub const SUFFIX: &str = ".notices";
    /// Bytes of the file, which is all words.
    pub const BYTES: u64 = 16_384;
    /// How many seccomp filters the maker of the file had: a process that has more is in a sandbox.
    pub const FILTERS: usize = 0;
    /// How many processes could not leave a notice: no space is left, or they are in a sandbox.
    pub const UNNAMED: usize = 1;
    /// The first notice; the others follow, up to the first zero. A notice is the number of the
    /// process, and in the upper half the reason: an error number, [`super::SANDBOX`], or 0 if the
    /// process was not to be recorded.
    pub const FIRST: usize = 2;
    /// How many words there are.
    pub const WORDS: usize = (BYTES / 8) as usize;
}

/// Most return addresses of a call stack.
pub const MAX_DEPTH: usize = 64;

/// How many of them are recorded where nobody says: as many as tell most programs' stacks apart.
pub const DEFAULT_DEPTH: usize = 16;

/// What a slot holds. The meaning of the first four words follows each name.
///
/// A stack is a number for a sequence of return addresses, chosen by the recorder; 0 is no stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// An object was allocated: its address, size, stack, time. Written after the allocator
    /// returned.
    Allocate = 1,
    /// An object is being freed: its address, 0, stack, time. Written before the allocator is
    /// called.
    Free = 2,
    /// An object is being resized: its address, new size, stack, 0. Written before the allocator
    /// is called.
    ResizeBegin = 3,
    /// The same thread's resizing is over: new address or 0 if it was refused, new size, old
    /// address, time.
    ResizeEnd = 4,
    /// Executable code is mapped here: its first address, bytes, the address that is offset 0 of
    /// the module, time. The module's path follows in the same thread's text slots.
    Module = 5,
    /// The program's command line follows, arguments separated by zero bytes.
    Command = 6,
    /// The path of the parent's log follows.
    Parent = 7,
    /// Up to 32 bytes of text; the slot's `detail` says how many. Less than 32: the text ends here.
    Text = 8,
    /// The build id of the same thread's next module follows, as bytes.
    BuildId = 9,
    /// A piece of a stack: the stack, then three return addresses. The innermost come first; what
    /// is behind the last one is 0. The slot's `detail` is the number of the piece, from 0, and
    /// [`LAST_PIECE`] is added to it if no other follows. All pieces of a stack stand before the
    /// first operation that has it, and may stand there more than once.
    Stack = 10,
    /// The thread's name, in two words: at most 15 bytes, then zeroes. 0, 0.
    ThreadName = 11,
    /// The thread ends: 0, 0, 0, time. A few operations of its may follow, as the C library
    /// frees what was the thread's.
    ThreadEnd = 12,
    /// A request was refused that was not for a resizing: 0, size, stack, time. `detail` as in an
    /// allocation.
    Refused = 13,
}

impl Kind {
    /// The kind with this number.
    pub const fn from_u8(kind: u8) -> Option<Self> {
        Some(match kind {
            1 => Self::Allocate,
            2 => Self::Free,
            3 => Self::ResizeBegin,
            4 => Self::ResizeEnd,
            5 => Self::Module,
            6 => Self::Command,
            7 => Self::Parent,
            8 => Self::Text,
            9 => Self::BuildId,
            10 => Self::Stack,
            11 => Self::ThreadName,
            12 => Self::ThreadEnd,
            13 => Self::Refused,
            _ => return None,
        })
    }
}

/// The `detail` of an allocation without an alignment of its own.
pub const NO_ALIGNMENT: u8 = 0xFF;

/// Added to the `detail` of the last piece of a stack.
pub const LAST_PIECE: u8 = 0x80;

/// One slot, decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot {
    /// What the slot holds.
    pub kind: Kind,
    /// Of an allocation: the base-2 logarithm of the alignment, or [`NO_ALIGNMENT`]. Of text: how
    /// many bytes. Of a stack: which piece.
    pub detail: u8,
    /// The thread that wrote it: a number that no two threads of the process ever share.
    pub thread: u32,
    /// See [`Kind`].
    pub words: [u64; 4],
}

impl Slot {
    /// The slot's last word. Never zero. Its highest two bytes are: the recorder extends files by
    /// writing a zero over the last byte of a segment, which may be in use already.
    pub const fn tail(self) -> u64 {
        // `as` because `From` is not const; nothing is lost.
        (self.kind as u64) | (self.detail as u64) << 8 | (self.thread as u64) << 16
    }

    /// Decodes five words. `None` if the tail is zero (nothing was written) or names no known kind.
    pub const fn from_words(words: [u64; SLOT_WORDS]) -> Option<Self> {
        let [a, b, c, d, tail] = words;
        let Some(kind) = Kind::from_u8(tail as u8) else {
            return None;
        };
        Some(Self {
            kind,
            detail: (tail >> 8) as u8,
            thread: (tail >> 16) as u32,
            words: [a, b, c, d],
        })
    }
}
