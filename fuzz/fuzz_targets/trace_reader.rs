//! Arbitrary bytes as a trace in any format: an error or a sensible trace, never a panic, never much memory.
//!
//! Chance never hits a checksum. So one way of reading puts the bytes into a chunk whose frame is right, and tests what
//! comes after the frame; another puts the chunk there many times, as a small file that says much;
//! another compresses text.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use litepool_trace::{
    Format, Header, Import, Importer, Profile, Profiler, Reader, Script, Slots, Trace, WordSize,
    Writer,
};

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    match Format::ALL.get(usize::from(way)) {
        Some(&format) => {
            if let Ok(import) = Import::from_reader(rest, Some(format)) {
                verify(&import.trace);
            }
        }
        None => match way % 4 {
            0 => {
                if let Ok(import) = Import::from_reader(rest, None) {
                    verify(&import.trace);
                }
            }
            1 => verify(&readable_part(&framed(&[rest]))),
            2 => count(&framed(&vec![rest; 64])),
            _ => count(&gzip(&rest.repeat(64))),
        },
    }
});

/// Reads what can be read event by event, and keeps what a streaming reader keeps.
fn count(file: &[u8]) {
    let Ok(importer) = Importer::from_reader(file, None) else {
        return;
    };
    let (mut profiler, mut slots) = (Profiler::new(), Slots::new());
    for event in importer.map_while(Result::ok) {
        profiler.event(&event);
        assert!(slots.op(event.op).is_some());
    }
    assert_eq!(profiler.finish().peak_objects, slots.len() as u64);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes any bytes");
    encoder.finish().expect("a vector takes any bytes")
}

/// A trace whose chunks have these bytes as their payloads before compression.
fn framed(payloads: &[&[u8]]) -> Vec<u8> {
    let header = Header {
        word: WordSize::Bits64,
        program: String::new(),
    };
    let mut file = Writer::new(Vec::new(), &header)
        .and_then(Writer::finish)
        .expect("a vector takes any bytes");
    // The end record, of 21 bytes.
    file.truncate(file.len() - 21);
    let mut events = 0_u64;
    for payload in payloads {
        let packed = miniz_oxide::deflate::compress_to_vec(payload, 1);
        let start = file.len();
        // The first column has a byte for each event, and for each call site a three.
        let tags = payload
            .split_first()
            .and_then(|(&length, _)| payload.get(6..6 + usize::from(length)))
            .unwrap_or_default();
        let count = tags.iter().filter(|&tag| tag & 3 != 3).count() as u32;
        file.push(b'C');
        file.extend(events.to_le_bytes());
        file.extend(
            [count, payload.len() as u32, packed.len() as u32]
                .map(u32::to_le_bytes)
                .concat(),
        );
        let mut crc = crc32fast::Hasher::new();
        crc.update(&file[start..]);
        crc.update(&packed);
        file.extend(crc.finalize().to_le_bytes());
        file.extend(packed);
        events += u64::from(count);
    }
    file
}

/// What can be read of a file before its first error.
fn readable_part(file: &[u8]) -> Trace {
    let mut reader = Reader::new(file).expect("the header is right");
    let events = reader.by_ref().map_while(Result::ok).collect();
    let (header, sites) = reader.into_parts();
    Trace {
        header,
        events,
        sites,
    }
}

/// What was accepted can be written, read back and used.
fn verify(trace: &Trace) {
    let file = trace
        .to_writer(Vec::new())
        .expect("an accepted trace can be written");
    let back = Trace::from_reader(&file[..]).expect("a written trace can be read");
    assert_eq!(back.events.len(), trace.events.len());
    for (before, after) in trace.events.iter().zip(&back.events) {
        assert_eq!(
            (before.op, before.thread, before.time),
            (after.op, after.thread, after.time)
        );
        assert_eq!(trace.site(before.site), back.site(after.site));
    }
    let profile = Profile::of(trace);
    let script = Script::from(trace);
    assert_eq!(profile.operations, script.ops.len() as u64);
    assert_eq!(profile.peak_objects, script.slots as u64);
}
