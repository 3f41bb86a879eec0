//! Runs that a program might as well have had: a recorded trace, with other sizes and another
//! timing.
//!
//! A recording is one run. The next one has messages of other lengths, and its tasks run a little
//! earlier or later; the heap places every later object elsewhere. A [`Perturber`] makes such runs,
//! each the same whenever it is made again:
//!
//! - **Sizes.** A call stack that always asks for the same size asks for a constant (a structure):
//!   that stays. What another one asks for changes by up to the jitter; the same request from the same
//!   stack changes alike within a run, as records of one length do.
//! - **Timing.** Whenever another thread takes over, it is late by a random number of operations, so
//!   that the operations of the threads are interleaved differently. Each thread keeps its order, and each
//!   object its own: it is allocated before any thread resizes or frees it. What else threads wait
//!   for each other for is not in a trace.
//! - **Overlaid traces** begin at random times ([`overlay`](crate::overlay)).

use litepool_trace::{Op, Slots};
use rustc_hash::FxHashMap;

use crate::circumstances::Circumstances;
use crate::part::Part;
use random::Random;

mod random;
#[cfg(test)]
mod tests;

/// Parts of a whole that a jitter is counted in.
const MILLION: u128 = 1_000_000;

/// How runs differ from the recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Perturbation {
    /// What the random choices follow from, together with the number of the run.
    pub seed: u64,
    /// By how much a size changes at most, in millionths of it.
    pub jitter: u32,
    /// How many operations a thread is late at most when it takes over.
    pub delay: u64,
    /// How many operations an overlaid trace begins later at most.
    pub late_start: u64,
}

impl Perturbation {
    /// The delays for a trace of so many operations: a thread is late by up to a hundredth of them,
    /// an overlaid trace by up to a quarter.
    #[must_use]
    pub fn of(operations: u64, seed: u64, jitter: u32) -> Self {
        Self {
            seed,
            jitter,
            delay: (operations / 100).max(16),
            late_start: operations / 4,
        }
    }
}

/// Makes perturbed runs of a trace.
///
/// ```
/// use litepool_replay::{Circumstances, Part, Perturbation, Perturber};
/// use litepool_trace::Op;
///
/// let (mut part, mut circumstances) = (Part::builder(), Circumstances::default());
/// for id in 0..100 {
///     part.push(Op::Allocate { id, size: 1000, align: 0 });
///     circumstances.push(0, id, 0);
/// }
/// let part = part.finish();
/// let how = Perturbation::of(100, 1, 3);
/// let perturber = Perturber::new(&part, &circumstances, how);
/// // Sizes change by up to 3 %, and the same number makes the same run.
/// let (one, again) = (perturber.run(1), perturber.run(1));
/// assert!(one.live_peak.abs_diff(part.live_peak) <= 3000);
/// assert_eq!(one.live_peak, again.live_peak);
/// ```
#[derive(Debug)]
pub struct Perturber<'t> {
    recorded: &'t Part,
    circumstances: &'t Circumstances,
    how: Perturbation,
    /// The sizes that each call stack asked for.
    requests: FxHashMap<u32, Requests>,
    /// The object of each operation; empty if the order of the operations stays.
    objects: Vec<u32>,
}

/// What a call stack asked for, over the whole trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Requests {
    Always(u64),
    Several,
}

impl<'t> Perturber<'t> {
    /// Prepares to perturb a trace, whose operations were recorded under these circumstances.
    /// O(operations).
    #[must_use]
    pub fn new(recorded: &'t Part, circumstances: &'t Circumstances, how: Perturbation) -> Self {
        let reorders = circumstances.traces() > 1 || circumstances.threads() > 1 && how.delay > 0;
        Self {
            recorded,
            circumstances,
            how,
            requests: requests(recorded, circumstances),
            objects: if reorders {
                objects(recorded)
            } else {
                Vec::new()
            },
        }
    }

