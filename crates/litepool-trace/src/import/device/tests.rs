use std::collections::HashMap;
use std::io;

use litepool_stream::{Event as Sent, EventWriter, FrameBuffer, NamesWriter};
use proptest::prelude::*;

use super::*;
use crate::copier::Copier;
use crate::file::Writer;
use crate::interned::Location;
use crate::op::{Event, EventKind, Op};

const POOL: u64 = 0x2000_0000;

/// What a device sends: frames, each whole.
#[derive(Default, Clone)]
struct Wire {
    frames: Vec<Vec<u8>>,
    number: u64,
    time: u64,
    boot: u64,
}

impl Wire {
    /// A device with a clock of milliseconds that has just started.
    fn new() -> Self {
        let mut wire = Self {
            boot: 1,
            ..Self::default()
        };
        wire.about();
        wire
    }

    fn about(&mut self) -> &mut Self {
        let about = About {
            word: 4,
            boot: self.boot,
            ticks_per_second: 1_000,
            depth: 2,
            ring: 1024,
            number: self.number,
            title: b"station",
            ..About::default()
        };
        self.frames
            .push(about.write(&mut FrameBuffer::new()).to_vec());
        self
    }

    fn name(&mut self, name: &Name<'_>) -> &mut Self {
        let mut buffer = FrameBuffer::new();
        let mut writer = NamesWriter::new(&mut buffer);
        assert!(writer.name(name));
        self.frames.push(writer.finish().to_vec());
        self
    }

    /// A frame of events of task 3, each a tick after the one before.
    fn events(&mut self, events: &[Sent]) -> &mut Self {
        self.events_of(Task::Number(3), POOL, events)
    }

    fn events_of(&mut self, task: Task, pool: u64, events: &[Sent]) -> &mut Self {
        let mut buffer = FrameBuffer::new();
        let mut writer = EventWriter::new(&mut buffer, self.number, self.time);
        for event in events {
            assert!(writer.event(self.time, task, pool, &[0x801, 0x913], event));
            self.number += event.count();
            self.time = self.time.saturating_add(1);
        }
        self.frames.push(writer.finish().to_vec());
        self
    }

    fn reset(&mut self) -> &mut Self {
        (self.number, self.time) = (0, 0);
        self.boot += 1;
        self.about()
    }

    fn received(&self) -> Received {
        let received = received(&self.frames.concat());
        received.is_a_trace();
        received
    }
}

const fn allocated(block: u64, size: u64) -> Sent {
    Sent::Allocated {
        block,
        size,
        align_log2: 0,
    }
}

const fn freed(block: u64) -> Sent {
    Sent::Freed { block }
}

/// What came of it.
struct Received {
    happenings: Vec<Happening>,
    receiver: Receiver,
}

impl Received {
    fn events(&self) -> impl Iterator<Item = &Event> {
        self.happenings
            .iter()
            .filter_map(|happening| match happening {
                Happening::Event { event, .. } => Some(event),
                _ => None,
            })
    }

    fn kinds(&self) -> Vec<EventKind> {
        self.events().map(|event| event.kind).collect()
    }

    /// The events, and what they mention, obey the rules of a trace.
    fn is_a_trace(&self) {
        let interned = self.receiver.interned();
        let mut writer = Writer::new(io::sink(), self.receiver.header()).unwrap();
        let mut copier = Copier::new();
        for event in self.events() {
            copier.event(event, interned, &mut writer).unwrap();
        }
        copier.finish(interned, &mut writer).unwrap();
        writer.finish().unwrap();
    }

    /// Addresses of the objects that are live at the end.
    fn live(&self) -> Vec<u64> {
        let mut live = HashMap::new();
        for happening in &self.happenings {
            if let Happening::Event { event, address } = happening {
                match event.op() {
                    Some(Op::Free { id }) => drop(live.remove(&id)),
                    Some(op) => drop(live.insert(op.id(), address.unwrap())),
                    None => {}
                }
            }
        }
        let mut live: Vec<u64> = live.into_values().collect();
        live.sort_unstable();
        live
    }
}

