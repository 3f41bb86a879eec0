//! What the two or three arguments mean.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Error, Result};
use litepool_snapshot::{Moment, Snapshot};
use litepool_trace::Format;

use crate::args::{Diff, moment};
use crate::output::is_same_file;
use crate::snapshot::{self, Kind, kind};

/// A snapshot that was named.
#[derive(PartialEq, Debug)]
enum Side {
    Trace(PathBuf, Moment),
    Dump(Vec<OsString>),
}

/// The three snapshots. Without a third name it is the second one.
///
/// # Errors
/// One of them can't be had.
pub(super) fn open(args: &Diff) -> Result<[Snapshot; 3]> {
    let c = args.c.as_ref().unwrap_or(&args.b);
    let mut sides = [side(&args.a, args)?, side(&args.b, args)?, side(c, args)?];
    one_name(&mut sides);
    let [mut a, mut b, mut c] = of_traces(&sides, args.format)?;
    for (index, snapshot) in [&mut a, &mut b, &mut c].into_iter().enumerate() {
        if let Side::Dump(files) = &sides[index] {
            let elf = args.elf.get(index).or(args.elf.last());
            *snapshot = Some(snapshot::open_dump(files, elf.map(PathBuf::as_path))?);
        }
    }
    let named = |snapshot: Option<Snapshot>| -> Result<Snapshot> {
        // Each is a trace or a dump.
        let mut snapshot = snapshot.ok_or_else(|| Error::msg("a snapshot is missing"))?;
        snapshot::name_tasks(&mut snapshot, &args.tasks);
        Ok(snapshot)
    };
    Ok([named(a)?, named(b)?, named(c)?])
}

/// Gives a trace that was named in two ways one name: its moments are of one run.
fn one_name(sides: &mut [Side; 3]) {
    let mut known = Vec::<PathBuf>::new();
    for side in sides {
        if let Side::Trace(path, _) = side {
            let same = |other: &&PathBuf| *other == path || is_same_file(other, path);
            match known.iter().find(same) {
                Some(other) => path.clone_from(other),
                None => known.push(path.clone()),
            }
        }
    }
}

/// Those that are of traces. Each trace is read once, however many of its moments are wanted.
fn of_traces(sides: &[Side; 3], format: Option<Format>) -> Result<[Option<Snapshot>; 3]> {
    let mut wanted = BTreeMap::<&Path, Vec<(usize, Moment)>>::new();
    for (index, side) in sides.iter().enumerate() {
        if let Side::Trace(path, moment) = side {
            wanted.entry(path).or_default().push((index, *moment));
        }
    }
    let mut snapshots = [None, None, None];
    for (path, wanted) in wanted {
        let moments: Vec<Moment> = wanted.iter().map(|&(_, moment)| moment).collect();
        let found = snapshot::moments(path, format, &moments)?;
        for ((index, _), snapshot) in wanted.into_iter().zip(found) {
            snapshots[index] = Some(snapshot);
        }
    }
    Ok(snapshots)
}

/// A trace with a moment, or the files of a dump, separated by commas.
fn side(argument: &OsStr, args: &Diff) -> Result<Side> {
    let (file, at) = split(argument);
    if let Kind::Trace(path) = kind(&[file.to_owned()], args.format)? {
        let moment = at.map_or(Ok(Moment::End), |at| moment(at).map_err(Error::msg))?;
        return Ok(Side::Trace(path, moment));
    }
    if Path::new(argument).exists() {
        return Ok(Side::Dump(vec![argument.to_owned()]));
    }
    let files = argument.to_string_lossy();
    Ok(Side::Dump(files.split(',').map(OsString::from).collect()))
}

/// The file, and what stands behind the last @. A file that exists under the whole name is it.
fn split(argument: &OsStr) -> (&OsStr, Option<&str>) {
    let parts = argument.to_str().and_then(|text| text.rsplit_once('@'));
    match parts {
        Some((file, at)) if !Path::new(argument).exists() => (OsStr::new(file), Some(at)),
        _ => (argument, None),
    }
}

#[cfg(test)]
mod tests;
