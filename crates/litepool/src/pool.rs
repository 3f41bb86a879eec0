//! A heap that is shared: a lock, a heap, and a place in the list of all pools.
//!
//! - `pool/guard.rs`: the heap while its lock is held
//! - `pool/open.rs`: a pool is made, opened, given regions, and deinitialised
//! - `pool/steps.rs`: a check, a walk and figures for which the lock is released in between
//! - `pool/list.rs`: all live pools; `pool/nested.rs`: those that stand in blocks of another one;
//!   `pool/entry.rs`: what both know of a pool
//! - `pool/static_heap.rs`: a pool that brings its memory
//! - `pool/global.rs`, `pool/allocator.rs`: the allocator of a program, or of a collection

mod allocator;
mod entry;
mod global;
mod guard;
mod list;
mod nested;
mod open;
mod static_heap;
mod steps;
#[cfg(test)]
mod tests;

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::config::Config;
use crate::error::{AllocError, FreeError, NotReady, ResizeError};
use crate::heap::Moved;
use crate::lock::{DefaultLock, Lock};
use crate::regions::Regions;
use entry::{Entry, Phase, RegionEntry};
use guard::{Earlier, Guard};
use nested::Nested;

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
pub use allocator::InRegion;
pub use guard::Locked;
pub use list::{PoolInfo, Pools, pools};
pub use static_heap::StaticHeap;

/// Up to so many bytes are copied with the lock held: less work than to release and to take it.
const SHORT_COPY: usize = 256;

/// The body of a reallocation in a pool, for a caller who keeps the promise of [`Pool::resize`]:
/// the heap's method `begin` finds the place. (A function, even one that is always inlined, makes
/// other code of it: 8 bytes more.)
macro_rules! resize_by {
    ($pool:expr, $begin:ident($($wish:expr)?), $pointer:ident, $size:ident, $align:ident) => {{
        let mut guard = $pool.guard().ok()?;
        guard.expect_release($pointer)?;
        let (to, length) = match guard.heap().$begin($($wish,)? $pointer, $size, $align) {
            Moved::Copy { to, length } if length > SHORT_COPY => (to, length),
            // SAFETY: the caller's promise.
            moved => return unsafe { guard.heap().end_resize($pointer, $size, $align, moved) },
        };
        drop(guard);
        // SAFETY: two different used blocks, the caller's and a new one, each of at least this
        // size.
        unsafe { $pointer.copy_to_nonoverlapping(to, length) };
        // Somebody else may have freed the old block meanwhile, or made it a pool: then the new one
        // is freed. A step of a check begins at neither.
        let mut guard = $pool.guard().ok()?;
        guard.expect_release(to)?;
        let may = guard.expect_release($pointer).is_some();
        guard.heap().end_move($pointer, to, $size, may)
    }};
}
#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
use resize_by;

