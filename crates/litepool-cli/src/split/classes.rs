//! Which size classes with fixed slabs make a pool smaller, and how many objects each is to hold.
//!
//! An object in a slab has no header and is rounded to 8 bytes; a slot that is empty at the peak is lost.
//! So a class pays where many objects of about its size are live whenever the pool is full. Classes
//! are chosen one by one, each with the slabs that lower the sum over time most (greedily, on what units of
//! 8 bytes hold at moments of the trace), and then the choice is measured by replays.

use litepool::slab::Class;
use litepool_replay::search::Effort;
use litepool_replay::{Behind, Configuration, Part, Placement, SlabClass, slots};
use rayon::prelude::*;

use super::load::block_bytes;

#[cfg(test)]
mod tests;

/// The largest object that a class is tried for, in bytes; classes are multiples of 8.
const LARGEST: usize = 1024;
const STEP: usize = 8;
const BUCKETS: usize = LARGEST / STEP;
/// How many moments are looked at.
const MOMENTS: usize = 256;
/// The most classes.
pub(super) const MOST: usize = 6;
/// Bytes of the control block for the first class and each: about what the core takes.
const STATE: u64 = 12;
const CLASS: u64 = 12;
/// A part with more operations than this is measured less often: the number of slabs stays as it was
/// estimated.
const LONG: usize = 2_000_000;
/// Parts of what was estimated, in per cent, that are tried for the slabs of each class.
const SCALES: [usize; 5] = [100, 110, 90, 75, 50];

/// What is known of a pool that is to have classes.
pub(super) struct Pool<'p> {
    pub(super) part: &'p Part,
    pub(super) configuration: Configuration,
    pub(super) placement: Placement,
    pub(super) effort: Effort,
    /// Its smallest size without classes.
    pub(super) bytes: u64,
    /// Bytes that each class must save.
    pub(super) price: u64,
}

/// The best classes that were found for a pool; none if none pays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub(super) classes: Vec<SlabClass>,
    /// The smallest pool with them.
    pub(super) bytes: u64,
}

impl Pool<'_> {
    /// Chooses classes for it. About 20 measures, each told to `measured`.
    pub(super) fn choose(&self, measured: impl Fn() + Sync) -> Choice {
        let mut best = Choice {
            classes: Vec::new(),
            bytes: self.bytes,
        };
        let grown = self.grow();
        let prefixes = (1..=grown.len()).map(|count| sorted(&grown[..count]));
        self.try_all(prefixes.collect(), &mut best, &measured);
        if best.classes.is_empty() || self.part.ops.len() > LONG {
            return best;
        }
        for class in 0..best.classes.len() {
            let scaled = SCALES[1..].iter().map(|percent| {
                let mut classes = best.classes.clone();
                let slabs = &mut classes[class].slabs;
                *slabs = (*slabs * percent / 100).max(1);
                classes
            });
            self.try_all(scaled.collect(), &mut best, &measured);
        }
        best
    }

    /// Measures these choices, and takes the best.
    fn try_all(
        &self,
        choices: Vec<Vec<SlabClass>>,
        best: &mut Choice,
        measured: &(impl Fn() + Sync),
    ) {
        let found: Vec<Option<u64>> = choices
            .par_iter()
            .map(|classes| {
                let found = self.measure(classes);
                measured();
                found
            })
            .collect();
        for (classes, bytes) in choices.into_iter().zip(found) {
            let Some(bytes) = bytes else { continue };
            let price = |choice: &Choice| {
                // The slab that classes take is code, too.
                let slab = u64::from(!choice.classes.is_empty());
                choice.bytes + self.price * (choice.classes.len() as u64 + slab)
            };
            let choice = Choice { classes, bytes };
            if price(&choice) < price(best) {
                *best = choice;
            }
        }
    }

    /// The smallest pool with these classes.
    pub(super) fn measure(&self, classes: &[SlabClass]) -> Option<u64> {
        let in_slabs: usize = classes.iter().map(SlabClass::bytes).sum();
        if 2 * in_slabs as u64 > self.bytes {
            return None;
        }
        let behind = Behind::new(self.part, classes);
        let found = behind.smallest(&self.configuration, self.placement, self.effort, || ())?;
        Some(found.size)
    }

    /// Classes by what they promise, the most promising first, each with its slabs.
    fn grow(&self) -> Vec<SlabClass> {
        let moments = Moments::new(self.part, self.configuration.granule as u64);
        let mut chosen: Vec<SlabClass> = Vec::new();
        let mut estimate = moments.estimate(&[], self.bytes);
        while chosen.len() < MOST {
            let candidates: Vec<usize> = (1..=BUCKETS).collect();
            let best = candidates
                .par_iter()
                .filter_map(|&step| moments.best_slabs(&chosen, step * STEP, self.bytes))
                .min_by_key(|(bytes, class)| (*bytes, class.class.object_bytes()));
            match best {
                Some((bytes, class)) if bytes.saturating_add(self.price / 2) < estimate => {
                    chosen.push(class);
                    estimate = bytes;
                }
                _ => break,
            }
        }
        chosen
    }
}

/// In ascending order of their sizes, as a slab has them.
fn sorted(classes: &[SlabClass]) -> Vec<SlabClass> {
    let mut classes = classes.to_vec();
    classes.sort_by_key(|fixed| fixed.class.object_bytes());
    classes
}

