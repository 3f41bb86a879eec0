//! Threads: nothing is lost, and the order is that of the heap.

mod common;

use common::{Scene, ops_from};
use litepool_trace::{EventKind, Op};

/// Runs `threads.c` and checks each figure that it gives.
fn check(threads: u32, operations: u32, shared: u32, resizes: u32) {
    let scene = Scene::new("threads.c", &[]);
    let run = scene.run(&[threads, operations, shared, resizes].map(|number| number.to_string()));
    let [allocated, resized, freed, bytes, live] = run.numbers()[..] else {
        panic!("five numbers")
    };
    let (trace, summary) = scene.trace();

    // An allocation recorded too early, or a free too late, would find another object at its
    // address.
    assert_eq!((summary.unknown_frees, summary.implied_frees), (0, 0));
    assert_eq!((summary.lost, summary.torn, summary.unfinished), (0, 0, 0));

    let ops = ops_from(&trace, "/program");
    let count = |kind: fn(&Op) -> bool| ops.iter().filter(|op| kind(op)).count() as u64;
    let sum: u64 = ops
        .iter()
        .map(|op| match *op {
            Op::Allocate { size, .. } | Op::Resize { size, .. } => size,
            Op::Free { .. } => 0,
        })
        .sum();
    assert_eq!(count(|op| matches!(op, Op::Allocate { .. })), allocated);
    assert_eq!(count(|op| matches!(op, Op::Free { .. })), freed);
    assert_eq!(sum, bytes);
    assert_eq!(allocated - freed, live);
    assert_eq!(count(|op| matches!(op, Op::Resize { .. })), resized);
    // The first thread is the one that makes the others.
    assert_eq!(summary.threads, threads + 1);
    assert_eq!(
        trace.events.iter().map(|event| event.thread).max(),
        Some(threads)
    );
}

#[test]
fn eight_threads_with_objects_of_their_own_and_of_others() {
    check(8, 100_000, 4096, 30);
}

#[test]
fn eight_threads_that_fight_for_few_objects() {
    check(8, 100_000, 16, 30);
}

/// The address that a resizing gives up is taken by another thread before the resizing has
/// returned.
#[test]
fn resizings_race_with_allocations() {
    check(8, 100_000, 64, 80);
}

#[test]
fn many_threads_live_and_die() {
    check(60, 2_000, 256, 20);
}

/// A thread is named after it has begun; it has ended when its destructors have run, and not if the
/// program ended before.
#[test]
fn threads_have_names_and_those_that_end_an_end() {
    let scene = Scene::new("named.c", &[]);
    scene.run::<&str>(&[]);
    let (trace, _) = scene.trace();
    let names = ["program", "reader", "stays", "a-name-15-bytes"];
    assert_eq!(trace.interned.threads, names);
    let ends: Vec<u32> = trace
        .events
        .iter()
        .filter(|event| event.kind == EventKind::ThreadEnd)
        .map(|event| event.thread)
        .collect();
    assert_eq!(ends, [1, 3]);
    for thread in ends {
        let mut own = trace.events.iter().filter(|event| event.thread == thread);
        own.find(|event| event.kind == EventKind::ThreadEnd);
        let after = own.count();
        // Another key's destructor may come after the recorder's, once.
        assert!(after <= 2, "{after} events");
    }
}
