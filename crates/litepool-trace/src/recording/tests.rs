use std::path::PathBuf;

use super::layout::{
    Kind, LAST_PIECE, MAGIC, NO_ALIGNMENT, SEGMENT_BYTES, SLOT_BYTES, SLOTS_AT, Slot, VERSION,
    header,
};
use super::*;
use crate::samples::sites;
use crate::{Event, EventKind, Op, Trace, Writer};

/// A raw log made by hand, one segment long.
struct Raw {
    header: [u64; header::WORDS],
    slots: Vec<Option<Slot>>,
}

impl Raw {
    fn new(pid: u64, started: u64) -> Self {
        let mut words = [0; header::WORDS];
        words[header::MAGIC] = u64::from_ne_bytes(MAGIC);
        words[header::VERSION] = VERSION;
        words[header::WORD] = 4;
        words[header::PID] = pid;
        words[header::STARTED] = started;
        let mut raw = Self {
            header: words,
            slots: Vec::new(),
        };
        raw.text(Kind::Command, [0; 4], b"tool\0-x\0");
        raw
    }

    fn slot(&mut self, kind: Kind, detail: u8, thread: u32, words: [u64; 4]) {
        self.slots.push(Some(Slot {
            kind,
            detail,
            thread,
            words,
        }));
    }

    fn text(&mut self, kind: Kind, words: [u64; 4], text: &[u8]) {
        self.slot(kind, 0, 1, words);
        for chunk in text.chunks(32) {
            let mut bytes = [0; 32];
            bytes[..chunk.len()].copy_from_slice(chunk);
            let word = |at: usize| u64::from_ne_bytes(bytes[at * 8..][..8].try_into().unwrap());
            self.slot(
                Kind::Text,
                chunk.len() as u8,
                1,
                [word(0), word(1), word(2), word(3)],
            );
        }
        if text.len().is_multiple_of(32) {
            self.slot(Kind::Text, 0, 1, [0; 4]);
        }
    }

    /// A stack of this number, told by a thread.
    fn stack(&mut self, thread: u32, number: u64, frames: &[u64]) {
        let pieces = frames.chunks(3);
        let last = pieces.len() as u8 - 1;
        for (piece, frames) in (0..).zip(pieces) {
            let word = |at: usize| frames.get(at).copied().unwrap_or(0);
            let detail = piece | if piece == last { LAST_PIECE } else { 0 };
            let words = [number, word(0), word(1), word(2)];
            self.slot(Kind::Stack, detail, thread, words);
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self
            .header
            .iter()
            .flat_map(|word| word.to_ne_bytes())
            .collect();
        bytes.resize(SLOTS_AT as usize, 0);
        for slot in &self.slots {
            let words = slot.map_or([0; 5], |slot| {
                let [a, b, c, d] = slot.words;
                [a, b, c, d, slot.tail()]
            });
            bytes.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
        }
        bytes.resize((SLOTS_AT + SEGMENT_BYTES) as usize, 0);
        bytes
    }
}

/// A directory with one log in it.
fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("raw");
    std::fs::write(&path, bytes).unwrap();
    (directory, path)
}

fn convert(log: &Log) -> Result<(Trace, Summary), RecordingError> {
    let mut writer = Writer::new(Vec::new(), &log.trace_header())?;
    let summary = log.convert(&mut writer)?;
    Ok((Trace::from_reader(&writer.finish()?[..])?, summary))
}

fn error(bytes: &[u8]) -> RecordingError {
    let (_directory, path) = written(bytes);
    match Log::open(&path) {
        Ok(log) => convert(&log).expect_err("something is wrong with it"),
        Err(error) => error,
    }
}

