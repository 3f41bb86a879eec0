//! The adapter for the crate `critical-section`.

use critical_section::RestoreState;

use super::Lock;

/// The critical section of the program, which its board's crate provides: interrupts are masked,
/// and other processors wait.
///
/// Pools with this lock may be used in interrupt handlers. The holder may enter again.
///
/// ```
/// use litepool::{Pool, config::Pool256K, lock::CriticalSection};
///
/// static POOL: Pool<Pool256K, CriticalSection> = Pool::new();
///
/// fn on_receive_interrupt(length: usize) {
///     let Ok(frame) = POOL.allocate(length) else {
///         return; // No room: the frame is lost.
///     };
///     // Here the frame is read from the device, and answered.
///     // SAFETY: the block is ours and nothing refers to it any more.
///     let _ = unsafe { POOL.free(frame) };
/// }
/// # on_receive_interrupt(60);
/// ```
#[derive(Debug)]
pub struct CriticalSection;

// SAFETY: that is what a critical section is, and an implementation promises it.
unsafe impl Lock for CriticalSection {
    type State = RestoreState;
    const NEW: Self = Self;

    #[inline(always)]
    fn acquire(&self) -> RestoreState {
        // SAFETY: released with the same state, innermost first (contract of `release`).
        unsafe { critical_section::acquire() }
    }

    #[inline(always)]
    unsafe fn release(&self, state: RestoreState) {
        // SAFETY: the caller's promise.
        unsafe { critical_section::release(state) };
    }
}
