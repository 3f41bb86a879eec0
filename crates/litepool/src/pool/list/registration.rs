//! Memory is registered before it is made a pool or a region: then nobody else gets it. A
//! registration that is not committed, because that failed or unwound, is cancelled.

use core::mem;

use super::{Claim, Live, Locked, Range};
use crate::error::{InitError, RegionError};

/// The memory of a pool, of which a heap is being made. Dropped, the pool has none.
pub struct Registration(&'static dyn Live);

impl Registration {
    /// Lets `pool` have `range` if that touches no live pool, or stands in a block of one.
    pub fn new(pool: &'static dyn Live, range: Range) -> Result<Self, InitError> {
        let list = Locked::new();
        if !pool.claim() {
            return Err(InitError::AlreadyInitialised);
        }
        let linked = list.link(pool, range);
        if linked.is_err() {
            pool.unclaim();
        }
        linked.map(|()| Self(pool))
    }

    /// The pool serves.
    pub fn commit(self) {
        mem::forget(self);
    }
}

impl Drop for Registration {
    #[cold]
    fn drop(&mut self) {
        let list = Locked::new();
        list.unlink(self.0);
        self.0.unclaim();
    }
}

/// Memory of a pool that serves, of which another region is being made. Dropped, it is the pool's
/// no more.
pub struct RegionRegistration {
    claim: &'static Claim,
    /// The memory.
    pub range: Range,
}

impl RegionRegistration {
    /// Lets `pool` have the region `range` besides if that touches no region of a live pool, this
    /// one included.
    pub fn new(pool: &'static dyn Live, range: Range) -> Result<Self, RegionError> {
        let list = Locked::new();
        if !pool.is_ready() {
            return Err(RegionError::NotReady);
        }
        let claim = list.claim_more(pool, range)?;
        Ok(Self { claim, range })
    }

    /// The region serves.
    pub fn commit(self) {
        commit(self.claim);
        mem::forget(self);
    }
}

impl Drop for RegionRegistration {
    #[cold]
    fn drop(&mut self) {
        let _list = Locked::new();
        self.claim.clear();
    }
}

/// Lets `pool`, which has a [`Registration`], have the region `range` besides. Once it is made, it
/// has to be [committed](commit); if not, it goes with the pool's.
pub fn register_more(pool: &'static dyn Live, range: Range) -> Result<(), RegionError> {
    Locked::new().claim_more(pool, range).map(drop)
}

/// The region serves.
pub fn commit(claim: &'static Claim) {
    let _list = Locked::new();
    claim.is_pending.set(false);
}
