//! The parts of a control block, in the order in which litepool's `layout.rs` draws them. What a
//! pool has of them its first words say.

use std::ops::Range;

use litepool::{Algorithm, Choices, Image};

use super::{Place, WORD, word};

/// Where the word of the block that is in no list stands.
const PENDING: usize = 9 * WORD;

/// A stretch of bytes, and what it is for.
type Part = (Range<usize>, Place);

/// Lays out parts one behind the other.
#[derive(Default)]
struct Parts {
    at: usize,
    parts: Vec<Part>,
}

impl Parts {
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

/// What a pool says of itself.
pub struct Control {
    /// What its configuration chose.
    pub choices: Choices,
    /// The parts up to where the first header stands. What is in none is padding.
    pub parts: Vec<Part>,
    /// The offset of the payload of the block that is in no list, or 0.
    pub pending: usize,
}

impl Control {
    /// Of the region of this number.
    pub fn of(image: &[u8], region: usize) -> Self {
        let pool = Image::of(image).expect("the image of a pool");
        let choices = *pool.choices();
        let first = pool.blocks().next().map_or(0, |block| block.offset - WORD);
        let mut parts = Parts::default();
        parts.common();
        parts.slab(&choices);
        parts.track(&choices);
        if choices.joined {
            parts.region(region);
        }
        // The map grows down from the first header.
        let map = match choices.slab.classes {
            0 => 0,
            _ => (image.len() >> choices.slab.place_shift) + 1,
        };
        parts.fit(&choices, first - map.next_multiple_of(WORD));
        parts.parts.push((first - map..first, Place::SlabMap));
        Self {
            parts: parts.parts,
            pending: word(image, PENDING) as usize * choices.granule,
            choices,
        }
    }
}

impl Parts {
    fn common(&mut self) {
        self.next(3 * WORD, Place::Identity);
        // What is used and what failed, by turns; the peak is the last figure.
        for _pair in 0..3 {
            self.next(WORD, Place::Counter);
            self.next(WORD, Place::Figure);
        }
        self.next(WORD, Place::Pending);
    }

    fn slab(&mut self, choices: &Choices) {
        let classes = usize::from(choices.slab.classes);
        if classes != 0 {
            self.next((2 + classes) * WORD, Place::SlabState);
            self.next(2 * classes * link(choices), Place::SlabState);
            self.pad();
        }
    }

    fn track(&mut self, choices: &Choices) {
        if choices.record.owner.is_some() {
            self.next(WORD, Place::RecordKind);
        }
        if choices.record.sites.is_some() {
            self.next(WORD, Place::OwnerFigure);
        }
        for _row in 0..choices.record.owner.map_or(0, |rows| rows.count()) {
            self.next(link(choices), Place::Total);
            self.next(link(choices), Place::OwnerFigure);
        }
        self.pad();
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

    /// Up to `end`: what pads the state is a head as well, as far as links go.
    fn fit(&mut self, choices: &Choices, end: usize) {
        let bitmap = match choices.algorithm {
            Algorithm::Tlsf => tlsf_bitmap(choices),
            Algorithm::BestFit => 2,
            Algorithm::BestFitLittle => return,
        };
        self.next(bitmap * WORD, Place::Bitmap);
        let heads = (end - self.at) / link(choices);
        self.next(heads * link(choices), Place::Head);
    }
}

/// Bytes of a link.
pub fn link(choices: &Choices) -> usize {
    if choices.size_bits <= 16 { 2 } else { 4 }
}

/// Bytes of a record: the owner's word, and then the number and the call sites.
pub fn record(choices: &Choices) -> [usize; 2] {
    let record = choices.record;
    let sites = record.sites.map_or(0, |sites| 1 + usize::from(sites));
    [record.owner.map_or(0, |_| WORD), sites * WORD]
}

/// Bytes of the smallest block: two links and a footer, or a record and a byte, behind its header.
pub fn least_block(choices: &Choices) -> usize {
    let links = match choices.algorithm {
        Algorithm::BestFitLittle => 0,
        Algorithm::Tlsf | Algorithm::BestFit => 2 * link(choices),
    };
    let [owner, number] = record(choices);
    let least = WORD + (links + WORD).max(owner + number + 1);
    least.next_multiple_of(choices.granule)
}

/// Words of a summary and of a bit for each list of the configuration's largest pool.
fn tlsf_bitmap(choices: &Choices) -> usize {
    2 + (choices.size_bits as usize - 1) * 8 / 32
}
