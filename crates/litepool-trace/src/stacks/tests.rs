//! A stack counts what its objects do, whoever does it.

use super::*;
use crate::Profiler;

fn counts(events: &[(Op, u32)]) -> Vec<StackCounts> {
    let (mut profiler, mut stacks) = (Profiler::new(), StackProfiler::default());
    for &(op, stack) in events {
        let event = Event {
            stack,
            ..Event::from(op)
        };
        let before = profiler.peak();
        profiler.event(&event);
        stacks.event(&event, profiler.peak() != before);
    }
    stacks.finish()
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

#[test]
fn an_object_belongs_to_the_stack_that_allocated_it() {
    let counts = counts(&[
        (allocate(0, 100), 1),
        (Op::Resize { id: 0, size: 140 }, 2),
        (allocate(1, 10), 1),
        (Op::Free { id: 1 }, 3),
    ]);
    let one = counts[1];
    assert_eq!((one.allocations, one.total_bytes), (2, 150));
    assert_eq!((one.live_objects, one.live_bytes), (1, 140));
    assert_eq!(one.bytes_at_peak, 150);
    for stack in [2, 3] {
        let only_mentioned = counts[stack];
        assert!(only_mentioned.is_mentioned);
        assert_eq!(
            (only_mentioned.allocations, only_mentioned.total_bytes),
            (0, 0)
        );
    }
    assert!(!counts[0].is_mentioned);
}

/// A stack that is silent for long holds at a later peak what it held before.
#[test]
fn every_peak_counts_until_a_higher_one() {
    let counts = counts(&[
        (allocate(0, 100), 1), // a peak
        (allocate(1, 10), 2),  // a higher one
        (Op::Free { id: 0 }, 3),
        (allocate(2, 90), 2),
        (allocate(3, 30), 3), // the highest: 130 bytes
        (Op::Free { id: 2 }, 3),
        (allocate(4, 5), 1),
    ]);
    let at_peak: Vec<u64> = counts.iter().map(|stack| stack.bytes_at_peak).collect();
    assert_eq!(at_peak, [0, 0, 100, 30]);
}
