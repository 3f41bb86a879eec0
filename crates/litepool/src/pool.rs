//! A heap that is shared: a lock, a heap, and a place in the list of all pools.
//!
//! - `session.rs`: the heap while its lock is held
//! - `stats.rs`: its figures
//! - `resize.rs`: a resize, whose copy needs no lock
//! - `regions.rs`: a pool in several regions
//! - `records.rs`: what a pool's records tell
//! - `list.rs`: all live pools; `nested.rs`: those that stand in blocks of another one
//! - `global.rs`, `allocator.rs`: the pool as the allocator of a program, or of a collection

mod allocator;
mod global;
mod list;
mod nested;
mod records;
mod regions;
mod resize;
mod session;
mod stats;
#[cfg(test)]
mod tests;

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::config::Config;
use crate::error::{
    AllocError, AttachError, CheckError, DeinitError, FreeError, InitError, NotReady,
};
use crate::heap::{plan, trimmed};
use crate::lock::{Held, Lock};
use crate::regions::Regions;
use crate::walk::BlockInfo;
use list::{Claim, Entry, Range, Registration};
use nested::Nested;
use session::{Phase, Session};

pub use list::{PoolInfo, Pools, pools};

/// A heap behind a lock, for a `static`.
///
/// ```
/// use core::mem::MaybeUninit;
/// use litepool::{Pool, config::Pool64, lock::Spin};
///
/// static POOL: Pool<Pool64, Spin> = Pool::new();
///
/// let memory = Box::leak(Box::new([MaybeUninit::uninit(); 4096]));
/// POOL.init_static(memory)?;
/// let block = POOL.allocate(100)?;
/// // SAFETY: the block is ours and nothing refers to it any more.
/// unsafe { POOL.free(block)? };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is also a global allocator ([`GlobalAlloc`](core::alloc::GlobalAlloc)), and with the features `allocator-api2` or
/// `nightly` the allocator of a collection.
///
/// # How long the lock is held
///
/// Every operation takes the pool's lock for as long as the [`Heap`](crate::Heap)'s operation of the same name lasts, and does
/// nothing else under it, save:
///
/// | operation | under the lock |
/// |---|---|
/// | [`allocate`](Pool::allocate), [`allocate_aligned`](Pool::allocate_aligned) | the algorithm's search, bounded as told at [`Heap::allocate`](crate::Heap::allocate) |
/// | [`allocate_zeroed`](Pool::allocate_zeroed) | the same; the bytes are cleared after it |
/// | [`free`](Pool::free), [`usable_size`](Pool::usable_size) | constant time, plus a step for each pool that stands in blocks of this one |
/// | [`resize`](Pool::resize), [`resize_aligned`](Pool::resize_aligned) | twice, each time as long as the free or the allocation; the copy comes in between, without the lock. Up to 256 bytes are copied under it, and more only if nothing but the free block before has room |
/// | [`totals`](Pool::totals), [`reset_peak`](Pool::reset_peak), [`trim`](Pool::trim) | constant, as the heap's |
/// | [`stats`](Pool::stats) | constant, or in steps, as told there |
/// | [`for_each_block`](Pool::for_each_block), [`check`](Pool::check) | all blocks |
/// | [`check_step`](Pool::check_step), [`for_each_block_in_steps`](Pool::for_each_block_in_steps) | so many blocks |
/// | [`init`](Pool::init) and its like, [`add_region`](Pool::add_region), [`deinit`](Pool::deinit) | a few words; the pool or the region is made without the lock |
///
/// # Regions
///
/// A pool in `MORE` more regions than one, which [`Pool::add_region`] adds, serves requests as [`Regions`] do. With none, which is the
/// default, it is as small and as fast as if there were no such thing.
///
/// # The list of all pools
///
/// A live pool is in a list, which [`pools`] walks. It needs no memory but what the pools bring, and has a lock of its
/// own: a critical section with the feature `critical-section`, else a [spin lock](crate::lock::Spin). Only
/// `init` and its like, `add_region`, `deinit` and each step of [`pools`] take it, for a step per region of a live pool, and `init` in a block of another
/// pool perhaps for a step per block of that one. While it is held, one pool's lock at a time may be taken; never the other way
/// round. So there is no deadlock, as long as locks are used where they may be: without the feature, not in an interrupt handler,
/// nor in a thread that keeps a lower one from the only processor.
///
/// # Pools in blocks of pools
///
/// A pool may stand in a used block of another live one. All else that touches a live pool is refused, before a byte is
/// written. While the inner pool is live, the outer one refuses to free or to resize the block, and to take a
/// pointer into the inner pool for one of its own.
///
/// # `fork`
///
/// A child that uses the pool may wait for ever for a lock that another thread of its parent held.
/// What to do is told at [`Spin`](crate::lock::Spin#fork). Between `fork` and `exec` a child needs
/// no pool, unless the pool is its global allocator.
pub struct Pool<C: Config, L: Lock, const MORE: usize = 0> {
    lock: L,
    /// Under the lock, as is what follows.
    phase: Cell<Phase>,
    /// A heap unless the phase is [`Phase::Empty`] or [`Phase::Claimed`].
    heap: UnsafeCell<MaybeUninit<Regions<'static, C, MORE>>>,
    nested: Nested,
    /// Where the next [`Pool::check_step`] begins: a used block, or the first one.
    checked: Cell<Option<NonNull<u8>>>,
    refused_frees: Cell<u32>,
    /// Under the list's lock, as are the claims.
    entry: Entry,
    /// The memory of the regions after the first, in no order.
    claims: [Claim; MORE],
}

