//! `litepool report`: one page, decoded again.

use std::io::Read;

use flate2::read::ZlibDecoder;
use litepool_trace::{
    Event, Frame, Header, Interned, Location, Module, Op, Stack, Trace, WordSize,
};
use predicates::prelude::predicate;
use serde_json::Value;

use crate::dump::ram;
use crate::litepool;
use crate::traces::{Room, allocate, argument};

/// What the page of these arguments shows.
fn page(room: &Room, arguments: &[&str]) -> Value {
    let out = argument(&room.path("page.html"));
    litepool()
        .arg("report")
        .args(arguments)
        .args(["-o", &out])
        .assert()
        .success();
    let html = std::fs::read_to_string(&out).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert!(html.len() < 10_000_000);
    document(&html)
}

fn document(html: &str) -> Value {
    let (_, rest) = html.split_once("id=\"document\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (text, _) = rest.split_once("</script>").unwrap();
    let mut json = Vec::new();
    ZlibDecoder::new(&from_base64(text)[..])
        .read_to_end(&mut json)
        .unwrap();
    serde_json::from_slice(&json).unwrap()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .chars()
        .filter_map(|c| DIGITS.find(c).map(|digit| digit as u32))
        .collect();
    let group = |group: &[u32]| {
        let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit);
        let bits = bits << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

fn free(id: u32) -> Op {
    Op::Free { id }
}

#[test]
fn one_operation_is_a_page() {
    let room = Room::new();
    let trace = room.trace("one.lpt", WordSize::Bits32, &[allocate(0, 100)]);
    let page = page(&room, &[&trace]);
    let source = &page["sources"][0];
    assert_eq!(source["kind"], "trace");
    assert_eq!(source["name"], "one.lpt");
    assert_eq!(source["operations"], 1);
    assert_eq!(source["live_peak"], 100);
    assert_eq!(source["timeline"]["columns"], 1);
    assert_eq!(source["failure"], Value::Null);
    assert_eq!(page["diff"], Value::Null);
}

#[test]
fn nothing_to_show_is_an_error_and_leaves_no_file() {
    let room = Room::new();
    let empty = room.trace("empty.lpt", WordSize::Bits32, &[]);
    let out = argument(&room.path("page.html"));
    litepool()
        .args(["report", &empty, "-o", &out])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no operations"));
    let random = room.file("noise", [7; 5000]);
    litepool()
        .args(["report", &random, "-o", &out])
        .assert()
        .code(2);
    assert!(!room.path("page.html").exists());
}

#[test]
fn a_failure_is_told_with_what_pins_and_what_would_have_saved_it() {
    let room = Room::new();
    let mut ops: Vec<Op> = (0..40).map(|id| allocate(id, 40)).collect();
    ops.extend((0..40).step_by(2).map(free));
    ops.push(allocate(40, 600));
    let trace = room.trace("pinned.lpt", WordSize::Bits32, &ops);
    let page = page(&room, &[&trace, "--pool", "2200"]);
    let source = &page["sources"][0];
    let failure = &source["failure"];
    assert_eq!(failure["cause"], "fragmented");
    assert_eq!(
        (&failure["operation"], &failure["request"]),
        (&61.into(), &600.into())
    );
    assert!(!failure["windows"].as_array().unwrap().is_empty());
    let changes = failure["changes"].as_array().unwrap();
    assert!(
        changes.iter().any(|change| change["survives"] == true),
        "{changes:?}"
    );
    let frames = source["keyframes"].as_array().unwrap();
    assert_eq!(frames.last().unwrap()["kind"], "failure");
    let refused = &source["timeline"]["failures"][0];
    assert_eq!(refused["is_recorded"], false);
}

/// A table that only grows fills the pool. The recording, which had more memory, frees it at its end.
#[test]
fn what_the_recording_frees_after_the_failure_is_no_leak() {
    let room = Room::new();
    let mut ops: Vec<Op> = (0..600).map(|id| allocate(id, 40)).collect();
    let kept = room.trace("kept.lpt", WordSize::Bits32, &ops);
    ops.extend((0..600).map(free));
    let freed = room.trace("freed.lpt", WordSize::Bits32, &ops);
    let leaks = |trace: &str| {
        let page = page(&room, &[trace, "--pool", "16K"]);
        assert_eq!(page["sources"][0]["failure"]["cause"], "full");
        page["sources"][0]["leaks"].as_array().unwrap().clone()
    };
    assert_eq!(leaks(&kept)[0]["verdict"], "growing");
    assert_eq!(leaks(&freed), [Value::Null; 0]);
}

/// A trace whose every name is of somebody who means harm.
fn hostile(name: &str) -> Vec<u8> {
    let allocate = Event {
        stack: 1,
        ..Event::from(allocate(0, 64))
    };
    let trace = Trace {
        header: Header {
            word: WordSize::Bits32,
            program: name.into(),
        },
        events: vec![allocate],
        interned: Interned {
            modules: vec![Module {
                path: name.into(),
                build_id: Vec::new(),
            }],
            frames: vec![Frame {
                module: 0,
                offset: 4,
                locations: vec![Location {
                    function: name.into(),
                    file: name.into(),
                    line: 1,
                }],
            }],
            stacks: vec![Stack {
                frame: 0,
                parent: 0,
            }],
            threads: vec![name.into()],
            pools: Vec::new(),
        },
    };
    trace.to_writer(Vec::new()).unwrap()
}

#[test]
fn names_are_data_whatever_they_are() {
    let room = Room::new();
    for name in [
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "]]> <!-- \u{1b}[31m \u{202e} \0 \u{2028}",
        "{{blob}}",
    ] {
        let trace = room.file("hostile.lpt", hostile(name));
        let page = page(&room, &[&trace]);
        // What would turn the text around a name, or end its line, is told as such.
        let name = &*name.replace(['\u{202e}', '\u{2028}'], "\u{fffd}");
        let source = &page["sources"][0];
        assert_eq!(source["program"], name);
        assert_eq!(source["tasks"][0], name);
        let call = &source["calls"][0];
        assert_eq!(
            (&call["function"], &call["module"]),
            (&name.into(), &name.into())
        );
        let html = std::fs::read_to_string(room.path("page.html")).unwrap();
        assert!(!html.contains("alert(1)"));
    }
}

#[test]
fn two_traces_are_compared() {
    let room = Room::new();
    let before = [allocate(0, 100), allocate(1, 50)];
    let after = [allocate(0, 100), allocate(1, 80), allocate(2, 10)];
    let before = room.trace("before.lpt", WordSize::Bits32, &before);
    let after = room.trace("after.lpt", WordSize::Bits32, &after);
    let page = page(&room, &[&before, &after]);
    assert_eq!(page["sources"].as_array().unwrap().len(), 2);
    let divergence = &page["diff"]["divergence"];
    assert_eq!(divergence["operation"], 2);
    assert_eq!(divergence["sizes"], serde_json::json!([50, 80]));
    let rows = page["diff"]["rows"].as_array().unwrap();
    let change = |row: &Value| {
        let bytes = |index: usize| row["bytes"][index].as_f64().unwrap();
        bytes(1) - bytes(0)
    };
    assert_eq!(rows.iter().map(change).sum::<f64>(), 40.0);
}

#[test]
fn a_dump_has_pools_blocks_and_leaks() {
    let room = Room::new();
    let image = room.file("ram_0x20000000.bin", ram().0.bytes());
    let page = page(&room, &[&image]);
    let source = &page["sources"][0];
    assert_eq!(source["kind"], "dump");
    assert_eq!(source["timeline"], Value::Null);
    let frame = &source["keyframes"][0];
    assert_eq!(frame["kind"], "dump");
    assert!(frame["offset"]["length"].as_u64().unwrap() > 0);
    assert!(source["pools"][0]["used"].as_u64().unwrap() > 0);
    // The largest request that it refused.
    assert_eq!(source["failure"]["request"], 9000);
    assert_eq!(source["failure"]["cause"], "full");
    assert!(!source["leaks"].as_array().unwrap().is_empty());
}

#[test]
fn the_same_input_gives_the_same_page_from_a_file_and_from_a_stream() {
    let room = Room::new();
    let ops: Vec<Op> = (0..300).map(|id| allocate(id, 8 + u64::from(id))).collect();
    let trace = room.trace("same.lpt", WordSize::Bits32, &ops);
    let run = |input: &str| {
        let mut command = litepool();
        command.args(["report", input, "-o", "-"]);
        if input == "-" {
            command.write_stdin(std::fs::read(&trace).unwrap());
        }
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let first = run(&trace);
    assert_eq!(first, run(&trace));
    let (mut one, mut other) = (document(&first), document(&run("-")));
    for document in [&mut one, &mut other] {
        document["sources"][0]["name"] = Value::Null;
    }
    assert_eq!(one, other);
    litepool()
        .args(["report", &trace, "-", "-o", "-"])
        .write_stdin("")
        .assert()
        .code(2);
}

/// A page is larger than the buffer of a pipe: a reader that has enough of it ends the command early.
#[cfg(unix)]
#[test]
fn a_reader_of_standard_output_may_stop_when_it_has_enough() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &crate::traces::churn());
    let mut report = std::process::Command::new(env!("CARGO_BIN_EXE_litepool"))
        .args(["report", &file, "-o", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(report.stdout.take());
    let ended = report.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}
