//! What each byte of a pool is for.

mod control;

use std::any::TypeId;

use litepool::fit::{BestFit, Fit};
use litepool::{BlockInfo, Check, Config, State};
use serde::{Deserialize, Serialize};

use super::scene::Scene;

/// What a byte is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Place {
    /// Magic, format, extent.
    Identity,
    /// What list operations write for the block that is not there.
    Nothing,
    /// How many blocks are used and free, and how many granules.
    Counter,
    /// The highest use, the failures: figures that nothing depends on.
    Figure,
    /// The slab's description, counters, heads and counts of chunks.
    SlabState,
    /// Which classes may have a spare chunk.
    Spares,
    /// Which class's chunk stands where.
    ChunkMap,
    /// The heads of the quick lists, and what waits there.
    QuickHead,
    /// Which lists have blocks.
    Bitmap,
    /// The heads of the lists.
    Head,
    /// The header of a block, a chunk or the end.
    Header,
    /// The alignment that an aligned block remembers.
    Alignment,
    /// The links of a free block in a list.
    Link,
    /// The links of a free block in a trie.
    TreeLink,
    /// What a free block has in place of links where it needs none.
    Seal,
    /// The link of a block that waits to be merged.
    WaitingLink,
    /// A chunk's free slots.
    Slots,
    /// Its aligned ones.
    AlignedSlots,
    /// A chunk's links in its ring.
    RingLink,
    /// What confirms a chunk's slots and its class.
    ChunkSeal,
    /// Held blocks and chunks beyond what was asked for.
    Padding,
    /// Free blocks and free slots beyond their links.
    FreeMemory,
}

impl Place {
    /// Does the pool's structure depend on it?
    pub fn is_structure(self) -> bool {
        !matches!(
            self,
            Self::Nothing | Self::Figure | Self::Padding | Self::FreeMemory
        )
    }

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Identity => "magic, format, extent",
            Self::Nothing => "the word for no block",
            Self::Counter => "counters",
            Self::Figure => "peak, failures",
            Self::SlabState => "slab state",
            Self::Spares => "classes with a spare chunk",
            Self::ChunkMap => "chunk map",
            Self::QuickHead => "heads of quick lists",
            Self::Bitmap => "bitmaps",
            Self::Head => "heads of lists",
            Self::Header => "header",
            Self::Alignment => "remembered alignment",
            Self::Link => "free-list links",
            Self::TreeLink => "tree links",
            Self::Seal => "seal",
            Self::WaitingLink => "link of a waiting block",
            Self::Slots => "free slots of a chunk",
            Self::AlignedSlots => "aligned slots of a chunk",
            Self::RingLink => "links of a chunk",
            Self::ChunkSeal => "seal of a chunk",
            Self::Padding => "padding",
            Self::FreeMemory => "free memory",
        }
    }
}

const WORD: usize = 4;
/// Bytes of a chunk before its objects.
const CHUNK_HEAD: usize = 32;
const USED: u32 = 1 << 31;
const ALIGNED: u32 = 1 << 30;

/// The places of a pool's bytes; `None` for what somebody holds.
pub struct Places(Vec<Option<Place>>);

impl Places {
    /// Reads them off a scene that is not damaged.
    pub fn of<C: Config>(scene: &Scene<C>) -> Self {
        let mut places = Self(vec![Some(Place::Padding); scene.image.len()]);
        let blocks: Vec<BlockInfo> = scene.heap.blocks().collect();
        let first = blocks.first().map_or(0, |block| block.offset - WORD);
        places.control::<C>(first, &scene.image);
        let chunks = chunks(&blocks);
        let is_wide = chunks
            .iter()
            .any(|(_, slots)| slots.len() > u32::BITS as usize);
        for (chunk, slots) in chunks {
            places.chunk::<C>(chunk, slots, is_wide);
        }
        for block in blocks.iter().filter(|block| !block.in_chunk) {
            match block.state {
                State::Free => places.free::<C>(block, &scene.image),
                State::Used if block.aligned => {
                    let end = block.offset - WORD + block.size;
                    places.set(end - 1, 1, Place::Alignment);
                }
                _ => {}
            }
            places.set(block.offset - WORD, WORD, Place::Header);
        }
        places.set(scene.image.len() - WORD, WORD, Place::Header);
        for payload in scene.payloads() {
            places.0[payload].fill(None);
        }
        places
    }

