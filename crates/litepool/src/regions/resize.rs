//! A block is resized in its region if it can be, and moves to another one else.

use core::ptr::NonNull;

use super::Regions;
use crate::config::Config;
use crate::error::{AllocError, FreeError, ResizeError};
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
use crate::event::What;
use crate::heap::{Heap, Resized};

/// A resize that is asked for: of a block that is the caller's to give up.
#[derive(Clone, Copy)]
struct Wish {
    pointer: NonNull<u8>,
    size: usize,
    align: Option<usize>,
    /// Up to so many bytes are copied at once.
    short: usize,
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
        self.resize_joined(pointer, size, None)
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
        self.resize_joined(pointer, size, Some(align))
    }

    fn resize_joined(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let wish = Wish {
            pointer,
            size,
            align,
            short: usize::MAX,
        };
        match self.begin_joined(wish)? {
            // No copy is so long that it would be left to the caller.
            Resized::Done(to) | Resized::Copy { to, .. } => Ok(to),
        }
    }

    /// The first half of a resize, or all of it if the copy is short; and tells of it.
    fn begin_joined(&mut self, wish: Wish) -> Result<Resized, ResizeError> {
        let resized = self.begin_signed(wish);
        let (_, heap) = self.region_of(wish.pointer);
        heap.tell_begun(wish.pointer, wish.size, resized);
        resized
    }

    /// The same, of which nothing is told yet. The new block has the record of the old one.
    fn begin_signed(&mut self, wish: Wish) -> Result<Resized, ResizeError> {
        self.check_if_whole().map_err(FreeError::Corrupt)?;
        let (region, heap) = self.region_of(wish.pointer);
        let before = heap.arena();
        let claim = before
            .claim(wish.pointer)
            .map_err(|error| error.in_region(region))?;
        let begun = self.resize_in_region(wish.pointer, |heap| {
            heap.begin_unnoted(wish.pointer, wish.size, wish.align, wish.short)
        });
        let resized = match begun {
            Err(ResizeError::Alloc(AllocError::Exhausted { .. })) => self.move_elsewhere(wish)?,
            begun => begun?,
        };
        let (Resized::Done(to) | Resized::Copy { to, .. }) = resized;
        if let Resized::Done(_) = resized {
            before.discharge(&claim);
        }
        self.region_of(to).1.arena().sign_alike(&claim, to);
        Ok(resized)
    }

    /// Has the region of `pointer` do `work`, and keeps the peak.
    fn resize_in_region<T>(
        &mut self,
        pointer: NonNull<u8>,
        work: impl FnOnce(&mut Heap<'m, C>) -> Result<T, ResizeError>,
    ) -> Result<T, ResizeError> {
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

    /// Gets a block in another region for one that found no room in its own; and moves it there, if the copy is short.
    fn move_elsewhere(&mut self, wish: Wish) -> Result<Resized, ResizeError> {
        let (region, heap) = self.region_of(wish.pointer);
        let luggage = heap.luggage(wish.pointer, wish.size, wish.align);
        let place = luggage.and_then(|(length, align)| {
            let to = self.take_from(self.preferred(), Some(region), wish.size, align)?;
            Some((to, length))
        });
        let Some((to, length)) = place else {
            return Err(self.refuse(region, wish.size, 1).into());
        };
        if length > wish.short {
            return Ok(Resized::Copy { to, length });
        }
        // SAFETY: two different used blocks, the caller's, which was proved, and a new one, each of at least this size.
        unsafe { wish.pointer.copy_to_nonoverlapping(to, length) };
        let given = self.free_in_region(wish.pointer, |heap| heap.give(wish.pointer));
        if given.is_err() {
            // Nobody has seen it. An error here changes nothing.
            let _ = self.free_in_region(to, |heap| heap.give(to));
        }
        given?;
        Ok(Resized::Done(to))
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
        self.begin_joined(Wish {
            pointer,
            size,
            align,
            short,
        })
    }

    /// Tells the configuration of something that concerns all regions.
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    pub(crate) fn tell(&self, what: What) {
        self.first.tell(|| what);
    }

    /// Tells what became of the resize of a block that is, or was, at `from`.
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    #[inline(always)]
    pub(crate) fn tell_resized(
        &self,
        from: NonNull<u8>,
        size: usize,
        resized: Result<NonNull<u8>, ResizeError>,
    ) {
        self.region_of(from).1.tell_resized(from, size, resized);
    }

    /// Gives the block at `pointer` back and discharges its holder. Nobody is told.
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    #[inline(always)]
    pub(crate) fn free_silently(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if MORE == 0 {
            return self.first.free_silently(pointer);
        }
        self.free_in_region(pointer, |heap| heap.free_silently(pointer))
    }
}
