//! What [`Regions`](crate::Regions) ask of the heap in one of them.

use core::ptr::NonNull;

use super::Heap;
use crate::block::Alignment;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{AllocError, ResizeError};

impl<C: Config> Heap<'_, C> {
    /// Is `pointer` within the heap's memory?
    #[inline(always)]
    pub(crate) fn holds(&self, pointer: NonNull<u8>) -> bool {
        self.arena.offset_of(pointer) < self.arena.size()
    }

    /// The short way of [`Heap::allocate`], which counts no failure; where code is to be small there is none.
    #[inline(always)]
    pub(crate) fn try_shortly(&mut self, size: usize) -> Option<NonNull<u8>> {
        if C::COMPACT {
            return None;
        }
        self.allocate_shortly(size)
    }

    /// [`Heap::allocate_aligned`] in one of several regions: without a check of the whole heap, without saying why not, and without
    /// counting a failure.
    pub(crate) fn try_allocate(&mut self, size: usize, align: usize) -> Option<NonNull<u8>> {
        let failures = self.arena.counter(Counter::Failures);
        let taken = self.take_aligned(size, align);
        if taken.is_none() {
            self.arena.set_counter(Counter::Failures, failures);
        }
        taken
    }

    /// Why a request found no room.
    pub(crate) fn refusal(&self, size: usize, align: usize) -> AllocError {
        self.arena.refusal(size, align)
    }

    /// Resizes with `work`, and gives, beside what that gave, the most granules that were used on the way. A request that finds no
    /// room is not counted.
    pub(crate) fn resize_watched<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, ResizeError>,
    ) -> (Result<T, ResizeError>, u32) {
        let arena = self.arena;
        let (peak, failures) = (
            arena.counter(Counter::Peak),
            arena.counter(Counter::Failures),
        );
        self.reset_peak();
        let done = work(self);
        let most = arena.counter(Counter::Peak);
        arena.set_counter(Counter::Peak, peak.max(most));
        if done.is_err() {
            arena.set_counter(Counter::Failures, failures);
        }
        (done, most)
    }

    /// How many bytes behind `pointer` a block of `size` bytes takes along to another region, and the alignment that it is to have
    /// there: `align`, or what it remembers.
    pub(crate) fn luggage(
        &self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
    ) -> Option<(usize, usize)> {
        let arena = self.arena;
        let tag = arena.tag_of_pointer(pointer);
        if tag.is_some() {
            let object = arena.verify_object(pointer, tag)?;
            let remembered = || arena.object_alignment(object);
            return Some((
                object.size::<C>().min(size),
                align.unwrap_or_else(remembered),
            ));
        }
        let used = arena.verify(pointer)?;
        let remembered = if used.header.is_aligned() {
            arena.alignment(used.block, used.header, used.size)
        } else {
            Alignment::NONE
        };
        let kept = used.room::<C>().min(size);
        Some((kept, align.unwrap_or(remembered.bytes())))
    }
}
