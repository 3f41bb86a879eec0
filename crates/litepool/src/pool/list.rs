//! The list of all live pools: memory is registered here before it is made a pool or a region, so
//! that nobody else gets it. A registration that is not committed, because that failed or unwound,
//! is cancelled.
//!
//! The list's lock is taken first, then that of one pool at a time.
//!
//! - `pool/list/walk.rs`: who only wants to know which pools there are

mod walk;

use core::cell::Cell;
use core::mem;

use super::Pool;
use super::entry::{Entry, Live, Phase, RegionEntry};
use super::guard::Guard;
use crate::config::Config;
use crate::error::{DeinitError, InitError, NotReady, RegionError};
use crate::inspect::Stats;
use crate::lock::{DefaultLock, Held, Lock};
use crate::range::Range;

pub use walk::{PoolInfo, Pools, pools};

impl<C: Config, L: Lock, const MORE: usize> Live for Pool<C, L, MORE> {
    fn entry(&self) -> &Entry {
        &self.entry
    }

    fn region_entries(&self) -> &[RegionEntry] {
        &self.region_entries
    }

    fn pass(&self, from: Phase, to: Phase) -> bool {
        let _held = Held::new(&self.lock);
        let is_there = self.phase.get() == from;
        if is_there {
            self.phase.set(to);
        }
        is_there
    }

    fn stats(&self) -> Result<Stats, NotReady> {
        if !L::SHARED {
            return Err(NotReady);
        }
        Self::stats(self)
    }

    fn hold(&self, inner: &'static Entry) -> bool {
        L::SHARED
            && Guard::new(self).is_ok_and(|mut guard| {
                guard.watch();
                self.nested.add(guard.heap(), inner)
            })
    }

    fn let_go(&self, inner: &'static Entry) {
        let _held = Held::new(&self.lock);
        self.nested.remove(inner);
    }
}

/// All live pools.
struct List {
    lock: DefaultLock,
    first: Cell<Option<&'static dyn Live>>,
}

// SAFETY: the list is under its lock. Of a pool that belongs to one thread only the entry is used,
// which is so too.
unsafe impl Sync for List {}

static LIST: List = List {
    lock: DefaultLock::NEW,
    first: Cell::new(None),
};

/// The list, while its lock is held.
struct Locked {
    _held: Held<'static, DefaultLock>,
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

    /// The innermost live pool around `range`, in whose block it has to stand; or what it must not
    /// touch.
    fn outer_of(&self, range: Range) -> Result<Option<(&'static dyn Live, Range)>, InitError> {
        let mut outer: Option<(&'static dyn Live, Range)> = None;
        for pool in self.pools() {
            let Some(other) = touched(pool, range) else {
                continue;
            };
            if !other.encloses(range) {
                return Err(other.overlap());
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
            return Err(around.overlap());
        }
        entry.outer.set(outer.map(|(pool, _)| pool));
        entry.next.set(LIST.first.replace(Some(pool)));
        Ok(())
    }

    fn unlink(&self, pool: &'static dyn Live) {
        let entry = pool.entry();
        if let Some(outer) = entry.outer.take() {
            outer.let_go(entry);
        }
        pool.region_entries()
            .iter()
            .for_each(|entry| entry.set(None));
        let mut link = &LIST.first;
        while let Some(other) = link.get() {
            if core::ptr::eq(other.entry(), entry) {
                link.set(entry.next.take());
                return;
            }
            link = &other.entry().next;
        }
    }

    fn add_region(
        &self,
        pool: &'static dyn Live,
        range: Range,
    ) -> Result<&'static RegionEntry, RegionError> {
        if let Some(other) = self.pools().find_map(|pool| touched(pool, range)) {
            return Err(other.overlap().into());
        }
        let mut entries = pool.region_entries().iter();
        let entry = entries.find(|entry| entry.range.get().is_none());
        let entry = entry.ok_or(RegionError::TooMany)?;
        entry.set(Some(range));
        Ok(entry)
    }
}

/// The memory of a live pool, region by region.
fn ranges_of(pool: &'static dyn Live) -> impl Iterator<Item = Range> {
    let more = pool.region_entries().iter();
    core::iter::once(pool.entry().range()).chain(more.filter_map(|entry| entry.range.get()))
}

/// A region of a live pool that has a byte in common with `range`; the only one, if it encloses
/// `range`.
fn touched(pool: &'static dyn Live, range: Range) -> Option<Range> {
    ranges_of(pool).find(|other| other.touches(range))
}

/// The memory of a pool, of which a heap is being made. Dropped, the pool has none.
pub struct Registration(&'static dyn Live);

impl Registration {
    /// Lets `pool` have `range` if that touches no live pool, or stands in a block of one.
    pub fn new(pool: &'static dyn Live, range: Range) -> Result<Self, InitError> {
        let list = Locked::new();
        if !pool.pass(Phase::Empty, Phase::Registered) {
            return Err(InitError::AlreadyInitialised);
        }
        let linked = list.link(pool, range);
        if linked.is_err() {
            pool.pass(Phase::Registered, Phase::Empty);
        }
        linked.map(|()| Self(pool))
    }

    /// Lets the pool have the region `range` besides. Once it is made, it has to be
    /// [committed](commit_region); if not, it goes with the pool's.
    pub fn add_region(&self, range: Range) -> Result<(), RegionError> {
        Locked::new().add_region(self.0, range).map(drop)
    }

    /// The pool serves.
    pub fn commit(self) {
        mem::forget(self);
    }
}

impl Drop for Registration {
    #[cold]
    fn drop(&mut self) {
        Locked::new().unlink(self.0);
        self.0.pass(Phase::Registered, Phase::Empty);
    }
}

/// Memory of a pool that serves, of which another region is being made. Dropped, it is the pool's
/// no more.
pub struct RegionRegistration {
    entry: &'static RegionEntry,
    /// The memory.
    pub range: Range,
}

impl RegionRegistration {
    /// Lets `pool` have the region `range` besides if that touches no region of a live pool, this
    /// one included.
    pub fn new(pool: &'static dyn Live, range: Range) -> Result<Self, RegionError> {
        let list = Locked::new();
        let is_ready = |phase| pool.pass(phase, phase);
        if !is_ready(Phase::Ready) && !is_ready(Phase::Watched) {
            return Err(RegionError::NotReady);
        }
        let entry = list.add_region(pool, range)?;
        Ok(Self { entry, range })
    }

    /// The region serves.
    pub fn commit(self) {
        commit_region(self.entry);
        mem::forget(self);
    }
}

impl Drop for RegionRegistration {
    #[cold]
    fn drop(&mut self) {
        let _list = Locked::new();
        self.entry.set(None);
    }
}

/// The region serves.
pub fn commit_region(entry: &RegionEntry) {
    let _list = Locked::new();
    entry.is_pending.set(false);
}

/// Removes a pool that serves, if `close` ends that.
pub fn remove(
    pool: &'static dyn Live,
    close: impl FnOnce() -> Result<(), DeinitError>,
) -> Result<(), DeinitError> {
    let list = Locked::new();
    let mut entries = pool.region_entries().iter();
    if entries.any(|entry| entry.is_pending.get()) {
        return Err(DeinitError::NotReady);
    }
    close()?;
    list.unlink(pool);
    Ok(())
}
