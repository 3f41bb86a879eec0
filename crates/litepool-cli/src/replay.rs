//! `litepool replay`: a trace in a pool of a given size.

mod chart;
mod side_by_side;
mod text;
mod timing;

#[cfg(test)]
mod tests;

use anyhow::Result;
use litepool_snapshot::{Call, Resolver};
use litepool_trace::{Interned, Op};
use serde::Serialize;

use crate::args::Replay;
use crate::configs::{Configuration, bits};
use crate::engine::{Cause, Failure, Outcome};
use crate::job::{Job, PIECE};
use crate::memory::Memory;
use crate::observers::{Sample, Sampler, Series, Verified, Verifier};
use crate::output::{TraceFacts, foreign_word, print, print_json};
use crate::progress::Progress;
use crate::sites::{FrameFacts, SiteName, frames, warn};
use crate::units::count;
use crate::{NO, YES};

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    trace: TraceFacts,
    word: u32,
    pool: usize,
    configurations: Vec<Line>,
}

/// What one configuration made of the trace.
#[derive(Serialize, Debug)]
struct Line {
    name: &'static str,
    granule: usize,
    /// `fits`, `fails`, `no pool` or `broken`.
    result: &'static str,
    /// Why there is no pool, or what the verification found.
    reason: Option<String>,
    failure: Option<FailureFacts>,
    control_block: Option<usize>,
    /// The most bytes in used blocks, headers included.
    peak_used: usize,
    mean_fragmentation: f64,
    max_fragmentation: f64,
    /// Median over `timed_runs` runs on this host.
    ns_per_operation: Option<f64>,
    timed_runs: usize,
    verified: Option<Verified>,
    samples: Vec<Sample>,
}

/// The request that ended a replay.
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
    /// Of these, bytes in the slab's free slots.
    free_in_slabs: usize,
    free_blocks: usize,
    largest_free: usize,
    used: usize,
    thread: u32,
    time_microseconds: u64,
    /// The function that asked for it.
    call_site: Option<SiteName>,
    /// The whole call stack, the innermost frame first.
    call_stack: Vec<FrameFacts>,
    /// The same for people: the site, and who called it.
    #[serde(skip)]
    calls: Option<(Call, Vec<Call>)>,
    /// The stack's number in the trace.
    #[serde(skip)]
    stack: u32,
    message: String,
}

/// Replays and prints.
///
/// # Errors
/// The trace can't be read, there is no memory for the pool, or standard output or the picture can't be written.
pub(crate) fn run(args: &Replay) -> Result<u8> {
    let job = Job::prepare(&args.input, &args.device, PIECE)?;
    let pool = pool_size(args.pool, &job);
    let mut memories = side_by_side::memories(pool, &job)?;
    let steps = if args.verify.is_some() { 2 } else { 1 };
    let progress = Progress::new(
        "Replaying",
        job.configurations.len() as u64 * (steps + timing::MOST_RUNS as u64),
    );
    let mut configurations = Vec::new();
    for group in job.configurations.chunks(memories.len()) {
        configurations.extend(lines(group, &job, &mut memories, args, &progress)?);
    }
    timing::measure(&job, &mut memories, &mut configurations, &progress)?;
    drop(progress);

    let mut resolver = Resolver::new();
    let failures = configurations
        .iter_mut()
        .filter_map(|line| line.failure.as_mut());
    failures.for_each(|failure| failure.name(job.interned(), &mut resolver));
    warn(&resolver);

    let note = foreign_word(job.recorded, job.word);
    let report = Report {
        trace: job.facts,
        word: bits(job.word),
        pool,
        configurations,
    };
    if let Some(path) = &args.chart {
        chart::write(&report, path)?;
    }
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(args.pool.is_none(), note.as_deref()))?;
    }
    Ok(report.answer())
}

/// The size asked for, in whole granules; else a quarter more than the live peak, and room for a control block.
fn pool_size(asked: Option<u64>, job: &Job) -> usize {
    let granule = job
        .configurations
        .iter()
        .map(|configuration| configuration.granule)
        .max()
        .unwrap_or(1);
    match asked {
        Some(size) => usize::try_from(size).unwrap_or(usize::MAX) / granule * granule,
        None => {
            let peak = usize::try_from(job.facts.live_peak).unwrap_or(usize::MAX);
            let pool = peak.saturating_add(peak / 4).saturating_add(1024);
            pool.checked_next_multiple_of(1024).unwrap_or(pool)
        }
    }
}

