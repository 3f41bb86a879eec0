//! The heap: blocks are cut from free ones, and merge again, over any [`Fit`](crate::fit::Fit).
//!
//! ```text
//!   pool:   | control block, slab's and Fit's state | block | block | ...            | block | end |
//! ```
//!
//! Every step of splitting and merging is written once, here and in the modules below:
//!
//! - `carve.rs`: a hole becomes a used block, and what is left of it free blocks
//! - `place.rs`: where in a hole an aligned or a large request stands
//! - `verify.rs`: a pointer is proved to be a block, with its neighbours; `diagnose.rs`: why it was not
//! - `region.rs`: what several joined heaps ask of each
//! - `resize.rs`: a block grows or shrinks, in place where it can; `object.rs`: the same for an object of the slab

mod carve;
mod diagnose;
mod object;
mod place;
mod region;
mod resize;
mod verify;

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::arena::Arena;
use crate::block::{Alignment, Block, Header};
use crate::check::check_opened;
use crate::config::Config;
use crate::control::{Counter, Plan};
use crate::error::{AllocError, AttachError, FreeError, InitError};
use crate::event::What;
use crate::record::Caller;
use carve::Hole;
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

// SAFETY: a heap owns its memory exclusively, and nothing in it belongs to a thread.
unsafe impl<C: Config> Send for Heap<'_, C> {}

impl<'m, C: Config> Heap<'m, C> {
    /// Makes a pool of `memory`.
    ///
    /// Bytes at either end that do not make a whole granule are left out. Time grows with the number of free
    /// lists that a pool of this size can fill: with [`Tlsf`](crate::fit::Tlsf) 223 at the most. With a slab it also grows
    /// with the pool, by a byte for each place of a chunk, and with the chunks that the slab begins with.
    ///
    /// # Errors
    ///
    /// [`InitError::TooSmall`] and [`InitError::TooLarge`]; the memory is untouched.
    pub fn new(memory: &'m mut [MaybeUninit<u8>]) -> Result<Self, InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { Self::from_raw(base, size) }
    }