// SAFETY: whatever changes does so under the pool's lock or the list's, and a heap belongs to no thread. A lock that does not keep
// threads apart is not `Sync`, and nobody but this pool's users looks inside it then.
unsafe impl<C: Config, L: Lock + Sync, const MORE: usize> Sync for Pool<C, L, MORE> {}
// SAFETY: a live pool is borrowed for ever and can't move; one that is not has only its lock.
unsafe impl<C: Config, L: Lock + Send, const MORE: usize> Send for Pool<C, L, MORE> {}

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// A pool without memory. Until [`Pool::init`] or its like gives it some, every request is refused.
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
            claims: [const { Claim::NONE }; MORE],
        }
    }

    /// Makes a pool of the `size` bytes at `base`, once. Time as [`Heap::new`](crate::Heap::new), and see the
    /// [list of all pools](Pool#the-list-of-all-pools).
    ///
    /// # Errors
    ///
    /// [`InitError`]; the memory is untouched, and so is the pool.
    ///
    /// # Safety
    ///
    /// The bytes are valid for reads and writes until [`Pool::deinit`], and nothing else uses them, except blocks that this
    /// pool hands out. If another live pool has them, that is an error; but bytes within one of its used blocks must be
    /// the caller's.
    pub unsafe fn init(&'static self, base: NonNull<u8>, size: usize) -> Result<(), InitError> {
        // SAFETY: the caller's promise.
        self.establish(base, size, || unsafe { Regions::from_raw(base, size) })
    }

    /// Makes a pool of `memory`, once. Bytes at either end that do not make a whole granule are left out. Otherwise as
    /// [`Pool::init`].
    ///
    /// # Errors
    ///
    /// As [`Pool::init`].
    pub fn init_static(
        &'static self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<(), InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for ever.
        unsafe { self.init(base, size) }
    }

    /// [`Pool::init`] for a slab that begins with so many bytes of chunks for each class, as [`Heap::with_slab_bytes`](crate::Heap::with_slab_bytes).
    ///
    /// # Errors
    ///
    /// As [`Pool::init`].
    ///
    /// # Safety
    ///
    /// As [`Pool::init`].
    pub unsafe fn init_with_slab_bytes(
        &'static self,
        base: NonNull<u8>,
        size: usize,
        bytes: &[usize],
    ) -> Result<(), InitError> {
        self.establish(base, size, || {
            // SAFETY: the caller's promise.
            unsafe { Regions::from_raw_with_slab_bytes(base, size, bytes) }
        })
    }

    /// Opens the pool that is already in the `size` bytes at `base`, as [`Heap::attach`](crate::Heap::attach).
    ///
    /// # Errors
    ///
    /// See [`AttachError`]; the memory is untouched.
    ///
    /// # Safety
    ///
    /// As [`Pool::init`], and the bytes are initialised, with whatever.
    pub unsafe fn attach(&'static self, base: NonNull<u8>, size: usize) -> Result<(), AttachError> {
        // SAFETY: the caller's promise.
        self.establish(base, size, || unsafe { Regions::attach(&[(base, size)]) })
    }

    /// Registers the memory, makes the heap without any lock, and opens the pool.
    fn establish<E: From<InitError>>(
        &'static self,
        base: NonNull<u8>,
        size: usize,
        make: impl FnOnce() -> Result<Regions<'static, C, MORE>, E>,
    ) -> Result<(), E> {
        plan::<C>(base, size)?;
        let registration = Registration::new(self, Range { base, size })?;
        self.serve(make()?);
        registration.commit();
        Ok(())
    }

    /// Opens the pool, whose memory is claimed and made a heap.
    fn serve(&'static self, heap: Regions<'static, C, MORE>) {
        let _held = Held::new(&self.lock);
        // SAFETY: the lock is held, and a pool that is claimed has no session.
        unsafe { (*self.heap.get()).write(heap) };
        self.checked.set(None);
        self.phase.set(Phase::Ready);
    }

    /// Forgets the pool's memory, which is left as it is: [`Pool::attach`] can open it again. Then the pool may be initialised anew.
    ///
    /// # Errors
    ///
    /// [`DeinitError::NotReady`], also the second time; [`DeinitError::HoldsPool`].
    ///
    /// # Safety
    ///
    /// Nothing uses a block of this pool any more, and no collection that has the pool for an allocator holds one.
    pub unsafe fn deinit(&'static self) -> Result<(), DeinitError> {
        list::remove(self)
    }

    /// Gets `size` bytes, as [`Heap::allocate`](crate::Heap::allocate).
    ///
    /// # Errors
    ///
    /// [`AllocError::NotReady`], else as [`Heap::allocate`](crate::Heap::allocate).
    #[inline]
    pub fn allocate(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        self.open()?.allocate(size)
    }

    /// Gets `size` bytes on a multiple of `align`, as [`Heap::allocate_aligned`](crate::Heap::allocate_aligned).
    ///
    /// # Errors
    ///
    /// [`AllocError::NotReady`], else as [`Heap::allocate_aligned`](crate::Heap::allocate_aligned).
    #[inline]
    pub fn allocate_aligned(&self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        self.open()?.allocate_aligned(size, align)
    }

    /// Gets `size` bytes, all of them 0. They are cleared without the lock.
    ///
    /// # Errors
    ///
    /// As [`Pool::allocate`].
    #[inline]
    pub fn allocate_zeroed(&self, size: usize) -> Result<NonNull<u8>, AllocError> {
        let block = self.allocate(size)?;
        // SAFETY: the block is ours, and so large.
        unsafe { block.write_bytes(0, size) };
        Ok(block)
    }

    /// Gives the block at `pointer` back, as [`Heap::free`](crate::Heap::free).
    ///
    /// # Errors
    ///
    /// [`FreeError::NotReady`], [`FreeError::HoldsPool`], [`FreeError::InNestedPool`], else as [`Heap::free`](crate::Heap::free). The pool is unchanged.
    ///
    /// # Safety
    ///
    /// As [`Heap::free`](crate::Heap::free), of the used blocks of this pool.
    #[inline]
    pub unsafe fn free(&self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let mut session = self.open()?;
        let heap = session.heap_to_free(pointer)?;
        // SAFETY: the caller's promise.
        unsafe { heap.free(pointer) }
    }

    /// Bytes that the holder of the block at `pointer` may use, as [`Heap::usable_size`](crate::Heap::usable_size).
    ///
    /// # Errors
    ///
    /// [`FreeError::NotReady`], [`FreeError::InNestedPool`], else as [`Heap::usable_size`](crate::Heap::usable_size).
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        let session = self.open()?;
        match self.nested.allow(&session, pointer) {
            Ok(()) | Err(FreeError::HoldsPool) => session.usable_size(pointer),
            Err(error) => Err(error),
        }
    }

    /// Where the last used block ends, as [`Regions::used_end`].
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn used_end(&self) -> Result<NonNull<u8>, NotReady> {
        Ok(self.open()?.used_end())
    }

    /// The pool's lock, for locks that have more to them than to be taken and released.
    #[inline]
    pub fn lock(&self) -> &L {
        &self.lock
    }

    /// Lets the peak start again from what is used now.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn reset_peak(&self) -> Result<(), NotReady> {
        self.open()?.reset_peak();
        Ok(())
    }

    /// Gives spare chunks of the slab back, as [`Heap::trim`](crate::Heap::trim). Says whether there was one.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn trim(&self) -> Result<bool, NotReady> {
        Ok(self.open()?.trim())
    }

    /// Is the control block still that of this pool? See
    /// [`Heap::has_identity`](crate::Heap::has_identity).
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn has_identity(&self) -> Result<bool, NotReady> {
        Ok(self.open()?.has_identity())
    }

    /// Verifies everything, as [`Heap::check`](crate::Heap::check), with the lock held all the time.
    ///
    /// # Errors
    ///
    /// [`CheckError::NotReady`], or the first damage found.
    pub fn check(&self) -> Result<(), CheckError> {
        Ok(self.open()?.check()?)
    }

    /// Verifies the next `blocks` blocks, and on to the next used one: a check of the whole pool in steps, between which it is in use.
    /// Says whether this was the last step of a round; then the next one begins anew.
    ///
    /// Every block that is there during the whole round is proved, with its links to its neighbours and to the lists of free
    /// ones, and every chunk of the slab. What only a view of the whole pool can tell, and [`Pool::check`] does, is left
    /// out: that counters, bitmaps and the slab's rings agree with the blocks. A pool has one round at a time, and whoever calls goes
    /// on with it.
    ///
    /// The lock is held for that many blocks, and then for each free block, chunk or large block up to the next used one.
    ///
    /// # Errors
    ///
    /// [`CheckError::NotReady`], or the first damage found. The next step begins at the first block then.
    pub fn check_step(&self, blocks: usize) -> Result<bool, CheckError> {
        let session = self.open()?;
        let next = session.check_from(self.checked.take(), blocks.max(1))?;
        self.checked.set(next);
        Ok(next.is_none())
    }

    /// Tells `visit` of every block, in the order of their addresses, as [`Heap::blocks`](crate::Heap::blocks), with the lock held all the time.
    ///
    /// `visit` must use neither this pool (an allocation of the global allocator, for a text to be printed, is such a use), nor
    /// another pool or the list of them. With [`Spin`](crate::lock::Spin) it would wait for ever; with a lock that its
    /// holder may take again it gets [`NotReady`].
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn for_each_block(&self, visit: impl FnMut(BlockInfo)) -> Result<(), NotReady> {
        self.open()?.blocks().for_each(visit);
        Ok(())
    }

    /// The heap, while the lock is held.
    #[inline(always)]
    fn open(&self) -> Result<Session<'_, C, L, MORE>, NotReady> {
        Session::open(self)
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
