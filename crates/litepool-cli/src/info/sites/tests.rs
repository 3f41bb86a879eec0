//! An object counts for the place that allocated it.

use litepool_snapshot::Place;
use litepool_trace::{Frame, Header, Module, Op, Stack, Trace, WordSize};

use super::*;

fn trace(events: Vec<(Op, u32)>) -> Trace {
    Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "demo".into(),
        },
        events: events
            .into_iter()
            .map(|(op, stack)| Event {
                stack,
                ..Event::from(op)
            })
            .collect(),
        interned: Interned {
            modules: vec![Module {
                path: "/usr/bin/demo".into(),
                build_id: Vec::new(),
            }],
            frames: [0x10, 0x20, 0x30].map(frame).into(),
            // The last one is of the first one's frame, called from elsewhere.
            stacks: [(0, 0), (1, 0), (2, 0), (0, 2)].map(stack).into(),
            ..Interned::default()
        },
    }
}

fn frame(offset: u64) -> Frame {
    Frame {
        module: 0,
        offset,
        locations: Vec::new(),
    }
}

fn stack((frame, parent): (u32, u32)) -> Stack {
    Stack { frame, parent }
}

fn top(trace: &Trace) -> Vec<SiteFacts> {
    let mut sites = SiteProfiler::default();
    for event in &trace.events {
        sites.event(event);
    }
    sites
        .finish(&trace.interned, &mut Resolver::new(), [10, 10])
        .top
}

#[test]
fn bytes_are_counted_at_the_peak_in_all_and_at_the_end() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    let trace = trace(vec![
        (allocate(0, 100), 1),
        (allocate(1, 10), 2),
        (Op::Resize { id: 1, size: 500 }, 3), // the peak: 600 bytes
        (Op::Free { id: 0 }, 2),
        (allocate(2, 50), 1),
        (allocate(3, 7), 0),
    ]);
    let sites = top(&trace);
    let names: Vec<String> = sites.iter().map(|site| site.site.to_string()).collect();
    assert_eq!(
        names,
        ["demo+0x20", "demo+0x10"],
        "a site that only resizes is not listed"
    );
    let [second, first] = &sites[..] else {
        panic!("{sites:?}")
    };
    assert_eq!(
        (
            second.asked.allocations,
            second.asked.total_bytes,
            second.asked.bytes_at_peak,
            second.asked.leaked_bytes
        ),
        (1, 500, 500, 500)
    );
    assert_eq!(
        (
            first.asked.allocations,
            first.asked.total_bytes,
            first.asked.bytes_at_peak,
            first.asked.leaked_bytes
        ),
        (2, 150, 100, 50)
    );
    assert_eq!(first.asked.leaked_objects, 1);
}

#[test]
fn stacks_of_one_innermost_frame_are_one_site() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    let trace = trace(vec![
        (allocate(0, 100), 1),
        (allocate(1, 10), 4),
        (Op::Free { id: 0 }, 2),
        (allocate(2, 5), 4),
    ]);
    let sites = top(&trace);
    let [site] = &sites[..] else {
        panic!("{sites:?}")
    };
    assert_eq!(site.site.place, Place::Offset(0x10));
    assert_eq!((site.asked.allocations, site.asked.total_bytes), (3, 115));
    assert_eq!(
        (site.asked.bytes_at_peak, site.asked.leaked_bytes),
        (110, 15)
    );
    // Stack 4 holds less at the peak than stack 1.
    let held = |stack: &StackFacts| stack.asked.bytes_at_peak;
    let stacks: Vec<u64> = site.top_call_stacks.iter().map(held).collect();
    assert_eq!((site.call_stacks, &stacks[..]), (2, &[100, 10][..]));
    let calls = site.top_call_stacks[1].calls.as_ref().unwrap();
    assert_eq!(calls.callers[0].to_string(), "demo+0x20");
}

/// A site that is silent for long holds at a later peak what it held before.
#[test]
fn every_peak_counts_until_a_higher_one() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    let trace = trace(vec![
        (allocate(0, 100), 1), // a peak
        (allocate(1, 10), 2),  // a higher one
        (Op::Free { id: 0 }, 3),
        (allocate(2, 90), 2),
        (allocate(3, 30), 3), // the highest: 130 bytes
        (Op::Free { id: 2 }, 3),
        (allocate(4, 5), 1),
    ]);
    let held: Vec<_> = top(&trace)
        .iter()
        .map(|site| (site.site.place.clone(), site.asked.bytes_at_peak))
        .collect();
    let expected = [(0x20, 100), (0x30, 30), (0x10, 0)];
    assert_eq!(
        held,
        expected.map(|(offset, bytes)| (Place::Offset(offset), bytes))
    );
}
