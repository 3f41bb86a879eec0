//! `litepool explain`: what would have saved a trace that fails in a pool.
//!
//! - `heaviest.rs`: whose objects weigh most; `arrangement.rs`: a way to lay memory out is tried by
//!   replays
//! - `changes.rs`: which changes are tried, one by one and together
//! - `facts.rs`: what came of each; `text.rs`: the report as people read it

mod arrangement;
mod changes;
mod facts;
mod heaviest;
mod text;

#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use litepool_replay::search::Effort;
use litepool_replay::{Cause, Configuration, Failure, Memory, Outcome, Part, bits};
use serde::Serialize;

use crate::args::Explain;
use crate::job::{AllocationSites, Job};
use crate::naming::Naming;
use crate::output::{TraceFacts, print, print_json, word_note};
use crate::progress::Progress;
use crate::sites::warn;
use crate::units::count;
use crate::{NO, YES};
use arrangement::{Arrangement, Bench};
use changes::{Skipped, other_configurations};
pub(crate) use facts::ChangeFacts;
use heaviest::Heaviest;

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    trace: TraceFacts,
    word: u32,
    /// The memory that there is, and the configuration whose pool it is.
    pool: usize,
    configuration: &'static str,
    /// The request that fails; null if none does.
    failure: Option<FailureFacts>,
    /// The smallest pool of that configuration in which the trace completes; null if there is none.
    smallest: Option<u64>,
    /// Those first that save the trace in the memory that there is, then the others; of each the
    /// cheapest first.
    changes: Vec<ChangeFacts>,
    skipped: Vec<SkippedFacts>,
}

/// The request that ends the replay.
#[derive(Serialize, Debug)]
struct FailureFacts {
    /// From 1.
    operation: usize,
    /// `allocate` or `resize`.
    kind: &'static str,
    request: u64,
    /// 0: the granule.
    align: u64,
    cause: Cause,
    free: usize,
    free_blocks: usize,
    largest_free: usize,
}

/// A configuration that was not tried.
#[derive(Serialize, Debug)]
struct SkippedFacts {
    configuration: &'static str,
    granule: usize,
    /// Why, in English.
    reason: String,
}

/// Tries what would have saved the trace, and prints it.
///
/// # Errors
/// The trace can't be read, there is no such pool, or standard output can't be written.
pub(crate) fn run(args: &Explain) -> Result<u8> {
    let job = Job::with_owners(&args.input, &args.device)?;
    let configuration = the_one(&job, !args.device.config.is_empty())?;
    let pool = usize::try_from(args.pool).unwrap_or(usize::MAX);
    let pool = pool / configuration.granule * configuration.granule;
    let failure = failure(&job, &configuration, pool)?;
    let Explained {
        smallest,
        changes,
        skipped,
    } = match &failure {
        Some(failure) => explained(&job, &configuration, pool, failure, args.device.max_size)?,
        None => Explained {
            smallest: smallest(&job, &configuration)?,
            ..Explained::default()
        },
    };
    let note = word_note(job.recorded, job.word);
    let report = Report {
        word: bits(job.word),
        pool,
        configuration: configuration.name,
        failure: failure.as_ref().map(FailureFacts::from),
        smallest,
        changes,
        skipped: skipped.into_iter().map(SkippedFacts::from).collect(),
        trace: job.facts,
    };
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(note.as_deref()))?;
    }
    Ok(report.answer())
}

/// What would have saved a trace that fails in a pool of this size (in whole granules) and
/// configuration: those changes first that save it in that memory, then the others; of each the
/// cheapest first. Empty if it does not fail. The job must know the
/// owners: [`Job::with_owners`].
///
/// # Errors
/// There is no such pool.
pub(crate) fn changes(
    job: &Job,
    configuration: &Configuration,
    pool: usize,
) -> Result<Vec<ChangeFacts>> {
    match failure(job, configuration, pool)? {
        Some(failure) => Ok(explained(job, configuration, pool, &failure, None)?.changes),
        None => Ok(Vec::new()),
    }
}

/// The configuration whose failure is explained: that which is named, else the first.
fn the_one(job: &Job, is_named: bool) -> Result<Configuration> {
    match job.configurations[..] {
        [one, _, ..] if !is_named => Ok(one),
        [one] => Ok(one),
        _ => {
            let names: Vec<&str> = job.configurations.iter().map(|one| one.name).collect();
            bail!(
                "--config: the pool has one configuration; name one of these: {}",
                names.join(", ")
            )
        }
    }
}

