//! The parts of a control block, as litepool's `control.rs`, `slab/state.rs`, `quick.rs`, `record.rs`, `regions/state.rs` and
//! the Fits lay them out.

use std::any::TypeId;
use std::ops::Range;

use litepool::Config;
use litepool::fit::{BestFit, Fit};

use super::{Place, WORD, word};

/// The words of all pools.
const COMMON: usize = 9 * WORD;
/// In the format: there is a slab; there are quick lists.
const HAS_SLAB: u32 = 0x80 << 24;
const HAS_QUICK: u32 = 0x40 << 24;
/// Likewise: used blocks have a record; the pool is one of several regions.
const HAS_RECORD: u32 = 0x10 << 24;
const IS_JOINED: u32 = 0x20 << 24;
/// In the description of records: how many call sites, a number, a holder.
const SITES: u32 = 0x3F;
const HAS_NUMBER: u32 = 1 << 6;
const HAS_HOLDER: u32 = 1 << 7;
/// In the slab's descriptor: a spare is kept.
const KEEPS_SPARE: u32 = 1 << 9;
/// Words of a slab's state that are no class's, and those of the spares.
const SLAB_WORDS: usize = 6;
const SPARE_WORDS: usize = 2;
/// One place of the chunk map: the smallest chunk of all ready-made slabs.
const MAP_STEP: usize = 512;
/// Blocks of so many granules or more never wait.
const QUICK_SIZES: usize = 64;
/// Smaller sizes have lists of their own.
const EXACT: u32 = 32;

/// A stretch of bytes, and what it is for.
type Part = (Range<usize>, Place);

/// Lays out parts one behind the other.
struct Layout {
    at: usize,
    parts: Vec<Part>,
}

impl Layout {
    fn next(&mut self, length: usize, place: Place) {
        let start = self.at;
        self.at += length;
        self.parts.push((start..self.at, place));
    }

    /// What follows stands on a word.
    fn pad(&mut self) {
        self.at = self.at.next_multiple_of(WORD);
    }
}

/// What a control block consists of, and what it says of records.
pub struct Control {
    /// The parts behind the common words, up to where the first header stands. What is in none is padding.
    pub parts: Vec<Part>,
    /// Bytes of a record: of the holder, and of the number and the call sites.
    pub record: (usize, usize),
}

impl Control {
    /// Of the region of this number, whose first header stands at `end`, and whose used blocks have a record of so many bytes.
    pub fn of<C: Config>(image: &[u8], end: usize, region: usize, record: usize) -> Self {
        let link = size_of::<C::Index>();
        let format = word(image, 2 * WORD);
        let mut layout = Layout {
            at: COMMON,
            parts: Vec::new(),
        };
        if format & HAS_SLAB != 0 {
            layout.slab(word(image, COMMON), link);
            // The map grows down from the first header.
            let map = image.len() / MAP_STEP + 1;
            layout.parts.push((end - map..end, Place::ChunkMap));
        }
        let least = least_block(link, record).div_ceil(C::GRANULE);
        if format & HAS_QUICK != 0 {
            layout.next(WORD + (QUICK_SIZES - least) * link, Place::QuickHead);
            layout.pad();
        }
        let mut record = (0, 0);
        if format & HAS_RECORD != 0 {
            record = layout.records(word(image, layout.at), link);
        }
        if format & IS_JOINED != 0 {
            layout.region(region);
        }
        if <C::Fit as Fit>::LINKS_BLOCKS {
            layout.fit::<C>((image.len() / C::GRANULE) as u32, least);
        }
        Self {
            parts: layout.parts,
            record,
        }
    }
}

/// The parts that some pools have.
impl Layout {
    fn slab(&mut self, descriptor: u32, link: usize) {
        self.next(SLAB_WORDS * WORD, Place::SlabState);
        if descriptor & KEEPS_SPARE != 0 {
            self.next(SPARE_WORDS * WORD, Place::Spares);
        }
        let classes = (descriptor & 0xFF) as usize;
        self.next(3 * classes * link, Place::SlabState);
        self.pad();
    }

    /// Gives the bytes of a record.
    fn records(&mut self, description: u32, link: usize) -> (usize, usize) {
        self.next(WORD, Place::RecordKind);
        let mut origin = 0;
        if description & HAS_NUMBER != 0 {
            self.next(WORD, Place::HolderFigure);
            origin = WORD * (1 + (description & SITES) as usize);
        }
        if description & HAS_HOLDER == 0 {
            return (0, origin);
        }
        let (modules, tasks) = ((description >> 8) & 0xFF, description >> 16);
        // Two rows more for tasks and for modules beyond the table and for none, and one for interrupts.
        for _row in 0..tasks + 3 + modules + 2 {
            self.next(link, Place::Total);
            self.next(link, Place::HolderFigure);
        }
        self.pad();
        (WORD, origin)
    }

    fn region(&mut self, region: usize) {
        self.next(WORD, Place::Region);
        // The first region keeps the peak of all, the others a sign.
        let second = if region == 0 {
            Place::Figure
        } else {
            Place::Region
        };
        self.next(WORD, second);
    }

    fn fit<C: Config>(&mut self, granules: u32, least: usize) {
        let link = size_of::<C::Index>();
        let (bitmap, sizes) = if TypeId::of::<C::Fit>() == TypeId::of::<BestFit>() {
            (2, best_bin(granules) + 1)
        } else {
            (tlsf_bitmap(link), tlsf_slot(granules) + 1)
        };
        self.next(bitmap * WORD, Place::Bitmap);
        self.next((sizes as usize - least) * link, Place::Head);
    }
}

/// Bytes of the smallest block: a header, and either links or a record and a byte.
pub fn least_block(link: usize, record: usize) -> usize {
    WORD + match record {
        0 => 2 * link,
        record => (2 * link).max(record + 1),
    }
}

/// The bin of blocks of so many granules, 32 or more: one for each power of two.
fn best_bin(granules: u32) -> u32 {
    EXACT + granules.ilog2() - EXACT.ilog2()
}

/// The list of blocks of so many granules, 32 or more: one of eight for each power of two.
fn tlsf_slot(granules: u32) -> u32 {
    let log2 = granules.ilog2();
    (log2 - 2) * 8 + ((granules << 3) >> log2)
}

/// Words of a summary and of a bit for each list of the largest pool that links of this width allow.
fn tlsf_bitmap(link: usize) -> usize {
    let powers = if link == 2 { 15 } else { 28 };
    1 + (powers * 8_usize).div_ceil(32)
}
