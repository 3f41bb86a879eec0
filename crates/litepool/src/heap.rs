//! The heap: blocks are cut from free ones, and merge again, over any [`Fit`](crate::fit::Fit).
//!
//! ```text
//!   pool:   | control block, slab's and Fit's state | block | block | ...            | block | end |
//! ```
//!
//! Every step of splitting and merging is written once, here and in the modules below:
//!
//! - `open.rs`: a heap is made, or opened; `free.rs`: a block is given back
//! - `carve.rs`: a hole becomes a used block, and what is left of it free blocks
//! - `place.rs`: where in a hole an aligned or a large request stands
//! - `verify.rs`: a pointer is proved to be a block, with its neighbours; `diagnose.rs`: why it was not
//! - `region.rs`: what several joined heaps ask of each
//! - `resize.rs`: a block grows or shrinks, in place where it can; `object.rs`: the same for an object of the slab

mod carve;
mod diagnose;
mod free;
mod object;
mod open;
mod place;
mod region;
mod resize;
mod verify;

use core::marker::PhantomData;
use core::mem::{self, MaybeUninit};
use core::ptr::NonNull;

use crate::arena::Arena;
use crate::block::Alignment;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{AllocError, FreeError};
use crate::event::What;
use crate::record::Caller;
use carve::Hole;
pub(crate) use open::{plan, trimmed};
use place::Request;
pub(crate) use place::padded;
pub(crate) use resize::Resized;
pub(crate) use verify::{Ordinary, payload_size};

/// One thread's heap in memory that the caller owns.
///
/// The handle is small and holds nothing that the pool does not say as well: dropping it leaves the pool as it
/// is, and [`Heap::attach`] opens it again, in this process or from a copy on another machine.
#[derive(Debug)]
pub struct Heap<'m, C: Config> {
    arena: Arena<C>,
    memory: PhantomData<&'m mut [MaybeUninit<u8>]>,
}

/// A block that the listener is being told of, before its holder has it. Dropped, it is freed.
struct Unreturned<'h, 'm, C: Config> {
    heap: &'h mut Heap<'m, C>,
    pointer: NonNull<u8>,
}

impl<C: Config> Drop for Unreturned<'_, '_, C> {
    fn drop(&mut self) {
        // It was taken just now. Should that have damaged it, it is lost, as it would be later.
        let _ = self.heap.free_silently(self.pointer);
    }
}

// SAFETY: a heap owns its memory exclusively, and nothing in it belongs to a thread.
unsafe impl<C: Config> Send for Heap<'_, C> {}

