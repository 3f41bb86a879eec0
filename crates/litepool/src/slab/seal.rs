//! The second statement of a chunk's slots and of its class, where [`Check::Hardened`](crate::Check) asks for one.
//!
//! A bit too many among a chunk's free slots, and an object is handed out that somebody holds; another class in the chunk
//! map, and a free works with the wrong slot. So a chunk has a **seal**, in the bytes of its head that nothing else needs: a word
//! for its free and its aligned slots and its class. No single changed bit, in the slots, the map or the seal, leaves the three
//! in agreement; bytes of one repeated value, as fresh or cleared memory has them, are no chunk's head.
//!
//! A pool that is opened gets its seals then: it may have been in use without them.

use super::chunk::Chunk;
use super::state::Tag;
use crate::arena::{Arena, WORD};
use crate::block::Block;
use crate::config::Config;

/// Where the seal stands in a chunk: behind its links, whatever their width.
const SEAL: usize = 6 * WORD;

/// 2^64 over the golden ratio, an odd number: its multiples differ from each other in many bits, in the lower half as well.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

impl<C: Config> Arena<C> {
    /// Have chunks seals?
    const SEALS_CHUNKS: bool = Self::HARDENED && Self::HAS_SLAB;

    /// What the seal of a chunk must be.
    #[inline(always)]
    fn chunk_seal(self, class: usize, chunk: Chunk) -> u64 {
        let slots = self.free_slots(chunk) ^ self.aligned_slots(chunk);
        let seal = !slots ^ (class as u64 + 1).wrapping_mul(MIX);
        if Self::IS_WIDE {
            seal
        } else {
            u64::from(seal as u32)
        }
    }

    /// Seals the chunk's slots as they are now.
    #[inline(always)]
    pub(super) fn seal_chunk(self, class: usize, chunk: Chunk) {
        if Self::SEALS_CHUNKS {
            self.store_slots(chunk.0 + SEAL, self.chunk_seal(class, chunk));
        }
    }

    /// What stood here is a chunk no more, and must not look like one should the map ever say so.
    pub(super) fn break_chunk_seal(self, chunk: Chunk) {
        if Self::SEALS_CHUNKS {
            self.store_slots(chunk.0 + SEAL, !self.load_slots(chunk.0 + SEAL));
        }
    }

    /// Does the seal confirm the chunk's slots, and that it is of this class?
    #[inline(always)]
    pub(super) fn is_chunk_sealed(self, class: usize, chunk: Chunk) -> bool {
        !Self::SEALS_CHUNKS || self.load_slots(chunk.0 + SEAL) == self.chunk_seal(class, chunk)
    }

    /// Is `block` a chunk of this class, as the map says and the seal confirms?
    pub(super) fn is_whole_chunk_of(self, class: usize, block: Block) -> bool {
        self.is_chunk_of(class, block) && self.is_chunk_sealed(class, Chunk(self.offset(block)))
    }

    /// Seals every chunk of a pool that was checked: one that is opened may have been in use without seals.
    pub fn seal_chunks(self) {
        if !Self::SEALS_CHUNKS {
            return;
        }
        let mut place = 0;
        while place < self.size() {
            let tag = self.tag_at(place);
            place += match C::SLAB.classes.get(tag.class()) {
                Some(layout) if tag != Tag::NONE => {
                    self.seal_chunk(tag.class(), Chunk(place));
                    layout.chunk as usize
                }
                _ => 1 << Self::PLACE_SHIFT,
            };
        }
    }
}
