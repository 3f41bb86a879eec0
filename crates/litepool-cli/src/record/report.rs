//! What the command says of a recording.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;

use litepool_snapshot::{Resolver, SiteInStack};
use litepool_trace::Reader;
use litepool_trace::recording::{Notices, Summary, stop_reason};

use super::runtimes;
use crate::output::one_line;
use crate::sites::callers;
use crate::units::{count, counted, microseconds};

/// One paragraph about a trace that was just written.
pub(super) fn describe(
    path: &Path,
    program: &str,
    summary: &Summary,
    resolver: &mut Resolver,
) -> String {
    let mut text = format!(
        "Recorded {}:\n{} on {} by {} in {};\nlive peak {} bytes, {} never freed.\nWrote {}",
        one_line(program, 68),
        counted(summary.events, "operation"),
        counted(summary.objects, "object"),
        counted(summary.threads, "thread"),
        microseconds(summary.duration),
        count(summary.peak),
        counted(summary.live, "object"),
        path.display(),
    );
    text += &match fs::metadata(path) {
        Ok(status) if status.is_file() => format!(" ({} bytes).", count(status.len())),
        _ => ".".into(),
    };
    if summary.double_frees > 0 {
        let first = summary.first_double_free.unwrap_or(0);
        text += &format!(
            "\n{}: the program freed or resized memory that was free already, first after \
             operation {}. The trace is without that.",
            counted(summary.double_frees, "double free"),
            count(first),
        );
        if let Some(site) = site(path, summary.first_double_free_stack, resolver) {
            text += &format!("\n  The first one: {site}");
        }
    }
    if summary.refused > 0 {
        text += &format!(
            "\n{}: the program's allocator had no room, or the size was absurd.",
            counted(summary.refused, "refused request"),
        );
    }
    if summary.unknown_frees > 0 {
        text += &format!(
            "\n{} of memory that was not allocated in the recording.",
            counted(summary.unknown_frees, "free"),
        );
    }
    if summary.unfinished > 0 {
        let operations = counted(summary.unfinished, "operation");
        text += &format!("\n{operations} had begun when the program ended.");
    }
    for remark in runtimes::remarks(&summary.modules, |name| env::var_os(name)) {
        text += &format!("\nNote: {remark}.");
    }
    text
}

/// A call stack of a trace that was just written, on a line. `None` if it is unknown.
fn site(path: &Path, stack: u32, resolver: &mut Resolver) -> Option<String> {
    const WIDTH: usize = 80;
    let mut reader = Reader::new(File::open(path).ok()?).ok()?;
    // What it mentions is known at its end. It may be incomplete.
    reader.by_ref().take_while(Result::is_ok).for_each(drop);
    let found = SiteInStack::of(reader.interned(), stack, resolver)?;
    let line = found.site.text(WIDTH);
    let callers = callers(&found.callers, WIDTH);
    Some(if callers.is_empty() {
        line
    } else {
        format!("{line}\n    < {callers}")
    })
}

/// What went wrong with the recording of which this trace was written. `None`: it is whole.
pub(super) fn incomplete(path: &Path, summary: &Summary) -> Option<String> {
    let loss = loss(summary)?;
    Some(format!(
        "{loss}. {} is good up to there and no further",
        path.display()
    ))
}

/// What is missing in a recording, and why. `None`: nothing is.
pub(super) fn loss(summary: &Summary) -> Option<String> {
    (summary.lost > 0).then(|| {
        let remedy = match summary.stopped.cast_signed() {
            libc::ENOSPC | libc::EDQUOT => "; set TMPDIR to a directory with more space",
            _ => "",
        };
        format!(
            "{} could not be recorded: {}{remedy}",
            counted(summary.lost, "operation"),
            stop_reason(summary.stopped),
        )
    })
}

/// How the program ended, if not by itself and well. Names the signal.
pub(super) fn ending(status: ExitStatus) -> Option<String> {
    status
        .signal()
        .is_some()
        .then(|| format!("The program was ended by {}.", signal(status)))
}

/// `signal 15 (SIGTERM)`. The standard library knows the names.
pub(super) fn signal(status: ExitStatus) -> String {
    status.to_string().replacen(": ", " ", 1)
}

/// What is to be known of processes that have no log.
pub(super) fn unrecorded(notices: &Notices) -> Vec<String> {
    let mut lines = Vec::new();
    let was = |number| if number == 1 { "was" } else { "were" };
    let not_wanted = notices.not_wanted();
    if not_wanted > 0 {
        lines.push(format!(
            "{} that the program started {} not recorded: --children records each to a file of \
             its own.",
            processes(not_wanted),
            was(not_wanted),
        ));
    }
    let failed = notices.processes() - not_wanted;
    if failed > 0 {
        let mut reasons: Vec<u32> = notices.failures().map(|(_, reason)| reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        let mut reasons: Vec<String> = reasons.into_iter().map(stop_reason).collect();
        if reasons.is_empty() {
            reasons.push("they were forked in a sandbox".into());
        }
        lines.push(format!(
            "{} could not be recorded: {}.",
            processes(failed),
            reasons.join("; ")
        ));
    }
    lines
}

/// `1 process`, `2 processes`.
pub(super) fn processes(number: u64) -> String {
    if number == 1 {
        "1 process".into()
    } else {
        format!("{} processes", count(number))
    }
}
