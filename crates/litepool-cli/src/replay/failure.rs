//! A request that failed in a replay: who asked for it, what stands in its way, and what came of
//! the advice when it was tried.

use std::rc::Rc;

use anyhow::Result;
use litepool_replay::{Cause, Configuration, Failure, Memory, Outcome, Placed};
use litepool_snapshot::pins::Request;
use litepool_snapshot::{Call, Pool, SiteInStack, Snapshot, Task};
use litepool_trace::Op;
use serde::Serialize;

use super::{Observed, elsewhere};
use crate::job::{Before, Job};
use crate::naming::{CallStack, Naming};
use crate::pins::PinsFacts;
use crate::sites::{self, warn};

/// The request that ended a replay.
#[derive(Serialize, Debug)]
pub(crate) struct FailureFacts {
    /// From 1.
    pub(crate) operation: usize,
    /// `allocate` or `resize`.
    pub(crate) kind: &'static str,
    pub(crate) request: u64,
    /// 0: the granule.
    pub(crate) align: u64,
    pub(crate) cause: Cause,
    pub(crate) free: usize,
    /// Of these, bytes in the slab's free slots.
    pub(crate) free_in_slabs: usize,
    pub(crate) free_blocks: usize,
    pub(crate) largest_free: usize,
    pub(crate) used: usize,
    pub(crate) thread: u32,
    /// Its name; its number again if it has none.
    pub(crate) thread_name: String,
    pub(crate) time_microseconds: u64,
    /// The function that asked for it.
    #[serde(serialize_with = "sites::site")]
    pub(crate) site: Option<Call>,
    /// The whole call stack, the innermost call first.
    pub(crate) stack: Rc<CallStack>,
    /// The same for people: the site, and who called it.
    #[serde(skip)]
    pub(crate) calls: Option<SiteInStack>,
    pub(crate) message: String,
    /// What stands in its way.
    pub(crate) pins: Option<PinsFacts>,
    /// The trace without the function whose blocks had better be elsewhere.
    pub(super) tried: Option<TriedFacts>,
}

/// What came of a trace without what one function allocated, in the same pool.
#[derive(Serialize, Debug)]
pub(super) struct TriedFacts {
    /// The function.
    pub(super) without: String,
    /// Does the rest of the trace fit?
    pub(super) fits: bool,
    /// The operation at which it fails, from 1.
    pub(super) fails_at: Option<usize>,
    /// The most requested bytes of what was left out that were live at a time.
    pub(super) live_peak: u64,
}

/// A configuration in which the trace failed.
pub(super) struct Failed<'c> {
    configuration: &'c Configuration,
    failure: Failure,
    /// The blocks of its pool at that moment.
    placed: Option<Placed>,
}