/// What is live at moments of a trace, by the size in steps of 8 bytes.
struct Moments {
    rows: Vec<Row>,
    /// The most objects of each step at a time, and how many were live when most bytes were.
    most: [u64; BUCKETS],
}

#[derive(Clone)]
struct Row {
    objects: [u64; BUCKETS],
    /// Bytes of their blocks.
    bytes: [u64; BUCKETS],
    /// Bytes of all blocks.
    all: u64,
}

impl Moments {
    fn new(part: &Part, granule: u64) -> Self {
        let mut now = Row {
            objects: [0; BUCKETS],
            bytes: [0; BUCKETS],
            all: 0,
        };
        let mut moments = Self {
            rows: Vec::new(),
            most: [0; BUCKETS],
        };
        let step = part.ops.len().div_ceil(MOMENTS).max(1);
        // The fullest moment of each step of the trace.
        let mut fullest = now.clone();
        part.objects(&mut |number, _, before, after| {
            if let Some(size) = before {
                now.change(size, granule, -1);
            }
            if let Some(size) = after {
                now.change(size, granule, 1);
                if let Some(bucket) = bucket(size) {
                    moments.most[bucket] = moments.most[bucket].max(now.objects[bucket]);
                }
            }
            if now.all > fullest.all {
                fullest = now.clone();
            }
            if (number + 1) % step == 0 {
                moments.rows.push(fullest.clone());
                fullest = now.clone();
            }
        });
        moments.rows.push(fullest);
        moments
    }

    /// What a pool needs with these classes, which stand in any order: slabs, and what is not in them.
    /// `one`: what it needs without.
    fn estimate(&self, classes: &[SlabClass], one: u64) -> u64 {
        let classes = sorted(classes);
        let in_slabs: u64 = classes.iter().map(|fixed| fixed.bytes() as u64).sum();
        if 2 * in_slabs > one {
            return u64::MAX;
        }
        let rest = self.rows.iter().map(|row| row.outside(&classes)).max();
        let state = if classes.is_empty() { 0 } else { STATE };
        let state = state + CLASS * classes.len() as u64;
        rest.unwrap_or(0).saturating_add(in_slabs + state)
    }

    /// The best slabs for a further class of this size, and the estimate with it.
    fn best_slabs(&self, chosen: &[SlabClass], size: usize, one: u64) -> Option<(u64, SlabClass)> {
        if chosen
            .iter()
            .any(|fixed| fixed.class.object_bytes() == size)
        {
            return None;
        }
        let below = chosen.iter().map(|fixed| fixed.class.object_bytes());
        let below = below.filter(|&other| other < size).max().unwrap_or(0);
        let objects: u64 = self.most[below / STEP..size / STEP].iter().sum();
        let mut best = None;
        for class in slab_sizes(size) {
            let full = objects as usize / slots(&class);
            for percent in SCALES {
                let slabs = (full * percent / 100).max(1);
                let fixed = SlabClass { class, slabs };
                let mut classes = chosen.to_vec();
                classes.push(fixed);
                let estimate = self.estimate(&classes, one);
                if best.is_none_or(|(least, _)| estimate < least) {
                    best = Some((estimate, fixed));
                }
            }
        }
        best
    }
}

impl Row {
    fn change(&mut self, size: u64, granule: u64, by: i64) {
        let bytes = block_bytes(size, granule);
        self.all = self
            .all
            .saturating_add_signed(by.saturating_mul(bytes as i64));
        if let Some(bucket) = bucket(size) {
            self.objects[bucket] = self.objects[bucket].saturating_add_signed(by);
            self.bytes[bucket] = self.bytes[bucket].saturating_add_signed(by * bytes as i64);
        }
    }

    /// Bytes of blocks that are in no slab of these classes, in ascending order.
    fn outside(&self, classes: &[SlabClass]) -> u64 {
        let (mut from, mut inside) = (0, 0);
        for fixed in classes {
            let to = fixed.class.object_bytes() / STEP;
            let objects: u64 = self.objects[from..to].iter().sum();
            let bytes: u64 = self.bytes[from..to].iter().sum();
            let held = objects.min(fixed.objects() as u64);
            inside += (u128::from(bytes) * u128::from(held) / u128::from(objects.max(1))) as u64;
            from = to;
        }
        self.all.saturating_sub(inside)
    }
}

/// Which step a size belongs to, if a class is tried for it.
fn bucket(size: u64) -> Option<usize> {
    let size = usize::try_from(size.max(1)).ok()?;
    (size <= LARGEST).then(|| (size - 1) / STEP)
}

/// The slabs that lose least for objects of this size: the three best, in the order of their bytes.
fn slab_sizes(size: usize) -> Vec<Class> {
    let possible = (6..=16).map(|shift| 1_usize << shift);
    let mut classes: Vec<Class> = possible
        .filter(|&bytes| size + 36 <= bytes)
        .map(|bytes| Class::new(size, bytes))
        .collect();
    // Bytes of a slab for each of its objects, in 1/1024.
    classes.sort_by_key(|class| (class.slab_bytes() << 10) / slots(class));
    classes.truncate(3);
    classes.sort_by_key(Class::slab_bytes);
    classes
}
