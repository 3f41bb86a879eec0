//! A lock that waits by running.

use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};

use super::Lock;

/// A lock whose waiter runs until it is its turn: for several processors. See the [module](super)
/// for where it must not be used.
///
/// Not fair: of several waiters any may be next.
///
/// # `fork`
///
/// The child of a `fork` has one thread. If another one of the parent held the lock, in the child
/// nobody ever gives it back, and whoever takes it there waits for ever. A process that forks while
/// other threads use a pool, and uses the pool in the child, holds the lock itself across the
/// `fork`:
///
/// ```
/// use litepool::lock::Lock;
/// use litepool::{Pool, config::Pool64, lock::Spin};
/// # fn fork() -> i32 { 0 }
///
/// static POOL: Pool<Pool64, Spin> = Pool::new();
///
/// POOL.raw_lock().acquire();
/// let process = fork();
/// // SAFETY: acquired above, by this thread, which both processes have.
/// unsafe { POOL.raw_lock().release(()) };
/// ```
///
/// `pthread_atfork` does that wherever somebody forks. So it is with every lock that knows of
/// threads only, `critical-section/std` included. The [list of all
/// pools](crate::Pool#the-list-of-all-pools) has a lock of its own, for `init`, `deinit` and
/// `pools`: these are for the parent, or for a time when it has no other threads. Between `fork`
/// and `exec` a child needs no pool, unless the pool is its global allocator.
#[derive(Debug)]
pub struct Spin {
    held: AtomicBool,
}

// SAFETY: only one can turn the flag from false to true, and its release is acquired by the next
// one.
unsafe impl Lock for Spin {
    type State = ();
    const NEW: Self = Self {
        held: AtomicBool::new(false),
    };

    #[inline]
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
    /// Reads until the flag is false: unlike attempts to take it, that leaves the holder's cache
    /// line alone.
    #[cold]
    fn wait(&self) {
        while self.held.load(Ordering::Relaxed) {
            hint::spin_loop();
        }
    }
}
