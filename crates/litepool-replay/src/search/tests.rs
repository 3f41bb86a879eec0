//! The answer of a search is what its definition says, whatever the trace does.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const FULL: Effort = Effort { sizes: 16 };

/// A search in a trace of which no part is known: all trials run through.
fn smallest(
    low: u64,
    guess: u64,
    high: u64,
    completes: impl Fn(u64) -> bool + Sync,
) -> Option<Smallest> {
    super::smallest(low, guess, high, u64::MAX, FULL, |size, _| {
        if completes(size) {
            Trial::Completes
        } else {
            Trial::FailsAt(1)
        }
    })
}

#[test]
fn a_threshold_is_found_exactly() {
    for threshold in [11, 12, 100, 4_567, 65_535] {
        let found = smallest(10, 100, 65_535, |size| size >= threshold).unwrap();
        assert_eq!((found.size, found.luckiest), (threshold, threshold));
    }
}

#[test]
fn the_guess_does_not_matter() {
    for guess in [0, 10, 11, 4_567, 60_000, 1 << 40] {
        let found = smallest(10, guess, 65_535, |size| size >= 4_567).unwrap();
        assert_eq!(found.size, 4_567, "guess {guess}");
    }
}

#[test]
fn nothing_fits() {
    assert_eq!(smallest(10, 100, 65_535, |_| false), None);
    assert_eq!(
        smallest(70_000, 100, 65_535, |_| true),
        None,
        "more is needed than there can be"
    );
    assert_eq!(smallest(u64::MAX - 5, 100, 65_535, |_| true), None);
}

#[test]
fn only_the_largest_fits() {
    assert_eq!(
        smallest(10, 100, 65_535, |size| size == 65_535)
            .unwrap()
            .size,
        65_535
    );
}

#[test]
fn a_hole_near_above_moves_the_answer_above_the_hole() {
    let found = smallest(100, 2_000, 65_535, |size| {
        size >= 1_000 && !(1_005..1_009).contains(&size)
    })
    .unwrap();
    assert_eq!(found.size, 1_009);
    assert_eq!(found.luckiest, 1_000);
}

#[test]
fn a_wide_hole_far_above_is_seen_too() {
    let found = smallest(100, 1_001, 65_535, |size| {
        size >= 1_000 && !(1_050..1_100).contains(&size)
    })
    .unwrap();
    assert_eq!(found.size, 1_100);
}

#[test]
fn a_lucky_size_below_is_told_and_not_recommended() {
    let found = smallest(100, 2_000, 65_535, |size| size >= 1_000 || size == 990).unwrap();
    assert_eq!((found.size, found.luckiest), (1_000, 990));
}

#[test]
fn holes_up_to_the_end_leave_no_answer() {
    assert_eq!(
        smallest(100, 1_000, 1_005, |size| (1_000..1_005).contains(&size)),
        None
    );
}

#[test]
fn the_number_of_trials_is_told_and_small() {
    let found = smallest(100_000, 110_000, 500_000_000, |size| size >= 123_456).unwrap();
    assert!(found.tried < 100, "{}", found.tried);
}

#[test]
fn distances_ascend_from_one() {
    for reach in [0, 1, 16, 17, 100, 1_000_000] {
        let all: Vec<u64> = FULL.distances(reach).collect();
        assert_eq!(all[..16], (1..=16).collect::<Vec<u64>>()[..]);
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        assert!(all.len() <= 32);
    }
}

/// Sizes fail at different operations, the larger the later; some fail late by bad luck.
#[test]
fn a_part_of_the_trace_decides_what_it_can_and_the_answer_is_that_of_the_whole() {
    for peak in [0, 1, 500, 1_000, 5_000] {
        for threshold in [11, 100, 4_567, 65_535] {
            let attempt = |size: u64, until: u64| {
                let fails_at = 1_000 * size / threshold + 1;
                if size < threshold && fails_at <= until {
                    Trial::FailsAt(fails_at)
                } else {
                    Trial::Completes
                }
            };
            let found = super::smallest(10, 100, 65_535, peak, FULL, attempt).unwrap();
            assert_eq!(
                (found.size, found.luckiest),
                (threshold, threshold),
                "{peak}"
            );
        }
        let unlucky = |size: u64, until: u64| match size {
            0..1_000 if until >= 400 => Trial::FailsAt(400),
            1_005..1_009 if until >= 900 => Trial::FailsAt(900),
            _ => Trial::Completes,
        };
        let found = super::smallest(100, 2_000, 65_535, peak, FULL, unlucky).unwrap();
        assert_eq!((found.size, found.luckiest), (1_009, 1_000), "{peak}");
    }
}

#[test]
fn the_bisection_stops_where_sizes_fail() {
    let operations = AtomicU64::new(0);
    let attempt = |size: u64, until: u64| {
        let fails = size < 123_456 && until >= 50;
        let done = if fails { 50 } else { until.min(1_000) };
        operations.fetch_add(done, Ordering::Relaxed);
        if fails {
            Trial::FailsAt(50)
        } else {
            Trial::Completes
        }
    };
    super::smallest(100_000, 200_000, 500_000_000, 50, FULL, attempt).unwrap();
    // The first, the answer and the 32 above run through; 16 of the bisection and the 31 below
    // don't.
    assert_eq!(operations.into_inner(), 34 * 1_000 + (16 + 31) * 50);
}

#[test]
fn long_traces_get_fewer_neighbours() {
    let sizes = |operations| Effort::for_operations(operations).sizes;
    assert_eq!(
        [0, 800_000, 1 << 20, 2 << 20, 10_000_000, u64::MAX].map(sizes),
        [16, 16, 16, 8, 4, 4]
    );
    let few: Vec<u64> = Effort { sizes: 4 }.distances(1_000).collect();
    assert_eq!(few, [1, 2, 3, 4, 15, 63, 251, 999]);
}
