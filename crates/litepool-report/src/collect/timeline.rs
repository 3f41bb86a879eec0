//! The pool's figures over time.

use litepool::Stats;

use super::Plan;
use crate::blob::Blob;
use crate::model::Timeline;

/// Columns of the timeline.
pub const MOST: u64 = 4096;

/// The timeline, column by column.
#[derive(Debug)]
pub struct Columns {
    per_column: u64,
    has_times: bool,
    live_now: u64,
    peak: u64,
    time: Vec<f64>,
    live: Vec<u32>,
    live_peak: Vec<u32>,
    used: Vec<u32>,
    free: Vec<u32>,
    largest_free: Vec<u32>,
    used_blocks: Vec<u32>,
    free_blocks: Vec<u32>,
}

/// How many operations a column has, if there are to be so many columns at most.
pub fn per_column(operations: u64, most: u64) -> u64 {
    operations.div_ceil(most.max(1)).max(1)
}

impl Columns {
    pub fn new(plan: &Plan) -> Self {
        Self {
            per_column: per_column(plan.expected, MOST),
            has_times: plan.has_times,
            live_now: 0,
            peak: 0,
            time: Vec::new(),
            live: Vec::new(),
            live_peak: Vec::new(),
            used: Vec::new(),
            free: Vec::new(),
            largest_free: Vec::new(),
            used_blocks: Vec::new(),
            free_blocks: Vec::new(),
        }
    }

    pub fn per_column(&self) -> u64 {
        self.per_column
    }

    /// How many columns there are so far.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// An operation was done, after which so many bytes are live.
    pub fn operation(&mut self, live: u64) {
        self.live_now = live;
        self.peak = self.peak.max(live);
    }

    /// A column ends.
    pub fn end(&mut self, stats: Stats, time: u64) {
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        self.time.push(time as f64);
        self.live.push(number(self.live_now));
        self.live_peak.push(number(self.peak));
        self.used.push(number(stats.used as u64));
        self.free.push(number(stats.free as u64));
        self.largest_free.push(number(stats.largest_free as u64));
        self.used_blocks.push(number(stats.used_blocks as u64));
        self.free_blocks.push(number(stats.free_blocks as u64));
        self.peak = self.live_now;
    }

    /// As the page has it, but for the tasks and the failures.
    pub fn finish(self, blob: &mut Blob) -> Timeline {
        Timeline {
            columns: self.live.len() as u32,
            operations_per_column: self.per_column,
            time: self.has_times.then(|| blob.row(self.time)),
            live: blob.row(self.live),
            live_peak: blob.row(self.live_peak),
            used: blob.row(self.used),
            free: blob.row(self.free),
            largest_free: blob.row(self.largest_free),
            used_blocks: blob.row(self.used_blocks),
            free_blocks: blob.row(self.free_blocks),
            tasks: Vec::new(),
            failures: Vec::new(),
        }
    }
}
