//! The bounds are those of the papers.

use super::*;

#[test]
fn blocks_of_one_size_do_not_fragment() {
    let bounds = Bounds::new(1_200, 12, 12);
    assert_eq!(bounds.ratio, 1);
    assert_eq!(
        (bounds.any, bounds.first_fit, bounds.best_fit),
        (1_200, 1_200, 1_200)
    );
}

/// M = 1,024 smallest blocks of 16 bytes, the largest 64 of them.
#[test]
fn they_grow_with_the_largest_block() {
    let bounds = Bounds::new(16 << 10, 16, 1 << 10);
    assert_eq!(bounds.ratio, 64);
    assert_eq!(bounds.any, ((16 << 10) * 4) - 63 * 16);
    assert_eq!(bounds.first_fit, (16 << 10) * 7);
    assert_eq!(bounds.best_fit, (16 << 10) * 62);
}

#[test]
fn a_ratio_that_is_no_power_of_two_counts_as_the_next() {
    assert_eq!(Bounds::new(1_000, 10, 651).first_fit, 1_000 * (1 + 7));
}

#[test]
fn sizes_that_no_machine_has_saturate() {
    let bounds = Bounds::new(u64::MAX, 8, u64::MAX);
    assert_eq!((bounds.first_fit, bounds.best_fit), (u64::MAX, u64::MAX));
    assert_eq!(Bounds::new(0, 0, 0).ratio, 1);
}
