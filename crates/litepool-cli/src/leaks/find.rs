//! Finding leaks in a trace or in a dump.

use std::path::Path;

use anyhow::Result;
use litepool_snapshot::{LeakFinder, Leaks, Moment, SnapshotBuilder};
use litepool_trace::Format;

use crate::args::SnapshotInput;
use crate::input::{self, Reading};
use crate::snapshot::{self, Kind, advise};

/// The leaks, and what the reading told besides.
pub(super) struct Found {
    pub(super) leaks: Leaks,
    /// Operations that the recording lost at its end, if they matter to the moment.
    pub(super) lost: Option<u64>,
}

/// Finds them. Of a trace without a moment: at its end.
///
/// # Errors
/// There is no snapshot.
pub(super) fn leaks(input: &SnapshotInput) -> Result<Found> {
    let mut found = match snapshot::kind(&input.files, input.names.format)? {
        Kind::Trace(path) => of_trace(&path, input.names.format, input.at.unwrap_or(Moment::End))?,
        Kind::Dump(_) => Found {
            leaks: Leaks::of_dump(snapshot::open(input)?, Vec::new()),
            lost: None,
        },
    };
    snapshot::name_tasks(&mut found.leaks.snapshot, &input.names.tasks);
    Ok(found)
}

/// In one reading, and one before it for the peak: growth is judged up to the moment.
fn of_trace(path: &Path, format: Option<Format>, moment: Moment) -> Result<Found> {
    let how = Reading {
        format,
        until_loss: true,
        again: moment == Moment::Peak,
        ..Reading::default()
    };
    if moment == Moment::Peak {
        let mut builder = SnapshotBuilder::new(moment);
        let source = input::read(path, how, |event| {
            builder.event(event);
            Ok(())
        })?;
        let peak = builder.at();
        let mut finder = LeakFinder::new(Moment::Operation(peak.operation));
        let interned = source.again(|event, _| Ok(finder.event(event)))?;
        let leaks = finder
            .finish(source.header.word, interned, &source.name)
            .map_err(|error| advise(&source.name, &error))?;
        return Ok(Found { leaks, lost: None });
    }
    let mut finder = LeakFinder::new(moment);
    let source = input::read(path, how, |event| {
        finder.event(event);
        Ok(())
    })?;
    let leaks = finder
        .finish(source.header.word, source.interned, &source.name)
        .map_err(|error| advise(&source.name, &error))?;
    Ok(Found {
        leaks,
        lost: source.lost.filter(|_| moment == Moment::End),
    })
}
