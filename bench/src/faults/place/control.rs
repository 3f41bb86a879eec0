//! The parts of a control block, as litepool's `control.rs`, `slab/state.rs`, `quick.rs` and the Fits lay them out.

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

/// The parts behind the common words, up to `end`, where the first header stands. What is in none is padding.
pub fn parts<C: Config>(image: &[u8], end: usize) -> Vec<Part> {
    let link = size_of::<C::Index>();
    let least = (WORD + 2 * link).div_ceil(C::GRANULE);
    let format = word(image, 2 * WORD);
    let mut layout = Layout {
        at: COMMON,
        parts: Vec::new(),
    };
    if format & HAS_SLAB != 0 {
        let descriptor = word(image, COMMON);
        layout.next(SLAB_WORDS * WORD, Place::SlabState);
        if descriptor & KEEPS_SPARE != 0 {
            layout.next(SPARE_WORDS * WORD, Place::Spares);
        }
        let classes = (descriptor & 0xFF) as usize;
        layout.next(3 * classes * link, Place::SlabState);
        layout.pad();
        // The map grows down from the first header.
        let map = image.len() / MAP_STEP + 1;
        layout.parts.push((end - map..end, Place::ChunkMap));
    }
    if format & HAS_QUICK != 0 {
        layout.next(WORD + (QUICK_SIZES - least) * link, Place::QuickHead);
        layout.pad();
    }
    if <C::Fit as Fit>::LINKS_BLOCKS {
        let granules = (image.len() / C::GRANULE) as u32;
        let (bitmap, sizes) = if TypeId::of::<C::Fit>() == TypeId::of::<BestFit>() {
            (2, best_bin(granules) + 1)
        } else {
            (tlsf_bitmap(link), tlsf_slot(granules) + 1)
        };
        layout.next(bitmap * WORD, Place::Bitmap);
        layout.next((sizes as usize - least) * link, Place::Head);
    }
    layout.parts
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
