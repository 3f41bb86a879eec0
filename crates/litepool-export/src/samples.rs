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
