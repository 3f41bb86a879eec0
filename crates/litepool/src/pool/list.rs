//! The list of all live pools: memory is claimed here, and given up.
//!
//! The list's lock is taken first, then that of one pool at a time.

mod registration;

use core::cell::Cell;
use core::ptr::NonNull;

use super::{Phase, Pool};
use crate::config::Config;
use crate::error::{DeinitError, InitError, RegionError};
use crate::event::What;
use crate::lock::{Held, ListLock, Lock};
use crate::stats::Stats;

pub use registration::{RegionRegistration, Registration, commit, register_more};

/// A pool's memory.
#[derive(Clone, Copy)]
pub struct Range {
    /// Where it begins.
    pub base: NonNull<u8>,
    /// Its bytes. A live pool's are one at least.
    pub size: usize,
}

impl Range {
    /// No bytes.
    const NONE: Self = Self {
        base: NonNull::dangling(),
        size: 0,
    };

    /// How far `pointer` is behind the base; for one before the base, a number beyond any pool.
    #[inline]
    fn distance(self, pointer: NonNull<u8>) -> usize {
        pointer.addr().get().wrapping_sub(self.base.addr().get())
    }

    /// Is `pointer` inside?
    pub fn holds(self, pointer: NonNull<u8>) -> bool {
        self.distance(pointer) < self.size
    }

    /// Have both a byte in common?
    pub fn touches(self, other: Self) -> bool {
        self.holds(other.base) || other.holds(self.base)
    }

    /// Is all of `other` inside?
    fn encloses(self, other: Self) -> bool {
        self.holds(other.base) && other.size <= self.size - self.distance(other.base)
    }
}

/// A pool's place in the list.
pub struct Entry {
    /// Written before the entry is linked, and not again until it is unlinked.
    range: Cell<Option<Range>>,
    /// The next live pool. Under the list's lock.
    next: Cell<Option<&'static dyn Live>>,
    /// The pool in whose block this one stands. Under the list's lock.
    outer: Cell<Option<&'static dyn Live>>,
    /// The next pool that stands in a block of the same one. Under that one's lock.
    pub next_nested: Cell<Option<&'static Self>>,
}

impl Entry {
    /// Of a pool without memory. All zeros, so that a `static` pool takes no room in a firmware's image.
    pub const fn new() -> Self {
        Self {
            range: Cell::new(None),
            next: Cell::new(None),
            outer: Cell::new(None),
            next_nested: Cell::new(None),
        }
    }

    /// The pool's memory; without any, no bytes.
    #[inline]
    pub fn range(&self) -> Range {
        self.range.get().unwrap_or(Range::NONE)
    }
}

/// The memory of a region after a pool's first. Under the list's lock.
pub struct Claim {
    range: Cell<Option<Range>>,
    /// Is it being made?
    is_pending: Cell<bool>,
}

impl Claim {
    /// There is no such region.
    #[expect(
        clippy::declare_interior_mutable_const,
        reason = "what an array of them begins with"
    )]
    pub const NONE: Self = Self {
        range: Cell::new(None),
        is_pending: Cell::new(false),
    };

    fn take(&self, range: Range) {
        self.range.set(Some(range));
        self.is_pending.set(true);
    }

    fn clear(&self) {
        self.range.set(None);
        self.is_pending.set(false);
    }
}

