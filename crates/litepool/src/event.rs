//! Events: what a heap notifies its configuration of, while it happens.

use core::ptr::NonNull;

/// What happened to a pool. See [`Config::on_event`](crate::Config::on_event).
///
/// ```
/// use core::mem::MaybeUninit;
/// use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use litepool::event::{Event, What};
/// use litepool::{Config, Heap, fit::Tlsf};
///
/// static REFUSED_FREES: AtomicUsize = AtomicUsize::new(0);
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const MAX_SIZE: usize = 64 << 10;
///     fn on_event(event: &Event) {
///         if let What::NotFreed { .. } = event.what {
///             REFUSED_FREES.fetch_add(1, Relaxed);
///         }
///     }
/// }
///
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut heap = Heap::<Device>::new(&mut memory)?;
/// let block = heap.allocate(100)?;
/// // SAFETY: the block is ours and nothing refers to it; the second free is refused.
/// assert!(unsafe { heap.try_free(block) && !heap.try_free(block) });
/// assert_eq!(REFUSED_FREES.load(Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
