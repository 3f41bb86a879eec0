//! Arbitrary bytes as a device's stream: an error or messages, never a panic.
//!
//! Chance never hits a checksum. So one way of reading takes the bytes as what comes out of a channel,
//! and the other puts them into a frame that is right, and tests what comes after the checksum.

#![no_main]

use libfuzzer_sys::fuzz_target;
use litepool_stream::{EventWriter, Events, FrameBuffer, MAX_FRAME, Message, Splitter, decode};

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    if way == 0 {
        channel(rest, 7);
    } else {
        framed(way % 5, &rest[..rest.len().min(MAX_FRAME - 5)]);
    }
});

/// Reads all there is, in pieces, and says how many messages there were.
fn channel(bytes: &[u8], piece: usize) -> usize {
    let (mut splitter, mut messages) = (Splitter::new(), 0);
    for mut bytes in bytes.chunks(piece) {
        while let Some(message) = splitter.next(&mut bytes) {
            if let Ok(message) = message {
                messages += 1;
                read(&message);
            }
        }
    }
    messages
}

/// The same payload as a frame, and behind garbage in a channel.
fn framed(kind: u8, payload: &[u8]) {
    let frame = seal(kind, payload);
    let message = decode(&mut frame.clone()).is_ok();
    let mut sent = vec![1, 0xFF, 0];
    sent.extend(&frame);
    sent.push(0);
    assert_eq!(channel(&sent, 64), usize::from(message));
}

fn seal(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![kind];
    body.extend(payload);
    body.extend(crc32fast::hash(&body).to_le_bytes());
    // Consistent overhead byte stuffing, another way than the library's.
    let mut frame = Vec::new();
    for part in body.split(|&byte| byte == 0) {
        frame.push(part.len() as u8 + 1);
        frame.extend(part);
    }
    frame
}

fn read(message: &Message<'_>) {
    match message {
        Message::About(about) => assert!(about.word == 4 || about.word == 8),
        Message::Names(names) => assert!(names.clone().count() <= MAX_FRAME),
        Message::Events(events) => again(events),
    }
}

/// What was read is written, and read once more.
fn again(events: &Events<'_>) {
    let records: Vec<_> = events.clone().map_while(Result::ok).collect();
    assert!(records.len() <= MAX_FRAME);
    let Some(first) = records.first() else {
        return;
    };
    let mut buffer = FrameBuffer::new();
    let mut writer = EventWriter::new(&mut buffer, first.number, first.time);
    for record in &records {
        let stack: Vec<u64> = record.stack.clone().collect();
        let (time, task, pool) = (record.time, record.task, record.pool);
        // What is written as briefly as can be is never longer.
        assert!(writer.event(time, task, pool, &stack, &record.event));
    }
    let mut frame = writer.finish().to_vec();
    frame.pop();
    let Ok(Message::Events(found)) = decode(&mut frame) else {
        panic!("a written frame can be read");
    };
    let found: Vec<_> = found.map(|record| record.expect("as written")).collect();
    assert_eq!(found.len(), records.len());
    for (found, record) in found.iter().zip(&records) {
        assert_eq!(
            (
                found.number,
                found.time,
                found.task,
                found.pool,
                found.event
            ),
            (
                record.number,
                record.time,
                record.task,
                record.pool,
                record.event
            )
        );
        assert!(found.stack.clone().eq(record.stack.clone()));
    }
}
