//! The heap of a pool, in all its regions, while its lock is held.

use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::Pool;
use crate::config::Config;
use crate::error::{FreeError, NotReady};
use crate::lock::{Held, Lock};
use crate::regions::Regions;

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
pub struct Session<'p, C: Config, L: Lock, const MORE: usize> {
    pool: &'p Pool<C, L, MORE>,
    /// What the pool is when the session ends.
    after: Phase,
    _held: Held<'p, L>,
}

impl<'p, C: Config, L: Lock, const MORE: usize> Session<'p, C, L, MORE> {
    /// Waits for the lock.
    #[inline(always)]
    pub fn open(pool: &'p Pool<C, L, MORE>) -> Result<Self, NotReady> {
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

    /// The heap, if the block at `pointer` may be freed or moved, which is to be done now: no step
    /// of a check begins there any more. All that frees a block which somebody knows has the heap
    /// from here, or from [`Session::heap_to_free_any`].
    #[inline(always)]
    pub fn heap_to_free(
        &mut self,
        pointer: NonNull<u8>,
    ) -> Result<&mut Regions<'static, C, MORE>, FreeError> {
        self.pool.nested.allow(self, pointer)?;
        if self.pool.checked.get() == Some(pointer) {
            self.pool.checked.set(self.earlier_anchor(pointer));
        }
        Ok(self)
    }

    /// The heap, of which any blocks are to be freed now: a check in steps begins anew.
    pub fn heap_to_free_any(&mut self) -> &mut Regions<'static, C, MORE> {
        self.pool.checked.set(None);
        self
    }

    /// Ends the session, and the pool has no memory any more.
    pub fn close(mut self) {
        self.after = Phase::Empty;
    }
}

impl<C: Config, L: Lock, const MORE: usize> Deref for Session<'_, C, L, MORE> {
    type Target = Regions<'static, C, MORE>;

    #[inline(always)]
    fn deref(&self) -> &Regions<'static, C, MORE> {
        // SAFETY: the pool was ready, so there is a heap; while it is busy, nobody else has a reference to it.
        unsafe { (*self.pool.heap.get()).assume_init_ref() }
    }
}

impl<C: Config, L: Lock, const MORE: usize> DerefMut for Session<'_, C, L, MORE> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Regions<'static, C, MORE> {
        // SAFETY: as above.
        unsafe { (*self.pool.heap.get()).assume_init_mut() }
    }
}

impl<C: Config, L: Lock, const MORE: usize> Drop for Session<'_, C, L, MORE> {
    #[inline(always)]
    fn drop(&mut self) {
        self.pool.phase.set(self.after);
    }
}
