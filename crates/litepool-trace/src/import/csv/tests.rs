use super::*;
use crate::import::{Format, Import};
use crate::op::{Event, EventKind, Op};
use crate::samples::{allocate, free, ops, resize, sites};

fn read(text: &str) -> Result<Import, TraceError> {
    Import::from_reader(text.as_bytes(), Some(Format::Csv))
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn columns_stand_in_any_order() {
    let import =
        read("size, id, op\n10, 0x20001000, malloc\n30, 0x20001000, realloc\n, 0x20001000, free\n")
            .unwrap();
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 10), resize(0, 30), free(0)]
    );
}

#[test]
fn everything_that_is_known_is_taken_over() {
    let import = read(
        "op,id,size,align,thread,site,time\n\
         allocate,7,100,32,5,app.elf+0x80,10\n\
         allocate,8,,,,,\n",
    );
    assert_eq!(
        import.unwrap_err().to_string(),
        "line 3: expected a size in bytes, found \"allocate,8,,,,,\""
    );
    let import = read(
        "op,id,size,align,thread,site,time\n\
         allocate,7,100,32,5,app.elf+0x80,10\n\
         resize,7,200,,6,,\n\
         free,7,,,5,0x8000,25\n",
    )
    .unwrap();
    assert_eq!(
        import.trace.events,
        [
            Event {
                stack: 1,
                time: 10,
                ..Event::from(Op::Allocate {
                    id: 0,
                    size: 100,
                    align: 32
                })
            },
            Event {
                thread: 1,
                time: 10,
                ..Event::from(resize(0, 200))
            },
            Event {
                stack: 2,
                time: 25,
                ..Event::from(free(0))
            },
        ]
    );
    assert_eq!(sites(&import.trace), [("app.elf", 0x80), ("", 0x8000)]);
    assert!(import.trace.interned.threads.is_empty());
}

/// What a debugger or a tracer on a device knows besides.
#[test]
fn callers_pools_and_refused_requests_are_taken_over() {
    let import = read(
        "op,id,size,align,site,pool\n\
         allocate,1,8,,app+0x10;app+0x90;0x8000,dma\n\
         allocate,2,8,,app+0x20;app+0x90;0x8000,\n\
         refused,,100,64,,dma\n\
         refused,1,200,,,fast\n\
         refused,9,300,,,\n\
         free,1,,,,dma\n",
    )
    .unwrap();
    let trace = &import.trace;
    let offsets = |stack| -> Vec<u64> {
        let frames = trace.interned.frames_of(stack);
        frames.map(|frame| frame.offset).collect()
    };
    assert_eq!(offsets(trace.events[0].stack), [0x10, 0x90, 0x8000]);
    assert_eq!(offsets(trace.events[1].stack), [0x20, 0x90, 0x8000]);
    assert_eq!(trace.interned.stacks.len(), 4, "the callers are shared");
    let pools: Vec<u32> = trace.events.iter().map(|event| event.pool).collect();
    assert_eq!(pools, [1, 0, 1, 2, 0, 0]);
    assert_eq!(trace.interned.pools, ["", "dma", "fast"]);
    let refused = |size, align, resized| EventKind::Refused {
        size,
        align,
        resized,
    };
    let kinds: Vec<EventKind> = trace.events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds[2..5],
        [
            refused(100, 64, None),
            refused(200, 0, Some(0)),
            refused(300, 0, None)
        ]
    );
}

#[test]
fn of_a_deep_stack_the_innermost_frames_are_kept() {
    let places: Vec<String> = (0..100).map(|place| place.to_string()).collect();
    let import = read(&format!(
        "op,id,size,site\nallocate,1,8,{}\n",
        places.join(";")
    ))
    .unwrap();
    let offsets: Vec<u64> = import
        .trace
        .interned
        .frames_of(import.trace.events[0].stack)
        .map(|frame| frame.offset)
        .collect();
    assert_eq!(offsets, (0..64).collect::<Vec<u64>>());
}

#[test]
fn a_thread_may_have_a_name_or_a_number() {
    let import = read(
        "op,id,size,thread\n\
         allocate,1,8,net\nallocate,2,8,7\nallocate,3,8,7\nallocate,4,8,ui\nallocate,5,8,net\n",
    )
    .unwrap();
    let threads: Vec<u32> = import
        .trace
        .events
        .iter()
        .map(|event| event.thread)
        .collect();
    assert_eq!(threads, [0, 1, 1, 2, 0]);
    assert_eq!(import.trace.interned.threads, ["net", "", "ui"]);
}

