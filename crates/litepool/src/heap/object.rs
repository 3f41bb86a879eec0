//! Objects of the slab: freed and resized as blocks are.

use core::ptr::NonNull;

use super::Heap;
use crate::config::Config;
use crate::error::{AllocError, FreeError, ResizeError};
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

    /// Resizes the object at `pointer`: it stays if its class holds the new size; else it moves to another class or out to
    /// the Fit. `align` is the alignment that is asked for besides, in bytes.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    pub(super) unsafe fn resize_object(
        &mut self,
        pointer: NonNull<u8>,
        tag: Tag,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        let object = self.object_at(pointer, tag)?;
        if size == 0 {
            return Err(AllocError::ZeroSize.into());
        }
        if !align.is_power_of_two() {
            return Err(AllocError::BadAlignment.into());
        }
        if size <= object.size() && pointer.addr().get() & (align - 1) == 0 {
            if align > C::GRANULE {
                self.arena.note_alignment(object);
            }
            return Ok(pointer);
        }
        let kept = self.arena.object_alignment(object);
        let moved = self.allocate_aligned(size, align.max(kept))?;
        self.arena.copy(
            self.arena.offset_of(pointer),
            self.arena.offset_of(moved),
            object.size().min(size),
        );
        self.arena.give_object(object);
        Ok(moved)
    }
}
