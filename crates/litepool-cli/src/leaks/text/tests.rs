//! What is said of a leak's growth.

use super::*;

/// Of 1,000 bytes that came in so many microseconds.
fn growth(microseconds: u64) -> GrowthFacts {
    GrowthFacts {
        periods: 10,
        period_operations: 64,
        rises: 9,
        bytes_per_period: 100.0,
        bytes_per_hour: (microseconds > 0).then(|| 1000.0 * HOUR as f64 / microseconds as f64),
        microseconds,
        refused_after: None,
    }
}

#[test]
fn a_leak_that_filled_the_heap_says_when() {
    let growth = GrowthFacts {
        refused_after: Some(12_345),
        ..growth(0)
    };
    assert_eq!(
        growth.text(),
        "more came in 9 of 10 periods, 100 bytes in each, until the heap was full: the first \
         request was refused after operation 12,345"
    );
}

#[test]
fn a_rate_is_told_in_a_unit_that_suits_how_long_growth_was_seen() {
    for (microseconds, rate) in [
        (9_000, ", 111,111 a second"),
        (MINUTE - 1, ", 17 a second"),
        (MINUTE, ", 1,000 a minute"),
        (HOUR - 1, ", 17 a minute"),
        (HOUR, ", 1,000 an hour"),
        (24 * HOUR, ", 42 an hour"),
        (0, ""),
    ] {
        assert_eq!(
            growth(microseconds).text(),
            format!("more came in 9 of 10 periods, 100 bytes in each{rate}")
        );
    }
}
