//! Heap events from a device to a desk, over any byte channel.
//!
//! - `Recorder` (feature `recorder`, on by default): what a device takes heap events down with: a ring
//!   in RAM that is filled without waiting, and read as frames when there is time.
//! - [`decode`] and [`Splitter`]: what comes out of the channel, as messages. They believe nothing:
//!   whatever the bytes are, there is no panic, no allocation, and time in proportion to them.
//! - [`About::write`], [`NamesWriter`], [`EventWriter`]: the other way, into a buffer of the caller's.
//!
//! The format, byte by byte: `docs/stream-format.md` in the repository.
//!
//! ```
//! use litepool_stream::{Event, EventWriter, FrameBuffer, Message, Record, Splitter, Task};
//!
//! // The device.
//! let mut buffer = FrameBuffer::new();
//! let mut writer = EventWriter::new(&mut buffer, 0, 0);
//! let event = Event::Allocated { block: 0x2000_0100, size: 40, align_log2: 0 };
//! assert!(writer.event(0, Task::Number(3), 0x2000_0000, &[0x801, 0x91f], &event));
//! let channel = writer.finish();
//!
//! // The desk.
//! let mut splitter = Splitter::new();
//! let mut rest = &channel[..];
//! let Some(Ok(Message::Events(mut events))) = splitter.next(&mut rest) else { panic!() };
//! let record: Record = events.next().unwrap().unwrap();
//! assert_eq!((record.task, record.event), (Task::Number(3), event));
//! assert!(record.stack.clone().eq([0x801, 0x91f]));
//! ```

#![no_std]

mod cobs;
mod crc;
mod decode;
mod encode;
mod events;
mod message;
#[cfg(feature = "recorder")]
mod recorder;
mod varint;

#[cfg(test)]
mod tests;

/// The examples of the README compile as they stand.
#[cfg(all(doctest, feature = "recorder"))]
#[doc = include_str!("../README.md")]
struct Readme;

pub use decode::{Message, Names, Splitter, decode};
pub use encode::{EventWriter, FrameBuffer, NamesWriter};
pub use events::{Events, Record, Stack};
pub use message::{About, Error, Event, Name, Task, VERSION};
#[cfg(feature = "recorder")]
pub use recorder::{Device, Recorder};

/// The longest frame before it is encoded, in bytes: type, payload and checksum.
pub const MAX_FRAME: usize = 250;

/// The longest frame on the wire, in bytes, the 0 that ends it included.
pub const MAX_ENCODED: usize = MAX_FRAME + 2;

/// The most return addresses of an event: a record of so many fits a frame, however far apart they
/// are.
pub const MAX_DEPTH: usize = 16;

/// Frame types.
pub(crate) mod frame_type {
    pub const ABOUT: u8 = 1;
    pub const NAMES: u8 = 2;
    pub const EVENTS: u8 = 3;
}

/// Bits of a record's tag: what follows it. The low four bits are the kind.
pub(crate) mod follows {
    pub const TASK: u8 = 0x10;
    pub const POOL: u8 = 0x20;
    pub const TIME: u8 = 0x40;
    pub const STACK: u8 = 0x80;
}
