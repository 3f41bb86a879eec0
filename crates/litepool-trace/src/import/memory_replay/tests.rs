use super::*;
use crate::op::{Op, WordSize};
use crate::samples::{allocate, free, ops, resize};

fn read(text: &str) -> Result<Import, TraceError> {
    import(text.as_bytes())
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
    assert_eq!(threads, [0, 0, 1, 1, 0]);
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
    assert_eq!(times, [0, 12, 12, 1000]);
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
    assert_eq!(import.failed_requests, 2);
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
            import.skipped_frees,
            import.adopted_resizes,
            import.implied_frees
        ),
        (1, 1, 2)
    );
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
    let error = read("1: memalign 0x10 24 4\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "line 1: an alignment of 24 bytes is not a power of two"
    );
}
