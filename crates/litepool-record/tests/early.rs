//! Before `main`, and together with other libraries.

mod common;

use common::{Scene, allocate, free, ops, ops_from, recorder, resize};

#[test]
fn what_happens_before_main_is_recorded() {
    let scene = Scene::new("early.c", &[]);
    scene.run::<&str>(&[]);
    let (trace, _) = scene.trace();
    assert_eq!(
        ops(&trace),
        [
            allocate(0, 1001, 0),
            resize(0, 1002),
            allocate(1, 1003, 0),
            free(1),
            free(0)
        ]
    );
}

#[test]
fn another_library_may_be_loaded_too() {
    for first in [true, false] {
        let scene = Scene::new("early.c", &[]);
        let companion = scene.compile("companion.c", "companion.so", &["-shared", "-fPIC"]);
        let mut libraries = [companion.to_str().unwrap(), recorder().to_str().unwrap()];
        if !first {
            libraries.reverse();
        }
        let status = scene
            .command::<&str>(&[])
            .env("LD_PRELOAD", libraries.join(":"))
            .status();
        assert!(status.expect("the program runs").success());
        let (trace, summary) = scene.trace();
        let sizes = |ops: Vec<litepool_trace::Op>| {
            let size = |op| match op {
                litepool_trace::Op::Allocate { size, .. }
                | litepool_trace::Op::Resize { size, .. } => Some(size),
                litepool_trace::Op::Free { .. } => None,
            };
            ops.into_iter()
                .filter_map(size)
                .filter(|size| [555, 1001, 1002, 1003].contains(size))
                .collect::<Vec<_>>()
        };
        let mut all = sizes(ops(&trace));
        all.sort_unstable();
        assert_eq!(all, [555, 1001, 1002, 1003]);
        assert_eq!((summary.unknown_frees, summary.implied_frees), (0, 0));
        if cfg!(target_arch = "x86_64") && first {
            // Its malloc is the caller of ours.
            assert_eq!(sizes(ops_from(&trace, "/companion.so")), [1001, 555, 1003]);
        }
    }
}

/// The recorder takes the place of the allocator that the program is linked to, as a whole.
#[test]
fn the_program_may_be_linked_to_another_allocator() {
    let scene = Scene::new("family.c", &[]);
    let foreign = scene.compile("foreign.c", "foreign.so", &["-shared", "-fPIC"]);
    scene.compile("family.c", "program", &[foreign.to_str().unwrap()]);
    scene.run::<&str>(&[]);
    assert_eq!(scene.trace().1.events, 28);
}