#[test]
fn an_id_may_be_used_again() {
    let import =
        read("op,id,size\nallocate,1,8\nfree,1,\nallocate,1,9\nallocate,1,10\nfree,2,\n").unwrap();
    assert_eq!(
        ops(&import.trace),
        [
            allocate(0, 8),
            free(0),
            allocate(1, 9),
            free(1),
            allocate(2, 10)
        ]
    );
    let last = import.trace.events.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::ForeignFree), "of id 2");
    assert_eq!(
        (import.notes.implied_frees, import.notes.foreign_frees),
        (1, 1)
    );
}

#[test]
fn the_header_is_verified() {
    for wrong in ["op,size", "op,id,id", "op,id,algn", "id,size", ""] {
        let error = error(&format!("{wrong}\n"));
        assert!(
            error.starts_with("line 1: expected column names"),
            "{error}"
        );
    }
    read("\u{feff}OP,\"Id\",size\n").unwrap();
}

#[test]
fn a_bad_line_is_named() {
    for (wrong, expected) in [
        (
            "forget,1,8,",
            "the operation allocate, resize, free or refused",
        ),
        ("allocate,,8,", "an id, as a number"),
        ("allocate,1,many,", "a size in bytes"),
        ("allocate,1,8", "as many fields as column names"),
        ("allocate,1,8,,,", "as many fields as column names"),
        ("allocate,1,8,soon", "a time in microseconds"),
    ] {
        let error = error(&format!("op,id,size,time\nallocate,9,8,\n{wrong}\n"));
        assert!(
            error.starts_with(&format!("line 3: expected {expected}, found")),
            "{error}"
        );
    }
}

#[test]
fn a_senseless_line_is_named() {
    assert_eq!(
        error("op,id,size,time\nallocate,1,8,50\nfree,1,,49\n"),
        "line 3: the time is 49 us, before that of the preceding event, 50 us"
    );
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let error = Import::from_reader(&b"op,id,size\nallocate,1,\xff\n"[..], Some(Format::Csv))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "line 2: expected text in UTF-8, found \"other bytes\""
    );
}

#[test]
fn quotes_and_blanks_around_a_field_are_no_part_of_it() {
    let import =
        read("op,id,size,site\n\"allocate\", 1 ,\"8\" ,\"a, \"\"b\"\".so+0x10\"\nfree,1,,\n")
            .unwrap();
    assert_eq!(ops(&import.trace), [allocate(0, 8), free(0)]);
    assert_eq!(sites(&import.trace), [("a, \"b\".so", 0x10)]);
}

#[test]
fn a_last_line_that_was_cut_is_left_out() {
    for cut in ["f", "free", "allocate,", "allocate,2,", "\"allocate,2,8"] {
        let import = read(&format!("op,id,size\nallocate,1,8\n{cut}")).unwrap();
        assert_eq!(ops(&import.trace), [allocate(0, 8)], "{cut}");
        assert_eq!(import.notes.cut_line, Some(3), "{cut}");
    }
    let whole = read("op,id,size\nallocate,1,8\nfree,1,").unwrap();
    assert_eq!((whole.trace.events.len(), whole.notes.cut_line), (2, None));
}

#[test]
fn a_second_free_is_a_double_free() {
    let import = read("op,id,size\nallocate,1,8\nfree,1,\nfree,1,\n").unwrap();
    assert_eq!(
        (import.notes.double_frees, import.notes.foreign_frees),
        (1, 0)
    );
    assert_eq!(import.notes.first_double_free, Some(4));
}

#[test]
fn numbers_near_the_largest_are_refused_or_taken_but_never_wrap() {
    let most = u64::MAX;
    let large = i64::MAX;
    for (lines, is_good) in [
        (format!("allocate,{most},{most},,"), false),
        (format!("allocate,{most},{large},,{most}"), true),
        (format!("allocate,1,8,{most},"), false),
        (format!("allocate,1,8,{},", 1_u64 << 63), true),
        (format!("allocate,1,8,,{most}\nfree,1,,,"), true),
        (format!("allocate,1,{large},,\nresize,1,{most},,"), false),
    ] {
        let import = read(&format!("op,id,size,align,time\n{lines}\n"));
        assert_eq!(import.is_ok(), is_good, "{lines}");
    }
}
