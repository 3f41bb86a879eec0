use super::*;

fn at(operation: u64) -> Moment {
    Moment {
        operation,
        time: 10 * operation,
    }
}

/// The points of a counter, as operations and bytes.
fn points(group: &Group, number: u32) -> Vec<(u64, u64)> {
    let points = group.points(number);
    points.map(|(at, bytes)| (at.operation, bytes)).collect()
}

#[test]
fn where_steps_become_longer_each_keeps_its_most_and_its_last() {
    let mut group = Group::new(4);
    for operation in 1..=4 {
        group.change(0, 0, operation, at(operation));
    }
    assert_eq!(points(&group, 0), [(1, 1), (2, 3), (3, 6), (4, 10)]);
    // The fifth is one too many: steps of two are 3, of operations 0 to 1, 2 to 3, 4 to 5.
    group.change(0, 9, 0, at(5));
    assert_eq!(points(&group, 0), [(1, 1), (3, 6), (4, 10), (5, 1)]);
    assert_eq!(group.live(0), 1);
}

/// That would be the case of each operation, were they not joined in numbers.
#[test]
fn more_counters_than_steps_have_one_each() {
    let mut group = Group::new(4);
    for number in 0..1_000 {
        group.change(number, 0, 8, at(1 + u64::from(number)));
    }
    assert_eq!(group.len(), 1_000);
    assert_eq!(points(&group, 999), [(1_000, 8)]);
    group.change(999, 8, 16, at(1_001));
    assert_eq!(points(&group, 999), [(1_001, 16)]);
}

#[test]
fn sums_that_no_machine_has_saturate() {
    let mut group = Group::new(4);
    group.change(0, 0, u64::MAX, at(1));
    group.change(0, 0, u64::MAX, at(2));
    group.change(0, u64::MAX, 0, at(3));
    assert_eq!(group.live(0), 0);
    assert_eq!(group.highest(1), [0]);
}
