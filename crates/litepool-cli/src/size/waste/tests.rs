//! The bytes of blocks are those that the heap has.

use litepool_replay::configurations;
use litepool_trace::{Op, WordSize};

use super::*;

fn trace(ops: &[Op]) -> Part {
    let mut part = Part::builder();
    for &op in ops {
        part.push(op);
    }
    part.finish()
}

fn waste_of(name: &str, ops: &[Op]) -> Waste {
    let configuration = configurations(WordSize::Bits32)
        .find(|c| c.name == name)
        .unwrap();
    waste(&trace(ops), &configuration, Placement::like(0, 0), 64 << 10).unwrap()
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

/// 17 bytes and a header of 4, rounded up to 24.
#[test]
fn an_object_takes_its_header_and_is_rounded_up() {
    let waste = waste_of(
        "tlsf",
        &(0..10).map(|id| allocate(id, 17)).collect::<Vec<_>>(),
    );
    let class = waste.classes[0];
    assert_eq!(
        (class.from, class.to, class.requests, class.objects),
        (17, 20, 10, 10)
    );
    assert_eq!(
        (class.requested, class.taken, class.waste()),
        (170, 240, 70)
    );
    assert_eq!(waste.separate_pools, 200);
}

/// The smallest block has 12 bytes with links of 16 bits; that of `little`, without links, 8.
#[test]
fn the_smallest_block_is_the_heaps() {
    let ops = [allocate(0, 1)];
    assert_eq!(waste_of("best", &ops).all.taken, 12);
    assert_eq!(waste_of("little", &ops).all.taken, 8);
}

#[test]
fn an_object_of_a_slab_has_no_header() {
    assert_eq!(waste_of("slab-lean-tlsf", &[allocate(0, 16)]).all.taken, 16);
    assert_eq!(waste_of("slab-lean-tlsf", &[allocate(0, 17)]).all.taken, 24);
}

#[test]
fn it_is_told_of_the_peak_and_the_worst_comes_first() {
    let mut ops = vec![allocate(0, 100), allocate(1, 1), allocate(2, 2)];
    ops.extend([
        Op::Free { id: 0 },
        allocate(0, 50),
        Op::Resize { id: 1, size: 40 },
    ]);
    let waste = waste_of("tlsf", &ops);
    assert_eq!((waste.all.objects, waste.all.requested), (3, 103));
    assert_eq!((waste.all.requests, waste.largest_request), (5, 100));
    let classes: Vec<_> = waste
        .classes
        .iter()
        .map(|class| (class.to, class.waste()))
        .collect();
    assert_eq!(classes, [(4, 21), (100, 4), (40, 0), (52, 0)]);
}
