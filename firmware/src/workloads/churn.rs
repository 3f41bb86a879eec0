//! Everyday work: random sizes and lifetimes, in a pool that has room.

use super::{Figures, Live, keep};
use crate::bench::Bench;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::subject::Subject;

/// Operations before those that are reported.
const WARMUP: usize = 6000;
/// Operations that are reported.
const REPORTED: usize = 4000;
/// Bytes of the pool for each live object, whose mean size is 218: the pool is two thirds full.
const SHARE: usize = 320;

/// Sizes of 8 to 1023 bytes, log-uniform; the number of live objects keeps within 5 % of a target; one operation in ten
/// resizes an object to between half and twice its size.
pub fn run<S: Subject>(clock: &Clock) {
    let mut bench = Bench::<S>::new(clock, S::POOL).expect("a pool for everyday work");
    let mut dice = Dice::new(2);
    let mut live = Live::new();
    let target = S::POOL / SHARE;
    while live.len() < target {
        if let (Some(object), _) = bench.allocate(dice.size()) {
            keep(&mut live, object);
        }
    }
    let mut figures = Figures::default();
    for operation in 0..WARMUP + REPORTED {
        if operation == WARMUP {
            bench.verify(&live);
            figures = Figures::default();
        }
        step(&mut bench, &mut live, target, &mut dice, &mut figures);
    }
    bench.verify(&live);
    let mut bench = bench.restart();
    bench.verify(&live);
    for object in live {
        bench.free(object);
    }
    bench.verify([]);
    figures.report::<S>("churn");
}

fn step<S: Subject>(
    bench: &mut Bench<S>,
    live: &mut Live,
    target: usize,
    dice: &mut Dice,
    figures: &mut Figures,
) {
    let pick = dice.below(live.len());
    if dice.below(10) == 0 {
        let object = &mut live[pick];
        let size = object.size();
        let wanted = size / 2 + dice.below(size + size / 2 + 1);
        figures.resize(bench, object, wanted.max(1));
    } else if frees(dice, live.len(), target) {
        let object = live.swap_remove(pick);
        figures.free(bench, object);
    } else if let Some(object) = figures.allocate(bench, dice.size()) {
        keep(live, object);
    }
}

/// Is the next operation a free?
fn frees(dice: &mut Dice, live: usize, target: usize) -> bool {
    let slack = target / 20;
    match live {
        _ if live > target + slack => true,
        _ if live + slack < target => false,
        _ => dice.below(2) == 0,
    }
}
