use proptest::prelude::*;

use super::*;
use crate::profile::Profile;
use crate::samples::{allocate, free, ops, resize, trace_of, traces};

#[test]
fn a_slot_is_used_again_after_a_free() {
    let trace = trace_of([
        allocate(0, 8),
        allocate(1, 16),
        free(0),
        allocate(2, 24),
        resize(2, 30),
        free(1),
    ]);
    let script = Script::from(&trace);
    assert_eq!(script.slots, 2);
    assert_eq!(
        script.ops,
        [
            allocate(0, 8),
            allocate(1, 16),
            free(0),
            allocate(0, 24),
            resize(0, 30),
            free(1)
        ]
    );
}

#[test]
fn a_request_of_nothing_becomes_one_byte() {
    assert_eq!(
        Script::from(&trace_of([allocate(0, 0)])).ops,
        [allocate(0, 1)]
    );
}

proptest! {
    #[test]
    fn as_many_slots_as_objects_live_at_the_peak(trace in traces()) {
        let script = Script::from(&trace);
        prop_assert_eq!(script.slots as u64, Profile::of(&trace).peak_objects);
        prop_assert_eq!(script.ops.len(), ops(&trace).len());
        // Played on a table of slots, every operation finds its slot as it needs it.
        let mut live = vec![false; script.slots];
        for op in &script.ops {
            let slot = &mut live[op.id() as usize];
            match op {
                Op::Allocate { .. } => prop_assert!(!std::mem::replace(slot, true)),
                Op::Resize { .. } => prop_assert!(*slot),
                Op::Free { .. } => prop_assert!(std::mem::replace(slot, false)),
            }
        }
    }
}