/// What there is to say of each of these failures. The trace is read again, once to name what
/// stands in the pools, and once to try what is advised.
///
/// # Errors
/// The trace can't be read any more.
pub(super) fn explain(
    failed: &[Failed<'_>],
    job: &Job,
    memories: &mut [Memory],
) -> Result<Vec<FailureFacts>> {
    let mut operations: Vec<usize> = failed.iter().map(|one| one.failure.operation).collect();
    operations.sort_unstable();
    operations.dedup();
    let before = job.before(&operations)?;
    let Some(first) = before.first() else {
        return Ok(Vec::new());
    };
    let mut naming = Naming::new(first.snapshot(), None)?;
    let mut facts = Vec::new();
    for one in failed {
        let at = operations.partition_point(|&operation| operation < one.failure.operation);
        facts.push(FailureFacts::new(one, &before[at], job, &mut naming)?);
    }
    try_advice(failed, &mut facts, job, memories, &mut naming)?;
    warn(naming.resolver());
    Ok(facts)
}

/// Runs the trace without those functions whose blocks had better be elsewhere.
fn try_advice(
    failed: &[Failed<'_>],
    facts: &mut [FailureFacts],
    job: &Job,
    memories: &mut [Memory],
    naming: &mut Naming,
) -> Result<()> {
    let advised = facts.iter_mut().zip(failed).filter_map(|(facts, one)| {
        let function = facts.pins.as_ref()?.best_without()?.to_owned();
        Some((facts, (*one.configuration, function)))
    });
    let (facts, functions): (Vec<_>, Vec<_>) = advised.unzip();
    if functions.is_empty() {
        return Ok(());
    }
    let tried = elsewhere::without(&functions, job, memories, naming)?;
    for ((facts, (_, function)), tried) in facts.into_iter().zip(functions).zip(tried) {
        facts.tried = Some(TriedFacts {
            without: function,
            fits: tried.outcome == Outcome::Completed,
            fails_at: match tried.outcome {
                Outcome::Failed(failure) => Some(failure.operation),
                _ => None,
            },
            live_peak: tried.peak,
        });
    }
    Ok(())
}

impl<'c> Failed<'c> {
    /// A configuration, if the trace was seen to fail in it.
    pub(super) fn of(
        (configuration, observed): (&'c Configuration, &mut Observed),
    ) -> Option<Self> {
        match &observed.outcome {
            Outcome::Failed(failure) => Some(Self {
                configuration,
                failure: (**failure).clone(),
                placed: observed.placed.take(),
            }),
            _ => None,
        }
    }

    /// The pool at that moment. `base`: an address like its own.
    pub(super) fn snapshot(&self, before: &Before, base: u64) -> Option<Snapshot> {
        let placed = self.placed.as_ref()?;
        let stats = self.failure.stats;
        let pool = Pool {
            name: self.configuration.name.into(),
            base: Some(base),
            size: stats.size as u64,
            choices: Some(placed.choices),
            stats: Some(stats),
            ..Pool::default()
        };
        Some(before.placed(pool, placed))
    }
}

impl FailureFacts {
    /// What there is to say of one failure, but for what comes of the advice.
    ///
    /// # Errors
    /// What stands in its way can't be told.
    pub(crate) fn of(
        configuration: &Configuration,
        failure: Failure,
        placed: Option<Placed>,
        before: &Before,
        job: &Job,
        naming: &mut Naming,
    ) -> Result<Self> {
        let failed = Failed {
            configuration,
            failure,
            placed,
        };
        Self::new(&failed, before, job, naming)
    }

    fn new(one: &Failed<'_>, before: &Before, job: &Job, naming: &mut Naming) -> Result<Self> {
        let (failure, event) = (&one.failure, &before.event);
        let snapshot = one.snapshot(before, job.placement.address());
        let pins = snapshot.as_ref().map(|snapshot| {
            let request = request(failure, before, snapshot);
            PinsFacts::of(snapshot, 0, request, naming)
        });
        let pins = pins.transpose()?;
        let interned = &before.snapshot().interned;
        let stack = naming.stack(interned, event.stack);
        let calls = SiteInStack::of(interned, event.stack, naming.resolver());
        let fits_without_pins = pins.as_ref().is_some_and(PinsFacts::is_pinned);
        Ok(Self {
            operation: failure.operation,
            kind: failure.kind(),
            request: failure.request(),
            align: failure.align,
            cause: match failure.cause() {
                // What is to be resized has its own bytes besides.
                Cause::Full if fits_without_pins => Cause::Fragmented,
                cause => cause,
            },
            free: failure.stats.free,
            free_in_slabs: failure.stats.free_in_slabs,
            free_blocks: failure.stats.free_blocks,
            largest_free: failure.stats.largest_free,
            used: failure.stats.used,
            thread: event.thread,
            thread_name: naming.task(interned, Some(Task::Number(event.thread))),
            time_microseconds: event.time,
            site: stack.site().cloned(),
            stack,
            calls,
            message: failure.message.clone(),
            pins,
            tried: None,
        })
    }
}

/// The request, as it stands in the trace and in the pool.
fn request(failure: &Failure, before: &Before, snapshot: &Snapshot) -> Request {
    let number = match before.event.op() {
        Some(Op::Resize { id, .. }) => Some(u64::from(id)),
        _ => None,
    };
    let mut blocks = snapshot.blocks.iter();
    let resized = number.and_then(|_| blocks.find(|block| block.number == number));
    Request {
        size: failure.request(),
        align: failure.align,
        resized: resized.and_then(|block| block.address),
    }
}
