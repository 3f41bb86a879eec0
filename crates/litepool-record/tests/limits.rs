//! A program that is limited must not notice the recorder. Where the log can't grow, recording
//! stops and says why.

mod common;

use std::process::Command;

use common::{Scene, churned, convert};
use litepool_trace::recording::{Notices, Summary};

/// Runs a scenario of `limits.c`, which must end as it does without a recorder, and returns what
/// the last log says.
fn run(arguments: &[&str]) -> (u64, Summary) {
    let scene = Scene::new("limits.c", &[]);
    run_in(&scene, arguments)
}

fn run_in(scene: &Scene, arguments: &[&str]) -> (u64, Summary) {
    let alone = scene.unrecorded(arguments).status().expect("it runs");
    assert!(alone.success(), "without a recorder: {alone}");
    scene.run(arguments);
    let recording = scene.recording();
    let (trace, summary) = convert(recording.logs().last().expect("a log"));
    (churned(&trace), summary)
}

/// The signal that the system sends for a file that is too large would end the program.
#[test]
fn a_file_size_limit_ends_the_recording_and_not_the_program() {
    let (recorded, summary) = run(&["file-size"]);
    assert!(recorded > 10_000);
    assert_eq!(summary.events + summary.lost, 200_000);
    assert_eq!(summary.stopped, libc::EFBIG as u32);
}

#[test]
fn a_file_size_limit_from_the_start_is_told() {
    for limit in ["0", "1000", "100000"] {
        let scene = Scene::new("limits.c", &[]);
        Notices::create(&scene.path("raw")).expect("it is new");
        scene.run(&["file-size-from-the-start", limit]);
        let recording = scene.recording();
        let pid = recording.logs()[0].pid();
        let notices = Notices::read(&scene.path("raw")).expect("it is there");
        // With a little more there is a log, but no place in it.
        let told = notices
            .reason(pid)
            .is_some_and(|reason| reason == libc::EFBIG as u32);
        let stopped = recording.logs().last().map(|log| convert(log).1.stopped);
        assert!(told || stopped == Some(libc::EFBIG as u32), "{limit}");
    }
}

#[test]
fn the_log_takes_little_address_space() {
    let (recorded, summary) = run(&["address-space"]);
    assert_eq!((recorded, summary.lost, summary.stopped), (400_010, 0, 0));
}

#[test]
fn the_last_address_space_is_the_programs() {
    let (recorded, summary) = run(&["last-address-space"]);
    assert_eq!(recorded, 10);
    assert_eq!(summary.stopped, libc::ENOMEM as u32);
    // From the request on that made recording stop, which was not the last to be served.
    assert!((2_001..2_010).contains(&summary.lost), "{summary:?}");
}

#[test]
fn a_request_beyond_every_limit_does_not_end_the_recording() {
    let (recorded, summary) = run(&["too-much-address-space"]);
    assert_eq!((recorded, summary.lost, summary.refused), (1000, 0, 1));
}