/// A pool of any kind, as the list knows it.
pub trait Live {
    /// Its place in the list.
    fn entry(&self) -> &Entry;
    /// The memory of its regions after the first.
    fn claims(&self) -> &[Claim];
    /// Does it serve?
    fn is_ready(&self) -> bool;
    /// Is about to get memory, if it has none.
    fn claim(&self) -> bool;
    /// Gets none after all.
    fn unclaim(&self);
    /// Serves no more, unless it can't be spared.
    fn close(&self) -> Result<(), DeinitError>;
    /// Its figures, if they can be had.
    fn stats(&self) -> Option<Stats>;
    /// Takes note of a pool in one of its used blocks; not if it stands elsewhere.
    fn hold(&self, inner: &'static Entry) -> bool;
    /// Forgets a pool in one of its blocks.
    fn let_go(&self, inner: &'static Entry);
}

impl<C: Config, L: Lock, const MORE: usize> Live for Pool<C, L, MORE> {
    fn entry(&self) -> &Entry {
        &self.entry
    }

    fn claims(&self) -> &[Claim] {
        &self.claims
    }

    fn is_ready(&self) -> bool {
        self.open().is_ok()
    }

    fn claim(&self) -> bool {
        let _held = Held::new(&self.lock);
        let is_empty = self.phase.get() == Phase::Empty;
        if is_empty {
            self.phase.set(Phase::Claimed);
        }
        is_empty
    }

    fn unclaim(&self) {
        let _held = Held::new(&self.lock);
        self.phase.set(Phase::Empty);
    }

    fn close(&self) -> Result<(), DeinitError> {
        let session = self.open()?;
        if !self.nested.is_empty() {
            return Err(DeinitError::HoldsPool);
        }
        session.tell(What::Deinitialised);
        session.close();
        Ok(())
    }

    fn stats(&self) -> Option<Stats> {
        if !L::SHARED {
            return None;
        }
        Self::stats(self).ok()
    }

    fn hold(&self, inner: &'static Entry) -> bool {
        L::SHARED
            && self
                .open()
                .is_ok_and(|session| self.nested.add(&session, inner))
    }

    fn let_go(&self, inner: &'static Entry) {
        let _held = Held::new(&self.lock);
        self.nested.remove(inner);
    }
}

/// All live pools.
struct List {
    lock: ListLock,
    first: Cell<Option<&'static dyn Live>>,
}

// SAFETY: the list is under its lock. Of a pool that belongs to one thread only the entry is used, which is so too.
unsafe impl Sync for List {}

static LIST: List = List {
    lock: ListLock::NEW,
    first: Cell::new(None),
};

/// The list, while its lock is held.
struct Locked {
    _held: Held<'static, ListLock>,
}

impl Locked {
    fn new() -> Self {
        Self {
            _held: Held::new(&LIST.lock),
        }
    }

    fn pools(&self) -> impl Iterator<Item = &'static dyn Live> {
        core::iter::successors(LIST.first.get(), |pool| pool.entry().next.get())
    }

    /// The memory of every live pool, region by region.
    fn ranges(&self) -> impl Iterator<Item = (&'static dyn Live, Range)> {
        self.pools()
            .flat_map(|pool| ranges_of(pool).map(move |range| (pool, range)))
    }

    /// A region of a live pool that has a byte of `range`.
    fn touched_by(&self, range: Range) -> Option<Range> {
        let mut ranges = self.ranges().map(|(_, other)| other);
        ranges.find(|other| other.touches(range))
    }

    /// The innermost live pool around `range`, in whose block it has to stand; or what it must not touch.
    fn outer_of(&self, range: Range) -> Result<Option<(&'static dyn Live, Range)>, InitError> {
        let mut outer: Option<(&'static dyn Live, Range)> = None;
        for (pool, other) in self.ranges() {
            if !other.touches(range) {
                continue;
            }
            if !other.encloses(range) {
                return Err(overlap(other));
            }
            if outer.is_none_or(|(_, outer)| other.size < outer.size) {
                outer = Some((pool, other));
            }
        }
        Ok(outer)
    }

    fn link(&self, pool: &'static dyn Live, range: Range) -> Result<(), InitError> {
        let outer = self.outer_of(range)?;
        let entry = pool.entry();
        entry.range.set(Some(range));
        if let Some((pool, around)) = outer
            && !pool.hold(entry)
        {
            return Err(overlap(around));
        }
        entry.outer.set(outer.map(|(pool, _)| pool));
        entry.next.set(LIST.first.replace(Some(pool)));
        Ok(())
    }

    fn claim_more(
        &self,
        pool: &'static dyn Live,
        range: Range,
    ) -> Result<&'static Claim, RegionError> {
        if let Some(other) = self.touched_by(range) {
            return Err(overlap(other).into());
        }
        let mut claims = pool.claims().iter();
        let claim = claims
            .find(|claim| claim.range.get().is_none())
            .ok_or(RegionError::TooMany)?;
        claim.take(range);
        Ok(claim)
    }

    fn unlink(&self, pool: &'static dyn Live) {
        let entry = pool.entry();
        if let Some(outer) = entry.outer.take() {
            outer.let_go(entry);
        }
        pool.claims().iter().for_each(Claim::clear);
        let mut link = &LIST.first;
        while let Some(other) = link.get() {
            if core::ptr::eq(other.entry(), entry) {
                link.set(entry.next.take());
                return;
            }
            link = &other.entry().next;
        }
    }
}

/// The memory of a live pool, region by region.
fn ranges_of(pool: &'static dyn Live) -> impl Iterator<Item = Range> {
    let more = pool.claims().iter().filter_map(|claim| claim.range.get());
    core::iter::once(pool.entry().range()).chain(more)
}

/// The bytes of a live pool, and how many regions it has.
fn extent_of(pool: &'static dyn Live) -> (usize, usize) {
    ranges_of(pool).fold((0, 0), |(size, regions): (usize, usize), range| {
        (size.wrapping_add(range.size), regions + 1)
    })
}

fn overlap(other: Range) -> InitError {
    InitError::Overlap {
        start: other.base.addr().get(),
        size: other.size,
    }
}

/// Closes a pool that serves, and forgets it.
pub fn remove(pool: &'static dyn Live) -> Result<(), DeinitError> {
    let list = Locked::new();
    if pool.claims().iter().any(|claim| claim.is_pending.get()) {
        return Err(DeinitError::NotReady);
    }
    pool.close()?;
    list.unlink(pool);
    Ok(())
}

/// A live pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct PoolInfo {
    /// The address at which it begins, or its first region.
    pub start: usize,
    /// Its bytes, in all regions.
    pub size: usize,
    /// How many [regions](Pool#regions) it has.
    pub regions: usize,
    /// Its figures: used and free bytes, the largest free block, blocks used and free, the peak. None while the pool is being made,
    /// and of a pool that [belongs to one thread](Lock::SHARED).
    pub stats: Option<Stats>,
}

/// Every live pool, in the order of their addresses: an outer one before those in its blocks. Made by [`pools`].
#[derive(Clone, Debug)]
pub struct Pools {
    /// The address of the last one, once there was one.
    after: Option<usize>,
}

/// Walks the list of all live pools, of whatever kind.
///
/// No lock is held between two steps, so a line about each can be printed. A pool that is live during the whole walk comes exactly
/// once. A step takes the list's lock for a step per live pool, and after it the lock of one pool
/// for its [`Stats`]: none, if it was forgotten in between or has other memory then.
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
        let start_of = |pool: &&'static dyn Live| pool.entry().range().base.addr().get();
        let next = list
            .pools()
            .filter(|pool| self.after.is_none_or(|after| after < start_of(pool)))
            .min_by_key(start_of)?;
        let start = start_of(&next);
        self.after = Some(start);
        let (size, regions) = extent_of(next);
        // Which may take several steps. A pool is there for ever, also one that is forgotten
        // meanwhile, or has other memory then.
        drop(list);
        let stats = next.stats();
        let _list = Locked::new();
        let is_same = start_of(&next) == start && extent_of(next) == (size, regions);
        Some(PoolInfo {
            start,
            size,
            regions,
            stats: stats.filter(|_| is_same),
        })
    }
}
