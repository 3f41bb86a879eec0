//! The peak is what every memory figure is relative to.

use super::*;

fn workload(ops: Vec<Op>, slots: usize) -> Workload {
    Workload::new(
        "w",
        Origin::Synthetic,
        WordSize::Bits64,
        &Script { slots, ops },
    )
    .unwrap()
}

#[test]
fn the_peak_counts_requested_bytes_that_live_together() {
    let work = workload(
        vec![
            Op::Allocate {
                id: 0,
                size: 100,
                align: 0,
            },
            Op::Allocate {
                id: 1,
                size: 50,
                align: 0,
            },
            Op::Free { id: 0 },
            Op::Allocate {
                id: 0,
                size: 90,
                align: 64,
            },
        ],
        2,
    );
    assert_eq!(work.live_peak(), 150);
}

#[test]
fn a_resize_counts_once() {
    let work = workload(
        vec![
            Op::Allocate {
                id: 0,
                size: 100,
                align: 0,
            },
            Op::Resize { id: 0, size: 300 },
            Op::Resize { id: 0, size: 10 },
            Op::Free { id: 0 },
        ],
        1,
    );
    assert_eq!(work.live_peak(), 300);
}

#[test]
fn a_request_beyond_four_gigabytes_is_an_error() {
    let script = Script {
        slots: 1,
        ops: vec![Op::Allocate {
            id: 0,
            size: 1 << 32,
            align: 0,
        }],
    };
    assert!(Workload::new("w", Origin::Synthetic, WordSize::Bits64, &script).is_err());
}

#[test]
fn a_step_is_small() {
    assert_eq!(size_of::<Step>(), 16);
}
