use super::*;

const SECOND: u64 = 1_000_000;

#[test]
fn a_rate_is_that_of_the_last_windows() {
    let mut meter = Meter::new(0, 0);
    for second in 1..=100 {
        meter.turn(second * SECOND, second * 7, 5 * SECOND);
    }
    assert_eq!(meter.rate(100 * SECOND, 700, SECOND), Some(7.0));
    // It has stood still since.
    meter.turn(110 * SECOND, 700, 5 * SECOND);
    meter.turn(120 * SECOND, 700, 5 * SECOND);
    assert_eq!(meter.rate(121 * SECOND, 700, SECOND), Some(0.0));
}

#[test]
fn what_shrinks_has_a_negative_rate() {
    let meter = Meter::new(0, 100);
    assert_eq!(meter.rate(2 * SECOND, 40, 60 * SECOND), Some(-1800.0));
}

#[test]
fn no_time_no_rate() {
    assert_eq!(Meter::new(5, 0).rate(5, 1_000, SECOND), None);
}

#[test]
fn no_number_is_too_large_for_a_rate() {
    let rate = |from, to| Meter::new(0, from).rate(SECOND, to, SECOND);
    let most = u64::MAX as f64;
    assert_eq!(rate(0, u64::MAX), Some(most));
    assert_eq!(rate(u64::MAX, 0), Some(-most));
}