/// A heap behind a lock, for a `static`.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Pool, config::Pool64};
///
/// static POOL: Pool<Pool64> = Pool::new();
///
/// let memory = Box::leak(Box::new([MaybeUninit::uninit(); 4096]));
/// POOL.init_static(memory)?;
/// let block = POOL.allocate(100)?;
/// // SAFETY: the block is ours and nothing refers to it any more.
/// unsafe { POOL.free(block)? };
/// // What is not asked all the time is asked of the heap, while the pool is locked.
/// assert_eq!(POOL.lock(|heap| heap.totals().used)?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is also a global allocator ([`GlobalAlloc`](core::alloc::GlobalAlloc)), and with the features
/// `allocator-api2` or `nightly` the allocator of a collection. A [`StaticHeap`] is one that brings
/// its memory.
///
/// The lock is the [`DefaultLock`] unless one is named.
///
/// # How long the lock is held
///
/// Every operation takes the pool's lock for as long as the heap's operation of the same name
/// lasts, and does nothing else under it, save:
///
/// | operation | under the lock |
/// |---|---|
/// | [`allocate_zeroed`](Pool::allocate_zeroed) | an allocation; the bytes are cleared after it |
/// | [`free`](Pool::free), [`usable_size`](Pool::usable_size) | constant time, plus a step for each pool that stands in blocks of this one; all blocks before the one at which a check in steps would go on, or to find out why a free is refused, for which [`try_free`](Pool::try_free) does not ask |
/// | [`resize`](Pool::resize), [`resize_aligned`](Pool::resize_aligned) | twice, each time as long as the free or the allocation; the copy comes in between, without the lock. Up to 256 bytes are copied under it, and more only if nothing but the free block before has room |
/// | [`stats`](Pool::stats) | constant, or in steps, as stated there |
/// | [`check_step`](Pool::check_step), [`for_each_block_in_steps`](Pool::for_each_block_in_steps) | so many blocks |
/// | [`init`](Pool::init) and its like, [`add_region`](Pool::add_region), [`deinit`](Pool::deinit) | a few words; the pool or the region is made without the lock |
///
/// # Regions
///
/// A pool in `MORE` more regions than one, which [`Pool::add_region`] adds, serves requests as
/// [`Regions`] do. With none, which is the default, it is as small and as fast as if there were no
/// such thing.
///
/// # The list of all pools
///
/// A live pool is in a list, which [`pools`] walks. It needs no memory but what the pools bring,
/// and has a lock of its own, a [`DefaultLock`]. Only `init` and its like, `add_region`, `deinit`
/// and each step of [`pools`] take it, for a step per region of a live pool, and `init` in a block
/// of another pool perhaps for a step per block of that one. While it is held, one pool's lock at a time may be
/// taken; never the other way round. So there is no deadlock, as long as locks are used where they
/// may be: without the feature, not in an interrupt handler, nor in a thread that keeps a lower
/// one from the only processor.
///
/// # Pools in blocks of pools
///
/// A pool may stand in a used block of another live one. All else that touches a live pool is
/// refused, before a byte is written. While the inner pool is live, the outer one refuses to free
/// or to resize the block, and to take a pointer into the inner pool for one of its own.
///
/// ```
/// use litepool::{FreeError, Pool, StaticHeap, config::Pool64};
///
/// static OUTER: StaticHeap<8192> = StaticHeap::new();
/// static INNER: Pool<Pool64> = Pool::new();
///
/// OUTER.init()?;
/// let block = OUTER.allocate_aligned(4096, 8)?;
/// // SAFETY: the block is ours, and the inner pool's from here on.
/// unsafe {
///     INNER.init(block, 4096)?;
///     assert_eq!(OUTER.free(block), Err(FreeError::HoldsPool));
///     INNER.deinit()?;
///     OUTER.free(block)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors and safety
///
/// Where a method says no more, that of [`Regions`] with the same name says what it does, its
/// errors, and what its caller promises, of the used blocks of this pool. Besides, a pool refuses
/// everything with its kind of [`NotReady`], and with [`FreeError::HoldsPool`] and
/// [`FreeError::InNestedPool`] what would touch a pool in one of its blocks.
#[repr(C)]
pub struct Pool<C: Config, L: Lock = DefaultLock, const MORE: usize = 0> {
    /// Under the lock, as is what follows that. First in memory: every operation looks at it twice.
    phase: Cell<Phase>,
    lock: L,
    /// A heap unless the phase is [`Phase::Empty`] or [`Phase::Registered`].
    heap: UnsafeCell<MaybeUninit<Regions<'static, C, MORE>>>,
    nested: Nested,
    /// Where the next [`Pool::check_step`] begins: a used block, or the first one.
    checked: Cell<Option<(NonNull<u8>, Earlier<C, MORE>)>>,
    refused_frees: Cell<u32>,
    /// Under the list's lock, as is what follows.
    entry: Entry,
    /// The memory of the regions after the first, in no order.
    region_entries: [RegionEntry; MORE],
}

