//! Percentiles are sizes that runs need.

use super::*;

fn needs(runs: impl IntoIterator<Item = usize>) -> (Option<usize>, Option<usize>, Option<usize>) {
    let needs = Needs::of(runs.into_iter().map(Some).collect());
    (needs.p50, needs.p95, needs.most)
}

#[test]
fn of_twenty_runs_one_may_need_more_than_p95() {
    assert_eq!(needs(1..=20), (Some(10), Some(19), Some(20)));
    assert_eq!(needs((1..=20).rev()), (Some(10), Some(19), Some(20)));
}

#[test]
fn of_few_runs_p95_is_the_most() {
    assert_eq!(needs([7]), (Some(7), Some(7), Some(7)));
    assert_eq!(needs([3, 1, 2]), (Some(2), Some(3), Some(3)));
    assert_eq!(needs([4, 1, 2, 3]), (Some(2), Some(4), Some(4)));
}

#[test]
fn of_no_runs_there_is_none() {
    assert_eq!(needs([]), (None, None, None));
}

#[test]
fn a_run_that_no_pool_serves_needs_more_than_any() {
    let needs = Needs::of(vec![None, Some(5), Some(6)]);
    assert_eq!((needs.p50, needs.p95, needs.most), (Some(6), None, None));
}

#[test]
fn steps_are_fine_and_whole_granules() {
    assert_eq!(step(900, 4), 4);
    assert_eq!(step(77_072, 4), 256);
    assert_eq!(step(3_000, 8), 8);
    assert_eq!(step(usize::MAX, 8) % 8, 0);
}
