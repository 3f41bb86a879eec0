//! Counts instructions exactly, by letting the processor stop after each one.
//!
//! While the trap flag is set, an x86 processor raises a trap after every instruction; the handler counts. It needs no
//! hardware counter, no debugger and no permission, and gives the same number each time, on a busy machine too. It is
//! slow: ten microseconds for an instruction on a virtual machine.

use std::cell::Cell;
use std::io;

thread_local! {
    /// Of this thread: a trap is handled by the thread that raised it. A constant, so that the handler initialises nothing.
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

extern "C" fn on_trap(_signal: libc::c_int) {
    STEPS.set(STEPS.get() + 1);
}

/// Makes [`count`] usable.
///
/// # Errors
/// The processor is not an x86, or the system refuses the signal handler.
pub fn install() -> io::Result<()> {
    if !cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "instructions are counted on x86 processors only",
        ));
    }
    // SAFETY: the handler does nothing but add to a number of its thread.
    let installed = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_trap as extern "C" fn(libc::c_int) as libc::sighandler_t;
        libc::sigaction(libc::SIGTRAP, &raw const action, std::ptr::null_mut())
    };
    if installed == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Runs `work` and returns how many instructions it executed, including a constant few of this function's own.
#[inline]
pub fn count<R>(work: impl FnOnce() -> R) -> (R, u64) {
    STEPS.set(0);
    set_trap_flag();
    let result = work();
    clear_trap_flag();
    (result, STEPS.get())
}

#[inline(always)]
fn set_trap_flag() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: changes one flag, for which a handler is installed.
    unsafe {
        std::arch::asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq");
    }
    #[cfg(target_arch = "x86")]
    // SAFETY: changes one flag, for which a handler is installed.
    unsafe {
        std::arch::asm!("pushfd", "or dword ptr [esp], 0x100", "popfd");
    }
}

#[inline(always)]
fn clear_trap_flag() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: changes one flag back.
    unsafe {
        std::arch::asm!("pushfq", "and qword ptr [rsp], -0x101", "popfq");
    }
    #[cfg(target_arch = "x86")]
    // SAFETY: changes one flag back.
    unsafe {
        std::arch::asm!("pushfd", "and dword ptr [esp], -0x101", "popfd");
    }
}
