//! Events: what a heap tells its configuration of, while it happens.

use core::ptr::NonNull;

use crate::arena::Arena;
use crate::config::Config;
use crate::error::{AllocError, FreeError, ResizeError};
use crate::heap::Heap;

/// What happened to a pool. See [`Config::on_event`].
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
    /// A [`Pool`](crate::Pool) forgets its memory.
    Deinitialised,
    /// A block was handed out.
    Allocated {
        /// The block.
        pointer: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
        /// The alignment asked for, 1 if none.
        align: usize,
    },
    /// A block was given back.
    Freed {
        /// The block that was.
        pointer: NonNull<u8>,
    },
    /// A block was given another size.
    Resized {
        /// Where it was.
        from: NonNull<u8>,
        /// Where it is.
        to: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
    },
    /// A request was refused.
    NotAllocated {
        /// Bytes asked for.
        size: usize,
        /// The alignment asked for, 1 if none.
        align: usize,
        /// Why.
        error: AllocError,
    },
    /// A block was not taken back.
    NotFreed {
        /// What was said to be a block.
        pointer: NonNull<u8>,
        /// Why.
        error: FreeError,
    },
    /// A block kept its size.
    NotResized {
        /// What was said to be a block.
        pointer: NonNull<u8>,
        /// Bytes asked for.
        size: usize,
        /// Why.
        error: ResizeError,
    },
}

impl<C: Config> Arena<C> {
    /// Is anything noted of an operation: in a record, or by who listens?
    pub const IS_NOTED: bool = Self::HAS_RECORD || C::LISTENS;
}

impl<C: Config> Heap<'_, C> {
    /// Tells the configuration, if it listens.
    #[inline(always)]
    pub(crate) fn tell(&self, what: impl FnOnce() -> What) {
        if C::LISTENS {
            C::on_event(&Event {
                pool: self.arena().base_address(),
                what: what(),
            });
        }
    }
}
