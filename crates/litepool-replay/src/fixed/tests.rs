//! Slots are counted exactly, and classes cost what they cost.

use super::*;

fn part(ops: &[Op]) -> Part {
    let mut builder = Part::builder();
    ops.iter().for_each(|&op| builder.push(op));
    builder.finish()
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn pool(ops: &[Op]) -> FixedPool {
    FixedPool::of(&part(ops), WordSize::Bits32).expect("there are objects")
}

fn class(slot: u64, slots: u64) -> FixedClass {
    FixedClass { slot, slots }
}

#[test]
fn one_size_needs_as_many_slots_as_live_at_a_time() {
    let pool = pool(&[
        allocate(0, 21),
        allocate(1, 24),
        Op::Free { id: 0 },
        allocate(0, 22),
    ]);
    assert_eq!(pool.classes, [class(24, 2)]);
    assert_eq!(pool.bytes, 2 * 24 + 16);
}

#[test]
fn sizes_far_apart_have_classes_of_their_own() {
    let mut ops: Vec<Op> = (0..10).map(|id| allocate(id, 8)).collect();
    ops.extend((10..12).map(|id| allocate(id, 400)));
    assert_eq!(pool(&ops).classes, [class(8, 10), class(400, 2)]);
}

#[test]
fn sizes_that_never_meet_share_a_class() {
    let pool = pool(&[allocate(0, 96), Op::Free { id: 0 }, allocate(0, 100)]);
    assert_eq!(pool.classes, [class(100, 1)]);
}

#[test]
fn an_object_that_grows_has_two_slots_for_a_moment() {
    let mut ops: Vec<Op> = (0..20).map(|id| allocate(id, 8)).collect();
    ops.push(Op::Resize { id: 0, size: 1000 });
    ops.push(Op::Resize { id: 1, size: 1000 });
    // Smaller again, it stays.
    ops.push(Op::Resize { id: 1, size: 8 });
    ops.push(Op::Free { id: 1 });
    ops.push(Op::Resize { id: 2, size: 1000 });
    assert_eq!(pool(&ops).classes, [class(8, 20), class(1000, 2)]);
}

#[test]
fn slots_keep_the_alignment_that_is_requested() {
    let aligned = Op::Allocate {
        id: 0,
        size: 5,
        align: 32,
    };
    assert_eq!(pool(&[aligned]).classes, [class(32, 1)]);
    let wide = FixedPool::of(&part(&[allocate(0, 5)]), WordSize::Bits64);
    assert_eq!(wide.map(|pool| pool.bytes), Some(8 + 32));
}

#[test]
fn many_sizes_end_in_few_classes_and_the_largest_fits() {
    let ops: Vec<Op> = (0..1000)
        .map(|id| allocate(id, u64::from(id) + 1))
        .collect();
    let pool = pool(&ops);
    assert_eq!(pool.classes.len(), MOST_CLASSES);
    assert_eq!(pool.classes.last().map(|class| class.slot), Some(1000));
    assert_eq!(
        pool.classes.iter().map(|class| class.slots).sum::<u64>(),
        1000
    );
}

#[test]
fn nothing_needs_no_pool_and_absurd_sizes_no_sums() {
    assert_eq!(FixedPool::of(&Part::default(), WordSize::Bits32), None);
    let absurd = pool(&[allocate(0, u64::MAX), allocate(1, u64::MAX)]);
    assert_eq!(absurd.bytes, u64::MAX);
}
