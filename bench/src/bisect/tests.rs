//! The search must find exact thresholds, and must not be fooled by luck.

use super::*;

#[test]
fn a_threshold_is_found_to_the_step() {
    for threshold in [1001, 1002, 1500, 4096, 99_999] {
        assert_eq!(
            smallest(1000, 1 << 20, 1, |size| size >= threshold),
            Some(threshold)
        );
        let found = smallest(1000, 1 << 20, 64, |size| size >= threshold).unwrap();
        assert!((threshold..threshold + 64).contains(&found));
    }
}

#[test]
fn a_lucky_size_below_a_failing_one_is_not_taken() {
    // 2000..2030 happens to be enough, 2030..2050 is not.
    let enough = |size| (2000..2030).contains(&size) || size >= 2050;
    assert_eq!(smallest(1000, 1 << 20, 1, enough), Some(2050));
}

#[test]
fn nothing_is_found_if_nothing_is_enough() {
    assert_eq!(smallest(1000, 1 << 20, 1, |_| false), None);
}

#[test]
fn no_size_beyond_the_limit_is_tried() {
    let mut largest = 0;
    let found = smallest(1000, 5000, 1, |size| {
        largest = largest.max(size);
        size >= 5000
    });
    assert_eq!((found, largest), (Some(5000), 5000));
}
