//! A picture says what it is of, and nothing in it is cut off.

use super::super::{failure::FailureFacts, tests::report};
use super::*;
use litepool_replay::Cause;
use litepool_replay::Sample;

fn samples(last: usize) -> Vec<Sample> {
    let sample = |operation| Sample {
        operation,
        live: 50,
        live_peak: 60,
        used: 1_000,
        free: 3_000,
        free_in_slabs: 0,
        largest_free: 1_500,
        used_blocks: 3,
        free_blocks: 2,
        fragmentation: 0.5,
    };
    (1..=last).map(sample).collect()
}

fn failure(operation: usize) -> FailureFacts {
    FailureFacts {
        operation,
        kind: "allocate",
        request: 70,
        align: 0,
        cause: Cause::Fragmented,
        free: 3_000,
        free_in_slabs: 0,
        free_blocks: 2,
        largest_free: 60,
        used: 1_000,
        thread: 0,
        thread_name: String::new(),
        time_microseconds: 0,
        site: None,
        stack: Default::default(),
        calls: None,
        message: String::new(),
        pins: None,
        tried: None,
    }
}

/// The picture, as text.
fn svg(report: &Report) -> String {
    let mut text = String::new();
    draw(report, SVGBackend::with_string(&mut text, size(report))).unwrap();
    text
}

#[test]
fn the_trace_the_pool_and_the_axes_are_named() {
    let mut report = report(&["fits"]);
    report.configurations[0].samples = samples(10);
    let svg = svg(&report);
    for part in [
        "demo.lpt in a pool of 4,096 bytes",
        "tlsf: fits; fragmentation",
        "operations",
        "used bytes / pool, on a 32-bit device",
        "100 %",
    ] {
        assert!(svg.contains(part), "{part} is missing in\n{svg}");
    }
}

#[test]
fn the_request_that_fails_is_marked() {
    let mut report = report(&["fails", "no pool"]);
    report.configurations[0].samples = samples(6);
    report.configurations[0].failure = Some(failure(7));
    report.configurations[1].reason = Some("too large".into());
    let svg = svg(&report);
    assert!(
        svg.contains("tlsf: fragmented, fails at operation 7, allocate 70 bytes"),
        "{svg}"
    );
    assert!(svg.contains("#B00020"), "{svg}");
    assert!(svg.contains("tlsf: no pool: too large"), "{svg}");
    assert_eq!(shown(&report), 7, "what was never reached is not drawn");
}

#[test]
fn a_long_name_is_cut_in_front_and_a_strange_one_is_text() {
    let mut report = report(&["fits"]);
    report.trace.file = format!("/{}/a<b>&\n.lpt", "directory/".repeat(30));
    let svg = svg(&report);
    assert!(svg.contains("…"), "{svg}");
    assert!(svg.contains("a&lt;b&gt;&amp; .lpt in a pool"), "{svg}");
    assert!(!svg.contains("<b>"));
}
