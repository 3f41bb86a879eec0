//! The adapter for the crate `critical-section`.

use critical_section::RestoreState;

use super::Lock;

/// The critical section of the program, which its board's crate provides: interrupts are masked,
/// and other processors wait.
///
/// Pools with this lock may be used in interrupt handlers. The holder may enter again.
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
