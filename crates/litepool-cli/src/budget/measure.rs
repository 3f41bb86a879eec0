//! Measures a trace: its figures, and who holds what.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use litepool_replay::search::Effort;
use litepool_replay::{Cause, Configuration, Memory, Outcome, Sampler, bits};
use litepool_snapshot::{LeakFinder, LeakVerdict, Leaks, Moment};

use super::figures::Figure;
use super::holders::{AllHeld, Holders};
use super::settings::{Common, TraceSettings};
use crate::args::{Device, Input};
use crate::job::Job;
use crate::naming::Naming;
use crate::progress::Progress;
use crate::units::{count, counted};

/// How many samples of the pool's state are taken: as many as `litepool replay` takes.
const SAMPLES: usize = 240;

/// What was measured of a trace.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) conditions: Conditions,
    /// Operations in all.
    pub(super) operations: u64,
    /// Those that could be measured, and were to be.
    pub(super) figures: BTreeMap<Figure, u64>,
    /// Why it does not fit into the device's pool, if it does not.
    pub(super) misfit: Option<String>,
    pub(super) held: AllHeld,
    /// What makes the figures less than sure, and what could not be named.
    pub(super) notes: Vec<String>,
}

/// What figures depend on beside the trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Conditions {
    /// Bits of the device's word.
    pub(super) word: u32,
    pub(super) configuration: String,
    pub(super) max_size: Option<u64>,
    pub(super) base_modulo: Option<u64>,
    /// The device's pool.
    pub(super) pool: Option<u64>,
}

impl Conditions {
    /// Whether a figure means the same under both.
    pub(super) fn compare(&self, other: &Self, figure: Figure) -> bool {
        match figure {
            Figure::Fragmentation => self == other,
            Figure::SmallestPool => {
                let without = |one: &Self| Self {
                    pool: None,
                    ..one.clone()
                };
                without(self) == without(other)
            }
            Figure::Peak | Figure::NeverFreed | Figure::SuspectedLeaks | Figure::Leaks => true,
        }
    }
}

/// Measures a trace. The smallest pool takes most of the time: it is looked for if it has a limit,
/// or if `all` figures are wanted.
///
/// # Errors
/// The trace, or the program that names its functions, can't be read.
pub(super) fn measure(trace: &TraceSettings, all: bool, progress: &Progress) -> Result<Measured> {
    let input = Input {
        file: trace.file.clone(),
        format: trace.of.format,
    };
    let device = Device {
        word: trace.of.word,
        base_modulo: trace.of.base_modulo.unwrap_or(0),
        config: vec![trace.of.configuration().to_owned()],
        max_size: trace.of.max_size,
    };
    let job = Job::prepare(&input, &device, usize::MAX)?;
    let configuration = job.configurations.first();
    let configuration = configuration.context("there is no such configuration")?;
    let whole = job.whole()?;
    progress.advance(1);

    let (held, mut figures, notes) = look(&job, &trace.of)?;
    progress.advance(1);
    figures.insert(Figure::Peak, job.facts.live_peak);
    if all || trace.of.limits.contains_key(&Figure::SmallestPool) {
        let effort = Effort::for_operations(job.facts.operations);
        let found = whole.smallest(configuration, job.placement, effort, || progress.advance(1));
        figures.extend(found.map(|found| (Figure::SmallestPool, found.size)));
    }
    let misfit = match trace.of.pool {
        None => None,
        Some(pool) => match fragmentation(&job, configuration, pool.most)? {
            Ok(fragmentation) => {
                figures.insert(Figure::Fragmentation, fragmentation);
                None
            }
            Err(misfit) => Some(misfit),
        },
    };
    Ok(Measured {
        conditions: Conditions {
            word: bits(job.word),
            configuration: configuration.name.to_owned(),
            max_size: trace.of.max_size,
            base_modulo: trace.of.base_modulo,
            pool: trace.of.pool.map(|pool| pool.most),
        },
        operations: job.facts.operations,
        figures,
        misfit,
        held,
        notes,
    })
}

/// How many steps of progress the measuring of a trace takes, more or less.
pub(super) const STEPS: u64 = 80;

/// Reads the trace once more: who holds what, what is never freed and may be a leak; and what is to
/// be noted.
fn look(job: &Job, of: &Common) -> Result<(AllHeld, BTreeMap<Figure, u64>, Vec<String>)> {
    let interned = job.interned();
    let mut naming = Naming::of_trace(interned).without_files();
    if let Some(path) = &of.elf {
        naming = naming.with_firmware(path)?;
    }
    let mut holders = Holders::new(interned, naming);
    let mut finder = LeakFinder::new(Moment::End);
    job.events(|event, _| {
        holders.event(event);
        finder.event(event);
        Ok(true)
    })?;
    let leaks = finder.finish(job.word, interned.clone(), &job.facts.file)?;
    let figures = leak_figures(&leaks, &mut holders);
    let (held, mut notes) = holders.finish();
    if leaks.gaps > 0 {
        let gaps = counted(leaks.gaps, "gap");
        notes.push(format!(
            "the recording lost events in {gaps}: no figure is exact"
        ));
    }
    Ok((held, figures, notes))
}

/// What was not freed: all of it, and what of it is a leak, as `litepool leaks` finds them.
fn leak_figures(leaks: &Leaks, holders: &mut Holders<'_>) -> BTreeMap<Figure, u64> {
    let [mut all, mut suspected, mut sure] = [0_u64; 3];
    for leak in leaks.grouped(|block| Some(holders.line(block.stack))) {
        let bytes = leak.bytes;
        all = all.saturating_add(bytes);
        match leak.verdict {
            verdict if verdict.is_sure() => sure = sure.saturating_add(bytes),
            LeakVerdict::Creeping | LeakVerdict::TaskGone => {
                suspected = suspected.saturating_add(bytes);
            }
            _ => {}
        }
    }
    BTreeMap::from([
        (Figure::NeverFreed, all),
        (Figure::SuspectedLeaks, suspected),
        (Figure::Leaks, sure),
    ])
}

/// The highest fragmentation in a pool of so many bytes, in hundredths of a per cent; or why the
/// trace does not fit into it.
///
/// # Errors
/// This machine has no memory for the pool.
fn fragmentation(
    job: &Job,
    configuration: &Configuration,
    pool: u64,
) -> Result<Result<u64, String>> {
    let granule = configuration.granule;
    let pool = usize::try_from(pool).unwrap_or(usize::MAX) / granule * granule;
    let mut memory = Memory::new(pool, job.placement)?;
    let whole = job.whole()?;
    let mut sampler = Sampler::new(job.slots, job.facts.operations as usize, SAMPLES);
    let outcome = whole.replay(configuration, &mut memory, usize::MAX, Some(&mut sampler));
    Ok(match outcome {
        Outcome::Completed => {
            let samples = sampler.finish().samples;
            let highest = samples.iter().map(|sample| sample.fragmentation);
            // Rounded as the reports round it: what is written is what is compared.
            Ok((highest.fold(0.0, f64::max) * 10_000.0).round() as u64)
        }
        Outcome::NoPool(reason) => Err(reason),
        Outcome::Failed(failure) => Err(format!(
            "operation {} finds no {}: {}",
            count(failure.operation as u64),
            counted(failure.request(), "byte"),
            match failure.cause() {
                Cause::Full => "the pool is full",
                Cause::Fragmented => "the free bytes would do, but no free block does",
                Cause::Alignment => "a free block would do, but not at the alignment",
            }
        )),
        Outcome::Broken(operation, what) => {
            bail!("operation {operation} broke the pool, which is a fault in litepool: {what}")
        }
    })
}
