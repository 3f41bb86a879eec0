//! Traces made for these tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use litepool_trace::{
    Event, EventKind, Frame, Header, Interned, Location, Module, Op, Stack, Trace, WordSize, Writer,
};
use tempfile::TempDir;

/// A directory that goes with the test, and what lies in it.
pub(crate) struct Room(TempDir);

impl Room {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file with these contents. Returns its path as an argument.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), contents).unwrap();
        argument(&self.path(name))
    }

    /// A trace file. Returns its path as an argument.
    pub(crate) fn trace(&self, name: &str, word: WordSize, ops: &[Op]) -> String {
        self.file(name, trace(word, ops))
    }
}

pub(crate) fn argument(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A trace file's bytes. All events come from one of two call sites, in turn.
pub(crate) fn trace(word: WordSize, ops: &[Op]) -> Vec<u8> {
    written(word, ops).finish().unwrap()
}

/// A trace file with something of everything that is no operation: a refused request, a foreign free,
/// a gap, the end of a thread; and stacks of two frames, names, a second pool.
pub(crate) fn everything() -> Vec<u8> {
    let event = |kind, stack| Event {
        stack,
        ..Event::from(kind)
    };
    let refused = EventKind::Refused {
        size: 4000,
        align: 0,
        resized: Some(0),
    };
    let trace = Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "demo".into(),
        },
        events: vec![
            event(allocate(0, 100).into(), 2),
            Event {
                pool: 1,
                ..event(refused, 2)
            },
            event(EventKind::ForeignFree, 1),
            event(EventKind::Gap { lost: 5 }, 0),
            Event {
                thread: 1,
                ..event(allocate(1, 30).into(), 3)
            },
            event(EventKind::ThreadEnd, 0),
        ],
        interned: Interned {
            modules: vec![Module {
                path: "/usr/bin/demo".into(),
                build_id: vec![0xab; 20],
            }],
            frames: [0x10, 0x20, 0x30].map(frame).into(),
            stacks: [(0, 0), (1, 1), (2, 1)]
                .map(|(frame, parent)| Stack { frame, parent })
                .into(),
            threads: vec!["main".into(), "net".into()],
            pools: vec![String::new(), "dma".into()],
        },
    };
    trace.to_writer(Vec::new()).unwrap()
}

fn frame(offset: u64) -> Frame {
    Frame {
        module: 0,
        offset,
        locations: Vec::new(),
    }
}

/// The file of a recording that lost so many operations after these.
pub(crate) fn lossy(ops: &[Op], lost: u64) -> Vec<u8> {
    written(WordSize::Bits32, ops)
        .finish_incomplete(lost)
        .unwrap()
}

/// As `gzip` makes it.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn written(word: WordSize, ops: &[Op]) -> Writer<Vec<u8>> {
    let mut writer = Writer::new(
        Vec::new(),
        &Header {
            word,
            program: "demo --fast".into(),
        },
    )
    .unwrap();
    writer
        .module(&Module {
            path: "/usr/bin/demo".into(),
            build_id: Vec::new(),
        })
        .unwrap();
    for (number, &op) in ops.iter().enumerate() {
        let frame = writer.frame(&frame([0x10, 0x20][number % 2])).unwrap();
        let stack = writer.stack(0, frame).unwrap();
        writer
            .event(&Event {
                stack,
                time: 10 * number as u64,
                ..Event::from(op)
            })
            .unwrap();
    }
    writer
}

/// A trace file's bytes, in which each operation is called by these functions, the innermost first.
pub(crate) fn called_by(word: WordSize, ops: &[(Op, &[&str])]) -> Vec<u8> {
    let program = "demo".into();
    let mut writer = Writer::new(Vec::new(), &Header { word, program }).unwrap();
    let module = Module {
        path: "/usr/bin/demo".into(),
        build_id: Vec::new(),
    };
    let module = writer.module(&module).unwrap();
    for (op, functions) in ops {
        let mut stack = 0;
        for (offset, &function) in functions.iter().rev().enumerate() {
            let location = Location {
                function: function.into(),
                file: format!("src/{function}.c").into(),
                line: 10,
            };
            let frame = Frame {
                module,
                offset: offset as u64,
                locations: vec![location],
            };
            let frame = writer.frame(&frame).unwrap();
            stack = writer.stack(stack, frame).unwrap();
        }
        let event = Event {
            stack,
            ..Event::from(*op)
        };
        writer.event(&event).unwrap();
    }
    writer.finish().unwrap()
}

pub(crate) fn allocate(id: u32, size: u64) -> Op {
    Op::Allocate { id, size, align: 0 }
}

/// Live objects up to about 10 KB, resized and freed in another order than they came.
pub(crate) fn churn() -> Vec<Op> {
    let mut ops = Vec::new();
    let mut live = Vec::new();
    let mut random = 1_u64;
    for id in 0..1000 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ops.push(allocate(id, 1 + (random >> 33) % 200));
        live.push(id);
        if id % 3 == 0 {
            ops.push(Op::Resize {
                id,
                size: 1 + (random >> 45) % 300,
            });
        }
        if live.len() > 100 {
            ops.push(Op::Free {
                id: live.swap_remove((random >> 50) as usize % 100),
            });
        }
    }
    ops
}

/// Every second of many objects is freed, then one is wanted that none of the holes can hold.
pub(crate) fn comb() -> Vec<Op> {
    let mut ops: Vec<Op> = (0..64).map(|id| allocate(id, 60)).collect();
    ops.extend((0..64).step_by(2).map(|id| Op::Free { id }));
    ops.push(allocate(64, 1000));
    ops
}
