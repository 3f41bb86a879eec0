//! What is dealt to the pools is the whole, and nothing else; who outgrows a pool moves.

use litepool_trace::Op;

use super::*;
use crate::split::units::tests::{allocate, by_size, whole};

fn ops(part: &Part) -> Vec<Op> {
    let mut all = Vec::new();
    part.pieces(usize::MAX, &mut |ops| {
        all.extend_from_slice(ops);
        true
    });
    all
}

/// The pool 1 for all sizes from `from` on.
fn plan(units: &Units, from: u64) -> Plan {
    let is_large = |unit: &crate::split::units::Unit| u8::from(unit.from_bytes >= from);
    units.all.iter().map(is_large).collect()
}

#[test]
fn an_object_that_is_resized_out_of_its_pool_is_allocated_there_and_freed_here() {
    let whole = whole(&[
        allocate(0, 10),
        Op::Resize { id: 0, size: 12 },
        Op::Resize { id: 0, size: 100 },
        Op::Resize { id: 0, size: 200 },
        Op::Free { id: 0 },
    ]);
    let units = by_size(&whole);
    let parts = deal(&whole, &units, &plan(&units, 65));
    assert_eq!(
        ops(&parts[0]),
        [
            allocate(0, 10),
            Op::Resize { id: 0, size: 12 },
            Op::Free { id: 0 }
        ]
    );
    assert_eq!(
        ops(&parts[1]),
        [
            allocate(0, 100),
            Op::Resize { id: 0, size: 200 },
            Op::Free { id: 0 }
        ]
    );
}

#[test]
fn one_pool_is_dealt_the_whole() {
    let whole = whole(&[
        allocate(0, 10),
        allocate(1, 99),
        Op::Free { id: 0 },
        allocate(0, 7),
    ]);
    let units = by_size(&whole);
    let parts = deal(&whole, &units, &vec![0; units.all.len()]);
    assert_eq!(ops(&parts[0]), ops(&whole));
}

#[test]
fn at_every_moment_the_parts_hold_what_the_whole_holds() {
    let mut random = crate::split::units::tests::random();
    let whole = crate::split::units::tests::churn(&mut random, 4000, 700);
    let units = by_size(&whole);
    let live = |parts: &[Part]| -> u64 {
        let held = parts.iter().map(|part| {
            let mut sizes = vec![0; part.slots];
            for op in ops(part) {
                sizes[op.id() as usize] = match op {
                    Op::Allocate { size, .. } | Op::Resize { size, .. } => size,
                    Op::Free { .. } => 0,
                };
            }
            sizes.iter().sum::<u64>()
        });
        held.sum()
    };
    for from in [17, 65, 513] {
        let parts = deal(&whole, &units, &plan(&units, from));
        assert_eq!(live(&parts), live(std::slice::from_ref(&whole)));
        // Whatever is in the small pool is small, in the other large.
        let small = |op: &Op| match *op {
            Op::Allocate { size, .. } | Op::Resize { size, .. } => size < from,
            Op::Free { .. } => true,
        };
        assert!(ops(&parts[0]).iter().all(small));
        assert!(
            ops(&parts[1])
                .iter()
                .all(|op| !small(op) || matches!(op, Op::Free { .. }))
        );
        // Of what did not move there is an operation in one of them; a move has two.
        assert!(parts[0].ops.len() + parts[1].ops.len() >= whole.ops.len());
    }
}
