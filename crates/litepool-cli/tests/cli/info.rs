//! `litepool info`.

use litepool_trace::{Op, WordSize};

use crate::traces::{Room, allocate, churn, everything};
use crate::{json, text};

fn small() -> Vec<Op> {
    vec![
        allocate(0, 100),
        Op::Allocate {
            id: 1,
            size: 50,
            align: 64,
        },
        Op::Resize { id: 0, size: 300 },
        Op::Free { id: 0 },
        allocate(2, 0),
    ]
}

#[test]
fn json_states_what_the_program_did() {
    let room = Room::new();
    let (report, code) = json(&["info", &room.trace("small.lpt", WordSize::Bits32, &small())]);
    assert_eq!(code, 0);
    assert_eq!(report["trace"]["program"], "demo --fast");
    for (field, value) in [("word", 32), ("operations", 5), ("live_peak", 350)] {
        assert_eq!(report["trace"][field], value, "{field}");
    }
    for (field, value) in [
        ("allocations", 3),
        ("aligned_allocations", 1),
        ("largest_alignment", 64),
        ("zero_sized_allocations", 1),
        ("resizes", 1),
        ("resizes_grown", 1),
        ("frees", 1),
        ("threads", 1),
        ("live_peak_operation", 3),
        ("live_peak_objects", 2),
        ("total_bytes", 350),
        ("largest_object", 300),
        ("leaked_bytes", 50),
        ("leaked_objects", 2),
        ("call_sites", 2),
    ] {
        assert_eq!(report[field], value, "{field}");
    }
    assert_eq!(
        report["sizes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|range| range["count"].as_u64().unwrap())
            .sum::<u64>(),
        3
    );
    assert_eq!(report["lifetimes"][0]["low"], 2);
    assert_eq!(report["top_call_sites"][0]["bytes_at_peak"], 300);
}

#[test]
fn the_text_shows_the_same() {
    let room = Room::new();
    let text = text(&["info", &room.trace("small.lpt", WordSize::Bits32, &small())]);
    for part in [
        "demo --fast",
        "32 bits",
        "350 bytes, after operation 3",
        "50 bytes in 2 objects",
        "1 aligned, to 64 bytes at most; 1 of 0 bytes",
        "demo+0x10",
        "█",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_trace_without_operations_has_an_info() {
    let room = Room::new();
    let text = text(&["info", &room.trace("nothing.lpt", WordSize::Bits64, &[])]);
    assert!(text.contains("0 bytes"), "{text}");
}

#[test]
fn call_sites_are_listed_as_wanted() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    assert!(!text(&["info", &file, "--sites", "0"]).contains("demo+"));
    assert_eq!(
        text(&["info", &file, "--sites", "1"])
            .matches("demo+")
            .count(),
        1
    );
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_litepool"))
        .args(["info", &file])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

/// A site that only frees is none of those that could be listed.
#[test]
fn the_number_of_call_sites_is_that_of_those_that_could_be_listed() {
    let room = Room::new();
    let ops = [allocate(0, 8), Op::Free { id: 0 }];
    let file = room.trace("two.lpt", WordSize::Bits64, &ops);
    let (report, _) = json(&["info", &file]);
    assert_eq!(
        (&report["call_sites"], &report["allocating_call_sites"]),
        (&2.into(), &1.into())
    );
    assert!(text(&["info", &file]).contains("Call sites: 1 of 1 that allocate"));
    let none = text(&[
        "info",
        &room.trace("all.lpt", WordSize::Bits64, &churn()),
        "--sites",
        "1",
    ]);
    assert!(none.contains("Call sites: 1 of 2 that allocate"), "{none}");
}

#[test]
fn what_is_no_operation_is_told_apart() {
    let room = Room::new();
    let file = room.file("everything.lpt", everything());
    let (report, _) = json(&["info", &file]);
    assert_eq!(report["trace"]["operations"], 2);
    for (field, value) in [
        ("refused_requests", 1),
        ("foreign_frees", 1),
        ("gaps", 1),
        ("lost_events", 5),
        ("threads", 2),
        ("live_peak_operation", 2),
    ] {
        assert_eq!(report[field], value, "{field}");
    }
    let text = text(&["info", &file]);
    for part in [
        "refused       1 request",
        "foreign       1 free of what was not allocated here",
        "lost          5 events in 1 gap: no figure here is exact",
        "demo+0x20",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}
