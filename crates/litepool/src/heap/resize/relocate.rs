//! The first half of a resize, whose copy is left to the caller, so that it needs no lock.
//!
//! ```text
//!   begin_resize     in place, or a new block beside the old one; both are used
//!   (the caller)     copies, and frees the old block
//! ```

use core::ptr::NonNull;

use crate::arena::Arena;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{FreeError, ResizeError};
use crate::heap::Heap;
use crate::heap::carve::Hole;

/// What the first half of a resize came to.
#[derive(Clone, Copy)]
pub(crate) enum Resized {
    /// Everything is done, and the block is here.
    Done(NonNull<u8>),
    /// So many bytes are to be copied from the old block to this new one; then the old one is to be freed.
    Copy { to: NonNull<u8>, length: usize },
}

impl<C: Config> Heap<'_, C> {
    /// The first half of [`Heap::resize`], or with an `align` of [`Heap::resize_aligned`]. A block of which no more than
    /// `short` bytes are to be kept is resized at once.
    ///
    /// A longer one stays in place if it can, else moves elsewhere if there is room. Only if there is none, its contents slide into
    /// the free block before it, here and now.
    ///
    /// # Errors
    ///
    /// As [`Heap::resize`].
    ///
    /// # Safety
    ///
    /// As [`Heap::resize`].
    pub(crate) unsafe fn begin_resize(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        short: usize,
    ) -> Result<Resized, ResizeError> {
        if Arena::<C>::CHECKS_WHOLE {
            self.check().map_err(FreeError::Corrupt)?;
        }
        if !Arena::<C>::IS_NOTED {
            return self.begin_unnoted(pointer, size, align, short);
        }
        let claim = self.arena.claim(pointer).map_err(ResizeError::Block);
        let resized = claim.and_then(|claim| {
            let resized = self.begin_unnoted(pointer, size, align, short)?;
            match resized {
                Resized::Done(to) => self.arena.renew(&claim, to),
                Resized::Copy { to, .. } => self.arena.sign_alike(&claim, to),
            }
            Ok(resized)
        });
        self.tell_begun(pointer, size, resized);
        resized
    }

    /// Tells what became of the first half of a resize, unless the second half is to tell of it.
    #[inline(always)]
    pub(crate) fn tell_begun(
        &self,
        from: NonNull<u8>,
        size: usize,
        begun: Result<Resized, ResizeError>,
    ) {
        match begun {
            Ok(Resized::Done(to)) => self.tell_resized(from, size, Ok(to)),
            Ok(Resized::Copy { .. }) => {}
            Err(error) => self.tell_resized(from, size, Err(error)),
        }
    }

    /// [`Heap::begin_resize`] without what is noted of it, and without a check of the whole heap.
    ///
    /// # Errors
    ///
    /// As [`Heap::resize`].
    #[inline(always)]
    pub(crate) fn begin_unnoted(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        short: usize,
    ) -> Result<Resized, ResizeError> {
        let kept = self.usable_size(pointer)?.min(size);
        if kept > short
            && let Some(resized) = self.resize_without_copy(pointer, size, align, kept)
        {
            return Ok(resized);
        }
        self.resize_unnoted(pointer, size, align).map(Resized::Done)
    }

    /// Resizes in place, or gets a new block. Nothing, if there is no room for one or something is wrong: the resize at once, which
    /// follows, says what.
    #[inline(never)]
    fn resize_without_copy(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        kept: usize,
    ) -> Option<Resized> {
        let arena = self.arena;
        let failures = arena.counter(Counter::Failures);
        let tag = arena.tag_of_pointer(pointer);
        let moved = if tag.is_some() {
            let object = arena.verify_object(pointer, tag)?;
            if kept == size {
                return None;
            }
            self.take_aligned(
                size,
                align.unwrap_or_else(|| arena.object_alignment(object)),
            )
        } else {
            let used = arena.verify(pointer)?;
            let request = self.request_for(&used, size, align).ok()?;
            let hole = Hole::and_next(&used);
            match request.place_as(&arena, hole, used.form::<C>()) {
                Some(placement) if placement.gap == 0 => {
                    let wanted = Some((request, placement));
                    return Some(Resized::Done(
                        self.remake(pointer, &used, hole, kept, wanted),
                    ));
                }
                _ => self.take_request(&request),
            }
        };
        if moved.is_none() {
            // The resize at once counts its own failure.
            arena.set_counter(Counter::Failures, failures);
        }
        moved.map(|to| Resized::Copy { to, length: kept })
    }
}
