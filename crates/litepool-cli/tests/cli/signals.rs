//! Signals that reach `litepool record` are the program's; whatever comes, nothing is left behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use litepool_trace::Trace;

use crate::traces::{Room, argument};

/// A shell that is recorded, in a process group of its own, and says which signals it got.
struct Recorded {
    room: Room,
    command: Child,
    /// What the shell writes.
    lines: BufReader<ChildStdout>,
    /// The shell's process.
    program: u32,
}

const TRAPS: &str = r#"
    for s in HUP INT QUIT USR1 USR2 ALRM WINCH CONT TSTP; do trap "echo $s" $s; done
    trap "echo TERM; exit 5" TERM
    echo $$
    while :; do sleep 0.02 || :; done"#;

impl Recorded {
    fn start(script: &str) -> Self {
        let room = Room::new();
        fs::create_dir(room.path("temporary")).unwrap();
        let mut command = Command::new("env")
            .args(crate::UNIGNORED)
            .args(["record", "-o", &argument(&room.path("demo.lpt"))])
            .args(["--", "bash", "-c", script])
            .env("TMPDIR", room.path("temporary"))
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(command.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        Self {
            room,
            command,
            lines,
            program: line.trim().parse().unwrap(),
        }
    }

    /// Signals the command, or with `-` before its number the whole process group.
    fn signal(&self, signal: &str, group: bool) {
        let target = format!("{}{}", if group { "-" } else { "" }, self.command.id());
        let kill = Command::new("kill")
            .args(["-s", signal, "--", &target])
            .status();
        assert!(kill.unwrap().success());
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn state(&self, process: u32) -> Option<char> {
        let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        status.rsplit(") ").next()?.chars().next()
    }

    fn wait_until(&self, holds: impl Fn(Option<char>) -> bool) {
        while !holds(self.state(self.program)) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    fn end(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.command.wait().unwrap();
        assert_eq!(self.left_behind(), [] as [PathBuf; 0]);
        let trace = Trace::read(self.room.path("demo.lpt")).unwrap();
        assert!(!trace.events.is_empty());
        let files = fs::read_dir(self.room.path("")).unwrap().count();
        assert_eq!(files, 2, "the trace and the place for temporary files");
        (status, self.lines.lines().map(Result::unwrap).collect())
    }

    fn left_behind(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.room.path("temporary")).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }
}

#[test]
fn a_signal_to_the_command_reaches_the_program_once() {
    let mut recorded = Recorded::start(TRAPS);
    for signal in [
        "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "TSTP", "CONT",
    ] {
        recorded.signal(signal, false);
        assert_eq!(recorded.line(), signal);
    }
    recorded.signal("TERM", false);
    let (status, lines) = recorded.end();
    assert_eq!((status.code(), lines), (Some(5), vec!["TERM".to_owned()]));
}

/// As a terminal does, and `timeout`.
#[test]
fn a_signal_to_the_whole_group_reaches_the_program_once() {
    let mut recorded = Recorded::start(TRAPS);
    for signal in ["USR1", "INT", "WINCH", "QUIT", "USR2"] {
        recorded.signal(signal, true);
        assert_eq!(recorded.line(), signal);
        // Had it come twice, it would stand before this one.
        recorded.signal("HUP", false);
        assert_eq!(recorded.line(), "HUP");
    }
    recorded.signal("TERM", true);
    let (status, lines) = recorded.end();
    assert_eq!((status.code(), lines), (Some(5), vec!["TERM".to_owned()]));
}

#[test]
fn a_signal_that_ends_the_program_ends_the_command_with_its_number() {
    for (signal, number) in [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("TERM", 15),
        ("USR1", 10),
    ] {
        let recorded = Recorded::start("ulimit -c 0; echo $$; exec sleep 1000");
        // Before that there may be nothing to record.
        let name = format!("/proc/{}/comm", recorded.program);
        recorded.wait_until(|state| {
            state == Some('S') && fs::read_to_string(&name).is_ok_and(|name| name == "sleep\n")
        });
        recorded.signal(signal, false);
        assert_eq!(recorded.end().0.code(), Some(128 + number), "{signal}");
    }
}

#[test]
fn a_stopped_command_stops_the_program_until_it_continues() {
    let mut recorded = Recorded::start(TRAPS);
    for _ in 0..2 {
        recorded.signal("STOP", false);
        recorded.wait_until(|state| state == Some('T'));
        recorded.signal("CONT", false);
        assert_eq!(recorded.line(), "CONT");
        recorded.wait_until(|state| state != Some('T'));
    }
    recorded.signal("TERM", false);
    assert_eq!(recorded.end().0.code(), Some(5));
}

/// Nothing can be passed on then, and yet nothing stays.
#[test]
fn a_killed_command_leaves_nothing_behind() {
    let mut recorded = Recorded::start("echo $$; exec sleep 1000");
    assert!(!recorded.left_behind().is_empty());
    recorded.signal("KILL", false);
    assert_eq!(recorded.command.wait().unwrap().signal(), Some(9));
    recorded.wait_until(|state| matches!(state, None | Some('Z')));
    while !recorded.left_behind().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(!recorded.room.path("demo.lpt").exists());
}

/// What the program finds of signals, as the system shows it.
#[test]
fn the_program_begins_with_the_signals_of_the_command() {
    let room = Room::new();
    let output = argument(&room.path("demo.lpt"));
    let look = ["grep", "^Sig[PBIC]", "/proc/self/status"];
    let command = env!("CARGO_BIN_EXE_litepool");
    for first in ["", "trap '' HUP PIPE CHLD USR1; "] {
        let run = |before: &[&str]| {
            let output = Command::new("sh")
                .args(["-c", &format!("{first}exec \"$@\""), "sh"])
                .args(before)
                .args(look)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(run(&[command, "record", "-o", &output, "--"]), run(&[]));
    }
}
