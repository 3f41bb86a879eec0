//! A trace for tests, and what a format makes of it.

use litepool_snapshot::Resolver;
use litepool_trace::{Import, Location, Profile, Trace};

use crate::{About, Format, Names, Options};

/// A device's program: two tasks, a pool with a name, a resize, a refused request.
const OPERATIONS: &str = "\
op,id,size,site,thread,pool,time
allocate,0,100,station.elf+0x200;station.elf+0x100,main,,500
allocate,1,40,station.elf+0x3ac;station.elf+0x100,\"net \u{202e}\"\"rx\",dma,2000
resize,0,160,station.elf+0x3ac;station.elf+0x100,main,,2500
allocate,2,40,station.elf+0x3ac;station.elf+0x100,\"net \u{202e}\"\"rx\",dma,3000
refused,,9000,station.elf+0x100,main,,3100
free,0,,,\"net \u{202e}\"\"rx\",,4000
allocate,3,8,,main,,4000
free,1,,,\"net \u{202e}\"\"rx\",,6000
";

/// These, with an inlined function, a function without a name, and names that would be more than a
/// name in most formats.
pub(crate) fn trace() -> Trace {
    let location = |function: &str, file: &str, line| Location {
        function: function.into(),
        file: file.into(),
        line,
    };
    let mut trace = Import::from_reader(OPERATIONS.as_bytes(), None)
        .unwrap()
        .trace;
    trace.header.program = "station --fast\n".into();
    let [main, receive, _] = &mut trace.interned.frames[..] else {
        panic!("{:?}", trace.interned.frames);
    };
    main.locations = vec![location("main", "main.c", 12)];
    receive.locations = vec![
        location("pbuf_alloc", "pbuf.c", 7),
        location("net;rx\n<script>", "net.c", 42),
    ];
    trace
}

/// A program of three tasks, that allocates from 21 call stacks in two pools.
pub(crate) fn random(seed: u64) -> Trace {
    let mut state = seed;
    let mut below = |end: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let mut text = "op,id,size,site,thread,pool,time\n".to_owned();
    let mut live = Vec::new();
    for step in 0..600 {
        let (op, id) = match (below(6), live.len() as u64) {
            (0 | 1, count @ 1..) => ("free", live.swap_remove(below(count) as usize)),
            (2, count @ 1..) => ("resize", live[below(count) as usize]),
            _ => {
                live.push(step);
                ("allocate", step)
            }
        };
        let (size, thread, pool) = (1 + below(5000), below(3), below(2));
        let site = format!("net+{:#x};main+{:#x}", 16 * below(7), 16 * below(3));
        text += &format!(
            "{op},{id},{size},{site},task {thread},pool {pool},{}\n",
            step * 90
        );
    }
    Import::from_reader(text.as_bytes(), None).unwrap().trace
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
