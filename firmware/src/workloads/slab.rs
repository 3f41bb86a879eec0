//! Objects until the slabs of their class, and then the pool, are exhausted.

use super::{Live, keep, report};
use crate::bench::Bench;
use crate::clock::Clock;
use crate::subject::{SlabState, Subject};
use crate::tally::Tally;

/// Bytes of the pool.
const POOL: usize = 16 << 10;
/// Sizes of objects: LiteOS's classes.
const SIZES: [usize; 4] = [16, 32, 64, 128];

/// What an operation did to the slab.
#[derive(Default)]
struct Tallies {
    slot: Tally,
    slab: Tally,
    block: Tally,
}

impl Tallies {
    fn add(&mut self, before: SlabState, after: SlabState, count: u64) {
        let tally = if before.slabs != after.slabs {
            &mut self.slab
        } else if before.free != after.free {
            &mut self.slot
        } else {
            &mut self.block
        };
        tally.add(count);
    }
}

/// Equal objects until there is no room. Then every other one is freed, then the rest, so that slabs become half empty and
/// empty. An allocator without a slab has nothing to do here.
pub fn run<S: Subject>(clock: &Clock) {
    let (mut allocated, mut freed) = (Tallies::default(), Tallies::default());
    let mut refused = Tally::default();
    for size in SIZES {
        let mut bench = Bench::<S>::new(clock, POOL).expect("a pool for a slab");
        let Some(at_first) = bench.slab() else {
            return;
        };
        let mut before = at_first;
        let mut live = Live::new();
        loop {
            let (object, count) = bench.allocate(size);
            let Some(object) = object else {
                refused.add(count);
                break;
            };
            keep(&mut live, object);
            let after = bench.slab().expect("a slab does not vanish");
            allocated.add(before, after, count);
            before = after;
        }
        bench.verify(&live);
        for half in [1, 0] {
            for object in live.iter().skip(half).step_by(2) {
                let count = bench.free(*object);
                let after = bench.slab().expect("a slab does not vanish");
                freed.add(before, after, count);
                before = after;
            }
        }
        bench.verify([]);
        assert!(before == at_first, "{}: slabs are left over", S::NAME);
    }
    report::<S>(
        "slab",
        None,
        &[
            ("allocate, slot", allocated.slot),
            ("allocate, first slot of a new slab", allocated.slab),
            ("allocate, no slab left", allocated.block),
            ("allocate, refused", refused),
            ("free, slot", freed.slot),
            ("free, last slot of a slab", freed.slab),
            ("free, block", freed.block),
        ],
    );
}
