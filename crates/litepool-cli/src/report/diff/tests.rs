use super::*;

#[test]
fn a_change_is_by_number_and_by_size() {
    // Twice as many of the same size; the same number, twice as large.
    assert_eq!(parts((100, 200), (10, 20)), (100.0, 0.0));
    assert_eq!(parts((100, 200), (10, 10)), (0.0, 100.0));
    // Both: the parts are the whole.
    let (by_number, by_size) = parts((100, 400), (10, 20));
    assert_eq!((by_number, by_size), (150.0, 150.0));
    assert_eq!(parts((100, 50), (10, 5)), (-50.0, 0.0));
}

#[test]
fn what_is_new_or_gone_is_so_by_number() {
    assert_eq!(parts((0, 64), (0, 2)), (64.0, 0.0));
    assert_eq!(parts((64, 0), (2, 0)), (-64.0, 0.0));
    assert_eq!(parts((0, 0), (0, 0)), (0.0, 0.0));
}
