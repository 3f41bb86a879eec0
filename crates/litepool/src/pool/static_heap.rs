//! A pool that brings its memory.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::ptr::NonNull;

use super::Pool;
use crate::config::{Config, UpTo};
use crate::error::InitError;
use crate::lock::{DefaultLock, Lock};

/// A [`Pool`] that brings its `SIZE` bytes: the shortest way to a heap with statistics, without
/// `unsafe`.
///
/// ```no_run
/// use litepool::StaticHeap;
///
/// #[global_allocator]
/// static HEAP: StaticHeap<{ 64 << 10 }> = StaticHeap::new();
///
/// fn main() -> Result<(), litepool::InitError> {
///     HEAP.init()?;
///     let readings = vec![20, 21, 22];
///     if let Ok(stats) = HEAP.stats() {
///         assert_eq!(stats.used_blocks, 1);
///         assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
///     }
///     drop(readings);
///     Ok(())
/// }
/// ```
///
/// (With `std`, which allocates before `main`, `main` is too late: see the example
/// `global_allocator.rs`.)
///
/// All else is the pool's, which it derefs to: [`stats`](Pool::stats), [`lock`](Pool::lock),
/// [`allocate`](Pool::allocate), [`add_region`](Pool::add_region), and
/// [`refused_frees`](Pool::refused_frees), which a global allocator has no other way to report.
/// The memory is in the same `static`, which is all zeros and so takes no room in a firmware's
/// image; a `link_section` of the `static` puts both elsewhere. Memory that a linker script leaves
/// over is for a [`Pool`] and [`Pool::init_between`].
///
/// The configuration is [`UpTo<SIZE>`](UpTo) unless one is named, and the lock the [`DefaultLock`]:
/// on bare metal a critical section, so interrupt handlers may allocate.
///
/// ```compile_fail
/// use litepool::{StaticHeap, config::Pool256K};
/// // More than the configuration's `MAX_SIZE`.
/// static HEAP: StaticHeap<{ 300 << 10 }, Pool256K> = StaticHeap::new();
/// ```
#[repr(C)]
pub struct StaticHeap<
    const SIZE: usize,
    C: Config = UpTo<SIZE>,
    L: Lock = DefaultLock,
    const MORE: usize = 0,
> {
    pool: Pool<C, L, MORE>,
    memory: Memory<SIZE>,
}

/// On a boundary of every granule that there is.
#[repr(align(8))]
struct Memory<const SIZE: usize>(UnsafeCell<MaybeUninit<[u8; SIZE]>>);

// SAFETY: the memory is the pool's, which `L: Sync` makes `Sync`.
unsafe impl<const SIZE: usize, C: Config, L: Lock + Sync, const MORE: usize> Sync
    for StaticHeap<SIZE, C, L, MORE>
{
}

impl<const SIZE: usize, C: Config, L: Lock, const MORE: usize> StaticHeap<SIZE, C, L, MORE> {
    /// A heap that refuses every request until [`StaticHeap::init`].
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(
                SIZE <= C::MAX_SIZE,
                "more than the configuration's MAX_SIZE"
            );
        };
        Self {
            pool: Pool::new(),
            memory: Memory(UnsafeCell::new(MaybeUninit::uninit())),
        }
    }

    /// Makes the heap, once, before the first request: the first thing that `main` does. Bytes at
    /// the end that do not make a whole granule are left out. Time as [`Regions::new`].
    ///
    /// # Errors
    ///
    /// [`InitError::TooSmall`]; [`InitError::AlreadyInitialised`], and then the heap serves as
    /// before.
    ///
    /// [`Regions::new`]: crate::Regions::new
    pub fn init(&'static self) -> Result<(), InitError> {
        let base = NonNull::new(self.memory.0.get().cast()).ok_or(InitError::Misaligned)?;
        // SAFETY: the bytes are there for ever, and nobody but the pool knows of them.
        unsafe { self.pool.init(base, SIZE - SIZE % C::GRANULE) }
    }
}

impl<const SIZE: usize, C: Config, L: Lock, const MORE: usize> Deref
    for StaticHeap<SIZE, C, L, MORE>
{
    type Target = Pool<C, L, MORE>;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.pool
    }
}

/// As [`Pool`]'s.
// SAFETY: as the pool's.
unsafe impl<const SIZE: usize, C: Config, L: Lock, const MORE: usize> GlobalAlloc
    for StaticHeap<SIZE, C, L, MORE>
{
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.pool.alloc(layout) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.pool.dealloc(pointer, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.pool.realloc(pointer, layout, new_size) }
    }
}

impl<const SIZE: usize, C: Config, L: Lock, const MORE: usize> Default
    for StaticHeap<SIZE, C, L, MORE>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<const SIZE: usize, C: Config, L: Lock, const MORE: usize> fmt::Debug
    for StaticHeap<SIZE, C, L, MORE>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pool.fmt(f)
    }
}
