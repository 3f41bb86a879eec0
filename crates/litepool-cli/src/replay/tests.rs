//! The answer is yes only if the trace fits somewhere and nothing is broken.

use super::*;

pub(super) fn report(results: &[&'static str]) -> Report {
    let trace = TraceFacts {
        file: "demo.lpt".into(),
        program: "demo".into(),
        word: 32,
        operations: 10,
        live_peak: 100,
    };
    let line = |&result| Line {
        name: "tlsf",
        granule: 4,
        result,
        reason: (result == "broken").then(|| "operation 3: byte 1 changed".into()),
        failure: None,
        control_block: None,
        peak_used: 0,
        mean_fragmentation: 0.0,
        max_fragmentation: 0.0,
        ns_per_operation: None,
        timed_runs: 0,
        verified: None,
        samples: Vec::new(),
    };
    Report {
        trace,
        word: 32,
        pool: 4096,
        configurations: results.iter().map(line).collect(),
    }
}

#[test]
fn one_that_fits_is_enough() {
    assert_eq!(report(&["fits"]).answer(), YES);
    assert_eq!(report(&["no pool", "fails", "fits"]).answer(), YES);
    assert_eq!(report(&["no pool", "fails"]).answer(), NO);
}

#[test]
fn damage_is_never_a_yes() {
    let report = report(&["fits", "broken"]);
    assert_eq!(report.answer(), NO);
    let text = report.text(false, None);
    assert!(
        text.contains("THE HEAP IS AT FAULT at operation 3"),
        "{text}"
    );
}