// SAFETY: whatever changes does so under the pool's lock or the list's, and a heap belongs to no
// thread. A lock that does not keep threads apart is not `Sync`, and nobody but this pool's users
// looks inside it then.
unsafe impl<C: Config, L: Lock + Sync, const MORE: usize> Sync for Pool<C, L, MORE> {}
// SAFETY: a live pool is borrowed for ever and can't move; one that is not has only its lock.
unsafe impl<C: Config, L: Lock + Send, const MORE: usize> Send for Pool<C, L, MORE> {}

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// A pool without memory. Until [`Pool::init`] or its like gives it some, every request is
    /// refused.
    #[must_use]
    pub const fn new() -> Self {
        let () = Regions::<C, MORE>::CAN_BE;
        Self {
            lock: L::NEW,
            phase: Cell::new(Phase::Empty),
            heap: UnsafeCell::new(MaybeUninit::uninit()),
            nested: Nested::new(),
            checked: Cell::new(None),
            refused_frees: Cell::new(0),
            entry: Entry::new(),
            region_entries: [const { RegionEntry::NONE }; MORE],
        }
    }

    /// Locks the pool, and has `work` use its heap: for figures, checks, walks, reports, and all
    /// else that a pool does not offer itself. Gives what `work` does.
    ///
    /// `work` must use neither this pool (an allocation of the global allocator, for a text to be
    /// printed, is such a use), nor another pool or the list of them. With
    /// [`Spin`](crate::lock::Spin) it would wait for ever; with a lock that its holder may take
    /// again it gets [`NotReady`].
    #[inline]
    pub fn lock<R>(
        &self,
        work: impl for<'g> FnOnce(Locked<'g, C, L, MORE>) -> R,
    ) -> Result<R, NotReady> {
        // A closure, because locks that mask interrupts have to be released in the reverse order
        // in which they were taken, and a guard could be dropped in any.
        Ok(work(Locked {
            pool: self,
            heap: self.guard()?.heap(),
        }))
    }

    /// The lock itself, for locks that have more to them than to be taken and released.
    #[inline]
    pub fn raw_lock(&self) -> &L {
        &self.lock
    }

    #[inline(always)]
    fn guard(&self) -> Result<Guard<'_, C, L, MORE>, NotReady> {
        Guard::new(self)
    }

    /// Allocates `size` bytes, as [`Regions::allocate`].
    #[inline]
    pub fn allocate(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        self.guard()?.heap().allocate(size)
    }

    /// Allocates `size` bytes on a multiple of `align`, as [`Regions::allocate_aligned`].
    #[inline]
    pub fn allocate_aligned(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        self.guard()?.heap().allocate_aligned(size, align)
    }

    /// [`Pool::allocate`], and all bytes are 0. They are cleared without the lock.
    #[inline]
    pub fn allocate_zeroed(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        let block = self.allocate(size)?;
        // SAFETY: the block is ours, and so large.
        unsafe { block.write_bytes(0, size) };
        Ok(block)
    }

    /// [`Pool::allocate_aligned`] without saying why not.
    #[inline(always)]
    pub fn try_allocate(&self, size: usize, align: usize) -> Option<NonNull<u8>> {
        self.guard().ok()?.heap().try_allocate(size, align)
    }

    /// Frees the block at `pointer`, as [`Regions::free`].
    ///
    /// # Safety
    ///
    /// As there, of the used blocks of this pool.
    #[inline]
    pub unsafe fn free(&self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let mut guard = self.guard()?;
        if guard.expect_release(pointer).is_none() {
            self.nested.expect_release(guard.heap(), pointer)?;
        }
        // SAFETY: the caller's promise.
        unsafe { guard.heap().free(pointer) }
    }

    /// [`Pool::free`] without saying why not.
    ///
    /// # Safety
    ///
    /// As [`Pool::free`].
    #[inline]
    pub unsafe fn try_free(&self, pointer: NonNull<u8>) -> bool {
        self.guard().is_ok_and(|mut guard| {
            // SAFETY: the caller's promise.
            guard.expect_release(pointer).is_some() && unsafe { guard.heap().try_free(pointer) }
        })
    }

    /// Bytes that the owner of the block at `pointer` may use, as [`Regions::usable_size`].
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        self.lock(|heap| heap.usable_size(pointer))?
    }

    /// Gives the block at `pointer` the new `size`, as [`Regions::resize`].
    ///
    /// A long copy is made without the lock, so others may use the pool meanwhile.
    ///
    /// # Safety
    ///
    /// As there, of the used blocks of this pool.
    #[inline]
    pub unsafe fn resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_resize(pointer, size, None) }
            .map_or_else(|| self.explain_resize(pointer, size, None), Ok)
    }

    /// As [`Pool::resize`], and the new place is a multiple of `align`, as
    /// [`Regions::resize_aligned`].
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`].
    #[inline]
    pub unsafe fn resize_aligned(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_resize(pointer, size, Some(align)) }
            .map_or_else(|| self.explain_resize(pointer, size, Some(align)), Ok)
    }

    /// [`Pool::resize`], or with an `align` [`Pool::resize_aligned`], without saying why not.
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`].
    pub unsafe fn try_resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Option<NonNull<u8>> {
        resize_by!(self, begin_resize(), pointer, size, align)
    }

    /// Why the block at `pointer` kept its size, as far as it is known now.
    #[cold]
    fn explain_resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let mut guard = self.guard()?;
        self.nested.expect_release(guard.heap(), pointer)?;
        Err(guard.heap().explain_resize(pointer, size, align))
    }
}

impl<C: Config, L: Lock, const MORE: usize> Default for Pool<C, L, MORE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Config, L: Lock, const MORE: usize> fmt::Debug for Pool<C, L, MORE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
