//! What each byte of a pool is for.

mod control;

use std::any::TypeId;

use litepool::fit::{BestFit, Fit};
use litepool::{BlockInfo, Check, Config, State};
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use control::Control;
pub use control::least_block;

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
    /// What records are like.
    RecordKind,
    /// The word of a record that tells the holder.
    Holder,
    /// The words of a record that tell the number and the call sites.
    Origin,
    /// What tasks and modules hold.
    Total,
    /// What they held at most, and the number of the next allocation: figures that nothing depends on.
    HolderFigure,
    /// Which of several regions it is.
    Region,
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
            Self::Nothing
                | Self::Figure
                | Self::Origin
                | Self::HolderFigure
                | Self::Padding
                | Self::FreeMemory
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
            Self::RecordKind => "kind of records",
            Self::Holder => "records: holder",
            Self::Origin => "records: number, call sites",
            Self::Total => "totals of holders",
            Self::HolderFigure => "peaks of holders, next number",
            Self::Region => "region state",
            Self::Padding => "padding",
            Self::FreeMemory => "free memory",
        }
    }
}

/// Bytes of a header.
pub const WORD: usize = 4;
/// Bytes of a chunk before its objects.
const CHUNK_HEAD: usize = 32;
const USED: u32 = 1 << 31;
const ALIGNED: u32 = 1 << 30;

/// The places of a pool's bytes, region after region; `None` for what somebody holds.
pub struct Places(Vec<Option<Place>>);

/// Those of one region.
struct Map<'i> {
    places: Vec<Option<Place>>,
    image: &'i [u8],
    control: Control,
}

impl Places {
    /// Reads them off a scene that is not damaged.
    pub fn of<C: Config, const MORE: usize>(scene: &Scene<C, MORE>) -> Self {
        let regions = scene.images.iter().enumerate();
        let places = regions.flat_map(|(region, image)| {
            let is_here = |block: &BlockInfo| block.region == region && block.state != State::Gap;
            let blocks: Vec<BlockInfo> = scene.heap.blocks().filter(is_here).collect();
            let mut map = Map::of::<C>(image, &blocks, region);
            for payload in scene.payloads(region) {
                map.places[payload].fill(None);
            }
            map.places
        });
        Self(places.collect())
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
}

impl<'i> Map<'i> {
    fn of<C: Config>(image: &'i [u8], blocks: &[BlockInfo], region: usize) -> Self {
        let first = blocks.first().map_or(0, |block| block.offset - WORD);
        let mut map = Self {
            places: vec![Some(Place::Padding); image.len()],
            image,
            control: Control::of::<C>(image, first, region, record_bytes(blocks)),
        };
        map.control();
        let chunks = chunks(blocks);
        let is_wide = chunks
            .iter()
            .any(|(_, slots)| slots.len() > u32::BITS as usize);
        for (chunk, slots) in chunks {
            map.chunk::<C>(chunk, slots, is_wide);
        }
        for block in blocks.iter().filter(|block| !block.in_chunk) {
            match block.state {
                State::Free => map.free::<C>(block),
                State::Used => {
                    let end = map.record_until(block.offset - WORD + block.size);
                    if block.aligned {
                        map.set(end - 1, 1, Place::Alignment);
                    }
                }
                _ => {}
            }
            map.set(block.offset - WORD, WORD, Place::Header);
        }
        map.set(image.len() - WORD, WORD, Place::Header);
        map
    }

    fn set(&mut self, offset: usize, length: usize, place: Place) {
        self.places[offset..offset + length].fill(Some(place));
    }

    /// The record that ends at `end`, if there are any; gives where it begins.
    fn record_until(&mut self, end: usize) -> usize {
        let (holder, origin) = self.control.record;
        let start = end - holder - origin;
        self.set(start, holder, Place::Holder);
        self.set(start + holder, origin, Place::Origin);
        start
    }

    /// The words in the order of litepool's `control.rs`.
    fn control(&mut self) {
        for (part, place) in std::mem::take(&mut self.control.parts) {
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
        // A full chunk is in no ring.
        if slots.iter().any(|slot| slot.state == State::Free) {
            let links = chunk.offset + 4 * WORD;
            self.set(links, 2 * size_of::<C::Index>(), Place::RingLink);
        }
        for slot in slots {
            if slot.state == State::Free {
                self.set(slot.offset, slot.size, Place::FreeMemory);
            } else {
                self.record_until(slot.offset + slot.size);
            }
        }
        debug_assert!(
            slots
                .first()
                .is_none_or(|slot| slot.offset == chunk.offset + CHUNK_HEAD)
        );
    }

    fn free<C: Config>(&mut self, block: &BlockInfo) {
        let image = self.image;
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

/// Bytes of a used block that are neither its header nor its holder's.
pub fn record_bytes(blocks: &[BlockInfo]) -> usize {
    let is_plain =
        |block: &&BlockInfo| block.state == State::Used && !block.aligned && !block.in_chunk;
    let plain = blocks.iter().find(is_plain);
    plain.map_or(0, |block| block.size - WORD - block.payload)
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
