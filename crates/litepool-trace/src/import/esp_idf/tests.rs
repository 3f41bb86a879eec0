//! Whole logs.

use crate::Location;
use crate::import::{Format, Import, Notes};
use crate::op::{Event, EventKind, WordSize};
use crate::samples::{allocate, free, ops};

fn read(log: &str) -> Import {
    Import::from_reader(log.as_bytes(), None).unwrap()
}

fn kinds(import: &Import) -> Vec<EventKind> {
    import.trace.events.iter().map(|event| event.kind).collect()
}

/// A record of 8 bytes at each address.
fn record(address: u64, rest: &str) -> String {
    format!("     8 bytes (@ {address:#x}, Internal) allocated CPU 0 ccount 0x1000{rest}\n")
}

/// A dump of ESP-IDF 5 or 6 around these records.
fn dump(records: &[String], announced: usize, allocations: u64, frees: u64) -> String {
    format!(
        "====== Heap Trace: {announced} records (100 capacity) ======\n{}\
         ====== Heap Trace Summary ======\nMode: Heap Trace All\n\
         8 bytes alive in trace (1/2 allocations)\n\
         records: 2 (100 capacity, 2 high water mark)\n\
         total allocations: {allocations}\ntotal frees: {frees}\n\
         ================================\n",
        records.concat()
    )
}

/// The frames of an event's stack: addresses, and the functions inlined there.
fn stack(import: &Import, event: &Event) -> Vec<(u64, Vec<(String, u32)>)> {
    let name = |location: &Location| (location.function.to_string(), location.line);
    let frames = import.trace.interned.frames_of(event.stack);
    frames
        .map(|frame| (frame.offset, frame.locations.iter().map(name).collect()))
        .collect()
}

/// From the handbook of ESP-IDF 3 and 4, with what the monitor adds, and with a logger's colours.
#[test]
fn leaks_are_allocations_with_call_stacks_and_names() {
    let import = read(
        "ets Jul 29 2019 12:21:46\n\
         \u{1b}[0;32mI (312) main: starting\u{1b}[0m\n\
         2 allocations trace (100 entry buffer)\n\
         32 bytes (@ 0x3ffaf214) allocated CPU 0 ccount 0x2e9b7384 caller 0x400d276d:0x400d27c1\n\
         0x400d276d: leak_some_memory at /idf/blink.c:27\n \
         (inlined by) work at /idf/blink.c:40\n\n\
         0x400d27c1: blink_task at /idf/blink.c:52\n\n\
         8 bytes (@ 0x3ffaf804) allocated CPU 1 ccount 0x2e9b79c0 caller 0x400d2776:0x400d27c1\n\
         0x400d2776: leak_some_memory at /idf/blink.c:29\n\n\
         40 bytes 'leaked' in trace (2 allocations)\n\
         total allocations 2 total frees 0\n",
    );
    assert_eq!(import.format, Format::EspIdf);
    assert_eq!(
        kinds(&import),
        [allocate(0, 32).into(), allocate(1, 8).into()]
    );
    assert_eq!(import.trace.header.word, WordSize::Bits32);
    assert_eq!(import.notes, Notes::default());
    let events = &import.trace.events;
    let blink = (0x400d_27c1, vec![("blink_task".to_owned(), 52)]);
    assert_eq!(
        stack(&import, &events[0]),
        [
            (
                0x400d_276d,
                vec![("leak_some_memory".to_owned(), 27), ("work".to_owned(), 40)]
            ),
            blink.clone()
        ]
    );
    let inner = (0x400d_2776, vec![("leak_some_memory".to_owned(), 29)]);
    assert_eq!(stack(&import, &events[1]), [inner, blink]);
    assert_eq!(import.trace.interned.threads, ["CPU 0", "CPU 1"]);
}

#[test]
fn what_was_freed_and_is_not_listed_is_a_gap_before_the_last_record() {
    let import = read(&dump(&[record(0x100, ""), record(0x200, "")], 2, 5, 3));
    assert_eq!(
        kinds(&import),
        [
            allocate(0, 8).into(),
            EventKind::Gap { lost: 6 },
            allocate(1, 8).into(),
        ]
    );
    assert_eq!(import.trace.interned.pools, ["", "Internal"]);
}

#[test]
fn what_was_freed_is_freed_when_its_place_is_taken_or_at_the_end() {
    let freed = |address| record(address, " caller 0x400d0001:") + "freed by 0x400d0002:0x0\n";
    let import = read(&dump(
        &[
            freed(0x100),
            freed(0x200),
            // It covers the first block's end.
            record(0x106, " caller 0x400d0003:"),
            record(0x300, " freed"),
        ],
        4,
        4,
        3,
    ));
    assert_eq!(
        ops(&import.trace),
        [
            allocate(0, 8),
            allocate(1, 8),
            free(0),
            allocate(2, 8),
            allocate(3, 8),
            free(1),
            free(3),
        ]
    );
    assert_eq!(kinds(&import).len(), 7, "no gap");
    // Of one it is known that it was before that moment.
    assert_eq!(import.notes.unplaced_frees, 2);
    let by = stack(&import, &import.trace.events[2]);
    assert_eq!(by, [(0x400d_0002, vec![])]);
}

