//! The advice, tried: the trace without what one function allocated, in the same pool.

use anyhow::Result;
use litepool_replay::{Configuration, Memory, Outcome, Run};
use litepool_trace::{Event, Op, Slots};
use rustc_hash::FxHashMap;

use crate::job::{Job, PIECE};
use crate::naming::Naming;
use crate::pins::functions;

#[cfg(test)]
mod tests;

/// What came of a trace without the objects of a function.
pub(super) struct Tried {
    /// How the rest of it ended, with operations numbered as in the whole trace.
    pub(super) outcome: Outcome,
    /// The most bytes of those objects that were live at a time.
    pub(super) peak: u64,
}

/// Runs the trace in a pool of each of these configurations, without what the function beside it
/// allocated, itself or by what it called. The trace is read once.
///
/// # Errors
/// The trace can't be read any more.
pub(super) fn without(
    left_out: &[(Configuration, String)],
    job: &Job,
    memories: &mut [Memory],
    naming: &mut Naming,
) -> Result<Vec<Tried>> {
    let runs = left_out.iter().zip(memories);
    let mut runs: Vec<(Rest, &String, Box<dyn Run + '_>)> = runs
        .filter_map(|((configuration, function), memory)| {
            let run = configuration.start(memory, job.slots).ok()?;
            Some((Rest::default(), function, run))
        })
        .collect();
    job.events(|event, interned| {
        let mut goes_on = false;
        for (rest, function, run) in &mut runs {
            if rest.outcome == Outcome::Completed {
                let of_function = |stack| {
                    let stack = naming.stack(interned, stack);
                    functions(&stack).any(|name| name == **function)
                };
                rest.event(event, of_function);
                if rest.ops.len() == PIECE {
                    rest.play(&mut **run);
                }
                goes_on |= rest.outcome == Outcome::Completed;
            }
        }
        Ok(goes_on)
    })?;
    let ended = runs.into_iter().map(|(mut rest, _, mut run)| {
        if rest.outcome == Outcome::Completed {
            rest.play(&mut *run);
        }
        Tried {
            outcome: rest.outcome,
            peak: rest.peak,
        }
    });
    Ok(ended.collect())
}

/// The operations on all other objects.
struct Rest {
    slots: Slots,
    /// Those that are to be played, and the number of each in the whole trace, from 1.
    ops: Vec<Op>,
    numbers: Vec<usize>,
    /// How many operations there were, and how many of the rest were played.
    number: usize,
    played: usize,
    /// For each call stack, whether what it allocates is left out; if that was asked.
    left_out: Vec<Option<bool>>,
    /// The sizes of the live objects that are left out, what they add up to, and its peak.
    objects: FxHashMap<u32, u64>,
    live: u64,
    peak: u64,
    outcome: Outcome,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            slots: Slots::new(),
            ops: Vec::new(),
            numbers: Vec::new(),
            number: 0,
            played: 0,
            left_out: Vec::new(),
            objects: FxHashMap::default(),
            live: 0,
            peak: 0,
            outcome: Outcome::Completed,
        }
    }
}

impl Rest {
    /// Takes the next event into account. `is_left_out` tells whether what a call stack allocates
    /// is.
    fn event(&mut self, event: &Event, is_left_out: impl FnMut(u32) -> bool) {
        let Some(op) = event.op() else {
            return;
        };
        self.number += 1;
        if self.leaves_out(op, event.stack, is_left_out) {
            self.peak = self.peak.max(self.live);
        } else if let Some(op) = self.slots.op(op) {
            self.ops.push(op);
            self.numbers.push(self.number);
        }
    }

    /// Counts an operation on an object that is left out. Says whether it is one.
    fn leaves_out(&mut self, op: Op, stack: u32, is_left_out: impl FnMut(u32) -> bool) -> bool {
        let (old, new) = match op {
            Op::Allocate { id, size, .. } => {
                if !self.is_left_out(stack, is_left_out) {
                    return false;
                }
                (self.objects.insert(id, size), size)
            }
            Op::Resize { id, size } => {
                let old = self.objects.get_mut(&id);
                (old.map(|old| std::mem::replace(old, size)), size)
            }
            Op::Free { id } => (self.objects.remove(&id), 0),
        };
        let is_one = old.is_some() || matches!(op, Op::Allocate { .. });
        if is_one {
            self.live = (self.live - old.unwrap_or(0)).saturating_add(new);
        }
        is_one
    }

    fn is_left_out(&mut self, stack: u32, mut ask: impl FnMut(u32) -> bool) -> bool {
        let index = stack as usize;
        if index >= self.left_out.len() {
            self.left_out.resize(index + 1, None);
        }
        *self.left_out[index].get_or_insert_with(|| ask(stack))
    }

    /// Plays what there is to be played.
    fn play(&mut self, run: &mut dyn Run) {
        if let Err(mut outcome) = run.play(&self.ops, None) {
            let number = |operation: usize| self.numbers[operation - 1 - self.played];
            match &mut outcome {
                Outcome::Failed(failure) => failure.operation = number(failure.operation),
                Outcome::Broken(operation, _) => *operation = number(*operation),
                _ => {}
            }
            self.outcome = outcome;
        }
        self.played += self.ops.len();
        self.ops.clear();
        self.numbers.clear();
    }
}
