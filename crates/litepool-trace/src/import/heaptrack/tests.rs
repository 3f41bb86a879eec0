use std::io::Write;

use crate::samples::{allocate, free, ops};
use crate::{Event, EventKind, Format, Import, Importer, Location, MAX_DEPTH, TraceError};

fn import(text: &str) -> Import {
    Import::from_reader(text.as_bytes(), None).unwrap()
}

fn error(text: &str) -> String {
    let import = Import::from_reader(text.as_bytes(), None);
    import.map(|_| ()).unwrap_err().to_string()
}

/// A function, a file and a line of each call of an event's stack, the innermost first.
fn calls(import: &Import, event: usize) -> Vec<String> {
    let interned = &import.trace.interned;
    let frames = interned.frames_of(import.trace.events[event].stack);
    let text = |location: &Location| {
        let Location {
            function,
            file,
            line,
        } = location;
        format!("{function} {file}:{line}")
    };
    frames
        .flat_map(|frame| {
            let module = &interned.module_of(frame).unwrap().path;
            match &frame.locations[..] {
                [] => vec![format!("{module}+{:x}", frame.offset)],
                locations => locations.iter().map(text).collect(),
            }
        })
        .collect()
}

/// Two call stacks, one of them with an inlined function.
const TABLES: &str = "X station --fast\nI 1000 5e298f\ns /bin/station\ns main\ns main.c\ns rx frame\n\
    i 55d0 1 2 3 c\nt 1 0\ni 55d8 1 4 3 7 4 3 2a\nt 2 1\ni 7f0010 1\nt 3 1\n";

#[test]
fn every_version_says_the_same() {
    let operations = "a 64 2\n+ 0\nc 2\na 18 3\n+ 1\n- 0\nR 3a\nc 5\n+ 1\n";
    let old = format!("v 10100 1\n{TABLES}{operations}");
    let sized = TABLES
        .replace("s /bin/station", "s c /bin/station")
        .replace("s main\n", "s 4 main\n")
        .replace("s main.c", "s 6 main.c")
        .replace("s rx frame", "s 8 rx frame");
    let new = format!("v 10400 3\n{sized}{operations}");
    let first = import(&old);
    assert_eq!(first.format, Format::Heaptrack);
    for text in [
        new,
        old.replace("v 10100 1", "v 10200"),
        old.replace("v 10100 1", "v 10300 2"),
    ] {
        assert_eq!(import(&text).trace, first.trace);
    }
    assert_eq!(first.trace.header.program, "station --fast");
    assert_eq!(
        ops(&first.trace),
        [allocate(0, 100), allocate(1, 24), free(0), allocate(2, 24)]
    );
    let times: Vec<u64> = first.trace.events.iter().map(|event| event.time).collect();
    assert_eq!(times, [0, 2_000, 2_000, 5_000]);
    assert_eq!(
        calls(&first, 0),
        ["rx frame main.c:7", "rx frame main.c:42", "main main.c:12"]
    );
    // Where the program was loaded is not known: its file is not asked for that address.
    assert_eq!(calls(&first, 1), ["station+7f0010", "main main.c:12"]);
}

#[test]
fn of_several_alike_the_last_one_is_freed_first() {
    let import = import("v 10100 1\na 8 0\n+ 0\n+ 0\n- 0\n- 0\n- 0\n");
    let events = &import.trace.events;
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 8), allocate(1, 8), free(1), free(0)]
    );
    assert_eq!(events[4].kind, EventKind::ForeignFree);
    assert_eq!(import.notes.foreign_frees, 1);
}

#[test]
fn what_a_program_had_before_heaptrack_came_is_a_gap() {
    let import = import("v 10100 1\nA\nS leak:libx\n# a comment\n#\na 8 0\n+ 0\n");
    let gap = Event::from(EventKind::Gap { lost: 0 });
    assert_eq!(import.trace.events, [gap, allocate(0, 8).into()]);
}

#[test]
fn a_stack_keeps_its_innermost_frames_and_a_root_keeps_its_name() {
    let mut text = "v 10100 1\ns one\ns two\ni 1 0 1\ni 1 0 2\nt 1 0\nt 2 0\n".to_owned();
    // Below each root, more frames than a trace has.
    for stack in 2..MAX_DEPTH + 10 {
        text += &format!("t 2 {stack:x}\n");
    }
    text += &format!("a 1 1\na 1 2\na 1 {:x}\n+ 0\n+ 1\n+ 2\n", MAX_DEPTH + 8);
    let import = import(&text);
    // The same address in the same module, which is none, is another task.
    assert_eq!(calls(&import, 0), ["one :0"]);
    assert_eq!(calls(&import, 1), ["two :0"]);
    assert_eq!(calls(&import, 2).len(), MAX_DEPTH);
}

#[test]
fn what_makes_no_sense_is_an_error_that_names_the_line() {
    let stray = "line 2: expected a line of heaptrack";
    for (line, wanted) in [
        ("+ 0", stray),
        ("- 0", stray),
        ("+", stray),
        ("t 0 1", stray),
        ("t 1 0", stray),
        ("i 1 1", stray),
        ("i 1", stray),
        ("i 1 0 1", stray),
        ("a 1 1", stray),
        ("a 1 G", stray),
        ("a +1 0", stray),
        ("a 1 0 0", stray),
        ("a 10000000000000000 0", stray),
        ("c", stray),
        ("hello", stray),
        (
            "x /bin/station",
            "line 2: expected a file of heaptrack's interpreter",
        ),
        (
            "m - 0",
            "line 2: expected a file of heaptrack's interpreter",
        ),
        (
            "a ffffffffffffffff 0\n+ 0",
            "line 3: 18446744073709551615 bytes are more",
        ),
    ] {
        let told = error(&format!("v 10100 1\n{line}\n"));
        assert!(told.starts_with(wanted), "{line}: {told}");
    }
    for version in ["v 10500 4", "v 10000", "v 0 0"] {
        let told = error(&format!("{version}\n"));
        assert!(
            told.starts_with("line 1: expected `v HEAPTRACK FORMAT`"),
            "{told}"
        );
    }
}

#[test]
fn a_last_line_that_was_cut_off_is_left_out() {
    let import = import("v 10100 1\na 8 0\na 8 0\n+ 0\n+ 1");
    assert_eq!(ops(&import.trace), [allocate(0, 8)]);
    assert_eq!(import.notes.cut_line, Some(5));
}

#[test]
fn a_small_file_does_not_make_the_tables_large() {
    for line in ["i 1 0 0 0 0 0\n", "t 0 0\n"] {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(b"v 10100 1\n").unwrap();
        for _ in 0..64 {
            packed.write_all(line.repeat(32 << 10).as_bytes()).unwrap();
        }
        let packed = packed.finish().unwrap();
        let importer = Importer::from_reader(&packed[..], None).unwrap();
        let last = importer.last().unwrap();
        assert!(
            matches!(last, Err(TraceError::LineFault { .. })),
            "{line}: {last:?}"
        );
    }
}

/// Nothing is called there: each is the one before.
#[test]
fn many_stacks_without_an_instruction_are_read_in_linear_time() {
    let mut text = "v 10100 1\ns main\ni 1 0 1\nt 1 0\n".to_owned();
    for stack in 1..200_000 {
        text += &format!("t 0 {stack:x}\na 8 {stack:x}\n");
    }
    for info in 0..199_999 {
        text += &format!("+ {info:x}\n");
    }
    let import = import(&text);
    let last = import.trace.events.len() - 1;
    assert_eq!(
        (last, calls(&import, last)),
        (199_998, vec!["main :0".into()])
    );
}
