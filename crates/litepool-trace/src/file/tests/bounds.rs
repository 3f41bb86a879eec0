//! What a small file may ask for.

use super::super::record::{FRAME, MODULE, OFFSETS, TAGS, TEXTS};
use super::*;
use crate::interned::MAX_DEPTH;

/// A chunk of frames at offset 0: two bytes each, which compress to next to nothing. The first
/// chunk announces their module.
fn many_frames(count: usize, is_first: bool) -> Vec<u8> {
    let mut tags = vec![FRAME; count];
    let mut columns = [&[][..]; COLUMNS];
    if is_first {
        tags.insert(0, MODULE);
        columns[TEXTS] = &[0, 0];
    }
    let offsets = vec![0; count];
    columns[TAGS] = &tags;
    columns[OFFSETS] = &offsets;
    let whole = chunk(0, 0, &payload(columns));
    whole[header().len()..].to_vec()
}

#[test]
fn a_small_file_does_not_fill_the_memory_with_frames() {
    let one = [header(), many_frames(400_000, true)].concat();
    let mut reader = Reader::new(&one[..]).unwrap();
    let end = reader.next().unwrap().unwrap_err();
    assert!(matches!(end, TraceError::Truncated { .. }), "{end}");
    assert_eq!(
        reader.interned().frames.len(),
        400_000,
        "so many are believed"
    );
    let two = [one, many_frames(400_000, false)].concat();
    match read(&two) {
        Err(TraceError::Invalid {
            fault: Fault::TooMuchInterned,
            ..
        }) => {}
        other => panic!("{:?}", other.map(|trace| trace.interned.frames.len())),
    }
}

/// A million objects in a thousand bytes, twice.
#[test]
fn a_small_file_does_not_fill_the_memory_with_objects() {
    let count = 1_000_000;
    let payload = tags(&vec![0; count as usize]);
    let mut bytes = header();
    for number in 0..2 {
        let whole = chunk(number * count, count as u32, &payload);
        bytes.extend_from_slice(&whole[header().len()..]);
    }
    assert!(bytes.len() < 5_000);
    let reader = Reader::new(&bytes[..]).unwrap();
    let error = reader.filter_map(Result::err).next().unwrap();
    assert!(
        error
            .to_string()
            .contains("live objects at a time are too many"),
        "{error}"
    );
}

/// A million and a half objects of one size, none freed: the writer takes care that it is believed.
#[test]
fn what_a_writer_writes_a_reader_believes() {
    let count = 3 << 19;
    let mut writer = Writer::new(Vec::new(), &small().header).unwrap();
    for id in 0..count {
        writer.event(&allocate(id, 8).into()).unwrap();
    }
    let bytes = writer.finish().unwrap();
    let reader = Reader::new(&bytes[..]).unwrap();
    assert_eq!(reader.map(Result::unwrap).count(), count as usize);
}

/// Stacks that follow a pattern, more than so few bytes make believable: likewise.
#[test]
fn what_a_writer_announces_a_reader_believes() {
    let roots = 9_000;
    let mut writer = writer();
    writer.module(&module("", &[])).unwrap();
    for root in 0..roots {
        let root = writer.frame(&frame(0, root)).unwrap();
        let mut stack = writer.stack(0, root).unwrap();
        for _ in 1..MAX_DEPTH {
            stack = writer.stack(stack, 0).unwrap();
        }
    }
    let trace = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(trace.interned.stacks.len(), roots as usize * MAX_DEPTH);
}
