//! `litepool import`.

use litepool_trace::{Trace, WordSize};
use predicates::str::contains;

use crate::litepool;
use crate::traces::{Room, argument};

const LAB: &str = "1000\n2\n4\n1\na 0 100\na 1 50\nr 0 200\nf 1\n";

#[test]
fn text_becomes_a_trace() {
    let room = Room::new();
    let (from, to) = (room.file("lab.rep", LAB), argument(&room.path("lab.lpt")));
    litepool()
        .args(["import", &from, "-o", &to])
        .assert()
        .success()
        .stderr(contains("4 operations"));
    let trace = Trace::read(&to).unwrap();
    assert_eq!(trace.events.len(), 4);
    assert!(trace.header.program.ends_with("lab.rep"));
}

#[test]
fn the_format_and_the_word_can_be_given() {
    let room = Room::new();
    let (from, to) = (room.file("lab.rep", LAB), argument(&room.path("lab.lpt")));
    litepool()
        .args([
            "import",
            &from,
            "-o",
            &to,
            "--format",
            "malloc-lab",
            "--word",
            "32",
        ])
        .assert()
        .success();
    assert_eq!(Trace::read(&to).unwrap().header.word, WordSize::Bits32);
    litepool()
        .args(["import", &from, "-o", &to, "--format", "mtrace"])
        .assert()
        .code(2);
    litepool()
        .args(["import", &from, "-o", &to, "--format", "elf"])
        .assert()
        .code(2)
        .stderr(contains("known formats"));
}

#[test]
fn pipes_work_at_both_ends() {
    let lpt = litepool()
        .args(["import", "-", "-o", "-"])
        .write_stdin(LAB)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    assert_eq!(Trace::from_reader(&lpt[..]).unwrap().events.len(), 4);
}

#[test]
fn text_can_be_replayed_without_an_import() {
    let room = Room::new();
    litepool()
        .args(["size", &room.file("lab.rep", LAB)])
        .assert()
        .success();
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let room = Room::new();
    let from = room.file("lab.rep", LAB);
    litepool()
        .args(["import", &from, "-o", "/no/such/dir/x.lpt"])
        .assert()
        .code(2)
        .stderr(contains("/no/such/dir"));
}

/// Of a trace that is all there is; of what another tool wrote it would be the end.
#[test]
fn a_trace_can_be_written_over_itself_and_a_text_can_not() {
    let room = Room::new();
    let (text, file) = (room.file("lab.rep", LAB), argument(&room.path("lab.lpt")));
    litepool()
        .args(["import", &text, "-o", &text])
        .assert()
        .code(2)
        .stderr(contains("lab.rep is read, and would be"));
    assert_eq!(std::fs::read_to_string(&text).unwrap(), LAB);
    for from in [&text, &file] {
        litepool()
            .args(["import", from, "-o", &file, "--word", "32"])
            .assert()
            .success();
        let trace = Trace::read(&file).unwrap();
        assert_eq!(
            (trace.events.len(), trace.header.word),
            (4, WordSize::Bits32)
        );
    }
}

/// It was removed, where whoever asked for it was allowed to: a device of the system, too.
#[test]
#[cfg(unix)]
fn an_output_that_has_no_room_stays_what_it_was() {
    let room = Room::new();
    let from = room.file("lab.rep", LAB);
    let full = room.path("full");
    // A link, so that nothing of the system is at stake.
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    litepool()
        .args(["import", &from, "-o", &argument(&full)])
        .assert()
        .code(2)
        .stderr(contains("No space left"));
    assert!(full.symlink_metadata().unwrap().is_symlink());
    // What was there before stays, too.
    let too_large = room.file("large.rep", "0 1 1 1\na 0 99999999999\n");
    let before = room.file("before.lpt", "precious");
    litepool()
        .args(["import", &too_large, "-o", &before, "--word", "32"])
        .assert()
        .code(2);
    assert_eq!(std::fs::read_to_string(&before).unwrap(), "precious");
}

#[test]
fn a_trace_that_cannot_be_is_not_left_behind() {
    let room = Room::new();
    let from = room.file("large.rep", "0 1 1 1\na 0 99999999999\n");
    let to = room.path("large.lpt");
    litepool()
        .args(["import", &from, "-o", &argument(&to), "--word", "32"])
        .assert()
        .code(2)
        .stderr(contains("99999999999 bytes are more"));
    assert!(!to.exists());
    let from = room.file("nothing.csv", "op,id,size\n");
    litepool()
        .args(["import", &from, "-o", &argument(&to)])
        .assert()
        .code(2)
        .stderr(contains("no operations"));
    assert!(!to.exists());
}

/// A serial log of an ESP32: the device's dump of its trace stands between other messages.
const ESP: &str = "\
ets Jul 29 2019 12:21:46\r
\u{1b}[0;32mI (312) main: starting\u{1b}[0m\r
====== Heap Trace: 2 records (100 capacity) ======\r
    32 bytes (@ 0x3ffaf214, Internal) allocated CPU 0 ccount 0x2e9b7384 caller 0x400d276d:0x400d27c1\r
0x400d276d: open_socket at /app/main/net.c:27\r
0x400d27c1: net_task at /app/main/net.c:52\r
     8 bytes (@ 0x3ffaf804, Internal) allocated CPU 1 ccount 0x2e9b79c0 caller 0x400d2776:0x4I (9) x\r
     8 bytes (@ 0x3ffaf904, Internal) allocated CPU 1 ccount 0x2e9b79c0 caller 0x400d276d:0x400d27c1\r
====== Heap Trace Summary ======\r
Mode: Heap Trace Leaks\r
total allocations: 300\r
total frees: 298\r
================================\r
";

#[test]
fn a_heap_trace_of_esp_idf_is_found_in_a_serial_log() {
    let room = Room::new();
    let log = room.file("serial.log", ESP);
    litepool()
        .args(["leaks", &log])
        .assert()
        .success()
        .stdout(contains(
            "not freed     40       2  CPU 0 +1  open_socket (net.c:27)",
        ))
        .stdout(contains("growth is not judged"))
        .stderr(contains("1 line left out, the first is line 7"))
        .stderr(contains("596 events were lost in 1 gap"));
    litepool()
        .args(["blocks", &log, "--by", "task"])
        .assert()
        .success()
        .stdout(contains("CPU 1"));
    let to = argument(&room.path("esp.lpt"));
    litepool()
        .args(["import", &log, "-o", &to])
        .assert()
        .success()
        .stderr(contains("2 operations of a 32-bit program"));
}

/// A device may have run for a day before it dumps its trace.
#[test]
fn a_heap_trace_far_down_in_a_log_is_read_when_it_is_named() {
    let room = Room::new();
    let log = room.file("day.log", "I (1) main: still running\n".repeat(4000) + ESP);
    litepool()
        .args(["leaks", &log])
        .assert()
        .code(2)
        .stderr(contains("--format esp-idf reads it"));
    litepool()
        .args(["leaks", &log, "--format", "esp-idf"])
        .assert()
        .success()
        .stdout(contains("open_socket (net.c:27)"));
}
