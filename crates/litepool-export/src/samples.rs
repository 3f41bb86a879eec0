//! A trace for tests, and what a format makes of it.

use litepool_snapshot::Resolver;
use litepool_trace::{
    Event, EventKind, Frame, Header, Interned, Location, Module, Op, Profile, Stack, Trace,
    WordSize,
};

use crate::{About, Format, Names, Options};

/// A device's program: two tasks, a pool with a name, an inlined function, a function without a
/// name, a resize, a refused request, and names that would be more than a name in most formats.
pub(crate) fn trace() -> Trace {
    let location = |function: &str, file: &str, line| Location {
        function: function.into(),
        file: file.into(),
        line,
    };
    let frame = |module, offset, locations: &[Location]| Frame {
        module,
        offset,
        locations: locations.into(),
    };
    let stack = |parent, frame| Stack { frame, parent };
    let event = |kind: EventKind, thread, stack, pool, time| Event {
        kind,
        thread,
        stack,
        pool,
        time,
    };
    let allocate = |id, size| Op::Allocate { id, size, align: 0 }.into();
    Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "station --fast\n".into(),
        },
        events: vec![
            event(allocate(0, 100), 0, 2, 0, 500),
            event(allocate(1, 40), 1, 3, 1, 2_000),
            event(Op::Resize { id: 0, size: 160 }.into(), 0, 3, 0, 2_500),
            event(allocate(2, 40), 1, 3, 1, 3_000),
            event(
                EventKind::Refused {
                    size: 9_000,
                    align: 0,
                    resized: None,
                },
                0,
                1,
                0,
                3_100,
            ),
            event(Op::Free { id: 0 }.into(), 1, 0, 0, 4_000),
            event(allocate(3, 8), 0, 0, 0, 4_000),
            event(Op::Free { id: 1 }.into(), 1, 0, 0, 6_000),
        ],
        interned: Interned {
            modules: vec![Module {
                path: "station.elf".into(),
                build_id: Vec::new(),
            }],
            frames: vec![
                frame(0, 0x100, &[location("main", "main.c", 12)]),
                frame(
                    0,
                    0x200,
                    &[
                        location("pbuf_alloc", "pbuf.c", 7),
                        location("net;rx\n<script>", "net.c", 42),
                    ],
                ),
                frame(0, 0x3ac, &[]),
            ],
            stacks: vec![stack(0, 0), stack(1, 1), stack(1, 2)],
            threads: vec!["main".into(), "net \u{202e}\"rx".into()],
            pools: vec![String::new(), "dma".into()],
        },
    }
}

/// What the format makes of a trace.
pub(crate) fn exported(trace: &Trace, format: Format, options: Options) -> Vec<u8> {
    let profile = Profile::of(trace);
    let about = About {
        program: &trace.header.program,
        profile: &profile,
        pool: None,
    };
    export(trace, about, format, options)
}

/// The same, where other things are known of the trace.
pub(crate) fn about(trace: &Trace, about: About<'_>, format: Format) -> Vec<u8> {
    export(trace, about, format, Options::default())
}

fn export(trace: &Trace, about: About<'_>, format: Format, options: Options) -> Vec<u8> {
    let interned = &trace.interned;
    let mut names = Names::new(
        Resolver::new().without_files(),
        interned.threads.clone(),
        interned.pools.clone(),
    );
    let mut out = Vec::new();
    let mut export = format.export(&mut out, about, options).unwrap();
    for event in &trace.events {
        export.event(event, interned, &mut names).unwrap();
    }
    export.finish(interned, &mut names).unwrap();
    drop(export);
    out
}

/// The same, of a format that is text.
pub(crate) fn text(trace: &Trace, format: Format, options: Options) -> String {
    String::from_utf8(exported(trace, format, options)).unwrap()
}
