//! Objects of the slab: freed and resized as blocks are.

use core::ptr::NonNull;

use super::Heap;
use crate::config::Config;
use crate::error::{FreeError, ResizeError};
use crate::slab::{Object, Tag};

impl<C: Config> Heap<'_, C> {
    /// Gives the object at `pointer`, of which the map says `tag`, back if it is one in use.
    #[inline(always)]
    pub(super) fn free_object(&mut self, pointer: NonNull<u8>, tag: Tag) -> bool {
        let Some(object) = self.arena.verify_object(pointer, tag) else {
            return false;
        };
        self.arena.give_object(object);
        true
    }

    /// The object at `pointer`, proved, or what is wrong with it.
    #[inline]
    pub(super) fn object_at(&self, pointer: NonNull<u8>, tag: Tag) -> Result<Object, FreeError> {
        self.arena
            .verify_object(pointer, tag)
            .ok_or_else(|| self.arena.diagnose(pointer))
    }

    /// Resizes the object at `pointer`: it stays if its class holds the new size.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    #[inline(always)]
    pub(super) unsafe fn resize_object(
        &mut self,
        pointer: NonNull<u8>,
        tag: Tag,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        let object = self.object_at(pointer, tag)?;
        if size.wrapping_sub(1) < object.size() {
            return Ok(pointer);
        }
        let align = self.arena.object_alignment(object);
        // SAFETY: the caller's promise; the object was proved.
        unsafe { self.move_object(pointer, object, size, align) }
    }

    /// The same, and from now on the object stands on a multiple of `align`.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    pub(super) unsafe fn resize_object_aligned(
        &mut self,
        pointer: NonNull<u8>,
        tag: Tag,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        let object = self.object_at(pointer, tag)?;
        if size.wrapping_sub(1) < object.size()
            && align.is_power_of_two()
            && self.arena.realign_object(object, align)
        {
            return Ok(pointer);
        }
        // SAFETY: the caller's promise; the object was proved.
        unsafe { self.move_object(pointer, object, size, align) }
    }

    /// Moves an object to another class or out to the Fit.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`]; `object` is the one at `pointer`.
    #[inline(never)]
    unsafe fn move_object(
        &mut self,
        pointer: NonNull<u8>,
        object: Object,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        let moved = self.allocate_aligned(size, align)?;
        self.arena.copy(
            self.arena.offset_of(pointer),
            self.arena.offset_of(moved),
            object.size().min(size),
        );
        self.arena.give_object(object);
        Ok(moved)
    }
}
