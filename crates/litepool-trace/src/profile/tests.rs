use super::*;
use crate::samples::{allocate, free, resize, small, trace_of};

#[test]
fn peaks_and_totals_count_requested_bytes() {
    let trace = trace_of([
        allocate(0, 100),
        allocate(1, 50),
        free(0),
        resize(1, 90),
        resize(1, 20),
        allocate(2, 0),
    ]);
    let profile = Profile::of(&trace);
    assert_eq!(profile.operations, 6);
    assert_eq!(
        (
            profile.allocations,
            profile.resizes,
            profile.grown,
            profile.frees
        ),
        (3, 2, 1, 1)
    );
    assert_eq!(
        (profile.peak_bytes, profile.peak_at, profile.peak_objects),
        (150, 1, 2)
    );
    assert_eq!(profile.total_bytes, 100 + 50 + 40);
    assert_eq!((profile.leaked_bytes, profile.leaked_objects), (20, 2));
    assert_eq!((profile.largest, profile.zero_sized), (100, 1));
}

#[test]
fn circumstances_are_counted() {
    let profile = Profile::of(&small());
    assert_eq!((profile.threads, profile.stacks), (3, 4));
    assert_eq!((profile.aligned, profile.largest_alignment), (1, 64));
    assert_eq!(profile.duration, 2 * u64::from(u32::MAX));
}

/// Numbers of operations count neither refused requests nor gaps.
#[test]
fn what_is_no_operation_is_counted_apart() {
    let profile = Profile::of(&small());
    assert_eq!((profile.operations, profile.peak_at), (7, 3));
    assert_eq!((profile.refused, profile.foreign_frees), (2, 1));
    assert_eq!((profile.gaps, profile.lost), (1, 17));
}

#[test]
fn an_empty_trace_has_an_empty_profile() {
    let profile = Profile::of(&trace_of([]));
    assert_eq!(profile, Profile::default());
    assert_eq!(profile.lifetimes.median(), None);
}

#[test]
fn lifetimes_are_measured_in_operations() {
    let trace = trace_of([
        allocate(0, 8),
        free(0),
        allocate(1, 8),
        allocate(2, 8),
        resize(2, 9),
        free(2),
        free(1),
    ]);
    let lifetimes = Profile::of(&trace).lifetimes;
    let counted: Vec<_> = lifetimes
        .buckets()
        .map(|bucket| (bucket.low, bucket.high, bucket.count))
        .collect();
    assert_eq!(counted, [(1, 1, 1), (2, 3, 1), (4, 7, 1)]);
    assert_eq!(lifetimes.median().unwrap().low, 2);
}

#[test]
fn a_histogram_has_a_bucket_for_each_power_of_two() {
    let mut histogram = Histogram::default();
    for number in [0, 1, 2, 3, 4, 7, 8, u64::MAX] {
        histogram.add(number);
    }
    let buckets: Vec<_> = histogram
        .buckets()
        .map(|bucket| (bucket.low, bucket.high, bucket.count))
        .collect();
    assert_eq!(
        buckets,
        [
            (0, 0, 1),
            (1, 1, 1),
            (2, 3, 2),
            (4, 7, 2),
            (8, 15, 1),
            (1 << 63, u64::MAX, 1)
        ]
    );
    assert_eq!(histogram.buckets().nth(2).unwrap().sum, 5);
    assert_eq!(histogram.count(), 8);
    assert_eq!(histogram.quantile(0.0).unwrap().low, 0);
    assert_eq!(histogram.quantile(1.0).unwrap().high, u64::MAX);
}

#[test]
fn absurd_sizes_saturate() {
    let huge = i64::MAX as u64;
    let profile = Profile::of(&trace_of([
        allocate(0, huge),
        allocate(1, huge),
        allocate(2, huge),
    ]));
    assert_eq!(profile.peak_bytes, u64::MAX);
}
