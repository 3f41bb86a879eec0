//! Getting a snapshot: from a moment of a trace, or from a dump. Which it is, the content tells.
//!
//! - `dump_files.rs`: the files of a dump are read, and its pools found

mod dump_files;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, bail};
use litepool_snapshot::memory_image::DumpFile;
use litepool_snapshot::{Moment, MomentError, Origin, Pool, Snapshot, SnapshotBuilder};
use litepool_trace::{Format, Importer, TraceError};
use serde::Serialize;

use crate::args::SnapshotInput;
use crate::input::{self, Reading};
use crate::units::{count, microseconds};

pub(crate) use dump_files::open_dump;

/// What is to be read.
pub(crate) enum Kind {
    /// A trace.
    Trace(PathBuf),
    /// The files of a dump, each with an address or without one.
    Dump(Vec<OsString>),
}

impl Kind {
    /// Its files, without addresses.
    ///
    /// # Errors
    /// An address is none.
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>> {
        match self {
            Self::Trace(path) => Ok(vec![path.clone()]),
            Self::Dump(files) => {
                let files = files.iter().map(|file| DumpFile::parse(file));
                files.map(|file| Ok(file?.path)).collect()
            }
        }
    }
}

/// Reads a snapshot. Of a trace without a moment it is that of the live peak.
///
/// # Errors
/// The files can't be read, the trace does not have that moment, the dump has no pool. The error
/// says what to do.
pub(crate) fn open(input: &SnapshotInput) -> Result<Snapshot> {
    let mut snapshot = match kind(&input.files, input.names.format)? {
        Kind::Trace(path) => match replayed(input, &path)? {
            Some(snapshot) => snapshot,
            None => {
                let moment = input.at.unwrap_or(Moment::Peak);
                let mut moments = moments(&path, input.names.format, &[moment])?;
                // There is one for each moment.
                moments.remove(0)
            }
        },
        Kind::Dump(files) => {
            if input.at.is_some() {
                bail!("--at names a moment of a trace; a dump has only one");
            }
            if input.replay_in.pool.is_some() {
                bail!("--pool replays a trace; a dump has its pools");
            }
            open_dump(&files, input.names.elf.as_deref())?
        }
    };
    name_tasks(&mut snapshot, &input.names.tasks);
    Ok(snapshot)
}

/// The moment at which a replay of the trace fails, if that is asked for.
///
/// # Errors
/// The trace can't be read, or does not fail in that pool.
pub(crate) fn replayed(input: &SnapshotInput, path: &Path) -> Result<Option<Snapshot>> {
    let Some(size) = input.replay_in.pool else {
        return Ok(None);
    };
    if input.at != Some(Moment::Failure) {
        bail!("--pool goes with --at failure: the trace is replayed up to the request that fails");
    }
    crate::replay::at_failure(path, input.names.format, &input.replay_in, size).map(Some)
}

/// The snapshots of these moments of a trace, in one reading.
///
/// # Errors
/// The trace can't be read, or lacks a moment.
pub(crate) fn moments(
    path: &Path,
    format: Option<Format>,
    moments: &[Moment],
) -> Result<Vec<Snapshot>> {
    let mut builders: Vec<_> = moments
        .iter()
        .map(|&moment| SnapshotBuilder::new(moment))
        .collect();
    let how = Reading {
        format,
        until_loss: true,
        ..Reading::default()
    };
    let source = input::read(path, how, |event| {
        for builder in &mut builders {
            builder.event(event);
        }
        Ok(())
    })?;
    let finish = |builder: SnapshotBuilder| {
        builder
            .finish(source.header.word, source.interned.clone(), &source.name)
            .map_err(|error| advise(&source.name, &error))
    };
    builders.into_iter().map(finish).collect()
}

/// The error, and what the user can do about it.
pub(crate) fn advise(name: &str, error: &MomentError) -> Error {
    let advice = match error {
        MomentError::NoOperation { .. } | MomentError::NoTime { .. } => {
            "\n  `end` is the last moment; `litepool info` tells how long the trace is"
        }
        _ => "",
    };
    Error::msg(format!("{name}: {error}{advice}"))
}

/// Whether these files are a trace or a dump.
///
/// # Errors
/// They can't be read.
pub(crate) fn kind(files: &[OsString], format: Option<Format>) -> Result<Kind> {
    match files {
        [file] if format.is_some() || is_trace(Path::new(file))? => Ok(Kind::Trace(file.into())),
        _ => Ok(Kind::Dump(files.to_vec())),
    }
}

