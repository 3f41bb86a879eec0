//! What belongs to whom: parts have their objects' operations, in order, and know where they come
//! from.

use litepool_trace::WordSize;

use super::*;
use crate::configurations::configurations;

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn whole(ops: &[Op]) -> Part {
    let mut builder = Part::builder();
    ops.iter().for_each(|&op| builder.push(op));
    builder.finish()
}

fn ops(part: &Part) -> Vec<Op> {
    let mut all = Vec::new();
    part.pieces(usize::MAX, &mut |ops| {
        all.extend_from_slice(ops);
        true
    });
    all
}

/// Two kinds of objects in slots that both use.
fn mixed() -> Part {
    whole(&[
        allocate(0, 100),
        allocate(1, 10),
        Op::Free { id: 0 },
        allocate(0, 20),
        Op::Resize { id: 1, size: 30 },
        Op::Free { id: 0 },
        Op::Free { id: 1 },
        allocate(1, 400),
    ])
}

#[test]
fn a_whole_knows_its_peak_and_alignment() {
    let whole = mixed();
    assert_eq!((whole.slots, whole.live_peak, whole.peak_at), (2, 400, 8));
    assert_eq!(whole.original(3), Some(3));
    let aligned = Op::Allocate {
        id: 0,
        size: 1,
        align: 64,
    };
    assert_eq!(self::whole(&[aligned]).largest_align, 64);
}

#[test]
fn resizes_and_frees_follow_their_object_through_slots_that_are_used_again() {
    let whole = mixed();
    // Objects 0 and 3 (100 and 400 bytes); 1 and 2.
    let parts = whole.parts(2, |object| Some(usize::from(object == 1 || object == 2)));
    assert_eq!(
        ops(&parts[0]),
        [allocate(0, 100), Op::Free { id: 0 }, allocate(0, 400)]
    );
    assert_eq!(
        ops(&parts[1]),
        [
            allocate(0, 10),
            allocate(1, 20),
            Op::Resize { id: 0, size: 30 },
            Op::Free { id: 1 },
            Op::Free { id: 0 },
        ]
    );
    let figures = |part: &Part| (part.slots, part.live_peak, part.peak_at);
    assert_eq!(figures(&parts[0]), (1, 400, 3));
    assert_eq!(figures(&parts[1]), (2, 50, 3));
}

#[test]
fn an_operation_of_a_part_is_found_again_in_the_whole() {
    let parts = mixed().parts(2, |object| Some(usize::from(object == 1 || object == 2)));
    let originals = |part: &Part| (1..=part.ops.len() + 1).map(|n| part.original(n)).collect();
    let first: Vec<_> = originals(&parts[0]);
    assert_eq!(first, [Some(1), Some(3), Some(8), None]);
    let second: Vec<_> = originals(&parts[1]);
    assert_eq!(second, [Some(2), Some(4), Some(5), Some(6), Some(7), None]);
    assert_eq!(parts[0].original(0), None);
    let many: Vec<Op> = (0..200).map(|id| allocate(id, 1)).collect();
    let every_third = &whole(&many).parts(1, |object| (object % 3 == 2).then_some(0))[0];
    assert_eq!(every_third.original(1), Some(3));
    assert_eq!(every_third.original(66), Some(198));
}

#[test]
fn objects_of_no_group_are_left_out() {
    let parts = mixed().parts(2, |object| (object == 1).then_some(0).or(Some(7)));
    assert_eq!(parts[0].ops.len(), 3);
    assert!(parts[1].ops.is_empty());
    assert_eq!(parts[1].slots, 0);
    assert!(Part::default().parts(1, |_| Some(0))[0].ops.is_empty());
}

#[test]
fn one_group_of_all_is_the_whole() {
    let whole = mixed();
    let all = &whole.parts(1, |_| Some(0))[0];
    assert_eq!(all.slots, whole.slots);
    assert_eq!(
        (all.live_peak, all.peak_at),
        (whole.live_peak, whole.peak_at)
    );
    assert_eq!(all.ops.len(), whole.ops.len());
}

#[test]
fn the_smallest_pool_serves_a_part_and_a_granule_less_does_not() {
    let whole = mixed();
    let placement = Placement::like(0, whole.largest_align);
    let effort = Effort::for_operations(whole.ops.len() as u64);
    for configuration in configurations(WordSize::Bits32).filter(Configuration::is_usual) {
        let found = whole.smallest(&configuration, placement, effort, || ());
        let size = found.expect("some pool serves it").size as usize;
        let attempt = |size| whole.attempt(&configuration, placement, size, u64::MAX);
        assert_eq!(attempt(size), Trial::Completes);
        assert_ne!(attempt(size - configuration.granule), Trial::Completes);
        let mut memory = Memory::new(size, placement).expect("memory for a small pool");
        let outcome = whole.replay(&configuration, &mut memory, usize::MAX, None);
        assert_eq!(outcome, Outcome::Completed);
    }
}

#[test]
fn a_part_without_operations_needs_a_pool_all_the_same() {
    let nothing = Part::default();
    let tlsf = configurations(WordSize::Bits32).next().expect("tlsf");
    let placement = Placement::like(0, 0);
    let found = nothing.smallest(&tlsf, placement, Effort::for_operations(0), || ());
    assert!(found.is_some_and(|found| found.size > 0));
}

#[test]
fn within_a_range_the_smallest_is_above_its_start_and_not_above_its_end() {
    let whole = mixed();
    let placement = Placement::like(0, 0);
    let tlsf = configurations(WordSize::Bits32).next().expect("tlsf");
    let effort = Effort::for_operations(whole.ops.len() as u64);
    let within = |range| {
        let found = whole.smallest_within(&tlsf, placement, effort, range, || ());
        found.map(|found| found.size as usize)
    };
    let smallest = within(0..=usize::MAX).expect("some pool serves it");
    assert_eq!(within(0..=smallest), Some(smallest));
    assert_eq!(within(0..=smallest - 4), None);
    assert_eq!(within(smallest..=usize::MAX), Some(smallest + 4));
    assert_eq!(within(smallest..=smallest), None);
}

#[test]
fn alignments_can_be_left_out() {
    let aligned = Op::Allocate {
        id: 0,
        size: 7,
        align: 64,
    };
    let plain = whole(&[aligned, Op::Free { id: 0 }]).without_alignment();
    assert_eq!(ops(&plain), [allocate(0, 7), Op::Free { id: 0 }]);
    assert_eq!(plain.largest_align, 0);
}
