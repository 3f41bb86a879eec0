//! Pools of slots of fixed sizes, as `LOS_MemboxInit` (LiteOS-M), `k_mem_slab_init` (Zephyr) and
//! `osMemoryPoolNew` (CMSIS-RTOS2) make them: how many slots of which sizes serve a part of a
//! trace.

use std::collections::BTreeMap;

use litepool_trace::{Op, WordSize};

use crate::part::Part;

#[cfg(test)]
mod tests;

/// Most classes that a pool of fixed slots is given.
const MOST_CLASSES: usize = 4;
/// Most sizes that a class may end at: choosing among them takes their square for each operation.
const MOST_SIZES: usize = 16;
/// Words of a class's control block: the first free slot, the slots' size, how many there are, how
/// many are used.
const CONTROL_WORDS: u64 = 4;

/// A pool of fixed slots: no headers, no fragmentation, and a slot is as large as its class's
/// largest object.
///
/// ```
/// use litepool_replay::{FixedPool, Part};
/// use litepool_trace::{Op, WordSize};
///
/// let mut part = Part::builder();
/// (0..10).for_each(|id| part.push(Op::Allocate { id, size: 24, align: 0 }));
/// part.push(Op::Allocate { id: 10, size: 1000, align: 0 });
/// let pool = FixedPool::of(&part.finish(), WordSize::Bits32).ok_or("no objects")?;
/// let classes: Vec<_> = pool.classes.iter().map(|class| (class.slot, class.slots)).collect();
/// assert_eq!(classes, [(24, 10), (1000, 1)]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FixedPool {
    /// The classes, in ascending order of their slots' sizes.
    pub classes: Vec<FixedClass>,
    /// Bytes of all of it, with a control block of four words for each class.
    pub bytes: u64,
}

/// Slots of one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedClass {
    /// The size of a slot, in bytes: a multiple of the word and of the largest alignment.
    pub slot: u64,
    /// How many there are: the most that are used at a time.
    pub slots: u64,
}

impl FixedPool {
    /// The pool of at most four classes that needs the fewest bytes to serve this part of a trace,
    /// on a device of this word size. `None` if there are no objects.
    ///
    /// An object has a slot of the smallest class that holds it. If it grows beyond that, it takes
    /// another before the first is free again; if it shrinks, it stays. The numbers of slots are
    /// exact, by simulation. Where the objects have more than 16 sizes, classes end at 16 of them
    /// that share the bytes evenly, so that a better division is possible. O(operations).
    #[must_use]
    pub fn of(part: &Part, word: WordSize) -> Option<Self> {
        let word = u64::from(word.bytes());
        let unit = part.largest_align.max(word);
        let ends = ends(&by_size(part, unit));
        let together = most_together(part, unit, &ends);
        let divisions = (1..=MOST_CLASSES.min(ends.len())).map(|classes| {
            let slots = divide(&ends, &together, classes);
            Self::with_slots(part, unit, word, &slots)
        });
        divisions.min_by_key(|pool| (pool.bytes, pool.classes.len()))
    }

    /// The pool with slots of these sizes, as many as are needed.
    fn with_slots(part: &Part, unit: u64, word: u64, slots: &[u64]) -> Self {
        let mut used = vec![Most::default(); slots.len()];
        // The class of the object in each slot of the script.
        let mut objects: Vec<Option<usize>> = vec![None; part.slots];
        part.pieces(usize::MAX, &mut |ops| {
            for &op in ops {
                let object = &mut objects[op.id() as usize];
                match op {
                    Op::Allocate { size, .. } | Op::Resize { size, .. } => {
                        let class = slots.partition_point(|&slot| slot < rounded(size, unit));
                        if object.is_none_or(|held| held < class) {
                            used[class].add();
                            if let Some(held) = object.replace(class) {
                                used[held].remove();
                            }
                        }
                    }
                    Op::Free { .. } => {
                        if let Some(held) = object.take() {
                            used[held].remove();
                        }
                    }
                }
            }
            true
        });
        let classes = slots.iter().zip(&used).map(|(&slot, used)| FixedClass {
            slot,
            slots: used.most,
        });
        let classes: Vec<FixedClass> = classes.filter(|class| class.slots > 0).collect();
        let bytes = |class: &FixedClass| {
            let slots = class.slot.saturating_mul(class.slots);
            slots.saturating_add(CONTROL_WORDS * word)
        };
        let all = classes.iter().map(bytes);
        Self {
            bytes: all.fold(0, u64::saturating_add),
            classes,
        }
    }
}

