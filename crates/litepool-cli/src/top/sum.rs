//! What somebody has, and how fast that changes.

use super::meter::Meter;

pub(super) const SECOND: u64 = 1_000_000;
/// Rates are those of the last five to ten seconds, growth that of the last half to whole minute.
pub(super) const RATES: u64 = 5 * SECOND;
const GROWTH: u64 = 30 * SECOND;
/// How long something is watched before its growth is told.
const SETTLED: u64 = 10 * SECOND;

/// What a task or a call stack has, in blocks and bytes.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Sum {
    pub(super) bytes: u64,
    pub(super) blocks: u64,
    pub(super) peak: u64,
    /// Blocks that were allocated, ever.
    pub(super) allocations: u64,
    rate: Meter,
    growth: Meter,
    /// Whether the first look has come: growth counts from there.
    is_watched: bool,
}

impl Sum {
    /// One that begins now, in microseconds.
    pub(super) fn begun(now: u64) -> Self {
        Self {
            rate: Meter::new(now, 0),
            growth: Meter::new(now, 0),
            ..Self::default()
        }
    }

    /// A block comes.
    pub(super) fn grow(&mut self, size: u64) {
        self.blocks += 1;
        self.bytes = self.bytes.saturating_add(size);
        self.peak = self.peak.max(self.bytes);
    }

    /// A block goes.
    pub(super) fn free(&mut self, size: u64) {
        self.blocks = self.blocks.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    /// A look at the clock.
    pub(super) fn turn(&mut self, now: u64) {
        self.rate.turn(now, self.allocations, RATES);
        // What a program allocates when it begins is no growth.
        if !std::mem::replace(&mut self.is_watched, true) {
            self.growth = Meter::new(now, self.bytes);
        }
        self.growth.turn(now, self.bytes, GROWTH);
    }

    /// Allocations in a second.
    pub(super) fn allocations_per_second(&self, now: u64) -> Option<f64> {
        self.rate.rate(now, self.allocations, SECOND)
    }

    /// Bytes in a minute.
    pub(super) fn growth_per_minute(&self, now: u64) -> Option<f64> {
        self.growth
            .rate(now, self.bytes, 60 * SECOND)
            .filter(|_| self.growth.is_settled(now, SETTLED))
    }
}
