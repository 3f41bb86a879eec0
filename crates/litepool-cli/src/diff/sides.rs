//! What the two or three arguments mean.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Error, Result};
use litepool_snapshot::{Moment, Snapshot};

use crate::args::{Diff, moment};
use crate::dump;
use crate::snapshot::{self, Kind, kind};

/// A snapshot that was named.
#[derive(PartialEq, Debug)]
enum Side {
    Trace(PathBuf, Moment),
    Dump(Vec<OsString>),
}

/// The three snapshots. Without a third name it is the second one. A trace is read once, however
/// many of its moments are wanted.
///
/// # Errors
/// One of them can't be had.
pub(super) fn open(args: &Diff) -> Result<[Snapshot; 3]> {
    let c = args.c.as_ref().unwrap_or(&args.b);
    let sides = [side(&args.a, args)?, side(&args.b, args)?, side(c, args)?];
    let mut traces: Vec<&Path> = sides
        .iter()
        .filter_map(|side| match side {
            Side::Trace(path, _) => Some(path.as_path()),
            Side::Dump(_) => None,
        })
        .collect();
    traces.dedup();
    let mut snapshots = [None, None, None];
    for path in traces {
        let wanted: Vec<(usize, Moment)> = sides
            .iter()
            .enumerate()
            .filter_map(|(index, side)| match side {
                Side::Trace(trace, moment) if trace == path => Some((index, *moment)),
                _ => None,
            })
            .collect();
        let moments: Vec<Moment> = wanted.iter().map(|&(_, moment)| moment).collect();
        let found = snapshot::moments(path, args.format, &moments)?;
        for ((index, _), snapshot) in wanted.into_iter().zip(found) {
            snapshots[index] = Some(snapshot);
        }
    }
    let mut all = Vec::new();
    for (index, (side, snapshot)) in sides.iter().zip(snapshots).enumerate() {
        let mut snapshot = match (side, snapshot) {
            (Side::Dump(files), _) => {
                let elf = args.elf.get(index).or(args.elf.last());
                dump::open(files, elf.map(PathBuf::as_path))?
            }
            (Side::Trace(..), Some(snapshot)) => snapshot,
            (Side::Trace(path, _), None) => {
                return Err(Error::msg(format!("{} has no such moment", path.display())));
            }
        };
        snapshot::name_tasks(&mut snapshot, &args.tasks);
        all.push(snapshot);
    }
    <[Snapshot; 3]>::try_from(all).map_err(|_| Error::msg("three snapshots are needed"))
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
