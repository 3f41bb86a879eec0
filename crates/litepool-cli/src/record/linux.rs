//! The command on Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context, Error, Result, anyhow, bail};
use litepool_snapshot::Resolver;
use litepool_trace::Writer;
use litepool_trace::recording::{Log, Notices, Recording, RecordingError, Summary, stop_reason};

use super::launch::Workshop;
use super::output::{Keep, Output};
use super::signals::{Signals, exit_code, send};
use super::watch::{Watch, state};
use super::{report, unrecorded};
use crate::TROUBLE;
use crate::args::Record;
use crate::output::{ensure_apart, say};
use crate::progress::Progress;

/// Runs the program, writes the trace, says what was recorded. Returns the program's exit code, and
/// that of trouble if something could not be recorded.
///
/// # Errors
/// The program can't be run, nothing was recorded, or the trace can't be written.
pub(crate) fn run(args: &Record) -> Result<u8> {
    let signals = Signals::hold();
    let result = record(args, &signals);
    // Everything that must not be left behind is gone by now.
    if let Some(signal) = Signals::ending()
        && result.is_err()
    {
        signals.end_by(signal);
    }
    result
}

fn record(args: &Record, signals: &Signals) -> Result<u8> {
    if args.output.as_os_str() == "-" {
        bail!("standard output belongs to the program; name a file: --output FILE");
    }
    let program = args.program.first().context("no program to run is given")?;
    // Without a directory it is looked up in PATH, not here.
    if Path::new(program).components().count() > 1 {
        ensure_apart(&args.output, [Path::new(program)])?;
    }
    let output = Output::new(&args.output)?;
    let raw = args.keep_raw.then(|| with_suffix(&args.output, ".raw"));
    let workshop = Workshop::new(raw.as_deref(), program)?;
    if args.children {
        adopt();
    }
    let mut watch = Watch::new(workshop.temporary().into()).context("cannot watch the program")?;
    let mut child = workshop.start(args, signals, &watch)?;
    let (status, last_name) = signals.wait(&mut child, &mut watch)?;
    let others = if args.children {
        wait_for_others(&workshop.raw(), signals)
    } else {
        0
    };

    let run = Run {
        args,
        pid: child.id(),
        status,
        last_name,
        notices: Notices::read(&workshop.raw()).context("cannot read the recorder's notices")?,
    };
    let recording = Recording::open(&workshop.raw()).map_err(|error| match error {
        RecordingError::Missing { .. } => anyhow!(run.nothing_recorded()),
        error => Error::new(error).context("cannot read the recorder's log"),
    })?;
    let main = run.main(&recording)?;
    let mut losses = Vec::new();
    let mut resolver = Resolver::new();
    let summary = convert(main, &output, &mut resolver)?;
    if summary.events == 0 {
        bail!(run.no_operations(main, &summary));
    }
    say(report::describe(
        output.path(),
        main.command(),
        &summary,
        &mut resolver,
    ));
    losses.extend(report::incomplete(output.path(), &summary));
    if args.children {
        for log in recording
            .logs()
            .iter()
            .filter(|log| log.path() != main.path())
        {
            let output = Output::new(&for_process(&args.output, log, recording.logs()))?;
            let summary = convert(log, &output, &mut resolver)?;
            if summary.events > 0 {
                let text = report::describe(output.path(), log.command(), &summary, &mut resolver);
                say(text);
                losses.extend(report::incomplete(output.path(), &summary));
            } else if let Some(loss) = report::loss(&summary) {
                losses.push(format!("process {}: {loss}", log.pid()));
            }
        }
    }
    for line in report::unrecorded(&run.notices) {
        say(line);
    }
    for note in resolver.notes() {
        say(format_args!("Note: {note}."));
    }
    if others > 0 {
        losses.push(format!(
            "{} still ran: what was done from then on is in no trace",
            report::processes(others as u64)
        ));
    }
    if let Some(name) = run.became(main) {
        say(format_args!(
            "The process ended under the name {name}: if it became another program, that one was \
             not recorded."
        ));
    }
    if let Some(line) = report::ending(status) {
        say(line);
    }
    if let Some(raw) = raw {
        say(format_args!("The raw logs are in {}.", raw.display()));
    }
    say(format_args!(
        "Next: litepool info {0}; litepool size {0}",
        args.output.display()
    ));
    if losses.is_empty() {
        return Ok(exit_code(status));
    }
    for loss in losses {
        say(format_args!("litepool: {loss}"));
    }
    Ok(TROUBLE)
}

/// A program that has run.
struct Run<'a> {
    args: &'a Record,
    pid: u32,
    status: ExitStatus,
    /// What the process was called at its end.
    last_name: Option<String>,
    notices: Notices,
}