/// Receives it in pieces of uneven lengths.
fn received(bytes: &[u8]) -> Received {
    let mut receiver = Receiver::new();
    let mut happenings = Vec::new();
    let mut drain = |receiver: &mut Receiver| {
        while let Some(happening) = receiver.next_happening() {
            happenings.push(happening);
        }
    };
    let mut rest = bytes;
    for length in (1..90).cycle() {
        let (piece, after) = rest.split_at(length.min(rest.len()));
        receiver.feed(piece);
        drain(&mut receiver);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    receiver.finish();
    drain(&mut receiver);
    Received {
        happenings,
        receiver,
    }
}

fn op(op: Op) -> EventKind {
    op.into()
}

fn allocate(id: u32, size: u64) -> EventKind {
    op(Op::Allocate { id, size, align: 0 })
}

fn free(id: u32) -> EventKind {
    op(Op::Free { id })
}

#[test]
fn blocks_become_objects() {
    let mut wire = Wire::new();
    wire.events(&[
        allocated(0x100, 24),
        Sent::Resized {
            from: 0x100,
            to: 0x200,
            size: 48,
        },
        Sent::Allocated {
            block: 0x100,
            size: 8,
            align_log2: 6,
        },
        freed(0x200),
        Sent::NotAllocated {
            size: 9_999,
            align_log2: 0,
        },
        Sent::NotResized {
            block: 0x100,
            size: 9_999,
        },
    ]);
    let received = wire.received();
    let refused = |resized| EventKind::Refused {
        size: 9_999,
        align: 0,
        resized,
    };
    let aligned = Op::Allocate {
        id: 1,
        size: 8,
        align: 64,
    };
    assert_eq!(
        received.kinds(),
        [
            allocate(0, 24),
            op(Op::Resize { id: 0, size: 48 }),
            op(aligned),
            free(0),
            refused(None),
            refused(Some(1)),
        ]
    );
    assert_eq!(received.live(), [0x100]);
    let times: Vec<u64> = received.events().map(|event| event.time).collect();
    assert_eq!(times, [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(received.receiver.header().program, "station");
    assert_eq!(received.receiver.header().word, WordSize::Bits32);
    assert!(received.receiver.reception().is_whole());
}

#[test]
fn names_are_those_of_the_device_whenever_it_tells_them() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24)]);
    wire.name(&Name::Pool {
        address: POOL,
        size: 8_192,
        name: b"heap",
    });
    for (number, name) in [(3, "net"), (4, "log")] {
        wire.name(&Name::Task {
            task: Task::Number(number),
            name: name.as_bytes(),
        });
    }
    wire.events_of(Task::Number(4), POOL + 64, &[allocated(0x300, 1)]);
    wire.events_of(Task::Interrupt, 0, &[allocated(0x400, 1)]);
    // One without a name has the device's number, and not that of the trace, 3.
    wire.events_of(Task::Number(9), 0, &[allocated(0x500, 1)]);
    let received = wire.received();
    let interned = received.receiver.interned();
    assert_eq!(interned.threads, ["net", "log", "interrupt", "task 9"]);
    assert_eq!(interned.pools, ["", "heap", "pool 0x20000040"]);
    let pools: Vec<u32> = received.events().map(|event| event.pool).collect();
    assert_eq!(pools, [1, 2, 0, 0]);
    assert!(received.happenings.contains(&Happening::Pool {
        pool: 1,
        address: POOL,
        size: 8_192
    }));
}

#[test]
fn frames_are_named_by_who_has_the_program() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24)]);
    let mut receiver = Receiver::new().with_namer(|_, address| {
        vec![Location {
            function: format!("f{address:x}").into(),
            ..Location::default()
        }]
    });
    receiver.feed(&wire.frames.concat());
    let interned = receiver.interned();
    let names: Vec<&str> = interned
        .frames_of(2)
        .map(|frame| &*frame.locations[0].function)
        .collect();
    assert_eq!(names, ["f801", "f913"]);
}

#[test]
fn a_task_that_ended_is_another_one_when_its_number_comes_back() {
    let mut wire = Wire::new();
    wire.name(&Name::Task {
        task: Task::Number(3),
        name: b"net",
    });
    let ended = Sent::TaskEnded {
        task: Task::Number(3),
    };
    wire.events(&[allocated(0x100, 24), ended, allocated(0x200, 24)]);
    let received = wire.received();
    let threads: Vec<u32> = received.events().map(|event| event.thread).collect();
    assert_eq!(threads, [0, 0, 1]);
    assert_eq!(received.receiver.interned().threads, ["net", "net"]);
}

