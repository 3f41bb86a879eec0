//! Debug information that no compiler makes.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Symbols;

/// A program whose debug information has one unit, with these entries in it. Abbreviation 2 is a function
/// with a list of ranges, 3 a function that was inlined, with children.
fn program(entries: &str, ranges: &str, files: &str) -> Symbols {
    let source = format!(
        r#"
        .text
        .globl _start
        _start: .skip 64
        .section .debug_abbrev,"",@progbits
        .uleb128 1, 0x11
        .byte 1
        .uleb128 0x11, 1, 0x12, 6, 0x10, 0x17, 0x1b, 8, 0, 0
        .uleb128 2, 0x2e
        .byte 0
        .uleb128 0x55, 0x17, 0, 0
        .uleb128 3, 0x1d
        .byte 1
        .uleb128 0, 0
        .uleb128 4, 0x2e
        .byte 1
        .uleb128 0x11, 1, 0x12, 6, 0, 0, 0
        .section .debug_info,"",@progbits
        .long unit_end - unit
        unit: .word 4
        .long .debug_abbrev
        .byte 8
        .uleb128 1
        .quad _start
        .long 64
        .long .debug_line
        .fill 4000, 1, 'd'
        .byte 0
        {entries}
        .byte 0
        unit_end:
        .section .debug_ranges,"",@progbits
        {ranges}
        .quad 0, 0
        .section .debug_line,"",@progbits
        .long lines_end - lines
        lines: .word 4
        .long program - header
        header: .byte 1, 1, 1, -5, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1
        .byte 0
        {files}
        .byte 0
        program:
        .byte 0, 9, 2
        .quad _start
        .byte 1, 2, 32, 0, 1, 1
        lines_end:
        "#
    );
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("demo.s"), source).unwrap();
    let status = Command::new("cc")
        .args(["-nostdlib", "-static", "-o"])
        .args([path("demo"), path("demo.s")])
        .status();
    assert!(status.unwrap().success());
    Symbols::of(fs::read(path("demo")).unwrap()).unwrap()
}

/// The notes after a question to the program's first function, which may not take long.
fn notes(symbols: &Symbols) -> Vec<String> {
    let start = Instant::now();
    assert!(!symbols.locations(symbols.elf.code[0].start + 2).is_empty());
    assert!(start.elapsed() < Duration::from_secs(20));
    symbols.notes()
}

#[test]
fn what_is_as_it_should_be_is_used() {
    let entries = ".uleb128 4\n .quad _start\n .long 64\n .uleb128 3\n .byte 0\n .byte 0";
    let file = ".asciz \"demo.c\"\n .byte 0, 0, 0";
    let symbols = program(entries, ".quad 0, 4", file);
    assert_eq!(notes(&symbols), [""; 0]);
    let locations = symbols.locations(symbols.elf.code[0].start + 2);
    assert!(locations[0].file.ends_with("/demo.c"), "{locations:?}");
}

#[test]
fn functions_inlined_without_end_are_refused() {
    let entries = ".uleb128 4\n .quad _start\n .long 64\n .fill 1000000, 1, 3";
    let notes = notes(&program(entries, "", ""));
    assert!(notes[0].contains("without end"), "{notes:?}");
}

#[test]
fn a_list_of_ranges_that_many_functions_share_is_refused() {
    let entries = ".rept 20000\n .uleb128 2\n .long 0\n .endr";
    let ranges = ".rept 20000\n .quad 1, 2\n .endr";
    let notes = notes(&program(entries, ranges, ""));
    assert!(notes[0].contains("repeats itself"), "{notes:?}");
}

#[test]
fn a_long_directory_of_many_files_is_refused() {
    let files = ".rept 100000\n .asciz \"f\"\n .byte 0, 0, 0\n .endr";
    let notes = notes(&program("", "", files));
    assert!(notes[0].contains("repeats itself"), "{notes:?}");
}
