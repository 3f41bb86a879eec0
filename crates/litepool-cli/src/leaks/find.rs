//! Finding leaks in a trace or in a dump.

use std::path::Path;

use anyhow::{Result, bail};
use litepool_snapshot::reach::{BlindSpot, Reachability};
use litepool_snapshot::{LeakFinder, Leaks, Moment, Origin, Snapshot, SnapshotBuilder};
use litepool_trace::Format;

use crate::args::SnapshotInput;
use crate::input::{self, Reading, Source};
use crate::naming::Naming;
use crate::snapshot::{self, Kind, advise, name_tasks};

/// The leaks, and what was learned besides.
pub(super) struct Found {
    pub(super) leaks: Leaks,
    pub(super) naming: Naming,
    /// Of a dump: what leads to the blocks.
    pub(super) reach: Option<Reachability>,
    /// Operations that the recording lost at its end, if they matter to the moment.
    pub(super) lost: Option<u64>,
    /// What makes the answer less than sure, or is missing for a better one, in sentences.
    pub(super) remarks: Vec<String>,
}

/// Finds them. Of a trace without a moment: at its end.
///
/// # Errors
/// There is no snapshot.
pub(super) fn leaks(input: &SnapshotInput) -> Result<Found> {
    match snapshot::kind(&input.files, input.names.format)? {
        Kind::Trace(path) => of_trace(&path, input),
        Kind::Dump(_) => of_dump(input),
    }
}

/// What nothing in the memory points to.
fn of_dump(input: &SnapshotInput) -> Result<Found> {
    let snapshot = snapshot::open(input)?;
    let naming = Naming::new(&snapshot, input.names.elf.as_deref())?;
    let (reach, remarks) = reachability(&snapshot, &naming);
    Ok(Found {
        leaks: Leaks::of_dump(snapshot, reach.as_ref()),
        naming,
        reach,
        lost: None,
        remarks,
    })
}

/// What leads to the blocks of a dump, if that can be told; and what makes it less than sure.
pub(crate) fn reachability(
    snapshot: &Snapshot,
    naming: &Naming,
) -> (Option<Reachability>, Vec<String>) {
    match Reachability::of(snapshot, naming.firmware()) {
        Ok(reach) => {
            let seen = reach.blind_spots().iter().map(ToString::to_string);
            let remarks = seen.chain([BlindSpot::ALWAYS.to_owned()]).collect();
            (Some(reach), remarks)
        }
        Err(error) => (None, vec![error.to_string()]),
    }
}

/// The moment at which a replay fails, if that is asked for.
fn failing(path: &Path, input: &SnapshotInput) -> Result<Option<Moment>> {
    if input.replay_in.pool.is_some() && path.as_os_str() == "-" {
        bail!("with --pool a trace is read more than once: give it as a file");
    }
    let operation = |snapshot: Snapshot| match snapshot.origin {
        Origin::Trace { operation, .. } => Some(Moment::Operation(operation)),
        _ => None,
    };
    Ok(snapshot::replayed(input, path)?.and_then(operation))
}

/// What was not freed. One reading, and one before it for the peak: growth is judged up to the
/// moment.
fn of_trace(path: &Path, input: &SnapshotInput) -> Result<Found> {
    let moment = match failing(path, input)? {
        Some(moment) => moment,
        None => input.at.unwrap_or(Moment::End),
    };
    let (source, mut leaks) = match moment {
        Moment::Peak => up_to_peak(path, input.names.format)?,
        moment => up_to(path, input.names.format, moment)?,
    };
    name_tasks(&mut leaks.snapshot, &input.names.tasks);
    Ok(Found {
        naming: Naming::new(&leaks.snapshot, input.names.elf.as_deref())?,
        leaks,
        reach: None,
        lost: source.lost.filter(|_| moment == Moment::End),
        remarks: Vec::new(),
    })
}

fn up_to(path: &Path, format: Option<Format>, moment: Moment) -> Result<(Source, Leaks)> {
    let mut finder = LeakFinder::new(moment);
    let mut source = input::read(path, reading(format), |event| {
        finder.event(event);
        Ok(())
    })?;
    let interned = std::mem::take(&mut source.interned);
    let leaks = finder.finish(source.header.word, interned, &source.name);
    let leaks = leaks.map_err(|error| advise(&source.name, &error))?;
    Ok((source, leaks))
}

fn up_to_peak(path: &Path, format: Option<Format>) -> Result<(Source, Leaks)> {
    let mut builder = SnapshotBuilder::new(Moment::Peak);
    let how = Reading {
        again: true,
        ..reading(format)
    };
    let source = input::read(path, how, |event| {
        builder.event(event);
        Ok(())
    })?;
    let mut finder = LeakFinder::new(Moment::Operation(builder.at().operation));
    let interned = source.again(|event, _| {
        finder.event(event);
        Ok(true)
    })?;
    let leaks = finder.finish(source.header.word, interned, &source.name);
    let leaks = leaks.map_err(|error| advise(&source.name, &error))?;
    Ok((source, leaks))
}

fn reading(format: Option<Format>) -> Reading {
    Reading {
        format,
        until_loss: true,
        ..Reading::default()
    }
}
