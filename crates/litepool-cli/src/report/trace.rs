//! A trace, as the page has it.

use std::mem;
use std::path::{Path, PathBuf};

use anyhow::Result;
use litepool::Stats;
use litepool_replay::{Configuration, bits};
use litepool_report::model::{Failure, PoolFacts, Refusal, Source};
use litepool_report::{Blob, Names};
use litepool_snapshot::Leaks;

use super::names::{InputNames, file_name};
use super::replayed::{self, Failed};
use super::{failure, leaks};
use crate::args::{Device, Input, Report};
use crate::explain::{ChangeFacts, changes};
use crate::job::{Before, Job};
use crate::naming::Naming;
use crate::replay::{FailureFacts, pool_size};
use crate::snapshot::name_tasks;
use crate::units::{count, counted};

/// Operations of which it is tried what would have saved them, which replays them some hundred times.
const TRIED: usize = 1 << 20;

/// A trace, and the pool that it is replayed in.
pub(super) struct Traced {
    path: PathBuf,
    elf: Option<PathBuf>,
    tasks: Vec<(u32, String)>,
    job: Job,
    configuration: Configuration,
    pool: usize,
    /// What would have saved it, once that was tried.
    changes: Option<Vec<ChangeFacts>>,
}

impl Traced {
    /// Reads the trace.
    ///
    /// # Errors
    /// It can't be read, or there is no such configuration.
    pub(super) fn open(path: &Path, elf: Option<&Path>, args: &Report) -> Result<Self> {
        let input = Input {
            file: path.to_owned(),
            format: args.format,
        };
        let device = Device {
            word: args.word,
            base_modulo: 0,
            config: args.config.clone(),
            max_size: None,
        };
        let job = Job::with_few_owners(&input, &device, TRIED)?;
        Ok(Self {
            path: path.to_owned(),
            elf: elf.map(Path::to_owned),
            tasks: args.tasks.clone(),
            // There is one at least, and the first is the one that was named, or the first usual one.
            configuration: job.configurations[0],
            pool: pool_size(args.pool, &job),
            job,
            changes: None,
        })
    }

    /// The configurations that were named; none if none was.
    pub(super) fn named(&self, args: &Report) -> Vec<Configuration> {
        if args.config.is_empty() {
            return Vec::new();
        }
        self.job.configurations.clone()
    }

    /// Replays it in this configuration from now on.
    pub(super) fn choose(&mut self, configuration: Configuration) {
        self.configuration = configuration;
        self.changes = None;
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The program of the device, if it was named.
    pub(super) fn elf(&self) -> Option<&Path> {
        self.elf.as_deref()
    }

    /// Replays it, and puts what the page shows of it into the blob.
    ///
    /// # Errors
    /// The trace can't be read any more, or there is no such pool.
    pub(super) fn source(&mut self, thrift: u32, blob: &mut Blob) -> Result<Source> {
        let (job, configuration) = (&self.job, &self.configuration);
        let replayed = replayed::replay(job, configuration, self.pool, thrift)?;
        let stats = replayed.collector.stats();
        let leaks = replayed.leaks;
        let mut leaks = leaks.finish(job.word, replayed.interned, &job.facts.file)?;
        name_tasks(&mut leaks.snapshot, &self.tasks);
        let interned = leaks.snapshot.interned.clone();
        let mut naming = Naming::new(&leaks.snapshot, self.elf.as_deref())?;
        let failed = match replayed.failed {
            Some(mut failed) => {
                let freed_later = mem::take(&mut failed.freed_later);
                let facts = self.failed_facts(failed, &leaks, &mut naming)?;
                let is_kept =
                    |number: Option<u64>| number.is_none_or(|n| !freed_later.contains(&n));
                leaks.retain(|block| is_kept(block.number));
                Some(facts)
            }
            None => None,
        };
        let mut names = InputNames { naming, interned };
        let mut page = Names::new(&mut names);
        let mut source = self.facts(stats);
        replayed.collector.finish(&mut source, &mut page, blob);
        if let Some((facts, stack)) = &failed {
            let failure = failure::of_replay(facts, *stack, &mut page);
            let timeline = source.timeline.get_or_insert_default();
            timeline.failures.push(refusal(&failure));
            let changes = self.changes(&mut source.notes)?.iter();
            let changes = changes.map(|change| change.for_page(|call| page.call(call)));
            source.failure = Some(Failure {
                changes: changes.collect(),
                ..failure
            });
        }
        if leaks.gaps > 0 {
            let gaps = counted(leaks.gaps, "gap");
            let note = format!("the recording lost events in {gaps}: no figure is exact");
            source.notes.push(note);
        }
        leaks::put(&leaks, &mut source, &mut page, blob);
        page.finish(&mut source);
        source.notes.extend(names.naming.notes());
        Ok(source)
    }

    /// What is known without looking at its blocks. `stats`: the pool's figures at the end.
    fn facts(&self, stats: Stats) -> Source {
        let job = &self.job;
        Source {
            name: file_name(&self.path),
            kind: "trace",
            program: job.facts.program.clone(),
            word: bits(job.word),
            operations: job.facts.operations,
            objects: job.profile.allocations,
            microseconds: (job.profile.duration > 0).then_some(job.profile.duration),
            live_peak: job.facts.live_peak,
            live_peak_at: job.profile.peak_at + 1,
            pools: vec![PoolFacts {
                configuration: self.configuration.name.into(),
                base: job.placement.address(),
                size: stats.size as u64,
                granule: self.configuration.granule as u32,
                control_block: stats.overhead as u64,
                used: stats.used as u64,
                peak: stats.peak as u64,
                free: stats.free as u64,
                largest_free: stats.largest_free as u64,
                ..PoolFacts::default()
            }],
            ..Source::default()
        }
    }

    /// What would have saved the trace. It is tried once, however often the page is made.
    fn changes(&mut self, notes: &mut Vec<String>) -> Result<&[ChangeFacts]> {
        if self.job.whole().is_err() {
            notes.push(format!(
                "what would have saved it was not tried: the trace has more than {} operations; \
                 `litepool explain` tries it",
                count(TRIED)
            ));
            return Ok(&[]);
        }
        if self.changes.is_none() {
            self.changes = Some(changes(&self.job, &self.configuration, self.pool)?);
        }
        Ok(self.changes.as_deref().unwrap_or_default())
    }

    /// What there is to say of the request that ended the replay, and its call stack.
    fn failed_facts(
        &self,
        failed: Failed,
        leaks: &Leaks,
        naming: &mut Naming,
    ) -> Result<(FailureFacts, u32)> {
        let Failed {
            failure,
            placed,
            event,
            objects,
            ..
        } = failed;
        // What is live where the replay ended is what was looked at for leaks.
        let before = Before::new(event, leaks.snapshot.clone(), objects);
        let (job, configuration) = (&self.job, &self.configuration);
        let facts = FailureFacts::of(configuration, failure, placed, &before, job, naming)?;
        Ok((facts, event.stack))
    }
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
