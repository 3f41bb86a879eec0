//! The pending block: one free block, the last that was freed or split off, is in no list.
//!
//! The chain is merged at once, but a list is not: a program often asks next for what it has just
//! freed, or for a piece of what the last split left. So the block waits in a word of the control
//! block, and goes into its list when the next one comes. One block: every bound stays constant.
//!
//! A request takes it only where the index has none that serves better. (D. Lea's malloc has such
//! a block, the *designated victim*, and takes it first: that is as fast, and measured on the
//! recorded traces it needs a third more memory.)

use super::Free;
use super::sealed::Fit;
use crate::block::{Block, Blocks};
use crate::layout::{Field, Shape};

/// The pending block, validated if the pool is hardened.
#[inline(always)]
pub fn pending<F: Fit, S: Shape>(blocks: &Blocks<S>) -> Free {
    if !F::KEEPS_PENDING {
        return Free::NONE;
    }
    let block = Block(blocks.field(Field::Pending));
    let size = if blocks.is_hardened() {
        blocks.free_size(block)
    } else if block.is_some() {
        blocks.size(blocks.header(block))
    } else {
        0
    };
    Free { block, size }
}

/// Makes `free` the pending block, and puts that of before into the index.
#[inline(always)]
pub fn insert<F: Fit, S: Shape>(blocks: &Blocks<S>, free: Free) {
    replace::<F, S>(blocks, pending::<F, S>(blocks), free);
}

/// The same where it is not done all the time.
pub fn put_back<F: Fit, S: Shape>(blocks: &Blocks<S>, free: Free) {
    replace::<F, S>(blocks, inspect::<F, S>(blocks), free);
}

/// Makes `free` the pending block, and puts `before`, which was, into the index.
pub fn replace<F: Fit, S: Shape>(blocks: &Blocks<S>, before: Free, free: Free) {
    if !F::KEEPS_PENDING {
        return F::insert(blocks, free.block, free.size);
    }
    blocks.set_field(Field::Pending, free.block.0);
    if before.size != 0 {
        F::insert(blocks, before.block, before.size);
    }
}

/// Removes a free block from the index, or as the pending one, if every link that is about to be
/// overwritten leads to it. If not, nothing is changed.
#[inline]
pub fn remove<F: Fit, S: Shape>(blocks: &Blocks<S>, free: Free) -> bool {
    if F::KEEPS_PENDING && blocks.field(Field::Pending) == free.block.0 {
        blocks.set_field(Field::Pending, Block::NONE.0);
        return true;
    }
    F::remove(blocks, free.block, free.size)
}

/// A free block of `need` granules or more; it stays where it is.
#[inline(never)]
pub fn find<F: Fit, S: Shape>(blocks: &Blocks<S>, need: u32) -> Free {
    F::find(blocks, need, inspect::<F, S>(blocks))
}

/// The pending block where it is asked for now and then: always validated.
fn inspect<F: Fit, S: Shape>(blocks: &Blocks<S>) -> Free {
    if !F::KEEPS_PENDING {
        return Free::NONE;
    }
    let block = Block(blocks.field(Field::Pending));
    let size = blocks.inspect_free(block);
    Free { block, size }
}

/// Granules of the smallest and of the largest free block; see [`Fit::extremes`].
pub fn extremes<F: Fit, S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32) {
    let (smallest, largest) = F::extremes(blocks, looks);
    // Asking is safe, in a corrupt pool as well.
    let pending = inspect::<F, S>(blocks).size;
    if pending == 0 {
        (smallest, largest)
    } else if smallest == 0 {
        (pending, pending)
    } else {
        (smallest.min(pending), largest.max(pending))
    }
}

/// Does the free block `block` prove to be where [`remove`] can take it from?
pub fn is_listed<F: Fit, S: Shape>(blocks: &Blocks<S>, block: Block) -> bool {
    F::KEEPS_PENDING && blocks.field(Field::Pending) == block.0 || F::is_listed(blocks, block)
}
