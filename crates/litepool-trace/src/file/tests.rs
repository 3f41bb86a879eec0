mod bounds;
mod version_1;
mod writing;

use proptest::prelude::*;

use super::record::{COLUMNS, TAGS};
use super::*;
use crate::error::{Fault, TraceError};
use crate::interned::{Frame, Location, Module};
use crate::op::{Event, Header, WordSize};
use crate::samples::{allocate, free, ops, sites, small, trace_of, traces};
use crate::trace::Trace;

fn bytes_of(trace: &Trace) -> Vec<u8> {
    trace.to_writer(Vec::new()).unwrap()
}

fn read(bytes: &[u8]) -> Result<Trace, TraceError> {
    Trace::from_reader(bytes)
}

/// A header, then one chunk with these fields and a right checksum.
fn with_chunk(first: u64, events: u32, raw: u32, packed: &[u8]) -> Vec<u8> {
    let mut bytes = header();
    let start = bytes.len();
    bytes.push(CHUNK_TAG);
    bytes.extend(first.to_le_bytes());
    bytes.extend(
        [events, raw, packed.len() as u32]
            .map(u32::to_le_bytes)
            .concat(),
    );
    let crc = crc32fast::hash(&[&bytes[start..], packed].concat());
    bytes.extend(crc.to_le_bytes());
    bytes.extend(packed);
    bytes
}

fn header() -> Vec<u8> {
    let mut bytes = bytes_of(&trace_of([]));
    bytes.truncate(bytes.len() - END_BYTES);
    bytes
}

/// Likewise, of the payload before compression.
fn chunk(first: u64, events: u32, payload: &[u8]) -> Vec<u8> {
    with_chunk(first, events, payload.len() as u32, &packed(payload))
}

/// A payload of columns.
fn payload(columns: [&[u8]; COLUMNS]) -> Vec<u8> {
    let mut payload = Vec::new();
    for column in columns {
        varint::put(&mut payload, column.len() as u64);
    }
    payload.extend(columns.concat());
    payload
}

/// A payload of tags alone.
fn tags(tags: &[u8]) -> Vec<u8> {
    let mut columns = [&[][..]; COLUMNS];
    columns[TAGS] = tags;
    payload(columns)
}

fn packed(payload: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(payload, 6)
}

/// Where the file is damaged, and how, as the error says.
fn damage(bytes: &[u8]) -> (u64, String) {
    match read(bytes) {
        Err(TraceError::Damaged { offset, what }) => (offset, what.into_owned()),
        other => panic!("{other:?}"),
    }
}

fn writer() -> Writer<Vec<u8>> {
    Writer::new(Vec::new(), &trace_of([]).header).unwrap()
}

fn module(path: &str, build_id: &[u8]) -> Module {
    Module {
        path: path.into(),
        build_id: build_id.into(),
    }
}

fn frame(module: u32, offset: u64) -> Frame {
    Frame {
        module,
        offset,
        locations: Vec::new(),
    }
}

proptest! {
    #[test]
    fn every_trace_comes_back(trace in traces()) {
        prop_assert_eq!(read(&bytes_of(&trace)).unwrap(), trace);
    }

    #[test]
    fn any_bytes_give_an_error_and_no_panic(bytes: Vec<u8>) {
        prop_assert!(read(&bytes).is_err());
        prop_assert!(read(&[&header()[..], &bytes].concat()).is_err());
    }
}

#[test]
fn a_file_of_many_chunks_comes_back() {
    // Sizes that no habit foretells.
    let ops = (0..200_000_u32).flat_map(|id| {
        let old = id.checked_sub(1000).map(free);
        [
            Some(allocate(id, u64::from(id.wrapping_mul(2_654_435_769) >> 8))),
            old,
        ]
    });
    let trace = trace_of(ops.flatten());
    let bytes = bytes_of(&trace);
    let mut reader = Reader::new(&bytes[..]).unwrap();
    assert!(
        reader
            .by_ref()
            .map(Result::unwrap)
            .eq(trace.events.iter().copied())
    );
    assert!(bytes.len() > 2 * CHUNK_TARGET);
}

#[test]
fn an_empty_trace_comes_back() {
    let trace = trace_of([]);
    assert_eq!(read(&bytes_of(&trace)).unwrap(), trace);
}

