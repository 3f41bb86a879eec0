//! The loop does every operation, and stops where the heap refuses.

use litepool::config::Pool256K;
use litepool::fit::BestFitLittle;
use litepool_trace::Script;

use super::*;
use crate::configurations::{AsBlocks, For};
use crate::memory::Placement;
use crate::outcome::Cause;

/// Runs a whole script, in pieces of three operations. Returns the objects that are live at the
/// end, too.
pub fn run<C: Config>(
    script: &Script,
    memory: &mut Memory,
    slots: &mut Vec<Option<NonNull<u8>>>,
    mut observer: Option<&mut dyn Observer>,
) -> Outcome {
    let mut player = match Player::<C>::new(memory, script.slots) {
        Ok(player) => player,
        Err(reason) => return Outcome::NoPool(reason),
    };
    for ops in script.ops.chunks(3) {
        let looks_on: Option<&mut dyn Observer> = match &mut observer {
            Some(observer) => Some(&mut **observer),
            None => None,
        };
        if let Err(outcome) = player.play(ops, looks_on) {
            return outcome;
        }
    }
    let outcome = player.end(observer);
    *slots = player.slots;
    outcome
}

fn script(ops: Vec<Op>) -> Script {
    let slots = ops.iter().map(|op| op.id() as usize + 1).max().unwrap_or(0);
    Script { slots, ops }
}

fn outcome(pool: usize, ops: Vec<Op>) -> Outcome {
    let mut memory = Memory::new(pool, Placement::like(0, 0)).unwrap();
    run::<Pool256K>(&script(ops), &mut memory, &mut Vec::new(), None)
}

fn failure(pool: usize, ops: Vec<Op>) -> Failure {
    match outcome(pool, ops) {
        Outcome::Failed(failure) => *failure,
        other => panic!("{other:?}"),
    }
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

#[test]
fn a_script_that_fits_completes() {
    let resize = Op::Resize { id: 0, size: 300 };
    let aligned = Op::Allocate {
        id: 1,
        size: 100,
        align: 64,
    };
    let ops = vec![
        allocate(0, 100),
        aligned,
        resize,
        Op::Free { id: 0 },
        allocate(0, 10),
        Op::Free { id: 1 },
    ];
    assert_eq!(outcome(2048, ops), Outcome::Completed);
    assert_eq!(outcome(2048, vec![]), Outcome::Completed);
}

/// What a program must do itself is done for it: contents and alignment stay.
#[test]
fn an_aligned_object_grows_where_the_heap_does_not_resize_it() {
    let ops = vec![
        allocate(0, 10),
        Op::Allocate {
            id: 1,
            size: 100,
            align: 64,
        },
        Op::Resize { id: 1, size: 300 },
        Op::Resize { id: 1, size: 50 },
        Op::Free { id: 0 },
    ];
    let script = script(ops);
    let mut memory = Memory::new(2048, Placement::like(0, 0)).unwrap();
    let mut verifier = crate::observers::Verifier::new(script.slots, script.ops.len(), 1);
    let mut slots = Vec::new();
    type Little = For<4, BestFitLittle, AsBlocks, { 256 << 10 }>;
    let outcome = run::<Little>(&script, &mut memory, &mut slots, Some(&mut verifier));
    assert_eq!(outcome, Outcome::Completed);
    assert!(slots[1].unwrap().addr().get().is_multiple_of(64));
}

#[test]
fn memory_that_is_no_pool_is_told() {
    assert!(matches!(outcome(8, vec![]), Outcome::NoPool(_)));
    assert!(matches!(outcome(1 << 20, vec![]), Outcome::NoPool(_)));
}

#[test]
fn a_full_pool_names_the_operation() {
    let failure = failure(2048, vec![allocate(0, 1000), allocate(1, 1500)]);
    assert_eq!(
        (failure.operation, failure.request(), failure.cause()),
        (2, 1500, Cause::Full)
    );
    let largest = failure.stats.largest_free;
    assert!(largest < 1500);
    assert!(
        failure.message.starts_with("no room for 1500 bytes: ")
            && failure.message.ends_with(&format!(" {largest}")),
        "{}",
        failure.message
    );
}

#[test]
fn one_free_block_that_is_just_too_small_is_no_fragmentation() {
    let ops = vec![allocate(0, 1000)];
    let mut memory = Memory::new(2048, Placement::like(0, 0)).unwrap();
    let mut heap = Heap::<Pool256K>::new(memory.pool()).unwrap();
    heap.allocate(1000).unwrap();
    let free = heap.stats().free as u64;
    let failure = failure(2048, [ops, vec![allocate(1, free)]].concat());
    assert_eq!(failure.cause(), Cause::Full);
}

#[test]
fn scattered_free_blocks_are_fragmentation() {
    let mut ops: Vec<Op> = (0..40).map(|id| allocate(id, 40)).collect();
    ops.extend((0..40).step_by(2).map(|id| Op::Free { id }));
    ops.push(allocate(0, 600));
    assert_eq!(failure(2048, ops).cause(), Cause::Fragmented);
}

#[test]
fn an_alignment_can_be_the_cause() {
    let ops = vec![Op::Allocate {
        id: 0,
        size: 64,
        align: 65_536,
    }];
    let mut memory = Memory::new(2048, Placement::like(4096, 65_536)).unwrap();
    let Outcome::Failed(failure) =
        run::<Pool256K>(&script(ops), &mut memory, &mut Vec::new(), None)
    else {
        panic!("nothing in this pool stands on 64 KiB");
    };
    assert_eq!(failure.cause(), Cause::Alignment);
}

#[test]
fn a_resize_that_fails_is_a_failed_request() {
    let failure = failure(
        2048,
        vec![allocate(0, 100), Op::Resize { id: 0, size: 5000 }],
    );
    assert_eq!(
        (failure.operation, failure.request(), failure.cause()),
        (2, 5000, Cause::Full)
    );
}

#[test]
fn a_script_that_uses_what_is_not_live_is_a_fault_and_not_undefined() {
    assert!(matches!(
        outcome(2048, vec![Op::Free { id: 0 }]),
        Outcome::Broken(1, _)
    ));
    assert!(matches!(
        outcome(2048, vec![Op::Resize { id: 0, size: 1 }]),
        Outcome::Broken(1, _)
    ));
}

/// What no pool is placed by is served by none, not even by chance.
#[test]
fn the_largest_alignments_fail_and_do_not_panic() {
    for align in [1 << 31, 1 << 40, 1 << 63] {
        let ops = vec![
            allocate(0, 8),
            Op::Allocate {
                id: 1,
                size: 8,
                align,
            },
        ];
        let mut memory = Memory::new(2048, Placement::like(0, align)).unwrap();
        let outcome = run::<Pool256K>(&script(ops), &mut memory, &mut Vec::new(), None);
        let Outcome::Failed(failure) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((failure.operation, failure.cause()), (2, Cause::Alignment));
    }
}

/// An object keeps its alignment when it is resized; who has its slot later does not.
#[test]
fn a_resize_that_fails_tells_the_alignment_of_its_object() {
    let aligned = Op::Allocate {
        id: 0,
        size: 100,
        align: 64,
    };
    let resize = Op::Resize { id: 0, size: 5000 };
    assert_eq!(failure(2048, vec![aligned, resize]).align, 64);
    let later = vec![aligned, Op::Free { id: 0 }, allocate(0, 100), resize];
    assert_eq!(failure(2048, later).align, 0);
    let too_large = Op::Allocate {
        id: 1,
        size: 5000,
        align: 32,
    };
    assert_eq!(failure(2048, vec![aligned, too_large]).align, 32);
}
