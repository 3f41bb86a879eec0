//! Programs that are hard on a library in their midst.

mod common;

use common::{Scene, allocate, churned, convert, free, ops};
use litepool_trace::Op;

/// The program closes the log's file and has its own under every number. Neither is damaged.
#[test]
fn the_program_closes_all_files() {
    let scene = Scene::new("rude.c", &[]);
    let own = scene.path("own");
    scene.run(&["close", own.to_str().unwrap()]);
    assert_eq!(std::fs::metadata(own).expect("it is there").len(), 0);
    let (trace, summary) = scene.trace();
    assert_eq!((churned(&trace), summary.lost), (100_010, 0));
}

#[test]
fn a_log_that_can_not_grow_says_so_and_is_good_up_to_there() {
    let scene = Scene::new("rude.c", &[]);
    scene.run(&["full"]);
    let (trace, summary) = scene.trace();
    assert_eq!(summary.events + summary.lost, 200_000);
    assert!(
        summary.lost > 0 && summary.stopped == libc::EFBIG as u32,
        "{summary:?}"
    );
    let pair = |id| [allocate(id, 64, 0), free(id)];
    let whole = (0..=summary.objects as u32)
        .flat_map(pair)
        .take(trace.events.len());
    assert!(whole.eq(ops(&trace)));
}

#[test]
fn the_program_may_clear_its_environment() {
    let scene = Scene::new("rude.c", &[]);
    scene.run(&["environment"]);
    assert_eq!(churned(&scene.trace().0), 100);
}

#[test]
fn signal_handlers_are_recorded() {
    let scene = Scene::new("rude.c", &[]);
    scene.run(&["signal"]);
    let (trace, _) = scene.trace();
    let order: Vec<u64> = ops(&trace)
        .into_iter()
        .filter_map(|op| match op {
            Op::Allocate { size, .. } => Some(size),
            _ => None,
        })
        .collect();
    assert_eq!(order, [64, 99].repeat(1000));
}

#[test]
fn threads_may_have_small_stacks() {
    let scene = Scene::new("rude.c", &[]);
    scene.run(&["stack"]);
    assert_eq!(churned(&scene.trace().0), 50_000);
}

#[test]
fn no_thread_is_cancelled_in_malloc() {
    let scene = Scene::new("rude.c", &[]);
    scene.run(&["cancel"]);
    assert_eq!(churned(&scene.trace().0), 50_000);
}

#[test]
fn without_a_file_to_write_to_the_program_runs_all_the_same() {
    let scene = Scene::new("rude.c", &[]);
    for file in ["/nonexistent/raw", "", "relative-and-not-there/raw"] {
        let status = scene
            .command(&["environment"])
            .env("LITEPOOL_RECORD_FILE", file)
            .status();
        assert!(status.expect("the program runs").success());
    }
    let status = scene
        .command(&["environment"])
        .env_remove("LITEPOOL_RECORD_FILE")
        .status();
    assert!(status.expect("the program runs").success());
    assert!(!scene.path("raw").exists());
}

#[test]
fn the_log_can_be_read_while_the_program_runs() {
    use std::io::Read;
    let scene = Scene::new("endless.c", &[]);
    let mut child = scene
        .command::<&str>(&[])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut byte = [0];
    child
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut byte)
        .expect("all threads are at work");
    let (trace, _) = convert(&scene.recording().logs()[0]);
    assert!(trace.events.len() >= 4_000);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}
