//! A block gets another size in its region if it can, and moves to another one else.

use core::ptr::NonNull;

use super::Regions;
use crate::config::Config;
use crate::error::ResizeError;
use crate::event::What;
use crate::heap::Moved;

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// Gives the block at `pointer` the new `size`, and keeps its contents up to the smaller of
    /// both sizes.
    ///
    /// A shrinking block stays where it is, save one from an aligned request in a pool that was
    /// attached at an address where it is not aligned. A growing one takes the free block behind
    /// it, else it moves elsewhere in its region, else it moves down into the free block before
    /// it, else it moves to another region. A block from an aligned request keeps its alignment,
    /// where the algorithm reallocates such blocks ([`Fit::RESIZES_ALIGNED`]). An object of a slab
    /// stays if its class holds the new size, else it moves.
    ///
    /// Constant time, plus the copy if it moves, plus the search of [`Regions::allocate`].
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use litepool::{Heap, config::Pool256K};
    ///
    /// let mut memory = [MaybeUninit::uninit(); 2048];
    /// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
    /// let text = heap.allocate(100)?;
    /// // SAFETY: the block is ours, and from here on only the new pointer is used.
    /// let grown = unsafe { heap.resize(text, 400)? };
    /// // The block behind it was free, so it grew where it was.
    /// assert!(grown == text && heap.usable_size(grown)? >= 400);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResizeError`]; the block and its contents stay. A size of 0 is [`AllocError::ZeroSize`].
    ///
    /// # Safety
    ///
    /// As [`Regions::free`]; once it succeeded, only the pointer returned is the block.
    ///
    /// [`Fit::RESIZES_ALIGNED`]: crate::fit::Fit::RESIZES_ALIGNED
    /// [`AllocError::ZeroSize`]: crate::AllocError::ZeroSize
    #[inline]
    pub unsafe fn resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_resize(pointer, size, None) }
            .ok_or_else(|| self.explain_resize(pointer, size, None))
    }

    /// As [`Regions::resize`], and the new place is a multiple of `align`, a power of two,
    /// whatever was asked for before.
    ///
    /// # Safety
    ///
    /// As [`Regions::resize`].
    #[inline]
    pub unsafe fn resize_aligned(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_resize(pointer, size, Some(align)) }
            .ok_or_else(|| self.explain_resize(pointer, size, Some(align)))
    }

    /// [`Regions::resize`], or with an `align` [`Regions::resize_aligned`], without saying why
    /// not.
    ///
    /// # Safety
    ///
    /// As [`Regions::resize`].
    pub unsafe fn try_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Option<NonNull<u8>> {
        let moved = self.begin_resize(pointer, size, align);
        // SAFETY: the caller's promise.
        unsafe { self.end_resize(pointer, size, align, moved) }
    }

    /// The first half of a reallocation: all of it but a copy to a new place.
    pub(crate) fn begin_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Moved {
        self.begin_resize_from(|heap| Some(heap.preferred()), pointer, size, align)
    }

    /// The same for a block that moves, if it can't stay in its region, to the first one that has
    /// room, beginning with what `start` says; if that is none, nowhere.
    #[inline(always)]
    pub(crate) fn begin_resize_from(
        &mut self,
        start: impl FnOnce(&Self) -> Option<usize>,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Moved {
        let region = self.region_of_mut(pointer);
        let mut moved = region.begin_resize(pointer, size, align);
        if MORE != 0
            && matches!(moved, Moved::NoRoom)
            && let Some(start) = start(self)
            && let Some((to, length)) = self.begin_move(start, pointer, size, align)
        {
            moved = Moved::Copy { to, length };
        }
        self.keep_peak();
        moved
    }

    /// Finds a place in another region, `start` before the others, for a block that can't stay in
    /// its own.
    #[cold]
    fn begin_move(
        &mut self,
        start: usize,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Option<(NonNull<u8>, usize)> {
        let (own, region) = self.region_of(pointer);
        let kept = region.keep(pointer, size, align)?;
        let (_, to) = self.take(start, own, size, kept.align, kept.stamp)?;
        Some((to, kept.length))
    }

    /// The second half: the copy, and what becomes of the old place. Counts a failure and notifies.
    ///
    /// # Safety
    ///
    /// As [`Regions::resize`]; `moved` is what [`Regions::begin_resize`] answered just now.
    #[inline]
    pub(crate) unsafe fn end_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        moved: Moved,
    ) -> Option<NonNull<u8>> {
        let region = self.region_of_mut(pointer);
        let place = match moved {
            Moved::Done(to) => Some(to),
            Moved::Copy { to, length } => {
                // SAFETY: two different used blocks, the caller's, which was validated, and a new
                // one, each of at least this size.
                unsafe { pointer.copy_to_nonoverlapping(to, length) };
                return self.end_move(pointer, to, size, true);
            }
            Moved::NoRoom => {
                region.count_failure(size, align.unwrap_or(1));
                None
            }
            Moved::Refused => None,
        };
        self.notify_resized(pointer, size, place);
        place
    }

    /// Frees the old place of a block whose contents are copied. If that `may` not be, or is
    /// refused, because it was corrupted or somebody has freed it meanwhile, the new place.
    #[inline]
    pub(crate) fn end_move(
        &mut self,
        old: NonNull<u8>,
        new: NonNull<u8>,
        size: usize,
        may: bool,
    ) -> Option<NonNull<u8>> {
        let is_moved = may && self.region_of_mut(old).release(old);
        if !is_moved {
            self.region_of_mut(new).release(new);
        }
        let moved = is_moved.then_some(new);
        self.notify_resized(old, size, moved);
        moved
    }

    #[inline]
    fn notify_resized(&self, from: NonNull<u8>, size: usize, moved: Option<NonNull<u8>>) {
        self.region_of(from).1.notify(match moved {
            Some(to) => What::Resized { from, to, size },
            None => What::NotResized {
                pointer: from,
                size,
            },
        });
    }

    /// Why the block at `pointer` kept its size. Constant time if there is no room, else as
    /// [`Regions::explain_free`].
    #[cold]
    #[must_use]
    pub fn explain_resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> ResizeError {
        let (number, region) = self.region_of(pointer);
        match region.explain_resize(pointer, size, align) {
            ResizeError::Block(error) => ResizeError::Block(error.in_region(number)),
            error => error,
        }
    }
}
