//! However a program ends, what it did until then is there.

mod common;

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use common::{Scene, allocate, free, ops};
use litepool_trace::Op;

/// What `endings.c` does.
fn expected() -> Vec<Op> {
    let object = |id: u32| {
        let allocate = allocate(id, 1 + u64::from(id) % 1000, 0);
        if id % 2 == 1 {
            vec![allocate, free(id)]
        } else {
            vec![allocate]
        }
    };
    (0..60_000).flat_map(object).collect()
}

#[test]
fn nothing_is_lost_whatever_the_end() {
    let expected = expected();
    for way in ["return", "exit", "_exit", "abort", "kill", "crash", "trap"] {
        let scene = Scene::new("endings.c", &[]);
        let status = scene.command(&[way]).status().expect("the program runs");
        let by_itself = ["return", "exit", "_exit"].contains(&way);
        assert_eq!(status.success(), by_itself, "{way}: {status}");
        assert_eq!(status.signal().is_none(), by_itself, "{way}: {status}");
        let (trace, summary) = scene.trace();
        assert!(
            ops(&trace) == expected,
            "{way}: {} operations",
            trace.events.len()
        );
        assert_eq!(
            (summary.live, summary.torn, summary.unfinished),
            (30_000, 0, 0),
            "{way}"
        );
    }
}

/// Killed from outside at any moment: at most one slot for each thread is torn, and the rest makes
/// sense.
#[test]
fn killed_in_the_middle() {
    for _ in 0..5 {
        let scene = Scene::new("endless.c", &[]);
        let mut child = scene
            .command::<&str>(&[])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut byte = [0];
        child
            .stdout
            .take()
            .unwrap()
            .read_exact(&mut byte)
            .expect("all threads are at work");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let (trace, summary) = scene.trace();
        assert!(
            trace.events.len() >= 4_000,
            "{} operations",
            trace.events.len()
        );
        assert_eq!(summary.lost, 0);
        assert!(summary.torn <= 4 && summary.unfinished <= 4, "{summary:?}");
        // Only a torn allocation leaves a free without one, and only a torn free an object without
        // an end.
        assert!(
            summary.unknown_frees + summary.implied_frees <= summary.torn,
            "{summary:?}"
        );
    }
}
