//! Arbitrary bytes as a trace in any format: an error or a sensible trace, never a panic, never much memory.
//!
//! Chance never hits a checksum. So one way of reading puts the bytes into a chunk whose frame is right, of version 1 or
//! 2, and tests what comes after the frame; another puts the chunk there many times, as a small file that says much;
//! another compresses text. The last one lets the bytes steer a writer, so that stacks, names and gaps come together,
//! reads that back, and changes a byte behind the checksum.

#![no_main]

use std::io::Write;

use arbitrary::{Arbitrary, Unstructured};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use litepool_trace::{
    Event, EventKind, Format, Frame, Header, Import, Importer, Interned, Location, Module, Op,
    Profile, Profiler, Reader, Script, Slots, Trace, WordSize, Writer,
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
        None => match way % 6 {
            0 => {
                if let Ok(import) = Import::from_reader(rest, None) {
                    verify(&import.trace);
                }
            }
            1 => verify(&readable_part(&framed(1, &[rest]))),
            2 => verify(&readable_part(&framed(2, &[rest]))),
            3 => count(&framed(2, &vec![rest; 64])),
            4 => count(&gzip(&rest.repeat(64))),
            _ => written(&mut Unstructured::new(rest)),
        },
    }
});

/// What a writer is asked to do. Numbers are taken among those that there are, and one more.
#[derive(Arbitrary)]
enum Step {
    Module {
        path: u8,
        build_id: u8,
    },
    Frame {
        module: u8,
        offset: u16,
        locations: [u8; 2],
    },
    Stack {
        parent: u8,
        frame: u8,
    },
    ThreadName {
        thread: u8,
        name: u8,
    },
    PoolName {
        pool: u8,
        name: u8,
    },
    Allocate {
        size: u32,
        align: u8,
        at: At,
    },
    Resize {
        object: u8,
        size: u32,
        at: At,
    },
    Free {
        object: u8,
        at: At,
    },
    Refused {
        size: u64,
        align: u8,
        resized: Option<u8>,
        at: At,
    },
    ForeignFree {
        at: At,
    },
    ThreadEnd {
        at: At,
    },
    Gap {
        lost: u64,
        at: At,
    },
}

/// Where and when.
#[derive(Arbitrary)]
struct At {
    thread: u8,
    stack: u8,
    pool: u8,
    elapsed: u16,
}

/// A trace that was written comes back, and whatever is changed in it does no harm.
fn written(input: &mut Unstructured<'_>) {
    let Ok((place, change)) = <(u16, u8)>::arbitrary(input) else {
        return;
    };
    let mut writing = Writing::new();
    while !input.is_empty()
        && let Ok(step) = Step::arbitrary(input)
    {
        writing.step(&step);
    }
    let file = writing.writer.finish().expect("a vector takes any bytes");
    let trace = Trace::from_reader(&file[..]).expect("a written trace can be read");
    assert_eq!(trace.events, writing.events);
    verify(&trace);
    if let Some(mut payload) = payload(&file) {
        let place = usize::from(place) % payload.len();
        payload[place] ^= change;
        verify(&readable_part(&framed(2, &[&payload])));
    }
}

struct Writing {
    writer: Writer<Vec<u8>>,
    events: Vec<Event>,
    objects: u32,
    time: u64,
    counts: [u32; 3],
}

impl Writing {
    fn new() -> Self {
        Self {
            writer: Writer::new(Vec::new(), &header()).expect("a vector takes any bytes"),
            events: Vec::new(),
            objects: 0,
            time: 0,
            counts: [0; 3],
        }
    }

    /// What is refused changes nothing.
    fn step(&mut self, step: &Step) {
        let [modules, frames, stacks] = &mut self.counts;
        let among = |number: u8, count: u32| u32::from(number) % (count + 1);
        match *step {
            Step::Module { path, build_id } => {
                let module = Module {
                    path: "m".repeat(usize::from(path)),
                    build_id: vec![build_id; usize::from(build_id)],
                };
                if let Ok(number) = self.writer.module(&module) {
                    *modules = (*modules).max(number + 1);
                }
            }
            Step::Frame {
                module,
                offset,
                locations,
            } => {
                let location = |text: u8| Location {
                    function: "f".repeat(usize::from(text % 4)).into(),
                    file: "g".repeat(usize::from(text / 64)).into(),
                    line: text.into(),
                };
                let count = usize::from(offset % 3);
                let frame = Frame {
                    module: among(module, *modules),
                    offset: offset.into(),
                    locations: locations.map(location)[..count].into(),
                };
                if let Ok(number) = self.writer.frame(&frame) {
                    *frames = (*frames).max(number + 1);
                }
            }
            Step::Stack { parent, frame } => {
                let parent = among(parent, *stacks);
                if let Ok(number) = self.writer.stack(parent, among(frame, *frames)) {
                    *stacks = (*stacks).max(number);
                }
            }
            Step::ThreadName { thread, name } => {
                drop(
                    self.writer
                        .name_thread(thread.into(), &"t".repeat(name.into())),
                );
            }
            Step::PoolName { pool, name } => {
                drop(self.writer.name_pool(pool.into(), &"p".repeat(name.into())));
            }
            Step::Allocate {
                size,
                align,
                ref at,
            } => {
                let op = Op::Allocate {
                    id: self.objects,
                    size: size.into(),
                    align: power(align),
                };
                self.event(op.into(), at);
            }
            Step::Resize {
                object,
                size,
                ref at,
            } => {
                let id = among(object, self.objects);
                let size = size.into();
                self.event(Op::Resize { id, size }.into(), at);
            }
            Step::Free { object, ref at } => {
                let id = among(object, self.objects);
                self.event(Op::Free { id }.into(), at);
            }
            Step::Refused {
                size,
                align,
                resized,
                ref at,
            } => {
                let kind = EventKind::Refused {
                    size,
                    align: power(align),
                    resized: resized.map(|object| among(object, self.objects)),
                };
                self.event(kind, at);
            }
            Step::ForeignFree { ref at } => self.event(EventKind::ForeignFree, at),
            Step::ThreadEnd { ref at } => self.event(EventKind::ThreadEnd, at),
            Step::Gap { lost, ref at } => self.event(EventKind::Gap { lost }, at),
        }
    }

