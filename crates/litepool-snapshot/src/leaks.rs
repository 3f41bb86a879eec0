//! Which blocks are leaks, and how sure that is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use litepool_trace::{Event, EventKind, Interned, WordSize};

use crate::growth::{Curves, Growth, Trend};
use crate::moment::{Moment, MomentError, SnapshotBuilder};
use crate::reach::{Reach, Reachability};
use crate::snapshot::{Block, BlockState, Snapshot, Task};

/// The used blocks of a moment, and what is known beside them about who still needs them.
///
/// ```
/// use litepool_snapshot::{LeakFinder, LeakVerdict, Moment};
/// use litepool_trace::{Event, Interned, Op, WordSize};
///
/// // Call stack 1 frees what it allocates, call stack 2 never does.
/// let mut finder = LeakFinder::new(Moment::End);
/// for round in 0..100 {
///     let (id, kept) = (2 * round, 2 * round + 1);
///     for (stack, op) in [
///         (1, Op::Allocate { id, size: 500, align: 0 }),
///         (2, Op::Allocate { id: kept, size: 24, align: 0 }),
///         (1, Op::Free { id }),
///     ] {
///         finder.event(&Event { stack, ..Event::from(op) });
///     }
/// }
/// let leaks = finder.finish(WordSize::Bits32, Interned::default(), "demo.lpt")?;
/// let by_stack = leaks.grouped(|block| Some(block.stack));
/// assert_eq!((by_stack.len(), by_stack[0].bytes), (1, 2400));
/// assert_eq!(by_stack[0].verdict, LeakVerdict::Growing);
/// # Ok::<(), litepool_snapshot::MomentError>(())
/// ```
#[derive(Debug)]
pub struct Leaks {
    /// The blocks.
    pub snapshot: Snapshot,
    /// Of a trace: how much each call stack held over the run.
    curves: Option<Curves>,
    /// What leads to each block, by its index. Empty: it was not looked for.
    reach: Vec<Option<Reach>>,
    /// Gaps in which the recording lost events.
    pub gaps: u64,
    /// Whether so much was lost in them that growth is not judged: an unknown number of events, or
    /// more than one for every eight operations. What was freed in a gap seems to be there
    /// still, so that a call site seems to grow whose blocks are only missed when they go.
    pub is_growth_hidden: bool,
}

/// Growth is judged where at most one event was lost for each so many operations.
const MOST_LOST: u64 = 8;

/// The blocks of one call site, or of whatever else they were grouped by.
#[derive(Clone, PartialEq, Debug)]
pub struct Leak {
    /// The verdict.
    pub verdict: LeakVerdict,
    /// The indices of its blocks in [`Snapshot::blocks`], in their order.
    pub blocks: Vec<usize>,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them are of tasks that have ended.
    pub of_gone_tasks: usize,
    /// How many of them nothing leads to.
    pub unreachable: usize,
    /// How many of them only blocks lead to that nothing leads to.
    pub through_others: usize,
    /// Of a trace: what the run says about the site's growth.
    pub growth: Option<Growth>,
}

/// What the blocks of a call site that were not freed are, the surer leak the greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LeakVerdict {
    /// They were not freed, and nothing more is known.
    NotFreed,
    /// They were not freed, but do not become more.
    Flat,
    /// They become more now and then: [`Trend::Creeping`].
    Creeping,
    /// The task that allocated some of them has ended. Another one may have taken them over.
    TaskGone,
    /// They become more throughout the run, or did until the heap was full: [`Trend::Growing`].
    Growing,
    /// Nothing in the memory points to some of them, so nobody can free them.
    Unreachable,
}

impl LeakVerdict {
    /// Whether it needs no second look: [`LeakVerdict::Growing`] and [`LeakVerdict::Unreachable`].
    #[must_use]
    pub fn is_sure(self) -> bool {
        self >= Self::Growing
    }
}

impl Leaks {
    /// Of a dump, with what leads to each block, if that is known.
    #[must_use]
    pub fn of_dump(snapshot: Snapshot, reach: Option<&Reachability>) -> Self {
        let reach = reach.map(|reach| (0..snapshot.blocks.len()).map(|block| reach.reach(block)));
        let reach = reach.map(Iterator::collect).unwrap_or_default();
        Self::with(snapshot, reach)
    }

    fn with(snapshot: Snapshot, reach: Vec<Option<Reach>>) -> Self {
        Self {
            snapshot,
            curves: None,
            reach,
            gaps: 0,
            is_growth_hidden: false,
        }
    }

    /// Keeps the blocks of a trace of which `keep` says so. What leads to those of a dump goes by
    /// their indices.
    pub fn retain(&mut self, keep: impl FnMut(&Block) -> bool) {
        debug_assert!(
            self.reach.is_empty(),
            "what leads to blocks goes by indices"
        );
        self.snapshot.blocks.retain(keep);
    }

    /// Whether the task that allocated this block has ended.
    #[must_use]
    pub fn is_of_gone_task(&self, block: &Block) -> bool {
        match (block.task, &self.snapshot.live_tasks) {
            (Some(Task::Number(task)), Some(live)) => live.binary_search(&task).is_err(),
            _ => false,
        }
    }

