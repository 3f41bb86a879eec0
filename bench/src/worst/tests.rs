//! Counting must be exact, or the tables are worth nothing. These tests need an x86 processor.

use std::hint::black_box;

use super::steps::{count, install};
use super::*;

#[inline(never)]
fn loop_of(times: u64) -> u64 {
    let mut sum = 0;
    for i in 0..times {
        sum = black_box(sum + i);
    }
    sum
}

#[test]
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
fn instructions_are_counted_exactly() {
    install().unwrap();
    let steps = |times| count(|| loop_of(times)).1;
    let (ten, twenty, thirty) = (steps(10), steps(20), steps(30));
    assert_eq!(steps(10), ten);
    assert!(twenty > ten);
    assert_eq!(thirty - twenty, twenty - ten);
}

#[test]
fn a_tally_keeps_mean_and_maximum() {
    let mut tally = Tally::default();
    assert_eq!(tally.mean(), None);
    for n in [1, 2, 9] {
        tally.add(n);
    }
    assert_eq!((tally.mean(), tally.max), (Some(4.0), 9));
}
