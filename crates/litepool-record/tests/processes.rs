//! Every process and every program has a log of its own, and a forked process goes on with the heap
//! that it inherited.

mod common;

use common::{Scene, allocate, convert, free, ops, resize};
use litepool_trace::recording::{ENV_CHILDREN, Log, RecordingError};

/// The operations of each log, in the order in which the logs were begun.
fn all_ops(scene: &Scene) -> Vec<Vec<litepool_trace::Op>> {
    scene
        .recording()
        .logs()
        .iter()
        .map(|log| ops(&convert(log).0))
        .collect()
}

/// A process, its child and its grandchild, by way of the C library and behind its back.
#[test]
fn a_forked_process_continues_the_heap() {
    for way in ["fork", "raw-fork"] {
        let scene = Scene::new("processes.c", &[]);
        scene.run(&[way]);
        let past = [
            allocate(0, 100, 0),
            allocate(1, 200, 0),
            allocate(2, 300, 0),
            free(1),
        ];
        let child = [allocate(3, 1000, 0), resize(2, 3000)];
        let parent = [allocate(3, 500, 0), free(0), free(2), free(3)];
        let grandchild = [free(0), free(2), free(3), allocate(4, 10_000, 0)];
        let expected = [
            [&past[..], &parent].concat(),
            [&past[..], &child].concat(),
            [&past[..], &child, &grandchild].concat(),
        ];
        assert_eq!(all_ops(&scene), expected, "{way}");

        let recording = scene.recording();
        let logs = recording.logs();
        assert_eq!(
            logs.iter().map(Log::parent).collect::<Vec<_>>(),
            [None, Some(logs[0].pid()), Some(logs[1].pid())]
        );
        let inherited = logs
            .iter()
            .map(|log| convert(log).1.inherited)
            .collect::<Vec<_>>();
        assert_eq!(inherited, [0, 2, 3], "{way}");
    }
}

#[test]
fn a_process_forked_among_threads_continues_alone() {
    let scene = Scene::new("processes.c", &[]);
    scene.run(&["threads"]);
    let recording = scene.recording();
    let (trace, summary) = convert(&recording.logs()[1]);
    let mine = trace.events.iter().filter(|event| {
        matches!(
            event.op(),
            Some(litepool_trace::Op::Allocate { size: 4321, .. })
        )
    });
    assert_eq!(mine.count(), 1000);
    assert_eq!(summary.lost, 0);
}

#[test]
fn a_vforked_process_uses_its_parents_heap_and_log() {
    let scene = Scene::new("processes.c", &[]);
    scene.run(&["vfork"]);
    assert_eq!(
        all_ops(&scene),
        [[allocate(0, 11, 0), free(0), allocate(1, 22, 0), free(1)]]
    );
}

#[test]
fn a_spawned_program_has_a_log_of_its_own() {
    for way in ["spawn", "fork-exec"] {
        let scene = Scene::new("processes.c", &[]);
        scene.run(&[way]);
        let recording = scene.recording();
        let [first, second] = recording.logs() else {
            panic!("two logs")
        };
        assert!(first.command().ends_with(way) && second.command().ends_with(" leaf"));
        assert_eq!(second.parent(), None, "a new program inherits no heap");
        assert_eq!(ops(&convert(second).0), [allocate(0, 33, 0), free(0)]);
    }
}

#[test]
fn every_program_of_a_process_has_a_log() {
    for children in ["1", "0"] {
        let scene = Scene::new("processes.c", &[]);
        let status = scene
            .command(&["exec"])
            .env(ENV_CHILDREN, children)
            .status()
            .expect("the program runs");
        assert!(status.success());
        let expected = [
            vec![allocate(0, 11, 0)],
            vec![allocate(0, 22, 0)],
            vec![allocate(0, 33, 0), free(0)],
        ];
        assert_eq!(all_ops(&scene), expected);
        let recording = scene.recording();
        let last = recording
            .last_program_of(recording.logs()[0].pid())
            .expect("it was recorded");
        assert!(last.command().ends_with(" leaf"));
        assert!(
            last.path()
                .to_str()
                .unwrap()
                .ends_with(&format!("raw.{}.1", last.pid()))
        );
    }
}

#[test]
fn children_can_be_left_out() {
    for way in ["fork", "raw-fork", "spawn", "fork-exec", "threads"] {
        let scene = Scene::new("processes.c", &[]);
        let status = scene
            .command(&[way])
            .env(ENV_CHILDREN, "0")
            .status()
            .expect("the program runs");
        assert!(status.success());
        assert_eq!(scene.recording().logs().len(), 1, "{way}");
        assert_eq!(scene.trace().1.lost, 0);
    }
}

#[test]
fn without_its_parents_log_a_forked_process_is_not_understood() {
    let scene = Scene::new("processes.c", &[]);
    scene.run(&["fork"]);
    let recording = scene.recording();
    std::fs::remove_file(scene.path("raw")).expect("it is there");
    let mut writer = litepool_trace::Writer::new(Vec::new(), &recording.logs()[1].trace_header())
        .expect("a writer");
    let error = recording.logs()[1]
        .convert(&mut writer)
        .expect_err("the past is missing");
    assert!(matches!(error, RecordingError::Parent { .. }), "{error}");
}