#[test]
fn what_the_ring_had_no_room_for_is_a_gap() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), Sent::Lost { count: 17 }, freed(0x100)]);
    let received = wire.received();
    assert_eq!(received.kinds()[1], EventKind::Gap { lost: 17 });
    let reception = received.receiver.reception();
    assert_eq!((reception.lost_in_ring, reception.lost_on_the_way), (17, 0));
    assert_eq!(reception.received, 2);
}

#[test]
fn a_frame_that_did_not_arrive_is_a_gap_and_its_frees_are_found_out() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), allocated(0x140, 24)]);
    wire.events(&[freed(0x140), freed(0x100), allocated(0x400, 8)]);
    wire.events(&[allocated(0x120, 64), freed(0x400)]);
    wire.frames.remove(2);
    let received = wire.received();
    assert_eq!(
        received.kinds(),
        [
            allocate(0, 24),
            allocate(1, 24),
            EventKind::Gap { lost: 3 },
            // It stood where the new one is.
            free(1),
            allocate(2, 64),
            EventKind::ForeignFree,
        ]
    );
    assert_eq!(received.receiver.notes().implied_frees, 1);
    assert_eq!(received.receiver.reception().lost_on_the_way, 3);
}

#[test]
fn frames_that_the_device_counts_and_nobody_got_are_lost_at_the_end_too() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24)]);
    wire.events(&[freed(0x100), allocated(0x100, 8)]);
    wire.about();
    wire.frames.remove(2);
    assert_eq!(wire.received().receiver.reception().lost_on_the_way, 2);
}

#[test]
fn a_recording_may_begin_in_the_middle() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), allocated(0x140, 24)]);
    wire.events(&[allocated(0x180, 24), freed(0x100)]);
    wire.about();
    wire.events(&[freed(0x140)]);
    let bytes = wire.frames.concat();
    let cut = wire.frames[0].len() + 5;
    let received = received(&bytes[cut..]);
    assert_eq!(
        received.kinds(),
        [
            EventKind::Gap { lost: 2 },
            allocate(0, 24),
            EventKind::ForeignFree,
            EventKind::ForeignFree,
        ]
    );
    // The clock is told later, and counts from the first event that came.
    let times: Vec<u64> = received.events().map(|event| event.time).collect();
    assert_eq!(times, [0, 0, 1_000, 2_000]);
    let reception = received.receiver.reception();
    assert_eq!((reception.before, reception.foreign), (2, 1));
    assert!(reception.is_whole());
}

#[test]
fn who_is_no_task_is_called_so_also_where_a_recording_begins_in_the_middle() {
    let mut wire = Wire::new();
    wire.events_of(Task::None, POOL, &[allocated(0x100, 24)]);
    wire.events_of(Task::None, POOL, &[allocated(0x140, 24)]);
    let cut = wire.frames[0].len() + wire.frames[1].len();
    let received = received(&wire.frames.concat()[cut..]);
    assert_eq!(received.kinds()[0], EventKind::Gap { lost: 1 });
    assert_eq!(received.receiver.interned().threads, ["no task"]);
}

#[test]
fn a_device_that_is_reset_has_nothing_live() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), allocated(0x140, 24)]);
    wire.reset();
    wire.events(&[allocated(0x100, 16)]);
    let received = wire.received();
    assert_eq!(
        received.kinds()[2..],
        [
            EventKind::Gap { lost: 0 },
            free(0),
            free(1),
            allocate(2, 16),
        ]
    );
    assert_eq!(received.live(), [0x100]);
    let reception = received.receiver.reception();
    assert_eq!((reception.resets, reception.swept), (1, 2));
    assert!(received.happenings.contains(&Happening::Reset { live: 2 }));
}

#[test]
fn a_reset_shows_in_the_numbers_where_the_device_could_not_say_so() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), allocated(0x140, 24)]);
    wire.reset();
    wire.events(&[allocated(0x100, 16)]);
    wire.about();
    // The frame that tells of the new start.
    wire.frames.remove(2);
    let received = wire.received();
    assert_eq!(received.receiver.reception().resets, 1);
    assert_eq!(received.live(), [0x100]);
}

