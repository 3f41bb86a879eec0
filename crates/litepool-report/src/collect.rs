//! What is kept of a trace while it is replayed in one pool.
//!
//! ```text
//!   operations    |--------|--------|--------|--      columns of as many operations each
//!   timeline               ^        ^        ^        the pool's figures at each column's end
//!   map                             ^                 every second one or so: all its blocks, by rows
//!   holdings               ^        ^        ^        what changed for each owner since the one before
//!   keyframes     ^                     ^             all blocks, a few times
//! ```
//!
//! An operation costs O(1). What looks at all blocks does so a bounded number of times.
//!
//! - `live.rs`: the objects that are live, and their owners; `owners.rs`: the same for the page
//! - `timeline.rs`, `map.rs`, `keyframes.rs`, `changes.rs`: what is kept
//! - `holdings.rs`: what owners and tasks had, from what changed

mod changes;
mod holdings;
mod keyframes;
mod live;
mod map;
mod owners;
mod timeline;

use std::ptr::NonNull;

use litepool::Stats;
use litepool_replay::{Observer, View};
use litepool_snapshot::Task;
use litepool_trace::Op;

use crate::blob::Blob;
use crate::model::{Refusal, Source, Timeline};
use crate::names::Names;

use changes::Changes;
use keyframes::Keyframes;
use live::{Change, Live};
use map::Cells;
use owners::PageOwners;
use timeline::Columns;

/// What is known of a trace before it is replayed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many operations the trace has.
    pub operations: u64,
    /// How many of them the pool is expected to do: columns divide these.
    pub expected: u64,
    /// How many objects are live at most.
    pub slots: usize,
    /// After which operation most bytes are live.
    pub peak_at: u64,
    /// The pool's size in bytes.
    pub pool: usize,
    /// What sizes of its blocks are multiples of, in bytes.
    pub granule: usize,
    /// Whether the trace has times.
    pub has_times: bool,
    /// Divides what is kept: 1, 2, 4 … The page is the smaller for it.
    pub thrift: u32,
}

/// Who does an operation, from where, and when.
#[derive(Clone, Copy, Default, Debug)]
pub struct Doer {
    /// The number of its thread.
    pub thread: u32,
    /// The number of its call stack; 0: unknown.
    pub stack: u32,
    /// Microseconds since the start of the recording.
    pub time: u64,
}