#[test]
fn a_log_becomes_a_trace() {
    let mut raw = Raw::new(7, 1_000_000);
    raw.text(
        Kind::Module,
        [0x5000, 0x1000, 0x4000, 0],
        b"/usr/lib/a-library-with-a-long-name.so",
    );
    raw.stack(1, 71, &[0x5010]);
    raw.stack(1, 72, &[0x5020]);
    raw.stack(9, 73, &[0x9999]);
    let plain = NO_ALIGNMENT;
    raw.slot(Kind::Allocate, plain, 1, [0x100, 24, 71, 1_005_000]);
    raw.slot(Kind::Allocate, 6, 9, [0x200, 100, 73, 1_004_000]);
    raw.slots.push(None);
    raw.slot(Kind::ResizeBegin, 0, 1, [0x100, 48, 72, 0]);
    raw.slot(Kind::ResizeEnd, 0, 1, [0x300, 48, 0x100, 2_000_000]);
    raw.slot(Kind::Free, 0, 9, [0x300, 0, 71, 3_000_000]);
    raw.header[header::LOST] = 3;
    raw.header[header::STOPPED] = 28;
    let (_directory, path) = written(&raw.bytes());
    let log = Log::open(&path).unwrap();
    assert_eq!(
        (log.pid(), log.parent(), log.command()),
        (7, None, "tool -x")
    );
    let (trace, summary) = convert(&log).unwrap();

    assert_eq!(
        trace.header,
        crate::Header {
            word: crate::WordSize::Bits32,
            program: "tool -x".into()
        }
    );
    let module = "/usr/lib/a-library-with-a-long-name.so";
    assert_eq!(sites(&trace), [(module, 0x1010), (module, 0x1020)]);
    let event = |op, thread, stack, time| Event {
        thread,
        stack,
        time,
        ..Event::from(op)
    };
    let expected = [
        event(
            Op::Allocate {
                id: 0,
                size: 24,
                align: 0,
            },
            0,
            1,
            5,
        ),
        // No module is known there, and the clock doesn't go back.
        event(
            Op::Allocate {
                id: 1,
                size: 100,
                align: 64,
            },
            1,
            0,
            5,
        ),
        event(Op::Resize { id: 0, size: 48 }, 0, 2, 1_000),
        event(Op::Free { id: 0 }, 1, 1, 2_000),
    ];
    assert_eq!(trace.events, expected);
    let expected = Summary {
        events: 4,
        objects: 2,
        live: 1,
        peak: 24 + 100 + 24,
        duration: 2_000,
        threads: 2,
        stacks: 3,
        lost: 3,
        stopped: 28,
        torn: 1,
        modules: vec![module.into()],
        ..Summary::default()
    };
    assert_eq!(summary, expected);
}

#[test]
fn a_stack_is_told_in_pieces_among_those_of_others() {
    let mut raw = Raw::new(7, 0);
    raw.text(Kind::Module, [0x5000, 0x1000, 0x5000, 0], b"tool");
    let frames: Vec<u64> = (1..=64).map(|frame| 0x5000 + frame).collect();
    // Two threads at a time, and a signal handler within one of them.
    let mut pieces = Raw::new(7, 0);
    pieces.slots.clear();
    pieces.stack(1, 80, &frames);
    pieces.stack(2, 80, &frames);
    pieces.stack(1, 81, &frames[..4]);
    let mut pieces = pieces.slots;
    let (second, third) = (pieces.split_off(22), pieces.len());
    assert_eq!(third, 22);
    let (second, third) = second.split_at(22);
    for (at, piece) in pieces.iter().enumerate() {
        raw.slots.extend([*piece, second[at]]);
        if at == 10 {
            raw.slots.extend(third);
        }
    }
    // One piece of this one is missing.
    raw.stack(3, 82, &frames[..9]);
    let lost = raw.slots.len() - 2;
    raw.slots[lost] = None;
    for stack in [80, 81, 82] {
        let words = [0x100 * stack, 8, stack, 0];
        raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, words);
    }
    let (_directory, path) = written(&raw.bytes());
    let (trace, summary) = convert(&Log::open(&path).unwrap()).unwrap();
    let offsets = |event: &Event| -> Vec<u64> {
        let frames = trace.interned.frames_of(event.stack);
        frames.map(|frame| frame.offset).collect()
    };
    let all: Vec<u64> = (1..=64).collect();
    assert_eq!(offsets(&trace.events[0]), all);
    assert_eq!(offsets(&trace.events[1]), &all[..4]);
    assert_eq!(trace.events[2].stack, 0);
    assert_eq!((summary.stacks, summary.torn), (2, 1));
}

#[test]
fn code_of_no_known_module_is_said_to_be_that() {
    let mut raw = Raw::new(7, 0);
    raw.text(Kind::Module, [0x5000, 0x1000, 0x5000, 0], b"tool");
    raw.stack(1, 80, &[0x5010, 0x9999, 0x5020]);
    raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x100, 8, 80, 0]);
    let (_directory, path) = written(&raw.bytes());
    let (trace, _) = convert(&Log::open(&path).unwrap()).unwrap();
    let frames: Vec<_> = trace
        .interned
        .frames_of(trace.events[0].stack)
        .map(|frame| {
            let module = trace.interned.module_of(frame).unwrap();
            (&*module.path, frame.offset)
        })
        .collect();
    assert_eq!(
        frames,
        [("tool", 0x10), ("[unknown]", 0x9999), ("tool", 0x20)]
    );
}

