//! Signals while a program is recorded. A signal that is sent to the command is meant for the
//! program: it is passed on, once, and the command stays to save the recording. What it does to the
//! program the program decides.

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::ptr;
use std::time::Duration;

use anyhow::{Context, Result};
use libc::{c_int, sigset_t};

use super::watch::{Program, Watch, state};
use crate::output::say;

/// The signals that are passed on, but for the real-time ones, which are too.
const PASSED_ON: [c_int; 14] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGWINCH,
    libc::SIGIO,
    libc::SIGPWR,
];

/// Those that end the command when the program has ended already.
const ENDING: [c_int; 4] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];

/// Whether the command was started with a broken pipe ignored: Rust's runtime ignores it in any
/// case.
static PIPE_WAS_IGNORED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Looks before the runtime is there.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = {
    extern "C" fn look() {
        PIPE_WAS_IGNORED.store(
            is_ignored(libc::SIGPIPE),
            std::sync::atomic::Ordering::Relaxed,
        );
    }
    look
};

/// The signals, held back from the command since this value was made.
pub(super) struct Signals {
    held: sigset_t,
    /// Those that were held back before.
    before: sigset_t,
    /// Whether the end of a child was ignored before.
    children_ignored: bool,
}

impl Signals {
    /// Holds the signals back. To be done before there are threads, or anything that must not be
    /// left behind.
    pub(super) fn hold() -> Self {
        let mut all = PASSED_ON.to_vec();
        all.extend(libc::SIGRTMIN()..=libc::SIGRTMAX());
        all.push(libc::SIGCHLD);
        let held = set(&all);
        let children_ignored = is_ignored(libc::SIGCHLD);
        let mut before = set(&[]);
        // SAFETY: both sets are valid. With the default the system keeps an ended child until it is
        // waited for.
        unsafe {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const held, &raw mut before);
        }
        Self {
            held,
            before,
            children_ignored,
        }
    }

    /// Lets the program begin with the signals as the command found them, and the watch know it.
    pub(super) fn prepare(&self, command: &mut Command, program: &'static Program) {
        let (before, children_ignored) = (self.before, self.children_ignored);
        let pipe_ignored = PIPE_WAS_IGNORED.load(std::sync::atomic::Ordering::Relaxed);
        // SAFETY: the functions called are allowed between fork and exec, and no memory is
        // allocated.
        unsafe {
            command.pre_exec(move || {
                program.is_this();
                if children_ignored {
                    libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                }
                if pipe_ignored {
                    libc::signal(libc::SIGPIPE, libc::SIG_IGN);
                }
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
                Ok(())
            });
        }
    }

    /// Waits for the program's end, and passes on what comes until then. Returns the name, too,
    /// that the system had for the process at its end.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn wait(
        &self,
        child: &mut Child,
        watch: &mut Watch,
    ) -> Result<(ExitStatus, Option<String>)> {
        loop {
            match self.next(None) {
                Some(libc::SIGCHLD) => match look_at(child.id()) {
                    Happened::Ended => {
                        let name = std::fs::read_to_string(format!("/proc/{}/comm", child.id()));
                        // Before the number of the process can be another's.
                        watch.program().has_ended();
                        let status = child.wait().context("cannot wait for the program's end")?;
                        self.discard();
                        let name = name.ok().map(|name| name.trim_end_matches('\n').to_owned());
                        return Ok((status, name));
                    }
                    // The shell that waits for us is to know.
                    Happened::StoppedByTerminal => stop(),
                    Happened::Nothing => {}
                },
                Some(signal) => {
                    let has_it = watch.also_got(signal);
                    if signal == libc::SIGCONT {
                        // So that the watch doesn't stop it again.
                        watch.renew();
                    }
                    if !has_it || signal == libc::SIGCONT && state(child.id()) == Some(b'T') {
                        send(child.id(), signal);
                    }
                }
                None => {}
            }
        }
    }

    /// The next signal; `None` if none came in that time.
    pub(super) fn next(&self, time: Option<Duration>) -> Option<c_int> {
        let signal = match time {
            // SAFETY: the set is valid, and nobody asks for more about the signal.
            None => unsafe { libc::sigwaitinfo(&raw const self.held, ptr::null_mut()) },
            Some(time) => {
                let time = libc::timespec {
                    tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
                    tv_nsec: time.subsec_nanos().into(),
                };
                // SAFETY: the same; the time is a local variable.
                unsafe {
                    libc::sigtimedwait(&raw const self.held, ptr::null_mut(), &raw const time)
                }
            }
        };
        (signal > 0).then_some(signal)
    }

    /// Drops what the program ended too early for, and lets the terminal stop the command from now
    /// on.
    fn discard(&self) {
        while self.next(Some(Duration::ZERO)).is_some() {}
        let free = set(&[libc::SIGTSTP, libc::SIGCONT, libc::SIGWINCH]);
        // SAFETY: the set is valid.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const free, ptr::null_mut()) };
    }

    /// A signal that came after the program's end and is to end the command. It stays pending.
    pub(super) fn ending() -> Option<c_int> {
        let mut pending = set(&[]);
        // SAFETY: the set is a valid place for the result.
        unsafe { libc::sigpending(&raw mut pending) };
        ENDING.into_iter().find(|&signal| {
            // SAFETY: the set is valid, the signal exists.
            let is_pending = unsafe { libc::sigismember(&raw const pending, signal) } == 1;
            is_pending && !is_ignored(signal)
        })
    }

    /// Ends the command by the signal that is pending.
    pub(super) fn end_by(&self, signal: c_int) {
        let only = set(&[signal]);
        // SAFETY: the set is valid. The signal's effect is the default one.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const only, ptr::null_mut()) };
    }
}

/// A set of signals.
fn set(signals: &[c_int]) -> sigset_t {
    let mut set = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: the set is emptied first, which makes it valid; the signals exist.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for &signal in signals {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

/// Whether this process ignores a signal.
fn is_ignored(signal: c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is changed; the place takes the result, and all zeroes is a valid one.
    let action = unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
        action.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}

/// What a child has done since the last look.
enum Happened {
    Nothing,
    /// It is still to be waited for.
    Ended,
    StoppedByTerminal,
}

fn look_at(pid: u32) -> Happened {
    let ask = |flags| {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: the place takes the result, and all zeroes is a valid one: nothing happened. So
        // the fields that are read are those of a child.
        unsafe {
            libc::waitid(libc::P_PID, pid, info.as_mut_ptr(), flags | libc::WNOHANG);
            let info = info.assume_init();
            (info.si_pid() != 0).then(|| info.si_status())
        }
    };
    if ask(libc::WEXITED | libc::WNOWAIT).is_some() {
        return Happened::Ended;
    }
    match ask(libc::WSTOPPED) {
        Some(libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) => Happened::StoppedByTerminal,
        _ => Happened::Nothing,
    }
}

/// Stops this process until somebody continues it.
fn stop() {
    // SAFETY: no memory is involved.
    unsafe { libc::kill(libc::getpid(), libc::SIGSTOP) };
}

/// Sends a signal to a process that was not waited for yet, so that the number is still its.
pub(super) fn send(pid: u32, signal: c_int) {
    // SAFETY: no memory is involved.
    if unsafe { libc::kill(pid.cast_signed(), signal) } != 0 {
        let error = io::Error::last_os_error();
        say(format_args!(
            "litepool: cannot pass signal {signal} on: {error}"
        ));
    }
}

/// The code to exit with: the program's own, or 128 + the signal that ended it.
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.map_or(u8::MAX, |code| code as u8)
}
