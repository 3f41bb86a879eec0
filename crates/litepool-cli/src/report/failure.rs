//! Why a request failed, as the page has it.

use litepool_report::Names;
use litepool_report::model::{Failure, Share, Window, Without};
use litepool_snapshot::Task;

use crate::pins::{self, PinsFacts, WindowFacts, WithoutFacts};
use crate::replay::FailureFacts;

/// Holders that are shown.
const HOLDERS: usize = 40;

/// The request that ended a replay. `stack`: its call stack in the trace.
pub(super) fn of_replay(facts: &FailureFacts, stack: u32, names: &mut Names<'_>) -> Failure {
    let failure = Failure {
        operation: facts.operation as u64,
        time: (facts.time_microseconds > 0).then_some(facts.time_microseconds),
        kind: facts.kind,
        request: facts.request,
        align: facts.align,
        cause: facts.cause.in_a_word(),
        used: facts.used as u64,
        free: facts.free as u64,
        free_blocks: facts.free_blocks as u64,
        largest_free: facts.largest_free as u64,
        task: names.task(Task::Number(facts.thread)),
        stack: names.stack(stack),
        ..Failure::default()
    };
    match &facts.pins {
        Some(pins) => with_pins(failure, pins, names),
        None => failure,
    }
}

/// With what stands in its way.
pub(super) fn with_pins(failure: Failure, pins: &PinsFacts, names: &mut Names<'_>) -> Failure {
    let without = |without: &WithoutFacts| Without {
        function: without.name.clone(),
        blocks: without.blocks,
        bytes: without.bytes,
        largest_free: without.largest_free,
        serves: without.serves,
    };
    Failure {
        windows: pins.windows.iter().map(|one| window(one, names)).collect(),
        without: pins.without_function.iter().map(without).collect(),
        holders: shares(&pins.holders, names),
        ..failure
    }
}

fn window(facts: &WindowFacts, names: &mut Names<'_>) -> Window {
    Window {
        address: facts.address,
        size: facts.size,
        blocks: facts.blocks,
        bytes: facts.bytes,
        split: facts.split,
        shares: shares(&facts.shares, names),
    }
}

fn shares(shares: &[pins::Share], names: &mut Names<'_>) -> Vec<Share> {
    let share = |share: &pins::Share| Share {
        site: share.site.as_ref().map(|site| names.call(site)),
        task: share.of.and_then(|task| names.task(task)),
        blocks: share.blocks,
        bytes: share.bytes,
    };
    shares.iter().take(HOLDERS).map(share).collect()
}
