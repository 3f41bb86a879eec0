//! A resize: two sessions, and between them the copy, which needs no lock.

use core::ptr::NonNull;

use super::Pool;
use crate::config::Config;
use crate::error::{FreeError, ResizeError};
use crate::heap::Resized;
use crate::lock::Lock;

/// Up to so many bytes are copied with the lock held: less work than to give it back and to take it again.
const SHORT_COPY: usize = 256;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Gives the block at `pointer` the new `size`, as [`Heap::resize`](crate::Heap::resize).
    ///
    /// A long copy is made without the lock. So where the block before it is free, a long block does not slide into that one
    /// as the heap's does, but moves elsewhere if there is room.
    ///
    /// # Errors
    ///
    /// [`ResizeError`], of the block as [`Pool::free`]; the block and its contents stay.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`](crate::Heap::resize), of the used blocks of this pool.
    #[inline]
    pub unsafe fn resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        unsafe { self.resize_to(pointer, size, None) }
    }

    /// As [`Pool::resize`], and the new place is a multiple of `align`, as [`Heap::resize_aligned`](crate::Heap::resize_aligned).
    ///
    /// # Errors
    ///
    /// As [`Pool::resize`], and a bad alignment.
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
        unsafe { self.resize_to(pointer, size, Some(align)) }
    }

    /// # Safety
    ///
    /// As [`Pool::resize`].
    unsafe fn resize_to(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        // SAFETY: the caller's promise.
        let (to, length) = match unsafe { self.begin_resize(pointer, size, align)? } {
            Resized::Done(resized) => return Ok(resized),
            Resized::Copy { to, length } => (to, length),
        };
        // SAFETY: two different used blocks, the caller's and a new one, each of at least this size.
        unsafe { pointer.copy_to_nonoverlapping(to, length) };
        // SAFETY: the contents are copied, so the old block is given up, or the new one that nobody has seen.
        unsafe { self.end_resize(pointer, to, size)? };
        Ok(to)
    }

    /// Frees the old block. If that is refused, because somebody else has freed it meanwhile or
    /// made it a pool, frees the new one. Then tells what became of the resize.
    ///
    /// # Safety
    ///
    /// As [`Pool::free`], of both.
    unsafe fn end_resize(
        &self,
        old: NonNull<u8>,
        new: NonNull<u8>,
        size: usize,
    ) -> Result<(), FreeError> {
        let mut session = self.open()?;
        let freed = session
            .heap_to_free(old)
            .and_then(|heap| heap.free_silently(old));
        if freed.is_err()
            && let Ok(heap) = session.heap_to_free(new)
        {
            // An error here changes nothing.
            let _ = heap.free_silently(new);
        }
        session.tell_resized(old, size, freed.map(|()| new).map_err(ResizeError::Block));
        freed
    }

    /// # Safety
    ///
    /// As [`Pool::resize`].
    unsafe fn begin_resize(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<Resized, ResizeError> {
        let mut session = self.open()?;
        let heap = session.heap_to_free(pointer)?;
        // SAFETY: the caller's promise.
        unsafe { heap.begin_resize(pointer, size, align, SHORT_COPY) }
    }
}
