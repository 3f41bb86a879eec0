//! Many free blocks of one class and no other free memory.

use super::{Live, keep, report};
use crate::bench::{Bench, Object};
use crate::clock::Clock;
use crate::subject::Subject;
use crate::tally::Tally;

/// Sizes of the free blocks, and of the request that is a little larger but falls into the same class of most designs.
const PAIRS: [(usize, usize); 3] = [(128, 136), (1040, 1104), (4200, 4328)];

/// A request that none of `blocks` free blocks holds; one that one of them holds, the first, middle or last freed; a free
/// between two of them. Pools that the allocator can't manage are left out.
pub fn run<S: Subject>(clock: &Clock, blocks: usize) {
    let (mut failing, mut succeeding, mut between) =
        (Tally::default(), Tally::default(), Tally::default());
    for (size, request) in PAIRS.into_iter().filter(|(size, _)| *size >= S::PLAIN) {
        if let Some(mut holes) = Holes::<S>::new(clock, blocks, size, None) {
            let (object, count) = holes.bench.allocate(request);
            if object.is_none() {
                failing.add(count);
            }
            holes.verify();
        }
        for position in [0, blocks / 2, blocks - 1] {
            let larger = Some((position, request));
            if let Some(mut holes) = Holes::<S>::new(clock, blocks, size, larger) {
                let (object, count) = holes.bench.allocate(request);
                if object.is_some() {
                    succeeding.add(count);
                }
                holes.verify();
            }
            if let Some(mut holes) = Holes::<S>::new(clock, blocks, size, None) {
                let wall = holes.walls.swap_remove(position);
                between.add(holes.bench.free(wall));
                holes.verify();
            }
        }
    }
    report::<S>(
        "long lists",
        Some(blocks),
        &[
            ("allocate, refused", failing),
            ("allocate", succeeding),
            ("free", between),
        ],
    );
}

/// A heap with free blocks between walls.
struct Holes<'c, S> {
    bench: Bench<'c, S>,
    walls: Live,
}

impl<'c, S: Subject> Holes<'c, S> {
    /// Makes `blocks` free blocks of `size` bytes, one of them larger if asked for, with a used block behind each, and
    /// nothing else free. They are freed in the order of their addresses.
    fn new(
        clock: &'c Clock,
        blocks: usize,
        size: usize,
        larger: Option<(usize, usize)>,
    ) -> Option<Self> {
        const OVERHEAD: usize = 96;
        let pool = blocks * (size + S::PLAIN + OVERHEAD) + (32 << 10);
        let mut bench = Bench::<S>::new(clock, pool)?;
        let (mut free, mut walls) = (Live::new(), Live::new());
        for index in 0..blocks {
            let size = larger
                .filter(|(position, _)| *position == index)
                .map_or(size, |(_, request)| request);
            let (hole, wall) = side_by_side(&mut bench, size)?;
            keep(&mut free, hole);
            keep(&mut walls, wall);
        }
        for exponent in (3..=24).rev() {
            while bench.allocate(1 << exponent).0.is_some() {}
        }
        for object in free {
            bench.free(object);
        }
        Some(Self { bench, walls })
    }

    fn verify(&self) {
        self.bench.verify(&self.walls);
    }
}

/// An object of `size` bytes and a wall right behind it. Objects that fell into a gap elsewhere, as those between the first
/// slabs of a slab, stay there.
fn side_by_side<S: Subject>(bench: &mut Bench<S>, size: usize) -> Option<(Object, Object)> {
    /// More than any header.
    const HEADER: usize = 32;
    loop {
        let (hole, wall) = (bench.allocate(size).0?, bench.allocate(S::PLAIN).0?);
        let distance = wall.block().addr().wrapping_sub(bench.end_of(&hole).addr());
        if distance < HEADER {
            return Some((hole, wall));
        }
    }
}
