use super::*;

fn change(of: u32, bytes: i32) -> Change {
    Change {
        of,
        bytes,
        blocks: bytes.signum(),
    }
}

fn columns(changes: &Changes) -> Vec<Vec<(u32, i32)>> {
    let column = |column: &[Change]| column.iter().map(|one| (one.of, one.bytes)).collect();
    changes.each().map(column).collect()
}

#[test]
fn a_column_has_what_is_left_of_its_changes() {
    let mut changes = Changes::new();
    changes.add(change(3, 8));
    changes.add(change(1, 5));
    changes.add(change(3, -8));
    changes.add(change(3, 2));
    changes.end();
    changes.end();
    changes.add(change(1, -5));
    changes.add(change(3, -2));
    changes.add(change(3, 2));
    changes.end();
    assert_eq!(
        columns(&changes),
        [vec![(1, 5), (3, 2)], vec![], vec![(1, -5)]]
    );
}

#[test]
fn columns_are_joined_in_pairs_and_an_odd_one_waits_for_its_second() {
    let mut changes = Changes::new();
    for bytes in [1, 2, 4] {
        changes.add(change(0, bytes));
        changes.end();
    }
    changes.join_pairs();
    assert_eq!(columns(&changes), [[(0, 3)]]);
    assert_eq!(changes.joined(), 2);
    changes.add(change(0, 8));
    changes.end();
    assert_eq!(columns(&changes), [[(0, 3)], [(0, 12)]]);
    changes.add(change(0, 16));
    changes.end();
    changes.finish();
    assert_eq!(columns(&changes), [[(0, 3)], [(0, 12)], [(0, 16)]]);
}

#[test]
fn what_gets_one_number_is_one() {
    let mut changes = Changes::new();
    for of in 0..4 {
        changes.add(change(of, 1 + of as i32));
    }
    changes.end();
    changes.renumbered(&[7, 0, 7, 0]);
    assert_eq!(columns(&changes), [[(0, 6), (7, 4)]]);
}
