//! Work that shows what one operation can cost.

use litepool_trace::Op;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::bench::{Bench, Object};
use super::{Figures, Lists};
use crate::arena::Arena;
use crate::churn::{Churn, Dice};
use crate::subject::Subject;

/// The pool for [`Churn::SMALL`] in bytes: not twice what it needs, and 16-bit links reach all of it.
pub const CHURN_POOL: usize = (256 << 10) - 64;

/// The synthetic churn. Resizes become a free and an allocation.
pub fn churn<S: Subject>(
    arena: &mut Arena,
    pool: usize,
    churn: &Churn,
    warmup: usize,
    figures: &mut Figures,
) {
    let Some(mut bench) = Bench::<S>::new(arena, pool) else {
        return;
    };
    let script = churn.script();
    let mut objects: Vec<Option<Object>> = vec![None; script.slots];
    for (index, op) in script.ops.iter().enumerate() {
        let slot = op.id() as usize;
        if let Some(object) = objects[slot].take() {
            if index < warmup {
                bench.free(object);
            } else {
                figures.free.add(bench.count_free(object));
            }
        }
        let (Op::Allocate { size, .. } | Op::Resize { size, .. }) = *op else {
            continue;
        };
        if index < warmup {
            objects[slot] = bench.allocate(size as usize);
        } else {
            objects[slot] = count_allocate(&mut bench, size as usize, figures);
        }
    }
}

/// A pool at the brink: allocate at random until it fails, free one at random, and so on.
pub fn nearly_full<S: Subject>(
    arena: &mut Arena,
    pool: usize,
    operations: usize,
    figures: &mut Figures,
) {
    let Some(mut bench) = Bench::<S>::new(arena, pool) else {
        return;
    };
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(3));
    let mut live: Vec<Object> = Vec::new();
    // Not counted: filling the pool.
    while let Some(object) = bench.allocate(random_size(&mut dice)) {
        live.push(object);
    }
    for _ in 0..operations / 2 {
        match count_allocate(&mut bench, random_size(&mut dice), figures) {
            Some(object) => live.push(object),
            None if live.is_empty() => return,
            None => {
                let victim = live.swap_remove(dice.below_len(live.len()));
                figures.free.add(bench.count_free(victim));
            }
        }
    }
}

/// Log-uniform from 8 to 1023 bytes.
pub fn random_size(dice: &mut Dice) -> usize {
    let exponent = 3 + dice.below(7);
    ((1 << exponent) + dice.below(1 << exponent)) as usize
}

/// Equal blocks side by side: every other one is freed, then the rest, so that each free merges with both neighbours.
pub fn merging<S: Subject>(arena: &mut Arena, figures: &mut Figures) {
    const BLOCKS: usize = 16;
    for size in [8, 24, 64, 120, 200, 1000, 5000] {
        let Some(mut bench) = Bench::<S>::new(arena, 128 << 10) else {
            return;
        };
        let objects: Vec<Object> = (0..BLOCKS)
            .map_while(|_| count_allocate(&mut bench, size, figures))
            .collect();
        for object in objects
            .iter()
            .skip(1)
            .step_by(2)
            .chain(objects.iter().step_by(2))
        {
            figures.free.add(bench.count_free(*object));
        }
    }
}

/// Sizes of the free blocks, and of the request that is a little larger but falls into the same class of most designs.
pub type Pairs = &'static [(usize, usize)];

/// The pairs for the everyday figures, and the size of the used blocks between.
pub const PAIRS: Pairs = &[(128, 136), (1040, 1104), (4200, 4328)];
/// See [`PAIRS`].
pub const WALL: usize = 16;

/// Many free blocks of one class and no other free memory.
pub fn long_lists<S: Subject>(
    arena: &mut Arena,
    blocks: usize,
    pairs: Pairs,
    wall: usize,
) -> Lists {
    let mut lists = Lists {
        blocks,
        ..Lists::default()
    };
    for &(size, request) in pairs {
        let allocate_among = |arena: &mut Arena, larger| {
            let mut holes = holes::<S>(arena, blocks, size, larger, wall)?;
            let (object, steps) = holes.bench.count_allocate(request);
            Some((object.is_some(), steps))
        };
        if let Some((false, steps)) = allocate_among(arena, None) {
            lists.failing.add(steps);
        }
        for position in [0, blocks / 2, blocks - 1] {
            let larger = Some((position, request));
            if let Some((true, steps)) = allocate_among(arena, larger) {
                lists.succeeding.add(steps);
            }
            if let Some(mut holes) = holes::<S>(arena, blocks, size, None, wall) {
                let between = holes.walls[position];
                lists.free.add(holes.bench.count_free(between));
            }
        }
    }
    lists
}

/// A heap with free blocks between walls.
pub struct Holes<S> {
    /// The heap.
    pub bench: Bench<S>,
    /// The used blocks, in the order of their addresses.
    pub walls: Vec<Object>,
}

/// Makes `blocks` free blocks of `size` bytes, one of them larger if asked for, with a used block behind each, and
/// nothing else free. They are freed in the order of their addresses.
pub fn holes<S: Subject>(
    arena: &mut Arena,
    blocks: usize,
    size: usize,
    larger: Option<(usize, usize)>,
    wall: usize,
) -> Option<Holes<S>> {
    const OVERHEAD: usize = 96;
    let mut bench = Bench::<S>::new(arena, blocks * (size + wall + OVERHEAD) + (32 << 10))?;
    let (mut free, mut walls) = (Vec::new(), Vec::new());
    for index in 0..blocks {
        let size = larger
            .filter(|(position, _)| *position == index)
            .map_or(size, |(_, request)| request);
        free.push(bench.allocate(size)?);
        walls.push(bench.allocate(wall)?);
    }
    exhaust(&mut bench);
    for object in free {
        bench.free(object);
    }
    Some(Holes { bench, walls })
}

/// Takes all that is free.
pub fn exhaust<S: Subject>(bench: &mut Bench<S>) {
    for exponent in (3..=24).rev() {
        while bench.allocate(1 << exponent).is_some() {}
    }
}

/// Allocates, and adds the count to the successes or the failures.
pub fn count_allocate<S: Subject>(
    bench: &mut Bench<S>,
    size: usize,
    figures: &mut Figures,
) -> Option<Object> {
    let (object, steps) = bench.count_allocate(size);
    if object.is_some() {
        &mut figures.alloc
    } else {
        &mut figures.failing
    }
    .add(steps);
    object
}
