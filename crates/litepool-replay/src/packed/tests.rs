use super::*;

#[test]
fn what_was_packed_comes_out_as_it_was() {
    let most = u32::MAX;
    let ops = [
        Op::Free { id: most },
        Op::Resize { id: 7, size: 1 },
        Op::Resize {
            id: most,
            size: SIZES - 1,
        },
        Op::Resize { id: 1, size: SIZES },
        Op::Allocate {
            id: most,
            size: SIZES - 1,
            align: 0,
        },
        Op::Allocate {
            id: 3,
            size: u64::MAX,
            align: 0,
        },
        Op::Allocate {
            id: 4,
            size: 64,
            align: 64,
        },
    ];
    let mut packed = PackedOps::default();
    ops.iter().for_each(|&op| packed.push(op));
    let mut unpacked = vec![Op::Free { id: 0 }];
    packed.unpack(0..packed.len(), &mut unpacked);
    assert_eq!(unpacked, ops);
    packed.unpack(3..5, &mut unpacked);
    assert_eq!(unpacked, ops[3..5]);
    assert_eq!(packed.others.len(), 3);
}
