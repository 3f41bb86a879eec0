//! The command as its users meet it: run as a process, judged by what it prints and how it exits.

mod budget;
mod dump;
mod dump_inputs;
mod explain;
mod export;
mod import;
mod info;
mod input;
#[cfg(target_os = "linux")]
mod itself;
// The recorder is loaded into the system's programs, which on usual machines have 64 bits.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod names;
mod pictures;
mod reach;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod record;
mod replay;
mod report;
mod shell;
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod signals;
mod size;
mod snapshots;
mod split;
mod stream;
mod traces;

use assert_cmd::Command;
use serde_json::Value;

/// The command under test.
fn litepool() -> Command {
    let mut command = Command::new("env");
    command.args(UNIGNORED);
    command
}

/// Arguments of `env` that run the command under test with no signal ignored: tests that run in the
/// background of a script ignore some.
const UNIGNORED: [&str; 2] = ["--default-signal", env!("CARGO_BIN_EXE_litepool")];

/// What the command prints with these arguments, which must be JSON, and its exit code.
fn json(arguments: &[&str]) -> (Value, i32) {
    let output = litepool().args(arguments).arg("--json").output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {error}"));
    (value, output.status.code().unwrap())
}

/// What the command prints to standard output with these arguments. It must succeed, and keep to 80 columns.
fn text(arguments: &[&str]) -> String {
    let output = litepool()
        .args(arguments)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let text = String::from_utf8(output).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "longer than 80 columns: {line}");
    }
    text
}

#[test]
fn help_explains_itself_and_exits_well() {
    for arguments in [
        &["--help"][..],
        &["record", "--help"],
        &["size", "--help"],
        &["split", "--help"],
        &["dump", "--help"],
        &["replay", "--help"],
        &["report", "--help"],
        &["--version"],
    ] {
        litepool().args(arguments).assert().success();
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["info"],
        &["record", "--", "true"],
        &["record", "-o", "x"],
        &["size", "x", "--word", "16"],
    ] {
        litepool().args(arguments).assert().code(2);
    }
}
