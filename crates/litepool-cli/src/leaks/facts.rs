//! What is told of a leak.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use litepool_snapshot::reach::Reach;
use litepool_snapshot::{Birth, Block, Call, Growth, Leak, LeakVerdict, Task};
use serde::{Serialize, Serializer};

use super::find::Found;
use super::in_words;
use crate::naming::CallStack;
use crate::sites;

/// The blocks of a call site. Sizes in bytes.
#[derive(Serialize, Debug)]
pub(super) struct LeakFacts {
    #[serde(serialize_with = "verdict")]
    pub(super) verdict: LeakVerdict,
    pub(super) is_sure: bool,
    /// `None`: the call stacks are not known.
    #[serde(serialize_with = "sites::site")]
    pub(super) site: Option<Call>,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    pub(super) blocks_of_gone_tasks: u64,
    /// The one with the most bytes first.
    pub(super) tasks: Vec<TaskFacts>,
    /// The call stack with the most bytes, the innermost call first.
    pub(super) stack: Rc<CallStack>,
    /// How many call stacks it has.
    pub(super) stacks: u64,
    /// Who called the site, the one with the most bytes first; one without a caller: not known.
    pub(super) callers: Vec<CallerFacts>,
    /// Of a trace.
    pub(super) growth: Option<GrowthFacts>,
    pub(super) first: Option<BirthFacts>,
    pub(super) last: Option<BirthFacts>,
    /// Of a dump.
    pub(super) reach: Option<ReachFacts>,
}

#[derive(Serialize, Debug)]
pub(super) struct GrowthFacts {
    pub(super) periods: usize,
    pub(super) period_operations: u64,
    /// In how many of them blocks came that stayed.
    pub(super) rises: usize,
    pub(super) bytes_per_period: f64,
    pub(super) bytes_per_hour: Option<f64>,
    /// How long the periods lasted together.
    pub(super) microseconds: u64,
    /// The periods end here, where the first request was refused; null: with the run.
    pub(super) refused_after: Option<u64>,
}

/// When a block was allocated.
#[derive(Serialize, Debug)]
pub(super) struct BirthFacts {
    pub(super) operation: u64,
    pub(super) time_microseconds: u64,
}

#[derive(Serialize, Debug)]
pub(super) struct TaskFacts {
    pub(super) name: String,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    pub(super) is_gone: bool,
}

/// Blocks by who called the call site.
#[derive(Serialize, Debug)]
pub(super) struct CallerFacts {
    /// `None`: not known, or the call stack ends with the site.
    #[serde(serialize_with = "sites::site")]
    pub(super) caller: Option<Call>,
    pub(super) blocks: u64,
    pub(super) bytes: u64,
}

/// What points to the blocks, and what does not.
#[derive(Serialize, Debug)]
pub(super) struct ReachFacts {
    /// Of those that nothing reaches; if there are none, of all.
    pub(super) addresses: Vec<String>,
    /// Blocks that nothing points to.
    pub(super) unreachable: u64,
    /// Blocks that only blocks point to that nothing reaches.
    pub(super) through_others: u64,
    /// The call site of one of these.
    #[serde(serialize_with = "sites::site")]
    pub(super) through: Option<Call>,
    /// Blocks that something leads to.
    pub(super) reached: u64,
    /// What leads to the first of these.
    pub(super) path: Option<String>,
    /// Whether that is a word that may be left over: on a stack, in a recorder, in no variable.
    pub(super) left_over: bool,
}

impl LeakFacts {
    pub(super) fn new(leak: &Leak, found: &mut Found) -> Self {
        let stacks = stacks(leak, found);
        let largest = stacks.iter().max_by_key(|&(_, bytes)| bytes);
        let largest = largest.map_or(0, |(&stack, _)| stack);
        let reach = ReachFacts::new(leak, found);
        let interned = &found.leaks.snapshot.interned;
        let stack = found.naming.stack(interned, largest);
        let callers = callers(leak, found);
        // Blocks of a trace are in the order of their allocations.
        let mut births = blocks(leak, found).filter_map(|block| block.birth);
        let first = births.next();
        let last = births.next_back().or(first);
        Self {
            verdict: leak.verdict,
            is_sure: leak.verdict.is_sure(),
            site: stack.site().cloned(),
            blocks: leak.blocks.len() as u64,
            bytes: leak.bytes,
            blocks_of_gone_tasks: leak.of_gone_tasks as u64,
            tasks: tasks(leak, found),
            stack,
            stacks: stacks.len() as u64,
            callers,
            growth: leak.growth.map(GrowthFacts::from),
            first: first.map(BirthFacts::from),
            last: last.map(BirthFacts::from),
            reach,
        }
    }
}

