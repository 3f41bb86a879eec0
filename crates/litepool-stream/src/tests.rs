//! What is written comes back; what is not a frame is told, and never more than that.

extern crate std;

use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const DAY: u64 = 86_400_000;

/// An event with its circumstances: time since the one before, task, pool, stack.
type Written = (u64, Task, u64, Vec<u64>, Event);

fn task() -> impl Strategy<Value = Task> {
    prop_oneof![
        Just(Task::None),
        Just(Task::Interrupt),
        any::<u32>().prop_map(Task::Number),
        (0..4u32).prop_map(Task::Number),
    ]
}

fn address() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), 0x2000_0000..0x2000_8000u64]
}

fn event() -> impl Strategy<Value = Event> {
    let size = || prop_oneof![any::<u64>(), 0..2000u64];
    let log2 = || 0..64u8;
    prop_oneof![
        (address(), size(), log2()).prop_map(|(block, size, align_log2)| Event::Allocated {
            block,
            size,
            align_log2
        }),
        address().prop_map(|block| Event::Freed { block }),
        (address(), address(), size()).prop_map(|(from, to, size)| Event::Resized {
            from,
            to,
            size
        }),
        (size(), log2()).prop_map(|(size, align_log2)| Event::NotAllocated { size, align_log2 }),
        address().prop_map(|block| Event::NotFreed { block }),
        (address(), size()).prop_map(|(block, size)| Event::NotResized { block, size }),
        size().prop_map(|size| Event::Initialised { size }),
        Just(Event::Deinitialised),
        task().prop_map(|task| Event::TaskEnded { task }),
        any::<u32>().prop_map(|count| Event::Lost {
            count: count.into()
        }),
    ]
}

fn written() -> impl Strategy<Value = Written> {
    (
        prop_oneof![Just(0), 0..DAY],
        task(),
        address(),
        vec(address(), 0..=MAX_DEPTH),
        event(),
    )
}

/// As many frames as it takes.
fn frames(number: u64, events: &[Written]) -> Vec<u8> {
    let (mut channel, mut number, mut time, mut rest) = (Vec::new(), number, 0, events);
    while let Some(first) = rest.first() {
        let mut buffer = FrameBuffer::new();
        let mut writer = EventWriter::new(&mut buffer, number, time + first.0);
        let before = rest.len();
        while let Some(((elapsed, task, pool, stack, event), others)) = rest.split_first()
            && writer.event(time + elapsed, *task, *pool, stack, event)
        {
            time += elapsed;
            number += event.count();
            rest = others;
        }
        assert!(rest.len() < before, "an empty frame has room for any event");
        channel.extend(writer.finish());
    }
    channel
}