    /// What the byte at `offset` is for; `None` if somebody holds it.
    pub fn at(&self, offset: usize) -> Option<Place> {
        self.0[offset]
    }

    /// Every bit of every byte that nobody holds.
    pub fn bits(&self) -> impl Iterator<Item = usize> {
        let bytes = (0..self.0.len()).filter(|&offset| self.at(offset).is_some());
        bytes.flat_map(|offset| offset * 8..offset * 8 + 8)
    }

    fn set(&mut self, offset: usize, length: usize, place: Place) {
        self.0[offset..offset + length].fill(Some(place));
    }

    /// The words in the order of litepool's `control.rs`.
    fn control<C: Config>(&mut self, first: usize, image: &[u8]) {
        for (part, place) in control::parts::<C>(image, first) {
            self.set(part.start, part.len(), place);
        }
        self.set(0, 2, Place::Identity);
        self.set(2, 6, Place::Nothing);
        self.set(2 * WORD, 2 * WORD, Place::Identity);
        self.set(4 * WORD, 5 * WORD, Place::Counter);
        self.set(5 * WORD, WORD, Place::Figure);
        self.set(7 * WORD, WORD, Place::Figure);
    }

    fn chunk<C: Config>(&mut self, chunk: &BlockInfo, slots: &[BlockInfo], is_wide: bool) {
        let width = if is_wide { 2 * WORD } else { WORD };
        self.set(chunk.offset, width, Place::Slots);
        self.set(chunk.offset + 2 * WORD, width, Place::AlignedSlots);
        if matches!(C::CHECK, Check::Hardened | Check::Whole) {
            self.set(chunk.offset + 6 * WORD, width, Place::ChunkSeal);
        }
        let free = slots.iter().filter(|slot| slot.state == State::Free);
        // A full chunk is in no ring.
        if free.clone().next().is_some() {
            let links = chunk.offset + 4 * WORD;
            self.set(links, 2 * size_of::<C::Index>(), Place::RingLink);
        }
        for slot in free {
            self.set(slot.offset, slot.size, Place::FreeMemory);
        }
        debug_assert!(
            slots
                .first()
                .is_none_or(|slot| slot.offset == chunk.offset + CHUNK_HEAD)
        );
    }

    fn free<C: Config>(&mut self, block: &BlockInfo, image: &[u8]) {
        let width = size_of::<C::Index>();
        let (start, payload) = (block.offset, block.size - WORD);
        self.set(start, payload, Place::FreeMemory);
        let header = word(image, start - WORD);
        if header & (USED | ALIGNED) == ALIGNED {
            self.set(start, width, Place::WaitingLink);
        } else if !<C::Fit as Fit>::LINKS_BLOCKS {
            self.set(start, WORD, Place::Seal);
        } else {
            self.set(start, 2 * width, Place::Link);
            let is_first = image[start + width..start + 2 * width]
                .iter()
                .all(|&byte| byte == 0);
            // Sizes below are in lists of their own.
            if TypeId::of::<C::Fit>() == TypeId::of::<BestFit>()
                && is_first
                && block.size >= 32 * C::GRANULE
            {
                let tree = start + (2 * width).next_multiple_of(WORD) + WORD;
                self.set(tree, 3 * width, Place::TreeLink);
            }
        }
    }
}

/// The chunks of the slab, each with its slots, which follow it in the walk.
fn chunks(blocks: &[BlockInfo]) -> Vec<(&BlockInfo, &[BlockInfo])> {
    let numbered = blocks.iter().enumerate();
    numbered
        .filter(|(_, block)| block.state == State::Chunk)
        .map(|(number, chunk)| {
            let behind = &blocks[number + 1..];
            let slots = behind.iter().take_while(|slot| slot.in_chunk).count();
            (chunk, &behind[..slots])
        })
        .collect()
}

fn word(image: &[u8], offset: usize) -> u32 {
    let mut bytes = [0; WORD];
    bytes.copy_from_slice(&image[offset..offset + WORD]);
    u32::from_ne_bytes(bytes)
}
