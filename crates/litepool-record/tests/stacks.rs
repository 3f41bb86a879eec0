//! Call stacks: whole where they can be, never wrong, and no harm to the program where they can't.

#![cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]

mod common;

use common::{Scene, convert};
use litepool_trace::recording::ENV_DEPTH;

const WITH_TABLES: &[&str] = &[
    "-O2",
    "-fomit-frame-pointer",
    "-fasynchronous-unwind-tables",
];
const WITH_BOTH: &[&str] = &[
    "-O2",
    "-fno-omit-frame-pointer",
    "-fasynchronous-unwind-tables",
];
const WITH_FRAME_POINTERS: &[&str] = &[
    "-O2",
    "-fno-omit-frame-pointer",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
];
const UNOPTIMISED: &[&str] = &["-O0"];

/// The innermost functions of a stack are these.
#[track_caller]
fn assert_begins(stack: &[String], expected: &[&str]) {
    assert!(
        stack.len() >= expected.len() && stack.iter().zip(expected).all(|(a, b)| a == b),
        "{stack:?} doesn't begin with {expected:?}"
    );
}

/// However the program is compiled, every caller is found up to the first one.
#[test]
fn every_caller_is_found() {
    for options in [WITH_TABLES, WITH_BOTH, WITH_FRAME_POINTERS, UNOPTIMISED] {
        let scene = Scene::new("stacks.c", options);
        scene.run(&["chain"]);
        let (trace, _) = scene.trace();
        let chain = [
            "leaf",
            "middle",
            "outer",
            "with_alloca",
            "aligned",
            "main",
            "libc",
            "_start",
        ];
        // `main` aligns its stack on i686: from there on only a table tells where its caller's is.
        let most = if cfg!(target_arch = "x86") && options == WITH_FRAME_POINTERS {
            chain.len() - 1
        } else {
            chain.len()
        };
        let stacks = scene.stacks_of(&trace, 1000);
        assert_eq!(stacks, [&chain[..most]], "{options:?}");
    }
}

#[test]
fn a_stack_ends_where_it_is_too_deep() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    for (given, depth) in [
        (None, 16),
        (Some("64"), 64),
        (Some("1"), 1),
        (Some("1000"), 64),
    ] {
        let mut command = scene.command(&["chain"]);
        if let Some(given) = given {
            command.env(ENV_DEPTH, given);
        }
        drop(std::fs::remove_file(scene.path("raw")));
        assert!(command.status().expect("the program runs").success());
        let (trace, _) = scene.trace();
        for size in [1100, 1200] {
            let [stack] = &scene.stacks_of(&trace, size)[..] else {
                panic!("one allocation of {size}")
            };
            assert_eq!(stack.len(), depth);
            let chain = ["leaf", "middle", "outer", "deep", "deep"];
            assert_begins(stack, &chain[..depth.min(5)]);
        }
    }
}

#[test]
fn without_a_depth_there_are_no_stacks() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    let status = scene.command(&["chain"]).env(ENV_DEPTH, "0").status();
    assert!(status.expect("the program runs").success());
    let (trace, summary) = scene.trace();
    assert!(trace.events.iter().all(|event| event.stack == 0));
    assert_eq!((summary.stacks, trace.interned.modules.len()), (0, 0));
}

/// On its own stack or on the program's, interrupted or left by a jump.
#[test]
fn a_signal_handler_has_a_stack() {
    for options in [WITH_TABLES, WITH_FRAME_POINTERS] {
        let scene = Scene::new("stacks.c", options);
        scene.run(&["signals"]);
        let (trace, _) = scene.trace();
        let mut all = 0;
        for (size, handler) in [
            (2010, "handler"),
            (2012, "handler"),
            (2100, "jumping_handler"),
        ] {
            for stack in scene.stacks_of(&trace, size) {
                assert_begins(&stack, &["leaf", "middle", "outer", handler]);
                all += 1;
            }
        }
        assert_eq!(all, 60);
    }
}

#[test]
fn a_coroutine_has_a_stack() {
    for options in [WITH_TABLES, WITH_FRAME_POINTERS] {
        let scene = Scene::new("stacks.c", options);
        scene.run(&["coroutines"]);
        let (trace, _) = scene.trace();
        let stacks = scene.stacks_of(&trace, 2200);
        assert_eq!(stacks.len(), 100);
        for stack in stacks {
            assert_begins(&stack, &["leaf", "middle", "outer", "coroutine"]);
        }
    }
}

#[test]
fn a_thread_has_a_stack_however_small_and_whoever_made_it() {
    for options in [WITH_TABLES, WITH_FRAME_POINTERS] {
        let scene = Scene::new("stacks.c", options);
        scene.run(&["threads"]);
        let (trace, _) = scene.trace();
        let expected = ["leaf", "middle", "outer", "thread", "libc"];
        assert_eq!(scene.stacks_of(&trace, 2300), [expected, expected]);
    }
}

