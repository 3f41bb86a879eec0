use super::*;
use crate::file::Reader;
use crate::op::{EventKind, Header, WordSize};
use crate::samples::{allocate, small};
use crate::trace::Trace;

fn writer() -> Writer<Vec<u8>> {
    let header = Header {
        word: WordSize::Bits64,
        program: String::new(),
    };
    Writer::new(Vec::new(), &header).unwrap()
}

#[test]
fn a_stream_is_copied_as_it_comes() {
    let file = small().to_writer(Vec::new()).unwrap();
    let mut reader = Reader::new(&file[..]).unwrap();
    let mut writer = Writer::new(Vec::new(), reader.header()).unwrap();
    let mut copier = Copier::new();
    while let Some(event) = reader.next() {
        copier
            .event(&event.unwrap(), reader.interned(), &mut writer)
            .unwrap();
    }
    copier.finish(reader.interned(), &mut writer).unwrap();
    assert_eq!(writer.finish().unwrap(), file);
}

/// A thread that gets its name long after its first event, and another one later.
#[test]
fn names_that_come_late_are_copied() {
    let mut writer = writer();
    let mut copier = Copier::new();
    let mut interned = Interned::default();
    let event = |id, thread| Event {
        thread,
        ..Event::from(allocate(id, 8))
    };
    copier.event(&event(0, 0), &interned, &mut writer).unwrap();
    copier.event(&event(1, 1), &interned, &mut writer).unwrap();
    interned.threads = vec!["main".into(), "worker".into()];
    copier.event(&event(2, 1), &interned, &mut writer).unwrap();
    interned.threads[1] = "net".into();
    copier.finish(&interned, &mut writer).unwrap();
    let trace = Trace::from_reader(&writer.finish().unwrap()[..]).unwrap();
    assert_eq!(trace.interned.threads, ["main", "net"]);
}

/// Thread 0 never does anything, and has no name.
#[test]
fn a_thread_may_be_the_second_one_without_a_first() {
    let mut writer = writer();
    let interned = Interned {
        threads: vec![String::new(), "worker".into()],
        ..Interned::default()
    };
    let mut copier = Copier::new();
    let event = Event {
        thread: 1,
        ..Event::from(EventKind::ThreadEnd)
    };
    copier.event(&event, &interned, &mut writer).unwrap();
    let trace = Trace::from_reader(&writer.finish().unwrap()[..]).unwrap();
    assert_eq!(trace.interned.thread_name(1), Some("worker"));
}

/// Threads and pools without a name, too: those that have one need them to be numbered.
#[test]
fn what_no_event_mentions_is_copied_in_the_end() {
    let mut writer = writer();
    let interned = small().interned;
    let copier = Copier::new();
    copier.finish(&interned, &mut writer).unwrap();
    let trace = Trace::from_reader(&writer.finish().unwrap()[..]).unwrap();
    assert_eq!(trace.interned, interned);
}
