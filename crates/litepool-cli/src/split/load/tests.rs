//! No pool is smaller than its load.

use litepool_replay::search::Effort;
use litepool_replay::{Placement, configurations};
use litepool_trace::{Op, WordSize};

use super::*;
use crate::split::deal::deal;
use crate::split::units::tests::{allocate, by_size, churn, random, whole};

#[test]
fn a_block_has_a_header_and_whole_granules() {
    assert_eq!(
        [1, 8, 9, 12, 13].map(|size| block_bytes(size, 4)),
        [12, 12, 16, 16, 20]
    );
    assert_eq!([1, 12, 13].map(|size| block_bytes(size, 8)), [16, 16, 24]);
}

#[test]
fn two_units_need_what_they_hold_at_the_same_time() {
    let whole = whole(&[
        allocate(0, 100),
        Op::Free { id: 0 },
        allocate(0, 2000),
        Op::Free { id: 0 },
    ]);
    let units = by_size(&whole);
    let load = Load::new(&whole, &units, 4);
    let (small, large) = (units.unit(0, 100), units.unit(0, 2000));
    assert_eq!(load.least(&[small]) + load.least(&[large]), 104 + 2004);
    assert_eq!(load.least(&[small, large]), 2004);
}

#[test]
fn the_load_is_below_what_replays_find() {
    let whole = churn(&mut random(), 5000, 900);
    let units = by_size(&whole);
    let (load, plan) = (
        Load::new(&whole, &units, 4),
        [0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0],
    );
    let pools = crate::split::search::members(&plan);
    let configuration = configurations(WordSize::Bits32).next().unwrap();
    for (pool, part) in pools.iter().zip(deal(&whole, &units, &plan)) {
        let effort = Effort { sizes: 4 };
        let placement = Placement::like(0, 0);
        let found = part
            .smallest(&configuration, placement, effort, || ())
            .unwrap();
        let (least, real) = (load.least(pool), found.luckiest);
        assert!(least < real && real < 2 * least, "{least} {real}");
    }
}
