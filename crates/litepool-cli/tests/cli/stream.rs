//! What a device sends: recorded from every channel, whole or not.

mod apart;
mod top;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::thread;
use std::time::Duration;

use assert_cmd::assert::Assert;
use litepool_stream::{About, Event, EventWriter, FrameBuffer, Name, NamesWriter, Task};
use tempfile::TempDir;

use super::{json, litepool, text};

const POOL: u64 = 0x2000_0000;

/// The frames of a device: what it is, its names, then frames of ten events each.
fn frames(events: u64, boot: u64) -> Vec<Vec<u8>> {
    let mut frames = vec![vec![0], about(0, boot), names()];
    for first in (0..events).step_by(10) {
        let mut buffer = FrameBuffer::new();
        let mut writer = EventWriter::new(&mut buffer, first, first);
        for number in first..(first + 10).min(events) {
            let block = POOL + 0x100 + number / 4 * 0x40;
            let event = match number % 4 {
                0 => Event::Allocated {
                    block,
                    size: 24,
                    align_log2: 0,
                },
                1 => Event::Allocated {
                    block: block + 0x20,
                    size: 16,
                    align_log2: 3,
                },
                2 => Event::Freed { block },
                _ => Event::NotAllocated {
                    size: 70_000,
                    align_log2: 0,
                },
            };
            assert!(writer.event(number, Task::Number(7), POOL, &[0x801, 0x915], &event));
        }
        frames.push(writer.finish().to_vec());
    }
    frames.push(about(events, boot));
    frames
}

fn about(number: u64, boot: u64) -> Vec<u8> {
    let about = About {
        word: 4,
        boot,
        ticks_per_second: 1_000,
        depth: 2,
        ring: 1_024,
        number,
        title: b"station",
        ..About::default()
    };
    about.write(&mut FrameBuffer::new()).to_vec()
}

fn names() -> Vec<u8> {
    let mut buffer = FrameBuffer::new();
    let mut writer = NamesWriter::new(&mut buffer);
    writer.name(&Name::Pool {
        address: POOL,
        size: 65_536,
        name: b"heap",
    });
    writer.name(&Name::Task {
        task: Task::Number(7),
        name: b"net",
    });
    writer.finish().to_vec()
}

/// A directory with what a device sent.
struct Capture {
    directory: TempDir,
}

impl Capture {
    fn of(frames: &[Vec<u8>]) -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("capture.bin"), frames.concat()).unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn record(&self, arguments: &[&str]) -> Assert {
        litepool()
            .args(["record", "--from"])
            .arg(self.path("capture.bin"))
            .arg("-o")
            .arg(self.path("out.lpt"))
            .args(arguments)
            .assert()
    }
}