#[test]
fn a_pool_takes_its_blocks_along() {
    const INNER: u64 = 0x110;
    let mut wire = Wire::new();
    wire.events(&[Sent::Initialised { size: 4096 }, allocated(0x100, 512)]);
    wire.events_of(
        Task::Number(3),
        INNER,
        &[
            Sent::Initialised { size: 400 },
            allocated(0x140, 24),
            Sent::Deinitialised,
        ],
    );
    let received = wire.received();
    assert_eq!(received.live(), [0x100]);
    assert_eq!(received.receiver.reception().swept, 1);
    assert!(
        received
            .happenings
            .contains(&Happening::PoolEnded { pool: 2 })
    );
}

#[test]
fn what_the_heap_refused_to_free_is_no_free() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24), Sent::NotFreed { block: 0x104 }]);
    let received = wire.received();
    assert_eq!(received.kinds()[1], EventKind::ForeignFree);
    assert_eq!(received.receiver.reception().refused_frees, 1);
    assert_eq!(received.live(), [0x100]);
}

#[test]
fn other_output_of_the_device_is_passed_over() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24)]);
    let mut bytes = b"U-Boot 2024.01\r\nstarting\r\n\0".to_vec();
    bytes.extend_from_slice(&wire.frames[0]);
    bytes.extend_from_slice(&[b'x'; 70_000]);
    bytes.push(0);
    bytes.extend_from_slice(&wire.frames[1]);
    let received = received(&bytes);
    assert_eq!(received.kinds(), [allocate(0, 24)]);
    assert_eq!(received.receiver.reception().foreign, 2);
}

#[test]
fn a_file_of_a_device_is_recognised_and_its_memory_is_not() {
    let mut wire = Wire::new();
    wire.events(&[allocated(0x100, 24)]);
    let [about, events] = &wire.frames[..] else {
        panic!()
    };
    assert!(is_device(about));
    assert!(is_device(&[b"garbage\0", &about[..], events].concat()));
    let memory = [b"\x7fELF\0\0\0", &about[..], &[0; 500]].concat();
    assert!(!is_device(&memory));
    assert!(!is_device(b"op,id,size\n"));
}

#[test]
fn a_device_that_never_says_what_it_is_is_taken_for_what_its_addresses_say() {
    let mut wire = Wire::default();
    wire.events(&[allocated(0x100, 24)]);
    let received = wire.received();
    assert_eq!(received.kinds(), [allocate(0, 24)]);
    assert_eq!(received.receiver.header().word, WordSize::Bits32);
}

#[test]
fn what_can_not_be_is_left_out_and_counted() {
    let mut wire = Wire::new();
    let huge = Sent::Allocated {
        block: 0x100,
        size: u64::MAX,
        align_log2: 0,
    };
    wire.events(&[huge, allocated(0x140, 24)]);
    let received = wire.received();
    assert_eq!(received.kinds(), [allocate(0, 24)]);
    assert_eq!(received.receiver.reception().rejected, 1);
}

/// It is made up: no block of the device has gone for it.
#[test]
fn what_is_left_out_changes_nothing_of_what_is_live() {
    let mut wire = Wire::new();
    let grown = Sent::Resized {
        from: 0x140,
        to: 0x180,
        size: u64::MAX,
    };
    // It would overlap the other one.
    let huge = allocated(0x100, u64::MAX);
    wire.events(&[allocated(0x140, 24), huge, grown]);
    assert_eq!(wire.received().live(), [0x140]);
    wire.reset();
    let received = wire.received();
    assert_eq!(received.receiver.reception().rejected, 2);
    assert_eq!(received.kinds()[1..], [EventKind::Gap { lost: 0 }, free(0)]);
    assert!(received.happenings.contains(&Happening::Reset { live: 1 }));
}

/// Some minutes of a device: 16 frames of events, with names and what it is in between.
fn minutes() -> Wire {
    let mut wire = Wire::new();
    let mut live = Vec::new();
    for frame in 0..16_u64 {
        let mut events = Vec::new();
        for event in 0..1 + frame % 9 {
            let block = 0x1_0000 + (frame * 10 + event) * 0x40;
            match live.pop() {
                Some(block) if (frame + event) % 3 == 0 => events.push(freed(block)),
                back => {
                    live.extend(back);
                    live.push(block);
                    events.push(allocated(block, 24 + event));
                }
            }
        }
        if frame == 9 {
            events.push(Sent::Lost { count: 11 });
        }
        wire.events(&events);
        if frame % 5 == 4 {
            wire.about().name(&Name::Task {
                task: Task::Number(3),
                name: b"net",
            });
        }
    }
    // A damaged end of a frame takes the next one along.
    wire.about().about();
    wire
}

