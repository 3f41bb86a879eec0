//! `litepool record`, with real programs.

use std::fs;

use litepool_trace::Trace;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::litepool;
use crate::traces::{Room, argument};

/// Records a shell script into `demo.lpt`.
fn record(room: &Room, options: &[&str], script: &str) -> assert_cmd::assert::Assert {
    let output = argument(&room.path("demo.lpt"));
    litepool()
        .args(["record", "-o", &output])
        .args(options)
        .args(["--", "sh", "-c", script])
        .assert()
}

#[test]
fn a_program_is_recorded_and_its_output_left_alone() {
    let room = Room::new();
    record(&room, &[], "echo hello; echo trouble >&2")
        .success()
        .stdout("hello\n")
        .stderr(
            contains("trouble")
                .and(contains("Recorded sh -c echo hello"))
                .and(contains("Next: litepool info")),
        );
    let trace = Trace::read(room.path("demo.lpt")).unwrap();
    assert!(!trace.events.is_empty() && !trace.sites.is_empty());
    assert!(trace.header.program.starts_with("sh -c"));
}

#[test]
fn what_was_recorded_can_be_sized() {
    let room = Room::new();
    let output = argument(&room.path("ls.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "ls", "-la", "/"])
        .assert()
        .success();
    for command in ["info", "size", "replay"] {
        litepool().args([command, &output]).assert().success();
    }
}

#[test]
fn a_program_that_allocates_nothing_has_a_trace() {
    let room = Room::new();
    let output = argument(&room.path("true.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "/bin/true"])
        .assert()
        .success();
    Trace::read(&output).unwrap();
}

#[test]
fn the_exit_code_is_the_programs() {
    let room = Room::new();
    record(&room, &[], "exit 7").code(7);
    record(&room, &[], "kill -9 $$").code(128 + 9);
    Trace::read(room.path("demo.lpt")).unwrap();
}

#[test]
fn a_request_to_terminate_reaches_the_program_and_the_recording_is_saved() {
    let room = Room::new();
    record(&room, &[], "kill -TERM $PPID; while :; do sleep 1; done").code(128 + 15);
    assert!(
        !Trace::read(room.path("demo.lpt"))
            .unwrap()
            .events
            .is_empty()
    );
    record(&room, &[], "kill -INT $PPID; ls >/dev/null; exit 3").code(3);
}

#[test]
fn standard_input_is_the_programs() {
    let room = Room::new();
    let output = argument(&room.path("cat.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "cat"])
        .write_stdin("through")
        .assert()
        .success()
        .stdout("through");
}

#[test]
fn children_are_recorded_on_demand() {
    let room = Room::new();
    let traces = || fs::read_dir(room.path("")).unwrap().count();
    record(&room, &[], "ls >/dev/null; true").success();
    assert_eq!(traces(), 1);
    record(&room, &["--children"], "ls >/dev/null; true").success();
    assert!(traces() > 1, "no trace of ls");
    for file in fs::read_dir(room.path("")).unwrap() {
        Trace::read(file.unwrap().path()).unwrap();
    }
}

#[test]
fn raw_logs_stay_if_wanted() {
    let room = Room::new();
    record(&room, &["--keep-raw"], ":")
        .success()
        .stderr(contains("demo.lpt.raw"));
    assert!(room.path("demo.lpt.raw").join("raw").is_file());
    record(&room, &["--keep-raw"], ":")
        .code(2)
        .stderr(contains("remove what is there"));
}

#[test]
fn what_cannot_be_recorded_leaves_no_file() {
    let room = Room::new();
    let output = argument(&room.path("none.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", "/no/such/program"])
        .assert()
        .code(2)
        .stderr(contains("cannot run"));
    litepool()
        .args([
            "record",
            "-o",
            &output,
            "--",
            "env",
            "-u",
            "LD_PRELOAD",
            "LITEPOOL_RECORD_FILE=",
            "true",
        ])
        .assert()
        .success();
    fs::remove_file(&output).unwrap();
    litepool()
        .args(["record", "-o", "/no/such/dir/x.lpt", "--", "true"])
        .assert()
        .code(2)
        .stderr(contains("cannot write"));
    litepool()
        .args(["record", "-o", "-", "--", "true"])
        .assert()
        .code(2)
        .stderr(contains("name a file"));
    assert!(!room.path("none.lpt").exists());
}

/// The smallest statically linked program: one segment, whose code is `exit(0)`.
#[cfg(target_arch = "x86_64")]
fn static_program() -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const CODE: [u8; 9] = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]; // mov eax, 60; xor edi, edi; syscall
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for half in [2_u16, 62] {
        elf.extend(half.to_le_bytes()); // an executable; x86-64
    }
    elf.extend(1_u32.to_le_bytes());
    for word in [BASE + 120, 64, 0] {
        elf.extend(word.to_le_bytes()); // entry; program headers; no section headers
    }
    elf.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        elf.extend(half.to_le_bytes());
    }
    for word in [1_u32, 5] {
        elf.extend(word.to_le_bytes()); // load; read and execute
    }
    for word in [0, BASE, BASE, 129, 129, 4096] {
        elf.extend(word.to_le_bytes());
    }
    elf.extend(CODE);
    elf
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_static_program_is_explained_and_an_old_trace_kept() {
    use std::os::unix::fs::PermissionsExt;

    let room = Room::new();
    let program = room.file("static", static_program());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let old = room.file("old.lpt", "precious");
    let new = argument(&room.path("new.lpt"));
    for output in [&old, &new] {
        litepool()
            .args(["record", "-o", output, "--", &program])
            .assert()
            .code(2)
            .stderr(contains("nothing was recorded: it is statically linked"));
    }
    assert_eq!(fs::read_to_string(&old).unwrap(), "precious");
    assert!(!room.path("new.lpt").exists());
}