fn blocks<'f>(leak: &'f Leak, found: &'f Found) -> impl DoubleEndedIterator<Item = &'f Block> {
    let all = &found.leaks.snapshot.blocks;
    leak.blocks.iter().map(|&index| &all[index])
}

/// The bytes of each call stack.
fn stacks(leak: &Leak, found: &Found) -> BTreeMap<u32, u64> {
    let mut stacks = BTreeMap::<u32, u64>::new();
    for block in blocks(leak, found) {
        let bytes = stacks.entry(block.stack).or_default();
        *bytes = bytes.saturating_add(block.size);
    }
    stacks
}

/// Who called the site. What a port takes off a stack may be left over from the heap's own calls:
/// these are passed over.
fn callers(leak: &Leak, found: &mut Found) -> Vec<CallerFacts> {
    let mut callers = BTreeMap::<Option<Call>, CallerFacts>::new();
    let Found { leaks, naming, .. } = found;
    for &index in &leak.blocks {
        let block = &leaks.snapshot.blocks[index];
        let stack = naming.stack(&leaks.snapshot.interned, block.stack);
        let caller = stack.caller().cloned();
        let sum = callers
            .entry(caller.clone())
            .or_insert_with(|| CallerFacts {
                caller,
                blocks: 0,
                bytes: 0,
            });
        sum.blocks += 1;
        sum.bytes = sum.bytes.saturating_add(block.size);
    }
    let mut callers: Vec<_> = callers.into_values().collect();
    callers.sort_by_key(|caller| Reverse(caller.bytes));
    callers
}

fn tasks(leak: &Leak, found: &Found) -> Vec<TaskFacts> {
    let mut tasks = BTreeMap::<Option<Task>, TaskFacts>::new();
    for block in blocks(leak, found) {
        let task = tasks.entry(block.task).or_insert_with(|| TaskFacts {
            name: found
                .naming
                .task(&found.leaks.snapshot.interned, block.task),
            blocks: 0,
            bytes: 0,
            is_gone: found.leaks.is_of_gone_task(block),
        });
        task.blocks += 1;
        task.bytes = task.bytes.saturating_add(block.size);
    }
    let mut tasks: Vec<_> = tasks.into_values().collect();
    tasks.sort_by_key(|task| Reverse(task.bytes));
    tasks
}

impl ReachFacts {
    /// Most addresses that are told.
    const ADDRESSES: usize = 16;

    fn new(leak: &Leak, found: &mut Found) -> Option<Self> {
        let snapshot = &found.leaks.snapshot;
        let marks = found.reach.as_ref()?;
        let mut through = None;
        let mut lost = Vec::new();
        let mut reached = None;
        for &index in &leak.blocks {
            match marks.reach(index) {
                Some(Reach::Leaked) => {}
                Some(Reach::LeakedThrough { leak }) => through = through.or(Some(leak)),
                Some(Reach::Reached { .. }) | None => {
                    reached = reached.or(Some(index));
                    continue;
                }
            }
            lost.push(index);
        }
        let told = if lost.is_empty() { &leak.blocks } else { &lost };
        let addresses = told
            .iter()
            .filter_map(|&index| snapshot.blocks[index].address);
        let addresses = addresses.take(Self::ADDRESSES);
        let symbols = found.naming.firmware();
        let path = reached.and_then(|block| marks.path(snapshot, symbols, block));
        let reach = reached.and_then(|block| marks.reach(block));
        Some(Self {
            addresses: addresses.map(|address| format!("{address:#x}")).collect(),
            unreachable: leak.unreachable as u64,
            through_others: leak.through_others as u64,
            reached: (leak.blocks.len() - lost.len()) as u64,
            path: path.map(|path| path.to_string()),
            left_over: reach.is_some_and(Reach::is_left_over),
            through: through.and_then(|block| {
                let stack = snapshot.blocks[block].stack;
                let stack = found.naming.stack(&snapshot.interned, stack);
                stack.site().cloned()
            }),
        })
    }
}

impl From<Growth> for GrowthFacts {
    fn from(growth: Growth) -> Self {
        Self {
            periods: growth.periods,
            period_operations: growth.period_operations,
            rises: growth.rises,
            bytes_per_period: growth.bytes_per_period(),
            bytes_per_hour: growth.bytes_per_hour(),
            microseconds: growth.time,
            refused_after: growth.refused_after,
        }
    }
}

impl From<Birth> for BirthFacts {
    fn from(birth: Birth) -> Self {
        Self {
            operation: birth.operation,
            time_microseconds: birth.time,
        }
    }
}

fn verdict<S: Serializer>(verdict: &LeakVerdict, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(in_words(*verdict))
}
