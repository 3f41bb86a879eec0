//! An object counts for the place that allocated it.

use litepool_trace::{Event, Header, WordSize};

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
    let sites = top(&trace, 2, 10);
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
    assert_eq!(top(&trace, 2, 2).len(), 2);
    assert!(top(&trace, 2, 0).is_empty());
}
