//! Small sums, by hand.

use super::*;

#[test]
fn the_median_is_the_middle_and_order_does_not_matter() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
}

#[test]
fn the_geometric_mean_of_a_ratio_and_its_inverse_is_one() {
    assert_eq!(geometric_mean(&[]), None);
    assert!((geometric_mean(&[2.0, 0.5]).unwrap() - 1.0).abs() < 1e-12);
    assert!((geometric_mean(&[1.0, 4.0]).unwrap() - 2.0).abs() < 1e-12);
}
