//! Requests are told apart by what an author can change.

use std::sync::Arc;

use litepool_snapshot::Place;

use litepool_trace::Op;

use super::*;

pub(in crate::split) fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

pub(in crate::split) fn whole(ops: &[Op]) -> Part {
    let mut builder = Part::builder();
    ops.iter().for_each(|&op| builder.push(op));
    builder.finish()
}

/// The division by size of a whole with up to a million objects.
pub(in crate::split) fn by_size(whole: &Part) -> Units {
    Units::by_size(whole, 1_000_000)
}

/// The same numbers in every test: below the bound.
pub(in crate::split) fn random() -> impl FnMut(u64) -> u64 {
    let mut state = 7_u64;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    }
}

/// Objects of up to `largest` bytes that come, grow and go.
pub(in crate::split) fn churn(
    random: &mut impl FnMut(u64) -> u64,
    operations: usize,
    largest: u64,
) -> Part {
    let mut live = [false; 100];
    let ops = (0..operations).map(|_| {
        let id = random(100) as u32;
        let size = 1 + random(largest);
        let is_live = std::mem::replace(&mut live[id as usize], true);
        match (is_live, random(3)) {
            (false, _) => allocate(id, size),
            (true, 0) => Op::Resize { id, size },
            (true, _) => {
                live[id as usize] = false;
                Op::Free { id }
            }
        }
    });
    let ops: Vec<Op> = ops.collect();
    whole(&ops)
}

fn call(name: &str) -> Call {
    Call {
        module: Arc::from("demo"),
        place: Place::Function {
            function: Arc::from(name),
            file: Arc::from(""),
            line: 0,
        },
    }
}

fn stack(names: &[&str]) -> Site {
    names.iter().map(|name| call(name)).collect()
}

#[test]
fn a_site_that_dominates_is_told_apart_by_its_callers_and_others_are_not() {
    let calls = [
        stack(&["make", "parse", "main"]),
        stack(&["make", "draw", "main"]),
        stack(&["log", "parse", "main"]),
        stack(&["log", "draw", "main"]),
    ];
    let (sites, of_stack) = told_apart(&calls, &[500, 400, 60, 40], 1000);
    // `parse` and `draw` hold more than a quarter: as far as the stacks go.
    assert_eq!(sites, [calls[0].clone(), calls[1].clone(), stack(&["log"])]);
    assert_eq!(of_stack, [0, 1, 2, 2]);
}

#[test]
fn small_sites_beyond_the_number_that_is_told_apart_are_one() {
    let names: Vec<String> = (0..MOST_SITES + 5)
        .map(|site| format!("f{site:03}"))
        .collect();
    let calls: Vec<Site> = names.iter().map(|name| stack(&[name])).collect();
    let (sites, of_stack) = told_apart(&calls, &vec![1; calls.len()], 1000);
    assert_eq!(sites.len(), MOST_SITES + 1);
    assert!(sites[MOST_SITES].is_empty());
    assert!(
        of_stack[MOST_SITES..]
            .iter()
            .all(|&site| site as usize == MOST_SITES)
    );
}

#[test]
fn a_size_belongs_to_the_range_that_ends_at_it() {
    let whole = whole(&[allocate(0, 16)]);
    let units = by_size(&whole);
    let range = |size| {
        let unit = &units.all[units.unit(0, size)];
        (unit.from_bytes, unit.to_bytes)
    };
    assert_eq!(range(1), (0, Some(16)));
    assert_eq!(range(16), (0, Some(16)));
    assert_eq!(range(17), (17, Some(24)));
    assert_eq!(range(1 << 40), (16_385, None));
}

#[test]
fn lifetimes_and_peaks_are_those_of_the_unit() {
    let whole = whole(&[
        allocate(0, 10),
        allocate(1, 1000),
        Op::Free { id: 1 },
        allocate(1, 900),
        Op::Free { id: 1 },
    ]);
    let units = by_size(&whole);
    let facts = |size| units.all[units.unit(0, size)].facts;
    let (small, large) = (facts(10), facts(1000));
    assert_eq!(
        (small.objects, small.live_peak, small.mean_bytes),
        (1, 10, 10)
    );
    assert_eq!(
        (large.objects, large.live_peak, large.mean_bytes),
        (2, 1000, 950)
    );
    // What was never freed outlives all that was.
    assert!(small.median_lifetime > large.median_lifetime);
}
