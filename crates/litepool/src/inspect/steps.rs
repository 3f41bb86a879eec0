//! A pool is verified, or walked, a few blocks at a time, while it is in use in between.
//!
//! A step ends before an **anchor**: a used block, whose start is a block's start for as long as it
//! is used, whatever becomes of its neighbours. Before it is freed, [`earlier_anchor`] has to take
//! its place in a check. Of a walk nobody keeps it: there it has to be proved to be a used block.

use super::check::{Chain, check_control_block};
use super::walk::{BlockInfo, Walk};
use crate::block::{Block, Blocks, Defect};
use crate::layout::Layout;

/// Is `block`, which is one, an anchor?
pub fn is_anchor(blocks: &Blocks<Layout>, block: Block) -> bool {
    let mut walk = Walk::from(*blocks, block);
    walk.next().is_some_and(|info| info.is_anchor())
}

/// Verifies `count` blocks from `anchor` on, or from the first one; and then on to the next anchor,
/// which it gives. Nothing, if there was none up to the end. What the blocks add up to means
/// nothing: it changes in between.
pub fn check_from(
    blocks: &Blocks<Layout>,
    anchor: Option<Block>,
    count: usize,
) -> Result<Option<Block>, Defect> {
    check_control_block(blocks)?;
    let start = anchor.unwrap_or(blocks.first());
    // What an anchor says of the block before it, the step before has proved.
    let is_previous_free = anchor.is_some() && blocks.header(start).is_previous_free();
    let mut chain = Chain::from(blocks, start, is_previous_free);
    let mut left = count;
    while chain.block != blocks.end() {
        let block = chain.block;
        let is_last = left == 0 && is_anchor(blocks, block);
        chain.step()?;
        if is_last {
            return Ok(Some(block));
        }
        left = left.saturating_sub(1);
    }
    chain.end()?;
    Ok(None)
}

/// The anchor before `anchor`; nothing, if there is none. Time linear in the number of blocks
/// before it.
pub fn earlier_anchor(blocks: &Blocks<Layout>, anchor: Block) -> Option<Block> {
    Walk::of(*blocks)
        .filter(BlockInfo::is_anchor)
        .map(|info| blocks.block_from(info.offset))
        .take_while(|&block| block < anchor)
        .last()
}

/// Has `visit` see `count` blocks from `anchor` on, which is one, or from the first block, each
/// slab with its slots; and on to the next anchor, which it gives. Nothing, if there was none up to
/// the end.
pub fn walk_from(
    blocks: &Blocks<Layout>,
    anchor: Option<Block>,
    count: usize,
    mut visit: impl FnMut(BlockInfo),
) -> Option<Block> {
    let mut left = count;
    for info in Walk::from(*blocks, anchor.unwrap_or(blocks.first())) {
        if left == 0 && info.is_anchor() {
            return Some(blocks.block_from(info.offset));
        }
        if !info.in_slab {
            left = left.saturating_sub(1);
        }
        visit(info);
    }
    None
}
