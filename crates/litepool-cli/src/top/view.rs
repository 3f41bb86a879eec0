//! What is shown of the state, in order.

use std::collections::BTreeMap;

use clap::ValueEnum;
use litepool_trace::{Receiver, Reception, WordSize};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::alarms::Alarm;
use super::pool::Free;
use super::state::{State, pool_name};
use crate::naming::Naming;

/// What call sites are sorted by.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    /// Live bytes.
    Bytes,
    /// Live blocks.
    Blocks,
    /// Growth of the live bytes.
    Growth,
    /// Allocations in a second.
    Rate,
    /// The age of the oldest live block.
    Age,
}

impl Sort {
    /// The head of its column.
    pub(super) const fn head(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Blocks => "blocks",
            Self::Growth => "bytes/min",
            Self::Rate => "allocs/s",
            Self::Age => "oldest",
        }
    }
}

/// Everything that is shown. Bytes are those that were asked for.
#[derive(Serialize, Debug)]
pub(super) struct View {
    pub(super) device: String,
    /// Of the last event; of a device without a clock, since its first byte.
    pub(super) time_microseconds: u64,
    pub(super) events: u64,
    pub(super) operations: u64,
    pub(super) operations_per_second: Option<f64>,
    pub(super) live_bytes: u64,
    pub(super) live_blocks: u64,
    pub(super) peak_bytes: u64,
    pub(super) refused: u64,
    pub(super) lost_before: u64,
    pub(super) lost_in_ring: u64,
    pub(super) lost_on_the_way: u64,
    pub(super) resets: u64,
    pub(super) alarms: Vec<AlarmView>,
    pub(super) alarms_raised: u64,
    pub(super) pools: Vec<PoolView>,
    pub(super) tasks: Vec<TaskView>,
    pub(super) sites: Vec<SiteView>,
    #[serde(skip)]
    pub(super) log: Vec<(u64, String)>,
    #[serde(skip)]
    pub(super) sort: Sort,
}

#[derive(Serialize, Debug)]
pub(super) struct AlarmView {
    pub(super) time_microseconds: u64,
    pub(super) text: String,
}

#[derive(Serialize, Debug)]
pub(super) struct PoolView {
    pub(super) name: String,
    pub(super) address: String,
    /// 0: unknown.
    pub(super) size: u64,
    pub(super) used: u64,
    pub(super) blocks: u64,
    pub(super) peak: u64,
    pub(super) refused: u64,
    /// About: what headers take is not known.
    pub(super) free: u64,
    pub(super) largest_free: u64,
    pub(super) free_ranges: u64,
    pub(super) fragmentation_percent: Option<f64>,
    #[serde(skip)]
    pub(super) map: Vec<f64>,
}

#[derive(Serialize, Debug)]
pub(super) struct TaskView {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) blocks: u64,
    pub(super) peak: u64,
    pub(super) allocations_per_second: Option<f64>,
    pub(super) has_ended: bool,
}

#[derive(Serialize, Debug)]
pub(super) struct SiteView {
    pub(super) site: String,
    pub(super) bytes: u64,
    pub(super) blocks: u64,
    pub(super) bytes_per_minute: Option<f64>,
    pub(super) allocations_per_second: Option<f64>,
    /// Of the oldest live block.
    pub(super) age_microseconds: Option<u64>,
}

/// How many cells the map of a pool has that is shown with fewer.
const CELLS: usize = 512;

/// How many pools have a map: more than are shown with one.
const MAPS: usize = 200;

