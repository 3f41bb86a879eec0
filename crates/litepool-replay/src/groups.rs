//! Objects of a part in groups, and each group's operations for the pool that serves it.

use litepool_trace::Op;

use crate::part::{Part, PartBuilder};

#[cfg(test)]
mod tests;

/// Which group an object of a [`Part`] belongs to: by a label of its own, and by its size.
///
/// ```
/// use litepool_replay::{Groups, Part};
/// use litepool_trace::Op;
///
/// let mut part = Part::builder();
/// part.push(Op::Allocate { id: 0, size: 24, align: 0 });
/// part.push(Op::Allocate { id: 1, size: 500, align: 0 });
/// part.push(Op::Free { id: 0 });
/// // Both objects have one label: up to 32 bytes they are of group 0, else of group 1.
/// let groups = Groups::new(vec![0, 0], vec![(0, vec![32])]);
/// assert_eq!((groups.of(0, 24), groups.of(1, 500)), (0, 1));
/// // Each group in a pool of its own.
/// let pools = groups.deal(&part.finish(), &[0, 1]);
/// assert_eq!((pools[0].live_peak, pools[1].live_peak), (24, 500));
/// ```
#[derive(Clone, Debug)]
pub struct Groups {
    of_object: Vec<u32>,
    labels: Vec<(usize, Vec<u64>)>,
}

impl Groups {
    /// The label of each object, in the order of allocation; and of each label the number of its first
    /// group, and the sizes that its ranges end at, which ascend: it has a group for each of them, and
    /// one for what is larger.
    #[must_use]
    pub fn new(of_object: Vec<u32>, labels: Vec<(usize, Vec<u64>)>) -> Self {
        Self { of_object, labels }
    }

    /// The group of an object, numbered in the order of allocation, while it has this size. O(log n) of
    /// its label's ranges.
    ///
    /// # Panics
    /// There is no such object, or its label is unknown.
    #[must_use]
    pub fn of(&self, object: usize, size: u64) -> usize {
        let (first, ends) = &self.labels[self.of_object[object] as usize];
        first + ends.partition_point(|&end| end < size)
    }

    /// Deals the whole to pools: `pools` has the pool of each group. An object that is resized to a group
    /// of another pool moves as the program would have it move: it is allocated there, then freed here.
    /// O(operations), and memory of 8 bytes for each.
    ///
    /// # Panics
    /// As [`Groups::of`], and if a group has no pool.
    #[must_use]
    pub fn deal(&self, whole: &Part, pools: &[u8]) -> Vec<Part> {
        let count = pools.iter().max().map_or(0, |&last| usize::from(last) + 1);
        let mut dealer = Dealer {
            pools: (0..count).map(|_| Dealt::default()).collect(),
            live: vec![None; whole.slots],
        };
        let mut objects = 0;
        whole.pieces(usize::MAX, &mut |ops| {
            for &op in ops {
                let pool = |object, size| usize::from(pools[self.of(object, size)]);
                dealer.op(op, &mut objects, pool);
            }
            true
        });
        let parts = dealer.pools.into_iter();
        parts.map(|dealt| dealt.builder.finish()).collect()
    }
}

/// Where an object is.
#[derive(Clone, Copy)]
struct Place {
    object: usize,
    pool: usize,
    slot: u32,
    align: u64,
}

struct Dealer {
    pools: Vec<Dealt>,
    /// By the slots of the whole.
    live: Vec<Option<Place>>,
}

/// What a pool was dealt so far.
#[derive(Default)]
struct Dealt {
    builder: PartBuilder,
    vacant: Vec<u32>,
    slots: u32,
}

impl Dealer {
    fn op(&mut self, op: Op, objects: &mut usize, pool: impl Fn(usize, u64) -> usize) {
        let live = &mut self.live[op.id() as usize];
        match op {
            Op::Allocate { size, align, .. } => {
                let (object, pool) = (*objects, pool(*objects, size));
                *objects += 1;
                let slot = self.pools[pool].allocate(size, align);
                *live = Some(Place {
                    object,
                    pool,
                    slot,
                    align,
                });
            }
            Op::Resize { size, .. } => {
                let Some(place) = live else { return };
                let to = pool(place.object, size);
                if to == place.pool {
                    let id = place.slot;
                    self.pools[to].builder.push(Op::Resize { id, size });
                } else {
                    let slot = self.pools[to].allocate(size.max(1), place.align);
                    self.pools[place.pool].free(place.slot);
                    (place.pool, place.slot) = (to, slot);
                }
            }
            Op::Free { .. } => {
                if let Some(place) = live.take() {
                    self.pools[place.pool].free(place.slot);
                }
            }
        }
    }
}

impl Dealt {
    fn allocate(&mut self, size: u64, align: u64) -> u32 {
        let id = self.vacant.pop().unwrap_or_else(|| {
            self.slots += 1;
            self.slots - 1
        });
        self.builder.push(Op::Allocate { id, size, align });
        id
    }

    fn free(&mut self, id: u32) {
        self.builder.push(Op::Free { id });
        self.vacant.push(id);
    }
}
