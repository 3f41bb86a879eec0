//! Small objects: a slab takes slabs from the heap and gives them back.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::arena::Arena;
use crate::churn::Dice;
use crate::subject::Subject;
use crate::worst::Figures;
use crate::worst::bench::{Bench, Object};
use crate::worst::scenarios::{count_allocate, exhaust};

/// Objects of one size in a heap with others: enough for some slabs, then all there is room for, then all freed.
pub fn slabs<S: Subject>(arena: &mut Arena, pool: usize, counted: usize, figures: &mut Figures) {
    for size in [8, 24, 64, 120, 500, 3000] {
        let Some(mut bench) = Bench::<S>::new(arena, pool) else {
            return;
        };
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(5));
        let others = background(&mut bench, pool / 4, &mut dice);
        let first: Vec<Object> = (0..counted)
            .map_while(|_| count_allocate(&mut bench, size, figures))
            .collect();
        let mut rest = Vec::new();
        while let Some(object) = bench.allocate(size) {
            rest.push(object);
        }
        // The class is exhausted, and so is the heap. With one slot free, and with one block free.
        count_allocate(&mut bench, size, figures);
        for object in first.iter().step_by(8).copied() {
            figures.free.add(bench.count_free(object));
            count_allocate(&mut bench, size, figures);
        }
        for object in others {
            bench.free(object);
        }
        // The heap has room again: slabs are emptied one after the other, and go back.
        let (last, before) = rest.split_at(rest.len().min(counted));
        for object in before {
            bench.free(*object);
        }
        for object in last {
            figures.free.add(bench.count_free(*object));
        }
    }
}

/// Objects of all small sizes, so many bytes of them; every third one is freed again.
fn background<S: Subject>(bench: &mut Bench<S>, bytes: usize, dice: &mut Dice) -> Vec<Object> {
    let (mut live, mut taken, mut number) = (Vec::new(), 0, 0);
    while taken < bytes {
        let size = 8 + dice.below_len(504);
        taken += size;
        number += 1;
        let Some(object) = bench.allocate(size) else {
            break;
        };
        if number % 3 == 0 {
            bench.free(object);
        } else {
            live.push(object);
        }
    }
    live
}

/// A slab of this size, a hole that is larger, an object of a class with such slabs: for small slabs and for large.
const HOLES: [(usize, usize, usize); 2] = [(512, 700, 24), (16 << 10, 22_000, 450)];

/// The holes are everything that is free, and no slab can stand in them on a multiple of its own size.
pub fn crooked_holes<S: Subject>(arena: &mut Arena, holes: usize, figures: &mut Figures) {
    for (slab, hole, object) in HOLES {
        let Some(mut bench) = crooked::<S>(arena, holes, slab, hole) else {
            continue;
        };
        let (aligned, steps) = bench.count_allocate_aligned(slab, slab);
        if aligned.is_none() {
            figures.failing.add(steps);
        }
        let objects: Vec<Object> = (0..4)
            .map_while(|_| count_allocate(&mut bench, object, figures))
            .collect();
        for object in objects {
            figures.free.add(bench.count_free(object));
        }
    }
}

fn crooked<S: Subject>(
    arena: &mut Arena,
    holes: usize,
    slab: usize,
    hole: usize,
) -> Option<Bench<S>> {
    // Where a hole has to begin behind a multiple of the slab's size, so that none fits before the hole's end.
    let crooked = 32..=2 * slab - hole - 32;
    let mut bench = Bench::<S>::new(arena, 8 * holes * hole + (64 << 10))?;
    let mut free = Vec::new();
    let mut previous_is_free = false;
    while free.len() < holes {
        let object = bench.allocate(hole)?;
        previous_is_free = !previous_is_free && crooked.contains(&(object.address() % slab));
        if previous_is_free {
            free.push(object);
        }
    }
    exhaust(&mut bench);
    for object in free {
        bench.free(object);
    }
    Some(bench)
}
