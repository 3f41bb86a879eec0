//! A figure never hides a value and never runs over its width.

use super::*;

#[test]
fn a_bar_is_proportional_and_shows_the_smallest_part() {
    assert_eq!(bar(0, 10, 8), "");
    assert_eq!(bar(10, 10, 8), "████████");
    assert_eq!(bar(5, 10, 8), "████");
    assert_eq!(bar(1, 1_000_000, 8), "▏");
    assert_eq!(bar(1, 0, 8), "");
}

#[test]
fn a_sparkline_keeps_the_peaks() {
    let mut values = vec![0.0; 1000];
    values[500] = 1.0;
    let line = sparkline(&values, 1.0, 10);
    assert_eq!(line, "▁▁▁▁▁█▁▁▁▁");
}

#[test]
fn a_sparkline_of_few_values_is_short() {
    assert_eq!(sparkline(&[], 1.0, 60), "");
    assert_eq!(sparkline(&[0.0, 1.0], 1.0, 60), "▁█");
    assert_eq!(sparkline(&[0.0, 0.0], 0.0, 60), "▁▁");
}
