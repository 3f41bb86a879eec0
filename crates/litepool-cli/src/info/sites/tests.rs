//! An object counts for the place that allocated it.

use litepool_trace::{Header, Profiler, Trace, WordSize};

use super::*;

fn trace(events: Vec<(Op, u32)>) -> Trace {
    let site = |offset| Site {
        module: "/usr/bin/demo".into(),
        offset,
    };
    Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "demo".into(),
        },
        events: events
            .into_iter()
            .map(|(op, site)| Event {
                site,
                ..Event::from(op)
            })
            .collect(),
        sites: vec![site(0x10), site(0x20), site(0x30)],
    }
}

fn top(trace: &Trace, most: usize) -> Vec<SiteFacts> {
    let (mut profiler, mut sites) = (Profiler::new(), SiteProfiler::default());
    for event in &trace.events {
        let before = profiler.peak();
        profiler.event(event);
        sites.event(event, profiler.peak() != before);
    }
    sites.top(&trace.sites, most)
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
    let sites = top(&trace, 10);
    let names: Vec<String> = sites.iter().map(SiteFacts::name).collect();
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
            second.allocations,
            second.total_bytes,
            second.bytes_at_peak,
            second.leaked_bytes
        ),
        (1, 500, 500, 500)
    );
    assert_eq!(
        (
            first.allocations,
            first.total_bytes,
            first.bytes_at_peak,
            first.leaked_bytes
        ),
        (2, 150, 100, 50)
    );
    assert_eq!(first.leaked_objects, 1);
}

#[test]
fn only_so_many_are_listed() {
    let trace = trace(
        (0..3)
            .map(|id| {
                (
                    Op::Allocate {
                        id,
                        size: 8,
                        align: 0,
                    },
                    id + 1,
                )
            })
            .collect(),
    );
    assert_eq!(top(&trace, 2).len(), 2);
    assert!(top(&trace, 0).is_empty());
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
    let held: Vec<_> = top(&trace, 10)
        .iter()
        .map(|site| (site.offset, site.bytes_at_peak))
        .collect();
    assert_eq!(held, [(0x20, 100), (0x30, 30), (0x10, 0)]);
}
