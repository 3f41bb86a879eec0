//! A block is resized in its region if it can be, and moves to another one else.

use core::ptr::NonNull;

use super::Regions;
use crate::config::Config;
use crate::error::{AllocError, FreeError, ResizeError};
use crate::heap::Heap;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
use crate::heap::Resized;

/// A new block for one that found no room in its region.
struct Elsewhere {
    to: NonNull<u8>,
    /// How many bytes are to be copied.
    length: usize,
}

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// Gives the block at `pointer` the new `size`, as [`Heap::resize`]. Only if its region has no room, it moves to
    /// another one that has.
    ///
    /// # Errors
    ///
    /// As [`Heap::resize`]; [`AllocError::Exhausted`] is told and counted as by [`Regions::allocate`].
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    #[inline]
    pub unsafe fn resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        if MORE == 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.first.resize(pointer, size) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.resize_joined(pointer, size, None) }
    }

    /// As [`Regions::resize`], and the new place is a multiple of `align`, as [`Heap::resize_aligned`].
    ///
    /// # Errors
    ///
    /// As [`Regions::resize`], and [`AllocError::BadAlignment`] unless `align` is a power of two.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    #[inline]
    pub unsafe fn resize_aligned(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        if MORE == 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.first.resize_aligned(pointer, size, align) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.resize_joined(pointer, size, Some(align)) }
    }

    /// # Safety
    ///
    /// As [`Heap::resize`].
    unsafe fn resize_joined(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let resized = self.resize_in_region(pointer, |heap| match align {
            // SAFETY: the caller's promise.
            Some(align) => unsafe { heap.resize_aligned(pointer, size, align) },
            // SAFETY: the caller's promise.
            None => unsafe { heap.resize(pointer, size) },
        });
        match resized {
            Err(ResizeError::Alloc(AllocError::Exhausted { .. })) => {
                let place = self.place_elsewhere(pointer, size, align)?;
                // SAFETY: the caller's promise.
                Ok(unsafe { self.move_to(pointer, &place) }?)
            }
            resized => resized,
        }
    }

    /// Has the region of `pointer` do `work`, and keeps the peak.
    fn resize_in_region<T>(
        &mut self,
        pointer: NonNull<u8>,
        work: impl FnOnce(&mut Heap<'m, C>) -> Result<T, ResizeError>,
    ) -> Result<T, ResizeError> {
        self.check_if_whole().map_err(FreeError::Corrupt)?;
        let (region, heap) = self.region_of(pointer);
        let beside = self.used().saturating_sub(heap.arena().used());
        let is_joined = self.count() > 1;
        let Some(heap) = self.heap_mut(region) else {
            return Err(FreeError::OutOfPool.into());
        };
        let (resized, most) = heap.resize_watched(work);
        if is_joined {
            self.raise_peak(beside.saturating_add(most));
        }
        resized.map_err(|error| match error {
            ResizeError::Block(error) => ResizeError::Block(error.in_region(region)),
            error => error,
        })
    }

    /// Gets a block in another region for the one at `pointer`, which found no room in its own.
    fn place_elsewhere(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<Elsewhere, AllocError> {
        let (region, heap) = self.region_of(pointer);
        let luggage = heap.luggage(pointer, size, align);
        let place = luggage.and_then(|(length, align)| {
            let to = self.take_from(self.preferred(), Some(region), size, align)?;
            Some(Elsewhere { to, length })
        });
        place.ok_or_else(|| self.refuse(region, size, 1))
    }

    /// Moves the block at `pointer`.
    ///
    /// # Safety
    ///
    /// As [`Regions::free`].
    unsafe fn move_to(
        &mut self,
        pointer: NonNull<u8>,
        place: &Elsewhere,
    ) -> Result<NonNull<u8>, FreeError> {
        // SAFETY: two different used blocks, the caller's and a new one, each of at least this size.
        unsafe { pointer.copy_to_nonoverlapping(place.to, place.length) };
        // SAFETY: the contents are copied, so the old block is given up.
        unsafe { self.free(pointer) }.map(|()| place.to)
    }

    /// The first half of a resize, as [`Heap::begin_resize`]. Only if the region of the block has no room, the new block is in
    /// another one.
    ///
    /// # Errors
    ///
    /// As [`Regions::resize`].
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    #[inline(always)]
    pub(crate) unsafe fn begin_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        short: usize,
    ) -> Result<Resized, ResizeError> {
        if MORE == 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.first.begin_resize(pointer, size, align, short) };
        }
        let begun = self.resize_in_region(pointer, |heap| {
            // SAFETY: the caller's promise.
            unsafe { heap.begin_resize(pointer, size, align, short) }
        });
        match begun {
            Err(ResizeError::Alloc(AllocError::Exhausted { .. })) => {
                let place = self.place_elsewhere(pointer, size, align)?;
                if place.length > short {
                    return Ok(Resized::Copy {
                        to: place.to,
                        length: place.length,
                    });
                }
                // SAFETY: the caller's promise.
                Ok(Resized::Done(unsafe { self.move_to(pointer, &place) }?))
            }
            begun => begun,
        }
    }
}
