//! A block grows or shrinks: in place where it can, with a move where it must.
//!
//! ```text
//!   in place:       |   used    |  next free  |
//!                   |   used       | rest     |           the pointer stays
//!
//!   with a move:    | previous free | used | next free |
//!                   |  used             |  rest        |  the contents slide down
//!
//!   elsewhere:      allocate, copy, free
//! ```

#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
mod relocate;

use core::ptr::NonNull;

use super::Heap;
use super::carve::Hole;
use super::place::Request;
use super::verify::{Used, payload_size};
use crate::arena::Arena;
use crate::block::{Form, Header};
use crate::check::check_links;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{FreeError, ResizeError};
use crate::fit::Fit;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
pub(crate) use relocate::Resized;

impl<C: Config> Heap<'_, C> {
    /// Gives the block at `pointer` the new `size`, and keeps its contents up to the smaller of both sizes.
    ///
    /// A shrinking block stays where it is, save one from an aligned request in a pool that was attached at an address
    /// where it is not aligned. A growing one takes the free block behind it, else the one before it
    /// with a move, else it moves elsewhere. A block from an aligned request keeps its alignment, where the algorithm
    /// resizes such blocks ([`Fit::RESIZES_ALIGNED`]). An object of a slab stays if its class holds the new size, else it
    /// moves.
    ///
    /// Constant time, plus the copy if it moves, plus the search of [`Heap::allocate`].
    ///
    /// # Errors
    ///
    /// [`ResizeError`]; the block and its contents stay. A size of 0 is [`AllocError::ZeroSize`](crate::AllocError::ZeroSize).
    ///
    /// # Safety
    ///
    /// As [`Heap::free`]; once it succeeded, only the pointer returned is the block.
    #[inline]
    pub unsafe fn resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        let tag = self.arena.tag_of_pointer(pointer);
        if tag.is_some() {
            // SAFETY: the caller's promise.
            return unsafe { self.resize_object(pointer, tag, size) };
        }
        if let Some(moved) = self.move_to_waiting(pointer, size) {
            return Ok(moved);
        }
        let used = self.resizable_at(pointer)?;
        if !C::COMPACT && self.resize_plain(&used, size) {
            return Ok(pointer);
        }
        if !C::COMPACT
            && must_move::<C>(&used, size)
            && let Some(place) = self.allocate_apart(size)
        {
            // SAFETY: the caller's promise.
            return unsafe { self.move_to(place, pointer, &used, size) };
        }
        let alignment = self.arena.alignment(used.block, used.header, used.size);
        let request = Request::new(size, alignment.bytes())?;
        // SAFETY: the caller's promise.
        unsafe { self.resize_used(pointer, used, request) }
    }

    /// As [`Heap::resize`], and the new place is a multiple of `align`, whatever was asked for before.
    ///
    /// # Errors
    ///
    /// As [`Heap::resize`], and [`AllocError::BadAlignment`](crate::AllocError::BadAlignment) unless `align` is a power of two.
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
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        let tag = self.arena.tag_of_pointer(pointer);
        if tag.is_some() {
            // SAFETY: the caller's promise.
            return unsafe { self.resize_object_aligned(pointer, tag, size, align) };
        }
        let used = self.resizable_at(pointer)?;
        let request = Request::new(size, align)?;
        // SAFETY: the caller's promise.
        unsafe { self.resize_used(pointer, used, request) }
    }

    /// The short way of a move: an ordinary block, which no alignment holds and no free block stands beside, grows into
    /// one that waits.
    #[inline(always)]
    fn move_to_waiting(&mut self, pointer: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
        if !Arena::<C>::HAS_QUICK || size >= Request::<C>::PLAIN_LIMIT {
            return None;
        }
        let arena = self.arena;
        let found = arena.verify_ordinary(pointer)?;
        let need = Request::<C>::plain_need(size);
        if need <= found.size() || found.header.is_aligned() || !found.is_between_used::<C>() {
            return None;
        }
        let place = arena.offset(arena.take_waiting(need)?);
        let held = payload_size::<C>(found.header, found.size());
        arena.copy(arena.offset(found.block), place, held);
        if !arena.put_waiting(&found) {
            arena.release_alone(&found);
        }
        Some(arena.pointer(place))
    }

    /// The short way of a resize: an ordinary block, which no alignment holds, stays where it is. Says whether it does.
    #[inline(always)]
    fn resize_plain(&mut self, used: &Used, size: usize) -> bool {
        if used.header.is_aligned()
            || used.header.size().is_large::<C>()
            || size.wrapping_sub(1) >= Request::<C>::PLAIN_LIMIT
        {
            return false;
        }
        let need = Request::<C>::plain_need(size);
        if need == used.size {
            return true;
        }
        let room = used.size + used.next_free;
        if need > room {
            return false;
        }
        if used.next_free != 0 || room - need >= Arena::<C>::MIN {
            self.arena.recut(used, need);
        }
        true
    }

    /// The used block at `pointer`, proved, if the algorithm resizes such a block.
    #[inline(always)]
    fn resizable_at(&self, pointer: NonNull<u8>) -> Result<Used, ResizeError> {
        let Some(used) = self.arena.verify(pointer) else {
            return Err(self.arena.diagnose(pointer).into());
        };
        if used.header.is_aligned() {
            if !C::Fit::RESIZES_ALIGNED {
                return Err(ResizeError::AlignedBlock);
            }
            // An overrun by a single byte may have changed the alignment that the block remembers.
            check_links(self.arena, used.block).map_err(FreeError::Corrupt)?;
        }
        Ok(used)
    }

    /// # Safety
    ///
    /// As [`Heap::resize`]; `used` is the block at `pointer`.
    unsafe fn resize_used(
        &mut self,
        pointer: NonNull<u8>,
        used: Used,
        request: Request<C>,
    ) -> Result<NonNull<u8>, ResizeError> {
        if let Some(resized) = self.resize_nearby(pointer, &used, &request) {
            return Ok(resized);
        }
        // SAFETY: the caller's promise.
        let moved = unsafe { self.move_elsewhere(pointer, &used, &request) };
        if moved.is_err() && (C::SLAB.keeps_spare || Arena::<C>::HAS_QUICK) {
            // The search may have had a spare chunk given back, or a block merged, that stood beside this one.
            let used = self.resizable_at(pointer)?;
            if let Some(resized) = self.resize_nearby(pointer, &used, &request) {
                self.arena.count(Counter::Failures, -1);
                return Ok(resized);
            }
        }
        moved
    }

    /// Resizes within the block and its free neighbours.
    fn resize_nearby(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        request: &Request<C>,
    ) -> Option<NonNull<u8>> {
        if request.suits(pointer.addr().get()) && self.resize_in_place(used, request) {
            return Some(pointer);
        }
        self.slide(used, request)
    }

    /// Resizes within the block and the free one behind it.
    fn resize_in_place(&mut self, used: &Used, request: &Request<C>) -> bool {
        let form = used.form::<C>();
        let Some(need) = request.need(form) else {
            return false;
        };
        let Some(rest) = (used.size + used.next_free).checked_sub(need) else {
            return false;
        };
        let alignment = self.arena.alignment(used.block, used.header, used.size);
        let stays = need == used.size || (rest < Arena::<C>::MIN && used.next_free == 0);
        if stays && alignment == request.alignment() {
            return true;
        }
        let size = if rest < Arena::<C>::MIN {
            need + rest
        } else {
            need
        };
        if form == Form::Ordinary && size >= Header::LARGE {
            return false;
        }
        let hole = Hole::of(used).and_next(self.arena, used);
        self.arena.uncount(used);
        self.arena.carve(hole, 0, need, form, request.alignment());
        true
    }

    /// Moves the contents within the room of the block and both its free neighbours.
    fn slide(&mut self, used: &Used, request: &Request<C>) -> Option<NonNull<u8>> {
        let arena = self.arena;
        let room = used.previous_free + used.size + used.next_free;
        if (room as usize * Arena::<C>::GRANULE) < request.size {
            // Asked before the neighbours are looked at: most blocks that move have no such room.
            return None;
        }
        let placement = request.place(arena, Hole::union(arena, used))?;
        let from = arena.payload(used.block, used.form::<C>());
        let length = used.room::<C>().min(request.size);

        let hole = Hole::around(arena, used);
        arena.uncount(used);
        // Wherever this header ends up, a stale pointer must not find it in use.
        arena.set_header(used.block, used.header.released());
        let block = hole.start.after(placement.gap);
        let to = arena.payload(block, placement.form);
        // The new headers and links all stand outside the new payload, but perhaps in the old one.
        arena.copy(from, to, length);
        arena.carve(
            hole,
            placement.gap,
            placement.need,
            placement.form,
            request.alignment(),
        );
        Some(arena.pointer(to))
    }

    /// Allocates, copies, frees.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize_used`].
    #[cold]
    unsafe fn move_elsewhere(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        request: &Request<C>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let place = self.allocate_request(request)?;
        // SAFETY: the caller's promise.
        unsafe { self.move_to(place, pointer, used, request.size) }
    }

    /// Copies what fits of `size` bytes to `place`, and frees the block at `pointer`.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize_used`]; `place` is a used block of `size` bytes.
    unsafe fn move_to(
        &mut self,
        place: NonNull<u8>,
        pointer: NonNull<u8>,
        used: &Used,
        size: usize,
    ) -> Result<NonNull<u8>, ResizeError> {
        let arena = self.arena;
        arena.copy(
            arena.offset_of(pointer),
            arena.offset_of(place),
            used.room::<C>().min(size),
        );
        // SAFETY: the caller gave the block up, and its contents are copied.
        unsafe { self.free(pointer)? };
        Ok(place)
    }
}

/// Is a block of the ordinary form, which no alignment holds, too small for `size` bytes, together with the free blocks
/// beside it?
#[inline(always)]
fn must_move<C: Config>(used: &Used, size: usize) -> bool {
    let room = used.previous_free + used.size + used.next_free;
    !used.header.is_aligned()
        && size.wrapping_sub(1) < Request::<C>::PLAIN_LIMIT
        && Request::<C>::plain_need(size) > room
}
