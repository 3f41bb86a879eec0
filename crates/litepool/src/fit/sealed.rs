//! The trait of an algorithm, as the crate sees it: nobody else implements it.

use super::Free;
use super::census::Census;
use crate::block::{Block, Blocks, Defect};
use crate::layout::{Algorithm, Layout, Shape};

/// The crate's side of [`super::Fit`].
pub trait Fit: 'static {
    /// What names the algorithm in a pool.
    const ALGORITHM: Algorithm;

    /// Is one free block kept out of the index?
    const KEEPS_PENDING: bool = true;

    /// How many blocks of one list a request looks at, at most.
    const LIMIT: usize = usize::MAX;

    /// May a request be refused that a free block could hold, for the sake of a bounded time?
    const IS_BOUNDED: bool = Self::LIMIT != usize::MAX;

    /// Bytes of state in a pool of `granules`. That of an empty index is all zeros.
    fn state_bytes(layout: &Layout, granules: u32) -> usize;

    /// Inserts `block`, which is free and of `size` granules. Its payload is the index's.
    fn insert<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32);

    /// Removes `block`, which was inserted with `size` granules, if every link that is about
    /// to be overwritten proves to lead to it. If not, nothing is changed.
    fn remove<S: Shape>(blocks: &Blocks<S>, block: Block, size: u32) -> bool;

    /// Does the free block `block` prove to be where [`Fit::remove`] can take it from?
    fn is_listed<S: Shape>(blocks: &Blocks<S>, block: Block) -> bool;

    /// A free block of `need` granules or more, validated if the pool is hardened; it stays in
    /// the index. That is `pending`, which is in no list, where it suffices and the index has
    /// none that serves better. [`Free::NONE`], or one that is too small, if there is none.
    fn find<S: Shape>(blocks: &Blocks<S>, need: u32, pending: Free) -> Free;

    /// Removes what [`Fit::find`] finds, unless that is `pending`. It is [`Free::NONE`] where
    /// that takes a search ([`Fit::search`]), or a link does not prove to be sound.
    #[inline(always)]
    fn take<S: Shape>(blocks: &Blocks<S>, need: u32, pending: Free) -> Free {
        let free = Self::find(blocks, need, pending);
        let is_taken = free.size >= need
            && (free.block == pending.block || Self::remove(blocks, free.block, free.size));
        if is_taken { free } else { Free::NONE }
    }

    /// A free block of `need` granules or more where [`Fit::take`] does not look, which takes a
    /// search; it stays in the index.
    #[inline(always)]
    fn search<S: Shape>(_blocks: &Blocks<S>, _need: u32) -> Free {
        Free::NONE
    }

    /// Granules of the smallest and of the largest block in the index, both 0 if there is
    /// none. Of a list whose blocks differ in size, it looks at the first `looks` of them.
    fn extremes<S: Shape>(blocks: &Blocks<S>, looks: usize) -> (u32, u32);

    /// Counts the blocks of the index, and proves what holds of it beside. Nothing of it has
    /// been proved before.
    fn check<S: Shape>(census: &mut Census<'_, S>) -> Result<(), Defect>;
}
