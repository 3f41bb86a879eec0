//! Allocate and free: which region serves, what is counted, and who is notified.

use core::ptr::NonNull;

use super::Regions;
use crate::config::Config;
use crate::error::{AllocError, FreeError};
use crate::event::What;
use crate::heap::{Region, Shortage, Stamp};
use crate::track::Caller;
use crate::track::sealed::Record as _;

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// Allocates `size` bytes, aligned to the granule. Their contents are whatever was there.
    ///
    /// Time is the algorithm's: with [`Tlsf`](crate::fit::Tlsf) constant, save for the search of a
    /// request's own list, which its parameter bounds; with [`BestFit`](crate::fit::BestFit) a step
    /// per bit of the size; with [`BestFitLittle`](crate::fit::BestFitLittle) linear in the number
    /// of blocks. An object of the slab takes constant time; the first one of a slab takes what
    /// the algorithm needs for that. Where no room is found, the empty slabs that are kept are
    /// freed first, a step for each class.
    ///
    /// # Errors
    ///
    /// [`AllocError::ZeroSize`], [`AllocError::Exhausted`]; [`Regions::shortage`] tells more. It
    /// counts as one failure, of the region that was asked first.
    #[inline]
    pub fn allocate(&mut self, size: usize) -> Result<NonNull<u8>, AllocError> {
        self.allocate_aligned(size, 1)
    }

    /// As [`Regions::allocate`], on a multiple of `align`: a power of two, or it is
    /// [`AllocError::BadAlignment`].
    ///
    /// Only when no free block is certainly large enough, each one is looked at for one that is
    /// well placed; an algorithm with a bound refuses the request then.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use litepool::{Heap, config::Pool256K};
    ///
    /// let mut memory = [MaybeUninit::uninit(); 2048];
    /// let mut heap = Heap::<Pool256K>::new(&mut memory)?;
    /// // For a DMA controller that moves whole cache lines.
    /// let buffer = heap.allocate_aligned(256, 32)?;
    /// assert!(buffer.addr().get().is_multiple_of(32));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn allocate_aligned(
        &mut self,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.try_allocate(size, align)
            .ok_or_else(|| AllocError::of(size, align))
    }

    /// [`Regions::allocate_aligned`] without saying why not.
    #[inline]
    pub fn try_allocate(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        self.allocate_from(self.preferred(), true, &C::caller(), size, align)
    }

    /// Allocates `size` bytes on a multiple of `align` for somebody else than [`Config::caller`]
    /// says: as [`Regions::allocate_aligned`] otherwise.
    pub fn allocate_for(
        &mut self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.allocate_from(self.preferred(), true, caller, size, align)
            .ok_or_else(|| AllocError::of(size, align))
    }

    /// As [`Regions::allocate_aligned`], beginning with `region`; or
    /// [`AllocError::NoSuchRegion`].
    pub fn allocate_preferring(
        &mut self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.get(region).ok_or(AllocError::NoSuchRegion)?;
        self.allocate_from(region, true, &C::caller(), size, align)
            .ok_or_else(|| AllocError::of(size, align))
    }

    /// As [`Regions::allocate_preferring`], from `region` and no other.
    pub fn allocate_in(
        &mut self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.get(region).ok_or(AllocError::NoSuchRegion)?;
        self.allocate_from(region, false, &C::caller(), size, align)
            .ok_or_else(|| AllocError::of(size, align))
    }

    /// Allocates from `start`, which there is, or `elsewhere`: from the first region that has
    /// room.
    #[inline]
    fn allocate_from(
        &mut self,
        start: usize,
        elsewhere: bool,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        let stamp = C::Record::stamp(caller, self.first.chain());
        match self.get_mut(start)?.take(size, align, stamp) {
            Some(pointer) => self.finish_allocation(start, pointer, size, align),
            None if elsewhere => self.allocate_elsewhere(start, size, align, stamp),
            None => self.refuse(start, size, align),
        }
    }

    /// The same where `start` has no room.
    #[cold]
    fn allocate_elsewhere(
        &mut self,
        start: usize,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<NonNull<u8>> {
        match self.take(start, start, size, align, stamp) {
            Some((region, pointer)) => self.finish_allocation(region, pointer, size, align),
            None => self.refuse(start, size, align),
        }
    }

    /// Allocates from the first region that has room, `start` before the others, and `except` not
    /// at all; says which. Nobody is notified.
    pub(super) fn take(
        &mut self,
        start: usize,
        except: usize,
        size: usize,
        align: usize,
        stamp: Stamp<C>,
    ) -> Option<(usize, NonNull<u8>)> {
        (0..=MORE).find_map(|turn| {
            let region = match turn {
                0 => start,
                _ if turn <= start => turn - 1,
                _ => turn,
            };
            let heap = self.get_mut(region).filter(|_| except != region)?;
            Some((region, heap.take(size, align, stamp)?))
        })
    }

    /// Uses the number, keeps the peak, and notifies of a block that was allocated in `region`.
    #[inline]
    fn finish_allocation(
        &mut self,
        region: usize,
        pointer: NonNull<u8>,
        size: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        C::Record::use_number(self.first.chain());
        self.keep_peak();
        self.get_mut(region)?.notify_allocated(pointer, size, align);
        Some(pointer)
    }

    /// Counts what was refused, in the region that was asked first, and notifies.
    #[cold]
    #[inline(never)]
    fn refuse(&mut self, start: usize, size: usize, align: usize) -> Option<NonNull<u8>> {
        self.get(start)?.count_failure(size, align);
        self.first.notify(What::NotAllocated { size, align });
        None
    }

    /// What a request of `request` bytes that was refused would have found in all regions, and the
    /// largest request that one of them could serve. Time as [`Regions::stats`].
    #[must_use]
    pub fn shortage(&self, request: usize) -> Shortage {
        let stats = self.stats();
        Shortage {
            request,
            free: stats.free.wrapping_sub(stats.free_in_slabs),
            largest_free: stats.largest_free,
        }
    }

    /// Frees the slab's empty slabs in every region; says whether there was one. A step for each
    /// class.
    pub fn trim(&mut self) -> bool {
        (0..=MORE).fold(false, |is_trimmed, number| {
            self.get_mut(number).is_some_and(Region::trim) | is_trimmed
        })
    }

    /// Frees the block at `pointer` and merges it with its free neighbours; an object of the slab
    /// goes back to its slab. Constant time; with [`BestFit`](crate::fit::BestFit) a step per bit
    /// of the sizes.
    ///
    /// # Errors
    ///
    /// See [`FreeError`]: the pointer is proved to be a used block whose neighbours are intact, or
    /// a slot of a slab that is in use. On an error the heap is unchanged. Why it was refused is
    /// found in a step for each block; who does not ask calls [`Regions::try_free`].
    ///
    /// # Safety
    ///
    /// If a used block of this heap begins at `pointer`, it is the caller's to free, and nothing
    /// uses it any more. Any other pointer is an error, unless the words around it were forged to
    /// look like neighbouring blocks.
    #[inline]
    pub unsafe fn free(&mut self, pointer: NonNull<u8>) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.try_free(pointer) }
            .then_some(())
            .ok_or_else(|| self.explain_free(pointer))
    }

    /// [`Regions::free`] without saying why not.
    ///
    /// # Safety
    ///
    /// As [`Regions::free`].
    #[inline]
    pub unsafe fn try_free(&mut self, pointer: NonNull<u8>) -> bool {
        let region = self.region_of_mut(pointer);
        let is_free = region.release(pointer);
        region.notify(if is_free {
            What::Freed { pointer }
        } else {
            What::NotFreed { pointer }
        });
        is_free
    }

    /// Why the block at `pointer` can't be freed; [`FreeError::NotABlock`] if it can. Time linear
    /// in the number of blocks.
    #[cold]
    #[must_use]
    pub fn explain_free(&self, pointer: NonNull<u8>) -> FreeError {
        let (number, region) = self.region_of(pointer);
        region.explain_free(pointer).in_region(number)
    }

    /// Bytes that the owner of the block at `pointer` may use: its size, rounded up. Constant
    /// time; a pointer is refused as by [`Regions::free`].
    pub fn usable_size(&self, pointer: NonNull<u8>) -> Result<usize, FreeError> {
        self.try_usable_size(pointer)
            .ok_or_else(|| self.explain_free(pointer))
    }

    /// [`Regions::usable_size`] without saying why not.
    #[must_use]
    pub fn try_usable_size(&self, pointer: NonNull<u8>) -> Option<usize> {
        self.region_of(pointer).1.usable_size(pointer)
    }

    /// Notifies that the pool is deinitialised.
    pub(crate) fn notify_deinit(&self) {
        self.first.notify(What::Deinitialised);
    }
}

impl FreeError {
    /// The same, in a region of several.
    #[inline]
    pub(super) fn in_region(self, region: usize) -> Self {
        match self {
            Self::Corrupt(corruption) => Self::Corrupt(corruption.in_region(region)),
            error => error,
        }
    }
}