/// A number that goes up and down, and the most that it was.
#[derive(Clone, Copy, Default)]
struct Most {
    now: u64,
    most: u64,
}

impl Most {
    fn add(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }

    fn remove(&mut self) {
        self.now = self.now.saturating_sub(1);
    }
}

/// A size in whole units; beyond what can be rounded the largest multiple there is.
fn rounded(size: u64, unit: u64) -> u64 {
    let size = size.max(1);
    size.checked_next_multiple_of(unit)
        .unwrap_or(u64::MAX / unit * unit)
}

/// How many objects of each size live at a time, at most.
fn by_size(part: &Part, unit: u64) -> BTreeMap<u64, Most> {
    let mut sizes: BTreeMap<u64, Most> = BTreeMap::new();
    follow(part, unit, |before, after| {
        if let Some(most) = before.and_then(|size| sizes.get_mut(&size)) {
            most.remove();
        }
        if let Some(size) = after {
            sizes.entry(size).or_default().add();
        }
    });
    sizes
}

/// Shows each change of an object's size, in whole units: the size before and after, where there is
/// one.
fn follow(part: &Part, unit: u64, mut see: impl FnMut(Option<u64>, Option<u64>)) {
    part.objects(&mut |_, _, before, after| {
        let [before, after] = [before, after].map(|size| size.map(|size| rounded(size, unit)));
        if before != after {
            see(before, after);
        }
    });
}

/// The sizes that classes may end at, ascending: all, or some that share the bytes evenly. The
/// largest is one of them.
fn ends(sizes: &BTreeMap<u64, Most>) -> Vec<u64> {
    if sizes.len() <= MOST_SIZES {
        return sizes.keys().copied().collect();
    }
    let bytes = |(&size, most): (&u64, &Most)| u128::from(size) * u128::from(most.most);
    let all: u128 = sizes.iter().map(bytes).sum();
    let mut ends = Vec::new();
    let mut below = 0;
    for (index, one) in sizes.iter().enumerate() {
        below += bytes(one);
        let is_last = index + 1 == sizes.len();
        let share = all * (ends.len() as u128 + 1) / MOST_SIZES as u128;
        if is_last || (below >= share && ends.len() + 1 < MOST_SIZES) {
            ends.push(*one.0);
        }
    }
    ends
}

/// For each first and last of the sizes, how many objects from the first to the last live at a
/// time, at most: at `first * sizes + last`.
fn most_together(part: &Part, unit: u64, ends: &[u64]) -> Vec<Most> {
    let sizes = ends.len();
    let mut together = vec![Most::default(); sizes * sizes];
    let index = |size: u64| ends.partition_point(|&end| end < size).min(sizes - 1);
    follow(part, unit, |before, after| {
        let (before, after) = (before.map(index), after.map(index));
        if before == after {
            return;
        }
        let ranges =
            |of: usize| (0..=of).flat_map(move |first| (of..sizes).map(move |last| (first, last)));
        for (first, last) in before.into_iter().flat_map(ranges) {
            together[first * sizes + last].remove();
        }
        for (first, last) in after.into_iter().flat_map(ranges) {
            together[first * sizes + last].add();
        }
    });
    together
}

/// The ends of so many classes that need the fewest bytes, by dynamic programming over the last
/// class's first size.
fn divide(ends: &[u64], together: &[Most], classes: usize) -> Vec<u64> {
    let sizes = ends.len();
    let cost = |first: usize, last: usize| {
        u128::from(ends[last]) * u128::from(together[first * sizes + last].most)
    };
    // For each number of sizes, the fewest bytes of classes for these, and their ends.
    let mut best: Vec<Option<(u128, Vec<u64>)>> = vec![None; sizes + 1];
    best[0] = Some((0, Vec::new()));
    for _ in 0..classes {
        let longer = |upto: usize| {
            let firsts = (0..upto).filter_map(|first| {
                let (bytes, slots) = best[first].as_ref()?;
                Some((bytes + cost(first, upto - 1), first, slots))
            });
            let (bytes, _, slots) = firsts.min_by_key(|&(bytes, first, _)| (bytes, first))?;
            let mut slots = slots.clone();
            slots.push(ends[upto - 1]);
            Some((bytes, slots))
        };
        best = (0..=sizes).map(longer).collect();
    }
    best.pop()
        .flatten()
        .map_or_else(Vec::new, |(_, slots)| slots)
}
