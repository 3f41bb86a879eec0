//! The work. Sizes, counts and seeds are the host bench's where it has the same scenario (`bench/src/worst/scenarios.rs`).

mod churn;
mod long_lists;
mod merging;
mod misuse;
mod nearly_full;
mod slab;

use crate::bench::{Bench, Object, Resized};
use crate::clock::Clock;
use crate::report::{Counted, line};
use crate::subject::Subject;
use crate::tally::Tally;

/// The most objects that live at one time.
const MAX_LIVE: usize = 2048;

/// Live objects.
type Live = heapless::Vec<Object, MAX_LIVE>;

/// All of the work, for one allocator.
pub fn run<S: Subject>(clock: &Clock) {
    misuse::run::<S>(clock);
    churn::run::<S>(clock);
    nearly_full::run::<S>(clock);
    merging::run::<S>(clock);
    for blocks in [50, 200, 800] {
        long_lists::run::<S>(clock, blocks);
    }
    slab::run::<S>(clock);
}

/// The instructions of the everyday operations.
#[derive(Default)]
struct Figures {
    allocate: Tally,
    refused: Tally,
    free: Tally,
    in_place: Tally,
    moved: Tally,
    resize_refused: Tally,
}

impl Figures {
    fn allocate<S: Subject>(&mut self, bench: &mut Bench<S>, size: usize) -> Option<Object> {
        let (object, count) = bench.allocate(size);
        match object {
            Some(_) => self.allocate.add(count),
            None => self.refused.add(count),
        }
        object
    }

    fn free<S: Subject>(&mut self, bench: &mut Bench<S>, object: Object) {
        self.free.add(bench.free(object));
    }

    fn resize<S: Subject>(&mut self, bench: &mut Bench<S>, object: &mut Object, size: usize) {
        let (resized, count) = bench.resize(object, size);
        match resized {
            Resized::InPlace => self.in_place.add(count),
            Resized::Moved => self.moved.add(count),
            Resized::Refused => self.resize_refused.add(count),
        }
    }

    fn report<S: Subject>(&self, scenario: &'static str) {
        report::<S>(
            scenario,
            None,
            &[
                ("allocate", self.allocate),
                ("allocate, refused", self.refused),
                ("free", self.free),
                ("resize in place", self.in_place),
                ("resize by copying", self.moved),
                ("resize, refused", self.resize_refused),
            ],
        );
    }
}

/// Sends those that happened.
fn report<S: Subject>(
    scenario: &'static str,
    blocks: Option<usize>,
    tallies: &[(&'static str, Tally)],
) {
    for &(operation, tally) in tallies.iter().filter(|(_, tally)| tally.count > 0) {
        line(&Counted {
            configuration: S::NAME,
            scenario,
            blocks,
            operation,
            count: tally.count,
            sum: tally.sum,
            max: tally.max,
        });
    }
}

/// Keeps an object.
fn keep(live: &mut Live, object: Object) {
    assert!(live.push(object).is_ok(), "too many objects live");
}
