//! An object belongs to a group while it has a size, and goes where that group goes.

use super::*;

#[test]
fn a_label_has_a_group_for_each_range_and_one_above() {
    let groups = Groups::new(vec![0, 1, 0], vec![(0, vec![16, 64]), (3, Vec::new())]);
    assert_eq!(
        [0, 16, 17, 64, 65].map(|size| groups.of(0, size)),
        [0, 0, 1, 1, 2]
    );
    assert_eq!(groups.of(1, 1000), 3, "no ranges: one group");
    assert_eq!(groups.of(2, 17), 1);
}

#[test]
fn who_outgrows_its_group_is_allocated_there_and_freed_here() {
    let allocate = |id, size| Op::Allocate { id, size, align: 8 };
    let mut builder = Part::builder();
    for op in [
        allocate(0, 10),
        Op::Resize { id: 0, size: 99 },
        Op::Free { id: 0 },
    ] {
        builder.push(op);
    }
    let groups = Groups::new(vec![0], vec![(0, vec![64])]);
    let parts = groups.deal(&builder.finish(), &[0, 1]);
    let ops = parts.iter().map(|part| {
        let ops = 0..part.ops.len();
        ops.map(|index| part.ops.get(index)).collect::<Vec<Op>>()
    });
    let ops: Vec<Vec<Op>> = ops.collect();
    assert_eq!(ops[0], [allocate(0, 10), Op::Free { id: 0 }]);
    assert_eq!(ops[1], [allocate(0, 99), Op::Free { id: 0 }]);
}
