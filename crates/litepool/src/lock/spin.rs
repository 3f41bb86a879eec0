//! A lock that waits by running.

use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};

use super::Lock;

/// A lock whose waiter runs until it is its turn: for several processors. See the [module](super) for where it must not be used.
///
/// Not fair: of several waiters any may be next.
#[derive(Debug)]
pub struct Spin {
    held: AtomicBool,
}

// SAFETY: only one can turn the flag from false to true, and its release is acquired by the next one.
unsafe impl Lock for Spin {
    type State = ();
    const NEW: Self = Self {
        held: AtomicBool::new(false),
    };

    #[inline(always)]
    fn acquire(&self) {
        while self
            .held
            .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.wait();
        }
    }

    #[inline(always)]
    unsafe fn release(&self, (): ()) {
        self.held.store(false, Ordering::Release);
    }
}

impl Spin {
    /// Reads until the flag is false: unlike attempts to take it, that leaves the holder's cache line alone.
    #[cold]
    fn wait(&self) {
        while self.held.load(Ordering::Relaxed) {
            hint::spin_loop();
        }
    }
}