impl<C: Config> Heap<'_, C> {
    #[inline]
    pub(crate) fn arena(&self) -> Arena<C> {
        self.arena
    }

    /// Gets `size` bytes, aligned to the granule. Their contents are whatever was there.
    ///
    /// Time is the algorithm's: with [`Tlsf`](crate::fit::Tlsf) constant, save for the search of a request's own list
    /// (see [`Config::SEARCH_LIMIT`]); with [`BestFit`](crate::fit::BestFit) a step per bit of the size; with
    /// [`BestFitLittle`](crate::fit::BestFitLittle) linear in the number of blocks. An object of the slab is constant time;
    /// the first one of a chunk is what the algorithm needs for that. Where no room is found, the slab's spare chunks are
    /// given back first, one step for each class that may have one, and blocks that wait
    /// ([`Coalesce::Deferred`](crate::config::Coalesce)) are merged, one step for each.
    ///
    /// # Errors
    ///
    /// [`AllocError::ZeroSize`], [`AllocError::Exhausted`]; with [`Check::Whole`](crate::Check::Whole), [`AllocError::Corrupt`].
    #[inline(always)]
    pub fn allocate(&mut self, size: usize) -> Result<NonNull<u8>, AllocError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(AllocError::Corrupt)?;
        }
        let caller = Arena::<C>::caller();
        let taken = self.take(size);
        self.hand_out(taken, size, 1, &caller)
    }

    /// Gets `size` bytes on a multiple of `align` for somebody else than [`Config::caller`] says: as
    /// [`Heap::allocate_aligned`] otherwise.
    ///
    /// # Errors
    ///
    /// As [`Heap::allocate_aligned`].
    pub fn allocate_for(
        &mut self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(AllocError::Corrupt)?;
        }
        let taken = self.take_aligned(size, align);
        self.hand_out(taken, size, align, caller)
    }

    /// Signs what was taken for a request, and tells of it; or says why there was nothing.
    #[inline(always)]
    fn hand_out(
        &mut self,
        taken: Option<NonNull<u8>>,
        size: usize,
        align: usize,
        caller: &Caller,
    ) -> Result<NonNull<u8>, AllocError> {
        if !Arena::<C>::IS_NOTED {
            return taken.ok_or_else(|| self.arena.refusal(size, align));
        }
        let Some(pointer) = taken else {
            let error = self.arena.refusal(size, align);
            self.tell(|| What::NotAllocated { size, align, error });
            return Err(error);
        };
        self.note_new(pointer, size, align, self.arena, caller);
        Ok(pointer)
    }

    /// Signs a block that was just handed out, with a number of the pool `numbers`, and tells of
    /// it. If who listens unwinds, the block is given back: nobody else knows it.
    #[inline(always)]
    pub(crate) fn note_new(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
        numbers: Arena<C>,
        caller: &Caller,
    ) {
        self.arena.sign(pointer, numbers, caller);
        if C::LISTENS {
            let unreturned = Unreturned {
                heap: self,
                pointer,
            };
            unreturned.heap.tell(|| What::Allocated {
                pointer,
                size,
                align,
            });
            mem::forget(unreturned);
        }
    }

    /// [`Heap::allocate`], without saying why not.
    #[inline(always)]
    fn take(&mut self, size: usize) -> Option<NonNull<u8>> {
        match self.allocate_shortly(size) {
            Some(pointer) => Some(pointer),
            None => self.allocate_unusual(size),
        }
    }

    /// The short way of an allocation: an object, a block that waits or one from the index; or nothing. It returns in a
    /// register.
    #[inline(always)]
    fn allocate_shortly(&mut self, size: usize) -> Option<NonNull<u8>> {
        if Arena::<C>::HAS_SLAB {
            match self.arena.take_object(size) {
                Some(object) => Some(object),
                None => self.allocate_behind_slab(size),
            }
        } else if Arena::<C>::HAS_QUICK {
            match self.allocate_waiting(size) {
                Some(pointer) => Some(pointer),
                None => self.allocate_behind_waiting(size),
            }
        } else {
            self.allocate_indexed(size)
        }
    }

    /// [`Heap::allocate_shortly`] where it is not the first thing to do.
    #[inline(never)]
    fn allocate_apart(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.allocate_shortly(size)
    }

    /// What the short way of an object has nothing for.
    #[inline(never)]
    fn allocate_behind_slab(&mut self, size: usize) -> Option<NonNull<u8>> {
        if let Some(object) = self.arena.take_any_object(size) {
            return Some(object);
        }
        match self.allocate_waiting(size) {
            Some(pointer) => Some(pointer),
            None => self.allocate_indexed(size),
        }
    }

    /// A block that waits, or nothing.
    #[inline(always)]
    fn allocate_waiting(&mut self, size: usize) -> Option<NonNull<u8>> {
        // Zero wraps to a number above any limit.
        if !Arena::<C>::HAS_QUICK || size.wrapping_sub(1) >= Request::<C>::PLAIN_LIMIT {
            return None;
        }
        let block = self.arena.take_waiting(Request::<C>::plain_need(size))?;
        Some(self.arena.pointer(self.arena.offset(block)))
    }

    /// What no block waits for.
    #[inline(never)]
    fn allocate_behind_waiting(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.allocate_indexed(size)
    }

    /// An ordinary block from the index, or nothing.
    #[inline]
    fn allocate_indexed(&mut self, size: usize) -> Option<NonNull<u8>> {
        if C::COMPACT || size.wrapping_sub(1) >= Request::<C>::PLAIN_LIMIT {
            return None;
        }
        let block = self.arena.cut(Request::<C>::plain_need(size))?;
        Some(self.arena.pointer(self.arena.offset(block)))
    }

    /// Gets `size` bytes on a multiple of `align`, a power of two.
    ///
    /// Time as [`Heap::allocate`]; only when no free block is certainly large enough is every block
    /// looked at, for one that is well placed. With [`Config::COMPACT`] every block is always looked at.
    ///
    /// # Errors
    ///
    /// [`AllocError::BadAlignment`], else as [`Heap::allocate`].
    #[inline(always)]
    pub fn allocate_aligned(
        &mut self,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(AllocError::Corrupt)?;
        }
        let caller = Arena::<C>::caller();
        let taken = self.take_aligned(size, align);
        self.hand_out(taken, size, align, &caller)
    }

    /// [`Heap::allocate_aligned`], without saying why not.
    #[inline(always)]
    fn take_aligned(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        if align <= Arena::<C>::GRANULE && align.is_power_of_two() {
            return self.take(size);
        }
        if Arena::<C>::HAS_SLAB
            && let Some(object) = self.arena.take_aligned_object(size, align)
        {
            return Some(object);
        }
        if !C::COMPACT
            && let Some(pointer) = self.allocate_aligned_plain(size, align)
        {
            return Some(pointer);
        }
        self.allocate_placed(size, align)
    }

    /// The short way of an aligned allocation: an ordinary block from the index on a modest boundary, or nothing.
    #[inline(never)]
    fn allocate_aligned_plain(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        // The block also remembers its alignment.
        if size.wrapping_sub(1) >= Request::<C>::PLAIN_LIMIT - 1
            || align > Request::<C>::PLAIN_ALIGN
            || !align.is_power_of_two()
        {
            return None;
        }
        let arena = self.arena;
        let need = Request::<C>::plain_need(size + 1);
        let base = arena.base_address();
        if let Some(block) = arena.take_waiting_on(need, align, base) {
            return Some(arena.pointer(arena.offset(block)));
        }
        let (cut, gap) = match arena.find_placed(need, need, align, base) {
            Some(place) => place,
            None => arena.find_placed(padded::<C>(need, align), need, align, base)?,
        };
        let (block, size) = arena.cut_behind(cut, gap, need, Alignment::of(align));
        arena.count(Counter::UsedBlocks, 1);
        arena.count_used(size);
        Some(arena.pointer(arena.offset(block)))
    }

    /// Serves a request that was found to make sense; without the slab in between where code is to be small.
    fn take_request(&mut self, request: &Request<C>) -> Option<NonNull<u8>> {
        if request.is_aligned() || C::COMPACT && !Arena::<C>::HAS_SLAB {
            self.allocate_placed(request.size, request.align)
        } else {
            self.take(request.size)
        }
    }

    /// Bytes that the holder of the block at `pointer` may use: its size, rounded up. Constant time.
    ///
    /// # Errors
    ///
    /// As [`Heap::free`].
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        let tag = self.arena.tag_of_pointer(pointer);
        let size = if tag.is_some() {
            self.arena
                .verify_object(pointer, tag)
                .map(|object| object.size::<C>())
        } else {
            self.arena.payload_size_at(pointer)
        };
        size.ok_or_else(|| self.arena.diagnose(pointer))
    }

    /// What the short way has nothing for: a large request, one that makes no sense or finds no room.
    #[cold]
    fn allocate_unusual(&mut self, size: usize) -> Option<NonNull<u8>> {
        if C::COMPACT || size.wrapping_sub(1) >= Request::<C>::PLAIN_LIMIT {
            return self.allocate_placed(size, 1);
        }
        if self.trim()
            && let Some(pointer) = self.allocate_indexed(size)
        {
            return Some(pointer);
        }
        self.arena.count(Counter::Failures, 1);
        None
    }

    /// The long way of an allocation, for every request.
    #[cold]
    #[inline(never)]
    fn allocate_placed(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let request = Request::new(size, align)?;
        let mut found = request.find(&self.arena);
        if found.is_none() && self.trim() {
            found = request.find(&self.arena);
        }
        let Some(block) = found else {
            self.arena.count(Counter::Failures, 1);
            return None;
        };
        let hole = Hole::at(self.arena, block);
        let placement = request.place(&self.arena, hole)?;
        self.arena.forget_one(block, hole.size);
        self.arena.carve(hole, placement, &request);
        Some(self.arena.pointer(placement.payload(self.arena, hole)))
    }

    /// Gives the empty chunks back to the Fit that a slab keeps for its next objects ([`Slab::FAST`](crate::slab::Slab)
    /// does), one for a class at the most, and merges the blocks that wait
    /// ([`Coalesce::Deferred`](crate::config::Coalesce)). A request that finds no room does that by itself.
    ///
    /// Says whether there was anything. Constant time for each class and for each block that waits.
    pub fn trim(&mut self) -> bool {
        self.arena.give_spares_back() | (Arena::<C>::HAS_QUICK && self.arena.merge_waiting())
    }
}
