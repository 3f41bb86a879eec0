use super::*;

/// A recording that has come to event 100 of the device's first start.
fn at_100() -> Sequence {
    let mut sequence = Sequence::default();
    assert_eq!(sequence.about(1, 0), Arrival::First { before: 0 });
    assert_eq!(sequence.frame(0, 0), Arrival::After { lost: 0 });
    sequence.happened(100);
    sequence
}

#[test]
fn a_frame_follows_the_one_before() {
    assert_eq!(at_100().frame(100, 1), Arrival::After { lost: 0 });
}

#[test]
fn a_jump_of_the_number_is_what_was_lost() {
    assert_eq!(at_100().frame(130, 1), Arrival::After { lost: 30 });
}

#[test]
fn what_is_told_of_the_device_tells_what_was_lost_too() {
    let mut sequence = at_100();
    assert_eq!(sequence.about(1, 120), Arrival::After { lost: 20 });
    assert_eq!(sequence.frame(120, 3), Arrival::After { lost: 0 });
}

#[test]
fn what_happened_before_the_recording_is_no_loss() {
    let mut sequence = Sequence::default();
    assert_eq!(sequence.frame(5_000, 1), Arrival::First { before: 5_000 });
    sequence.happened(10);
    assert_eq!(sequence.frame(5_010, 2), Arrival::After { lost: 0 });
}

#[test]
fn a_frame_that_comes_twice_counts_once() {
    let mut sequence = at_100();
    sequence.frame(100, 7);
    sequence.happened(10);
    assert_eq!(sequence.frame(100, 7), Arrival::Stale);
    assert_eq!(sequence.about(1, 100), Arrival::Stale);
    assert_eq!(sequence.frame(110, 8), Arrival::After { lost: 0 });
}

#[test]
fn a_frame_that_was_overtaken_stays_lost() {
    let mut sequence = at_100();
    assert_eq!(sequence.frame(110, 8), Arrival::After { lost: 10 });
    sequence.happened(10);
    assert_eq!(sequence.frame(100, 7), Arrival::Stale);
    assert_eq!(sequence.frame(120, 9), Arrival::After { lost: 0 });
}

#[test]
fn another_boot_is_a_reset() {
    let mut sequence = at_100();
    assert_eq!(sequence.about(1, 100), Arrival::After { lost: 0 });
    assert_eq!(sequence.about(2, 3), Arrival::Reset { lost: 3 });
    assert_eq!(sequence.frame(5, 1), Arrival::After { lost: 2 });
}

#[test]
fn a_number_that_goes_back_is_a_reset_and_one_only() {
    let mut sequence = at_100();
    assert_eq!(sequence.frame(4, 9), Arrival::Reset { lost: 4 });
    sequence.happened(2);
    assert_eq!(sequence.about(2, 6), Arrival::After { lost: 0 });
    assert_eq!(sequence.frame(6, 9), Arrival::After { lost: 0 });
}

#[test]
fn a_device_that_does_not_count_its_boots_is_reset_where_it_begins_at_0() {
    let mut sequence = Sequence::default();
    sequence.about(0, 0);
    sequence.frame(0, 0);
    sequence.happened(10);
    assert_eq!(sequence.about(0, 10), Arrival::After { lost: 0 });
    assert_eq!(sequence.about(0, 0), Arrival::Reset { lost: 0 });
    // The very same frame as after the first start.
    assert_eq!(sequence.frame(0, 0), Arrival::After { lost: 0 });
}
