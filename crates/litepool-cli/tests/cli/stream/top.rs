//! What `top` shows of a device.

use super::*;

#[test]
fn a_trace_is_no_stream_and_that_is_said() {
    let capture = Capture::of(&frames(8, 1));
    capture.record(&[]).success();
    let trace = capture.path("out.lpt");
    let assert = litepool().arg("top").arg(&trace).assert().code(2);
    assert!(
        stderr(&assert).contains("is a trace"),
        "{}",
        stderr(&assert)
    );
}

#[test]
fn top_shows_pools_tasks_and_sites_of_a_file() {
    let capture = Capture::of(&frames(100, 1));
    let output = litepool()
        .arg("top")
        .arg(capture.path("capture.bin"))
        .assert()
        .code(1);
    let page = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for words in [
        "station on",
        "100 events in 0.1 s",
        "live 400 bytes in 25 blocks, peak 424",
        "! 25 refused requests, last: heap refused net 70,000 bytes",
        "heap  65,536",
        "net",
        "0x801",
    ] {
        assert!(page.contains(words), "{words} is not in\n{page}");
    }
}

/// `top` on a terminal, which it shows.
#[cfg(target_os = "linux")]
struct Live {
    child: Child,
    /// The terminal's other end, and what came there.
    screen: fs::File,
    shown: String,
}

#[cfg(target_os = "linux")]
impl Live {
    fn of(capture: &Capture) -> Self {
        let (screen, path) = terminal();
        let open = || {
            let mut both = fs::File::options();
            both.read(true).write(true).open(&path).unwrap()
        };
        let child = Process::new(env!("CARGO_BIN_EXE_litepool"))
            .arg("top")
            .arg(capture.path("capture.bin"))
            .env("TERM", "xterm")
            .stdin(open())
            .stdout(open())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let shown = String::new();
        Self {
            child,
            screen,
            shown,
        }
    }

    fn read_until(&mut self, word: &str) {
        while !self.shown.contains(word) {
            let mut bytes = [0; 4096];
            let length = self.screen.read(&mut bytes).unwrap();
            self.shown += &String::from_utf8_lossy(&bytes[..length]);
        }
    }

    /// The screen that was there before comes back. The exit code.
    fn end(mut self) -> Option<i32> {
        self.read_until("\x1b[?1049l");
        self.child.wait().unwrap().code()
    }
}

/// The first signal was taken for the channel's, which had ended; the second left the terminal as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_screen_after_the_channel_has_ended() {
    let capture = Capture::of(&frames(8, 1));
    let mut live = Live::of(&capture);
    live.read_until("[ended]");
    let killed = Process::new("kill")
        .arg(live.child.id().to_string())
        .status();
    assert!(killed.unwrap().success());
    // Two requests were refused.
    assert_eq!(live.end(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn keys_reach_the_screen() {
    let capture = Capture::of(&frames(8, 1));
    let mut live = Live::of(&capture);
    live.read_until("bytes▾");
    live.screen.write_all(b"n").unwrap();
    live.read_until("blocks▾");
    live.screen.write_all(b"q").unwrap();
    assert_eq!(live.end(), Some(1));
}

/// It was told of a page, and not of a screen.
#[cfg(target_os = "linux")]
#[test]
fn a_screen_on_which_nothing_came_ends_with_2() {
    let capture = Capture::of(&[b"hello".to_vec()]);
    let mut live = Live::of(&capture);
    live.read_until("[ended]");
    live.screen.write_all(b"q").unwrap();
    assert_eq!(live.end(), Some(2));
}

#[test]
fn top_has_lines_of_json_for_machines() {
    let capture = Capture::of(&frames(3, 1));
    let output = litepool()
        .args(["top", "--json"])
        .arg(capture.path("capture.bin"))
        .assert()
        .success();
    let line = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(line.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["pools"][0]["name"], "heap");
    assert_eq!(value["live_bytes"], 16);
    assert_eq!(value["tasks"][0]["name"], "net");
    assert_eq!(value["alarms"].as_array().unwrap().len(), 0);
}

#[test]
fn top_says_so_if_it_is_no_device_that_is_heard() {
    let capture = Capture::of(&[b"hello".to_vec()]);
    let output = litepool()
        .arg("top")
        .arg(capture.path("capture.bin"))
        .assert()
        .code(2);
    assert!(
        stderr(&output).contains("no frame in 5 bytes"),
        "{}",
        stderr(&output)
    );
}
