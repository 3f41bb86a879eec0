//! Whatever the file is: an error that names it and says what to do, and exit code 2.

use litepool_trace::{Event, EventKind, Op, Trace, WordSize};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::traces::{Room, argument, churn, everything, gzip, lossy, trace};
use crate::{json, litepool};

/// All commands that read a trace refuse this file, and say so.
#[track_caller]
fn refused(file: &str, because: &str) {
    let room = Room::new();
    let output = argument(&room.path("out.lpt"));
    for arguments in [
        &["info", file][..],
        &["replay", file],
        &["size", file],
        &["import", file, "-o", &output],
    ] {
        let name = file.rsplit('/').next().unwrap();
        litepool()
            .args(arguments)
            .assert()
            .code(2)
            .stdout("")
            .stderr(
                contains("litepool: ")
                    .and(contains(name))
                    .and(contains(because)),
            );
    }
    assert!(!room.path("out.lpt").exists());
}

#[test]
fn missing() {
    refused(
        "/no/such/file.lpt",
        "cannot read /no/such/file.lpt: No such file or directory",
    );
}

#[test]
fn a_directory() {
    let room = Room::new();
    refused(&argument(&room.path("")), "is a directory");
}

#[test]
fn empty() {
    let room = Room::new();
    refused(
        &room.file("nothing.lpt", ""),
        "nothing.lpt is empty: did the recording fail?",
    );
}

#[test]
fn truncated_anywhere() {
    let room = Room::new();
    let whole = trace(WordSize::Bits32, &churn());
    for length in [1, 8, 11, 20, whole.len() / 2, whole.len() - 1] {
        refused(&room.file("cut.lpt", &whole[..length]), "truncated");
    }
}

#[test]
fn damaged() {
    let room = Room::new();
    let mut bytes = trace(WordSize::Bits32, &churn());
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    refused(&room.file("damaged.lpt", bytes), "damaged");
}

#[test]
fn of_another_version() {
    let room = Room::new();
    let mut bytes = trace(WordSize::Bits32, &churn());
    bytes[8] = 99;
    refused(&room.file("future.lpt", bytes), "version 99");
}

#[test]
fn foreign() {
    let room = Room::new();
    refused(
        &room.file("photo.png", b"\x89PNG\r\n\x1a\n0123456789012345"),
        "not a litepool trace",
    );
    refused(
        &room.file("poem.txt", "Shall I compare thee\nto a summer's day?\n"),
        "--format",
    );
    refused(&room.file("bytes.bin", [0_u8; 1000]), "--format");
}

#[test]
fn text_that_breaks_its_format() {
    let room = Room::new();
    refused(
        &room.file("bad.rep", "100\n1\n2\n1\na 0 16\nf 7\n"),
        "line 6",
    );
}

#[test]
fn standard_input_is_a_file_like_others() {
    for arguments in [
        &["info", "-"][..],
        &["size", "-"],
        &["replay", "-", "--pool", "1M"],
    ] {
        let whole = trace(WordSize::Bits64, &churn());
        litepool()
            .args(arguments)
            .write_stdin(whole)
            .assert()
            .success()
            .stdout(contains("standard input"));
        litepool()
            .args(arguments)
            .write_stdin("")
            .assert()
            .code(2)
            .stderr(contains("standard input"));
    }
}

/// The recorder could not write any more: what follows is missing, and no answer would be true.
#[test]
fn of_a_recording_that_lost_operations() {
    let room = Room::new();
    let lost = lossy(&churn(), 17);
    refused(&room.file("lost.lpt", &lost), "17 operations");
    refused(&room.file("lost.lpt", &lost), "--until-loss");

    let (from, to) = (
        room.file("lost.lpt", &lost),
        argument(&room.path("part.lpt")),
    );
    litepool()
        .args(["import", "--until-loss", &from, "-o", &to])
        .assert()
        .success()
        .stderr(contains("taken up to the loss of 17 operations"));
    let exact = contains("17 events were lost in 1 gap, so that no figure is exact");
    litepool()
        .args(["size", &to])
        .assert()
        .success()
        .stderr(exact);
    let trace = Trace::read(to).unwrap();
    let ops: Vec<Op> = trace.events.iter().filter_map(Event::op).collect();
    assert_eq!(ops, churn());
    let last = trace.events.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::Gap { lost: 17 }));
}

#[test]
fn of_a_recording_with_gaps() {
    let room = Room::new();
    for command in ["info", "size"] {
        litepool()
            .args([command, &room.file("gaps.lpt", everything())])
            .assert()
            .success()
            .stderr(contains("5 events were lost in 1 gap, so that no figure"));
    }
}

/// Nothing is lost on the way through a temporary file.
#[test]
fn a_copy_of_a_trace_has_everything_that_is_in_it() {
    let copy = litepool()
        .args(["import", "-", "-o", "-"])
        .write_stdin(everything())
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    assert_eq!(copy, everything());
}

#[test]
fn compressed_ones_are_read_whatever_their_name() {
    let room = Room::new();
    let whole = trace(WordSize::Bits32, &churn());
    let plain = room.file("plain.lpt", &whole);
    let packed = room.file("packed.bin", gzip(&whole));
    for command in [&["info"][..], &["size", "--config", "best"]] {
        let report = |file: &str| json(&[command, &[file]].concat()).0;
        let (mut one, mut other) = (report(&plain), report(&packed));
        for report in [&mut one, &mut other] {
            // Where the name of the file stands.
            report["trace"]["file"].take();
            report["emitted"].take();
            if let Some(trace) = report["traces"].get_mut(0) {
                trace["file"].take();
            }
        }
        assert_eq!(one, other);
    }
    litepool()
        .args(["replay", "-", "--pool", "64K"])
        .write_stdin(gzip(b"0 1 2 1\na 0 8\nf 0\n"))
        .assert()
        .success();
    refused(
        &room.file("cut.lpt.gz", &gzip(&whole)[..100]),
        "cannot read",
    );
}

#[test]
fn what_could_not_be_taken_over_is_told() {
    let room = Room::new();
    for (text, told) in [
        (
            "1: malloc 0x10 8\n1: free 0x1",
            "line 2, the last one, was cut off and is left out",
        ),
        (
            "1: malloc 0x10 8\n1: free 0x10\n1: free 0x10\n",
            "1 double free left out, the first on line 3",
        ),
        (
            "1: malloc 0x10 8\n1: malloc 0x0 99\n",
            "1 refused request noted; a replay does not repeat what was refused",
        ),
        (
            "1: malloc 0x10 8\n1: free 0x99\n",
            "1 free of unknown objects kept, but not replayed",
        ),
        (
            "1: memalign 0x10 24 8\n",
            "1 alignment rounded up to a power of two",
        ),
    ] {
        litepool()
            .args(["info", &room.file("notes.txt", text)])
            .assert()
            .success()
            .stderr(contains(told));
    }
    refused(
        &room.file("twice.rep", "0 1 3 1\na 0 8\nf 0\nf 0\n"),
        "line 4: double free",
    );
}
