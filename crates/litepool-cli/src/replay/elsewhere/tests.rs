//! The operations that are left, and what is left out, are counted right.

use super::*;

fn event(op: Op, stack: u32) -> Event {
    Event { stack, ..op.into() }
}

/// What stack 1 allocates is left out, with all that is done to it later, by whomever.
#[test]
fn what_a_function_allocates_is_left_out_for_as_long_as_it_lives() {
    let allocate = |id, size| Op::Allocate { id, size, align: 0 };
    let mut rest = Rest::default();
    for (op, stack) in [
        (allocate(0, 100), 1),
        (allocate(1, 50), 2),
        (Op::Resize { id: 0, size: 300 }, 2),
        (Op::Resize { id: 1, size: 60 }, 1),
        (allocate(2, 20), 1),
        (Op::Free { id: 0 }, 2),
        (Op::Free { id: 1 }, 1),
        (Op::Free { id: 2 }, 0),
    ] {
        rest.event(&event(op, stack), |stack| stack == 1);
    }
    let left = [
        allocate(0, 50),
        Op::Resize { id: 0, size: 60 },
        Op::Free { id: 0 },
    ];
    assert_eq!(rest.ops, left);
    assert_eq!(rest.numbers, [2, 4, 7]);
    assert_eq!((rest.live, rest.peak), (0, 320));
}
