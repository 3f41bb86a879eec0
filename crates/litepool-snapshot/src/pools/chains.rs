//! Where blocks follow each other: each is sound by itself, and the next one stands where it ends
//! and says of it what it is.

use litepool::Image;

/// Do `count` blocks follow each other from the one at `offset` on, or as many as there are up to
/// the pool's end? Time linear in `count`.
pub(super) fn follows(image: &Image<'_>, offset: usize, count: usize) -> bool {
    let mut at = offset;
    let mut is_previous_free = None;
    for _ in 0..count {
        let Some(judged) = image.judge(at).filter(|judged| judged.is_sound()) else {
            return false;
        };
        if is_previous_free.is_some_and(|is_free| is_free != judged.follows_free) {
            return false;
        }
        if judged.size == 0 {
            return true;
        }
        is_previous_free = Some(judged.is_free);
        at += judged.size;
    }
    true
}

/// How many blocks follow each other from each place of a pool on.
///
/// It is found from the end to the beginning, so that each place is judged once: a place has one
/// block more than the place where its block ends. A byte for each granule.
pub(super) struct Chains {
    first: usize,
    granule: usize,
    /// By granule: how many blocks, [`TO_THE_END`] or more if they lead to the end block; and
    /// whether the first of them says that what stands before it is free.
    counts: Vec<u8>,
}

const COUNT: u8 = 0x7F;
const TO_THE_END: u8 = COUNT;
const FOLLOWS_FREE: u8 = 0x80;

impl Chains {
    /// Those of a pool of `size` bytes, of which the first `present` are there. Time linear in the
    /// pool's size.
    pub(super) fn of(image: &Image<'_>, size: usize, present: usize) -> Self {
        let (first, granule) = (image.first_block(), image.choices().granule);
        let mut chains = Self {
            first,
            granule,
            counts: vec![0; (size - first) / granule + 1],
        };
        for index in (0..chains.counts.len()).rev() {
            let offset = first + index * granule;
            if offset <= present {
                chains.counts[index] = chains.count_from(image, offset);
            }
        }
        chains
    }

    fn count_from(&self, image: &Image<'_>, offset: usize) -> u8 {
        let Some(judged) = image.judge(offset).filter(|judged| judged.is_sound()) else {
            return 0;
        };
        let flag = if judged.follows_free { FOLLOWS_FREE } else { 0 };
        if judged.size == 0 {
            return flag | TO_THE_END;
        }
        let next = self.counts[(offset + judged.size - self.first) / self.granule];
        let agrees = next & COUNT != 0 && (next & FOLLOWS_FREE != 0) == judged.is_free;
        let count = match next & COUNT {
            _ if !agrees => 1,
            TO_THE_END => TO_THE_END,
            count => (count + 1).min(TO_THE_END - 1),
        };
        flag | count
    }

    /// The first place in `places` from which on as many blocks follow each other as make them
    /// believed, or all up to the end of the pool.
    pub(super) fn find(&self, places: std::ops::Range<usize>, believed: Believed) -> Option<usize> {
        let index = |offset: usize| offset.saturating_sub(self.first).div_ceil(self.granule);
        let end = index(places.end).min(self.counts.len());
        let counts = self.counts.get(index(places.start)..end)?;
        let found = counts
            .iter()
            .position(|&count| count & COUNT >= believed.0)?;
        Some(self.first + (index(places.start) + found) * self.granule)
    }
}

/// How many blocks that follow each other are believed to be blocks: the fewer bits a header has
/// for its seal, the more. (A used block without a seal is 31 arbitrary bits.)
#[derive(Clone, Copy)]
pub(super) struct Believed(u8);

impl Believed {
    /// In this pool.
    pub(super) fn of(image: &Image<'_>) -> Self {
        Self(match seal_bits(image) {
            8.. => 2,
            4.. => 3,
            _ => 5,
        })
    }
}

/// How many bits of a header are its seal.
pub(super) fn seal_bits(image: &Image<'_>) -> u32 {
    29_u32.saturating_sub(image.choices().size_bits)
}
