use super::*;
use crate::import::{Format, Import};
use crate::op::{EventKind, WordSize};
use crate::samples::{allocate, free, ops, resize, sites};

fn read(text: &str) -> Result<Import, TraceError> {
    Import::from_reader(text.as_bytes(), Some(Format::Mtrace))
}

#[test]
fn a_text_becomes_a_trace() {
    let import = read(
        "= Start\n\
         @ ./demo:[0x11c0] + 0x55a0376f24a0 0x64\n\
         @ ./demo:[0x11d5] < 0x55a0376f24a0\n\
         @ ./demo:[0x11d5] > 0x55a0376f30a0 0x1388\n\
         @ /usr/lib/libc.so.6:(setlocale+8c)[0x758cc] + 0x55a0376f22a0 0\n\
         @ ./demo:[0x120b] - 0x55a0376f22a0\n\
         = End\n",
    )
    .unwrap();
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 100), resize(0, 5000), allocate(1, 0), free(1)]
    );
    assert_eq!(
        sites(&import.trace),
        [
            ("./demo", 0x11c0),
            ("./demo", 0x11d5),
            ("/usr/lib/libc.so.6", 0x758cc),
            ("./demo", 0x120b)
        ]
    );
    assert_eq!(import.trace.header.word, WordSize::Bits64);
}

#[test]
fn places_may_be_missing_and_paths_may_hold_anything() {
    let import =
        read("+ 0x10 0x8\n@ [0x99] - 0x10\n@ ./a [1] b:(f+0x2)[0x5] + 0x10 0x8\n").unwrap();
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 8), free(0), allocate(1, 8)]
    );
    assert_eq!(sites(&import.trace), [("", 0x99), ("./a [1] b", 5)]);
    assert_eq!(import.trace.events[0].stack, 0);
}

#[test]
fn refused_requests_and_unknown_objects_are_counted() {
    let import = read(
        "= Start\n\
         @ ./demo:[0x1] - 0x10\n\
         @ ./demo:[0x2] + (nil) 0x1000000000000000\n\
         @ ./demo:[0x3] ! 0x20 0x1000000000000000\n\
         @ ./demo:[0x4] < 0x20\n\
         @ ./demo:[0x4] > 0x30 0x8\n",
    )
    .unwrap();
    let kinds: Vec<EventKind> = import.trace.events.iter().map(|event| event.kind).collect();
    let refused = EventKind::Refused {
        size: 0x1000_0000_0000_0000,
        align: 0,
        resized: None,
    };
    assert_eq!(
        kinds,
        [
            EventKind::ForeignFree,
            refused,
            refused,
            allocate(0, 8).into()
        ]
    );
    assert_eq!(
        (
            import.notes.foreign_frees,
            import.notes.failed_requests,
            import.notes.adopted_resizes
        ),
        (1, 2, 1)
    );
}

#[test]
fn a_bad_line_is_named() {
    for wrong in [
        "+ 0x10",
        "- 0x10 0x8",
        "* 0x10 0x8",
        "+ x 0x8",
        "@ ./demo:[0x1]",
        "+ 0x10 0x8 0x9",
        "@ ./demo + 0x10 0x8",
    ] {
        let error = read(&format!("= Start\n{wrong}\n"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("line 2: expected "), "{error}");
        assert!(error.ends_with(&format!("found {wrong:?}")), "{error}");
    }
}

#[test]
fn the_halves_of_a_reallocation_belong_together() {
    let half = "line 3: expected `> NEW SIZE`, the second half";
    assert!(
        read("= Start\n< 0x10\n+ 0x20 0x8\n")
            .unwrap_err()
            .to_string()
            .starts_with(half)
    );
    assert!(
        read("= Start\n< 0x10\n")
            .unwrap_err()
            .to_string()
            .starts_with(half)
    );
    let second = read("= Start\n> 0x10 0x8\n").unwrap_err().to_string();
    assert!(
        second.starts_with("line 2: expected `< OLD` on the line before"),
        "{second}"
    );
}

/// The C library ends every line, so a number without an end of line behind it may lack digits.
#[test]
fn a_last_line_that_was_cut_is_left_out() {
    for cut in [
        "@",
        "@ ./demo:[0x11",
        "+",
        "+ 0x20 0x6",
        "- 0x10",
        "> 0x10 0x5",
    ] {
        let import = read(&format!("= Start\n+ 0x10 0x8\n{cut}")).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8)], "{cut}");
        assert_eq!(import.notes.cut_line, Some(3), "{cut}");
    }
    let import = read("+ 0x10 0x8\n< 0x10\n> 0x20 0x1").unwrap();
    assert_eq!(ops(&import.trace), [allocate(0, 8)], "the object stays");
    let ended = read("= Start\n+ 0x10 0x8\n= End").unwrap();
    assert_eq!(ended.notes.cut_line, None);
}

#[test]
fn a_second_free_is_a_double_free() {
    let import = read("+ 0x10 0x8\n- 0x10\n- 0x10\n- 0x20\n").unwrap();
    assert_eq!(
        (import.notes.double_frees, import.notes.foreign_frees),
        (1, 1)
    );
    assert_eq!(import.notes.first_double_free, Some(3));
    // What was moved away is free, too.
    let import = read("+ 0x10 0x8\n< 0x10\n> 0x20 0x9\n- 0x10\n").unwrap();
    assert_eq!(import.notes.double_frees, 1);
}