#[test]
fn a_file_cut_anywhere_is_truncated_there() {
    let bytes = bytes_of(&small());
    for length in 0..bytes.len() {
        match read(&bytes[..length]) {
            Err(TraceError::Truncated { offset, .. }) => assert_eq!(offset, length as u64),
            other => panic!("{length}: {other:?}"),
        }
    }
}

#[test]
fn no_changed_bit_goes_unnoticed() {
    let bytes = bytes_of(&small());
    for place in 0..bytes.len() {
        for change in (0..8).map(|bit| 1 << bit).chain([0xff]) {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            let error = read(&changed).unwrap_err().to_string();
            assert!(error.starts_with("byte "), "{error}");
        }
    }
}

#[test]
fn bytes_added_or_lost_anywhere_are_noticed() {
    let bytes = bytes_of(&small());
    for place in 0..=bytes.len() {
        let (before, after) = bytes.split_at(place);
        assert!(read(&[before, &[0], after].concat()).is_err());
        if let Some((_, after)) = after.split_first() {
            assert!(read(&[before, after].concat()).is_err());
        }
    }
}

#[test]
fn a_foreign_file_is_named_so() {
    let error = read(b"\x7fELF\x02\x01\x01\0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 0: this is not a litepool trace: it begins with [7f, 45, 4c, 46, 02, 01, 01, 00]"
    );
    // What a transfer as text makes of a trace.
    let mut bytes = bytes_of(&small());
    bytes.remove(4);
    assert!(matches!(read(&bytes), Err(TraceError::Foreign { .. })));
}

#[test]
fn another_version_is_refused_before_anything_else_is_read() {
    let mut bytes = bytes_of(&small());
    for version in [0, 3] {
        bytes[8] = version;
        bytes.truncate(10);
        let error = read(&bytes).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "byte 8: this trace has format version {version}, and this program reads versions 1 to 2"
            )
        );
    }
}

