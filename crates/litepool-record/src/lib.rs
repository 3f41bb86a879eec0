//! Records every heap operation of a program, with its callers, into a raw log: see the README for
//! how it is used.
//!
//! Loaded with `LD_PRELOAD`, this library stands between the program and glibc's allocator. The
//! rules of the house, since every line here may run inside somebody's `malloc`:
//!
//! - nothing allocates, takes a lock, panics or unwinds, and nothing needs the library to be
//!   initialised first;
//! - glibc's own entry points (`__libc_malloc` …) are called directly, so there is nothing to look
//!   up;
//! - the system is asked by system calls of our own (`system`), which leave `errno` alone, are no
//!   cancellation points, and can't be another library's functions; and none is made where it could
//!   be the program's end (`sandbox`) or would raise a signal.
//!
//! `entry` holds the exported functions and finds where they were called from, `hooks` says what
//! each one records, `log` writes slots into the shared mapping, `start` opens a log for every
//! process and program, `stacks` tells each call stack once, `unwind` finds the callers, `stack`
//! reads the memory that they are in, `closing` knows when libraries are unloaded, `modules` and
//! `build_id` say what code belongs to, `thread` numbers the threads and knows their names and
//! ends, `notices` tells of processes that have no log.
//!
//! Built with `panic = "abort"`, as it is meant to be used, the library is free of `std` and needs
//! nothing but libc.

#![cfg(all(feature = "preload", target_os = "linux", target_env = "gnu"))]
// With unwinding panics a library can't do without `std`; so it builds, but isn't as small.
#![cfg_attr(panic = "abort", no_std)]

mod build_id;
mod closing;
mod entry;
mod environment;
mod hooks;
// The converter's crate owns the layout. Taken as a file, by a symbolic link that a package has the file
// for, the library needs nothing of that crate.
#[expect(
    unreachable_pub,
    dead_code,
    reason = "it is the public interface of another crate, which also decodes"
)]
mod layout;
mod log;
mod maps;
mod modules;
mod notices;
mod proc;
mod sandbox;
mod stack;
mod stacks;
mod start;
mod system;
mod text;
mod thread;
mod unwind;

/// Not reachable in release builds. In others, arithmetic is checked.
#[cfg(panic = "abort")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}