/// Observes some configurations, and verifies them if that is wanted. Times come later.
fn lines(
    configurations: &[Configuration],
    job: &Job,
    memories: &mut [Memory],
    args: &Replay,
    progress: &Progress,
) -> Result<Vec<Line>> {
    let operations = job.facts.operations as usize;
    let sampler = |operations| Sampler::new(job.slots, operations, args.samples as usize);
    let mut observed: Vec<(Outcome, Sampler)> = side_by_side::play(
        configurations,
        job,
        memories,
        configurations.iter().map(|_| sampler(operations)).collect(),
    )?;
    // The samples are to be even over what can be done.
    let again: Vec<usize> = (0..observed.len())
        .filter(|&index| matches!(observed[index].0, Outcome::Failed(_)))
        .collect();
    if !again.is_empty() {
        let samplers = again.iter().map(|&index| match &observed[index].0 {
            Outcome::Failed(failure) => sampler(failure.operation - 1),
            _ => sampler(operations),
        });
        let samplers = samplers.collect();
        let failing: Vec<_> = again.iter().map(|&index| configurations[index]).collect();
        for (index, line) in again
            .iter()
            .zip(side_by_side::play(&failing, job, memories, samplers)?)
        {
            observed[*index] = line;
        }
    }
    progress.advance(configurations.len() as u64);

    let mut verified = vec![None; configurations.len()];
    if let Some(every) = args.verify {
        let verifiers = configurations
            .iter()
            .map(|_| Verifier::new(job.slots, operations, every as usize))
            .collect();
        let verdicts = side_by_side::play(configurations, job, memories, verifiers)?;
        for (index, (verdict, verifier)) in verdicts.into_iter().enumerate() {
            verified[index] = Some(verifier.finish());
            if matches!(verdict, Outcome::Broken(..)) {
                observed[index].0 = verdict;
            }
        }
        progress.advance(configurations.len() as u64);
    }
    configurations
        .iter()
        .zip(observed)
        .zip(verified)
        .zip(memories)
        .map(
            |(((configuration, (outcome, sampler)), verified), memory)| {
                let control_block = configuration.control_block(memory);
                let line = Line::new(configuration, outcome, sampler.finish(), job)?;
                Ok(line.with(verified, control_block))
            },
        )
        .collect()
}

impl Line {
    fn new(
        configuration: &Configuration,
        outcome: Outcome,
        series: Series,
        job: &Job,
    ) -> Result<Self> {
        let fragmentation = || series.samples.iter().map(|sample| sample.fragmentation);
        let mut line = Self {
            name: configuration.name,
            granule: configuration.granule,
            result: "fits",
            reason: None,
            failure: None,
            control_block: None,
            peak_used: series.peak_used,
            mean_fragmentation: fragmentation().fold(0.0, |sum, value| sum + value)
                / series.samples.len().max(1) as f64,
            max_fragmentation: fragmentation().fold(0.0, f64::max),
            ns_per_operation: None,
            timed_runs: 0,
            verified: None,
            samples: series.samples,
        };
        match outcome {
            Outcome::Completed => {}
            Outcome::NoPool(reason) => {
                let limit = count(configuration.largest());
                (line.result, line.reason) = (
                    "no pool",
                    Some(format!("{reason}\n  (at most {limit} bytes)")),
                );
            }
            Outcome::Broken(operation, what) => {
                (line.result, line.reason) =
                    ("broken", Some(format!("operation {operation}: {what}")));
            }
            Outcome::Failed(failure) => {
                line.result = "fails";
                line.peak_used = failure.stats.peak;
                line.failure = Some(FailureFacts::new(&failure, job)?);
            }
        }
        Ok(line)
    }

    fn with(self, verified: Option<Verified>, control_block: Option<usize>) -> Self {
        Self {
            verified,
            control_block,
            ..self
        }
    }
}

impl FailureFacts {
    fn new(failure: &Failure, job: &Job) -> Result<Self> {
        let (kind, align) = match failure.op {
            Op::Allocate { align, .. } => ("allocate", align),
            _ => ("resize", 0),
        };
        // A script has an operation for each of its trace.
        let event = job
            .event(failure.operation - 1)?
            .unwrap_or(failure.op.into());
        Ok(Self {
            operation: failure.operation,
            kind,
            request: failure.request(),
            align,
            cause: failure.cause(),
            free: failure.stats.free,
            free_in_slabs: failure.stats.free_in_slabs,
            free_blocks: failure.stats.free_blocks,
            largest_free: failure.stats.largest_free,
            used: failure.stats.used,
            thread: event.thread,
            time_microseconds: event.time,
            call_site: None,
            call_stack: Vec::new(),
            calls: None,
            stack: event.stack,
            message: failure.message.clone(),
        })
    }

    /// Finds out who asked.
    fn name(&mut self, interned: &Interned, resolver: &mut Resolver) {
        self.calls = Call::site_and_callers(interned, self.stack, resolver);
        self.call_site = self.calls.as_ref().map(|(site, _)| site.into());
        self.call_stack = frames(interned, self.stack, resolver);
    }
}

impl Report {
    /// Yes if the trace fits in one of the configurations, and none is broken.
    fn answer(&self) -> u8 {
        let any = |result| self.configurations.iter().any(|line| line.result == result);
        if any("fits") && !any("broken") {
            YES
        } else {
            NO
        }
    }
}
