//! Whether the program has entered a sandbox (seccomp), in which any system call may be its end.
//!
//! Nobody can ask the kernel for that: in strict mode the question itself is deadly. So the two
//! functions of the C library by which programs enter are taken here, and go on to the kernel. From
//! then on recording makes no system call: it goes on in what was mapped beforehand, and stops when
//! that is full.

use core::ffi::{c_int, c_long, c_ulong};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use syscalls::raw;

use crate::{log, proc, start, system};

static ENTERED: AtomicBool = AtomicBool::new(false);

/// The time at which the clock stands still, because it can't be read any more. 0: it goes on.
static CLOCK: AtomicU64 = AtomicU64::new(0);

/// Whether system calls are forbidden, as far as known.
#[inline]
pub(crate) fn entered() -> bool {
    ENTERED.load(Ordering::Relaxed)
}

/// The monotonic clock in nanoseconds, as long as it can be read.
#[inline]
pub(crate) fn now() -> u64 {
    match CLOCK.load(Ordering::Relaxed) {
        0 => system::now(),
        stopped => stopped,
    }
}

/// What a system call does to its process that matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    None,
    /// A sandbox in which even the clock can't be read: the processor may refuse, too.
    Strict,
    Filter,
    /// The processor refuses to tell the time, or tells it again.
    NoClock,
    Clock,
}

/// The effect of a system call with these first arguments.
fn effect(number: c_long, a: c_ulong, b: c_ulong) -> Effect {
    const STRICT: c_ulong = libc::SECCOMP_SET_MODE_STRICT as c_ulong;
    const FILTER: c_ulong = libc::SECCOMP_SET_MODE_FILTER as c_ulong;
    const SECCOMP: c_ulong = libc::PR_SET_SECCOMP as c_ulong;
    const CLOCK: c_ulong = libc::PR_SET_TSC as c_ulong;
    match (number, a) {
        (libc::SYS_seccomp, STRICT) => Effect::Strict,
        (libc::SYS_seccomp, FILTER) => Effect::Filter,
        (libc::SYS_prctl, SECCOMP) if b == c_ulong::from(libc::SECCOMP_MODE_STRICT) => {
            Effect::Strict
        }
        (libc::SYS_prctl, SECCOMP) => Effect::Filter,
        (libc::SYS_prctl, CLOCK) if b == libc::PR_TSC_SIGSEGV as c_ulong => Effect::NoClock,
        (libc::SYS_prctl, CLOCK) => Effect::Clock,
        _ => Effect::None,
    }
}

/// Makes a system call by which the process may enter a sandbox. The result is the kernel's.
fn make(number: c_long, arguments: [c_ulong; 5]) -> c_long {
    let [a, b, c, d, e] = arguments;
    let clock = CLOCK.load(Ordering::Relaxed);
    // A process made by `vfork` has its parent's memory, but limits of its own.
    let effect = match effect(number, a, b) {
        effect if entered() || effect == Effect::None || start::is_vforked() => Effect::None,
        effect => effect,
    };
    let enters = matches!(effect, Effect::Strict | Effect::Filter);
    let stops_clock = match effect {
        Effect::Strict | Effect::NoClock => true,
        Effect::Filter => !proc::clock_needs_no_call(),
        Effect::Clock | Effect::None => false,
    };
    if enters {
        log::map_ahead();
    }
    if stops_clock {
        CLOCK.store(now(), Ordering::Relaxed);
    }
    if enters {
        ENTERED.store(true, Ordering::Relaxed);
    }
    // SAFETY: the program's call, with the program's arguments.
    let result = unsafe {
        raw::syscall5(
            number as usize,
            a as usize,
            b as usize,
            c as usize,
            d as usize,
            e as usize,
        )
    } as c_long;
    // What was refused has changed nothing.
    if result < 0 && enters {
        ENTERED.store(false, Ordering::Relaxed);
    }
    if result < 0 && stops_clock {
        CLOCK.store(clock, Ordering::Relaxed);
    }
    if result >= 0 && effect == Effect::Clock {
        CLOCK.store(0, Ordering::Relaxed);
    }
    result
}

/// The C library's way to tell a result of the kernel's.
extern "C" fn tell(result: c_long) -> c_long {
    if (-4_095..0).contains(&result) {
        system::set_errno(-result as c_int);
        return -1;
    }
    result
}

/// The C library's `prctl`.
///
/// # Safety
/// As the C library's function.
#[unsafe(no_mangle)]
unsafe extern "C" fn prctl(option: c_int, a: c_ulong, b: c_ulong, c: c_ulong, d: c_ulong) -> c_int {
    tell(make(libc::SYS_prctl, [option as c_ulong, a, b, c, d])) as c_int
}

/// What [`syscall`] does for the two calls that are of interest here.
#[cfg(target_arch = "x86_64")]
extern "C" fn watched(
    number: c_long,
    a: c_ulong,
    b: c_ulong,
    c: c_ulong,
    d: c_ulong,
    e: c_ulong,
) -> c_long {
    tell(make(number, [a, b, c, d, e]))
}

/// The C library's `syscall`. As there, all but the two calls of interest are made without touching
/// the stack: by some the program gets another one.
///
/// # Safety
/// As the C library's function.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(number: c_long) -> c_long {
    core::arch::naked_asm!(
        "cmp rdi, {seccomp}",
        "je 2f",
        "cmp rdi, {prctl}",
        "je 2f",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "mov rdx, rcx",
        "mov r10, r8",
        "mov r8, r9",
        "mov r9, qword ptr [rsp + 8]",
        "syscall",
        "cmp rax, -4095",
        "jae 3f",
        "ret",
        "2:",
        "jmp {watched}",
        "3:",
        "mov rdi, rax",
        "jmp {tell}",
        seccomp = const libc::SYS_seccomp,
        prctl = const libc::SYS_prctl,
        watched = sym watched,
        tell = sym tell,
    )
}

/// The C library's `syscall`.
///
/// # Safety
/// As the C library's function.
#[cfg(not(target_arch = "x86_64"))]
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(
    number: c_long,
    a: c_ulong,
    b: c_ulong,
    c: c_ulong,
    d: c_ulong,
    e: c_ulong,
    f: c_ulong,
) -> c_long {
    if number == libc::SYS_seccomp || number == libc::SYS_prctl {
        return tell(make(number, [a, b, c, d, e]));
    }
    // SAFETY: the program's call, with the program's arguments.
    tell(unsafe {
        raw::syscall6(
            number as usize,
            a as usize,
            b as usize,
            c as usize,
            d as usize,
            e as usize,
            f as usize,
        )
    } as c_long)
}
