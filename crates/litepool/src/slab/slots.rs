//! Walking the slots of a chunk.

use super::chunk::Chunk;
use crate::arena::Arena;
use crate::block::Block;
use crate::config::Config;
use crate::walk::{BlockInfo, State};

/// The slots of a chunk, one after the other.
#[derive(Clone, Debug)]
pub struct Slots {
    /// A bit for each free slot, beginning with the next one.
    free: u64,
    /// A bit for each aligned object.
    aligned: u64,
    left: u32,
    offset: usize,
    size: usize,
    payload: usize,
}

impl Slots {
    /// No chunk's.
    pub const NONE: Self = Self {
        free: 0,
        aligned: 0,
        left: 0,
        offset: 0,
        size: 0,
        payload: 0,
    };
}

impl Iterator for Slots {
    type Item = BlockInfo;

    fn next(&mut self) -> Option<BlockInfo> {
        self.left = self.left.checked_sub(1)?;
        let state = if self.free & 1 == 0 {
            State::Used
        } else {
            State::Free
        };
        let slot = BlockInfo {
            region: 0,
            offset: self.offset,
            size: self.size,
            payload: self.payload,
            state,
            aligned: self.aligned & 1 != 0,
            in_chunk: true,
            holder: None,
            origin: None,
        };
        self.free >>= 1;
        self.aligned >>= 1;
        self.offset += self.size;
        Some(slot)
    }
}

impl<C: Config> Arena<C> {
    /// The slots of the chunk `block`.
    pub fn slots_of(self, block: Block) -> Slots {
        let chunk = Chunk(self.offset(block));
        let class = self.tag_at(chunk.0).class();
        C::SLAB
            .classes
            .get(class)
            .filter(|layout| {
                self.is_chunk_of(class, block)
                    && self
                        .bounded_size(block)
                        .is_some_and(|size| size as usize * Self::GRANULE >= layout.chunk as usize)
            })
            .map_or(Slots::NONE, |layout| Slots {
                free: self.free_slots(chunk),
                aligned: self.aligned_slots(chunk),
                left: layout.slots,
                offset: chunk.slot_offset(0, layout),
                size: layout.size as usize,
                payload: Self::object_room(layout),
            })
    }
}