#[test]
fn threads_have_names_and_ends() {
    let mut raw = Raw::new(7, 0);
    let name = |text: &[u8; 16]| {
        let word = |at: usize| u64::from_ne_bytes(text[at..][..8].try_into().unwrap());
        [word(0), word(8), 0, 0]
    };
    raw.slot(
        Kind::ThreadName,
        0,
        5,
        name(b"tool\0\0\0\0\0\0\0\0\0\0\0\0"),
    );
    raw.slot(Kind::Allocate, NO_ALIGNMENT, 5, [0x100, 8, 0, 0]);
    raw.slot(Kind::ThreadName, 0, 6, name(b"a-worker-at-wor\0"));
    raw.slot(Kind::Free, 0, 6, [0x100, 0, 0, 0]);
    raw.slot(Kind::ThreadEnd, 0, 6, [0, 0, 0, 7_000]);
    let (_directory, path) = written(&raw.bytes());
    let (trace, summary) = convert(&Log::open(&path).unwrap()).unwrap();
    assert_eq!(trace.interned.threads, ["tool", "a-worker-at-wor"]);
    let end = Event {
        thread: 1,
        time: 7,
        ..EventKind::ThreadEnd.into()
    };
    assert_eq!(trace.events.last(), Some(&end));
    assert_eq!((summary.events, summary.threads), (2, 2));
}

#[test]
fn requests_that_were_refused_are_events() {
    let mut raw = Raw::new(7, 0);
    raw.text(Kind::Module, [0x5000, 0x1000, 0x5000, 0], b"tool");
    raw.stack(1, 80, &[0x5010]);
    raw.slot(Kind::Refused, 12, 1, [0, 1 << 30, 80, 2_000]);
    raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x100, 8, 80, 3_000]);
    raw.slot(Kind::ResizeBegin, 0, 1, [0x100, u64::MAX, 80, 0]);
    raw.slot(Kind::ResizeEnd, 0, 1, [0, u64::MAX, 0x100, 4_000]);
    let (_directory, path) = written(&raw.bytes());
    let (trace, summary) = convert(&Log::open(&path).unwrap()).unwrap();
    let refused = |size, align, resized| EventKind::Refused {
        size,
        align,
        resized,
    };
    let kinds: Vec<_> = trace.events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds[0], refused(1 << 30, 4096, None));
    assert_eq!(kinds[2], refused(u64::MAX, 0, Some(0)));
    assert!(trace.events.iter().all(|event| event.stack == 1));
    assert_eq!((summary.events, summary.refused), (1, 2));
}

#[test]
fn a_build_id_belongs_to_the_module_that_is_told_next() {
    let mut raw = Raw::new(7, 0);
    raw.text(Kind::BuildId, [0; 4], &[7; 32]);
    raw.text(Kind::Module, [0x5000, 0x1000, 0x5000, 0], b"one");
    raw.text(Kind::Module, [0x6000, 0x1000, 0x6000, 0], b"two");
    raw.stack(1, 80, &[0x5010, 0x6010]);
    let (_directory, path) = written(&raw.bytes());
    let (trace, _) = convert(&Log::open(&path).unwrap()).unwrap();
    let mut modules = trace.interned.modules;
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(modules[0].build_id, [7; 32]);
    assert_eq!((&*modules[1].path, &*modules[1].build_id), ("two", &[][..]));
}

/// A library was unloaded and another one mapped over a part of it.
#[test]
fn the_module_is_the_one_at_that_moment() {
    let mut raw = Raw::new(7, 0);
    let allocate = |raw: &mut Raw, stack| {
        let words = [0x100 * stack, 1, stack, 0];
        raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, words);
    };
    raw.text(Kind::Module, [0x5000, 0x2000, 0x5000, 0], b"old");
    raw.stack(1, 1, &[0x6100]);
    allocate(&mut raw, 1);
    raw.text(Kind::Module, [0x6000, 0x2000, 0x6000, 0], b"new");
    raw.stack(1, 2, &[0x6100]);
    allocate(&mut raw, 2);
    raw.stack(1, 3, &[0x5100]);
    allocate(&mut raw, 3);
    let (_directory, path) = written(&raw.bytes());
    let (trace, _) = convert(&Log::open(&path).unwrap()).unwrap();
    let modules: Vec<_> = trace
        .events
        .iter()
        .map(|event| {
            let frame = trace.interned.innermost(event.stack)?;
            let module = trace.interned.module_of(frame)?;
            Some(module.path.as_str())
        })
        .collect();
    assert_eq!(modules, [Some("old"), Some("new"), None]);
}

