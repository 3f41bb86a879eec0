use super::*;
use crate::import::{Format, Import};
use crate::op::{EventKind, Op, WordSize};
use crate::samples::{allocate, free, ops, resize};

fn read(text: &str) -> Result<Import, TraceError> {
    Import::from_reader(text.as_bytes(), Some(Format::MemoryReplay))
}

#[test]
fn a_text_becomes_a_trace() {
    let import = read(
        "186: malloc 0xb6038060 20\n\
         186: calloc 0xb609f080 32 4\n\
         187: realloc 0xb609f100 0xb609f080 300\n\
         187: memalign 0xb6100000 4096 100\n\
         186: free 0xb6038060\n\
         187: thread_done 0x0\n",
    )
    .unwrap();
    assert_eq!(
        ops(&import.trace),
        [
            allocate(0, 20),
            allocate(1, 128),
            resize(1, 300),
            Op::Allocate {
                id: 2,
                size: 100,
                align: 4096
            },
            free(0)
        ]
    );
    let threads: Vec<_> = import
        .trace
        .events
        .iter()
        .map(|event| event.thread)
        .collect();
    assert_eq!(threads, [0, 0, 1, 1, 0, 1]);
    let last = import.trace.events.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::ThreadEnd));
    assert_eq!(import.trace.header.word, WordSize::Bits32);
}

#[test]
fn times_become_microseconds_that_never_decrease() {
    let import = read(
        "1: malloc 0x7f0000001000 8 5000000 5000900\n\
         2: malloc 0x7f0000002000 8 5012000 5012100\n\
         1: free 0x7f0000001000 5011000 5011100\n\
         2: free 0x7f0000002000 6000000 6000100\n\
         2: thread_done 0x0 6000200\n",
    )
    .unwrap();
    let times: Vec<_> = import.trace.events.iter().map(|event| event.time).collect();
    assert_eq!(times, [0, 12, 12, 1000, 1000]);
    assert_eq!(import.trace.header.word, WordSize::Bits64);
}

#[test]
fn null_pointers_are_what_the_c_library_makes_of_them() {
    let import = read(
        "1: realloc 0x10 0x0 8\n\
         1: realloc 0x0 0x10 0\n\
         1: free 0x0\n\
         1: malloc 0x0 99999999999\n\
         1: malloc 0x20 8\n\
         1: realloc 0x0 0x20 99999999999\n\
         1: free 0x20\n",
    )
    .unwrap();
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 8), free(0), allocate(1, 8), free(1)]
    );
    assert_eq!(import.notes.failed_requests, 2);
    let refused: Vec<EventKind> = import
        .trace
        .events
        .iter()
        .map(|event| event.kind)
        .filter(|kind| matches!(kind, EventKind::Refused { .. }))
        .collect();
    let request = |resized| EventKind::Refused {
        size: 99_999_999_999,
        align: 0,
        resized,
    };
    assert_eq!(refused, [request(None), request(Some(1))]);
}

#[test]
fn what_began_before_the_recording_is_counted() {
    let import = read(
        "1: free 0x10\n\
         1: realloc 0x30 0x20 8\n\
         1: malloc 0x30 9\n\
         1: malloc 0x40 10\n\
         1: realloc 0x40 0x30 11\n",
    )
    .unwrap();
    assert_eq!(
        ops(&import.trace),
        [
            allocate(0, 8),
            free(0),
            allocate(1, 9),
            allocate(2, 10),
            free(2),
            resize(1, 11)
        ]
    );
    assert_eq!(
        (
            import.notes.foreign_frees,
            import.notes.adopted_resizes,
            import.notes.implied_frees
        ),
        (1, 1, 2)
    );
}

