//! Leaks, as the page has them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use litepool_report::model::{Leak, Source};
use litepool_report::{Blob, Names, curves};
use litepool_snapshot::{LeakVerdict, Leaks, Task};

/// Leaks that are shown.
const MOST: usize = 100;

/// The leaks by call site, the surest first, with curves if the source has holdings.
pub(super) fn put(leaks: &Leaks, source: &mut Source, names: &mut Names<'_>, blob: &mut Blob) {
    let mut groups = leaks.grouped(|block| {
        let stack = names.stack(block.stack);
        Some(names.site_of(stack))
    });
    if groups.len() > MOST {
        let more = groups.len() - MOST;
        source.notes.push(format!(
            "{more} more call sites that did not free are not shown"
        ));
        groups.truncate(MOST);
    }
    let found: Vec<Leak> = groups
        .iter()
        .map(|group| leak(leaks, group, source.microseconds.is_some(), names))
        .collect();
    source.leaks = found;
    curves::add(source, names, blob);
}

fn leak(
    leaks: &Leaks,
    group: &litepool_snapshot::Leak,
    has_times: bool,
    names: &mut Names<'_>,
) -> Leak {
    let blocks = || {
        group
            .blocks
            .iter()
            .map(|&index| &leaks.snapshot.blocks[index])
    };
    let (mut stacks, mut tasks) = (BTreeMap::<u32, u64>::new(), BTreeMap::<Task, u64>::new());
    for block in blocks() {
        *stacks.entry(block.stack).or_default() += block.size;
        if let Some(task) = block.task {
            *tasks.entry(task).or_default() += block.size;
        }
    }
    let stack = stacks
        .iter()
        .max_by_key(|&(&stack, &bytes)| (bytes, Reverse(stack)));
    let stack = names.stack(stack.map_or(0, |(&stack, _)| stack));
    let mut tasks: Vec<(Task, u64)> = tasks.into_iter().collect();
    tasks.sort_by_key(|&(task, bytes)| (Reverse(bytes), task));
    let tasks = tasks.into_iter();
    let operations = || blocks().filter_map(|block| Some(block.birth?.operation));
    Leak {
        verdict: verdict(group.verdict),
        is_sure: group.verdict.is_sure(),
        site: names.site_of(stack),
        stack,
        bytes: group.bytes,
        blocks: group.blocks.len() as u64,
        tasks: tasks
            .filter_map(|(task, bytes)| Some((names.task(task)?, bytes)))
            .collect(),
        rises: group.growth.map_or(0, |growth| growth.rises as u32),
        periods: group.growth.map_or(0, |growth| growth.periods as u32),
        bytes_per_hour: group
            .growth
            .filter(|_| has_times)
            .and_then(|growth| growth.bytes_per_hour()),
        first_operation: operations().min(),
        last_operation: operations().max(),
        ..Leak::default()
    }
}

/// The verdict as the page has it.
fn verdict(verdict: LeakVerdict) -> &'static str {
    match verdict {
        LeakVerdict::NotFreed => "not-freed",
        LeakVerdict::Flat => "flat",
        LeakVerdict::Creeping => "creeping",
        LeakVerdict::TaskGone => "task-gone",
        LeakVerdict::Growing => "growing",
        LeakVerdict::Unreachable => "unreachable",
    }
}
