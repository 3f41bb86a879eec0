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

use core::ptr::NonNull;

use super::Heap;
use super::carve::Hole;
use super::diagnose::Kept;
use super::place::Request;
use super::verify::Used;
use crate::arena::Arena;
use crate::block::Alignment;
use crate::config::Config;
use crate::control::Counter;
use crate::error::ResizeError;
use crate::fit::Fit;

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
            return self.resize_unusual(pointer, size, align);
        }
        let used = self.arena.verify(pointer).ok_or(Kept::NotProved)?;
        if align.is_none() && self.resize_plain(&used, size) {
            return Ok(pointer);
        }
        self.resize_used(pointer, &used, size, align)
    }

    /// Resizes any block of the chain.
    #[inline(never)]
    fn resize_unusual(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
        let used = self.arena.verify(pointer).ok_or(Kept::NotProved)?;
        self.resize_used(pointer, &used, size, align)
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

    /// Resizes a block that was proved.
    fn resize_used(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        size: usize,
        align: Option<usize>,
    ) -> Result<NonNull<u8>, Kept> {
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
        Request::new(size, align.unwrap_or(remembered.bytes()))
            .and_then(|request| self.resize_proved(pointer, used, &request))
            .ok_or(Kept::NoRoom)
    }

    /// Resizes a block that was proved, and whose alignment was, if there is room anywhere.
    fn resize_proved(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        request: &Request<C>,
    ) -> Option<NonNull<u8>> {
        if let Some(resized) = self.resize_nearby(pointer, used, request) {
            return Some(resized);
        }
        if let Some(moved) = self.move_elsewhere(pointer, used, request) {
            return Some(moved);
        }
        if !C::SLAB.keeps_spare {
            return None;
        }
        // The search may have had a spare chunk given back that stood beside the block.
        let used = self.arena.verify(pointer)?;
        let resized = self.resize_nearby(pointer, &used, request)?;
        self.arena.count(Counter::Failures, -1);
        Some(resized)
    }

    /// Resizes within the block and its free neighbours: in place if it can, else the contents slide.
    #[inline(always)]
    fn resize_nearby(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        request: &Request<C>,
    ) -> Option<NonNull<u8>> {
        let arena = self.arena;
        let mut hole = Hole::and_next(used);
        let placement = match request.place_as(arena, hole, used.form::<C>()) {
            Some(placement) if placement.gap == 0 => placement,
            _ => {
                hole = Hole::around(used);
                request.place(arena, hole)?
            }
        };
        let from = arena.offset_of(pointer);
        let to = placement.payload(arena, hole);
        arena.empty(used, hole);
        arena.uncount(used);
        // The new headers and links all stand outside the new payload, but perhaps in the old one.
        if from != to {
            arena.copy(from, to, used.payload_size::<C>().min(request.size));
        }
        arena.carve(hole, placement, request);
        Some(arena.pointer(to))
    }

    /// Allocates, copies, frees.
    #[inline(always)]
    fn move_elsewhere(
        &mut self,
        pointer: NonNull<u8>,
        used: &Used,
        request: &Request<C>,
    ) -> Option<NonNull<u8>> {
        let moved = self.take_request(request)?;
        let arena = self.arena;
        arena.copy(
            arena.offset_of(pointer),
            arena.offset_of(moved),
            used.payload_size::<C>().min(request.size),
        );
        // The caller gave the block up, and its contents are copied.
        self.give_back(pointer).then_some(moved)
    }
}
