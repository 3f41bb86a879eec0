//! Blocks that split and merge on both sides.

use super::{Figures, Live, keep};
use crate::bench::Bench;
use crate::clock::Clock;
use crate::subject::Subject;

/// Equal blocks side by side.
const BLOCKS: usize = 16;

/// Equal blocks side by side: every other one is freed, then the rest, so that each free merges with both neighbours.
pub fn run<S: Subject>(clock: &Clock) {
    let mut figures = Figures::default();
    for size in [8, 24, 64, 120, 200, 1000, 5000] {
        if size * BLOCKS > S::POOL {
            continue;
        }
        let mut bench = Bench::<S>::new(clock, S::POOL).expect("a pool for everyday work");
        let mut live = Live::new();
        for _ in 0..BLOCKS {
            if let Some(object) = figures.allocate(&mut bench, size) {
                keep(&mut live, object);
            }
        }
        for half in [1, 0] {
            for object in live.iter().skip(half).step_by(2) {
                figures.free(&mut bench, *object);
            }
        }
        bench.verify([]);
    }
    figures.report::<S>("merging");
}