#[test]
fn a_refused_request_is_taken_over_as_it_was_asked() {
    let import = read(
        "1: calloc 0x0 4 100\n\
         1: calloc 0x0 18446744073709551615 2\n\
         1: memalign 0x0 4096 100\n\
         1: memalign 0x0 18446744073709551615 100\n\
         1: realloc 0x0 0x0 100\n\
         1: realloc 0x0 0x99 100\n",
    )
    .unwrap();
    let requests: Vec<(u64, u64)> = import
        .trace
        .events
        .iter()
        .map(|event| match event.kind {
            EventKind::Refused {
                size,
                align,
                resized: None,
            } => (size, align),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        requests,
        [
            (400, 0),
            (u64::MAX, 0),
            (100, 4096),
            (100, 0),
            (100, 0),
            (100, 0)
        ]
    );
}

/// The system gives the number of a thread that has ended to another one.
#[test]
fn a_number_that_comes_back_is_another_thread() {
    let import =
        read("7: malloc 0x10 8\n8: thread_done 0x0\n7: thread_done 0x0\n7: free 0x10\n").unwrap();
    let threads: Vec<u32> = import
        .trace
        .events
        .iter()
        .map(|event| event.thread)
        .collect();
    assert_eq!(threads, [0, 0, 1], "nothing is known of thread 8");
}

#[test]
fn a_bad_line_is_named() {
    for wrong in [
        "1 malloc 0x10 8",
        "1: malloc 0x10",
        "1: malloc 0x10 8 5",
        "1: malloc 0x10 8 5 6 7",
        "1: malloc xyz 8",
        "1: strdup 0x10 8",
        "one: free 0x10",
        "1: free 0x10 5",
        "1:",
    ] {
        let error = read(&format!("1: malloc 0x50 8\n{wrong}\n"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("line 2: expected `TID: OPERATION POINTER …`"),
            "{error}"
        );
        assert!(error.ends_with(&format!("found {wrong:?}")), "{error}");
    }
}

#[test]
fn a_senseless_line_is_named() {
    let error = read("1: calloc 0x10 9223372036854775807 4\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("line 1: 18446744073709551615 bytes are more"),
        "{error}"
    );
    let error = read("1: memalign 0x10 9223372036854775809 4\n")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "line 1: an alignment of 9223372036854775809 bytes is not a power of two"
    );
}

#[test]
fn an_alignment_is_rounded_up_as_the_c_library_does() {
    let import = read(
        "1: memalign 0x20 24 4\n\
         1: memalign 0x40 0 4\n\
         1: memalign 0x60 9223372036854775807 4\n\
         1: memalign 0x80 16 4\n",
    )
    .unwrap();
    let aligns: Vec<u64> = ops(&import.trace)
        .iter()
        .map(|op| match *op {
            Op::Allocate { align, .. } => align,
            _ => panic!("{op:?}"),
        })
        .collect();
    assert_eq!(aligns, [32, 0, 1 << 63, 16]);
    assert_eq!(import.notes.rounded_alignments, 2);
}

#[test]
fn numbers_near_the_largest_are_refused_or_taken_but_never_wrap() {
    let most = u64::MAX;
    for (line, is_good) in [
        (format!("1: malloc {most} {most}"), false),
        (format!("1: malloc {most} {}", i64::MAX), true),
        (format!("1: calloc 0x10 {most} {most}"), false),
        (format!("1: memalign 0x10 {most} 1"), false),
        (format!("{most}: malloc 0x10 8 {most} {most}"), true),
        (format!("1: realloc {most} {most} {most}"), false),
        (format!("1: free {most}"), true),
    ] {
        assert_eq!(read(&format!("{line}\n")).is_ok(), is_good, "{line}");
    }
    assert!(read("1: malloc 18446744073709551616 8\n").is_err());
}

#[test]
fn a_second_free_is_a_double_free_and_told_with_its_line() {
    let import = read(
        "1: malloc 0x10 8\n1: free 0x10\n1: free 0x10\n1: free 0x10\n1: free 0x20\n\
         1: malloc 0x10 8\n1: free 0x10\n",
    )
    .unwrap();
    assert_eq!(import.trace.events.len(), 5);
    let notes = import.notes;
    assert_eq!((notes.double_frees, notes.foreign_frees), (2, 1));
    assert_eq!(notes.first_double_free, Some(3));
}

/// The tool ends every line, so a number without an end of line behind it may lack digits.
#[test]
fn a_last_line_that_was_cut_is_left_out() {
    for cut in [
        "1",
        "1: mal",
        "1: malloc 0x20",
        "1: malloc 0x20 6",
        "2: free 0x10",
    ] {
        let import = read(&format!("1: malloc 0x10 8\n{cut}")).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8)], "{cut}");
        assert_eq!(import.notes.cut_line, Some(2), "{cut}");
    }
    assert!(read("1: malloc 0x10 8").is_err(), "nothing is left");
    assert!(
        read("1: mal\n1: malloc 0x10 8").is_err(),
        "that was not cut"
    );
}