    /// Makes a pool of the `size` bytes at `base`, for addresses from a linker script.
    ///
    /// # Errors
    ///
    /// [`InitError::Misaligned`] unless base and size are multiples of the granule, else as [`Heap::new`]; the
    /// memory is untouched.
    ///
    /// # Safety
    ///
    /// The bytes are valid for reads and writes for `'m`, and nothing else uses them, except blocks that this
    /// heap hands out.
    pub unsafe fn from_raw(base: NonNull<u8>, size: usize) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        unsafe { Self::from_raw_with_slab_bytes(base, size, &[]) }
    }

    /// Makes a pool of `memory` whose slab begins with so many bytes of chunks for each class, rounded up to whole chunks.
    /// Classes beyond the end of `bytes` begin with what the [`Slab`](crate::slab::Slab) says.
    ///
    /// If all of them together are more than half of the pool, none are taken.
    ///
    /// # Errors
    ///
    /// As [`Heap::new`].
    pub fn with_slab_bytes(
        memory: &'m mut [MaybeUninit<u8>],
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { Self::from_raw_with_slab_bytes(base, size, bytes) }
    }

    /// [`Heap::with_slab_bytes`] for addresses from a linker script.
    ///
    /// # Errors
    ///
    /// As [`Heap::from_raw`].
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`].
    pub unsafe fn from_raw_with_slab_bytes(
        base: NonNull<u8>,
        size: usize,
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        let plan = plan::<C>(base, size)?;
        // SAFETY: the caller's promise; the plan is of this size.
        let heap = unsafe { Self::over(base, plan) };
        heap.arena.initialise();
        heap.arena
            .initialise_slab(&|class| bytes.get(class).copied().unwrap_or(C::SLAB.initial));
        heap.tell(|| What::Initialised { size });
        Ok(heap)
    }

    /// Opens the pool that is already in the `size` bytes at `base`: after a warm restart, or a copy of a
    /// device's memory. The machine that made it may have had another word size.
    ///
    /// The whole pool is checked first: time is linear in the number of blocks, and with a slab in the pool's size.
    ///
    /// # Errors
    ///
    /// See [`AttachError`]; the memory is untouched. (On success, [`Check::Hardened`](crate::Check::Hardened) with a slab
    /// writes the seals of the chunks: the pool may have been in use without.)
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`], and the bytes are initialised, with whatever.
    pub unsafe fn attach(base: NonNull<u8>, size: usize) -> Result<Self, AttachError> {
        let plan = plan::<C>(base, size).map_err(AttachError::Memory)?;
        // SAFETY: the caller's promise; the plan is of this size.
        let heap = unsafe { Self::over(base, plan) };
        let (found, expected) = (heap.arena.identity(), heap.arena.expected_identity());
        if !found.is_pool() {
            return Err(AttachError::NotAPool);
        }
        if !found.is_this_version() {
            return Err(AttachError::Version {
                found: found.format as u8,
            });
        }
        if found.format != expected.format {
            return Err(AttachError::Configuration {
                found: found.format.to_le_bytes(),
                expected: expected.format.to_le_bytes(),
            });
        }
        if !heap.arena.states_slab() {
            return Err(AttachError::Slab {
                found: heap.arena.stated_slab(),
                expected: Arena::<C>::SLAB_DESCRIPTOR,
            });
        }
        if !heap.arena.states_record() {
            return Err(AttachError::Record {
                found: heap.arena.stated_record(),
                expected: Arena::<C>::RECORD_DESCRIPTOR,
            });
        }
        if found.extent != expected.extent {
            return Err(AttachError::Size {
                found: (found.extent as usize).saturating_mul(Arena::<C>::GRANULE),
                given: size,
            });
        }
        check_opened(heap.arena).map_err(AttachError::Corrupt)?;
        heap.arena.seal_chunks();
        heap.tell(|| What::Initialised { size });
        Ok(heap)
    }

    /// # Safety
    ///
    /// As [`Heap::from_raw`]; `plan` is of the memory's size.
    unsafe fn over(base: NonNull<u8>, plan: Plan) -> Self {
        Self {
            // SAFETY: the caller's promise.
            arena: unsafe { Arena::new(base, plan.end, plan.first) },
            memory: PhantomData,
        }
    }

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
        let taken = self.take(size);
        self.hand_out(taken, size, 1, C::caller)
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
        self.hand_out(taken, size, align, || *caller)
    }

    /// Signs what was taken for a request, and tells of it; or says why there was nothing.
    #[inline(always)]
    fn hand_out(
        &self,
        taken: Option<NonNull<u8>>,
        size: usize,
        align: usize,
        caller: impl FnOnce() -> Caller,
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

    /// Signs a block that was just handed out, with a number of the pool `numbers`, and tells of it.
    #[inline(always)]
    pub(crate) fn note_new(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
        numbers: Arena<C>,
        caller: impl FnOnce() -> Caller,
    ) {
        self.arena.sign(pointer, numbers, caller);
        self.tell(|| What::Allocated {
            pointer,
            size,
            align,
        });
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
        let taken = self.take_aligned(size, align);
        self.hand_out(taken, size, align, C::caller)
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

    /// Gives the block at `pointer` back, and merges it with its free neighbours; an object of the slab goes back to its
    /// chunk. Constant time; with [`BestFit`](crate::fit::BestFit) a step per bit of the sizes.
    ///
    /// With [`Coalesce::Deferred`](crate::config::Coalesce) a small block may wait instead, and the free after which less than half of
    /// the pool is free otherwise merges all that wait: one step for each.
    ///
    /// # Errors
    ///
    /// See [`FreeError`]: unless [`Config::CHECK`] is off, the pointer is proved to be a used block whose
    /// neighbours are intact, or a slot of the slab that is taken. On an error the heap is unchanged.
    ///
    /// # Safety
    ///
    /// If a used block of this heap begins at `pointer`, it is the caller's to give back, and nothing uses it
    /// any more. Any other pointer is an error, unless the words around it were forged to look like three
    /// neighbouring blocks.
    #[inline(always)]
    pub unsafe fn free(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        self.free_as(pointer, Some(What::Freed { pointer }))
    }

    /// Gives the block at `pointer` back, and tells of it as of `what`.
    #[inline(always)]
    pub(crate) fn free_as(
        &mut self,
        pointer: NonNull<u8>,
        what: Option<What>,
    ) -> Result<(), FreeError> {
        if Arena::<C>::IS_NOTED {
            self.free_noted(pointer, what, Self::give)
        } else {
            self.give(pointer)
        }
    }

    /// Frees in the way of `give`, discharges the holder, and tells of it as of `what`.
    #[inline(always)]
    fn free_noted(
        &mut self,
        pointer: NonNull<u8>,
        what: Option<What>,
        give: impl FnOnce(&mut Self, NonNull<u8>) -> Result<(), FreeError>,
    ) -> Result<(), FreeError> {
        let freed = self.arena.claim(pointer).and_then(|claim| {
            give(self, pointer)?;
            self.arena.discharge(&claim);
            Ok(())
        });
        match freed {
            Ok(()) => what.into_iter().for_each(|what| self.tell(|| what)),
            Err(error) => self.tell(|| What::NotFreed { pointer, error }),
        }
        freed
    }

    /// [`Heap::free`], of which nothing is noted.
    #[inline(always)]
    pub(crate) fn give(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if Arena::<C>::HAS_SLAB {
            let tag = self.arena.tag_of_pointer(pointer);
            if !tag.is_some() {
                return self.free_block_behind_slab(pointer);
            }
            if self.free_object(pointer, tag) {
                return Ok(());
            }
            return Err(self.arena.diagnose(pointer));
        }
        self.free_block(pointer)
    }

    #[inline(never)]
    fn free_block_behind_slab(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        self.free_block(pointer)
    }

    /// Gives a block of the chain back. The common cases have ways of their own.
    #[inline(always)]
    fn free_block(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if C::COMPACT {
            return match self.change(pointer, None, None) {
                Ok(_) => Ok(()),
                Err(_) => Err(self.arena.diagnose(pointer)),
            };
        }
        match self.arena.verify_ordinary(pointer) {
            Some(found) if self.arena.put_waiting(&found) => Ok(()),
            Some(found) if Arena::<C>::HAS_QUICK => self.free_behind_waiting(
                found.block,
                found.header,
                found.next_header,
                found.previous_header,
            ),
            Some(found) => self.free_ordinary(&found),
            None => self.free_unusual(pointer),
        }
    }

    /// Gives an ordinary block back that is not to wait.
    #[inline(never)]
    fn free_behind_waiting(
        &mut self,
        block: Block,
        header: Header,
        next_header: Header,
        previous_header: Header,
    ) -> Result<(), FreeError> {
        if self.arena.must_merge_waiting() {
            self.arena.merge_waiting();
            return self.free_unusual(self.arena.pointer(self.arena.offset(block)));
        }
        self.free_ordinary(&Ordinary {
            block,
            header,
            next_header,
            previous_header,
        })
    }

    /// Gives an ordinary block back, and merges it.
    #[inline(always)]
    fn free_ordinary(&mut self, found: &Ordinary) -> Result<(), FreeError> {
        if found.is_between_used::<C>() {
            self.arena.release_alone(found);
            return Ok(());
        }
        self.free_beside_free(
            found.block,
            found.header,
            found.next_header,
            found.previous_header,
        )
    }

    /// Gives an ordinary block back that has a free neighbour.
    #[inline(never)]
    fn free_beside_free(
        &mut self,
        block: Block,
        header: Header,
        next_header: Header,
        previous_header: Header,
    ) -> Result<(), FreeError> {
        let arena = self.arena;
        let found = Ordinary {
            block,
            header,
            next_header,
            previous_header,
        };
        let Some(used) = arena.verify_free_neighbours(&found) else {
            return Err(arena.diagnose(arena.pointer(arena.offset(block))));
        };
        arena.merge(&used);
        arena.uncount(&used);
        Ok(())
    }

    /// Gives the block or the object at `pointer` back and merges it at once, so that only its neighbours change. It is noted as
    /// [`Heap::free`] does.
    pub(crate) fn give_at_once(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let what = What::Freed { pointer };
        self.free_noted(pointer, Some(what), |heap, pointer| {
            let tag = heap.arena.tag_of_pointer(pointer);
            if !tag.is_some() {
                return heap.free_unusual(pointer);
            }
            if heap.free_object(pointer, tag) {
                Ok(())
            } else {
                Err(heap.arena.diagnose(pointer))
            }
        })
    }

    /// Gives any block back.
    #[inline(never)]
    fn free_unusual(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        let Some(used) = self.arena.verify(pointer) else {
            return Err(self.arena.diagnose(pointer));
        };
        self.arena.merge(&used);
        self.arena.uncount(&used);
        Ok(())
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
            self.arena
                .verify(pointer)
                .map(|used| used.payload_size::<C>())
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

/// The whole granules of `memory`.
pub(crate) fn trimmed<C: Config>(
    memory: &mut [MaybeUninit<u8>],
) -> Result<(NonNull<u8>, usize), InitError> {
    let granule = Arena::<C>::GRANULE;
    let skipped = memory.as_ptr().addr().wrapping_neg().rem_euclid(granule);
    let memory = memory.get_mut(skipped..).ok_or(InitError::TooSmall)?;
    let size = memory.len() - memory.len() % granule;
    Ok((NonNull::from(memory).cast(), size))
}

/// Divides the memory at `base`, or says why it can't be a pool.
pub(crate) fn plan<C: Config>(base: NonNull<u8>, size: usize) -> Result<Plan, InitError> {
    let granule = Arena::<C>::GRANULE;
    if !base.addr().get().is_multiple_of(granule) || !size.is_multiple_of(granule) {
        return Err(InitError::Misaligned);
    }
    Plan::of::<C>(size)
}
