//! Events: what a heap notifies its configuration of, while it happens.

use core::ptr::NonNull;

/// What happened to a pool. See [`Config::on_event`](crate::Config::on_event).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// The address at which the pool begins.
    pub pool: usize,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum What {
    /// The pool was made, or opened.
    Initialised {
        /// Bytes.
        size: usize,
    },
    /// A [`Pool`](crate::Pool) was deinitialised.
    Deinitialised,
    /// A block was allocated.
    Allocated {
        /// The block.
        pointer: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
        /// The alignment asked for, 1 if none.
        align: usize,
    },
    /// A block was freed.
    Freed {
        /// The block that was.
        pointer: NonNull<u8>,
    },
    /// A block was reallocated.
    Resized {
        /// Where it was.
        from: NonNull<u8>,
        /// Where it is.
        to: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
    },
    /// A block could not be allocated.
    NotAllocated {
        /// Bytes asked for.
        size: usize,
        /// The alignment asked for, 1 if none.
        align: usize,
    },
    /// A block could not be freed.
    NotFreed {
        /// What was said to be a block.
        pointer: NonNull<u8>,
    },
    /// A block could not be reallocated.
    NotResized {
        /// What was said to be a block.
        pointer: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
    },
}