/// The request that fails in that pool, if one does.
fn failure(job: &Job, configuration: &Configuration, pool: usize) -> Result<Option<Failure>> {
    let mut memory = Memory::new(pool, job.placement)?;
    let whole = job.whole()?;
    match whole.replay(configuration, &mut memory, usize::MAX, None) {
        Outcome::Completed => Ok(None),
        Outcome::Failed(failure) => Ok(Some(*failure)),
        Outcome::NoPool(reason) => bail!(
            "there can't be a pool of {} bytes ({}): {reason}\n  a pool of {} has at most {} bytes; \
             `litepool size` finds the smallest that serves the trace",
            count(pool),
            configuration.name,
            configuration.name,
            count(configuration.largest())
        ),
        Outcome::Broken(operation, what) => bail!(
            "a pool of {} bytes ({}): THE HEAP IS AT FAULT at operation {operation}: {what}\n  \
             please report it with the trace",
            count(pool),
            configuration.name
        ),
    }
}

/// What was found.
#[derive(Default)]
struct Explained {
    smallest: Option<u64>,
    changes: Vec<ChangeFacts>,
    skipped: Vec<Skipped>,
}

/// The smallest pool of a trace that does not fail.
fn smallest(job: &Job, configuration: &Configuration) -> Result<Option<u64>> {
    let whole = job.whole()?;
    let effort = Effort::for_operations(whole.ops.len() as u64);
    let progress = Progress::new("Trying pool sizes", 16 + 4 * effort.sizes);
    let tried = || progress.advance(1);
    let found = whole.smallest(configuration, job.placement, effort, tried);
    Ok(found.map(|found| found.size))
}

fn explained(
    job: &Job,
    configuration: &Configuration,
    pool: usize,
    failure: &Failure,
    max_size: Option<u64>,
) -> Result<Explained> {
    let mut naming = Naming::of_trace(job.interned());
    let sites = job.allocation_sites(&mut naming);
    warn(naming.resolver());
    let (mut others, skipped) =
        other_configurations(configuration, job.word, max_size, &job.profile);
    others.retain(|other| job.placement.misalignment(other.granule) == 0);
    let mut explained = tried(job, configuration, pool, failure, &sites, &others)?;
    explained.skipped = skipped;
    Ok(explained)
}

fn tried(
    job: &Job,
    configuration: &Configuration,
    pool: usize,
    failure: &Failure,
    sites: &AllocationSites,
    others: &[Configuration],
) -> Result<Explained> {
    let whole: &Part = job.whole()?;
    let heaviest = Heaviest::of(whole, sites, failure.operation);
    let effort = Effort::for_operations(whole.ops.len() as u64);
    // More bytes; for each kind the rest and its own pool.
    let searches = 1 + others.len() + 2 * heaviest.kinds.len();
    let trials = searches as u64 * (16 + 4 * effort.sizes);
    let progress = Progress::new("Trying changes", trials);
    let of_whole = (whole, job.placement, job.word);
    let bench = Bench::new(of_whole, pool, &heaviest, &progress);
    let base = Arrangement {
        configuration: *configuration,
        is_unaligned: false,
        moved: Vec::new(),
    };
    let (smallest, singles) = rayon::join(|| bench.more(&base), || bench.singles(&base, others));
    let mut all = Vec::new();
    if singles.iter().all(|tried| !tried.verdict.survives) {
        all.extend(bench.together(&base, &singles, smallest));
    }
    all.extend(singles);
    let facts = all
        .iter()
        .map(|tried| ChangeFacts::new(tried, &base, &heaviest));
    let more = ChangeFacts::more_bytes(&base, smallest, failure.operation as u64);
    let mut changes: Vec<ChangeFacts> = facts.chain([more]).collect();
    changes.sort_by_key(ChangeFacts::order);
    Ok(Explained {
        smallest,
        changes,
        skipped: Vec::new(),
    })
}

impl ChangeFacts {
    /// What saves the trace in the memory that there is comes first; of all, the cheapest.
    fn order(&self) -> (bool, u64) {
        (!self.saves(), self.memory.unwrap_or(u64::MAX))
    }
}

impl From<&Failure> for FailureFacts {
    fn from(failure: &Failure) -> Self {
        Self {
            operation: failure.operation,
            kind: failure.kind(),
            request: failure.request(),
            align: failure.align,
            cause: failure.cause(),
            free: failure.stats.free - failure.stats.free_in_slabs,
            free_blocks: failure.stats.free_blocks,
            largest_free: failure.stats.largest_free,
        }
    }
}

impl From<Skipped> for SkippedFacts {
    fn from(skipped: Skipped) -> Self {
        Self {
            configuration: skipped.configuration.name,
            granule: skipped.configuration.granule,
            reason: skipped.reason,
        }
    }
}

impl Report {
    /// Yes if nothing fails, or something saves the trace in the memory that there is.
    fn answer(&self) -> u8 {
        if self.failure.is_none() || self.changes.iter().any(ChangeFacts::saves) {
            YES
        } else {
            NO
        }
    }
}
