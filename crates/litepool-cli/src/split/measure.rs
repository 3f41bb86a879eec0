//! What the pools of a plan need, by replays.

use std::sync::Mutex;

use litepool_replay::search::Effort;
use litepool_replay::{Configuration, Memory, Part, Placement};
use rustc_hash::FxHashMap;

use super::deal::deal;
use super::load::Load;
use super::search::{Judge, members};
use super::units::Units;

/// The effort of a search's measures: what it decides on is measured again in full.
pub(super) const COARSE: Effort = Effort { sizes: 1 };

/// Finds smallest pools.
#[derive(Clone, Copy)]
pub(super) struct Exact {
    pub(super) configuration: Configuration,
    pub(super) placement: Placement,
    pub(super) effort: Effort,
}

impl Exact {
    /// The smallest pool of a part, and how many operations were replayed at most to find it.
    pub(super) fn smallest(&self, part: &Part) -> Option<(u64, u64)> {
        let Self {
            configuration,
            placement,
            effort,
        } = self;
        let found = part.smallest(configuration, *placement, *effort, || ())?;
        Some((found.size, found.tried * part.ops.len() as u64))
    }

    /// Bytes of the control block of a pool of this size.
    pub(super) fn control_block(&self, size: u64) -> Option<u64> {
        let mut memory = Memory::new(usize::try_from(size).ok()?, self.placement).ok()?;
        Some(self.configuration.control_block(&mut memory)? as u64)
    }
}

/// The smallest pool, if there is one, and the work that it was to find it.
type Measured = (Option<u64>, u64);

/// Measures the plans of a division.
pub(super) struct Measure<'w> {
    whole: &'w Part,
    units: &'w Units,
    load: Load,
    exact: Exact,
    /// The control block of a pool that has just one: less has none.
    least_control_block: u64,
    /// What is known of pools of these units.
    known: Mutex<FxHashMap<Vec<usize>, Measured>>,
}

impl<'w> Measure<'w> {
    pub(super) fn new(whole: &'w Part, units: &'w Units, load: Load, exact: Exact) -> Self {
        Self {
            whole,
            units,
            load,
            exact,
            least_control_block: exact.control_block(512).unwrap_or(0),
            known: Mutex::default(),
        }
    }

    fn known(&self, pool: &[usize]) -> Option<Measured> {
        let known = self.known.lock().ok()?;
        known.get(pool).copied()
    }
}

impl Judge for Measure<'_> {
    fn bound(&self, plan: &[u8]) -> u64 {
        let pools = members(plan);
        let least = pools.iter().map(|pool| match self.known(pool) {
            Some((Some(bytes), _)) => bytes,
            _ => self.load.least(pool) + self.least_control_block,
        });
        least.fold(0, u64::saturating_add)
    }

    fn measure(&self, plan: &[u8]) -> Measured {
        let parts = deal(self.whole, self.units, plan);
        let mut sum = (Some(0_u64), 0);
        for (pool, part) in members(plan).into_iter().zip(&parts) {
            // The work is counted as if nothing was known, so that it does not depend on what other
            // threads found meanwhile.
            let (bytes, work) = self.known(&pool).unwrap_or_else(|| {
                let found = self.exact.smallest(part);
                let found = (
                    found.map(|(bytes, _)| bytes),
                    found.map_or(0, |(_, work)| work),
                );
                if let Ok(mut known) = self.known.lock() {
                    known.insert(pool, found);
                }
                found
            });
            sum = (
                sum.0.zip(bytes).map(|(sum, bytes)| sum + bytes),
                sum.1 + work,
            );
        }
        sum
    }
}
