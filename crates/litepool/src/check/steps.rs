//! Verifying a pool a few blocks at a time, while it is in use in between.
//!
//! A step ends before an anchor: a used block, whose start is a block's start for as long as it is used, whatever becomes of its
//! neighbours. Before it is given up, [`Heap::earlier_anchor`] has to take its place.

use core::ptr::NonNull;

use super::{Census, Corruption, check_block, check_end, check_start};
use crate::arena::Arena;
use crate::block::{Block, Form};
use crate::config::Config;
use crate::heap::Heap;

impl<C: Config> Heap<'_, C> {
    /// Verifies `blocks` blocks from `anchor` on, or from the first one; and then on to the next anchor, which it gives. Nothing, if
    /// there was none up to the end.
    pub(crate) fn check_from(
        &self,
        anchor: Option<NonNull<u8>>,
        blocks: usize,
    ) -> Result<Option<NonNull<u8>>, Corruption> {
        let arena = self.arena();
        let first = check_start(arena)?;
        let mut block = anchor.map_or(first, |anchor| arena.block_at(arena.offset_of(anchor)));
        let (mut left, mut after_free) = (blocks, false);
        // What the blocks add up to means nothing: it changes while the pool is in use.
        let mut census = Census::default();
        while block.0 != arena.end() {
            if left == 0 && is_anchor(arena, block) {
                return Ok(Some(arena.pointer(arena.offset(block))));
            }
            left = left.saturating_sub(1);
            block = block.after(check_block(arena, block, &mut census, &mut after_free)?);
        }
        check_end(arena)?;
        Ok(None)
    }

    /// The anchor before `anchor`; nothing, if there is none.
    pub(crate) fn earlier_anchor(&self, anchor: NonNull<u8>) -> Option<NonNull<u8>> {
        let arena = self.arena();
        let block = arena.block_at(arena.offset_of(anchor));
        // Each one lies before the last, so this comes to an end even in a damaged pool.
        core::iter::successors(Some(block), |&block| arena.bounded_previous(block))
            .skip(1)
            .find(|&block| is_anchor(arena, block))
            .map(|block| arena.pointer(arena.offset(block)))
    }
}

/// Does `block`, which is one, stay until its holder gives it up, who names it by its start? A chunk goes with its last object; a
/// large block's payload begins later.
pub fn is_anchor<C: Config>(arena: Arena<C>, block: Block) -> bool {
    let header = arena.header(block);
    header.is_used() && Form::of::<C>(header) == Form::Ordinary && !arena.is_chunk(block)
}
