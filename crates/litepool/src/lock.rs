//! What keeps the users of a [`Pool`](crate::Pool) apart.
//!
//! | lock | for |
//! |---|---|
//! | [`Spin`] | several processors, or threads of one system that takes the processor from a thread that waits |
//! | `CriticalSection` | anything, interrupt handlers included; feature `critical-section` |
//! | [`Unlocked`] | one thread: a pool with it can't be shared, the compiler sees to that |
//! | your own | an RTOS's mutex or interrupt lock: a [`Lock`] of a few lines |
//!
//! A waiter of a [`Spin`] waits by running. If it has interrupted the holder, or has a higher
//! priority on the only processor, it waits for ever; such a system takes `CriticalSection` or a
//! lock of its own. And so does the child of a `fork` if another thread held the lock: see
//! [`Spin`].
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

#[cfg(feature = "critical-section")]
mod critical;
#[cfg(target_has_atomic = "8")]
mod spin;
#[cfg(test)]
mod tests;

#[cfg(feature = "critical-section")]
pub use critical::CriticalSection;
#[cfg(target_has_atomic = "8")]
pub use spin::Spin;

/// The lock of the list of all pools. See [`Pool`](crate::Pool#the-list-of-all-pools).
#[cfg(feature = "critical-section")]
pub(crate) type ListLock = CriticalSection;
#[cfg(not(feature = "critical-section"))]
pub(crate) type ListLock = Spin;

/// A lock that carries state from [`acquire`](Lock::acquire) to [`release`](Lock::release): an
/// interrupt mask comes back as it was.
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