/// All messages' events, and the errors.
fn read(channel: &[u8], piece: usize) -> (Vec<(u64, Written)>, Vec<Error>) {
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    let mut splitter = Splitter::new();
    for mut bytes in channel.chunks(piece) {
        while let Some(message) = splitter.next(&mut bytes) {
            match message {
                Ok(Message::Events(records)) => {
                    for record in records {
                        match record {
                            Ok(Record {
                                number,
                                time,
                                task,
                                pool,
                                stack,
                                event,
                            }) => {
                                events.push((number, (time, task, pool, stack.collect(), event)));
                            }
                            Err(error) => errors.push(error),
                        }
                    }
                }
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
    }
    (events, errors)
}

/// The same with times instead of differences, and each event's number.
fn numbered(number: u64, events: &[Written]) -> Vec<(u64, Written)> {
    let (mut number, mut time) = (number, 0);
    let mut all = Vec::new();
    for (elapsed, task, pool, stack, event) in events {
        time += elapsed;
        all.push((number, (time, *task, *pool, stack.clone(), *event)));
        number += event.count();
    }
    all
}

proptest! {
    #[test]
    fn events_come_back(
        number in any::<u32>(),
        events in vec(written(), 1..40),
        piece in 1..300usize,
    ) {
        let channel = frames(number.into(), &events);
        let (found, errors) = read(&channel, piece);
        prop_assert!(errors.is_empty(), "{errors:?}");
        prop_assert_eq!(found, numbered(number.into(), &events));
    }

    /// One byte is changed, or one comes from elsewhere: what comes back is part of what was
    /// sent, and two frames at the most are lost.
    #[test]
    fn a_fault_costs_two_frames_at_most(
        events in vec(written(), 1..40),
        place in any::<proptest::sample::Index>(),
        (byte, instead) in (any::<u8>(), 0..2usize),
    ) {
        let mut channel = frames(0, &events);
        let place = place.index(channel.len());
        let unchanged = instead == 1 && channel[place] == byte;
        channel.splice(place..place + instead, [byte]);
        let all = numbered(0, &events);
        let (found, _) = read(&channel, 64);
        // No record is shorter than two bytes.
        let most = 2 * MAX_FRAME / 2;
        prop_assert!(found.len() + most >= all.len());
        prop_assert!(found.iter().all(|event| all.contains(event)));
        if unchanged {
            prop_assert_eq!(found.len(), all.len());
        }
    }

    #[test]
    fn about_comes_back(numbers in any::<[u64; 7]>(), title in ".{0,16}", id in vec(any::<u8>(), 0..=32)) {
        let [boot, ticks_per_second, depth, ring, number, unlisted_pools, unlisted_tasks] = numbers;
        let about = About {
            word: 4,
            boot,
            ticks_per_second,
            depth,
            ring,
            number,
            unlisted_pools,
            unlisted_tasks,
            title: title.as_bytes(),
            build_id: &id,
        };
        let mut buffer = FrameBuffer::new();
        let mut frame = about.write(&mut buffer).to_vec();
        prop_assert_eq!(frame.pop(), Some(0));
        let Ok(Message::About(found)) = decode(&mut frame) else {
            panic!("no about");
        };
        prop_assert_eq!(found, about);
    }

    #[test]
    fn names_come_back(names in vec((address(), task(), any::<bool>(), ".{0,12}"), 0..20)) {
        let names: Vec<Name<'_>> = names
            .iter()
            .map(|(address, task, is_pool, name)| match is_pool {
                true => Name::Pool { address: *address, size: 4096, name: name.as_bytes() },
                false => Name::Task { task: *task, name: name.as_bytes() },
            })
            .collect();
        let (mut buffer, mut rest, mut found) = (FrameBuffer::new(), &names[..], 0);
        while !rest.is_empty() {
            let mut writer = NamesWriter::new(&mut buffer);
            while let Some((name, others)) = rest.split_first() && writer.name(name) {
                rest = others;
            }
            let mut frame = writer.finish().to_vec();
            frame.pop();
            let Ok(Message::Names(read)) = decode(&mut frame) else { panic!("no names") };
            for name in read {
                prop_assert_eq!(name, Ok(names[found]));
                found += 1;
            }
        }
        prop_assert_eq!(found, names.len());
    }

    /// Behind a right checksum, too, there is no panic, and no more records than bytes.
    #[test]
    fn nothing_is_believed(kind in 0..5u8, payload in vec(any::<u8>(), 0..=244)) {
        let mut frame = sealed(kind, &payload);
        match decode(&mut frame) {
            Ok(Message::Events(events)) => prop_assert!(events.count() <= payload.len()),
            Ok(Message::Names(names)) => prop_assert!(names.count() <= payload.len()),
            Ok(Message::About(_)) => {}
            Err(error) => prop_assert_ne!(error, Error::Checksum),
        }
    }

    #[test]
    fn garbage_is_told(mut bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&mut bytes).is_err());
    }

    #[test]
    fn numbers_come_back(number in any::<i64>()) {
        prop_assert_eq!(varint::unzigzag(varint::zigzag(number)), number);
    }
}

/// A frame of any contents, without the zero at its end.
fn sealed(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::from([0, kind]);
    frame.extend(payload);
    frame.extend(crc::crc32(&frame[1..]).to_le_bytes());
    cobs::encode(&mut frame);
    frame
}

#[test]
fn the_checksum_is_that_of_zlib() {
    assert_eq!(crc::crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc::crc32(b""), 0);
}

#[test]
fn zeros_are_stuffed_as_the_paper_has_it() {
    let mut frame = *b"\xFFEhi\0there\0\0!";
    cobs::encode(&mut frame);
    assert_eq!(&frame, b"\x04Ehi\x06there\x01\x02!");
    assert!(cobs::decode(&mut frame));
    assert_eq!(&frame, b"\0Ehi\0there\0\0!");
}

