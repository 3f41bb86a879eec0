//! `litepool replay`: a trace in a pool of a given size.

mod at_failure;
mod elsewhere;
mod failure;
mod side_by_side;
mod stats_at;
mod text;
mod timing;

#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use litepool_replay::{
    AtFailure, Configuration, Memory, Outcome, Placed, Sample, Sampler, Series, Verified, Verifier,
    bits,
};
use serde::Serialize;

use crate::args::Replay;
use crate::job::{Job, PIECE};
use crate::output::{TraceFacts, print, print_json, word_note};
use crate::progress::Progress;
use crate::units::count;
use crate::{NO, YES};
pub(crate) use at_failure::at_failure;
use failure::Failed;
pub(crate) use failure::FailureFacts;
pub(crate) use stats_at::stats_at;

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

/// Replays and prints.
///
/// # Errors
/// The trace can't be read, there is no memory for the pool, or standard output can't be written.
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

    let note = word_note(job.recorded, job.word);
    let report = Report {
        trace: job.facts,
        word: bits(job.word),
        pool,
        configurations,
    };
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(args.pool.is_none(), note.as_deref()))?;
    }
    Ok(report.answer())
}

/// The size asked for, in whole granules; else a quarter more than the live peak, and room for a control block.
pub(crate) fn pool_size(asked: Option<u64>, job: &Job) -> usize {
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

/// The one configuration that was named.
fn only(configurations: &[Configuration]) -> Result<&Configuration> {
    match configurations {
        [configuration] => Ok(configuration),
        several => {
            let names: Vec<&str> = several.iter().map(|one| one.name).collect();
            bail!("--config: name one of these: {}", names.join(", "))
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
    let mut observed = observe(configurations, job, memories, args)?;
    progress.advance(configurations.len() as u64);

    let mut verified = vec![None; configurations.len()];
    if let Some(every) = args.verify {
        let operations = job.facts.operations as usize;
        let verifiers = configurations
            .iter()
            .map(|_| Verifier::new(job.slots, operations, every as usize))
            .collect();
        let verdicts = side_by_side::play(configurations, job, memories, verifiers)?;
        for (index, (verdict, verifier)) in verdicts.into_iter().enumerate() {
            verified[index] = Some(verifier.finish());
            if matches!(verdict, Outcome::Broken(..)) {
                observed[index].outcome = verdict;
            }
        }
        progress.advance(configurations.len() as u64);
    }
    let failed = configurations.iter().zip(&mut observed);
    let failed: Vec<Failed<'_>> = failed.filter_map(Failed::of).collect();
    let mut failures = failure::explain(&failed, job, memories)?.into_iter();
    let lines = configurations
        .iter()
        .zip(observed)
        .zip(verified)
        .zip(memories);
    let pool = pool_size(args.pool, job);
    let lines = lines.map(|(((configuration, observed), verified), memory)| {
        let control_block = configuration.control_block(memory);
        Line::new(configuration, pool, observed, &mut failures).with(verified, control_block)
    });
    Ok(lines.collect())
}

/// What was seen of a configuration.
struct Observed {
    outcome: Outcome,
    series: Series,
    /// The blocks of its pool where it failed.
    placed: Option<Placed>,
}

/// Runs the trace in these configurations, side by side. Where it fails, once more: the samples are
/// to be even over what can be done.
fn observe(
    configurations: &[Configuration],
    job: &Job,
    memories: &mut [Memory],
    args: &Replay,
) -> Result<Vec<Observed>> {
    let sampler = |operations| Sampler::new(job.slots, operations, args.samples as usize);
    let samplers = configurations
        .iter()
        .map(|_| sampler(job.facts.operations as usize));
    let runs = side_by_side::play(configurations, job, memories, samplers.collect())?;
    let observed = runs.into_iter().map(|(outcome, sampler)| Observed {
        outcome,
        series: sampler.finish(),
        placed: None,
    });
    let mut observed: Vec<Observed> = observed.collect();

    let failing = configurations.iter().zip(&mut observed);
    let failing = failing.filter_map(|(&configuration, observed)| match &observed.outcome {
        Outcome::Failed(failure) => Some((configuration, failure.operation - 1, observed)),
        _ => None,
    });
    let (mut again, mut observers, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (configuration, operations, observed) in failing {
        again.push(configuration);
        observers.push((sampler(operations), AtFailure::default()));
        places.push(observed);
    }
    if !again.is_empty() {
        let runs = side_by_side::play(&again, job, memories, observers)?;
        for (observed, (outcome, (sampler, at_failure))) in places.into_iter().zip(runs) {
            *observed = Observed {
                outcome,
                series: sampler.finish(),
                placed: at_failure.finish(),
            };
        }
    }
    Ok(observed)
}

impl Line {
    /// `failures`: what there is to say of the next line that failed.
    fn new(
        configuration: &Configuration,
        pool: usize,
        observed: Observed,
        failures: &mut impl Iterator<Item = FailureFacts>,
    ) -> Self {
        let Observed {
            outcome, series, ..
        } = observed;
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
                let hint = match pool <= configuration.largest() {
                    true => "; `litepool size` finds the smallest",
                    false => "",
                };
                let reason = format!("{reason}\n  (at most {limit} bytes{hint})");
                (line.result, line.reason) = ("no pool", Some(reason));
            }
            Outcome::Broken(operation, what) => {
                (line.result, line.reason) =
                    ("broken", Some(format!("operation {operation}: {what}")));
            }
            Outcome::Failed(failure) => {
                line.result = "fails";
                line.peak_used = failure.stats.peak;
                line.failure = failures.next();
            }
        }
        line
    }

    fn with(self, verified: Option<Verified>, control_block: Option<usize>) -> Self {
        Self {
            verified,
            control_block,
            ..self
        }
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
