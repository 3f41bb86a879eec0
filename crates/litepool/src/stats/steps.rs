//! The sizes of the free blocks a few blocks at a time, for an algorithm without an index.
//!
//! A step ends before an anchor, as in `check/steps.rs`. Nobody keeps it: the next step proves that
//! it is still a used block, as a free does, or all begins anew.

use core::ptr::NonNull;

use super::Extremes;
use crate::block::Block;
use crate::check::is_anchor;
use crate::config::Config;
use crate::error::FreeError;
use crate::heap::Heap;

impl Extremes {
    /// There is a free block of `size` granules.
    fn add(&mut self, size: u32) {
        if self.largest == 0 || size < self.smallest {
            self.smallest = size;
        }
        self.largest = self.largest.max(size);
    }
}

impl<C: Config> Heap<'_, C> {
    /// Adds the free ones of `blocks` blocks from `anchor` on, or from the first one, to the
    /// `extremes`; and on to the next anchor, which it gives. Nothing, if there was none up to the
    /// end.
    ///
    /// # Errors
    ///
    /// The anchor is no used block any more.
    pub(crate) fn measure_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
        extremes: &mut Extremes,
    ) -> Result<Option<NonNull<u8>>, FreeError> {
        let arena = self.arena();
        let mut block = Block(arena.first());
        if let Some(anchor) = anchor {
            self.usable_size(anchor)?;
            block = arena.block_at(arena.offset_of(anchor));
        }
        let mut left = blocks;
        while let Some(size) = arena.bounded_size(block) {
            if left == 0 && is_anchor(arena, block) {
                return Ok(Some(arena.pointer(arena.offset(block))));
            }
            left = left.saturating_sub(1);
            if arena.header(block).is_indexed::<C>() {
                extremes.add(size);
            }
            block = block.after(size);
        }
        Ok(None)
    }
}
