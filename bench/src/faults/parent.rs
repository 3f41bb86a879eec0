//! Restarting workers behind the cases that kill them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use super::exercise::{Event, Harm, Operation};

/// The code that a worker ends with when it has told of a panic.
pub const PANICKED: i32 = 101;

/// What became of one case.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Case {
    /// The harm, and during which operation.
    pub harm: Option<(Harm, Operation)>,
    /// An operation that looks at a block reported the damage, the first one that did.
    pub found_by: Option<Operation>,
    /// The whole check, right after the flip, reported it.
    pub found_by_check: bool,
}

/// Runs cases `first`, `first + stride` … of so many. `worker` makes the command that runs them from a number on; `done` gets
/// each one's number and what became of it.
///
/// # Errors
/// A worker can't be started, says something that is no event, or ends without having begun a case.
pub fn supervise(
    cases: usize,
    stride: usize,
    worker: &dyn Fn(usize) -> Command,
    done: &mut dyn FnMut(usize, Case),
) -> Result<()> {
    let mut next = 0;
    while next < cases {
        let mut child = worker(next)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting a worker")?;
        let output = child.stdout.take().context("a worker's output")?;
        let mut case = Case::default();
        let mut doing = None;
        for line in BufReader::new(output).lines() {
            match serde_json::from_str(&line?).context("a worker's words")? {
                Event::Doing(operation) => doing = Some(operation),
                Event::Found if doing == Some(Operation::Check) => case.found_by_check = true,
                // The last check tells nothing about the damage: operations may have spread it. A pool that is opened anew was
                // asked before.
                Event::Found if doing >= Some(Operation::CheckAgain) => {}
                Event::Found => case.found_by = case.found_by.or(doing),
                end @ (Event::Harmed(_) | Event::Done) => {
                    if let Event::Harmed(harm) = end {
                        case.harm = doing.map(|operation| (harm, operation));
                    }
                    done(next, std::mem::take(&mut case));
                    doing = None;
                    next += stride;
                }
            }
        }
        let status = child.wait()?;
        match (doing, killed_by(status)) {
            (Some(operation), Some(harm)) => {
                case.harm = Some((harm, operation));
                done(next, case);
                next += stride;
            }
            // A panic has told of itself.
            (None, None) if next >= cases => {}
            (None, None) if status.code() == Some(PANICKED) => {}
            _ => bail!("a worker ended between cases: {status}"),
        }
    }
    Ok(())
}

/// The harm that ended a process, if it did not end by itself.
fn killed_by(status: ExitStatus) -> Option<Harm> {
    status.signal().map(|signal| match signal {
        libc::SIGVTALRM => Harm::Hang,
        // Around the pool is nothing but inaccessible memory, and nothing else in the process is at
        // fault.
        libc::SIGSEGV | libc::SIGBUS => Harm::Outside,
        _ => Harm::Crash,
    })
}

#[cfg(test)]
mod tests;
