//! Walking the blocks of a pool a few at a time, while it is in use in between.
//!
//! A step ends before an anchor, as in `check/steps.rs`. Nobody keeps it: the next step proves that
//! it is still a used block, as a free does.

use core::ptr::NonNull;

use super::{BlockInfo, walk_block};
use crate::block::Block;
use crate::check::is_anchor;
use crate::config::Config;
use crate::error::FreeError;
use crate::heap::Heap;

impl<C: Config> Heap<'_, C> {
    /// Tells `visit` of `blocks` blocks from `anchor` on, or from the first one, each chunk with
    /// its slots; and on to the next anchor, which it gives. Nothing, if there was none up to the
    /// end.
    ///
    /// # Errors
    ///
    /// The anchor is no used block any more.
    pub(crate) fn walk_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
        mut visit: impl FnMut(BlockInfo),
    ) -> Result<Option<NonNull<u8>>, FreeError> {
        let arena = self.arena();
        let mut block = Block(arena.first());
        if let Some(anchor) = anchor {
            self.usable_size(anchor)?;
            block = arena.block_at(arena.offset_of(anchor));
            // What is used there now may be an object of the slab, or the payload of a large block,
            // which begins before it.
            if !is_anchor(arena, block) {
                return Err(FreeError::NotABlock);
            }
        }
        let mut left = blocks;
        while let Some((here, next)) = walk_block(arena, block) {
            if left == 0 && is_anchor(arena, block) {
                return Ok(Some(arena.pointer(arena.offset(block))));
            }
            left = left.saturating_sub(1);
            here.for_each(&mut visit);
            block = next;
        }
        Ok(None)
    }
}
