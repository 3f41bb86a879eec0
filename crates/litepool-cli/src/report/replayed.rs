//! A trace is replayed in one pool, and looked at meanwhile.

use std::collections::HashSet;

use anyhow::{Result, bail};
use litepool_replay::{AtFailure, Configuration, Failure, Memory, Outcome, Placed, Run};
use litepool_report::{Collector, Doer, Plan};
use litepool_snapshot::{LeakFinder, Moment};
use litepool_trace::{Event, EventKind, Interned, Op, Slots};

use crate::job::Job;
use crate::progress::Progress;
use crate::units::count;

/// Events that are read before their operations are replayed.
const PIECE: usize = 1 << 14;

/// What is known after the replay.
pub(super) struct Replayed {
    pub(super) collector: Collector,
    /// The request that the pool could not serve.
    pub(super) failed: Option<Failed>,
    pub(super) leaks: LeakFinder,
    /// What the events mention by number.
    pub(super) interned: Interned,
}

/// A request that failed, and where everything stood.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) placed: Option<Placed>,
    pub(super) event: Event,
    /// The number of the object in each slot.
    pub(super) objects: Vec<u32>,
    /// The objects that were live then and that the recording frees later: they are no leaks.
    pub(super) freed_later: HashSet<u64>,
}

/// Replays a trace in a pool. Where it fails in its first half, once more: the columns are to be
/// even over what can be done.
///
/// # Errors
/// The trace can't be read any more, or there is no such pool.
pub(super) fn replay(
    job: &Job,
    configuration: &Configuration,
    pool: usize,
    thrift: u32,
) -> Result<Replayed> {
    let operations = job.facts.operations;
    let mut plan = Plan {
        operations,
        expected: operations,
        slots: job.slots,
        peak_at: job.profile.peak_at + 1,
        pool,
        granule: configuration.granule,
        has_times: job.profile.duration > 0,
        thrift,
    };
    let replayed = once(job, configuration, plan)?;
    let done = replayed.collector.done();
    if replayed.failed.is_none() || is_kept(&plan, done) {
        return Ok(replayed);
    }
    plan.expected = done;
    once(job, configuration, plan)
}

/// Whether a replay that failed after so many operations is not done again.
fn is_kept(plan: &Plan, done: u64) -> bool {
    plan.expected < plan.operations || done > plan.operations / 2
}

fn once(job: &Job, configuration: &Configuration, plan: Plan) -> Result<Replayed> {
    let progress = Progress::new("Replaying", plan.expected);
    let mut memory = Memory::new(plan.pool, job.placement)?;
    let run = match configuration.start(&mut memory, job.slots) {
        Ok(run) => run,
        Err(reason) => bail!(
            "there can't be a pool of {} bytes ({}): {reason}\n  --pool names another size",
            count(plan.pool),
            configuration.name
        ),
    };
    let mut player = Player {
        run,
        observers: (Collector::new(plan), AtFailure::default()),
        slots: Slots::new(),
        objects: vec![0; job.slots],
        leaks: LeakFinder::new(Moment::End),
        piece: Vec::with_capacity(PIECE),
        ops: Vec::with_capacity(PIECE),
        read: 0,
        failure: None,
        newest: 0,
        freed_later: HashSet::new(),
    };
    let interned = job.events(|event, _| {
        if player.failure.is_some() {
            player.after_failure(event);
            return Ok(is_kept(&plan, player.observers.0.done()));
        }
        player.piece.push(*event);
        if player.piece.len() == PIECE {
            player.play()?;
            progress.advance(player.ops.len() as u64);
        }
        Ok(true)
    })?;
    player.play()?;
    let Player {
        observers: (collector, at_failure),
        leaks,
        objects,
        failure,
        freed_later,
        ..
    } = player;
    let placed = at_failure.finish();
    let failed = failure.map(|(failure, event)| Failed {
        failure,
        placed,
        event,
        objects,
        freed_later,
    });
    Ok(Replayed {
        collector,
        failed,
        leaks,
        interned,
    })
}

/// A replay that is going on.
struct Player<'m> {
    run: Box<dyn Run + 'm>,
    observers: (Collector, AtFailure),
    slots: Slots,
    /// The number of the object in each slot.
    objects: Vec<u32>,
    leaks: LeakFinder,
    /// Events that were read and are still to be replayed; and the operations among those before.
    piece: Vec<Event>,
    ops: Vec<Op>,
    /// Operations that were read.
    read: u64,
    failure: Option<(Failure, Event)>,
    /// The number of the last object that was allocated before the failure.
    newest: u32,
    freed_later: HashSet<u64>,
}

impl Player<'_> {
    /// Replays what was read.
    fn play(&mut self) -> Result<()> {
        if self.failure.is_some() {
            return Ok(());
        }
        let mut doers = Vec::with_capacity(self.piece.len());
        let before = self.read;
        self.ops.clear();
        for event in &self.piece {
            let doer = Doer {
                thread: event.thread,
                stack: event.stack,
                time: event.time,
            };
            match event.kind {
                EventKind::Op(op) => {
                    if let Some(op) = self.slots.op(op) {
                        self.ops.push(op);
                        doers.push(doer);
                        self.read += 1;
                    }
                }
                EventKind::Refused { size, align, .. } => {
                    self.observers.0.refused(self.read, size, align, doer);
                }
                _ => {}
            }
        }
        self.observers.0.expect(&doers);
        match self.run.play(&self.ops, Some(&mut self.observers)) {
            Ok(()) => {
                self.done(self.ops.len());
            }
            Err(Outcome::Failed(failure)) => {
                let done = (failure.operation as u64).saturating_sub(before + 1);
                let next = self.done(usize::try_from(done).unwrap_or(usize::MAX));
                let rest = next.map_or(self.piece.len(), |next| next + 1);
                self.failure = next.map(|next| (*failure, self.piece[next]));
                self.newest = self.objects.iter().copied().max().unwrap_or(0);
                for event in self.piece.split_off(rest) {
                    self.after_failure(&event);
                }
            }
            Err(Outcome::Broken(operation, what)) => bail!(
                "THE HEAP IS AT FAULT at operation {}: {what}\n  please report it with the trace",
                count(operation as u64)
            ),
            Err(Outcome::Completed | Outcome::NoPool(_)) => {}
        }
        self.piece.clear();
        Ok(())
    }

    /// The first operations of the piece were done. Where the next one is in it.
    fn done(&mut self, number: usize) -> Option<usize> {
        let mut ops = self.ops.iter().take(number);
        for (at, event) in self.piece.iter().enumerate() {
            if let Some(op) = event.op() {
                let Some(in_slot) = ops.next() else {
                    return Some(at);
                };
                self.objects[in_slot.id() as usize] = op.id();
            }
            self.leaks.event(event);
        }
        None
    }

    /// The recorded program did this, which had more memory.
    fn after_failure(&mut self, event: &Event) {
        if let Some(Op::Free { id }) = event.op()
            && id <= self.newest
        {
            self.freed_later.insert(id.into());
        }
    }
}