    /// The trace as it was recorded.
    #[must_use]
    pub fn recorded(&self) -> &'t Part {
        self.recorded
    }

    /// The run with this number. O(operations · log(operations)), linear for one thread.
    #[must_use]
    pub fn run(&self, number: u64) -> Part {
        let mut random = Random::new(self.how.seed).split(number);
        let mut run = Part::builder();
        if self.objects.is_empty() {
            let mut index = 0;
            self.recorded.pieces(usize::MAX, &mut |ops| {
                for &op in ops {
                    run.push(self.resized(op, index, random));
                    index += 1;
                }
                true
            });
            return run.finish();
        }
        let sizes = random;
        let mut slots = Slots::new();
        for index in self.order(&mut random) {
            let index = index as usize;
            let op = self.resized(self.recorded.ops.get(index), index, sizes);
            if let Some(op) = slots.op(of_object(op, self.objects[index])) {
                run.push(op);
            }
        }
        run.finish()
    }

    /// The operation with its size in this run.
    fn resized(&self, op: Op, index: usize, random: Random) -> Op {
        let stack = self.circumstances.stack(index);
        match op {
            Op::Allocate { id, size, align } => Op::Allocate {
                id,
                size: self.size(size, stack, random),
                align,
            },
            Op::Resize { id, size } => Op::Resize {
                id,
                size: self.size(size, stack, random),
            },
            Op::Free { .. } => op,
        }
    }

    /// What a request for `size` bytes becomes. Never more than the jitter away, never below 1.
    fn size(&self, size: u64, stack: u32, random: Random) -> u64 {
        let reach = (u128::from(size) * u128::from(self.how.jitter) / MILLION) as u64;
        if reach == 0 || self.requests.get(&stack) != Some(&Requests::Several) {
            return size;
        }
        let mut random = random.split(u64::from(stack)).split(size);
        let least = size.saturating_sub(reach);
        let choices = reach.saturating_mul(2).saturating_add(1);
        least.saturating_add(random.below(choices)).max(1)
    }

    /// The order of the operations: each has a time, no earlier than that of the operations that it
    /// depends on, which come before it where the times are equal.
    fn order(&self, random: &mut Random) -> Vec<u32> {
        let how = self.how;
        let starts: Vec<u64> = (0..self.circumstances.traces())
            .map(|_| random.below(how.late_start.saturating_add(1)))
            .collect();
        let mut delays = vec![0; self.circumstances.threads()];
        let mut of_thread = vec![0; self.circumstances.threads()];
        let mut of_slot = vec![0; self.recorded.slots];
        let mut running = None;
        let times: Vec<u64> = (0..self.recorded.ops.len())
            .map(|index| {
                let op = self.recorded.ops.get(index);
                let (thread, slot) = (self.circumstances.thread(index), op.id() as usize);
                if running.replace(thread) != Some(thread) {
                    delays[thread] = random.delay(how.delay);
                }
                let start = match starts.len() {
                    1 => 0,
                    _ => starts[self.circumstances.trace_of(thread)],
                };
                let mut time = (index as u64 + start + delays[thread]).max(of_thread[thread]);
                if !matches!(op, Op::Allocate { .. }) {
                    time = time.max(of_slot[slot]);
                }
                of_thread[thread] = time;
                of_slot[slot] = time;
                time
            })
            .collect();
        let mut order: Vec<u32> = (0..times.len() as u32).collect();
        order.sort_by_key(|&index| times[index as usize]);
        order
    }
}

/// The sizes that each call stack asked for.
fn requests(recorded: &Part, circumstances: &Circumstances) -> FxHashMap<u32, Requests> {
    let mut requests = FxHashMap::default();
    let mut index = 0;
    recorded.pieces(usize::MAX, &mut |ops| {
        for &op in ops {
            if let Op::Allocate { size, .. } | Op::Resize { size, .. } = op {
                let all = requests
                    .entry(circumstances.stack(index))
                    .or_insert(Requests::Always(size));
                if *all != Requests::Always(size) {
                    *all = Requests::Several;
                }
            }
            index += 1;
        }
        true
    });
    requests
}

/// The object of each operation, numbered in the order of their allocation.
fn objects(recorded: &Part) -> Vec<u32> {
    let mut of_slot = vec![0; recorded.slots];
    let mut next = 0;
    let mut objects = Vec::with_capacity(recorded.ops.len());
    recorded.pieces(usize::MAX, &mut |ops| {
        for op in ops {
            let object: &mut u32 = &mut of_slot[op.id() as usize];
            if let Op::Allocate { .. } = op {
                *object = next;
                next += 1;
            }
            objects.push(*object);
        }
        true
    });
    objects
}

/// The operation, done to the object with this number.
pub(crate) fn of_object(op: Op, id: u32) -> Op {
    match op {
        Op::Allocate { size, align, .. } => Op::Allocate { id, size, align },
        Op::Resize { size, .. } => Op::Resize { id, size },
        Op::Free { .. } => Op::Free { id },
    }
}
