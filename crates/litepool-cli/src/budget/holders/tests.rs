use super::*;
use litepool_trace::{Frame, Location, Module, Stack};

/// Stacks 1 and 2 are of `receive`, on two lines; 3 is of `send`; threads 0 and 2 are `net`.
fn interned() -> Interned {
    let frame = |function: &str, line| Frame {
        module: 0,
        offset: 0,
        locations: vec![Location {
            function: function.into(),
            file: format!("/src/{function}.c").into(),
            line,
        }],
    };
    let stack = |frame| Stack { frame, parent: 0 };
    Interned {
        modules: vec![Module {
            path: "/usr/bin/demo".into(),
            build_id: Vec::new(),
        }],
        frames: vec![frame("receive", 10), frame("receive", 20), frame("send", 5)],
        stacks: vec![stack(0), stack(1), stack(2)],
        threads: vec!["net".into(), "".into(), "net".into()],
        pools: Vec::new(),
    }
}

fn held(events: &[(Op, u32, u32)]) -> AllHeld {
    let interned = interned();
    let mut holders = Holders::new(&interned, Naming::of_trace(&interned));
    for &(op, stack, thread) in events {
        holders.event(&Event {
            stack,
            thread,
            ..Event::from(op)
        });
    }
    holders.finish().0
}

fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

fn figures(held: Held) -> [u64; 3] {
    [held.most, held.at_peak, held.at_end]
}

#[test]
fn the_most_the_peak_and_the_end_of_sites_in_any_build_and_of_tasks() {
    let held = held(&[
        (allocate(0, 100), 1, 0),
        (Op::Free { id: 0 }, 3, 1),
        (allocate(1, 40), 1, 0),
        (allocate(2, 50), 2, 1),
        (Op::Resize { id: 1, size: 30 }, 3, 1),
        // The peak: 30 + 50 + 60.
        (allocate(3, 60), 3, 2),
        (Op::Free { id: 1 }, 3, 1),
        (allocate(4, 5), 3, 0),
    ]);
    let sites: Vec<_> = held.sites.iter().collect();
    let [(receive, of_receive), (send, of_send)] = sites[..] else {
        panic!("{sites:?}")
    };
    assert_eq!(
        (&**receive, &**send),
        ("receive (receive.c)", "send (send.c)")
    );
    assert_eq!(figures(of_receive.held), [100, 80, 50]);
    assert_eq!(figures(of_send.held), [65, 60, 65]);
    let sums =
        [0, 1, 2].map(|which| figures(of_receive.held)[which] + figures(of_send.held)[which]);
    assert_eq!(sums[1..], [140, 115]);
    // Threads of one name are one task: 40 and 60, then 5 for 30.
    assert_eq!(figures(held.tasks["net"]), [100, 90, 65]);
    assert_eq!(figures(held.tasks["thread 1"]), [50, 50, 50]);
}

#[test]
fn a_site_is_where_it_holds_most() {
    let place = |events: &[(Op, u32, u32)]| {
        let held = held(events);
        let place = held.sites["receive (receive.c)"].place.clone().unwrap();
        (place.file, place.line)
    };
    let file = "/src/receive.c".to_owned();
    assert_eq!(
        place(&[(allocate(0, 9), 1, 0), (allocate(1, 8), 2, 0)]),
        (file.clone(), 10)
    );
    assert_eq!(
        place(&[(allocate(0, 8), 1, 0), (allocate(1, 9), 2, 0)]),
        (file, 20)
    );
}

#[test]
fn a_site_is_called_by_its_function_or_in_full() {
    let held = held(&[(allocate(0, 9), 1, 0), (allocate(1, 8), 0, 0)]);
    let called = |name| {
        held.sites_called(name)
            .map(|(full, _)| &**full)
            .collect::<Vec<_>>()
    };
    assert_eq!(called("receive"), ["receive (receive.c)"]);
    assert_eq!(called("receive (receive.c)"), ["receive (receive.c)"]);
    assert_eq!(called("unknown"), ["unknown"]);
    assert!(called("").is_empty());
    assert!(called("receive (other.c)").is_empty());
}

#[test]
fn hostile_sizes_and_objects_that_are_not_live_do_no_harm() {
    let held = held(&[
        (allocate(0, u64::MAX), 1, 0),
        (allocate(1, u64::MAX), 1, 0),
        (Op::Free { id: 7 }, 1, 0),
        (Op::Resize { id: 7, size: 1 }, 1, 0),
        (Op::Free { id: 0 }, u32::MAX, u32::MAX),
    ]);
    assert_eq!(held.sites.len(), 1);
}
