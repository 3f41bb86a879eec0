//! Programs that forbid themselves system calls, and are killed for one too many.

#![cfg(target_arch = "x86_64")]

mod common;

use common::{Scene, churned, convert};
use litepool_trace::recording::Notices;
use litepool_trace::recording::layout::SANDBOX;

/// Runs a scenario of `sandbox.c`, which must end as it does without a recorder.
fn run(scenario: &str, times: u64) -> (u64, litepool_trace::recording::Summary) {
    let scene = Scene::new("sandbox.c", &[]);
    let arguments = [scenario, &times.to_string()];
    let alone = scene.unrecorded(&arguments).status().expect("it runs");
    assert!(alone.success(), "{scenario} without a recorder: {alone}");
    scene.run(&arguments);
    let (trace, summary) = convert(&scene.recording().logs()[0]);
    (churned(&trace), summary)
}

#[test]
fn recording_goes_on_in_a_sandbox() {
    for scenario in ["strict", "strict-by-seccomp", "filter", "filter-by-prctl"] {
        let (recorded, summary) = run(scenario, 100_000);
        assert_eq!((recorded, summary.lost), (100_010, 0), "{scenario}");
    }
}

#[test]
fn where_the_log_can_not_grow_recording_stops_and_says_so() {
    for scenario in ["strict", "filter"] {
        let (recorded, summary) = run(scenario, 1_000_000);
        assert!(recorded > 500_000, "{scenario}: {recorded}");
        assert_eq!(summary.stopped, SANDBOX);
        assert_eq!(summary.events + summary.lost, 2 * 1_000_010);
    }
}

#[test]
fn a_sandbox_that_was_refused_is_none() {
    let (recorded, summary) = run("refused", 1_500_000);
    assert_eq!((recorded, summary.lost), (1_500_010, 0));
}

#[test]
fn without_the_processors_clock_time_stands_still() {
    let (recorded, summary) = run("no-clock", 1_000);
    assert_eq!((recorded, summary.lost), (2_010, 0));
}

#[test]
fn a_process_forked_in_a_sandbox_is_told() {
    let scene = Scene::new("sandbox.c", &[]);
    Notices::create(&scene.path("raw")).expect("it is new");
    scene.run(&["fork", "1000"]);
    assert_eq!(churned(&scene.trace().0), 1_010);
    let notices = Notices::read(&scene.path("raw")).expect("it is there");
    assert_eq!((notices.processes(), notices.not_wanted()), (1, 0));
}

/// The new program finds itself in a sandbox that its parent made for it.
#[test]
fn a_program_started_in_a_sandbox_is_told() {
    let scene = Scene::new("sandbox.c", &[]);
    Notices::create(&scene.path("raw")).expect("it is new");
    scene.run(&["exec"]);
    let recording = scene.recording();
    assert_eq!(recording.logs().len(), 1);
    let notices = Notices::read(&scene.path("raw")).expect("it is there");
    assert_eq!(notices.reason(recording.logs()[0].pid()), Some(SANDBOX));
}
