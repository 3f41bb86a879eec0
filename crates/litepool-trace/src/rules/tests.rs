use super::*;
use crate::interned::MAX_DEPTH;
use crate::samples::{allocate, free, resize};

fn after(ops: &[Op]) -> Rules {
    let mut rules = Rules::new(WordSize::Bits32);
    for &op in ops {
        rules.accept(&op.into()).unwrap();
    }
    rules
}

fn fault(ops: &[Op], op: Op) -> Fault {
    after(ops).accept(&op.into()).unwrap_err()
}

#[test]
fn objects_are_numbered_in_order() {
    assert_eq!(
        fault(&[], allocate(1, 8)),
        Fault::NotNext { id: 1, next: 0 }
    );
    assert_eq!(
        fault(&[allocate(0, 8), free(0)], allocate(0, 8)),
        Fault::NotNext { id: 0, next: 1 }
    );
}

#[test]
fn only_live_objects_are_resized_and_freed() {
    let once = [allocate(0, 8)];
    let done = [allocate(0, 8), free(0)];
    assert_eq!(fault(&once, free(1)), Fault::Unknown { id: 1 });
    assert_eq!(fault(&once, resize(1, 8)), Fault::Unknown { id: 1 });
    assert_eq!(fault(&done, free(0)), Fault::DoubleFree { id: 0 });
    assert_eq!(fault(&done, resize(0, 8)), Fault::Dead { id: 0 });
}

#[test]
fn sizes_and_alignments_are_possible() {
    let large = 1 << 32;
    assert_eq!(
        fault(&[], allocate(0, large)),
        Fault::TooLarge { size: large }
    );
    assert_eq!(
        fault(&[allocate(0, 8)], resize(0, large)),
        Fault::TooLarge { size: large }
    );
    assert_eq!(fault(&[allocate(0, 8)], resize(0, 0)), Fault::ResizeToZero);
    let crooked = Op::Allocate {
        id: 0,
        size: 8,
        align: 24,
    };
    assert_eq!(fault(&[], crooked), Fault::BadAlignment { align: 24 });
    after(&[allocate(0, 0)]);
}

#[test]
fn threads_and_stacks_are_announced_and_time_does_not_turn_back() {
    let mut rules = Rules::new(WordSize::Bits64);
    let event = Event::from(allocate(0, 8));
    let skipped = Event { thread: 1, ..event };
    assert_eq!(
        rules.accept(&skipped),
        Err(Fault::UnknownThread { thread: 1, next: 0 })
    );
    let nowhere = Event { stack: 1, ..event };
    assert_eq!(
        rules.accept(&nowhere),
        Err(Fault::UnknownStack { stack: 1, known: 0 })
    );
    assert_eq!(rules.add_module(&Module::default()), Ok(0));
    assert_eq!(rules.add_frame(&Frame::default()), Ok(0));
    let stack = Stack {
        frame: 0,
        parent: 0,
    };
    assert_eq!(rules.add_stack(stack), Ok(1));
    rules.accept(&Event { time: 5, ..nowhere }).unwrap();
    let late = Event {
        thread: 1,
        stack: 1,
        time: 4,
        ..Event::from(free(0))
    };
    assert_eq!(
        rules.accept(&late),
        Err(Fault::TimeReversed {
            time: 4,
            previous: 5
        })
    );
    rules.accept(&Event { time: 5, ..late }).unwrap();
}

#[test]
fn a_refused_event_leaves_no_mark() {
    let mut rules = after(&[allocate(0, 8)]);
    let wrong = Event {
        thread: 1,
        time: 9,
        ..Event::from(free(7))
    };
    rules.accept(&wrong).unwrap_err();
    assert_eq!((rules.objects(), rules.time()), (1, 0));
    let skipped = Event {
        thread: 2,
        ..Event::from(free(0))
    };
    assert_eq!(
        rules.accept(&skipped),
        Err(Fault::UnknownThread { thread: 2, next: 1 })
    );
}