/// Every event of the device either came or is counted as lost.
fn is_accounted_for(received: &Received, sent: u64) {
    let reception = received.receiver.reception();
    let sum =
        reception.received + reception.before + reception.lost_in_ring + reception.lost_on_the_way;
    assert_eq!(sum, sent, "{reception:?}");
    assert_eq!(reception.resets, 0, "{reception:?}");
}

#[test]
fn every_flipped_byte_is_noticed_and_nothing_else_is_lost() {
    let wire = minutes();
    let bytes = wire.frames.concat();
    let end = bytes.len() - wire.frames.last().unwrap().len();
    for at in 0..end {
        let mut bytes = bytes.clone();
        bytes[at] ^= [0x01, 0x80, 0xff][at % 3];
        let received = received(&bytes);
        is_accounted_for(&received, wire.number);
        let reception = received.receiver.reception();
        assert!(reception.damaged + reception.foreign > 0, "byte {at}");
    }
}

#[test]
fn every_beginning_is_a_recording() {
    let wire = minutes();
    let bytes = wire.frames.concat();
    let mut before = 0;
    for end in 0..bytes.len() {
        let received = received(&bytes[..end]);
        let got = received.receiver.reception().received;
        assert!(got >= before, "{end}");
        before = got;
    }
}

#[test]
fn every_end_is_a_recording() {
    let wire = minutes();
    let bytes = wire.frames.concat();
    for begin in 0..bytes.len() - wire.frames.last().unwrap().len() {
        is_accounted_for(&received(&bytes[begin..]), wire.number);
    }
}

proptest! {
    #[test]
    fn dropped_doubled_and_swapped_frames_are_accounted_for(
        changes in prop::collection::vec((0..4_u8, 1..24_usize), 0..6)
    ) {
        let mut wire = minutes();
        let ends = wire.frames.split_off(wire.frames.len() - 2);
        for (change, at) in changes {
            let frame = wire.frames[at % wire.frames.len()].clone();
            let at = at % wire.frames.len();
            match change {
                _ if at == 0 => {}
                0 => drop(wire.frames.remove(at)),
                1 => wire.frames.insert(at, frame),
                2 if at > 1 => wire.frames.swap(at - 1, at),
                _ => wire.frames[at].truncate(frame.len() / 2),
            }
        }
        wire.frames.extend(ends);
        is_accounted_for(&wire.received(), wire.number);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        received(&bytes);
    }

    #[test]
    fn no_events_are_too_strange(
        events in prop::collection::vec(strange(), 0..200)
    ) {
        let mut wire = Wire::new();
        for (number, pool, event) in events {
            wire.number = wire.number.saturating_sub(number.into());
            wire.time = (wire.time * 3) % 1_000_003;
            if event.count() < 1 << 32 {
                wire.events_of(Task::Number(number), pool, &[event]);
            }
        }
        wire.received();
    }
}

/// Events that need not make sense, at few addresses.
fn strange() -> impl Strategy<Value = (u32, u64, Sent)> {
    let address = || prop_oneof![0..64_u64, any::<u64>()];
    let event = prop_oneof![
        (address(), address(), 0..64_u8).prop_map(|(block, size, align_log2)| Sent::Allocated {
            block,
            size,
            align_log2
        }),
        address().prop_map(|block| Sent::Freed { block }),
        (address(), address(), address()).prop_map(|(from, to, size)| Sent::Resized {
            from,
            to,
            size
        }),
        (address(), address()).prop_map(|(block, size)| Sent::NotResized { block, size }),
        (0..100_u64).prop_map(|size| Sent::Initialised { size }),
        Just(Sent::Deinitialised),
        (0..4_u32).prop_map(|task| Sent::TaskEnded {
            task: Task::Number(task)
        }),
        (0..1000_u64).prop_map(|count| Sent::Lost { count }),
    ];
    (0..4_u32, 0..3_u64, event)
}