#[test]
fn a_forked_log_continues_its_parents() {
    let mut parent = Raw::new(7, 1_000);
    parent.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x100, 24, 0, 2_000]);
    let forked_at = parent.slots.len() as u64;
    parent.slot(Kind::Free, 0, 1, [0x100, 0, 0, 9_000]);
    let (directory, path) = written(&parent.bytes());

    let mut child = Raw::new(8, 5_000);
    child.header[header::PARENT] = 7;
    child.header[header::FORKED_AT] = forked_at;
    child.text(Kind::Parent, [0; 4], b"raw");
    child.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x200, 8, 0, 6_000]);
    child.slot(Kind::Free, 0, 1, [0x100, 0, 0, 7_000]);
    std::fs::write(directory.path().join("raw.8"), child.bytes()).unwrap();
    std::fs::write(directory.path().join("raw.other"), b"not of the recorder").unwrap();

    let recording = Recording::open(&path).unwrap();
    assert_eq!(
        recording.logs().iter().map(Log::pid).collect::<Vec<_>>(),
        [7, 8]
    );
    let log = recording.last_program_of(8).unwrap();
    assert_eq!(log.parent(), Some(7));
    let (trace, summary) = convert(log).unwrap();
    let ops: Vec<_> = trace.events.iter().filter_map(Event::op).collect();
    let [allocate, free] = [
        |id, size| Op::Allocate { id, size, align: 0 },
        |id, _| Op::Free { id },
    ];
    assert_eq!(ops, [allocate(0, 24), allocate(1, 8), free(0, 0)]);
    assert_eq!(trace.events[1].time, 5, "counted from the parent's start");
    assert_eq!((summary.events, summary.inherited, summary.live), (3, 1, 1));

    // Where the parent's log could not grow, what is not known is no fault of the child's.
    let mut lossy = child;
    lossy.header[header::FORKED_AT] = 1 << 20;
    lossy.slot(Kind::Free, 0, 1, [0x900, 0, 0, 8_000]);
    std::fs::write(directory.path().join("raw.8"), lossy.bytes()).unwrap();
    let (trace, summary) = convert(&Log::open(log.path()).unwrap()).unwrap();
    let kinds: Vec<_> = trace.events.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::Gap { lost: 0 }));
    assert!(!kinds.contains(&EventKind::ForeignFree));
    assert_eq!(summary.unknown_frees, 1);

    // A parent that is its own ancestor was put together by hand.
    std::fs::copy(directory.path().join("raw.8"), &path).unwrap();
    assert!(matches!(convert(log), Err(RecordingError::Parent { .. })));
}

#[test]
fn a_forked_process_whose_log_never_grew_spoils_no_recording() {
    let mut raw = Raw::new(8, 0);
    raw.header[header::PARENT] = 7;
    raw.header[header::LOST] = 3;
    raw.header[header::STOPPED] = 27;
    raw.slots.clear();
    let (_directory, path) = written(&raw.bytes());
    let recording = Recording::open(&path).unwrap();
    let (trace, summary) = convert(&recording.logs()[0]).unwrap();
    assert!(trace.events.is_empty());
    assert_eq!((summary.lost, summary.stopped), (3, 27));

    raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x100, 8, 0, 0]);
    assert!(matches!(
        error(&raw.bytes()),
        RecordingError::Damaged { .. }
    ));
}

#[test]
fn progress_reaches_the_end() {
    let (_directory, path) = written(&Raw::new(7, 0).bytes());
    let log = Log::open(&path).unwrap();
    let mut writer = Writer::new(Vec::new(), &log.trace_header()).unwrap();
    let mut last = (0, 0);
    log.convert_with(
        &mut writer,
        |_, _| Vec::new(),
        |done, all| last = (done, all),
    )
    .unwrap();
    assert_eq!(last, (SEGMENT_BYTES, SEGMENT_BYTES));
}

