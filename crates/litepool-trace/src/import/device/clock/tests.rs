use super::*;

fn clock(rate: u64) -> Clock {
    let mut clock = Clock::default();
    clock.set_rate(rate);
    clock
}

#[test]
fn time_begins_with_the_first_event() {
    let mut clock = clock(32_768);
    assert_eq!(clock.at(1_000_000), 0);
    assert_eq!(clock.at(1_032_768), 1_000_000);
}

#[test]
fn a_device_without_a_clock_has_no_time() {
    let mut clock = clock(0);
    assert_eq!(clock.at(5), 0);
    assert_eq!(clock.at(5_000), 0);
}

#[test]
fn time_goes_on_where_a_counter_of_32_bits_wraps() {
    let mut clock = clock(1_000_000);
    let start = WRAP - 10;
    assert_eq!(clock.at(start), 0);
    assert_eq!(clock.at(5), 15);
    assert_eq!(clock.at(WRAP - 1), 9 + WRAP);
    assert_eq!(clock.at(0), 10 + WRAP);
}

#[test]
fn time_stands_still_where_a_counter_goes_back_a_little() {
    let mut clock = clock(1_000_000);
    clock.at(WRAP / 2 + 100);
    assert_eq!(clock.at(WRAP / 2 + 120), 20);
    assert_eq!(clock.at(WRAP / 2 + 110), 20);
    assert_eq!(clock.at(WRAP / 2 + 130), 30);
}

#[test]
fn a_reset_device_goes_on_where_it_was() {
    let mut clock = clock(1_000);
    clock.at(0);
    assert_eq!(clock.at(2_000), 2_000_000);
    clock.begin_again();
    assert_eq!(clock.at(7), 2_000_000);
    assert_eq!(clock.at(8), 2_001_000);
}

#[test]
fn no_counter_and_no_rate_is_too_large() {
    let mut clock = clock(1);
    clock.at(0);
    assert_eq!(clock.at(u64::MAX), u64::MAX);
    assert_eq!(clock.at(0), u64::MAX);
    clock.set_rate(u64::MAX);
    assert_eq!(clock.at(u64::MAX), u64::MAX);
}
