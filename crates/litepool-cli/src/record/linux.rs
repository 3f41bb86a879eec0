//! The command on Linux.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use litepool_trace::recording::{Log, Recording, Summary};
use litepool_trace::{Profile, Trace, Writer};

use super::launch::{Relay, Workshop, exit_code};
use crate::args::Record;
use crate::output::one_line;
use crate::progress::Progress;
use crate::units::{count, counted, microseconds};

/// Runs the program, writes the trace, says what was recorded. Returns the program's exit code.
///
/// # Errors
/// The program can't be run, nothing was recorded, or the trace can't be written.
pub(crate) fn run(args: &Record) -> Result<u8> {
    if args.output.as_os_str() == "-" {
        bail!("standard output belongs to the program; name a file: --output FILE");
    }
    let output = Output::reserve(&args.output)?;
    let raw = args.keep_raw.then(|| with_suffix(&args.output, ".raw"));
    let workshop = Workshop::new(raw.as_deref())?;
    let relay = Relay::new()?;
    let mut child = workshop.start(&args.program, args.children)?;
    let status = relay.wait(&mut child)?;

    let recording =
        Recording::open(&workshop.raw()).with_context(|| nothing_recorded(&args.program[0]))?;
    let Some(main) = recording.last_program_of(child.id()) else {
        bail!(nothing_recorded(&args.program[0]))
    };
    let summary = convert(main, &args.output)?;
    output.keep();
    eprintln!("{}", describe(&args.output, &summary)?);
    if args.children {
        for log in recording
            .logs()
            .iter()
            .filter(|log| log.path() != main.path())
        {
            let path = for_process(&args.output, log, recording.logs());
            let summary = convert(log, &path)?;
            eprintln!("{}", describe(&path, &summary)?);
        }
    }
    if let Some(raw) = raw {
        eprintln!("The raw logs are in {}.", raw.display());
    }
    eprintln!(
        "Next: litepool info {0}; litepool size {0}",
        args.output.display()
    );
    Ok(exit_code(status))
}

/// The file to be written. That it can be is found out before the program runs, not after; where nothing was
/// recorded, a file that was there stays as it was.
struct Output<'a> {
    path: &'a Path,
    is_new: bool,
}

impl<'a> Output<'a> {
    fn reserve(path: &'a Path) -> Result<Self> {
        let is_new = !path.exists();
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(|| cannot_write(path))?;
        Ok(Self { path, is_new })
    }

    /// It holds a trace now.
    fn keep(mut self) {
        self.is_new = false;
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        if self.is_new {
            drop(fs::remove_file(self.path));
        }
    }
}

fn convert(log: &Log, output: &Path) -> Result<Summary> {
    let file = File::create(output).with_context(|| cannot_write(output))?;
    let mut writer = Writer::new(BufWriter::new(file), &log.trace_header())
        .with_context(|| cannot_write(output))?;
    let progress = Progress::new("Converting", 0);
    let mut seen = 0;
    let summary = log
        .convert_with(&mut writer, |done, all| {
            progress.expect_in_all(all);
            progress.advance(done.saturating_sub(seen));
            seen = done;
        })
        .context("cannot convert the recorder's log")?;
    writer
        .finish()
        .with_context(|| cannot_write(output))?
        .into_inner()
        .with_context(|| cannot_write(output))?;
    Ok(summary)
}

/// One paragraph about a trace that was just written.
fn describe(path: &Path, summary: &Summary) -> Result<String> {
    let trace = Trace::read(path).context("the trace that was just written can't be read")?;
    let profile = Profile::of(&trace);
    let length = fs::metadata(path)
        .with_context(|| cannot_write(path))?
        .len();
    let time = trace.events.last().map_or(0, |event| event.time);
    let mut text = format!(
        "Recorded {}:\n{} on {} by {} in {};\nlive peak {} bytes, {} never freed.\nWrote {} ({} bytes).",
        one_line(&trace.header.program, 68),
        counted(summary.events, "operation"),
        counted(summary.objects, "object"),
        counted(summary.threads, "thread"),
        microseconds(time),
        count(profile.peak_bytes),
        counted(summary.live, "object"),
        path.display(),
        count(length),
    );
    for (number, what) in [
        (
            summary.lost,
            "could not be logged (the disk is full?): the trace is good up to there",
        ),
        (summary.unfinished, "had begun when the program ended"),
        (
            summary.unknown_frees,
            "freed memory that was allocated before the recording and were left out",
        ),
    ] {
        if number > 0 {
            text += &format!("\n{} {what}.", counted(number, "operation"));
        }
    }
    Ok(text)
}

fn nothing_recorded(program: &std::ffi::OsStr) -> String {
    format!(
        "{} ran, but nothing was recorded: it is statically linked, set-user-ID, built for another processor, or \
         brings its own malloc; or the temporary directory forbids loading libraries (set TMPDIR)",
        program.display()
    )
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
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
