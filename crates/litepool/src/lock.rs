//! What keeps the users of a [`Pool`](crate::Pool) apart.
//!
//! | lock | for |
//! |---|---|
//! | [`Spin`] | several processors, or threads of one system that takes the processor from a thread that waits |
//! | `CriticalSection` | anything, interrupt handlers included; on bare metal, or with the feature `critical-section` |
//! | [`Unlocked`] | one thread: a pool with it can't be shared, the compiler sees to that |
//! | your own | an RTOS's mutex or interrupt lock: a [`Lock`] of a few lines |
//!
//! A pool that names no lock has the [`DefaultLock`]: on bare metal (`target_os = "none"`) the
//! critical section, elsewhere [`Spin`].
//!
//! A critical section is the program's: the crate of the processor or of the board has one, for
//! instance `cortex-m` with the feature `critical-section-single-core`, and it has to be linked
//! (`use cortex_m as _;`). Without one, the linker misses `_critical_section_1_0_acquire`.
//!
//! A waiter of a [`Spin`] waits by running. If it has interrupted the holder, or has a higher
//! priority on the only processor, it waits for ever; such a system takes `CriticalSection` or a
//! lock of its own. And so does the child of a `fork` if another thread held the lock: see
//! [`Spin`].
//!
//! # Example
//!
//! ```
//! use litepool::lock::Lock;
//! # fn mask_interrupts() -> u32 { 0 }
//! # fn restore_interrupts(_: u32) {}
//!
//! /// Masks the interrupts of the only processor, and leaves them as they were.
//! struct InterruptMask;
//!
//! // SAFETY: nothing else runs on the only processor while its interrupts are masked.
//! unsafe impl Lock for InterruptMask {
//!     type State = u32;
//!     const NEW: Self = Self;
//!     fn acquire(&self) -> u32 {
//!         mask_interrupts()
//!     }
//!     unsafe fn release(&self, before: u32) {
//!         restore_interrupts(before);
//!     }
//! }
//! ```

use core::marker::PhantomData;
use core::mem::ManuallyDrop;

#[cfg(any(feature = "critical-section", target_os = "none"))]
mod critical;
#[cfg(target_has_atomic = "8")]
mod spin;
#[cfg(test)]
mod tests;

#[cfg(any(feature = "critical-section", target_os = "none"))]
pub use critical::CriticalSection;
#[cfg(target_has_atomic = "8")]
pub use spin::Spin;

/// What a [`Pool`](crate::Pool) locks with that names no lock, and what the [list of all
/// pools](crate::Pool#the-list-of-all-pools) locks with: on bare metal (`target_os = "none"`) and
/// with the feature `critical-section` the critical section, else `Spin`.
#[cfg(any(feature = "critical-section", target_os = "none"))]
pub type DefaultLock = CriticalSection;
/// What a [`Pool`](crate::Pool) locks with that names no lock, and what the [list of all
/// pools](crate::Pool#the-list-of-all-pools) locks with: on bare metal (`target_os = "none"`) and
/// with the feature `critical-section` the critical section, else [`Spin`].
#[cfg(not(any(feature = "critical-section", target_os = "none")))]
pub type DefaultLock = Spin;

#[cfg(not(any(
    target_has_atomic = "8",
    feature = "critical-section",
    target_os = "none"
)))]
compile_error!("this target has no atomic operations: enable the feature `critical-section`");

/// A lock that carries state from [`acquire`](Lock::acquire) to [`release`](Lock::release): an
/// interrupt mask comes back as it was. The [module](self#example) has one as an example.
///
/// # Safety
///
/// Between [`acquire`](Lock::acquire) and the [`release`](Lock::release) that takes its state, no
/// other thread, processor or interrupt handler returns from `acquire` of the same lock; and what
/// was written before a release is seen after the next acquire. The holder itself may get the lock
/// again, or wait for ever, as it likes: a pool is ready for both. Neither unwinds.
///
/// Where [`SHARED`](Lock::SHARED) is false none of this is asked, but the type must not be
/// [`Sync`].
pub unsafe trait Lock: 'static {
    /// What a release has to know.
    type State;

    /// A lock that nobody holds.
    const NEW: Self;

    /// Does it keep threads apart at all?
    ///
    /// A pool whose lock does not belongs to the thread that made it, so the [list of all
    /// pools](crate::pools) can't look inside, and no other pool can stand in its blocks.
    const SHARED: bool = true;

    /// Waits until nobody else has the lock, and takes it.
    fn acquire(&self) -> Self::State;

    /// Releases the lock. Locks are released in the reverse order in which they were acquired.
    ///
    /// # Safety
    ///
    /// `state` is what the latest [`acquire`](Lock::acquire) of this lock that was not released yet
    /// gave.
    unsafe fn release(&self, state: Self::State);
}

/// No lock, for one thread. A pool with it is not [`Sync`], and so can't be a `static`.
///
/// ```compile_fail
/// use litepool::{Pool, config::Pool64, lock::Unlocked};
/// static POOL: Pool<Pool64, Unlocked> = Pool::new();
/// ```
///
/// ```
/// use litepool::{Pool, config::Pool64, lock::Unlocked};
///
/// let pool: &Pool<Pool64, Unlocked> = Box::leak(Box::new(Pool::new()));
/// pool.init_static(Box::leak(Box::new([core::mem::MaybeUninit::uninit(); 4096])))?;
/// let block = pool.allocate(100)?;
/// // SAFETY: the block is ours and nothing refers to it any more.
/// unsafe { pool.free(block)? };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Unlocked {
    not_sync: PhantomData<*const ()>,
}

// SAFETY: it is not shared, and not `Sync`.
unsafe impl Lock for Unlocked {
    type State = ();
    const NEW: Self = Self {
        not_sync: PhantomData,
    };
    const SHARED: bool = false;

    #[inline(always)]
    fn acquire(&self) {}

    #[inline(always)]
    unsafe fn release(&self, (): ()) {}
}

/// A lock that is held, until this is dropped.
pub(crate) struct Held<'l, L: Lock> {
    lock: &'l L,
    state: ManuallyDrop<L::State>,
}

impl<'l, L: Lock> Held<'l, L> {
    /// Takes `lock`.
    #[inline(always)]
    pub fn new(lock: &'l L) -> Self {
        Self {
            state: ManuallyDrop::new(lock.acquire()),
            lock,
        }
    }
}

impl<L: Lock> Drop for Held<'_, L> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: taken here only, and once.
        let state = unsafe { ManuallyDrop::take(&mut self.state) };
        // SAFETY: guards are local, so they are dropped in the reverse order of their making.
        unsafe { self.lock.release(state) };
    }
}
