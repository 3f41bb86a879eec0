use super::*;
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
