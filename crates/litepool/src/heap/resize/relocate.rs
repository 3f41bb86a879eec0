//! The first half of a resize, whose copy is left to the caller, so that it needs no lock.
//!
//! ```text
//!   begin_resize     in place, or a new block beside the old one; both are used
//!   (the caller)     copies, and frees the old block
//! ```

use core::ptr::NonNull;

use crate::config::Config;
use crate::control::Counter;
use crate::error::{AllocError, ResizeError};
use crate::heap::Heap;
use crate::heap::place::Request;

/// What the first half of a resize came to.
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
        let kept = self.usable_size(pointer)?.min(size);
        if kept > short
            && let Some(resized) = self.resize_without_copy(pointer, size, align, kept)?
        {
            return Ok(resized);
        }
        // SAFETY: the caller's promise.
        let resized = unsafe {
            match align {
                Some(align) => self.resize_aligned(pointer, size, align),
                None => self.resize(pointer, size),
            }
        };
        resized.map(Resized::Done)
    }

    /// Resizes in place, or gets a new block; nothing if there is no room for one.
    #[inline(never)]
    fn resize_without_copy(
        &mut self,
        pointer: NonNull<u8>,
        size: usize,
        align: Option<usize>,
        kept: usize,
    ) -> Result<Option<Resized>, ResizeError> {
        let tag = self.arena.tag_of_pointer(pointer);
        let moved = if tag.is_some() {
            let object = self.object_at(pointer, tag)?;
            if kept == size {
                return Ok(None);
            }
            let alignment = self.arena.object_alignment(object);
            self.allocate_aligned(size, align.unwrap_or(alignment))
        } else {
            let used = self.resizable_at(pointer)?;
            let alignment = self.arena.alignment(used.block, used.header, used.size);
            let request = Request::new(size, align.unwrap_or(alignment.bytes()))?;
            if request.suits(pointer.addr().get()) && self.resize_in_place(&used, &request) {
                return Ok(Some(Resized::Done(pointer)));
            }
            self.allocate_request(&request)
        };
        if let Err(AllocError::Exhausted { .. }) = moved {
            // The resize at once, which follows, counts its own failure.
            self.arena.count(Counter::Failures, -1);
        }
        Ok(moved.ok().map(|to| Resized::Copy { to, length: kept }))
    }
}
