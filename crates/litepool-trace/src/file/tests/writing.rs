//! What a writer does with what it is given.

use super::*;
use crate::interned::{Interned, MAX_BUILD_ID, MAX_DEPTH, MAX_LOCATIONS};
use crate::samples::location;

#[test]
fn a_writer_refuses_a_senseless_event_and_goes_on() {
    let header = Header {
        word: WordSize::Bits64,
        program: String::new(),
    };
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    writer.event(&allocate(0, 8).into()).unwrap();
    let error = writer.event(&free(1).into()).unwrap_err();
    assert_eq!(error.to_string(), "event 1: object 1 was never allocated");
    writer.event(&free(0).into()).unwrap();
    assert_eq!(writer.events(), 2);
    let trace = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(trace.events.len(), 2);
}

#[test]
fn everything_keeps_its_number() {
    let mut writer = writer();
    for _ in 0..2 {
        assert_eq!(writer.module(&module("a", &[])).unwrap(), 0);
        assert_eq!(writer.module(&module("a", &[1])).unwrap(), 1);
        assert_eq!(writer.frame(&frame(0, 1)).unwrap(), 0);
        assert_eq!(writer.frame(&frame(1, 1)).unwrap(), 1);
        let located = Frame {
            locations: vec![location("f", 1)],
            ..frame(0, 1)
        };
        assert_eq!(writer.frame(&located).unwrap(), 2);
        assert_eq!(writer.stack(0, 2).unwrap(), 1);
        assert_eq!(writer.stack(1, 2).unwrap(), 2, "recursion");
        assert_eq!(writer.stack(1, 0).unwrap(), 3);
    }
    let trace = read(&writer.finish().unwrap()).unwrap();
    let counts = |interned: &Interned| {
        (
            interned.modules.len(),
            interned.frames.len(),
            interned.stacks.len(),
        )
    };
    assert_eq!(counts(&trace.interned), (2, 3, 3));
}

#[test]
fn a_name_is_written_once_and_the_last_one_counts() {
    let mut writer = writer();
    writer.name_thread(0, "first").unwrap();
    writer.name_pool(1, "dma").unwrap();
    writer.name_thread(0, "first").unwrap();
    writer.name_thread(0, "second").unwrap();
    let trace = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(trace.interned.threads, ["second"]);
    assert_eq!(trace.interned.pool_name(1), Some("dma"));
    assert_eq!(trace.interned.pool_name(0), None);
}

#[test]
fn a_text_that_is_too_long_is_cut_between_characters() {
    let long = "x".to_owned() + &"ä".repeat(MAX_TEXT);
    let mut trace = small();
    trace.header.program.clone_from(&long);
    trace.interned.modules[0].path.clone_from(&long);
    trace.interned.frames[0].locations[0].function = long.as_str().into();
    trace.interned.threads[0].clone_from(&long);
    let back = read(&bytes_of(&trace)).unwrap();
    assert_eq!(back.header.program, long[..MAX_TEXT]);
    let interned = &back.interned;
    assert_eq!(interned.modules[0].path, long[..MAX_TEXT]);
    assert_eq!(*interned.frames[0].locations[0].function, long[..MAX_TEXT]);
    assert_eq!(interned.threads[0], long[..MAX_TEXT]);
}

/// The fault for which something was refused.
fn refused<T: std::fmt::Debug>(result: Result<T, TraceError>) -> Fault {
    match result {
        Err(TraceError::Rejected { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_not_announced_cannot_be_mentioned() {
    let mut writer = writer();
    assert_eq!(
        refused(writer.frame(&frame(0, 1))),
        Fault::UnknownModule {
            module: 0,
            known: 0
        }
    );
    writer.module(&module("a", &[])).unwrap();
    writer.frame(&frame(0, 1)).unwrap();
    assert_eq!(
        refused(writer.stack(0, 1)),
        Fault::UnknownFrame { frame: 1, known: 1 }
    );
    assert_eq!(
        refused(writer.stack(1, 0)),
        Fault::UnknownStack { stack: 1, known: 0 }
    );
    assert_eq!(
        refused(writer.name_thread(1, "b")),
        Fault::UnknownThread { thread: 1, next: 0 }
    );
    assert_eq!(
        refused(writer.name_pool(2, "b")),
        Fault::UnknownPool { pool: 2, next: 1 }
    );
    assert_eq!(writer.stack(0, 0).unwrap(), 1, "and goes on");
}

#[test]
fn what_is_too_long_to_be_right_is_refused() {
    let mut writer = writer();
    let long = module("a", &[0; MAX_BUILD_ID + 1]);
    let bytes = MAX_BUILD_ID + 1;
    assert_eq!(refused(writer.module(&long)), Fault::LongBuildId { bytes });
    writer.module(&module("a", &[0; MAX_BUILD_ID])).unwrap();
    let inlined = |locations| Frame {
        locations: vec![location("f", 1); locations],
        ..frame(0, 1)
    };
    let locations = MAX_LOCATIONS + 1;
    assert_eq!(
        refused(writer.frame(&inlined(locations))),
        Fault::TooManyLocations { locations }
    );
    let frame = writer.frame(&inlined(MAX_LOCATIONS)).unwrap();
    let mut stack = 0;
    for _ in 0..MAX_DEPTH {
        stack = writer.stack(stack, frame).unwrap();
    }
    assert_eq!(refused(writer.stack(stack, frame)), Fault::TooDeep);
    let trace = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(trace.interned.frames_of(stack).count(), MAX_DEPTH);
}

/// Every text as long as can be, in the middle of a chunk that is nearly full.
#[test]
fn the_largest_records_fit_into_a_chunk() {
    let text = |letter: char, number: usize| format!("{letter}{number:0>65534}");
    let mut writer = writer();
    for number in 0..12 {
        let long = module(&text('m', number), &[7; MAX_BUILD_ID]);
        let module = writer.module(&long).unwrap();
        let locations = (0..3).map(|line| Location {
            function: text('f', 3 * number + line).into(),
            file: text('g', 3 * number + line).into(),
            line: u32::MAX,
        });
        let located = Frame {
            locations: locations.collect(),
            ..frame(module, u64::MAX)
        };
        let frame = writer.frame(&located).unwrap();
        writer.stack(0, frame).unwrap();
        writer.name_thread(0, &text('t', number)).unwrap();
    }
    let trace = read(&writer.finish().unwrap()).unwrap();
    let frame = trace.interned.innermost(12).unwrap();
    assert_eq!(&*frame.locations[2].file, text('g', 35));
    assert_eq!(trace.interned.threads, [text('t', 11)]);
}
