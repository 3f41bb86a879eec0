//! Whatever the file is: an error that names it and says what to do, and exit code 2.

use litepool_trace::WordSize;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::litepool;
use crate::traces::{Room, argument, churn, trace};

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
    refused(&room.file("empty.lpt", ""), "empty");
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