/// A function without a table that uses the frame pointer for something else. Nothing is certain
/// but who called the heap.
#[test]
fn a_stray_frame_pointer_does_no_harm() {
    for options in [WITH_TABLES, WITH_FRAME_POINTERS] {
        let scene = Scene::new("stacks.c", options);
        scene.run(&["hostile"]);
        let (trace, _) = scene.trace();
        let stacks = scene.stacks_of(&trace, 2400);
        assert!(stacks.len() > 1000);
        for stack in stacks {
            assert_begins(&stack, &["garbage"]);
        }
    }
}

/// What lies below a thread's stack is no part of it, however near.
#[test]
fn a_coroutine_may_be_beside_a_threads_stack() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    scene.run(&["below"]);
    let (trace, _) = scene.trace();
    let chain = ["leaf", "middle", "outer", "beside_the_guard"];
    assert_begins(&scene.stacks_of(&trace, 2200)[0], &chain);
    assert_eq!(scene.stacks_of(&trace, 2401).len(), 528);
}

#[test]
fn a_forked_process_has_stacks_that_its_parent_told_of() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    scene.run(&["forks"]);
    let recording = scene.recording();
    let [parent, child] = recording.logs() else {
        panic!("two logs")
    };
    let (child, _) = convert(child);
    let (parent, _) = convert(parent);
    for (trace, size) in [(&child, 2500), (&parent, 2501), (&parent, 2502)] {
        let expected = ["leaf", "middle", "outer", "forks", "main", "libc", "_start"];
        assert_eq!(scene.stacks_of(trace, size), [expected], "{size}");
    }
}

/// Two libraries in turn, with other functions and frames at the same addresses.
#[test]
fn what_was_unloaded_is_not_taken_for_what_came_after() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    let compile = |name: &str, caller: &str, size: u32, more: &[&str]| {
        let (caller, size) = (format!("-DCALLER={caller}"), format!("-DSIZE={size}"));
        let options = [&["-O2", "-shared", "-fPIC", &caller, &size], more].concat();
        let library = scene.compile("library.c", name, &options);
        library.to_str().expect("text").to_owned()
    };
    let one = compile("one.so", "first_caller", 2801, &[]);
    let two = compile(
        "two.so",
        "second_caller",
        2802,
        &["-fno-omit-frame-pointer"],
    );
    scene.run(&["libraries", &one, &two]);
    let (trace, _) = scene.trace();
    for (size, caller) in [(2801, "first_caller"), (2802, "second_caller")] {
        let stacks = scene.stacks_of(&trace, size);
        assert_eq!(stacks.len(), 20);
        for stack in stacks {
            let chain = [
                "leaf",
                "middle",
                "outer",
                caller,
                "allocate",
                "libraries",
                "main",
            ];
            assert_begins(&stack, &chain);
        }
    }
    // `dlclose` goes through the recorder, which is nobody's caller.
    let modules = &trace.interned.modules;
    assert!(
        modules
            .iter()
            .all(|module| !module.path.contains("litepool_record"))
    );
}

#[test]
fn before_main_and_after_it_there_are_stacks() {
    let scene = Scene::new("stacks.c", WITH_TABLES);
    scene.run(&["exit"]);
    let (trace, _) = scene.trace();
    let (early, late) = (scene.stacks_of(&trace, 2700), scene.stacks_of(&trace, 2600));
    assert_begins(&early[0], &["leaf", "middle", "outer", "construct"]);
    assert_begins(
        &late[0],
        &[
            "leaf",
            "middle",
            "outer",
            "on_exit_handler",
            "libc",
            "_start",
        ],
    );
}

#[test]
fn objects_of_cpp_have_the_stacks_of_who_made_them() {
    for options in [WITH_TABLES, WITH_BOTH] {
        let scene = Scene::new("objects.cpp", options);
        scene.run::<&str>(&[]);
        let (trace, _) = scene.trace();
        let stacks = scene.stacks_of(&trace, 3000);
        assert_eq!(stacks.len(), 21);
        for stack in &stacks {
            assert_begins(stack, &["libstdc++", "_Z4makev"]);
        }
        assert_begins(
            &stacks[0],
            &["libstdc++", "_Z4makev", "_Z8throwingv", "main"],
        );
    }
}

#[test]
fn modules_have_their_build_ids() {
    let scene = Scene::new("stacks.c", &["-O2", "-Wl,--build-id=0x0123456789abcdef"]);
    scene.run(&["chain"]);
    let (trace, _) = scene.trace();
    let modules = &trace.interned.modules;
    let program = modules
        .iter()
        .find(|module| module.path.ends_with("/program"));
    let build_id = &program.expect("the program").build_id;
    assert_eq!(build_id, &[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
}