    /// The used blocks, grouped by what `key` says of each, without those of which it says `None`:
    /// the surest leak first, what others lead to behind these, then the largest. Blocks without a
    /// call stack need have nothing in common, so those that nothing leads to are a group apart.
    /// O(n log n).
    pub fn grouped<K: Ord>(&self, mut key: impl FnMut(&Block) -> Option<K>) -> Vec<Leak> {
        let mut groups = BTreeMap::<(K, bool), Vec<usize>>::new();
        for (index, block) in self.snapshot.blocks.iter().enumerate() {
            if block.state == BlockState::Used
                && let Some(key) = key(block)
            {
                let is_apart = block.stack == 0 && self.is_unreachable(index);
                groups.entry((key, is_apart)).or_default().push(index);
            }
        }
        let mut leaks: Vec<Leak> = groups
            .into_values()
            .map(|blocks| self.leak(blocks))
            .collect();
        leaks.sort_by_key(|leak| {
            Reverse((
                leak.verdict,
                leak.unreachable > 0,
                leak.bytes,
                leak.blocks.len(),
            ))
        });
        leaks
    }

    fn is_unreachable(&self, block: usize) -> bool {
        let reach = self.reach.get(block).copied().flatten();
        reach.is_some_and(Reach::is_leaked)
    }

    fn leak(&self, indices: Vec<usize>) -> Leak {
        let blocks = || indices.iter().map(|&index| &self.snapshot.blocks[index]);
        let curves = self.curves.as_ref().filter(|_| !self.is_growth_hidden);
        let growth = curves.map(|curves| {
            let stacks: BTreeSet<u32> = blocks().map(|block| block.stack).collect();
            let births = blocks().filter_map(|block| Some((block.birth?, block.size)));
            curves.growth(stacks.iter().copied(), births)
        });
        let of_gone_tasks = blocks().filter(|block| self.is_of_gone_task(block)).count();
        let reach = || indices.iter().filter_map(|&index| *self.reach.get(index)?);
        let unreachable = reach().filter(|&reach| reach == Reach::Leaked).count();
        let through = |reach: &Reach| matches!(reach, Reach::LeakedThrough { .. });
        let through_others = reach().filter(through).count();
        let verdict = match growth.map(|growth| growth.trend) {
            _ if unreachable + through_others > 0 => LeakVerdict::Unreachable,
            Some(Trend::Growing) => LeakVerdict::Growing,
            _ if of_gone_tasks > 0 => LeakVerdict::TaskGone,
            Some(Trend::Creeping) => LeakVerdict::Creeping,
            Some(Trend::Flat) => LeakVerdict::Flat,
            Some(Trend::Unknown) | None => LeakVerdict::NotFreed,
        };
        let bytes = blocks().fold(0_u64, |sum, block| sum.saturating_add(block.size));
        Leak {
            verdict,
            bytes,
            of_gone_tasks,
            unreachable,
            through_others,
            growth,
            blocks: indices,
        }
    }
}

/// Finds [`Leaks`] event by event. Memory is that of the live objects, and 300 bytes for each call
/// stack that allocates. [`Leaks`] has an example.
#[derive(Debug)]
pub struct LeakFinder {
    moment: Moment,
    builder: SnapshotBuilder,
    curves: Curves,
    gaps: u64,
    /// Events that were lost; `None`: nobody knows how many.
    lost: Option<u64>,
}

impl LeakFinder {
    /// Begins before the first event. What is live at `moment` is looked at, as if the run had ended
    /// then.
    #[must_use]
    pub fn new(moment: Moment) -> Self {
        Self {
            moment,
            builder: SnapshotBuilder::new(moment),
            curves: Curves::default(),
            gaps: 0,
            lost: Some(0),
        }
    }

    /// Takes the next event into account. O(1), amortised. `false`: the moment is over.
    pub fn event(&mut self, event: &Event) -> bool {
        let Some(change) = self.builder.advance(event) else {
            return false;
        };
        match event.kind {
            EventKind::Op(_) => self.curves.operation(&change, self.builder.now()),
            EventKind::Gap { lost } => {
                self.gaps += 1;
                let known = self.lost.filter(|_| lost > 0);
                self.lost = known.map(|before| before.saturating_add(lost));
            }
            EventKind::Refused { .. } => self.curves.refused(event.stack),
            _ => {}
        }
        true
    }

    /// The leaks, with what the trace's header and its tables say.
    ///
    /// # Errors
    /// The trace has no such moment, or it is [`Moment::Peak`], which is known only at the end.
    pub fn finish(
        self,
        word: WordSize,
        interned: Interned,
        file: &str,
    ) -> Result<Leaks, MomentError> {
        if self.moment == Moment::Peak {
            return Err(MomentError::PeakToCome);
        }
        let operations = self.builder.now().operation;
        let bearable = |lost: u64| lost.saturating_mul(MOST_LOST) <= operations;
        Ok(Leaks {
            snapshot: self.builder.finish(word, interned, file)?,
            curves: Some(self.curves),
            reach: Vec::new(),
            gaps: self.gaps,
            is_growth_hidden: !self.lost.is_some_and(bearable),
        })
    }
}

#[cfg(test)]
mod tests;
