//! What the host system gives; `include/litepool_port.h` tells what each function has to do.

use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicBool, Ordering};

use critical_section::RawRestoreState;
#[cfg(owners)]
use litepool::Caller;
use litepool::lock::Lock;
#[cfg(any(task_stat, feature = "mem-free-by-taskid"))]
use litepool::track::Task;

#[cfg(all(owners, feature = "mem-leakcheck"))]
use crate::choice;

unsafe extern "C" {
    safe fn litepool_port_lock() -> usize;
    fn litepool_port_unlock(state: usize);
    fn litepool_port_print(text: *const c_char);
    #[cfg(any(owners, feature = "mem-record"))]
    pub safe fn litepool_port_task() -> u32;
    #[cfg(any(all(owners, feature = "mem-leakcheck"), feature = "mem-record"))]
    pub fn litepool_port_callers(sites: *mut u32, count: u32);
    #[cfg(feature = "mem-record")]
    pub safe fn litepool_port_ticks() -> u32;
    #[cfg(feature = "mem-record")]
    pub safe fn litepool_port_ticks_per_second() -> u32;
}

/// What `litepool_port_task` answers in an interrupt handler.
#[cfg(any(owners, feature = "mem-record"))]
pub const INTERRUPT: u32 = 0xFFFF_FFFE;

/// For whom, and from where.
#[cfg(owners)]
#[inline(always)]
pub fn caller() -> Caller {
    let caller = in_task(litepool_port_task());
    #[cfg(feature = "mem-leakcheck")]
    let caller = {
        let mut sites = [0; litepool::track::MAX_SITES];
        // SAFETY: there is room for so many.
        unsafe { litepool_port_callers(sites.as_mut_ptr(), choice::SITES as u32) };
        caller.at(sites)
    };
    caller
}

/// The task of this number, or none.
#[cfg(owners)]
#[inline(always)]
fn in_task(number: u32) -> Caller {
    match number {
        INTERRUPT => Caller::interrupt(),
        0..0xFFFE => Caller::task(number as u16),
        _ => Caller::NONE,
    }
}

/// The same, as an owner.
#[cfg(any(task_stat, feature = "mem-free-by-taskid"))]
pub fn task(number: u32) -> Task {
    in_task(number).owner().task
}

/// Puts text out, as it is.
pub fn print(text: &CStr) {
    // SAFETY: it ends with a zero, and the port only reads it.
    unsafe { litepool_port_print(text.as_ptr()) };
}

/// The section of the list of all pools.
struct Section;

critical_section::set_impl!(Section);

// SAFETY: the port promises that nobody else comes in between, and that the holder may come in again.
unsafe impl critical_section::Impl for Section {
    unsafe fn acquire() -> RawRestoreState {
        litepool_port_lock()
    }

    unsafe fn release(state: RawRestoreState) {
        // SAFETY: the caller's promise: what the latest `acquire` gave.
        unsafe { litepool_port_unlock(state) };
    }
}

/// The lock of one pool: the port's, unless it was switched off for this pool.
pub struct PortLock {
    is_off: AtomicBool,
}

impl PortLock {
    /// Is it not to be taken any more, or is it again?
    pub fn switch(&self, off: bool) {
        self.is_off.store(off, Ordering::Relaxed);
    }
}

// SAFETY: the port's lock keeps everything else out, and gives its state back. A pool whose lock was switched off is used by one thread only,
// as `LOS_MemUnlockEnable` demands.
unsafe impl Lock for PortLock {
    /// Nothing, if the lock was off.
    type State = Option<usize>;
    const NEW: Self = Self {
        is_off: AtomicBool::new(false),
    };

    #[inline]
    fn acquire(&self) -> Option<usize> {
        (!self.is_off.load(Ordering::Relaxed)).then(|| litepool_port_lock())
    }

    #[inline]
    unsafe fn release(&self, state: Option<usize>) {
        if let Some(state) = state {
            // SAFETY: the caller's promise.
            unsafe { litepool_port_unlock(state) };
        }
    }
}
