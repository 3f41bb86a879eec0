//! The heap of a pool while its lock is held.

use core::ops::Deref;
use core::ptr::NonNull;

use super::Pool;
use super::entry::Phase;
use crate::config::Config;
use crate::error::{AllocError, FreeError, NotReady, RegionError};
use crate::inspect::node_size::{NodeCheckLevel, NodeSize, NodeSizeError, node_check_level};
use crate::lock::{Held, Lock};
use crate::range::Range;
use crate::regions::Regions;
use crate::track::{Caller, Owns, Task};

type Allocated = Result<NonNull<u8>, AllocError>;

/// Finds the anchor before one. A program without checks in steps has no such code.
pub type Earlier<C, const MORE: usize> =
    fn(&Regions<'static, C, MORE>, NonNull<u8>) -> Option<NonNull<u8>>;

/// A pool that is locked, and whose heap is this guard's alone. Guards are local, and dropped in
/// the reverse order of their making.
pub struct Guard<'p, C: Config, L: Lock, const MORE: usize> {
    pool: &'p Pool<C, L, MORE>,
    /// What the pool is when the guard is dropped.
    after: Phase,
    _held: Held<'p, L>,
}

impl<'p, C: Config, L: Lock, const MORE: usize> Guard<'p, C, L, MORE> {
    /// Waits for the lock.
    #[inline]
    pub fn new(pool: &'p Pool<C, L, MORE>) -> Result<Self, NotReady> {
        let held = Held::new(&pool.lock);
        let after = pool.phase.get();
        if after < Phase::Ready {
            return Err(NotReady);
        }
        pool.phase.set(Phase::Busy);
        Ok(Self {
            pool,
            after,
            _held: held,
        })
    }

    /// The heap.
    #[inline(always)]
    pub fn heap(&mut self) -> &mut Regions<'static, C, MORE> {
        // SAFETY: the pool was ready, so there is a heap; while it is busy, nobody else has a
        // reference to it.
        unsafe { (*self.pool.heap.get()).assume_init_mut() }
    }

    /// May the block at `pointer` be freed or moved, which is to be done now? Then no step of a
    /// check begins there any more. Why not, `Nested::expect_release` says.
    #[inline(always)]
    pub fn expect_release(&mut self, pointer: NonNull<u8>) -> Option<()> {
        if self.after == Phase::Watched {
            self.after = Self::expect_watched_release(self.pool, self.heap(), pointer)?;
        }
        Some(())
    }

    /// The same where something has to be looked at; gives the phase that the pool is in then. It
    /// does not take the guard, which so stays in registers.
    #[cold]
    #[inline(never)]
    fn expect_watched_release(
        pool: &Pool<C, L, MORE>,
        heap: &Regions<'static, C, MORE>,
        pointer: NonNull<u8>,
    ) -> Option<Phase> {
        pool.nested.expect_release(heap, pointer).ok()?;
        if let Some((anchor, earlier)) = pool.checked.get()
            && anchor == pointer
        {
            let anchor = earlier(heap, pointer);
            pool.checked.set(anchor.map(|anchor| (anchor, earlier)));
        }
        let is_watched = !pool.nested.is_empty() || pool.checked.get().is_some();
        Some(if is_watched {
            Phase::Watched
        } else {
            Phase::Ready
        })
    }

    /// From now on there is something that a free has to look at.
    pub fn watch(&mut self) {
        self.after = Phase::Watched;
    }

    /// Ends the guard, and the pool has no memory any more.
    pub fn close(mut self) {
        self.after = Phase::Empty;
    }
}

impl<C: Config, L: Lock, const MORE: usize> Drop for Guard<'_, C, L, MORE> {
    #[inline(always)]
    fn drop(&mut self) {
        self.pool.phase.set(self.after);
    }
}

/// The heap of a [`Pool`] that is [locked](Pool::lock): all that can be asked of [`Regions`], and
/// what changes them but is not asked of a pool all the time.
///
/// ```
/// use litepool::StaticHeap;
///
/// static HEAP: StaticHeap<4096> = StaticHeap::new();
/// HEAP.init()?;
/// let block = HEAP.allocate(100)?;
/// HEAP.lock(|heap| {
///     // Both at one moment: nobody else has the heap meanwhile.
///     assert_eq!(heap.check(), Ok(()));
///     assert!(heap.block_around(block).is_some());
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Locked<'g, C: Config, L: Lock, const MORE: usize> {
    pub(super) pool: &'g Pool<C, L, MORE>,
    pub(super) heap: &'g mut Regions<'static, C, MORE>,
}

impl<C: Config, L: Lock, const MORE: usize> Deref for Locked<'_, C, L, MORE> {
    type Target = Regions<'static, C, MORE>;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        self.heap
    }
}

/// Methods of [`Regions`] that change the heap, and that nothing but the lock has to guard.
macro_rules! as_of_regions {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => { $(
        #[doc = concat!("As [`Regions::", stringify!($name), "`].")]
        pub fn $name(&mut self, $($argument: $type),*) $(-> $result)? {
            self.heap.$name($($argument),*)
        }
    )* };
}

impl<C: Config, L: Lock, const MORE: usize> Locked<'_, C, L, MORE> {
    as_of_regions! {
        fn allocate_for(caller: &Caller, size: usize, align: usize) -> Allocated;
        fn allocate_preferring(region: usize, size: usize, align: usize) -> Allocated;
        fn allocate_in(region: usize, size: usize, align: usize) -> Allocated;
        fn set_preferred(region: usize) -> Result<(), RegionError>;
        fn reset_peak();
        fn trim() -> bool;
    }

    /// As [`Regions::usable_size`]; or [`FreeError::InNestedPool`].
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        self.pool.nested.expect_outside(pointer)?;
        self.heap.usable_size(pointer)
    }

    /// [`Locked::usable_size`] without saying why not.
    #[must_use]
    pub fn try_usable_size(&self, pointer: NonNull<u8>) -> Option<usize> {
        self.pool.nested.expect_outside(pointer).ok()?;
        self.heap.try_usable_size(pointer)
    }

    /// As [`Regions::node_size`]; what leads into another pool is [`NodeSizeError::NotABlock`].
    pub fn node_size(&self, pointer: NonNull<u8>) -> Result<NodeSize, NodeSizeError> {
        let size = self.heap.node_size(pointer)?;
        // A block of a nested pool looks like one of this pool; but where any address will do, it
        // is one in the block around.
        if node_check_level() == NodeCheckLevel::Low
            && self.pool.nested.expect_outside(pointer).is_err()
        {
            return Err(NodeSizeError::NotABlock);
        }
        Ok(size)
    }
}

impl<C: Config, L: Lock, const MORE: usize> Locked<'_, C, L, MORE>
where
    C::Record: Owns,
{
    as_of_regions! {
        fn disown_task(task: Task) -> usize;
    }

    /// Frees everything that a task owns, as [`Regions::free_task`]; gives the number of blocks. A
    /// block that holds another live pool stays. A check in steps begins anew.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn free_task(&mut self, task: Task) -> usize {
        self.pool.checked.set(None);
        let may_go = |base, size| !self.pool.nested.touches(Range { base, size });
        // SAFETY: the caller's promise.
        unsafe { self.heap.free_task_except(task, may_go) }
    }
}