    fn event(&mut self, kind: EventKind, at: &At) {
        let event = Event {
            kind,
            thread: at.thread.into(),
            stack: u32::from(at.stack) % (self.counts[2] + 2),
            pool: at.pool.into(),
            time: self.time + u64::from(at.elapsed),
        };
        if self.writer.event(&event).is_ok() {
            self.time = event.time;
            self.objects += u32::from(matches!(kind, EventKind::Op(Op::Allocate { .. })));
            self.events.push(event);
        }
    }
}

/// 0, a power of two, or none.
fn power(align: u8) -> u64 {
    match align {
        0..=63 => 1 << align,
        _ => u64::from(align - 64),
    }
}

/// The payload of the first chunk of a file without a program's name, before compression.
fn payload(file: &[u8]) -> Option<Vec<u8>> {
    let chunk = file.get(20..).filter(|rest| rest[0] == b'C')?;
    let packed = u32::from_le_bytes(chunk[17..21].try_into().ok()?) as usize;
    miniz_oxide::inflate::decompress_to_vec(&chunk[25..25 + packed]).ok()
}

/// Reads what can be read event by event, and keeps what a streaming reader keeps.
fn count(file: &[u8]) {
    let Ok(importer) = Importer::from_reader(file, None) else {
        return;
    };
    let (mut profiler, mut slots) = (Profiler::new(), Slots::new());
    for event in importer.map_while(Result::ok) {
        profiler.event(&event);
        assert!(event.op().is_none_or(|op| slots.op(op).is_some()));
    }
    assert_eq!(profiler.finish().peak_objects, slots.len() as u64);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes any bytes");
    encoder.finish().expect("a vector takes any bytes")
}

fn header() -> Header {
    Header {
        word: WordSize::Bits64,
        program: String::new(),
    }
}

/// A trace of a version whose chunks have these bytes as their payloads before compression.
fn framed(version: u8, payloads: &[&[u8]]) -> Vec<u8> {
    let mut file = Writer::new(Vec::new(), &header())
        .and_then(Writer::finish)
        .expect("a vector takes any bytes");
    // The header's checksum, and the end record of 21 bytes.
    file.truncate(file.len() - 25);
    file[8] = version;
    file.extend(crc32fast::hash(&file).to_le_bytes());
    let mut events = 0_u64;
    for payload in payloads {
        let packed = miniz_oxide::deflate::compress_to_vec(payload, 1);
        let start = file.len();
        let count = events_in(version, payload);
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

/// How many events the column of tags has: the first one, if its length is below 128. A three in the
/// low bits is an announcement; or in version 2, from sub-kind 6 to 9, an event with a second byte.
fn events_in(version: u8, payload: &[u8]) -> u32 {
    let columns = if version == 1 { 6 } else { 10 };
    let mut tags = payload
        .split_first()
        .and_then(|(&length, _)| payload.get(columns..columns + usize::from(length)))
        .unwrap_or_default()
        .iter();
    let mut count = 0;
    while let Some(tag) = tags.next() {
        match tag {
            0x1b | 0x1f | 0x23 | 0x27 if version > 1 => {
                tags.next();
                count += 1;
            }
            tag => count += u32::from(tag & 3 != 3),
        }
    }
    count
}

/// What can be read of a file before its first error.
fn readable_part(file: &[u8]) -> Trace {
    let mut reader = Reader::new(file).expect("the header is right");
    let events = reader.by_ref().map_while(Result::ok).collect();
    let (header, interned) = reader.into_parts();
    Trace {
        header,
        events,
        interned,
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
            (before.kind, before.thread, before.pool, before.time),
            (after.kind, after.thread, after.pool, after.time)
        );
        let (one, other) = (&trace.interned, &back.interned);
        assert!(
            one.frames_of(before.stack)
                .map(|frame| place(one, frame))
                .eq(other
                    .frames_of(after.stack)
                    .map(|frame| place(other, frame)))
        );
        assert_eq!(
            one.thread_name(before.thread),
            other.thread_name(after.thread)
        );
    }
    let profile = Profile::of(trace);
    let script = Script::from(trace);
    assert_eq!(profile.operations, script.ops.len() as u64);
    assert_eq!(profile.peak_objects, script.slots as u64);
}

/// What a frame means, whatever the number of its module.
fn place<'a>(interned: &'a Interned, frame: &'a Frame) -> (&'a Module, u64, &'a [Location]) {
    let module = interned.module_of(frame).expect("a frame has a module");
    (module, frame.offset, &frame.locations)
}
