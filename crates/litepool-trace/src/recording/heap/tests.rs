use super::*;

fn kinds(found: Events) -> Vec<EventKind> {
    found.into_iter().flatten().map(|(kind, _)| kind).collect()
}

fn ops(found: Events) -> Vec<Op> {
    let op = |kind| match kind {
        EventKind::Op(op) => Some(op),
        _ => None,
    };
    kinds(found).into_iter().filter_map(op).collect()
}

#[test]
fn an_address_may_be_used_again() {
    let mut heap = Heap::default();
    assert_eq!(
        ops(heap.allocate(16, 8, 0, 1).unwrap()),
        [Op::Allocate {
            id: 0,
            size: 8,
            align: 0
        }]
    );
    assert_eq!(ops(heap.free(16, 1)), [Op::Free { id: 0 }]);
    assert_eq!(
        ops(heap.allocate(16, 9, 64, 1).unwrap()),
        [Op::Allocate {
            id: 1,
            size: 9,
            align: 64
        }]
    );
    assert_eq!((heap.live(), heap.objects()), (1, 2));
}

/// Thread 1 moves an object away; thread 2 gets the old address before thread 1 has said so.
#[test]
fn a_resizing_object_has_no_address() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 7);
    assert_eq!(
        ops(heap.allocate(16, 5, 0, 1).unwrap()),
        [Op::Allocate {
            id: 1,
            size: 5,
            align: 0
        }]
    );
    assert_eq!(
        heap.resize_ends(1, 32, 80, 16).unwrap(),
        [None, None, Some((Op::Resize { id: 0, size: 80 }.into(), 7))]
    );
    assert_eq!(ops(heap.free(16, 1)), [Op::Free { id: 1 }]);
    assert_eq!(ops(heap.free(32, 1)), [Op::Free { id: 0 }]);
    assert_eq!((heap.unknown_frees, heap.implied_frees), (0, 0));
}

#[test]
fn a_failed_resizing_changes_nothing() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 1);
    let refused = EventKind::Refused {
        size: 1 << 60,
        align: 0,
        resized: Some(0),
    };
    assert_eq!(
        heap.resize_ends(1, 0, 1 << 60, 16).unwrap(),
        [Some((refused, 1)), None, None]
    );
    assert_eq!(ops(heap.free(16, 1)), [Op::Free { id: 0 }]);
}

/// A signal handler resizes while its thread is resizing.
#[test]
fn resizings_of_one_thread_may_be_nested() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.allocate(32, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 1);
    heap.resize_begins(1, 32, 2);
    assert_eq!(
        heap.resize_ends(1, 48, 9, 32).unwrap(),
        [None, None, Some((Op::Resize { id: 1, size: 9 }.into(), 2))]
    );
    assert_eq!(
        heap.resize_ends(1, 16, 9, 16).unwrap(),
        [None, None, Some((Op::Resize { id: 0, size: 9 }.into(), 1))]
    );
    assert_eq!(heap.settle(), 0);
}

#[test]
fn a_resizing_without_an_end_leaves_the_object_where_it_was() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 1);
    assert_eq!(heap.settle(), 1);
    assert_eq!(ops(heap.free(16, 1)), [Op::Free { id: 0 }]);
}

#[test]
fn what_was_never_allocated_is_an_event() {
    let mut heap = Heap::default();
    assert_eq!(kinds(heap.free(16, 1)), [EventKind::ForeignFree]);
    heap.resize_begins(1, 32, 1);
    // From here on it is known.
    let allocate = Op::Allocate {
        id: 0,
        size: 9,
        align: 0,
    };
    assert_eq!(
        kinds(heap.resize_ends(1, 48, 9, 32).unwrap()),
        [EventKind::ForeignFree, allocate.into()]
    );
    assert_eq!((heap.unknown_frees, heap.implied_frees), (2, 0));
    // Where allocations are missing it means nothing.
    heap.is_partial = true;
    assert_eq!(kinds(heap.free(16, 1)), []);
    assert_eq!(heap.unknown_frees, 3);
}

#[test]
fn memory_that_is_given_away_again_was_freed() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    let expected = [
        Op::Free { id: 0 },
        Op::Allocate {
            id: 1,
            size: 4,
            align: 0,
        },
    ];
    assert_eq!(ops(heap.allocate(16, 4, 0, 1).unwrap()), expected);
    assert_eq!((heap.live(), heap.implied_frees), (1, 1));
}

#[test]
fn what_is_freed_again_is_told_from_what_was_never_allocated() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.free(16, 1);
    assert_eq!(ops(heap.free(16, 1)), []);
    assert_eq!(ops(heap.free(32, 1)), []);
    assert_eq!((heap.double_frees, heap.unknown_frees), (1, 1));
    assert_eq!(heap.double_free_stack, Some(1));
    // An object that is there again may be freed again.
    heap.allocate(16, 8, 0, 1).unwrap();
    assert_eq!(ops(heap.free(16, 1)), [Op::Free { id: 1 }]);
    // So with an address that an object was moved away from, and with resizing what is free.
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 1);
    heap.resize_ends(1, 48, 9, 16).unwrap();
    heap.free(16, 1);
    heap.resize_begins(1, 16, 1);
    heap.resize_ends(1, 0, 9, 16).unwrap();
    assert_eq!((heap.double_frees, heap.unknown_frees), (3, 1));
}

#[test]
fn the_peak_is_of_requested_bytes() {
    let mut heap = Heap::default();
    heap.allocate(16, 8, 0, 1).unwrap();
    heap.resize_begins(1, 16, 1);
    heap.resize_ends(1, 48, 100, 16).unwrap();
    heap.resize_begins(1, 48, 1);
    heap.resize_ends(1, 48, 20, 48).unwrap();
    heap.allocate(64, 30, 0, 1).unwrap();
    assert_eq!((heap.peak, heap.bytes), (100, 50));
}
