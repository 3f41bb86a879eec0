//! What comes of the bytes of a device.

use super::Loss;
use crate::op::Event;

/// What came of the bytes of a device, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Happening {
    /// An event of the trace.
    Event {
        /// The event.
        event: Event,
        /// Of an allocate and a resize: where the object is now.
        address: Option<u64>,
    },
    /// A pool was made, or its size is known now.
    Pool {
        /// Its number in the events.
        pool: u32,
        /// Where it begins.
        address: u64,
        /// Bytes; 0: unknown.
        size: u64,
    },
    /// A pool is one no more. What was in it was freed before this.
    PoolEnded {
        /// Its number in the events.
        pool: u32,
    },
    /// Events are missing. A gap in the events follows, but for those before the recording.
    Lost {
        /// How many.
        events: u64,
        /// Where they were lost.
        loss: Loss,
    },
    /// The device was reset. A gap in the events follows, and what was live is freed.
    Reset {
        /// How many objects were live.
        live: u64,
    },
}
