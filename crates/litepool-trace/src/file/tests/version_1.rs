//! Files of version 1 are read as they always were.

use std::path::Path;

use super::*;

/// The example that described version 1, byte for byte but for the compression; and a site before
/// each event, as its writers put it.
#[test]
fn a_file_of_version_1_is_read() {
    let mut file = MAGIC.to_vec();
    file.extend([1, 0, 4, 0, 4, 0, 0, 0]);
    file.extend(b"demo");
    let sum = |bytes: &[u8]| crc32fast::hash(bytes).to_le_bytes();
    file.extend(sum(&file));

    // Six columns: tags, sites, sizes, distances, times, others.
    let mut payload = vec![4, 2, 1, 0, 1, 12];
    payload.extend([0x03, 0x0c, 0x03, 0x25]);
    payload.extend([1, 2]);
    payload.extend([24]);
    payload.extend([5]);
    payload.extend([
        0, 4, b'd', b'e', b'm', b'o', 0x90, 0x02, 0, 0x80, 0x80, 0x01,
    ]);
    let packed = packed(&payload);
    let start = file.len();
    file.push(b'C');
    file.extend(0_u64.to_le_bytes());
    file.extend(
        [2, payload.len() as u32, packed.len() as u32]
            .map(u32::to_le_bytes)
            .concat(),
    );
    let crc = crc32fast::hash(&[&file[start..], &packed].concat());
    file.extend(crc.to_le_bytes());
    file.extend(&packed);

    let start = file.len();
    file.push(b'E');
    file.extend(2_u64.to_le_bytes());
    file.extend([1_u32, 2].map(u32::to_le_bytes).concat());
    file.extend(sum(&file[start..]));

    let trace = read(&file).unwrap();
    assert_eq!(trace.header.word, WordSize::Bits32);
    let event = |op, stack, time| Event {
        stack,
        time,
        ..Event::from(op)
    };
    assert_eq!(
        trace.events,
        [event(allocate(0, 24), 1, 0), event(free(0), 2, 5)]
    );
    assert_eq!(sites(&trace), [("demo", 0x110), ("demo", 0x4000)]);
    for length in 0..file.len() {
        assert!(matches!(
            read(&file[..length]),
            Err(TraceError::Truncated { .. })
        ));
    }
}

/// The recordings of the repository are of version 1. What is read of them can be written as version
/// 2, and is the same then, but for the numbers of sites that were listed twice.
#[test]
fn recordings_of_version_1_are_read_and_come_back_in_version_2() {
    let traces = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../traces");
    for (name, operations) in [
        ("web-server.lpt", 22_636),
        ("lua-station.lpt", 174_193),
        ("untuned/dot-states.lpt", 42_548),
    ] {
        let path = traces.join(name);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[8..10], [1, 0], "{name} is of version 1");
        let trace = read(&bytes).unwrap();
        assert_eq!(ops(&trace).len(), operations, "{name}");
        let written = bytes_of(&trace);
        assert_eq!(written[8..10], [2, 0]);
        let back = read(&written).unwrap();
        assert_eq!(back.events.len(), trace.events.len());
        for (before, after) in trace.events.iter().zip(&back.events) {
            let place = |trace: &Trace, event: &Event| -> Vec<_> {
                let frames = trace.interned.frames_of(event.stack);
                frames
                    .map(|frame| (trace.interned.module_of(frame).cloned(), frame.offset))
                    .collect()
            };
            assert_eq!(place(&trace, before), place(&back, after));
            assert_eq!(
                (before.kind, before.thread, before.time),
                (after.kind, after.thread, after.time)
            );
        }
        let difference = written.len() as f64 / bytes.len() as f64;
        assert!(difference < 1.05, "{name}: {difference}");
    }
}
