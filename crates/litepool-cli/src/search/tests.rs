//! The answer of a search is what its definition says, whatever the trace does.

use super::*;

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
        let all: Vec<u64> = distances(reach).collect();
        assert_eq!(all[..16], (1..=16).collect::<Vec<u64>>()[..]);
        assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        assert!(all.len() <= 32);
    }
}
