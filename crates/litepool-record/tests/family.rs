//! Every function of the family: what is recorded, exactly, and that the program notices nothing.

mod common;

use common::{Scene, allocate, free, ops, resize};
use litepool_trace::{EventKind, Op, WordSize};

const PAGE: u64 = 4096;

#[test]
fn every_function_behaves_and_is_recorded() {
    let scene = Scene::new("family.c", &[]);
    scene.run::<&str>(&[]);
    let (trace, summary) = scene.trace();
    let expected: Vec<Op> = vec![
        allocate(0, 100, 0),
        resize(0, 5000),
        resize(0, 210),
        free(0),
        allocate(1, 104, 0),
        free(1),
        allocate(2, 33, 0),
        free(2),
        allocate(3, 44, 0),
        free(3),
        allocate(4, 0, 0),
        resize(4, 17),
        free(4),
        allocate(5, 200, 64),
        free(5),
        allocate(6, 10, 256),
        free(6),
        allocate(7, 20, 64),
        free(7),
        allocate(8, 8192, 4096),
        free(8),
        allocate(9, 1, PAGE),
        free(9),
        allocate(10, PAGE, PAGE),
        free(10),
        allocate(11, 40, 0),
        free(11),
        allocate(12, 77, 0),
    ];
    assert_eq!(ops(&trace), expected);
    assert_eq!((summary.events, summary.objects, summary.live), (28, 13, 1));
    assert_eq!((summary.threads, summary.refused), (1, 6));
    assert_eq!((summary.lost, summary.torn, summary.unfinished), (0, 0, 0));
    assert_eq!((summary.unknown_frees, summary.implied_frees), (0, 0));
}

#[test]
fn the_header_says_what_ran() {
    let scene = Scene::new("family.c", &[]);
    scene.run(&["some", "arguments"]);
    let (trace, _) = scene.trace();
    assert_eq!(trace.header.word, WordSize::HOST);
    assert!(
        trace.header.program.ends_with("/program some arguments"),
        "{}",
        trace.header.program
    );
}

#[test]
fn time_begins_at_the_start_and_never_goes_back() {
    let scene = Scene::new("family.c", &[]);
    scene.run::<&str>(&[]);
    let (trace, _) = scene.trace();
    assert!(trace.events.is_sorted_by_key(|event| event.time));
    let day = 24 * 3600 * 1_000_000;
    assert!(
        trace.events[0].time < day,
        "counted from the start of the program, not of the machine"
    );
}

/// For a position-independent program and one that is not, the offset is what the program's own
/// tables say.
#[test]
fn call_sites_are_found() {
    for (options, fixed) in [(["-pie", "-fPIE"], false), (["-no-pie", "-fno-pie"], true)] {
        let scene = Scene::new("sites.c", &options);
        let [one, two, end, base] = scene.run::<&str>(&[]).numbers()[..] else {
            panic!("four numbers")
        };
        let base = if fixed { 0 } else { base };
        let (trace, _) = scene.trace();
        assert_eq!(
            common::ops_from(&trace, "/program"),
            [allocate(0, 11, 0), allocate(1, 22, 0), allocate(2, 11, 0)]
        );
        let offsets: Vec<u64> = trace
            .events
            .iter()
            .map(|event| trace.interned.innermost(event.stack).unwrap().offset)
            .collect();
        assert!(
            (one - base..two - base).contains(&offsets[0]),
            "{offsets:x?} {one:x} {base:x}"
        );
        assert!((two - base..end - base).contains(&offsets[1]));
        assert_eq!(offsets[0], offsets[2], "the same place");
    }
}

/// Neither is lost: who asked for what there was no room for, and who freed what.
#[test]
fn refused_requests_and_foreign_frees_have_their_places() {
    let scene = Scene::new("faults.c", &["-O1"]);
    scene.run::<&str>(&[]);
    let (trace, summary) = scene.trace();
    let most = usize::MAX as u64;
    let refused = |size, align, resized| EventKind::Refused {
        size,
        align,
        resized,
    };
    let expected = [
        (refused(most - 1000, 0, None), "refused"),
        (refused(most, 0, None), "refused"),
        (refused(most - 100_000, 256, None), "refused"),
        (refused(most - 2000, 0, Some(0)), "refused"),
        (refused(u64::MAX, 0, Some(0)), "refused"),
        (EventKind::ForeignFree, "foreign"),
        (EventKind::ForeignFree, "foreign"),
    ];
    let found: Vec<_> = trace
        .events
        .iter()
        .filter(|event| event.op().is_none())
        .map(|event| (event.kind, scene.functions(&trace, event.stack)))
        .collect();
    let innermost: Vec<_> = found
        .iter()
        .map(|(kind, functions)| (*kind, &*functions[0]))
        .collect();
    assert_eq!(innermost, expected);
    assert_eq!((summary.refused, summary.unknown_frees), (5, 2));
}

/// The library needs nothing but the C library, and can't panic or unwind: it holds no code for
/// that.
#[test]
fn the_library_is_bare() {
    let symbols = std::process::Command::new("nm")
        .arg(common::recorder())
        .output()
        .expect("nm runs");
    let symbols = String::from_utf8(symbols.stdout).expect("text");
    assert!(symbols.contains(" malloc"));
    for word in ["panic", "_Unwind_", "personality", "3std"] {
        assert!(!symbols.contains(word), "{word} is in the library");
    }
}
