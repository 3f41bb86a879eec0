//! Columns go, rows stay.

use super::*;

#[test]
fn what_is_kept_is_kept_in_its_order_and_nothing_of_nothing() {
    let mut items = vec!['a', 'b', 'c'];
    keep(&[true, false, true], &mut items);
    assert_eq!(items, ['a', 'c']);
    let mut none: Vec<char> = Vec::new();
    keep(&[true, false], &mut none);
    assert!(none.is_empty());
}
