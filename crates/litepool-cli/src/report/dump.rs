//! A dump, as the page has it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use litepool_replay::bits;
use litepool_report::model::{Failure, Source};
use litepool_report::{Blob, Names, dump};
use litepool_snapshot::pins::Request;
use litepool_snapshot::{Leaks, Origin, Snapshot, Verdict};

use super::names::{InputNames, file_name};
use super::{failure, leaks};
use crate::args::Report;
use crate::leaks::reachability;
use crate::naming::Naming;
use crate::pins::PinsFacts;
use crate::snapshot::{name_tasks, open_dump};
use crate::units::count;

/// A dump, and the program that it is of.
pub(super) struct Dumped {
    pub(super) snapshot: Snapshot,
    pub(super) elf: Option<PathBuf>,
}

impl Dumped {
    /// Reads the dump.
    ///
    /// # Errors
    /// The files can't be read, or have no pool.
    pub(super) fn open(files: &[OsString], elf: Option<&Path>, args: &Report) -> Result<Self> {
        let mut snapshot = open_dump(files, elf)?;
        name_tasks(&mut snapshot, &args.tasks);
        Ok(Self {
            snapshot,
            elf: elf.map(Path::to_owned),
        })
    }

    /// Puts what the page shows of it into the blob.
    ///
    /// # Errors
    /// The program can't be read.
    pub(super) fn source(&self, thrift: u32, blob: &mut Blob) -> Result<Source> {
        source(&self.snapshot, self.elf.as_deref(), thrift, blob)
    }
}

fn source(snapshot: &Snapshot, elf: Option<&Path>, thrift: u32, blob: &mut Blob) -> Result<Source> {
    let mut naming = Naming::new(snapshot, elf)?;
    let (files, kind) = match &snapshot.origin {
        Origin::Printed { file, .. } => (vec![file.clone()], "table"),
        Origin::Dump { files } => (files.clone(), "dump"),
        Origin::Trace { file, .. } => (vec![file.clone()], "trace"),
    };
    let names: Vec<String> = files
        .iter()
        .map(|file| file_name(Path::new(file)))
        .collect();
    let mut source = Source {
        name: names.join(", "),
        kind,
        program: elf.map(file_name).unwrap_or_default(),
        word: bits(snapshot.word),
        notes: snapshot.memory.remarks().to_vec(),
        ..Source::default()
    };
    let (reach, remarks) = reachability(snapshot, &naming);
    source.notes.extend(remarks);
    let refused = refused(snapshot, &mut naming, &mut source.notes);
    let mut names = InputNames {
        naming,
        interned: snapshot.interned.clone(),
    };
    let mut page = Names::new(&mut names);
    dump::put(snapshot, thrift, &mut source, &mut page, blob);
    source.failure = refused.map(|(pool, pins)| of_dump(snapshot, pool, &pins, &mut page));
    let found = Leaks::of_dump(snapshot.clone(), reach.as_ref());
    leaks::put(&found, &mut source, &mut page, blob);
    page.finish(&mut source);
    source.notes.extend(names.naming.notes());
    Ok(source)
}

/// The largest request that a sound pool refused and would still refuse, and what is in its way.
fn refused(
    snapshot: &Snapshot,
    naming: &mut Naming,
    notes: &mut Vec<String>,
) -> Option<(usize, PinsFacts)> {
    let pools = snapshot.pools.iter().enumerate();
    let sound = pools.filter(|(_, pool)| !matches!(pool.verdict, Verdict::Corrupt(_)));
    let refused = sound.filter_map(|(index, pool)| {
        let size = pool.stats?.largest_failure as u64;
        (size > 0).then_some((size, index))
    });
    // The first of those that are equal.
    let (size, pool) = refused.rev().max_by_key(|&(size, _)| size)?;
    let request = Request {
        size,
        ..Request::default()
    };
    let pins = PinsFacts::of(snapshot, pool, request, naming).ok()?;
    if pins.room == "there" {
        notes.push(format!(
            "the largest request that a pool refused, of {} bytes, would find room now",
            count(size)
        ));
        return None;
    }
    Some((pool, pins))
}

fn of_dump(snapshot: &Snapshot, pool: usize, pins: &PinsFacts, names: &mut Names<'_>) -> Failure {
    let stats = snapshot.pools[pool].stats.unwrap_or_default();
    let failure = Failure {
        pool: Some(pool as u32),
        kind: "allocate",
        request: pins.request,
        align: pins.align,
        cause: if pins.is_pinned() {
            "fragmented"
        } else {
            "full"
        },
        used: pins.used,
        free: pins.free,
        free_blocks: stats.free_blocks as u64,
        largest_free: pins.largest_free,
        ..Failure::default()
    };
    failure::with_pins(failure, pins, names)
}