#[test]
fn several_dumps_of_one_trace_are_its_history() {
    let first = dump(&[record(0x100, ""), record(0x200, "")], 2, 2, 0);
    let second = dump(&[record(0x200, ""), record(0x300, "")], 2, 3, 1);
    let import = read(&(first + "I (99) main: later\n" + &second));
    assert_eq!(
        kinds(&import),
        [
            allocate(0, 8).into(),
            allocate(1, 8).into(),
            allocate(2, 8).into(),
            free(0).into(),
        ]
    );
    assert_eq!(import.notes.repeated_records, 0);
}

#[test]
fn of_a_trace_that_was_started_anew_the_last_dump_counts() {
    let first = dump(&[record(0x100, ""), record(0x200, "")], 2, 20, 18);
    let second = dump(&[record(0x300, "")], 1, 1, 0);
    let import = read(&(first + &second));
    let live = ops(&import.trace);
    assert_eq!(live[3..], [free(0), free(1)]);
    let gaps = import.trace.events.iter();
    let gaps = gaps.filter(|event| matches!(event.kind, EventKind::Gap { .. }));
    assert_eq!(gaps.count(), 1, "that of the first one");
}

/// `heap_trace_dump_caps` prints only one kind of memory.
#[test]
fn what_a_part_of_the_dump_leaves_out_is_not_freed() {
    let inner = dump(&[record(0x100, "")], 2, 2, 0);
    let outer = dump(&[record(0x200, "")], 2, 2, 0);
    let import = read(&(inner + &outer));
    assert_eq!(ops(&import.trace), [allocate(0, 8), allocate(1, 8)]);
    assert_eq!(kinds(&import)[0], EventKind::Gap { lost: 1 });
}

#[test]
fn a_dump_that_a_panic_cut_off_is_taken_up_to_there() {
    let log = "====== Heap Trace: 264 records (1024 capacity) ======\n".to_owned()
        + &record(0x100, "")
        + "    18 bytes (@ 0x3fcb9a38, Internal) allocated CPU 0Guru Meditation Error:\n\
           Core  1 panic'ed (Interrupt wdt timeout on CPU1).\n";
    let import = read(&log);
    assert_eq!(
        kinds(&import),
        [allocate(0, 8).into(), EventKind::Gap { lost: 0 }]
    );
    assert_eq!(import.notes.unreadable_lines, 1);
    assert_eq!(import.notes.first_unreadable_line, Some(3));
}

#[test]
fn a_last_line_without_an_end_is_left_out() {
    let log = record(0x100, "") + record(0x200, " caller 0x400d27").trim_end();
    let import = read(&log);
    assert_eq!(ops(&import.trace), [allocate(0, 8)]);
    assert_eq!(import.notes.cut_line, Some(2));
}

#[test]
fn a_record_that_is_there_twice_is_one_block() {
    let import = read(&dump(&[record(0x100, ""), record(0x100, "")], 2, 1, 0));
    assert_eq!(ops(&import.trace), [allocate(0, 8)]);
    assert_eq!(import.notes.repeated_records, 1);
}

#[test]
fn a_block_in_the_place_of_a_live_one_says_that_its_free_is_missing() {
    let other = record(0x100, "").replace("ccount 0x1000", "ccount 0x2000");
    let import = read(&dump(&[record(0x100, ""), other], 2, 2, 0));
    assert_eq!(
        ops(&import.trace),
        [allocate(0, 8), free(0), allocate(1, 8)]
    );
    assert_eq!(import.notes.implied_frees, 1);
}

#[test]
fn blocks_at_the_ends_of_memory_and_of_absurd_sizes_are_no_trouble() {
    let line = |size: u64, address: u64| {
        format!("{size} bytes (@ {address:#x}) allocated CPU 0 ccount 0x0 caller \n")
    };
    let most = i64::MAX as u64;
    let log = line(0, 0) + &line(most, 1) + &line(8, u64::MAX) + &line(most, u64::MAX - 2);
    let ops = ops(&read(&log).trace);
    assert_eq!(ops.len(), 4);
    let error = Import::from_reader(line(u64::MAX, 1).as_bytes(), None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("more than the program could address")
    );
}

#[test]
fn a_text_without_a_dump_is_an_error_that_says_what_it_should_be() {
    let error = Import::from_reader(&b"hello\n"[..], Some(Format::EspIdf)).unwrap_err();
    assert!(error.to_string().contains("heap_trace_dump"), "{error}");
    let empty = read("====== Heap Trace: 0 records (100 capacity) ======\n");
    assert!(ops(&empty.trace).is_empty());
}

/// Each heading makes the importer look for what is not listed any more.
#[test]
fn many_dumps_with_many_blocks_are_read_in_linear_time() {
    let mut log = String::new();
    for address in 0..20_000_u64 {
        log += &record(address * 16, "");
    }
    for _ in 0..10_000 {
        log += &dump(&[], 1, 0, 0);
    }
    for _ in 0..10_000 {
        log += &dump(&[], 0, 0, 0);
    }
    let import = read(&log);
    // The records have no dump around them, so that a gap ends them.
    assert_eq!(import.trace.events.len(), 40_001);
}