#[test]
fn what_is_no_log_is_refused() {
    let good = Raw::new(7, 0).bytes();
    assert!(matches!(error(b""), RecordingError::Unbegun { .. }));
    assert!(matches!(
        error(&vec![0; SLOTS_AT as usize]),
        RecordingError::Unbegun { .. }
    ));
    assert!(matches!(error(b"short"), RecordingError::Foreign { found, .. } if found == b"short"));
    assert!(
        matches!(error(&[b'x'; 70_000]), RecordingError::Foreign { found, .. } if found == b"xxxxxxxx")
    );
    for end in [
        8,
        80,
        SLOTS_AT as usize - 1,
        SLOTS_AT as usize + 1,
        good.len() - 1,
        good.len() + 1,
    ] {
        let mut cut = good.clone();
        cut.resize(end, 0);
        assert!(
            matches!(error(&cut), RecordingError::Truncated { offset, .. } if offset == end as u64),
            "{end}"
        );
    }
    let mut other = good.clone();
    other[8] = 99;
    assert!(matches!(
        error(&other),
        RecordingError::Version { found: 99, .. }
    ));
    other = good.clone();
    other[header::WORD * 8] = 5;
    assert!(matches!(
        error(&other),
        RecordingError::Damaged { offset: 16, .. }
    ));
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("raw");
    assert!(matches!(
        Log::open(&nowhere),
        Err(RecordingError::Missing { .. })
    ));
    assert!(matches!(
        Recording::open(&nowhere),
        Err(RecordingError::Missing { .. })
    ));
}

#[test]
fn damage_is_found_with_its_place() {
    let mut bytes = Raw::new(7, 0).bytes();
    let slot = SLOTS_AT + 100 * SLOT_BYTES;
    bytes[slot as usize + 32] = 200;
    assert!(matches!(error(&bytes), RecordingError::Damaged { offset, .. } if offset == slot));

    let mut raw = Raw::new(7, 0);
    let slot = SLOTS_AT + raw.slots.len() as u64 * SLOT_BYTES;
    raw.slot(Kind::Allocate, 64, 1, [0x100, 8, 0, 0]);
    assert!(
        matches!(error(&raw.bytes()), RecordingError::Damaged { offset, .. } if offset == slot)
    );
}

#[test]
fn a_slot_is_what_was_written() {
    let slot = Slot {
        kind: Kind::Text,
        detail: 255,
        thread: u32::MAX,
        words: [1, 2, 3, u64::MAX],
    };
    assert_eq!(
        Slot::from_words([1, 2, 3, u64::MAX, slot.tail()]),
        Some(slot)
    );
    assert_eq!(slot.tail() >> 56, 0, "the last byte is left unused");
    assert_eq!(Slot::from_words([1, 2, 3, 4, 0]), None);
}

#[test]
fn the_first_double_free_has_a_place() {
    let mut raw = Raw::new(7, 0);
    raw.slot(Kind::Allocate, NO_ALIGNMENT, 1, [0x100, 24, 0, 0]);
    for _ in 0..3 {
        raw.slot(Kind::Free, 0, 1, [0x100, 0, 0, 0]);
    }
    raw.slot(Kind::Free, 0, 1, [0x900, 0, 0, 0]);
    let (_directory, path) = written(&raw.bytes());
    let (_, summary) = convert(&Log::open(&path).unwrap()).unwrap();
    assert_eq!((summary.events, summary.double_frees), (2, 2));
    assert_eq!(summary.first_double_free, Some(2));
    assert_eq!(summary.unknown_frees, 1);
}

#[test]
fn notices_say_who_was_not_recorded_and_why() {
    use super::layout::{SANDBOX, notices};

    let directory = tempfile::tempdir().unwrap();
    let raw = directory.path().join("raw");
    assert!(Notices::read(&raw).is_err());
    Notices::create(&raw).unwrap();
    assert!(Notices::create(&raw).is_err(), "a file that is there stays");
    assert_eq!(Notices::read(&raw).unwrap().processes(), 0);

    let file = directory.path().join("raw.notices");
    let mut bytes = std::fs::read(&file).unwrap();
    assert_eq!(bytes.len() as u64, notices::BYTES);
    let mut put = |word: usize, value: u64| {
        bytes[word * 8..][..8].copy_from_slice(&value.to_ne_bytes());
    };
    put(notices::UNNAMED, 2);
    put(notices::FIRST, 11);
    put(notices::FIRST + 1, 12 | 28 << 32);
    put(notices::FIRST + 2, 13 | u64::from(SANDBOX) << 32);
    std::fs::write(&file, bytes).unwrap();
    let found = Notices::read(&raw).unwrap();
    assert_eq!((found.processes(), found.not_wanted()), (5, 1));
    assert_eq!(
        [10, 11, 12, 13].map(|process| found.reason(process)),
        [None, None, Some(28), Some(SANDBOX)]
    );
    assert_eq!(found.failures().count(), 2);
}

#[test]
fn reasons_are_told_in_words() {
    assert!(stop_reason(layout::SANDBOX).contains("seccomp"));
    assert!(stop_reason(27).contains("ulimit -f"));
    assert!(stop_reason(12).contains("ulimit -v"));
    assert!(stop_reason(28).contains("os error 28"));
}