/// Looks on while a trace is replayed, and keeps what the page shows.
///
/// ```
/// use litepool_replay::{Memory, Part, Placement, configurations};
/// use litepool_report::{Collector, Plan};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
/// let part = part.finish();
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut collector = Collector::new(Plan {
///     operations: 20,
///     expected: 20,
///     slots: part.slots,
///     peak_at: part.peak_at,
///     pool: 4096,
///     granule: configuration.granule,
///     has_times: false,
///     thrift: 1,
/// });
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// part.replay(&configuration, &mut memory, usize::MAX, Some(&mut collector));
/// // `Collector::finish` puts what was kept into a page's source, as `dump::put` does of a dump.
/// assert_eq!((collector.done(), collector.stats().used_blocks), (20, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Collector {
    plan: Plan,
    live: Live,
    timeline: Columns,
    map: Cells,
    /// By owner, and by task.
    holdings: Changes,
    tasks: Changes,
    keyframes: Keyframes,
    /// Who does the operations to come, from the one with the number `first` on, from 0.
    doers: Vec<Doer>,
    first: usize,
    refusals: Vec<Refused>,
    refusals_left_out: u64,
    /// Operations done.
    done: u64,
    /// The pool's figures at the end.
    stats: Stats,
}

/// A request that the recorded program's allocator refused.
#[derive(Clone, Copy, Debug)]
struct Refused {
    operation: u64,
    size: u64,
    align: u64,
    doer: Doer,
}

/// Refusals that are kept.
const MOST_REFUSALS: usize = 2000;

impl Collector {
    /// Begins before the first operation.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            live: Live::new(&plan),
            timeline: Columns::new(&plan),
            map: Cells::new(&plan),
            holdings: Changes::new(),
            tasks: Changes::new(),
            keyframes: Keyframes::new(&plan),
            doers: Vec::new(),
            first: 0,
            refusals: Vec::new(),
            refusals_left_out: 0,
            done: 0,
            stats: Stats::default(),
            plan,
        }
    }

    /// Who does the operations that are going to be replayed next, in place of those before.
    pub fn expect(&mut self, doers: &[Doer]) {
        self.first += self.doers.len();
        self.doers.clear();
        self.doers.extend_from_slice(doers);
    }

    /// The recorded program was refused a request, after so many operations of the trace.
    pub fn refused(&mut self, operation: u64, size: u64, align: u64, doer: Doer) {
        if self.refusals.len() == MOST_REFUSALS {
            self.refusals_left_out += 1;
            return;
        }
        self.refusals.push(Refused {
            operation,
            size,
            align,
            doer,
        });
    }

    /// How many operations were done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The pool's figures after the last of them.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Puts everything into a source, with its rows in the blob.
    ///
    /// # Examples
    ///
    /// ```
    /// # use litepool_replay::{Memory, Part, Placement, configurations};
    /// # use litepool_trace::{Op, WordSize};
    /// use litepool_report::model::Source;
    /// use litepool_report::{Blob, Collector, NamedStack, Names, Naming, Plan, svg};
    /// use litepool_snapshot::Task;
    ///
    /// /// Knows no call stacks, and tasks by number.
    /// struct Numbers;
    /// impl Naming for Numbers {
    ///     fn stack(&mut self, _: u32) -> NamedStack {
    ///         NamedStack::default()
    ///     }
    ///     fn task(&mut self, task: Task) -> String {
    ///         format!("{task:?}")
    ///     }
    /// }
    ///
    /// fn picture(collector: Collector) -> Option<String> {
    ///     let (mut source, mut blob, mut numbers) = (Source::default(), Blob::default(), Numbers);
    ///     collector.finish(&mut source, &mut Names::new(&mut numbers), &mut blob);
    ///     svg::map(&source, &blob)
    /// }
    /// # let mut part = Part::builder();
    /// # (0..20).for_each(|id| part.push(Op::Allocate { id, size: 100, align: 0 }));
    /// # let part = part.finish();
    /// # let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
    /// # let mut collector = Collector::new(Plan {
    /// #     operations: 20,
    /// #     expected: 20,
    /// #     slots: part.slots,
    /// #     peak_at: part.peak_at,
    /// #     pool: 4096,
    /// #     granule: configuration.granule,
    /// #     has_times: false,
    /// #     thrift: 1,
    /// # });
    /// # let mut memory = Memory::new(4096, Placement::like(0, 0))?;
    /// # part.replay(&configuration, &mut memory, usize::MAX, Some(&mut collector));
    /// # assert!(picture(collector).is_some_and(|svg| svg.starts_with("<svg")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(mut self, source: &mut Source, names: &mut Names<'_>, blob: &mut Blob) {
        self.holdings.finish();
        self.tasks.finish();
        let owners = PageOwners::new(self.live.owners(), &self.holdings, names);
        let (columns, per_column) = (self.timeline.len(), self.timeline.per_column());
        let failures = self.refusals(names);
        source.timeline = Some(Timeline {
            tasks: holdings::task_rows(&self.tasks, self.live.threads(), columns, names, blob),
            failures,
            ..self.timeline.finish(blob)
        });
        source.map = Some(self.map.finish(&owners, blob));
        let thrift = self.plan.thrift;
        let (holdings, note) = holdings::holdings(self.holdings, &owners, per_column, thrift, blob);
        source.holdings = Some(holdings);
        source.notes.extend(note);
        let (keyframes, note) = self.keyframes.finish(&owners, blob);
        source.keyframes = keyframes;
        source.notes.extend(note);
        if self.refusals_left_out > 0 {
            source.notes.push(format!(
                "{} more requests that the program was refused are not shown",
                self.refusals_left_out
            ));
        }
    }

    /// What the recorded program was refused up to the end of the replay.
    fn refusals(&self, names: &mut Names<'_>) -> Vec<Refusal> {
        let refusals = self.refusals.iter();
        let refusals = refusals.filter(|refused| refused.operation <= self.done);
        let refusal = |refused: &Refused| Refusal {
            operation: refused.operation,
            time: self.plan.has_times.then_some(refused.doer.time),
            size: refused.size,
            align: refused.align,
            task: names.task(Task::Number(refused.doer.thread)),
            stack: names.stack(refused.doer.stack),
            is_recorded: true,
        };
        refusals.map(refusal).collect()
    }

    fn doer(&self, number: usize) -> Doer {
        let index = number.wrapping_sub(self.first);
        self.doers.get(index).copied().unwrap_or_default()
    }

    /// The end of a column or a moment of a keyframe may be now.
    fn look(&mut self, heap: &dyn View, time: u64, when: When) {
        let done = self.done;
        if when.ends_column(done, self.timeline.per_column()) {
            self.timeline.end(heap.stats(), time);
            self.holdings.end();
            self.tasks.end();
        }
        let kind = self.keyframes.kind(done, when);
        let is_column = when.ends_column(done, self.map.per_column());
        if kind.is_some() || is_column {
            let blocks = heap.blocks();
            if is_column {
                self.map.end(&blocks, &self.live, done);
            }
            if let Some(kind) = kind {
                self.keyframes.take(kind, done, time, &blocks, &self.live);
            }
        }
        if when != When::Between {
            self.stats = heap.stats();
        }
    }
}

/// Where in the trace the collector looks at the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    /// After an operation.
    Between,
    /// After the last one.
    End,
    /// Before the one that fails.
    Failure,
}

impl When {
    /// Whether a column ends here, after so many operations.
    fn ends_column(self, done: u64, per_column: u64) -> bool {
        let is_full = done > 0 && done.is_multiple_of(per_column);
        match self {
            Self::Between => is_full,
            Self::End => true,
            // A full one ended when its last operation was done.
            Self::Failure => !is_full,
        }
    }
}

impl Observer for Collector {
    fn after(
        &mut self,
        heap: &dyn View,
        number: usize,
        op: Op,
        object: Option<NonNull<u8>>,
    ) -> Result<(), String> {
        let doer = self.doer(number);
        self.done = number as u64 + 1;
        let offset = object.map(|object| heap.offset_of(object));
        let change = self.live.apply(op, offset, doer, self.done);
        self.timeline.operation(self.live.bytes());
        self.holdings.add(change);
        self.tasks.add(Change {
            of: self.live.thread_of(change.of),
            ..change
        });
        let is_last = self.done == self.plan.operations;
        let when = if is_last { When::End } else { When::Between };
        self.look(heap, doer.time, when);
        Ok(())
    }

    fn failed(&mut self, heap: &dyn View, _: &[Option<NonNull<u8>>]) {
        let time = self.doer(self.done as usize).time;
        self.look(heap, time, When::Failure);
    }
}

#[cfg(test)]
mod tests;
