//! A heap at the brink.

use super::{Figures, Live, keep};
use crate::bench::Bench;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::subject::Subject;

/// Operations after the pool is full.
const OPERATIONS: usize = 1000;

/// Half of the everyday pool: allocate at random until it fails, free one at random, and so on. One step in ten also
/// doubles an object.
pub fn run<S: Subject>(clock: &Clock) {
    let mut bench = Bench::<S>::new(clock, S::POOL / 2).expect("a pool of half the size");
    let mut dice = Dice::new(3);
    let mut live = Live::new();
    // Not counted: filling the pool.
    while let (Some(object), _) = bench.allocate(dice.size()) {
        keep(&mut live, object);
    }
    let mut figures = Figures::default();
    for operation in 0..OPERATIONS {
        if operation % 10 == 0 && !live.is_empty() {
            let pick = dice.below(live.len());
            let doubled = live[pick].size() * 2;
            figures.resize(&mut bench, &mut live[pick], doubled);
        }
        if let Some(object) = figures.allocate(&mut bench, dice.size()) {
            keep(&mut live, object);
        } else if !live.is_empty() {
            let victim = dice.below(live.len());
            figures.free(&mut bench, live.swap_remove(victim));
        }
    }
    bench.verify(&live);
    figures.report::<S>("nearly full");
}
