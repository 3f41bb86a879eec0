//! The ways are as long as they claim to be, and the scenarios reach what they are meant for.

use super::*;
use crate::subjects;
use crate::worst::{ARENA, Plan, run as run_all};
use indicatif::ProgressBar;

#[test]
fn each_size_on_a_way_leaves_it_one_bit_later() {
    let target = 0b1_0111_1111;
    let way: Vec<usize> = trees::way_to(target).collect();
    assert_eq!(way.len(), 7);
    for (level, size) in way.iter().enumerate() {
        let differing = size ^ target;
        assert_eq!(size.ilog2(), target.ilog2());
        assert_eq!(differing, 1 << (6 - level));
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn every_scenario_counts_successes_failures_and_frees_and_repeats_exactly() {
    // One that is quickly counted in an unoptimised build.
    let quick = subjects::all()
        .into_iter()
        .find(|entry| entry.name == "rlsf 24x32")
        .unwrap();
    let plan = Plan {
        warmup: 10,
        counted: 10,
        lists: Vec::new(),
        scales: vec![1],
        stressed: 8,
    };
    let count = || run_all(&[quick], &plan, &ProgressBar::hidden()).unwrap();
    let rows = count();
    let stress = &rows[0].figures.stress;
    assert_eq!(stress.len(), Scenario::ALL.len());
    for figures in stress {
        let scenario = figures.scenario;
        assert!(figures.alloc.count > 0, "{scenario:?}");
        assert!(figures.free.count > 0, "{scenario:?}");
        // Half of the churn's pool is free.
        let fails = scenario != Scenario::Churn;
        assert_eq!(figures.failing.count > 0, fails, "{scenario:?}");
    }
    assert_eq!(rows, count());
}

#[test]
fn the_arena_holds_the_largest_heap() {
    let largest = 8 * BLOCKS * 16 * 22_000;
    assert!(largest + (64 << 10) < ARENA);
}
