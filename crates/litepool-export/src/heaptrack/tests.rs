use litepool_snapshot::printable;
use litepool_trace::{Import, Location, Op, Profile, Trace};

use crate::samples::{text, trace};
use crate::{Format, Options};

#[test]
fn a_trace_is_what_heaptracks_interpreter_writes() {
    let text = text(&trace(), Format::Heaptrack, Options::default());
    let expected = "\
v 10100 1
X station --fast \n\
s station.elf
s main
s main.c
i 100 1 2 3 c
t 1 0
s pbuf_alloc
s pbuf.c
s net;rx <script>
s net.c
i 200 1 4 5 7 6 7 2a
t 2 1
a 64 2
+ 0
c 2
i 3ac 1
t 3 1
a 28 3
+ 1
- 0
a a0 3
+ 2
c 3
+ 1
c 4
- 2
a 8 0
+ 3
c 6
- 1
";
    assert_eq!(text, expected);
}

#[test]
fn a_task_is_the_outermost_function_where_that_is_asked_for() {
    let text = text(
        &trace(),
        Format::Heaptrack,
        Options {
            task_root: true,
            ..Options::default()
        },
    );
    // The same stack of two tasks is two stacks.
    assert!(text.contains("s main\ni 1 0 1\nt 1 0\n"), "{text}");
    assert!(text.contains("\ns net  \"rx\n"), "{text}");
    assert_eq!(text.matches("\nt ").count(), 7, "{text}");
}

#[test]
fn what_is_exported_comes_back() {
    let trace = trace();
    let text = text(&trace, Format::Heaptrack, Options::default());
    let back = Import::from_reader(text.as_bytes(), None).unwrap();
    assert_eq!(back.format, litepool_trace::Format::Heaptrack);
    // A resize is a free and an allocation, of another object, and what is neither is not there.
    let mut resized = 0;
    let mut objects = Vec::new();
    for event in &trace.events {
        match event.op() {
            None => {}
            Some(Op::Allocate { size, .. }) => objects.push((size, event.time, event.stack)),
            Some(Op::Resize { size, .. }) => {
                resized += 1;
                objects.push((size, event.time, event.stack));
            }
            Some(Op::Free { .. }) => {}
        }
    }
    let profile = Profile::of(&back.trace);
    let wanted = Profile::of(&trace);
    assert_eq!(profile.allocations, wanted.allocations + resized);
    assert_eq!(profile.peak_bytes, wanted.peak_bytes);
    assert_eq!(profile.leaked_bytes, wanted.leaked_bytes);
    let allocated = back
        .trace
        .events
        .iter()
        .filter_map(|event| match event.op()? {
            Op::Allocate { size, .. } => Some((size, event)),
            _ => None,
        });
    for ((size, event), (wanted, time, stack)) in allocated.zip(objects) {
        assert_eq!((size, event.time), (wanted, time / 1000 * 1000));
        let [one, other] = [(&back.trace, event.stack), (&trace, stack)].map(frames);
        assert_eq!(one, other);
    }
}

/// The frames of a stack, as a text may have them.
fn frames((trace, stack): (&Trace, u32)) -> Vec<String> {
    let place = |location: &Location| {
        let (function, file) = (printable(&location.function), printable(&location.file));
        format!(" {function} {file}:{}", location.line)
    };
    let frames = trace.interned.frames_of(stack);
    frames
        .map(|frame| {
            format!("{:x}", frame.offset) + &frame.locations.iter().map(place).collect::<String>()
        })
        .collect()
}
