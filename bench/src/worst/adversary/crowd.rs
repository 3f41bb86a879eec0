//! Many free blocks at a time, or none.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::arena::Arena;
use crate::churn::Dice;
use crate::subject::Subject;
use crate::worst::Figures;
use crate::worst::bench::{Bench, Object};
use crate::worst::scenarios::{self, Pairs, count_allocate, exhaust, holes, random_size};

/// Used blocks between free ones: larger than what any slab takes, so that all blocks stand in one row.
pub const WALL: usize = 9000;

/// As for the everyday figures; and a pair that no slab takes.
const PAIRS: Pairs = &[(1040, 1104), (4200, 4328), (20_000, 20_400)];

/// No free block is large enough, or exactly one; and merging with two neighbours.
pub fn long_lists<S: Subject>(arena: &mut Arena, blocks: usize, figures: &mut Figures) {
    let lists = scenarios::long_lists::<S>(arena, blocks, PAIRS, WALL);
    figures.alloc = lists.succeeding;
    figures.failing = lists.failing;
    figures.free = lists.free;
}

/// Nothing but blocks of one size is free: some are taken and come back, and a larger request fails.
pub fn equal_sizes<S: Subject>(arena: &mut Arena, blocks: usize, figures: &mut Figures) {
    const TAKEN: usize = 4;
    for (size, _) in PAIRS {
        let Some(mut holes) = holes::<S>(arena, blocks, *size, None, WALL) else {
            continue;
        };
        count_allocate(&mut holes.bench, 3 * size, figures);
        let taken: Vec<Object> = (0..TAKEN)
            .map_while(|_| count_allocate(&mut holes.bench, *size, figures))
            .collect();
        for object in taken {
            figures.free.add(holes.bench.count_free(object));
        }
    }
}

/// Every byte is taken: requests of all sizes fail. Then one block at a time is free, and taken again.
pub fn full<S: Subject>(arena: &mut Arena, pool: usize, victims: usize, figures: &mut Figures) {
    let Some(mut bench) = Bench::<S>::new(arena, pool) else {
        return;
    };
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(4));
    let mut live = Vec::new();
    while let Some(object) = bench.allocate(random_size(&mut dice)) {
        live.push(object);
    }
    exhaust(&mut bench);
    for size in [8, 24, 100, 130, 500, 1000, 5000, 30_000, pool / 2, pool] {
        count_allocate(&mut bench, size, figures);
    }
    for _ in 0..victims.min(live.len()) {
        let victim = live.swap_remove(dice.below_len(live.len()));
        figures.free.add(bench.count_free(victim));
        if let Some(again) = count_allocate(&mut bench, victim.size(), figures) {
            live.push(again);
        }
    }
}

/// Twice so many large blocks side by side. Every other one is freed; some are taken again, whole or in part; a request
/// larger than each fails; and the ones between are freed, each merging with two large neighbours.
pub fn large_blocks<S: Subject>(arena: &mut Arena, blocks: usize, figures: &mut Figures) {
    const GRANULES: usize = 33_000;
    let size = GRANULES * S::DEFAULT_ALIGN;
    let Some(mut bench) = Bench::<S>::new(arena, 2 * blocks * (size + 64) + (64 << 10)) else {
        return;
    };
    let Some(objects) = (0..2 * blocks)
        .map(|_| count_allocate(&mut bench, size, figures))
        .collect::<Option<Vec<Object>>>()
    else {
        // Whoever rounds up to a power of two has no room for them: that is another scenario.
        *figures = Figures::default();
        return;
    };
    exhaust(&mut bench);
    for object in objects.iter().skip(1).step_by(2) {
        figures.free.add(bench.count_free(*object));
    }
    count_allocate(&mut bench, size + 1000, figures);
    for part in [size, size - 5000, size / 2] {
        if let Some(object) = count_allocate(&mut bench, part, figures) {
            figures.free.add(bench.count_free(object));
        }
    }
    for object in objects.iter().step_by(2) {
        figures.free.add(bench.count_free(*object));
    }
}
