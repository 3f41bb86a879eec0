//! A number for each thread.
//!
//! A `thread_local!` of a shared library may be allocated on first use, that is, inside `malloc` by `malloc`. On x86-64 the
//! variable is therefore declared by hand in the *initial-exec* model: the loader sets it up with the thread itself.

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".pushsection .tbss.litepool_record_thread, \"awT\", @nobits",
    ".p2align 2",
    ".hidden litepool_record_thread",
    ".globl litepool_record_thread",
    ".type litepool_record_thread, @object",
    ".size litepool_record_thread, 4",
    "litepool_record_thread:",
    ".zero 4",
    ".popsection",
);

/// The calling thread's number, from 1: no two threads of a process ever have the same.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn current() -> u32 {
    use core::sync::atomic::{AtomicU32, Ordering};

    static NEXT: AtomicU32 = AtomicU32::new(1);

    let own: *mut u32;
    // SAFETY: this is the initial-exec sequence for the address of a thread-local variable; it only reads.
    unsafe {
        core::arch::asm!(
            "mov {own}, qword ptr [rip + litepool_record_thread@GOTTPOFF]",
            "add {own}, qword ptr fs:[0]",
            own = out(reg) own,
            options(pure, readonly, nostack),
        );
    }
    // SAFETY: the variable belongs to this thread, is aligned, and zero at first. A signal handler that comes in between
    // may number the thread first; then the later number stays, which is as good.
    unsafe {
        if own.read() == 0 {
            own.write(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        own.read()
    }
}

/// The calling thread's number: where its `errno` stands, of which no two living threads share the
/// place. It takes no system call, which the program may have forbidden itself.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn current() -> u32 {
    // SAFETY: no arguments, no effect.
    let place = unsafe { libc::__errno_location() };
    // Threads lie at least 16 bytes apart, and within 64 GB.
    (place.addr() >> 4) as u32
}
