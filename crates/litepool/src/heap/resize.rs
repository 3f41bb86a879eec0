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

mod relocate;

use core::ptr::NonNull;

use super::Heap;
use super::carve::Hole;
use super::diagnose::Kept;
use super::place::{Placement, Request};
use super::verify::Used;
use crate::arena::Arena;
use crate::block::{Alignment, Form};
use crate::config::Config;
use crate::control::Counter;
use crate::error::{FreeError, ResizeError};
use crate::event::What;
use crate::fit::Fit;
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
        // SAFETY: the caller's promise.
        unsafe { self.resize_with(pointer, size, None) }
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
        // SAFETY: the caller's promise.
        unsafe { self.resize_with(pointer, size, Some(align)) }
    }

    /// Both of them: the new place is a multiple of `align`, or of what the block remembers.
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    #[inline(always)]
    unsafe fn resize_with(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        if Arena::<C>::IS_NOTED {
            self.resize_noted(pointer, size, align)
        } else {
            self.resize_unnoted(pointer, size, align)
        }
    }

    /// Resizes, has the block keep its record, and tells of it.
    #[inline(always)]
    fn resize_noted(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let claim = self.arena.claim(pointer).map_err(ResizeError::Block);
        let resized = claim.and_then(|claim| {
            let to = self.resize_unnoted(pointer, size, align)?;
            self.arena.renew(&claim, to);
            Ok(to)
        });
        self.tell_resized(pointer, size, resized);
        resized
    }

    /// Tells what became of a resize.
    #[inline(always)]
    pub(crate) fn tell_resized(
        &self,
        from: NonNull<u8>,
        size: usize,
        resized: Result<NonNull<u8>, ResizeError>,
    ) {
        self.tell(|| match resized {
            Ok(to) => What::Resized { from, to, size },
            Err(error) => What::NotResized {
                pointer: from,
                size,
                error,
            },
        });
    }

    #[inline(always)]
    pub(super) fn resize_unnoted(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, ResizeError> {
        let tag = self.arena.tag_of_pointer(pointer);
        let resized = if tag.is_some() {
            self.resize_object(pointer, tag, size, align)
        } else {
            self.resize_block(pointer, size, align)
        };
        resized.map_err(|kept| {
            self.arena
                .resize_refusal(kept, pointer, size, align.unwrap_or(1))
        })
    }

    /// Resizes a block of the chain.
    #[inline(always)]
    fn resize_block(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
        if C::COMPACT {
            return self.change(pointer, Some(size), align);
        }
        if align.is_none()
            && let Some(moved) = self.move_to_waiting(pointer, size)
        {
            return Ok(moved);
        }
        let used = self.arena.verify(pointer).ok_or(Kept::NotProved)?;
        if align.is_none() {
            if self.resize_plain(&used, size) {
                return Ok(pointer);
            }
            if must_move::<C>(&used, size)
                && let Some(place) = self.allocate_apart(size)
            {
                let kept = used.payload_size::<C>();
                return self.move_to(place, pointer, kept).ok_or(Kept::NotProved);
            }
        }
        self.change_proved(pointer, used, Some(size), align)
    }

    /// Resizes any block of the chain, or frees it if there is no size: one way for both where code is to be small.
    #[inline(never)]
    pub(super) fn change(
        &mut self,
        pointer: NonNull<u8>,
        size: Option<usize>,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
        let used = self.arena.verify_here(pointer).ok_or(Kept::NotProved)?;
        self.change_proved(pointer, used, size, align)
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
        let kept = found.size() as usize * Arena::<C>::GRANULE - Form::Ordinary.overhead::<C>();
        arena.copy(arena.offset(found.block), place, kept);
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

    /// Resizes or frees a block that was proved.
    #[inline]
    fn change_proved(
        &mut self,
        pointer: NonNull<u8>,
        mut used: Used,
        size: Option<usize>,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
        let mut hole = Hole::around(&used);
        // Never more than is asked for.
        let kept = used.room::<C>().min(size.unwrap_or(0));
        let mut wanted = None;
        if let Some(size) = size {
            let request = self.request_for(&used, size, align)?;
            if !C::COMPACT && self.stays(pointer, &used, &request) {
                return Ok(pointer);
            }
            let placement = loop {
                if let Some(placement) = self.place_nearby(&used, &mut hole, &request) {
                    break placement;
                }
                if let Some(moved) = self.move_elsewhere(pointer, kept, &request) {
                    return Ok(moved);
                }
                if !C::SLAB.keeps_spare && !Arena::<C>::HAS_QUICK {
                    return Err(Kept::NoRoom);
                }
                // The search may have had a spare chunk given back, or a block merged, that stood beside this one.
                used = self.arena.verify(pointer).ok_or(Kept::NotProved)?;
                if hole.size == Hole::around(&used).size {
                    return Err(Kept::NoRoom);
                }
                self.arena.count(Counter::Failures, -1);
            };
            wanted = Some((request, placement));
        }
        Ok(self.remake(pointer, &used, hole, kept, wanted))
    }

    /// What is asked for when a block is to have `size` bytes on a multiple of `align`, or of what it remembers.
    #[inline(always)]
    fn request_for(
        &self,
        used: &Used,
        size: usize,
        align: Option<usize>,
    ) -> Result<Request<C>, Kept> {
        let mut remembered = Alignment::NONE;
        if used.header.is_aligned() {
            if !C::Fit::RESIZES_ALIGNED {
                return Err(Kept::AlignedBlock);
            }
            remembered = self.arena.alignment(used.block, used.header, used.size);
            // An overrun by a single byte may have changed it.
            if !remembered.is_possible::<C>() {
                return Err(Kept::NotProved);
            }
        }
        Request::new(size, align.unwrap_or(remembered.bytes())).ok_or(Kept::NoRoom)
    }

    /// Is the block what the request would make of it? Where code is to be small, it is made anew all the same.
    fn stays(&self, pointer: NonNull<u8>, used: &Used, request: &Request<C>) -> bool {
        let need = request.need(used.form::<C>());
        let has_rest = used.size.wrapping_sub(need) >= Arena::<C>::MIN || used.next_free != 0;
        request.suits(pointer.addr().get())
            && (need == used.size || !has_rest)
            && request.alignment() == self.arena.alignment(used.block, used.header, used.size)
    }

    /// Where the request stands in the room of the block and its free neighbours: in place if it can. `hole` is what it
    /// takes of that room.
    #[inline(always)]
    fn place_nearby(
        &self,
        used: &Used,
        hole: &mut Hole,
        request: &Request<C>,
    ) -> Option<Placement> {
        *hole = Hole::and_next(used);
        match request.place_as(&self.arena, *hole, used.form::<C>()) {
            Some(placement) if placement.gap == 0 => Some(placement),
            _ => {
                *hole = Hole::around(used);
                request.place(&self.arena, *hole)
            }
        }
    }

    /// Makes of `hole`, which a used block and free neighbours of it fill, the block that is wanted, with the
    /// first `kept` bytes of its contents; or a free block.
    #[inline(always)]
    fn remake(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        hole: Hole,
        kept: usize,
        wanted: Option<(Request<C>, Placement)>,
    ) -> NonNull<u8> {
        let arena = self.arena;
        arena.empty(used, hole);
        arena.uncount(used);
        let Some((request, placement)) = wanted else {
            arena.release(hole.start, hole.size);
            return pointer;
        };
        let from = arena.offset_of(pointer);
        let to = placement.payload(arena, hole);
        // The new headers and links all stand outside the new payload, but perhaps in the old one.
        if from != to {
            arena.copy(from, to, kept);
        }
        arena.carve(hole, placement, &request);
        arena.pointer(to)
    }

    /// Allocates, copies, frees.
    #[inline(always)]
    fn move_elsewhere(
        &mut self,
        pointer: NonNull<u8>,
        kept: usize,
        request: &Request<C>,
    ) -> Option<NonNull<u8>> {
        let claim = self.arena.claim(pointer).ok()?;
        let moved = self.take_request(request)?;
        self.arena.discharge_growth(&claim, pointer);
        self.move_to(moved, pointer, kept)
    }

    /// Copies `kept` bytes to the used block `place`, and frees the block at `pointer`.
    #[inline(always)]
    fn move_to(
        &mut self,
        place: NonNull<u8>,
        pointer: NonNull<u8>,
        kept: usize,
    ) -> Option<NonNull<u8>> {
        let arena = self.arena;
        arena.copy(arena.offset_of(pointer), arena.offset_of(place), kept);
        let freed = if C::COMPACT {
            self.change(pointer, None, None).is_ok()
        } else {
            self.give(pointer).is_ok()
        };
        freed.then_some(place)
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
