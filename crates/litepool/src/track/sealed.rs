//! The trait of a record, as the crate sees it: nobody else implements it.

use super::Caller;
use crate::block::Blocks;
use crate::layout::{RecordLayout, Shape};

/// The crate's side of [`super::Record`].
pub trait Record: 'static {
    /// What a record consists of.
    const LAYOUT: RecordLayout;

    /// A record as a value, in registers where it is a word.
    type Stamp: Copy;

    /// What a block that is being allocated for `caller` is to remember. Its number is the
    /// next one of the pool `numbers`: its own, or the first of several joined regions.
    fn stamp<S: Shape>(caller: &Caller, numbers: &Blocks<S>) -> Self::Stamp;

    /// The number of the last stamp has become a block's.
    #[inline(always)]
    fn use_number<S: Shape>(_numbers: &Blocks<S>) {}

    /// Writes a record at `offset`, and charges its owner with `granules`.
    fn write<S: Shape>(blocks: &Blocks<S>, offset: usize, granules: u32, stamp: Self::Stamp);

    /// The record at `offset`, if it is as it was written.
    fn read<S: Shape>(blocks: &Blocks<S>, offset: usize) -> Option<Self::Stamp>;

    /// Credits the owner of `stamp` with `granules`.
    #[inline(always)]
    fn credit<S: Shape>(_blocks: &Blocks<S>, _granules: u32, _stamp: Self::Stamp) {}
}
