//! What a walk through a whole pool has found: blocks, what does not hold, and what is lost.

use std::ops::Range;

use litepool::track::{Allocation, Owner};
use litepool::{BlockInfo, Broken, Image, State};

use super::window::WORD;

/// A block, or an object of a slab, as the walk finds it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Walked {
    /// Where its payload begins, in bytes from the pool's base.
    pub(super) offset: usize,
    /// Bytes, header included.
    pub(super) size: usize,
    /// Bytes that its owner may use.
    pub(super) payload: usize,
    /// Used, free, or a slab.
    pub(super) state: State,
    /// Is it an object of a slab?
    pub(super) in_slab: bool,
    /// Did an aligned request get it?
    pub(super) aligned: bool,
    /// Who has it; `None` if its record is corrupt.
    pub(super) owner: Option<Owner>,
    /// Whom a corrupt record names.
    pub(super) stated: Option<Owner>,
    /// Where it comes from.
    pub(super) allocation: Option<Allocation>,
}

impl From<BlockInfo> for Walked {
    fn from(info: BlockInfo) -> Self {
        Self {
            offset: info.offset,
            size: info.size,
            payload: info.payload,
            state: info.state,
            in_slab: info.in_slab,
            aligned: info.aligned,
            owner: info.owner,
            stated: None,
            allocation: info.allocation,
        }
    }
}

/// Something that does not hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Flaw {
    /// What it is.
    pub(super) broken: Broken,
    /// The offset of the payload at whose block it shows; 0 if it is no block's.
    pub(super) offset: usize,
    /// The index of the block, or of the object, before it, if the walk came from there.
    pub(super) previous: Option<usize>,
    /// The index of the block at which it shows, unless that one could not be told.
    pub(super) block: Option<usize>,
}

/// What a walk through a whole pool has found.
#[derive(Default, Debug)]
pub(super) struct Survey {
    /// The blocks in the order of their addresses, each slab followed by its objects.
    pub(super) blocks: Vec<Walked>,
    /// What does not hold, likewise.
    pub(super) flaws: Vec<Flaw>,
    /// Where no block could be told, in bytes from the base, headers included.
    pub(super) lost: Vec<Range<usize>>,
}

/// Bytes of a used block's record.
pub(super) fn record_bytes(image: &Image<'_>) -> usize {
    let record = image.choices().record;
    let sites = record.sites.map_or(0, |sites| 1 + usize::from(sites));
    (usize::from(record.owner.is_some()) + sites) * WORD
}
