use litepool_trace::{Event, Op};

use super::*;

fn event(op: Op, stack: u32, time: u64) -> Event {
    Event {
        stack,
        time,
        ..Event::from(op)
    }
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn profiles(clock: Clock, events: &[Event]) -> Vec<(u32, ContextProfile)> {
    let mut profiler = ContextProfiler::new(clock);
    for event in events {
        profiler.event(event);
    }
    let contexts = profiler.contexts();
    contexts
        .map(|(context, profile)| (context.stack, profile))
        .collect()
}

fn held(objects: u64, bytes: u64) -> Held {
    Held { objects, bytes }
}

#[test]
fn an_object_belongs_to_whoever_allocated_it() {
    let events = [
        event(allocate(0, 10), 1, 100),
        event(allocate(1, 50), 2, 200),
        event(Op::Resize { id: 0, size: 30 }, 2, 300),
        event(Op::Free { id: 1 }, 1, 350),
        event(allocate(2, 5), 1, 400),
    ];
    let profile = |total, live, at_peak, most, lifetimes| ContextProfile {
        total,
        live,
        at_peak,
        most,
        lifetimes,
    };
    assert_eq!(
        profiles(Clock::Time, &events),
        [
            (
                1,
                profile(held(2, 35), held(2, 35), held(1, 30), held(2, 35), 300)
            ),
            (
                2,
                profile(held(1, 50), held(0, 0), held(1, 50), held(1, 50), 150)
            ),
        ]
    );
    // In operations: the first lives from the first to the fifth, and so on.
    let lifetimes = profiles(Clock::Operations, &events);
    let lifetimes: Vec<u64> = lifetimes.iter().map(|(_, known)| known.lifetimes).collect();
    assert_eq!(lifetimes, [4, 2]);
}

#[test]
fn of_several_peaks_of_the_same_height_the_first_counts() {
    let events = [
        event(allocate(0, 10), 1, 0),
        event(Op::Free { id: 0 }, 1, 0),
        event(allocate(1, 10), 2, 0),
    ];
    let at_peak: Vec<Held> = profiles(Clock::Operations, &events)
        .iter()
        .map(|(_, profile)| profile.at_peak)
        .collect();
    assert_eq!(at_peak, [held(1, 10), held(0, 0)]);
}

#[test]
fn sizes_that_no_machine_has_do_not_overflow() {
    let events = [
        event(allocate(0, u64::MAX), 1, u64::MAX),
        event(allocate(1, u64::MAX), 1, u64::MAX),
        event(Op::Free { id: 0 }, 1, u64::MAX),
    ];
    let [(_, profile)] = profiles(Clock::Time, &events)[..] else {
        panic!("one context")
    };
    assert_eq!(profile.total, held(2, u64::MAX));
    assert_eq!(profile.live.objects, 1);
}
