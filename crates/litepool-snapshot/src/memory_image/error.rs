//! Why a memory image can't be read.

use std::borrow::Cow;
use std::{fmt, io};

/// Why a memory image can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The operating system refused to open or to read a file, or its compression is damaged.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file's contents are not what they should be.
    #[error("{file}: {fault}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A file holds bytes without addresses, and nothing says where they stood.
    #[error(
        "{file}: the bytes have no address: name it, as in {file}@0x20000000, or in the file's \
         name, as in dump@0x20000000.bin (this is no ELF core, no core dump of Zephyr or ESP-IDF \
         nor a serial log with one, no Intel HEX and no SREC)"
    )]
    NoAddress {
        /// The file.
        file: String,
    },
    /// A file has no bytes.
    #[error("{file} is empty: was the memory written?")]
    Empty {
        /// The file.
        file: String,
    },
    /// A file is a trace of litepool's, and no memory.
    #[error(
        "{file}: this is a trace, which holds no memory; ask it with `litepool info`, `leaks` or \
         `blocks`"
    )]
    Trace {
        /// The file.
        file: String,
    },
    /// A file was named with an address, but it has addresses of its own.
    #[error(
        "{file}: this is {format}, which has addresses of its own: leave out @{address:#x} behind \
         the name"
    )]
    HasAddresses {
        /// The file.
        file: String,
        /// What it is.
        format: &'static str,
        /// The address that was named.
        address: u64,
    },
    /// The addresses in a file's name don't match its length.
    #[error(
        "{file}: the name says that this is the memory from {start:#x} to {end:#x}, {} bytes, but \
         the file has {length}: it is cut off, or name its address, as in {file}@{start:#x}",
        end.wrapping_sub(*start)
    )]
    NameMismatch {
        /// The file.
        file: String,
        /// The first address in its name.
        start: u64,
        /// The second one.
        end: u64,
        /// The bytes that it has.
        length: u64,
    },
    /// What stands behind the last @ of a file's name is no address.
    #[error(
        "{argument}: {text:?} is no address; write it like 0x20000000 (or like 536870912, in \
         decimal)"
    )]
    Address {
        /// The file and its address, as they were given.
        argument: String,
        /// What should be the address.
        text: String,
    },
    /// Two files, or two parts of one, say different things about the same memory.
    #[error(
        "{first} and {second} overlap and have different bytes at {address:#x}: give only one of \
         them, or correct an address"
    )]
    Overlap {
        /// The first: its file and its addresses.
        first: String,
        /// The second.
        second: String,
        /// The lowest address at which they differ.
        address: u64,
    },
    /// Memory reaches beyond the last address.
    #[error("{what} reaches beyond the last address: correct its address")]
    Beyond {
        /// The memory: its file, its address and its length.
        what: String,
    },
}

/// What is wrong with the contents of a file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}{what}")]
pub struct Fault {
    /// Where it shows.
    pub place: Place,
    /// What it is, and what can be done about it.
    pub what: Cow<'static, str>,
}

/// Where something shows in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Nowhere in particular.
    Whole,
    /// At this byte, from 0.
    Byte(u64),
    /// At this byte, from 0, of the core dump that stands in the file as text.
    DecodedByte(u64),
    /// In this line, from 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Byte(byte) => write!(f, "byte {byte}: "),
            Self::DecodedByte(byte) => write!(f, "byte {byte} of the decoded core dump: "),
            Self::Line(line) => write!(f, "line {line}: "),
        }
    }
}

impl Fault {
    /// Something about the file as a whole.
    pub(super) fn whole(what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place: Place::Whole,
            what: what.into(),
        }
    }

    /// Something at a byte of a file.
    pub(super) fn byte(offset: impl TryInto<u64>, what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place: Place::Byte(offset.try_into().unwrap_or(u64::MAX)),
            what: what.into(),
        }
    }

    /// Something in a line of a file.
    pub(super) fn line(line: u64, what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place: Place::Line(line),
            what: what.into(),
        }
    }

    /// The same, of bytes that begin at this byte of the file.
    pub(super) fn further(mut self, offset: u64) -> Self {
        if let Place::Byte(byte) = &mut self.place {
            *byte = byte.saturating_add(offset);
        }
        self
    }

    /// The same, of bytes that were decoded from the file's text.
    pub(super) fn decoded(mut self) -> Self {
        if let Place::Byte(byte) = self.place {
            self.place = Place::DecodedByte(byte);
        }
        self
    }
}
