//! `litepool leaks`: which blocks are leaks, and how sure that is.

mod find;
mod text;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::Result;
use litepool_snapshot::{Call, Leak, LeakVerdict};
use serde::Serialize;

use crate::args::{LeakBy, Leaks};
use crate::naming::Naming;
use crate::output::{print, print_json};
use crate::snapshot::OriginFacts;
use crate::{NO, YES};

use find::Found;

/// How many leaks are shown as text.
const MOST: usize = 10;

/// The report. Sizes in bytes.
#[derive(Serialize, Debug)]
struct Report {
    origin: OriginFacts,
    /// Blocks and bytes that are live, and match.
    blocks: u64,
    bytes: u64,
    /// Over how many operations growth is judged each time; null: of a dump.
    period_operations: Option<u64>,
    /// Operations that the recording lost at its end.
    lost: Option<u64>,
    /// How often it lost some before.
    gaps: u64,
    /// Leaks in all, of which so many are listed.
    found: u64,
    leaks: Vec<LeakFacts>,
    /// What could not be named, and why.
    notes: Vec<String>,
}

/// The blocks of a call site.
#[derive(Serialize, Debug)]
struct LeakFacts {
    #[serde(serialize_with = "verdict")]
    verdict: LeakVerdict,
    is_sure: bool,
    site: String,
    blocks: u64,
    bytes: u64,
    blocks_of_gone_tasks: u64,
    unreachable_blocks: u64,
    growth: Option<GrowthFacts>,
    first: Option<BirthFacts>,
    last: Option<BirthFacts>,
    /// The one with the most bytes first.
    tasks: Vec<TaskFacts>,
    /// The call stack with the most bytes, the innermost call first.
    stack: Vec<String>,
    /// How many call stacks it has.
    stacks: u64,
}

#[derive(Serialize, Debug)]
struct GrowthFacts {
    periods: usize,
    /// In how many of them blocks came that stayed.
    rises: usize,
    bytes_per_period: f64,
    bytes_per_hour: Option<f64>,
}

/// When a block was allocated.
#[derive(Serialize, Debug)]
struct BirthFacts {
    operation: u64,
    time_microseconds: u64,
}

#[derive(Serialize, Debug)]
struct TaskFacts {
    name: String,
    blocks: u64,
    bytes: u64,
    is_gone: bool,
}

/// Prints the report.
///
/// # Errors
/// There is no snapshot, or standard output can't be written.
pub(crate) fn run(args: &Leaks) -> Result<u8> {
    let found = find::leaks(&args.input)?;
    let mut naming = Naming::new(&found.leaks.snapshot, args.input.names.elf.as_deref())?;
    let report = Report::new(&found, args, &mut naming);
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    Ok(if report.leaks.iter().any(|leak| leak.is_sure) {
        NO
    } else {
        YES
    })
}

impl Report {
    fn new(found: &Found, args: &Leaks, naming: &mut Naming) -> Self {
        let snapshot = &found.leaks.snapshot;
        let leaks = found.leaks.grouped(|block| {
            if !args.filter.matches(snapshot, naming, block) {
                return None;
            }
            Some(match args.by {
                LeakBy::Stack => (block.stack, None),
                LeakBy::Site => {
                    let stack = naming.stack(&snapshot.interned, block.stack);
                    (0, stack.site().cloned())
                }
            })
        });
        let most = match (args.top, args.json) {
            (Some(0), _) | (None, true) => usize::MAX,
            (top, _) => top.unwrap_or(MOST),
        };
        Self {
            origin: OriginFacts::new(snapshot),
            blocks: leaks.iter().map(|leak| leak.blocks.len() as u64).sum(),
            bytes: leaks
                .iter()
                .fold(0, |sum, leak| leak.bytes.saturating_add(sum)),
            period_operations: found.leaks.period(),
            lost: found.lost,
            gaps: found.leaks.gaps,
            found: leaks.len() as u64,
            leaks: leaks
                .iter()
                .take(most)
                .map(|leak| LeakFacts::new(leak, found, naming))
                .collect(),
            notes: naming.notes(),
        }
    }
}

impl LeakFacts {
    fn new(leak: &Leak, found: &Found, naming: &mut Naming) -> Self {
        let snapshot = &found.leaks.snapshot;
        let blocks = || leak.blocks.iter().map(|&index| &snapshot.blocks[index]);
        let mut tasks = BTreeMap::<_, TaskFacts>::new();
        let mut stacks = BTreeMap::<u32, u64>::new();
        for block in blocks() {
            let task = tasks.entry(block.task).or_insert_with(|| TaskFacts {
                name: naming.task(&snapshot.interned, block.task),
                blocks: 0,
                bytes: 0,
                is_gone: found.leaks.is_of_gone_task(block),
            });
            task.blocks += 1;
            task.bytes = task.bytes.saturating_add(block.size);
            let bytes = stacks.entry(block.stack).or_default();
            *bytes = bytes.saturating_add(block.size);
        }
        let mut tasks: Vec<_> = tasks.into_values().collect();
        tasks.sort_by_key(|task| Reverse(task.bytes));
        let largest = stacks.iter().max_by_key(|&(_, bytes)| bytes);
        let stack = naming.stack(&snapshot.interned, largest.map_or(0, |(&stack, _)| stack));
        // Blocks are in the order of their allocations, of a trace.
        let births = || blocks().filter_map(|block| block.birth);
        let birth = |birth: litepool_snapshot::Birth| BirthFacts {
            operation: birth.operation,
            time_microseconds: birth.time,
        };
        Self {
            verdict: leak.verdict,
            is_sure: leak.verdict.is_sure(),
            site: stack.site_text(),
            blocks: leak.blocks.len() as u64,
            bytes: leak.bytes,
            blocks_of_gone_tasks: leak.of_gone_tasks as u64,
            unreachable_blocks: leak.unreachable as u64,
            growth: leak.growth.map(|growth| GrowthFacts {
                periods: growth.periods,
                rises: growth.rises,
                bytes_per_period: growth.bytes_per_period(),
                bytes_per_hour: growth.bytes_per_hour(),
            }),
            first: births().next().map(birth),
            last: births().next_back().map(birth),
            tasks,
            stack: stack.calls.iter().map(Call::to_string).collect(),
            stacks: stacks.len() as u64,
        }
    }
}

/// A verdict in two words at most.
fn in_words(verdict: LeakVerdict) -> &'static str {
    match verdict {
        LeakVerdict::NotFreed => "not freed",
        LeakVerdict::Flat => "flat",
        LeakVerdict::Creeping => "creeping",
        LeakVerdict::TaskGone => "task gone",
        LeakVerdict::Growing => "growing",
        LeakVerdict::Unreachable => "unreachable",
    }
}

fn verdict<S: serde::Serializer>(verdict: &LeakVerdict, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(in_words(*verdict))
}
