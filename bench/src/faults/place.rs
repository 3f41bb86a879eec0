//! What each byte of a pool is for.

mod control;

use litepool::{Algorithm, BlockInfo, Choices, Config, State};
use serde::{Deserialize, Serialize};

use super::scene::Scene;
use control::{Control, link};
pub use control::{least_block, record};

/// What a byte is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Place {
    /// Magic, format, extent.
    Identity,
    /// How many blocks are used and free, and how many granules.
    Counter,
    /// The highest use, the failures: figures that nothing depends on.
    Figure,
    /// The free block that is in no list.
    Pending,
    /// The slab's counters, its classes, their heads and counts of slabs.
    SlabState,
    /// Which class's slab stands where.
    SlabMap,
    /// Which lists have blocks.
    Bitmap,
    /// The heads of the lists.
    Head,
    /// The header of a block, a slab or the end.
    Header,
    /// The last word of a free block, which repeats its size.
    Footer,
    /// The alignment that an aligned block remembers.
    Alignment,
    /// The links of a free block in a list.
    Link,
    /// The links of a free block in a trie.
    TreeLink,
    /// A slab's free slots.
    Slots,
    /// Its aligned ones.
    AlignedSlots,
    /// A slab's links in its list.
    SlabLink,
    /// What confirms a slab's slots and its class.
    SlabCheck,
    /// How many rows of totals there are.
    RecordKind,
    /// The word of a record that tells the owner.
    Owner,
    /// The words of a record that tell the number and the call sites.
    Allocation,
    /// What tasks and modules own.
    Total,
    /// What they owned at most, and the number of the next allocation: figures that nothing depends on.
    OwnerFigure,
    /// Which of several regions it is.
    Region,
    /// Held blocks and slabs beyond what was asked for.
    Padding,
    /// Free blocks and free slots beyond their links.
    FreeMemory,
}

impl Place {
    /// Does the pool's structure depend on it?
    pub fn is_structure(self) -> bool {
        !matches!(
            self,
            Self::Figure | Self::Allocation | Self::OwnerFigure | Self::Padding | Self::FreeMemory
        )
    }

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Identity => "magic, format, extent",
            Self::Counter => "counters",
            Self::Figure => "peak, failures",
            Self::Pending => "pending block",
            Self::SlabState => "slab state",
            Self::SlabMap => "slab map",
            Self::Bitmap => "bitmaps",
            Self::Head => "heads of lists",
            Self::Header => "header",
            Self::Footer => "footer",
            Self::Alignment => "remembered alignment",
            Self::Link => "free-list links",
            Self::TreeLink => "tree links",
            Self::Slots => "free slots of a slab",
            Self::AlignedSlots => "aligned slots of a slab",
            Self::SlabLink => "links of a slab",
            Self::SlabCheck => "check word of a slab",
            Self::RecordKind => "rows of totals",
            Self::Owner => "records: owner",
            Self::Allocation => "records: number, call sites",
            Self::Total => "totals of owners",
            Self::OwnerFigure => "peaks of owners, next number",
            Self::Region => "region state",
            Self::Padding => "padding",
            Self::FreeMemory => "free memory",
        }
    }
}

/// Bytes of a header.
pub const WORD: usize = 4;
/// Bytes of a slab before its objects.
const SLAB_HEAD: usize = 32;
/// Bytes in which an aligned block remembers its alignment.
const EXPONENT: usize = 2;
/// Granules of the smallest block in a trie.
pub const LEAST_NODE: usize = 32;

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
            let mut map = Map::of(image, &blocks, region);
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
    fn of(image: &'i [u8], blocks: &[BlockInfo], region: usize) -> Self {
        let mut map = Self {
            places: vec![Some(Place::Padding); image.len()],
            image,
            control: Control::of(image, region),
        };
        for (part, place) in std::mem::take(&mut map.control.parts) {
            map.set(part.start, part.len(), place);
        }
        let slabs = slabs(blocks);
        let is_wide = slabs
            .iter()
            .any(|(_, slots)| slots.len() > u32::BITS as usize);
        for (slab, slots) in slabs {
            map.slab(slab, slots, is_wide);
        }
        for block in blocks.iter().filter(|block| !block.in_slab) {
            match block.state {
                State::Free => map.free(block),
                State::Used => {
                    let end = map.record_until(block.offset - WORD + block.size);
                    if block.aligned {
                        map.set(end - EXPONENT, EXPONENT, Place::Alignment);
                    }
                }
                _ => {}
            }
            map.set(block.offset - WORD, WORD, Place::Header);
        }
        map.set(image.len() - WORD, WORD, Place::Header);
        map
    }

    fn choices(&self) -> &Choices {
        &self.control.choices
    }

    fn set(&mut self, offset: usize, length: usize, place: Place) {
        self.places[offset..offset + length].fill(Some(place));
    }

    /// The record that ends at `end`, if there are any; gives where it begins.
    fn record_until(&mut self, end: usize) -> usize {
        let [owner, allocation] = record(self.choices());
        let start = end - owner - allocation;
        self.set(start, owner, Place::Owner);
        self.set(start + owner, allocation, Place::Allocation);
        start
    }

    fn slab(&mut self, slab: &BlockInfo, slots: &[BlockInfo], is_wide: bool) {
        let width = if is_wide { 2 * WORD } else { WORD };
        self.set(slab.offset, width, Place::Slots);
        self.set(slab.offset + 2 * WORD, width, Place::AlignedSlots);
        if self.choices().hardened {
            self.set(slab.offset + 6 * WORD, width, Place::SlabCheck);
        }
        // A full slab is in no list.
        if slots.iter().any(|slot| slot.state == State::Free) {
            let links = 2 * link(self.choices());
            self.set(slab.offset + 4 * WORD, links, Place::SlabLink);
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
                .is_none_or(|slot| slot.offset == slab.offset + SLAB_HEAD)
        );
    }

    fn free(&mut self, block: &BlockInfo) {
        let (start, size) = (block.offset, block.size);
        self.set(start, size - WORD, Place::FreeMemory);
        self.set(start + size - 2 * WORD, WORD, Place::Footer);
        let algorithm = self.choices().algorithm;
        if algorithm == Algorithm::BestFitLittle || start == self.control.pending {
            return;
        }
        let link = link(self.choices());
        self.set(start, 2 * link, Place::Link);
        let previous = &self.image[start + link..start + 2 * link];
        let is_node =
            previous.iter().all(|&byte| byte == 0) && size >= LEAST_NODE * self.choices().granule;
        if algorithm == Algorithm::BestFit && is_node {
            self.set(start + 2 * link, 3 * link, Place::TreeLink);
        }
    }
}

/// The slabs, each with its slots, which follow it in the walk.
fn slabs(blocks: &[BlockInfo]) -> Vec<(&BlockInfo, &[BlockInfo])> {
    let numbered = blocks.iter().enumerate();
    numbered
        .filter(|(_, block)| block.state == State::Slab)
        .map(|(number, slab)| {
            let behind = &blocks[number + 1..];
            let slots = behind.iter().take_while(|slot| slot.in_slab).count();
            (slab, &behind[..slots])
        })
        .collect()
}

fn word(image: &[u8], offset: usize) -> u32 {
    let mut bytes = [0; WORD];
    bytes.copy_from_slice(&image[offset..offset + WORD]);
    u32::from_ne_bytes(bytes)
}