impl View {
    /// O(live blocks and call stacks).
    pub(super) fn new(
        state: &mut State,
        receiver: &Receiver,
        naming: &mut Naming,
        sort: Sort,
    ) -> Self {
        let interned = receiver.interned();
        let reception: &Reception = receiver.reception();
        // Below eight words there are headers, records and rounding.
        state.least = match reception.word {
            Some(WordSize::Bits64) => 64,
            _ => 32,
        };
        state.look(interned, naming);
        let state = &*state;
        let now = state.now;
        let task = |(&number, task): (&u32, &super::state::Task)| TaskView {
            name: match interned.thread_name(number) {
                Some(name) => name.to_owned(),
                None => format!("task {number}"),
            },
            bytes: task.sum.bytes,
            blocks: task.sum.blocks,
            peak: task.sum.peak,
            allocations_per_second: task.sum.allocations_per_second(now),
            has_ended: task.has_ended,
        };
        let mut tasks: Vec<TaskView> = state.tasks.iter().map(task).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.bytes));
        let alarm = |alarm: &Alarm| AlarmView {
            time_microseconds: alarm.time,
            text: alarm.text.clone(),
        };
        Self {
            device: receiver.header().program.clone(),
            time_microseconds: now,
            events: reception.received,
            operations: state.operations,
            operations_per_second: state.operations_rate.rate(now, state.operations, 1_000_000),
            live_bytes: state.all.bytes,
            live_blocks: state.all.blocks,
            peak_bytes: state.all.peak,
            refused: state.refused,
            lost_before: reception.before,
            lost_in_ring: reception.lost_in_ring,
            lost_on_the_way: reception.lost_on_the_way,
            resets: reception.resets,
            alarms: state.alarms().on().iter().map(alarm).collect(),
            alarms_raised: state.alarms().raised(),
            pools: pools(state, receiver),
            tasks,
            sites: sites(state, receiver, naming, sort),
            log: state.log.iter().cloned().collect(),
            sort,
        }
    }
}

fn pools(state: &State, receiver: &Receiver) -> Vec<PoolView> {
    let known = state.pools.iter();
    known
        .enumerate()
        .map(|(index, (&number, pool))| {
            let free: Free = pool.free(state.least);
            PoolView {
                name: pool_name(receiver.interned(), number),
                address: format!("{:#x}", pool.address),
                size: pool.size,
                used: pool.used,
                blocks: pool.blocks() as u64,
                peak: pool.peak,
                refused: pool.refused,
                free: free.bytes,
                largest_free: free.largest,
                free_ranges: free.ranges,
                fragmentation_percent: free.fragmentation(),
                map: if index < MAPS {
                    pool.map(CELLS)
                } else {
                    Vec::new()
                },
            }
        })
        .collect()
}

fn sites(state: &State, receiver: &Receiver, naming: &mut Naming, sort: Sort) -> Vec<SiteView> {
    let now = state.now;
    let mut births = FxHashMap::default();
    for block in state.blocks.values() {
        let birth = births.entry(block.stack).or_insert(block.birth);
        *birth = block.birth.min(*birth);
    }
    let mut sites = BTreeMap::<String, SiteView>::new();
    for (&stack, sum) in &state.stacks {
        let name = naming.stack(receiver.interned(), stack).site_text();
        let site = sites.entry(name.clone()).or_insert(SiteView {
            site: name,
            bytes: 0,
            blocks: 0,
            bytes_per_minute: None,
            allocations_per_second: None,
            age_microseconds: None,
        });
        site.bytes = site.bytes.saturating_add(sum.bytes);
        site.blocks += sum.blocks;
        add(&mut site.bytes_per_minute, sum.growth_per_minute(now));
        add(
            &mut site.allocations_per_second,
            sum.allocations_per_second(now),
        );
        let age = births.get(&stack).map(|birth| now.saturating_sub(*birth));
        site.age_microseconds = site.age_microseconds.max(age);
    }
    let mut sites: Vec<SiteView> = sites.into_values().collect();
    let rank = |site: &SiteView| match sort {
        Sort::Bytes => site.bytes as f64,
        Sort::Blocks => site.blocks as f64,
        Sort::Growth => site.bytes_per_minute.unwrap_or(0.0),
        Sort::Rate => site.allocations_per_second.unwrap_or(0.0),
        Sort::Age => site.age_microseconds.map_or(-1.0, |age| age as f64),
    };
    sites.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then(b.bytes.cmp(&a.bytes)));
    sites
}

fn add(sum: &mut Option<f64>, more: Option<f64>) {
    if let Some(more) = more {
        *sum = Some(sum.unwrap_or(0.0) + more);
    }
}