impl Run<'_> {
    /// The log of what the process became in the end.
    fn main<'r>(&self, recording: &'r Recording) -> Result<&'r Log> {
        let log = recording.last_program_of(self.pid);
        match log {
            // What it was before is another program.
            Some(log) if self.notices.reason(self.pid).is_none() => match self.became(log) {
                Some(name) if self.reason_for(&name).is_some() => bail!(self.nothing_recorded()),
                _ => Ok(log),
            },
            _ => bail!(self.nothing_recorded()),
        }
    }

    /// The name of another program than the recorded one, as far as can be told, under which the
    /// process ended.
    fn became(&self, log: &Log) -> Option<String> {
        let name = self.last_name.clone()?;
        // A program may rename itself; so the name must be one that it was given.
        let is_argument = |text: &str| {
            text.split([' ', '/', ';', '\n', '\t', '"', '\''])
                .any(|word| word.chars().take(15).eq(name.chars()))
        };
        let is_told = self
            .args
            .program
            .iter()
            .skip(1)
            .any(|argument| is_argument(&argument.to_string_lossy()));
        (!name.is_empty() && name != log.name() && is_told).then_some(name)
    }

    /// Why a program of that name, which stands in the arguments, can't be recorded.
    fn reason_for(&self, name: &str) -> Option<String> {
        let words = self.args.program.iter().skip(1).flat_map(|argument| {
            let argument = argument.to_string_lossy().into_owned();
            let words: Vec<String> = argument.split_whitespace().map(Into::into).collect();
            words
        });
        words
            .filter(|word| {
                let file = word.rsplit('/').next().unwrap_or(word);
                file.chars().take(15).eq(name.chars())
            })
            .find_map(|word| unrecorded::reason(word.as_ref()))
    }

    /// The end of the program in a few words, where it has no report.
    fn ended(&self) -> String {
        match self.status.code() {
            Some(0) => "ran".into(),
            Some(code) => format!("ran and ended with code {code}"),
            None => format!("was ended by {}", report::signal(self.status)),
        }
    }

    /// There is no log of the program.
    fn nothing_recorded(&self) -> String {
        let program = &self.args.program[0];
        let reason = self
            .notices
            .reason(self.pid)
            .map(stop_reason)
            .or_else(|| unrecorded::reason(program))
            .or_else(|| self.reason_for(self.last_name.as_deref()?))
            .unwrap_or_else(|| {
                "it is statically linked, set-user-ID, built for another processor, or another \
                 program was started in its place"
                    .into()
            });
        format!(
            "{} {}, but nothing was recorded: {reason}",
            program.display(),
            self.ended()
        )
    }

    /// There is a log of the program, with no operation in it.
    fn no_operations(&self, log: &Log, summary: &Summary) -> String {
        let program = log.command().split(' ').next().unwrap_or_default();
        let children = self.notices.not_wanted();
        let reason = if let Some(loss) = report::loss(summary) {
            loss
        } else if let Some(reason) = unrecorded::reason(program.as_ref()) {
            reason
        } else if children > 0 && !self.args.children {
            format!(
                "it left the work to {} that it started: record each with --children",
                report::processes(children)
            )
        } else {
            "it asked the C library for no memory; it may have an allocator of its own, or need \
             none"
                .into()
        };
        format!(
            "{} {}, but no operation was recorded: {reason}",
            self.args.program[0].display(),
            self.ended()
        )
    }
}

/// Makes this process the parent of what the program leaves behind, so that its end can be waited
/// for.
fn adopt() {
    // SAFETY: no memory is involved. Where the system can't, the recording ends with the program.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// Waits until every process that the program started has ended. Signals are passed on to them; the
/// second ends the wait. Returns how many processes still run.
fn wait_for_others(raw: &Path, signals: &Signals) -> usize {
    let mut has_passed_on = false;
    while !is_childless() {
        match signals.next(None) {
            None | Some(libc::SIGCHLD) => {}
            Some(_) if has_passed_on => return alive(raw).len(),
            Some(signal) => {
                alive(raw).iter().for_each(|&pid| send(pid, signal));
                has_passed_on = true;
            }
        }
    }
    0
}

/// Whether all children have ended.
fn is_childless() -> bool {
    loop {
        // SAFETY: nothing is written.
        match unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } {
            0 => return false,
            -1 => return true,
            _ => {}
        }
    }
}

/// The processes with a log that still run.
fn alive(raw: &Path) -> Vec<u32> {
    let Some(entries) = raw
        .parent()
        .and_then(|directory| fs::read_dir(directory).ok())
    else {
        return Vec::new();
    };
    let process = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix("raw.")?.split('.').next()?.parse().ok()
    };
    let mut alive: Vec<u32> = entries.flatten().filter_map(process).collect();
    alive.sort_unstable();
    alive.dedup();
    alive.retain(|&pid| !matches!(state(pid), None | Some(b'Z' | b'X')));
    alive
}

/// Writes a log's trace, if there is an operation in it. Names and lines go into it: it is to be read
/// on other machines, and when the program was built anew.
fn convert(log: &Log, output: &Output, resolver: &mut Resolver) -> Result<Summary> {
    output.write(|out| {
        let mut writer =
            Writer::new(out, &log.trace_header()).with_context(|| output.cannot_write())?;
        let progress = Progress::new("Converting", 0);
        let mut seen = 0;
        let summary = log
            .convert_with(
                &mut writer,
                |module, offset| resolver.locations_in(module, offset),
                |done, all| {
                    progress.expect_in_all(all);
                    progress.advance(done.saturating_sub(seen));
                    seen = done;
                },
            )
            .context("cannot convert the recorder's log")?;
        // Who reads a trace that is not whole is to know it.
        match summary.lost {
            0 => writer.finish(),
            lost => writer.finish_incomplete(lost),
        }
        .with_context(|| output.cannot_write())?;
        let keep = if summary.events > 0 {
            Keep::Yes
        } else {
            Keep::No
        };
        Ok((summary, keep))
    })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The trace of another process: `demo.lpt` becomes `demo.123.lpt`, a later program of that process `demo.123.2.lpt`.
fn for_process(output: &Path, log: &Log, all: &[Log]) -> PathBuf {
    let earlier = all
        .iter()
        .take_while(|other| other.path() != log.path())
        .filter(|other| other.pid() == log.pid());
    let number = match earlier.count() {
        0 => log.pid().to_string(),
        before => format!("{}.{}", log.pid(), before + 1),
    };
    match output.extension() {
        Some(extension) => output.with_extension(format!("{number}.{}", extension.display())),
        None => with_suffix(output, &format!(".{number}")),
    }
}
