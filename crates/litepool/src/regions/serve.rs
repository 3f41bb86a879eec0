//! Which region serves a request.

use core::ptr::NonNull;

use super::Regions;
use crate::arena::Arena;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{AllocError, FreeError};
use crate::event::What;
use crate::heap::Heap;
use crate::record::Caller;

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// Gets `size` bytes, aligned to the granule, from the first region that has room, beginning with the
    /// [preferred](Self::set_preferred) one.
    ///
    /// Time as [`Heap::allocate`](crate::Heap::allocate), for each region that is asked.
    ///
    /// # Errors
    ///
    /// As [`Heap::allocate`](crate::Heap::allocate). [`AllocError::Exhausted`] tells what is free in all regions, and the largest request
    /// that one of them could have served; it counts as one failure, of the region that was asked first.
    #[inline(always)]
    pub fn allocate(&mut self, size: usize) -> Result<NonNull<u8>, AllocError> {
        if MORE == 0 {
            return self.first.allocate(size);
        }
        self.check_if_whole().map_err(AllocError::Corrupt)?;
        let caller = Arena::<C>::caller();
        let start = self.preferred();
        if let Some(heap) = self.heap_mut(start)
            && let Some(pointer) = heap.try_shortly(size)
        {
            self.keep_peak();
            self.note_new(start, pointer, size, 1, &caller);
            return Ok(pointer);
        }
        self.allocate_joined(start, size, 1, &caller)
    }

    /// Gets `size` bytes on a multiple of `align`, a power of two, as [`Regions::allocate`].
    ///
    /// # Errors
    ///
    /// [`AllocError::BadAlignment`], else as [`Regions::allocate`].
    #[inline(always)]
    pub fn allocate_aligned(
        &mut self,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if MORE == 0 {
            return self.first.allocate_aligned(size, align);
        }
        self.check_if_whole().map_err(AllocError::Corrupt)?;
        self.allocate_joined(self.preferred(), size, align, &Arena::<C>::caller())
    }

    /// As [`Regions::allocate_aligned`], beginning with `region`.
    ///
    /// # Errors
    ///
    /// [`AllocError::NoSuchRegion`], else as [`Regions::allocate_aligned`].
    pub fn allocate_preferring(
        &mut self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if self.heap(region).is_none() {
            return Err(AllocError::NoSuchRegion);
        }
        self.check_if_whole().map_err(AllocError::Corrupt)?;
        self.allocate_joined(region, size, align, &Arena::<C>::caller())
    }

    /// As [`Regions::allocate_aligned`], from `region` and no other.
    ///
    /// # Errors
    ///
    /// [`AllocError::NoSuchRegion`], else as [`Heap::allocate_aligned`](crate::Heap::allocate_aligned): what
    /// [`AllocError::Exhausted`] tells is true of this region.
    pub fn allocate_in(
        &mut self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.check_if_whole().map_err(AllocError::Corrupt)?;
        let caller = Arena::<C>::caller();
        let heap = self.heap_mut(region).ok_or(AllocError::NoSuchRegion)?;
        let taken = heap.try_allocate(size, align);
        let taken = taken.ok_or_else(|| heap.refusal(size, align));
        if let Err(AllocError::Exhausted { .. }) = taken {
            heap.arena().count(Counter::Failures, 1);
        }
        match taken {
            Ok(pointer) => {
                self.keep_peak();
                self.note_new(region, pointer, size, align, &caller);
            }
            Err(error) => heap.tell(|| What::NotAllocated { size, align, error }),
        }
        taken
    }

    /// Gets a block from the first region that has room, beginning with `start`, which there is.
    #[inline(never)]
    fn allocate_joined(
        &mut self,
        start: usize,
        size: usize,
        align: usize,
        caller: &Caller,
    ) -> Result<NonNull<u8>, AllocError> {
        let Some(pointer) = self.take_from(start, None, size, align) else {
            let error = self.refuse(start, size, align);
            self.first
                .tell(|| What::NotAllocated { size, align, error });
            return Err(error);
        };
        let (region, _) = self.region_of(pointer);
        self.note_new(region, pointer, size, align, caller);
        Ok(pointer)
    }

    /// Signs a block that was just handed out in `region`, and tells of it. The first region numbers the blocks of all.
    #[inline(always)]
    fn note_new(
        &mut self,
        region: usize,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
        caller: &Caller,
    ) {
        let numbers = self.first.arena();
        if Arena::<C>::IS_NOTED
            && let Some(heap) = self.heap_mut(region)
        {
            heap.note_new(pointer, size, align, numbers, caller);
        }
    }

    /// Gets `size` bytes on a multiple of `align` for somebody else than [`Config::caller`] says: as
    /// [`Regions::allocate_aligned`] otherwise.
    ///
    /// # Errors
    ///
    /// As [`Regions::allocate_aligned`].
    pub fn allocate_for(
        &mut self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if MORE == 0 {
            return self.first.allocate_for(caller, size, align);
        }
        self.check_if_whole().map_err(AllocError::Corrupt)?;
        self.allocate_joined(self.preferred(), size, align, caller)
    }

    /// Gets a block from the first region that has room, beginning with `start`, and not from the one to `leave` out.
    pub(super) fn take_from(
        &mut self,
        start: usize,
        leave: Option<usize>,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        let order = (0..=MORE).filter(|&region| region != start);
        let taken = core::iter::once(start)
            .chain(order)
            .filter(|&region| Some(region) != leave)
            .find_map(|region| self.heap_mut(region)?.try_allocate(size, align))?;
        self.keep_peak();
        Some(taken)
    }

    /// Why no region had room for a request, which is counted if it made sense.
    #[cold]
    pub(super) fn refuse(&mut self, start: usize, size: usize, align: usize) -> AllocError {
        let mut refusal = self.first.refusal(size, align);
        if let AllocError::Exhausted {
            free, largest_free, ..
        } = &mut refusal
        {
            for heap in self.heaps().skip(1) {
                if let AllocError::Exhausted {
                    free: more,
                    largest_free: other,
                    ..
                } = heap.refusal(size, align)
                {
                    *free = free.wrapping_add(more);
                    *largest_free = other.max(*largest_free);
                }
            }
            if let Some(heap) = self.heap(start) {
                heap.arena().count(Counter::Failures, 1);
            }
        }
        refusal
    }

    /// Gives the block at `pointer` back to its region, as [`Heap::free`](crate::Heap::free). A pointer between two regions is
    /// [`FreeError::OutOfPool`].
    ///
    /// # Errors
    ///
    /// As [`Heap::free`](crate::Heap::free).
    ///
    /// # Safety
    ///
    /// As [`Heap::free`](crate::Heap::free), of a used block in one of the regions.
    #[inline(always)]
    pub unsafe fn free(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        if MORE == 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.first.free(pointer) };
        }
        self.check_if_whole().map_err(FreeError::Corrupt)?;
        if self.first.holds(pointer) {
            // SAFETY: the caller's promise.
            return unsafe { self.first.free(pointer) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.free_elsewhere(pointer) }
    }

    /// Gives a block back that is not in the first region.
    ///
    /// # Safety
    ///
    /// As [`Regions::free`].
    #[inline(never)]
    unsafe fn free_elsewhere(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        self.free_in_region(pointer, |heap| unsafe { heap.free(pointer) })
    }

    /// Has the region of `pointer` give a block back in the way of `free`.
    #[inline(always)]
    pub(super) fn free_in_region(
        &mut self,
        pointer: NonNull<u8>,
        free: impl FnOnce(&mut Heap<'m, C>) -> Result<(), FreeError>,
    ) -> Result<(), FreeError> {
        let (region, _) = self.region_of(pointer);
        let heap = self.heap_mut(region).ok_or(FreeError::OutOfPool)?;
        free(heap).map_err(|error| error.in_region(region))
    }

    /// Bytes that the holder of the block at `pointer` may use, as [`Heap::usable_size`](crate::Heap::usable_size).
    ///
    /// # Errors
    ///
    /// As [`Regions::free`].
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        let (region, heap) = self.region_of(pointer);
        heap.usable_size(pointer)
            .map_err(|error| error.in_region(region))
    }

    /// Gives back what waits in every region, as [`Heap::trim`](crate::Heap::trim). Says whether there was anything.
    pub fn trim(&mut self) -> bool {
        self.heaps_mut()
            .fold(false, |trimmed, heap| heap.trim() | trimmed)
    }

    /// The check before every operation, with [`Check::Whole`](crate::Check::Whole).
    #[inline(always)]
    pub(super) fn check_if_whole(&self) -> Result<(), crate::Corruption> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check()
        } else {
            Ok(())
        }
    }

    /// More may be used of all regions than ever before.
    #[inline]
    pub(super) fn keep_peak(&self) {
        if MORE != 0 && self.more.iter().any(|place| place.heap.is_some()) {
            self.raise_peak(self.used());
        }
    }

    /// So many granules were used.
    pub(super) fn raise_peak(&self, used: u32) {
        let first = self.first.arena();
        if used > first.common_peak() {
            first.set_common_peak(used);
        }
    }

    /// Granules in used blocks of all regions.
    pub(super) fn used(&self) -> u32 {
        self.heaps()
            .fold(0, |used, heap| heap.arena().used().saturating_add(used))
    }
}
