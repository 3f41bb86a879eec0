//! A pool as the allocator of a whole program.

use core::alloc::{GlobalAlloc, Layout};
use core::mem;
use core::ptr::{NonNull, null_mut};

use super::Pool;
use crate::config::Config;
use crate::fit::Fit;
use crate::lock::Lock;

/// A request before [`Pool::init`] gets a null pointer; so with `std`, which allocates before
/// `main`, see the example `global_allocator.rs`. A block that can't be freed is kept: the trait
/// has no place for an error, but [`Pool::refused_frees`] counts it.
///
/// An allocator must not unwind. If [`Config::caller`] or [`Config::on_event`] panics here, the
/// program is aborted.
///
/// [`StaticHeap`](crate::StaticHeap) is the same with memory of its own, and no `unsafe`.
///
/// ```no_run
/// use core::mem::MaybeUninit;
/// use litepool::{InitError, Pool, config::Pool64};
///
/// #[global_allocator]
/// static HEAP: Pool<Pool64> = Pool::new();
///
/// const SIZE: usize = 256 << 10;
/// static mut MEMORY: [MaybeUninit<u8>; SIZE] = [MaybeUninit::uninit(); SIZE];
///
/// /// Comes before the first allocation.
/// fn initialise() -> Result<(), InitError> {
///     // SAFETY: this is the only reference to the memory.
///     HEAP.init_static(unsafe { &mut *(&raw mut MEMORY) })
/// }
/// ```
// SAFETY: blocks are distinct, stay where they are, and are as large and as aligned as was asked
// for. Nothing unwinds out of `AbortOnUnwind::run`.
unsafe impl<C: Config, L: Lock, const MORE: usize> GlobalAlloc for Pool<C, L, MORE> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        AbortOnUnwind::run(|| self.try_allocate(layout.size(), layout.align()))
            .map_or(null_mut(), NonNull::as_ptr)
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        if let Some(pointer) = NonNull::new(pointer) {
            // SAFETY: the caller's promise.
            AbortOnUnwind::run(|| unsafe { self.free_or_count(pointer) });
        }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(pointer) = NonNull::new(pointer) else {
            return null_mut();
        };
        // SAFETY: the caller's promise.
        unsafe { self.reallocate(pointer, layout, new_size, layout.align()) }
            .map_or(null_mut(), NonNull::as_ptr)
    }
}

/// Aborts the program if it is dropped, which is when something unwinds.
pub(super) struct AbortOnUnwind;

impl AbortOnUnwind {
    /// Does `work`, out of which nothing unwinds.
    #[inline(always)]
    pub(super) fn run<T>(work: impl FnOnce() -> T) -> T {
        let guard = Self;
        let done = work();
        mem::forget(guard);
        done
    }
}

impl Drop for AbortOnUnwind {
    #[cold]
    fn drop(&mut self) {
        // Who panics while a panic unwinds ends the program; without a standard library there is
        // no other way.
        panic!("an allocator must not unwind");
    }
}

/// What allocator traits need.
impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Frees for a caller who can't be given an error.
    ///
    /// # Safety
    ///
    /// As [`Pool::free`].
    #[inline]
    pub(super) unsafe fn free_or_count(&self, pointer: NonNull<u8>) {
        // SAFETY: the caller's promise.
        if !unsafe { self.try_free(pointer) } {
            self.count_refused_free();
        }
    }

    #[cold]
    fn count_refused_free(&self) {
        // A pool that is not ready has nothing to count with, and nothing to free.
        if let Ok(_guard) = self.guard() {
            self.refused_frees
                .set(self.refused_frees.get().wrapping_add(1));
        }
    }

    /// How many blocks [`GlobalAlloc::dealloc`] or an allocator trait's `deallocate` could not
    /// free: each an error in the program, for which those traits have no place. It wraps at 2^32.
    ///
    /// [`GlobalAlloc::dealloc`]: core::alloc::GlobalAlloc::dealloc
    pub fn refused_frees(&self) -> u32 {
        self.guard().map_or(0, |_guard| self.refused_frees.get())
    }

    /// Gives a block of the layout `old` another `size`, on a multiple of `align`.
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`], and the block has the layout `old`.
    pub(super) unsafe fn reallocate(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        let allocate = || self.try_allocate(size, align);
        // SAFETY: the caller's promise.
        let resize = |align| unsafe { self.try_resize(pointer, size, align) };
        // SAFETY: the caller's promise.
        unsafe { self.reallocate_by(pointer, old, size, align, allocate, resize) }
    }

    /// The same where `allocate` makes the new block if the algorithm does not resize this one, and
    /// `resize`, if it does, gives it another alignment unless that is [`None`]. Nothing unwinds:
    /// whoever is left behind without an answer, a collection for instance, would not know where
    /// its block is.
    ///
    /// # Safety
    ///
    /// As [`Pool::reallocate`].
    #[inline(always)]
    pub(super) unsafe fn reallocate_by(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        size: usize,
        align: usize,
        allocate: impl FnOnce() -> Option<NonNull<u8>>,
        resize: impl FnOnce(Option<usize>) -> Option<NonNull<u8>>,
    ) -> Option<NonNull<u8>> {
        AbortOnUnwind::run(|| {
            if !C::Fit::RESIZES_ALIGNED && old.align().max(align) > C::GRANULE {
                // SAFETY: the caller's promise.
                return unsafe { self.replace(allocate, pointer, old.size(), size, align) };
            }
            resize((align != old.align()).then_some(align))
        })
    }

    /// Allocates (which `allocate` does), copies and frees, where the algorithm does not resize the
    /// block.
    ///
    /// # Safety
    ///
    /// As [`Pool::resize`], and the block has `old_size` bytes.
    #[cold]
    unsafe fn replace(
        &self,
        allocate: impl FnOnce() -> Option<NonNull<u8>>,
        pointer: NonNull<u8>,
        old_size: usize,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        if size <= old_size && pointer.addr().get().is_multiple_of(align) {
            return Some(pointer);
        }
        let new = allocate()?;
        // SAFETY: two different used blocks of at least this size.
        unsafe { pointer.copy_to_nonoverlapping(new, old_size.min(size)) };
        // SAFETY: the caller's promise.
        unsafe { self.free_or_count(pointer) };
        Some(new)
    }
}