/// Not by that of the trace, which tasks have in the order in which they appear.
#[test]
fn a_task_is_named_by_the_number_that_the_device_has() {
    let allocated = |block: u64| Event::Allocated {
        block,
        size: 24,
        align_log2: 0,
    };
    let mut buffer = FrameBuffer::new();
    let mut writer = EventWriter::new(&mut buffer, 0, 0);
    for (number, task) in (0..).zip([9, 4]) {
        let event = allocated(POOL + 0x100 + number * 0x40);
        assert!(writer.event(number, Task::Number(task), POOL, &[0x801], &event));
    }
    let events = writer.finish().to_vec();
    let capture = Capture::of(&[vec![0], about(0, 1), events]);
    let file = capture.path("capture.bin");
    let file = file.to_str().unwrap();
    // Task 0 did nothing, and is not the first thread of the trace.
    let tasks = ["--tasks", "9=net,0=idle"];
    let (leaks, _) = json(&[&["leaks", file], &tasks[..]].concat());
    let owners: Vec<_> = leaks["leaks"][0]["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let owner = |name: &str| owners.iter().find(|owner| owner["name"] == name).unwrap();
    assert_eq!(owner("net")["is_gone"], false, "{leaks}");
    assert_eq!(owner("task 4")["is_gone"], true, "{leaks}");
    let arguments = [
        "export", file, "--to", "folded", "--bytes", "end", "-o", "-",
    ];
    let folded = text(&[&arguments[..], &tasks].concat());
    assert!(folded.contains("net;"), "{folded}");
    assert!(!folded.contains("idle"), "{folded}");
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn info(trace: &Path) -> String {
    text(&["info", trace.to_str().unwrap()])
}

#[test]
fn a_file_of_a_device_becomes_a_trace() {
    let capture = Capture::of(&frames(100, 1));
    let said = stderr(&capture.record(&[]).success());
    assert!(said.contains("Recorded station from"), "{said}");
    assert!(
        said.contains("75 operations on 50 objects by 1 task in 99.0 ms"),
        "{said}"
    );
    assert!(said.contains("25 requests refused"), "{said}");
    assert!(!said.contains("lost"), "{said}");
    let info = info(&capture.path("out.lpt"));
    assert!(info.contains("32 bits"), "{info}");
    let blocks = text(&[
        "blocks",
        capture.path("out.lpt").to_str().unwrap(),
        "--by",
        "task",
    ]);
    assert!(blocks.contains("net"), "{blocks}");
}

#[test]
fn every_command_reads_what_a_device_sent_as_it_is() {
    let capture = Capture::of(&frames(100, 1));
    let direct = info(&capture.path("capture.bin"));
    assert!(direct.contains("live peak     424 bytes"), "{direct}");
    let replayed = text(&["size", capture.path("capture.bin").to_str().unwrap()]);
    assert!(replayed.contains("75 operations"), "{replayed}");
}

#[test]
fn what_is_missing_is_told_exactly_and_by_where_it_was_lost() {
    let mut sent = frames(100, 1);
    // Two whole frames, and one that is damaged.
    sent.remove(5);
    sent.remove(5);
    sent[7][20] ^= 1;
    let mut buffer = FrameBuffer::new();
    let mut writer = EventWriter::new(&mut buffer, 100, 100);
    assert!(writer.event(100, Task::None, 0, &[], &Event::Lost { count: 44 }));
    sent.push(writer.finish().to_vec());
    let capture = Capture::of(&sent);
    let said = stderr(&capture.record(&[]).code(1));
    assert!(
        said.contains("30 events lost on the way: 1 damaged frame"),
        "{said}"
    );
    assert!(
        said.contains("44 events lost in the device's ring of 1,024 bytes"),
        "{said}"
    );
    let assert = litepool()
        .arg("info")
        .arg(capture.path("out.lpt"))
        .assert()
        .success();
    let warning = stderr(&assert);
    assert!(
        warning.contains("74 events were lost in 3 gaps"),
        "{warning}"
    );
}

#[test]
fn a_reset_frees_everything_and_says_where_to_look() {
    let mut sent = frames(40, 1);
    sent.extend(frames(8, 2));
    let capture = Capture::of(&sent);
    let said = stderr(&capture.record(&[]).code(1));
    assert!(
        said.contains("the device was reset once: 10 objects"),
        "{said}"
    );
    assert!(said.contains("out.lpt --at 30"), "{said}");
}

#[test]
fn what_is_no_stream_leaves_no_trace_behind() {
    let capture = Capture::of(&[b"login: root\r\nPassword: ".to_vec()]);
    let said = stderr(&capture.record(&[]).code(2));
    assert!(said.contains("no frame in 23 bytes"), "{said}");
    assert!(said.contains("--baud"), "{said}");
    assert!(!capture.path("out.lpt").exists());
    assert_eq!(fs::read_dir(capture.directory.path()).unwrap().count(), 1);
}

#[test]
fn a_program_and_a_device_are_not_recorded_at_once() {
    let capture = Capture::of(&frames(8, 1));
    capture.record(&["--", "true"]).code(2);
    capture.record(&["--children"]).code(2);
    litepool()
        .args(["record", "-o", "x.lpt", "--for", "1s"])
        .assert()
        .code(2);
    litepool()
        .args(["record", "-o", "x.lpt", "--from", "tcp:board"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("HOST:PORT"));
}

fn start(from: &str, trace: &Path, arguments: &[&str]) -> Child {
    Process::new(env!("CARGO_BIN_EXE_litepool"))
        .args(["record", "--from", from, "-o"])
        .arg(trace)
        .args(arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What it said, and its exit code.
fn end(mut child: Child) -> (String, i32) {
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (said, child.wait().unwrap().code().unwrap())
}

/// Waits until the channel is open.
fn until_it_listens(mut child: Child) -> Child {
    let mut said = Vec::new();
    let stderr = child.stderr.as_mut().unwrap();
    while !said.ends_with(b"Ctrl-C ends\n") {
        let mut byte = [0];
        assert_eq!(stderr.read(&mut byte).unwrap(), 1);
        said.push(byte[0]);
    }
    child
}

#[test]
fn standard_input_is_a_channel() {
    let capture = Capture::of(&[]);
    let mut child = start("-", &capture.path("out.lpt"), &[]);
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&frames(100, 1).concat())
        .unwrap();
    let (said, code) = end(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("75 operations"), "{said}");
}

#[test]
fn a_server_is_waited_for() {
    let capture = Capture::of(&[]);
    // A port that nobody has.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let child = start(&format!("tcp:{address}"), &capture.path("out.lpt"), &[]);
    thread::sleep(Duration::from_millis(500));
    let listener = TcpListener::bind(address).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    stream.write_all(&frames(100, 1).concat()).unwrap();
    drop(stream);
    let (said, code) = end(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("waiting for tcp:"), "{said}");
    assert!(said.contains("75 operations"), "{said}");
}

#[test]
fn a_device_that_connects_is_heard_until_it_is_silent() {
    let capture = Capture::of(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let from = format!("listen:{port}");
    let child = start(&from, &capture.path("out.lpt"), &["--idle", "300ms"]);
    let mut stream = loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => break stream,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    };
    // In the middle of a frame: it is open still.
    let bytes = frames(100, 1).concat();
    stream.write_all(&bytes[..bytes.len() - 3]).unwrap();
    let (said, code) = end(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("75 operations"), "{said}");
    drop(stream);
}

/// A terminal that nobody controls: its other end, and its path.
#[cfg(target_os = "linux")]
fn terminal() -> (fs::File, String) {
    use std::ffi::CStr;
    use std::os::fd::FromRawFd;

    // SAFETY: the name is copied before the next call; the descriptor is new, and ours.
    unsafe {
        let device = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        assert_eq!((libc::grantpt(device), libc::unlockpt(device)), (0, 0));
        let path = CStr::from_ptr(libc::ptsname(device)).to_str().unwrap();
        (fs::File::from_raw_fd(device), path.to_owned())
    }
}

/// A serial line is raw: no byte of a frame means anything to it.
#[cfg(target_os = "linux")]
#[test]
fn a_serial_line_changes_nothing() {
    let (mut device, path) = terminal();
    let capture = Capture::of(&[]);
    let child = start(
        &path,
        &capture.path("out.lpt"),
        &["--baud", "921600", "--idle", "2s"],
    );
    let child = until_it_listens(child);
    let mut frames = frames(2_000, 1);
    // End of file, interrupt, line ends, flow control, suspend, erase: nothing to a line that is raw.
    frames.insert(2, vec![3, 4, 10, 13, 17, 19, 26, 127, 0]);
    for frame in frames {
        device.write_all(&frame).unwrap();
    }
    let (said, code) = end(child);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1,500 operations"), "{said}");
}

/// Ctrl-C ends the recording, and the trace is whole.
#[cfg(unix)]
#[test]
fn an_interrupted_recording_is_whole() {
    let capture = Capture::of(&[]);
    let mut child = start("-", &capture.path("out.lpt"), &[]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&frames(100, 1).concat()).unwrap();
    thread::sleep(Duration::from_millis(700));
    let killed = Process::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let (said, code) = end(child);
    drop(stdin);
    assert_eq!(code, 0, "{said}");
    assert!(info(&capture.path("out.lpt")).contains("75"), "{said}");
}