fn stack(parent: u32, frame: u32) -> Stack {
    Stack { frame, parent }
}

#[test]
fn pools_are_numbered_and_only_requests_have_one() {
    let mut rules = after(&[]);
    let event = Event::from(allocate(0, 8));
    assert_eq!(
        rules.accept(&Event { pool: 2, ..event }),
        Err(Fault::UnknownPool { pool: 2, next: 1 })
    );
    rules.accept(&Event { pool: 1, ..event }).unwrap();
    for kind in [
        free(0).into(),
        EventKind::ForeignFree,
        EventKind::ThreadEnd,
        EventKind::Gap { lost: 0 },
    ] {
        let event = Event {
            pool: 1,
            ..Event::from(kind)
        };
        assert_eq!(rules.accept(&event), Err(Fault::StrayPool { pool: 1 }));
    }
    let resize = Event {
        pool: 2,
        ..Event::from(resize(0, 9))
    };
    rules.accept(&resize).unwrap();
}

/// Refused requests may ask for anything, but not for an object that isn't there.
#[test]
fn a_refused_request_changes_nothing_and_names_a_live_object() {
    let mut rules = after(&[allocate(0, 8), allocate(1, 8), free(0)]);
    let mut refused = |size, align, resized| {
        let kind = EventKind::Refused {
            size,
            align,
            resized,
        };
        rules.accept(&kind.into())
    };
    assert_eq!(refused(u64::MAX, 0, Some(1)), Ok(()));
    assert_eq!(refused(0, 1 << 63, None), Ok(()));
    assert_eq!(refused(8, 24, None), Err(Fault::BadAlignment { align: 24 }));
    assert_eq!(refused(8, 0, Some(0)), Err(Fault::Dead { id: 0 }));
    assert_eq!(refused(8, 0, Some(2)), Err(Fault::Unknown { id: 2 }));
    assert_eq!(rules.objects(), 2);
}

#[test]
fn frames_and_stacks_build_on_what_is_known() {
    let mut rules = after(&[]);
    assert_eq!(
        rules.add_frame(&Frame::default()),
        Err(Fault::UnknownModule {
            module: 0,
            known: 0
        })
    );
    rules.add_module(&Module::default()).unwrap();
    rules.add_frame(&Frame::default()).unwrap();
    assert_eq!(
        rules.add_stack(stack(0, 1)),
        Err(Fault::UnknownFrame { frame: 1, known: 1 })
    );
    assert_eq!(
        rules.add_stack(stack(1, 0)),
        Err(Fault::UnknownStack { stack: 1, known: 0 })
    );
    for depth in 0..MAX_DEPTH as u32 {
        assert_eq!(rules.add_stack(stack(depth, 0)), Ok(depth + 1));
    }
    let deepest = MAX_DEPTH as u32;
    assert_eq!(rules.add_stack(stack(deepest, 0)), Err(Fault::TooDeep));
    assert_eq!(rules.add_stack(stack(deepest - 1, 0)), Ok(deepest + 1));
}

/// Names are counted, and those that others took the place of are not.
#[test]
fn what_is_kept_is_bounded_by_the_length_of_the_file() {
    let long = "x".repeat(1 << 20);
    let mut rules = after(&[]);
    for _ in 0..100 {
        rules.name_thread(0, &long, 0).unwrap();
        rules.name_thread(0, "", long.len()).unwrap();
    }
    assert_eq!(rules.limit(), Ok(()));
    for thread in 0..33 {
        rules.name_thread(thread, &long, 0).unwrap();
    }
    assert_eq!(rules.limit(), Err(Fault::TooMuchInterned));
    assert!(!rules.is_believable(0));
    // 64 bytes for each byte of the file.
    assert!(rules.is_believable(1 << 20));
    rules.at(1 << 20);
    assert_eq!(rules.limit(), Ok(()));
}
