//! The heap of a pool, while its lock is held.

use core::ops::{Deref, DerefMut};

use super::Pool;
use crate::config::Config;
use crate::error::NotReady;
use crate::heap::Heap;
use crate::lock::{Held, Lock};

/// What a pool is able to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has no memory.
    Empty,
    /// Memory is claimed and being made a heap.
    Claimed,
    /// It serves.
    Ready,
    /// There is a session. Only its own thread can see that, from within: where the lock may be taken again by its holder.
    Busy,
}

/// A pool that is locked, and whose heap is this session's alone.
pub struct Session<'p, C: Config, L: Lock> {
    pool: &'p Pool<C, L>,
    /// What the pool is when the session ends.
    after: Phase,
    _held: Held<'p, L>,
}

impl<'p, C: Config, L: Lock> Session<'p, C, L> {
    /// Waits for the lock.
    #[inline(always)]
    pub fn open(pool: &'p Pool<C, L>) -> Result<Self, NotReady> {
        let held = Held::new(&pool.lock);
        if pool.phase.get() != Phase::Ready {
            return Err(NotReady);
        }
        pool.phase.set(Phase::Busy);
        Ok(Self {
            pool,
            after: Phase::Ready,
            _held: held,
        })
    }

    /// Ends the session, and the pool has no memory any more.
    pub fn close(mut self) {
        self.after = Phase::Empty;
    }
}

impl<C: Config, L: Lock> Deref for Session<'_, C, L> {
    type Target = Heap<'static, C>;

    #[inline(always)]
    fn deref(&self) -> &Heap<'static, C> {
        // SAFETY: the pool was ready, so there is a heap; while it is busy, nobody else has a reference to it.
        unsafe { (*self.pool.heap.get()).assume_init_ref() }
    }
}

impl<C: Config, L: Lock> DerefMut for Session<'_, C, L> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Heap<'static, C> {
        // SAFETY: as above.
        unsafe { (*self.pool.heap.get()).assume_init_mut() }
    }
}

impl<C: Config, L: Lock> Drop for Session<'_, C, L> {
    #[inline(always)]
    fn drop(&mut self) {
        self.pool.phase.set(self.after);
    }
}
