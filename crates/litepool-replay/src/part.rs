//! A trace, or a part of it, made ready to be replayed again and again in a pool of its own.

use std::ops::RangeInclusive;

use litepool_trace::Op;

use crate::configurations::Configuration;
use crate::memory::{Memory, Placement};
use crate::outcome::Outcome;
use crate::packed::PackedOps;
use crate::search::{self, Effort, Smallest, Trial};
use crate::view::Observer;

mod builder;
#[cfg(test)]
mod tests;

pub use builder::PartBuilder;

/// Operations that are unpacked at a time where they are only played: they stay in the cache.
const PIECE: usize = 2048;

/// The operations on some of the objects of a trace, or on all: what a pool of their own is asked
/// for.
///
/// ```
/// use litepool_replay::Part;
/// use litepool_trace::Op;
///
/// let mut part = Part::builder();
/// part.push(Op::Allocate { id: 0, size: 100, align: 0 });
/// part.push(Op::Resize { id: 0, size: 60 });
/// let part = part.finish();
/// assert_eq!((part.slots, part.live_peak, part.peak_at), (1, 100, 1));
/// ```
#[derive(Clone, Default, Debug)]
pub struct Part {
    /// The operations. Their objects are slots, below [`Part::slots`].
    pub ops: PackedOps,
    /// How many slots there are: at most as many as objects are live at a time in the whole trace.
    pub slots: usize,
    /// The most requested bytes that are live at a time.
    pub live_peak: u64,
    /// The number of the operation, from 1, after which they first are; 0 if there is none.
    pub peak_at: u64,
    /// The largest alignment that is requested, in bytes; 0 if none is.
    pub largest_align: u64,
    /// Which operations of the whole these are: a bit for each, the first in the lowest of the
    /// first word.
    members: Vec<u64>,
}

impl Part {
    /// Begins a part, to be given the operations of the whole one by one.
    #[must_use]
    pub fn builder() -> PartBuilder {
        PartBuilder::default()
    }

    /// Parts of this one: what is done to the objects of each group. `group_of` is asked once for
    /// each object, numbered from 0 in the order in which they are allocated, which group it
    /// belongs to; objects of no group are left out. A group from `groups` on is none.
    ///
    /// Operations keep their order; each part has slots of its own. O(operations · groups / 64),
    /// and memory of 8 bytes for each operation of a part.
    pub fn parts(
        &self,
        groups: usize,
        mut group_of: impl FnMut(usize) -> Option<usize>,
    ) -> Vec<Self> {
        let mut parts: Vec<PartBuilder> = (0..groups).map(|_| Self::builder()).collect();
        // The group and the slot in it of the object in each slot of this part.
        let mut objects: Vec<Option<(usize, u32)>> = vec![None; self.slots];
        let (mut object, mut number) = (0, 0);
        self.pieces(usize::MAX, &mut |ops| {
            for &op in ops {
                let slot = op.id() as usize;
                if let Op::Allocate { .. } = op {
                    let group = group_of(object).filter(|&group| group < groups);
                    objects[slot] = group.map(|group| (group, parts[group].vacant_slot()));
                    object += 1;
                }
                if let Some((group, id)) = objects[slot] {
                    parts[group].push_numbered(in_slot(op, id), number);
                    if let Op::Free { .. } = op {
                        parts[group].vacant.push(id);
                    }
                }
                number += 1;
            }
            true
        });
        parts.into_iter().map(PartBuilder::finish).collect()
    }

    /// Which operation of the whole this part's operation is, both numbered from 1. `None` if there
    /// is no such operation. O(operations of the whole / 64).
    #[must_use]
    pub fn original(&self, operation: usize) -> Option<usize> {
        let mut wanted = operation.checked_sub(1)?;
        for (index, &word) in self.members.iter().enumerate() {
            let here = word.count_ones() as usize;
            if wanted < here {
                let without = (0..wanted).fold(word, |word, _| word & (word - 1));
                return Some(index * 64 + without.trailing_zeros() as usize + 1);
            }
            wanted -= here;
        }
        None
    }

    /// Shows the operations up to that with the number `until` to `see`, piece after piece, until
    /// it says `false`.
    pub fn pieces(&self, until: usize, see: &mut dyn FnMut(&[Op]) -> bool) {
        self.ops.pieces(until, PIECE, see);
    }

    /// Shows each operation to `see`: its number, from 0, its object, and the bytes of that object
    /// before and after, where there is one. O(operations).
    pub fn objects(&self, see: &mut dyn FnMut(usize, Object, Option<u64>, Option<u64>)) {
        let mut live: Vec<Option<(Object, u64)>> = vec![None; self.slots];
        let (mut number, mut objects) = (0, 0);
        self.pieces(usize::MAX, &mut |ops| {
            for &op in ops {
                let slot = &mut live[op.id() as usize];
                let (object, before) = match (op, *slot) {
                    (Op::Allocate { .. }, _) => {
                        objects += 1;
                        let object = Object {
                            number: objects - 1,
                            slot: op.id() as usize,
                            since: number,
                        };
                        (object, None)
                    }
                    (_, Some((object, size))) => (object, Some(size)),
                    (_, None) => continue,
                };
                let after = match op {
                    Op::Allocate { size, .. } | Op::Resize { size, .. } => Some(size),
                    Op::Free { .. } => None,
                };
                *slot = after.map(|size| (object, size));
                see(number, object, before, after);
                number += 1;
            }
            true
        });
    }

