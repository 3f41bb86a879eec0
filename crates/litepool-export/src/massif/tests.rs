use litepool_trace::{Event, Op, Profile};

use crate::samples::{self, text, trace};
use crate::{About, Format, Options, PoolUsage, massif_snapshots};

#[test]
fn a_snapshot_follows_each_operation_of_a_short_trace_and_the_peak_has_a_tree() {
    let text = text(&trace(), Format::Massif, Options::default());
    let expected = "\
desc: (a trace of litepool; extra-heap is not known)
cmd: station --fast\x20
time_unit: B
#-----------
snapshot=0
#-----------
time=0
mem_heap_B=0
";
    assert!(text.starts_with(expected), "{text}");
    let peak = "\
snapshot=4
#-----------
time=240
mem_heap_B=240
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=peak
n2: 240 (heap allocation functions)
 n1: 160 0x200: pbuf_alloc (pbuf.c:7)
  n1: 160 0x200: net;rx <script> (net.c:42)
   n0: 160 0x100: main (main.c:12)
 n1: 80 0x3ac: ??? (in station.elf)
  n0: 80 0x100: main (main.c:12)
#-----------
";
    assert!(text.contains(peak), "{text}");
    assert_eq!(text.matches("snapshot=").count(), 8, "{text}");
    let end = "\
snapshot=7
#-----------
time=448
mem_heap_B=48
mem_heap_extra_B=0
mem_stacks_B=0
heap_tree=detailed
n2: 48 (heap allocation functions)
";
    assert!(text.contains(end), "{text}");
}

#[test]
fn a_long_trace_has_a_hundred_snapshots_in_milliseconds_and_small_places_are_summed_up() {
    let mut trace = trace();
    let allocate = |id| Op::Allocate {
        id,
        size: if id % 1000 < 2 { 1 } else { 1000 },
        align: 0,
    };
    trace.events = (0..10_000)
        .map(|id| Event {
            stack: 2 + id % 2,
            thread: u32::from(id % 1000 == 1),
            time: u64::from(id) * 100,
            ..Event::from(allocate(id))
        })
        .collect();
    let text = text(
        &trace,
        Format::Massif,
        Options {
            task_root: true,
            ..Options::default()
        },
    );
    assert!(text.contains("\ntime_unit: ms\n"));
    // And one before the first. The last one is the peak.
    assert_eq!(text.matches("snapshot=").count(), 101);
    assert_eq!(text.matches("heap_tree=detailed").count(), 9);
    let end = text.split("heap_tree=peak\n").nth(1).unwrap();
    let small = "\n   n0: 10 in 1 place, below massif's threshold (1.00%)\n";
    assert!(end.contains(small), "{end}");
}

#[test]
fn nothing_begins_a_comment() {
    let mut trace = trace();
    trace.header.program = "a #1".into();
    trace.interned.threads[0] = "net #2".into();
    let text = text(
        &trace,
        Format::Massif,
        Options {
            task_root: true,
            ..Options::default()
        },
    );
    assert!(text.contains("\ncmd: a _1\n"), "{text}");
    assert!(text.contains(" 0x0: net _2 (task)\n"), "{text}");
}

#[test]
fn what_the_allocator_adds_is_that_of_the_pool_of_a_replay() {
    let trace = trace();
    let profile = Profile::of(&trace);
    let snapshots = massif_snapshots(&profile);
    assert_eq!(snapshots, [0, 1, 2, 3, 4, 5, 6, 7]);
    // A control block of 64 bytes, and a header of 4 for each object.
    let in_use = [64, 168, 212, 272, 316, 152, 164, 120];
    let about = About {
        program: "station",
        profile: &profile,
        pool: Some(PoolUsage {
            name: "tlsf in 1,024 bytes",
            in_use: &in_use,
        }),
    };
    let text = String::from_utf8(samples::about(&trace, about, Format::Massif)).unwrap();
    assert!(
        text.starts_with("desc: (a trace of litepool; extra-heap is that of tlsf in 1,024 bytes)"),
        "{text}"
    );
    let extra = text
        .lines()
        .filter_map(|line| line.strip_prefix("mem_heap_extra_B="));
    assert_eq!(
        extra.collect::<Vec<_>>(),
        ["64", "68", "72", "72", "76", "72", "76", "72"]
    );
}

/// It stands in each tree, as often as there are callers.
#[test]
fn a_name_of_any_length_is_shortened() {
    let mut trace = trace();
    trace.interned.frames[1].locations[0].function = "ä".repeat(100_000).into();
    let text = text(&trace, Format::Massif, Options::default());
    assert!(text.len() < 10_000, "{}", text.len());
    assert!(text.contains("…\n"), "{text}");
}
