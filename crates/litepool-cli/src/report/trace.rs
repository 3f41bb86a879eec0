//! A trace, as the page has it.

use std::path::Path;

use anyhow::Result;
use litepool_replay::{Configuration, bits};
use litepool_report::model::{Failure, PoolFacts, Refusal, Source};
use litepool_report::{Blob, Names};
use litepool_snapshot::Leaks;

use super::names::{InputNames, file_name};
use super::replayed::{self, Failed};
use super::{failure, leaks};
use crate::args::{Device, Input, Report};
use crate::job::{Before, Job, PIECE};
use crate::naming::Naming;
use crate::replay::{FailureFacts, pool_size};
use crate::snapshot::name_tasks;

/// Replays the trace, and puts what the page shows of it into the blob.
///
/// # Errors
/// The trace can't be read, or there is no such pool.
pub(super) fn source(
    path: &Path,
    elf: Option<&Path>,
    args: &Report,
    thrift: u32,
    blob: &mut Blob,
) -> Result<Source> {
    let input = Input {
        file: path.to_owned(),
        format: args.format,
    };
    let device = Device {
        word: args.word,
        base_modulo: 0,
        config: args.config.iter().cloned().collect(),
        max_size: None,
    };
    let job = Job::prepare(&input, &device, PIECE)?;
    // There is one at least, and the first is the one that was named, or the first usual one.
    let configuration = job.configurations[0];
    let pool = pool_size(args.pool, &job);
    let replayed = replayed::replay(&job, &configuration, pool, thrift)?;

    let stats = replayed.collector.stats();
    let mut leaks = replayed
        .leaks
        .finish(job.word, replayed.interned, &job.facts.file)?;
    name_tasks(&mut leaks.snapshot, &args.tasks);
    let interned = leaks.snapshot.interned.clone();
    let mut naming = Naming::new(&leaks.snapshot, elf)?;
    let failed = match replayed.failed {
        Some(failed) => Some(failed_facts(
            failed,
            &leaks,
            &configuration,
            &job,
            &mut naming,
        )?),
        None => None,
    };
    let mut names = InputNames { naming, interned };
    let mut source = Source {
        name: file_name(path),
        kind: "trace",
        program: job.facts.program.clone(),
        word: bits(job.word),
        operations: job.facts.operations,
        objects: job.profile.allocations,
        microseconds: (job.profile.duration > 0).then_some(job.profile.duration),
        live_peak: job.facts.live_peak,
        live_peak_at: job.profile.peak_at + 1,
        pools: vec![PoolFacts {
            configuration: configuration.name.into(),
            base: job.placement.address(),
            size: stats.size as u64,
            granule: configuration.granule as u32,
            control_block: stats.overhead as u64,
            used: stats.used as u64,
            peak: stats.peak as u64,
            free: stats.free as u64,
            largest_free: stats.largest_free as u64,
            ..PoolFacts::default()
        }],
        ..Source::default()
    };
    let mut page = Names::new(&mut names);
    replayed.collector.finish(&mut source, &mut page, blob);
    if let Some((facts, stack)) = &failed {
        let failure = failure::of_replay(facts, *stack, &mut page);
        let timeline = source.timeline.get_or_insert_default();
        timeline.failures.push(refusal(&failure));
        source.failure = Some(failure);
    }
    leaks::put(&leaks, &mut source, &mut page, blob);
    page.finish(&mut source);
    source.notes.extend(names.naming.notes());
    Ok(source)
}

/// What there is to say of the request that ended the replay, and its call stack.
fn failed_facts(
    failed: Failed,
    leaks: &Leaks,
    configuration: &Configuration,
    job: &Job,
    naming: &mut Naming,
) -> Result<(FailureFacts, u32)> {
    let Failed {
        failure,
        placed,
        event,
        objects,
    } = failed;
    // What is live where the replay ended is what was looked at for leaks.
    let before = Before::new(event, leaks.snapshot.clone(), objects);
    let facts = FailureFacts::of(configuration, failure, placed, &before, job, naming)?;
    Ok((facts, event.stack))
}

/// The same among those that the timeline marks.
fn refusal(failure: &Failure) -> Refusal {
    Refusal {
        operation: failure.operation.saturating_sub(1),
        time: failure.time,
        size: failure.request,
        align: failure.align,
        task: failure.task,
        stack: failure.stack,
        is_recorded: false,
    }
}