/// It was cut as if it were text: at byte 31, or none was left.
#[test]
fn a_build_id_is_bytes_and_a_title_is_text() {
    let title = "气".repeat(30);
    let about = About {
        word: 4,
        title: title.as_bytes(),
        build_id: &[0x80; 40],
        ..About::default()
    };
    let mut buffer = FrameBuffer::new();
    let mut frame = about.write(&mut buffer).to_vec();
    frame.pop();
    let Ok(Message::About(found)) = decode(&mut frame) else {
        panic!("no about");
    };
    assert_eq!(found.title, "气".repeat(21).as_bytes());
    assert_eq!(found.build_id, [0x80; 32]);
}

/// The longest record there can be: all circumstances new, and far away.
#[test]
fn a_frame_has_room_for_any_event() {
    let mut buffer = FrameBuffer::new();
    let mut writer = EventWriter::new(&mut buffer, u64::MAX, u64::MAX - 1);
    let mut far: Vec<u64> = (0..MAX_DEPTH as u64).map(|n| (n % 2) << 63).collect();
    far[0] = 1 << 62;
    let event = Event::Resized {
        from: 1 << 63,
        to: 1 << 62,
        size: u64::MAX,
    };
    assert!(writer.event(u64::MAX, Task::Number(u32::MAX), 1 << 63, &far, &event));
    assert!(writer.finish().len() <= MAX_ENCODED);
}

/// The worked example of docs/stream-format.md.
#[test]
fn the_example_of_the_page() {
    // A package has no pages.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/stream-format.md");
    let Ok(page) = std::fs::read_to_string(path) else {
        return;
    };
    let (_, example) = page.split_once("## An example").expect("the page has one");
    let bytes: Vec<u8> = example
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .map_while(|line| line.split_once(" : "))
        .flat_map(|(bytes, _)| bytes.split_whitespace())
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect();
    assert_eq!(bytes, example_channel());
}

fn example_channel() -> Vec<u8> {
    let mut channel = std::vec![0];
    let about = About {
        word: 4,
        boot: 7,
        ticks_per_second: 1000,
        depth: 2,
        ring: 2048,
        title: b"station",
        ..About::default()
    };
    channel.extend(about.write(&mut FrameBuffer::new()));
    let mut buffer = FrameBuffer::new();
    let mut names = NamesWriter::new(&mut buffer);
    names.name(&Name::Pool {
        address: 0x2000_0400,
        size: 8192,
        name: b"net",
    });
    names.name(&Name::Task {
        task: Task::Number(3),
        name: b"log",
    });
    channel.extend(names.finish());
    let mut buffer = FrameBuffer::new();
    let mut events = EventWriter::new(&mut buffer, 0, 250);
    let (pool, task) = (0x2000_0400, Task::Number(3));
    let block = 0x2000_0510;
    let event = Event::Allocated {
        block,
        size: 40,
        align_log2: 0,
    };
    events.event(250, task, pool, &[0x8d5, 0x8f1], &event);
    events.event(252, task, pool, &[0x8e3, 0x8f1], &Event::Freed { block });
    events.event(260, task, pool, &[0x8e3, 0x8f1], &Event::Lost { count: 12 });
    channel.extend(events.finish());
    channel
}

#[test]
fn a_later_version_is_told() {
    let mut frame = sealed(frame_type::ABOUT, &[2, 4]);
    assert_eq!(decode(&mut frame).unwrap_err(), Error::Version(2));
    let mut frame = sealed(9, &[1, 2, 3]);
    assert_eq!(decode(&mut frame).unwrap_err(), Error::Unknown(9));
}

/// Else a reader would take the rest of the frame for wrong.
#[test]
fn an_alignment_that_no_address_has_costs_no_other_event() {
    let aligned = |align_log2| {
        [
            Event::Allocated {
                block: 0x2000_0100,
                size: 8,
                align_log2,
            },
            Event::NotAllocated {
                size: 8,
                align_log2,
            },
            Event::Deinitialised,
        ]
    };
    let written = aligned(200).map(|event| (0, Task::None, 0, Vec::new(), event));
    let (found, errors) = read(&frames(0, &written), 64);
    assert_eq!(errors, []);
    let found: Vec<Event> = found.into_iter().map(|(_, written)| written.4).collect();
    assert_eq!(found, aligned(63));
}
