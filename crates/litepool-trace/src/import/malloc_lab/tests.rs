use super::*;
use crate::import::{Format, Import};
use crate::op::WordSize;
use crate::samples::{allocate, free, ops, resize};

fn read(text: &str) -> Result<Import, TraceError> {
    Import::from_reader(text.as_bytes(), Some(Format::MallocLab))
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_file_becomes_a_trace() {
    let import =
        read("20000\n3\n8\n1\na 0 512\na 1 128\nr 0 640\na 2 128\nf 1\nr 0 768\nf 0\nf 2\n")
            .unwrap();
    assert_eq!(
        ops(&import.trace),
        [
            allocate(0, 512),
            allocate(1, 128),
            resize(0, 640),
            allocate(2, 128),
            free(1),
            resize(0, 768),
            free(0),
            free(2)
        ]
    );
    assert_eq!(import.trace.header.word, WordSize::Bits64);
    assert_eq!(import.format, Format::MallocLab);
}

#[test]
fn ids_out_of_order_are_renumbered() {
    let import = read("0 9 4 1\na 8 10\na 3 20\nf 8\nf 3\n").unwrap();
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 10), allocate(1, 20), free(0), free(1)]
    );
}

#[test]
fn null_pointers_are_what_the_c_library_makes_of_them() {
    let import = read("0 1 3 1\nf -1\nr 0 10\nr 0 0\n").unwrap();
    assert_eq!(ops(&import.trace), [allocate(0, 10), free(0)]);
}

#[test]
fn a_bad_line_is_named() {
    assert!(error("1\nx 4\n").starts_with("line 2: expected a header of two to four numbers"));
    assert!(error("1\n").starts_with("line 2: expected a header"));
    assert!(error("").starts_with("line 1: expected a header"));
    assert!(error("1 2\nx 4\n").starts_with("line 2: expected `a ID SIZE`"));
    assert!(error("1 2 3\n").starts_with("line 2: expected as many operations"));
    assert!(error("1 2 3 4 5\n").starts_with("line 1: expected a header"));
    for wrong in [
        "a 0", "a 0 8 8", "a 0 -8", "f 0 8", "f", "b 0 8", "a 1 8", "a -1 8",
    ] {
        let error = error(&format!("0 1 2 1\n{wrong}\nf 0\n"));
        assert!(error.starts_with("line 2: expected `a ID SIZE`"), "{error}");
    }
}

#[test]
fn the_number_of_operations_is_as_stated() {
    assert!(error("0 1 2 1\na 0 8\n").starts_with("line 3: expected as many operations"));
    assert!(error("0 1 1 1\na 0 8\nf 0\n").starts_with("line 3: expected the end of the file"));
}

#[test]
fn only_what_is_in_use_is_freed() {
    assert_eq!(
        error("0 1 1 1\nf 0\n"),
        "line 2: id 0 is freed but not in use"
    );
    assert_eq!(
        error("0 1 2 1\na 0 8\na 0 8\n"),
        "line 3: id 0 is allocated while it is in use"
    );
}

/// Courses have left out the heap size, or the weight, or both.
#[test]
fn a_header_has_two_three_or_four_numbers() {
    for header in [
        "1 2",
        "20000 1 2",
        "1 2 1",
        "20000 1 2 1",
        "20000\n1\n2",
        "1\n2",
    ] {
        let import = read(&format!("{header}\na 0 8\nf 0\n")).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)], "{header}");
    }
    // What the operations don't bear out is not meant.
    assert!(error("1 2 3\na 5 8\nf 5\n").starts_with("line 2: expected `a ID SIZE`"));
    assert!(error("9 1 3\na 0 8\nf 0\n").starts_with("line 4: expected as many operations"));
}

#[test]
fn a_free_of_what_was_freed_is_a_double_free() {
    assert_eq!(
        error("0 1 3 1\na 0 8\nf 0\nf 0\n"),
        "line 4: double free: object 0 has been freed already"
    );
}

#[test]
fn a_last_line_that_was_cut_is_left_out() {
    for cut in ["f", "f 7", "a 1", "a 1 1", "x"] {
        let import = read(&format!("0 2 9 1\na 0 8\n{cut}")).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8)], "{cut}");
        assert_eq!(import.notes.cut_line, Some(3), "{cut}");
    }
    let whole = read("0 1 2 1\na 0 8\nf 0").unwrap();
    assert_eq!((whole.trace.events.len(), whole.notes.cut_line), (2, None));
}
