//! `talc` behind its own lock, which asks for a mutex: here a critical section.

use core::cell::Cell;
use core::ptr::NonNull;

use critical_section::RestoreState;
use lock_api::{GuardNoSend, RawMutex};
use talc::TalcLock;
use talc::source::Manual;

/// A critical section as a mutex.
pub struct Section(Cell<RestoreState>);

// SAFETY: the state is written and read in the section only.
unsafe impl Sync for Section {}

// SAFETY: nobody else is in a critical section.
unsafe impl RawMutex for Section {
    const INIT: Self = Self(Cell::new(RestoreState::invalid()));
    type GuardMarker = GuardNoSend;

    fn lock(&self) {
        // SAFETY: `unlock` ends the section with the state that is kept here.
        self.0.set(unsafe { critical_section::acquire() });
    }

    fn try_lock(&self) -> bool {
        self.lock();
        true
    }

    unsafe fn unlock(&self) {
        // SAFETY: what `lock` got, as talc's operations do not nest.
        unsafe { critical_section::release(self.0.get()) };
    }
}

#[global_allocator]
pub static HEAP: TalcLock<Section, Manual> = TalcLock::new(Manual);

/// Gives it its memory.
///
/// # Safety
///
/// The memory is nobody else's from now on.
pub unsafe fn init(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { HEAP.lock().claim(base.as_ptr(), size) }.is_some()
}
