use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;

use super::*;

/// How a shell ends that runs `script` with its time limited.
fn ended_by(script: &str) -> Option<i32> {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    // SAFETY: only sets a timer, which a program keeps when it becomes another one.
    unsafe {
        command.pre_exec(|| {
            limit_time();
            Ok(())
        });
    }
    command.status().unwrap().signal()
}

#[test]
fn what_does_not_end_is_ended() {
    assert_eq!(ended_by("while :; do :; done"), Some(libc::SIGVTALRM));
}

#[test]
fn what_ends_is_left_alone() {
    assert_eq!(ended_by(":"), None);
}

#[test]
fn a_configuration_that_is_none_is_an_error() {
    assert!(run(CONTENDERS.len(), 0, 1).is_err());
}