/// Whether it begins like a trace. What does not exist under this name may be a dump with its
/// address.
fn is_trace(path: &Path) -> Result<bool> {
    if path.as_os_str() == "-" {
        // What is only looked at stays in the buffer of standard input.
        let mut input = io::stdin().lock();
        let beginning = input.fill_buf().context("cannot read standard input")?;
        return Ok(begins_like_a_trace(beginning));
    }
    match File::open(path) {
        Ok(file) if file.metadata().is_ok_and(|file| file.is_file()) => {
            Ok(begins_like_a_trace(BufReader::new(file)))
        }
        // The error is that of whoever reads it.
        _ => Ok(!path.to_string_lossy().contains('@')),
    }
}

fn begins_like_a_trace(input: impl io::Read) -> bool {
    let foreign = |error| matches!(error, TraceError::Foreign { .. } | TraceError::Unrecognised);
    !Importer::from_reader(input, None).is_err_and(foreign)
}

/// Takes over what the command line says about tasks, if it says anything.
pub(crate) fn name_tasks(snapshot: &mut Snapshot, tasks: &[(u32, String)]) {
    if tasks.is_empty() {
        return;
    }
    let mut live = name_threads(&mut snapshot.interned.threads, tasks);
    live.sort_unstable();
    live.dedup();
    snapshot.live_tasks = Some(live);
}

/// Names threads by their numbers, those of a device's trace that have no name by the device's.
/// Returns the threads' numbers in `names`.
pub(crate) fn name_threads(names: &mut Vec<String>, tasks: &[(u32, String)]) -> Vec<u32> {
    let threads: Vec<Vec<u32>> = (tasks.iter())
        .map(|&(number, _)| threads_of(number, names))
        .collect();
    for (threads, (_, name)) in threads.iter().zip(tasks) {
        for &thread in threads {
            let index = thread as usize;
            if index >= names.len() {
                names.resize(index + 1, String::new());
            }
            names[index].clone_from(name);
        }
    }
    // Where tasks with this number came one after the other, the last one has it.
    threads
        .iter()
        .filter_map(|threads| threads.last().copied())
        .collect()
}

/// The threads that a number on the command line means. Before one of them is named they are called
/// as the importer of a stream calls them: by the device's number, which is not the trace's.
fn threads_of(number: u32, names: &[String]) -> Vec<u32> {
    let number_of = |name: &str| name.strip_prefix("task ")?.parse::<u32>().ok();
    let numbers = (0_u32..).zip(names.iter().map(|name| number_of(name)));
    let of_device = numbers.filter(|&(_, device)| device == Some(number));
    let of_device: Vec<u32> = of_device.map(|(thread, _)| thread).collect();
    let name = names.get(number as usize);
    if of_device.is_empty() && name.is_none_or(|name| number_of(name).is_none()) {
        return vec![number];
    }
    of_device
}

/// What a report says about the snapshot's origin.
#[derive(Serialize, Default, Debug)]
pub(crate) struct OriginFacts {
    /// The trace, or the files of the dump.
    pub(crate) files: Vec<String>,
    /// How many operations of the trace were done; none of a dump.
    pub(crate) operation: Option<u64>,
    pub(crate) time_microseconds: Option<u64>,
    /// Where a printed table begins in its log.
    pub(crate) line: Option<u64>,
    /// The configuration and the size of the pool that the trace was replayed in.
    pub(crate) configuration: Option<String>,
    pub(crate) pool: Option<u64>,
}

impl OriginFacts {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        match &snapshot.origin {
            Origin::Trace {
                file,
                operation,
                time,
            } => Self {
                files: vec![file.clone()],
                operation: Some(*operation),
                time_microseconds: Some(*time),
                line: None,
                configuration: replayed_in(snapshot).map(|pool| pool.name.clone()),
                pool: replayed_in(snapshot).map(|pool| pool.size),
            },
            Origin::Dump { files } => Self {
                files: files.clone(),
                ..Self::default()
            },
            Origin::Printed { file, line } => Self {
                files: vec![file.clone()],
                line: Some(*line),
                ..Self::default()
            },
        }
    }

    /// The report's first line.
    pub(crate) fn title(&self) -> String {
        let moment = self.moment();
        match (&self.configuration, self.pool) {
            (Some(name), Some(size)) => {
                format!("{moment}, in a pool of {} bytes ({name})", count(size))
            }
            _ => moment,
        }
    }

    fn moment(&self) -> String {
        let files = self.files.join(", ");
        match (self.operation, self.time_microseconds) {
            (Some(operation), Some(time)) if time > 0 => format!(
                "{files} after operation {} ({})",
                count(operation),
                microseconds(time)
            ),
            (Some(operation), _) => format!("{files} after operation {}", count(operation)),
            (None, _) => match self.line {
                Some(line) => format!("{files}, the table on line {}", count(line)),
                None => files,
            },
        }
    }
}

/// The pool that a trace was replayed in.
fn replayed_in(snapshot: &Snapshot) -> Option<&Pool> {
    snapshot.pools.iter().find(|pool| pool.choices.is_some())
}