    /// Runs the operations up to that with the number `until` in a new pool in this memory.
    /// `observer` looks on.
    pub fn replay(
        &self,
        configuration: &Configuration,
        memory: &mut Memory,
        until: usize,
        mut observer: Option<&mut dyn Observer>,
    ) -> Outcome {
        let mut run = match configuration.start(memory, self.slots) {
            Ok(run) => run,
            Err(reason) => return Outcome::NoPool(reason),
        };
        let mut failed = None;
        self.pieces(until, &mut |ops| {
            let observer = observer.as_mut().map(|observer| &mut **observer as _);
            failed = run.play(ops, observer).err();
            failed.is_none()
        });
        failed.unwrap_or_else(|| run.end(observer))
    }

    /// Runs the operations up to that with the number `until` in a pool of `size` bytes. Where this
    /// host lacks the memory to try, nothing can be done.
    #[must_use]
    pub fn attempt(
        &self,
        configuration: &Configuration,
        placement: Placement,
        size: usize,
        until: u64,
    ) -> Trial {
        let Ok(mut memory) = Memory::new(size, placement) else {
            return Trial::FailsAt(1);
        };
        let until = usize::try_from(until).unwrap_or(usize::MAX);
        match self.replay(configuration, &mut memory, until, None) {
            Outcome::Completed => Trial::Completes,
            Outcome::Failed(failure) => Trial::FailsAt(failure.operation as u64),
            Outcome::NoPool(_) | Outcome::Broken(..) => Trial::FailsAt(1),
        }
    }

    /// The smallest pool of this configuration that serves it, as [`search::smallest`] defines it,
    /// in bytes; `None` if not even the largest does. `tried` is told of each size that was.
    ///
    /// Links are as wide as the pool needs: just above a limit less fits, which is no failure of a
    /// larger pool.
    ///
    /// ```
    /// use litepool_replay::{Part, Placement, configurations, search::Effort};
    /// use litepool_trace::{Op, WordSize};
    ///
    /// let mut part = Part::builder();
    /// (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
    /// let part = part.finish();
    /// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
    /// let effort = Effort::for_operations(20);
    /// let found = part.smallest(&configuration, Placement::like(0, 0), effort, || ());
    /// let pool = found.ok_or("no pool serves it")?.size as u64;
    /// assert!((2080..2400).contains(&pool), "20 blocks of 104 bytes, and the control block");
    /// # Ok::<(), &str>(())
    /// ```
    pub fn smallest(
        &self,
        configuration: &Configuration,
        placement: Placement,
        effort: Effort,
        tried: impl Fn() + Sync,
    ) -> Option<Smallest> {
        self.smallest_within(configuration, placement, effort, 0..=usize::MAX, tried)
    }

    /// The same above the range's start, which is taken for failing, and up to its end. Where no
    /// pool up to there serves, that is known after few trials.
    pub fn smallest_within(
        &self,
        configuration: &Configuration,
        placement: Placement,
        effort: Effort,
        range: RangeInclusive<usize>,
        tried: impl Fn() + Sync,
    ) -> Option<Smallest> {
        let sizes = Sizes {
            step: configuration.granule,
            guess: None,
            range,
        };
        self.smallest_of(configuration, placement, effort, &sizes, tried)
    }

    /// The same among multiples of `step` bytes, itself a multiple of the granule: fewer sizes to
    /// try. `guess`: about how many bytes it is; the closer, the fewer are tried.
    pub fn smallest_in_steps(
        &self,
        configuration: &Configuration,
        placement: Placement,
        effort: Effort,
        step: usize,
        guess: u64,
        tried: impl Fn() + Sync,
    ) -> Option<Smallest> {
        let sizes = Sizes {
            step,
            guess: Some(guess),
            range: 0..=usize::MAX,
        };
        self.smallest_of(configuration, placement, effort, &sizes, tried)
    }

    fn smallest_of(
        &self,
        configuration: &Configuration,
        placement: Placement,
        effort: Effort,
        sizes: &Sizes,
        tried: impl Fn() + Sync,
    ) -> Option<Smallest> {
        let step = sizes.step as u64;
        // The live objects alone need this much, so one unit less is known to fail.
        let mut low = (self.live_peak / step).saturating_sub(1);
        low = low.max(*sizes.range.start() as u64 / step);
        let guess = (sizes.guess.map(|guess| guess / step))
            .unwrap_or_else(|| low.saturating_add(low / 16 + 64));
        let limits = configuration
            .limits()
            .map(|limit| limit.min(*sizes.range.end()) as u64 / step);
        let attempt = |units: u64, until| {
            tried();
            self.attempt(configuration, placement, (units * step) as usize, until)
        };
        let found =
            search::smallest_of_limits(low, |_| guess, limits, self.peak_at, effort, attempt);
        found.map(|found| found.in_bytes(step))
    }

    /// The same operations without the alignments that they state: each object stands on a granule.
    #[must_use]
    pub fn without_alignment(&self) -> Self {
        let mut builder = Self::builder();
        self.pieces(usize::MAX, &mut |ops| {
            for &op in ops {
                builder.push(match op {
                    Op::Allocate { id, size, .. } => Op::Allocate { id, size, align: 0 },
                    op => op,
                });
            }
            true
        });
        builder.finish()
    }
}

/// An object that an operation is done to.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Its number, from 0, in the order of allocation.
    pub number: usize,
    /// The slot that it is in.
    pub slot: usize,
    /// The number, from 0, of the operation that allocated it.
    pub since: usize,
}

/// Sizes among which the smallest is sought, in bytes.
struct Sizes {
    /// Multiples of this one.
    step: usize,
    /// About the answer, if that is known.
    guess: Option<u64>,
    /// From above its start up to its end.
    range: RangeInclusive<usize>,
}

/// The operation, done to the object in this slot.
fn in_slot(op: Op, id: u32) -> Op {
    match op {
        Op::Allocate { size, align, .. } => Op::Allocate { id, size, align },
        Op::Resize { size, .. } => Op::Resize { id, size },
        Op::Free { .. } => Op::Free { id },
    }
}
