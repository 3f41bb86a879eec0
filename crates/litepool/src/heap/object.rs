//! Objects of the slab: freed and resized as blocks are.

use core::ptr::NonNull;

use super::Heap;
use super::diagnose::Kept;
use crate::config::Config;
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

    /// Resizes the object at `pointer`, which is to stand on a multiple of `align`, or of what it was asked for: it stays if
    /// its class holds the new size.
    #[inline(always)]
    pub(super) fn resize_object(
        &mut self,
        pointer: NonNull<u8>,
        tag: Tag,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
        let object = self
            .arena
            .verify_object(pointer, tag)
            .ok_or(Kept::NotProved)?;
        let stays = size.wrapping_sub(1) < object.size::<C>()
            && align.is_none_or(|align| {
                align.is_power_of_two() && self.arena.realign_object(object, align)
            });
        if stays {
            return Ok(pointer);
        }
        let align = align.unwrap_or_else(|| self.arena.object_alignment(object));
        self.move_object(pointer, object, size, align)
            .ok_or(Kept::NoRoom)
    }

    /// Moves an object to another class or out to the Fit.
    #[inline(never)]
    fn move_object(
        &mut self,
        pointer: NonNull<u8>,
        object: Object,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        let moved = self.take_aligned(size, align)?;
        self.arena.copy(
            self.arena.offset_of(pointer),
            self.arena.offset_of(moved),
            object.size::<C>().min(size),
        );
        self.arena.give_object(object);
        Some(moved)
    }
}
