//! The walk of all live pools, for which the list's lock is released between two steps.

use super::super::entry::Live;
use super::{Locked, ranges_of};
use crate::inspect::Stats;

/// A live pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct PoolInfo {
    /// The address at which it begins, or its first region.
    pub start: usize,
    /// Its bytes, in all regions.
    pub size: usize,
    /// How many [regions](crate::Pool#regions) it has.
    pub regions: usize,
    /// Its figures: used and free bytes, the largest free block, blocks used and free, the peak.
    /// None while the pool is being made, and of a pool that [belongs to one
    /// thread](crate::lock::Lock::SHARED).
    pub stats: Option<Stats>,
}

impl PoolInfo {
    /// What the list knows of a live pool.
    fn of(pool: &'static dyn Live) -> Self {
        Self {
            start: pool.entry().range().base.addr().get(),
            size: ranges_of(pool).fold(0, |size, range| size.wrapping_add(range.size)),
            regions: ranges_of(pool).count(),
            stats: None,
        }
    }
}

/// Every live pool, in the order of their addresses: an outer one before those in its blocks. Made
/// by [`pools`].
///
/// ```
/// use litepool::{StaticHeap, pools};
///
/// static SENSORS: StaticHeap<4096> = StaticHeap::new();
/// SENSORS.init()?;
/// let infos: Vec<_> = pools().collect();
/// assert_eq!(infos.len(), 1);
/// # Ok::<(), litepool::InitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pools {
    /// The address of the last one, once there was one.
    after: Option<usize>,
}

/// Walks the list of all live pools, of whatever kind.
///
/// No lock is held between two steps, so a line about each can be printed. A pool that is live
/// during the whole walk comes exactly once. A step takes the list's lock for a step per live
/// pool, and after it the lock of one pool for its [`Stats`]: none, if it was deinitialised in
/// between or has other memory then.
///
/// ```
/// for pool in litepool::pools() {
///     if let Some(stats) = pool.stats {
///         println!("{:#x} {} {} {}", pool.start, pool.size, stats.used, stats.largest_free);
///     }
/// }
/// ```
#[must_use]
pub fn pools() -> Pools {
    Pools { after: None }
}

impl Iterator for Pools {
    type Item = PoolInfo;

    fn next(&mut self) -> Option<PoolInfo> {
        let list = Locked::new();
        let pools = list.pools().map(|pool| (pool, PoolInfo::of(pool)));
        let (pool, info) = pools
            .filter(|(_, info)| self.after.is_none_or(|after| after < info.start))
            .min_by_key(|(_, info)| info.start)?;
        self.after = Some(info.start);
        // Which may take several steps. A pool is there for ever, also one that is deinitialised
        // meanwhile, or has other memory then.
        drop(list);
        let stats = pool.stats();
        let _list = Locked::new();
        Some(PoolInfo {
            stats: stats.ok().filter(|_| PoolInfo::of(pool) == info),
            ..info
        })
    }
}