#[test]
fn impossible_lengths_are_refused_before_memory_is_taken() {
    let at = header().len() as u64;
    let impossible = (at, "a chunk states an impossible length".to_owned());
    assert_eq!(damage(&with_chunk(0, 0, MAX_CHUNK + 1, &[])), impossible);
    assert_eq!(damage(&with_chunk(0, 10, 9, &[])), impossible);
    let mut long = with_chunk(0, 0, COLUMNS as u32, &[]);
    long[header().len() + 17..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(damage(&long), impossible);

    let mut program = header();
    program[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        damage(&program),
        (12, "the header states an impossible length".to_owned())
    );
}

#[test]
fn a_payload_of_another_length_than_stated_is_refused() {
    let bomb = packed(&vec![0; 1 << 20]);
    let empty = [0; COLUMNS];
    for bytes in [
        with_chunk(0, 1, COLUMNS as u32, &bomb),
        with_chunk(0, 1, 1 << 20, &packed(&empty)),
        with_chunk(0, 0, COLUMNS as u32, b"no"),
    ] {
        assert!(damage(&bytes).1.contains("can't be decompressed"));
    }
}

#[test]
fn a_chunk_out_of_order_is_refused() {
    let one = tags(&[0]);
    assert!(damage(&chunk(1, 1, &one)).1.contains("out of order"));
    assert!(
        damage(&chunk(0, 2, &one))
            .1
            .contains("another number of events")
    );
    let mut twice = chunk(0, 1, &one);
    twice.extend_from_within(header().len()..);
    assert!(damage(&twice).1.contains("out of order"));
}

#[test]
fn an_intact_file_with_a_senseless_event_is_refused_with_its_number() {
    // Tags of an allocation and of two frees.
    let bytes = chunk(0, 3, &tags(&[0, 1, 1]));
    match read(&bytes) {
        Err(TraceError::Invalid {
            offset,
            event: 2,
            fault: Fault::DoubleFree { id: 0 },
        }) => {
            assert_eq!(offset, header().len() as u64);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_an_error_there_is_nothing_more() {
    let bytes = bytes_of(&small());
    let mut reader = Reader::new(&bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(
        reader.by_ref().filter(Result::is_ok).count(),
        small().events.len()
    );
    assert!(reader.next().is_none());
}

#[test]
fn stacks_are_known_before_their_first_use() {
    let bytes = bytes_of(&small());
    let mut reader = Reader::new(&bytes[..]).unwrap();
    while let Some(event) = reader.next() {
        assert!(event.unwrap().stack as usize <= reader.interned().stacks.len());
    }
    assert_eq!(*reader.interned(), small().interned);
}

/// Fails after some bytes, and is interrupted now and then.
struct Reluctant<'a> {
    bytes: &'a [u8],
    fails: bool,
    calls: usize,
}

impl std::io::Read for Reluctant<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        if self.bytes.is_empty() && self.fails {
            return Err(std::io::Error::other("the cable was pulled"));
        }
        let length = buffer.len().min(1);
        self.bytes.read(&mut buffer[..length])
    }
}

#[test]
fn interruptions_are_nothing_and_failures_are_reported_with_their_place() {
    let bytes = bytes_of(&small());
    let patient = Reluctant {
        bytes: &bytes,
        fails: false,
        calls: 0,
    };
    assert_eq!(Trace::from_reader(patient).unwrap(), small());
    let broken = Reluctant {
        bytes: &bytes[..50],
        fails: true,
        calls: 0,
    };
    let error = Trace::from_reader(broken).unwrap_err();
    assert_eq!(error.to_string(), "byte 50: the cable was pulled");
}

/// The example in `docs/trace-format.md`, byte for byte.
#[test]
fn the_documented_example_is_right() {
    let header = Header {
        word: WordSize::Bits32,
        program: "demo".into(),
    };
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    let module = writer.module(&module("demo", &[0xb1, 0xd0])).unwrap();
    let located = Frame {
        locations: vec![Location {
            function: "main".into(),
            file: "a.c".into(),
            line: 7,
        }],
        ..frame(module, 0x11c0)
    };
    let frame = writer.frame(&located).unwrap();
    let stack = writer.stack(0, frame).unwrap();
    for (op, time) in [(allocate(0, 24), 0), (free(0), 5)] {
        let event = Event {
            stack,
            time,
            ..Event::from(op)
        };
        writer.event(&event).unwrap();
    }
    let bytes = writer.finish().unwrap();

    let head = [&MAGIC[..], &[2, 0, 4, 0, 4, 0, 0, 0], b"demo"].concat();
    assert!(bytes.starts_with(&head));
    let chunk = &bytes[head.len() + 4..];
    assert_eq!(chunk[..17], *b"C\0\0\0\0\0\0\0\0\x02\0\0\0\x2b\0\0\0");
    let packed = u32::from_le_bytes(chunk[17..21].try_into().unwrap()) as usize;
    let payload = miniz_oxide::inflate::decompress_to_vec(&chunk[25..25 + packed]).unwrap();
    let columns: [&[u8]; COLUMNS] = [
        &[0x0f, 0x0b, 0x0b, 0x87, 0x03, 0x08, 0x25],
        &[1],
        &[24],
        &[],
        &[5],
        &[],
        &[],
        &[],
        &[0xc0, 0x23],
        b"\x04demo\x02\xb1\xd0\x04main\x03a.c\x01\x01\x02\x07",
    ];
    assert_eq!(payload, self::payload(columns));
    let end = &chunk[25 + packed..];
    assert_eq!(end[..17], *b"E\x02\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0");
    assert_eq!(end.len(), END_BYTES);
}

#[test]
fn a_recording_that_lost_operations_is_read_to_its_end_and_is_an_error() {
    let mut writer = Writer::new(Vec::new(), &small().header).unwrap();
    writer.event(&allocate(0, 8).into()).unwrap();
    let bytes = writer.finish_incomplete(17).unwrap();
    let mut reader = Reader::new(&bytes[..]).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().op(), Some(allocate(0, 8)));
    let error = reader.next().unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            TraceError::Lost {
                events: 1,
                lost: 17,
                ..
            }
        ),
        "{error}"
    );
    assert!(reader.next().is_none());
    assert!(
        error
            .to_string()
            .contains("17 operations after the first 1 events were lost")
    );
    for length in header().len()..bytes.len() {
        assert!(matches!(
            read(&bytes[..length]),
            Err(TraceError::Truncated { .. })
        ));
    }
}