/// `malloc` is no cancellation point, even where the recorder has to look for the code that called
/// it.
#[test]
fn no_thread_is_cancelled_while_the_recorder_looks_for_a_module() {
    let scene = Scene::new("limits.c", &["-ldl"]);
    let module = scene.compile("module.c", "module.so", &["-shared", "-fPIC"]);
    run_in(&scene, &["cancel", module.to_str().expect("text")]);
    let (trace, _) = scene.trace();
    if cfg!(target_arch = "x86_64") {
        assert_eq!(
            common::ops_from(&trace, "/module.so"),
            trace
                .events
                .iter()
                .filter_map(litepool_trace::Event::op)
                .filter(|op| matches!(op, litepool_trace::Op::Allocate { size: 123, .. }))
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn where_few_files_may_be_open_the_lowest_numbers_are_the_programs() {
    let (recorded, summary) = run(&["few-files"]);
    assert_eq!((recorded, summary.lost), (10, 0));
}

#[test]
fn the_log_grows_where_no_file_may_be_opened() {
    let (recorded, summary) = run(&["no-more-files"]);
    assert_eq!((recorded, summary.lost), (100_000, 0));
}

#[test]
fn a_program_in_another_root_is_recorded() {
    let scene = Scene::new("limits.c", &[]);
    let root = scene.path("");
    let arguments = ["another-root", root.to_str().expect("text")];
    if scene
        .unrecorded(&arguments)
        .status()
        .expect("it runs")
        .code()
        == Some(77)
    {
        eprintln!("left out: another root needs the right to it");
        return;
    }
    let (recorded, summary) = run_in(&scene, &arguments);
    assert_eq!((recorded, summary.lost), (100_010, 0));
}

#[test]
fn what_a_thread_does_at_its_end_is_recorded() {
    let (recorded, summary) = run(&["thread-end"]);
    assert_eq!(recorded, 1000);
    assert_eq!(
        (summary.lost, summary.unknown_frees, summary.double_frees),
        (0, 0, 0)
    );
}

#[test]
fn a_daemon_is_recorded() {
    let scene = Scene::new("limits.c", &[]);
    scene.run(&["daemon"]);
    // It works on after its parent has ended.
    let done = || {
        let recording = scene.recording();
        let logs = recording.logs();
        logs.len() == 2 && churned(&convert(&logs[1]).0) == 50_010
    };
    while !done() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A file system for the log, mounted for the program alone. `None` where that is not allowed.
fn on(file_system: &str, scene: &Scene, arguments: &[&str]) -> Option<(u64, Summary)> {
    let place = scene.path("mounted");
    std::fs::create_dir(&place).expect("it is new");
    let mut command = Command::new("unshare");
    if !is_root() {
        command.arg("--map-root-user");
    }
    // The log is copied out: the file system goes with the last process there.
    let script = format!(
        "mount {file_system} none \"$0\" || exit 77; \
         LD_PRELOAD={} LITEPOOL_RECORD_FILE=\"$0/raw\" \"$@\" || exit 1; \
         cp \"$0/raw\" \"$0/../copy\"",
        common::recorder().display()
    );
    command.args(["--mount", "sh", "-c", &script]).arg(&place);
    let status = command.arg(scene.path("program")).args(arguments).status();
    match status.ok().and_then(|status| status.code()) {
        Some(0) => {}
        Some(1) => panic!("the program was harmed on {file_system}"),
        other => {
            eprintln!("left out: {file_system} can't be mounted here: {other:?}");
            return None;
        }
    }
    let log = litepool_trace::recording::Log::open(&scene.path("copy")).expect("a log");
    let (trace, summary) = convert(&log);
    Some((churned(&trace), summary))
}

fn is_root() -> bool {
    let owner = std::fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me));
    owner.is_ok_and(|owner| owner == 0)
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_program() {
    let scene = Scene::new("limits.c", &[]);
    let found = on("-t tmpfs -o size=3m", &scene, &["many"]);
    if let Some((recorded, summary)) = found {
        assert!(recorded > 10_000);
        assert_eq!(summary.events + summary.lost, 400_000);
        assert_eq!(summary.stopped, libc::ENOSPC as u32);
    }
}

/// Where blocks can't be reserved, they are used at once, so that a full disk is found out as
/// safely.
#[test]
fn a_file_system_that_reserves_nothing_will_do() {
    let scene = Scene::new("limits.c", &[]);
    if let Some((recorded, summary)) = on("-t ramfs", &scene, &["many"]) {
        assert_eq!((recorded, summary.lost, summary.stopped), (200_000, 0, 0));
    }
}

#[test]
fn where_no_log_can_be_made_the_program_runs_all_the_same() {
    for directory in ["/proc", "/nonexistent"] {
        let scene = Scene::new("limits.c", &[]);
        let raw = std::path::Path::new(directory).join("raw");
        let status = scene
            .command(&["churn"])
            .env(litepool_trace::recording::ENV_FILE, &raw)
            .status();
        assert!(status.expect("the program runs").success(), "{directory}");
    }
}
