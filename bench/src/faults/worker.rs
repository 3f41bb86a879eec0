//! The process that is allowed to die: it flips bits and tells its parent what happens, line by line.

use std::io::{self, Write};
use std::panic;
use std::process;

use anyhow::{Context, Result};

use super::contender::CONTENDERS;
use super::exercise::{Event, Harm};
use super::parent::PANICKED;

/// Processor time that a case may take, in microseconds: over a thousand times what one needs.
const TIME_LIMIT: libc::suseconds_t = 100_000;

/// Works through every `stride`th flip of a configuration, from number `first` on, and tells on standard output.
///
/// # Errors
/// There is no such configuration, it can't be set up, or nobody listens.
pub fn run(configuration: usize, first: usize, stride: usize) -> Result<()> {
    let contender = CONTENDERS.get(configuration).context("no configuration")?;
    let flips = contender.flips()?;
    leave_no_core();
    panic::set_hook(Box::new(|_| {
        tell(Event::Harmed(Harm::Panic));
        process::exit(PANICKED);
    }));
    contender.run(
        &mut |count| {
            let flip = flips.get(first + count * stride)?;
            limit_time();
            Some(*flip)
        },
        &mut tell,
    )
}

/// Without its parent a worker has nothing to do.
fn tell(event: Event) {
    let written = serde_json::to_string(&event)
        .map_err(io::Error::from)
        .and_then(|line| writeln!(io::stdout(), "{line}"));
    if written.is_err() {
        process::exit(2);
    }
}

/// When the time is over, the process gets a SIGVTALRM, and ends. Only its own work counts, however busy the machine is.
fn limit_time() {
    let never = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let timer = libc::itimerval {
        it_interval: never,
        it_value: libc::timeval {
            tv_sec: 0,
            tv_usec: TIME_LIMIT,
        },
    };
    // SAFETY: a valid timer; the old one is not asked for.
    unsafe { libc::setitimer(libc::ITIMER_VIRTUAL, &raw const timer, std::ptr::null_mut()) };
}

/// Crashes are what this is about: the system need not keep them.
fn leave_no_core() {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
}

#[cfg(test)]
mod tests;
