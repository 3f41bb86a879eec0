//! Moments with all their blocks, as rows.

use crate::blob::Blob;
use crate::model::Keyframe;

/// A block of a moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FrameBlock {
    /// The pool's index.
    pub pool: u8,
    /// As [`Keyframe`] has them.
    pub offset: u32,
    pub extent: u32,
    pub size: u32,
    pub state: u8,
    /// Whose it is, for whoever made this to know.
    pub owner: Option<u32>,
    pub birth: u64,
}

/// States of blocks, as [`Keyframe::state`] has them.
pub const FREE: u8 = 0;
pub const USED: u8 = 1;
pub const SLAB: u8 = 2;
pub const OBJECT: u8 = 3;

/// The keyframe of these blocks. `owner` tells the call stack and the task of a block's owner.
pub fn keyframe(
    kind: &'static str,
    operation: u64,
    time: Option<u64>,
    blocks: &[FrameBlock],
    owner: impl Fn(u32) -> (u32, Option<u32>),
    blob: &mut Blob,
) -> Keyframe {
    let owners = || blocks.iter().map(|block| block.owner.map(&owner));
    let task = |task: u32| u16::try_from(task).map_or(0, |task| task.saturating_add(1));
    Keyframe {
        operation,
        time,
        kind,
        pool: blob.row(blocks.iter().map(|block| block.pool)),
        offset: blob.row(blocks.iter().map(|block| block.offset)),
        extent: blob.row(blocks.iter().map(|block| block.extent)),
        size: blob.row(blocks.iter().map(|block| block.size)),
        state: blob.row(blocks.iter().map(|block| block.state)),
        stack: blob.row(owners().map(|owner| owner.map_or(0, |(stack, _)| stack))),
        task: blob.row(owners().map(|owner| owner.and_then(|owner| owner.1).map_or(0, task))),
        birth: blob.row(blocks.iter().map(|block| block.birth as f64)),
    }
}

/// Blocks of which at most so many are left: runs of neighbours become one, which is that of the
/// largest among them, with the bytes of all. Those of different pools, and what holds objects, stay apart.
pub fn thinned(blocks: &[FrameBlock], most: usize) -> Vec<FrameBlock> {
    let run = blocks.len().div_ceil(most.max(1)).max(1);
    let join = |blocks: &[FrameBlock]| {
        let largest = blocks.iter().max_by_key(|block| block.extent).copied();
        let extents = blocks.iter().filter(|block| block.state != SLAB);
        let extents = extents.map(|block| block.extent);
        largest.map(|largest| FrameBlock {
            offset: blocks[0].offset,
            extent: extents.fold(0, u32::saturating_add),
            ..largest
        })
    };
    let of_pools = blocks.chunk_by(|a, b| a.pool == b.pool);
    of_pools
        .flat_map(|blocks| blocks.chunks(run))
        .filter_map(join)
        .collect()
}
