use litepool_trace::{Event, EventKind, Op, Trace};
use serde_json::{Value, json};

use crate::samples::{text, trace};
use crate::{Format, Options};

fn file(trace: &Trace) -> Value {
    serde_json::from_str(&text(trace, Format::Counters, Options::default())).unwrap()
}

/// Times and bytes of a counter.
fn points(file: &Value, name: &str) -> Vec<(u64, u64)> {
    let events = file["traceEvents"].as_array().unwrap().iter();
    let of_name = events.filter(|event| event["ph"] == "C" && event["name"] == name);
    of_name
        .map(|event| {
            let bytes = event["args"]["bytes"].as_u64().unwrap();
            (event["ts"].as_u64().unwrap(), bytes)
        })
        .collect()
}

fn instants(file: &Value) -> Vec<&Value> {
    let events = file["traceEvents"].as_array().unwrap().iter();
    events.filter(|event| event["ph"] == "i").collect()
}

#[test]
fn there_is_a_counter_of_all_of_each_pool_and_of_each_task() {
    let file = file(&trace());
    assert_eq!(
        points(&file, "live bytes"),
        [
            (0, 0),
            (500, 100),
            (2_000, 140),
            (2_500, 200),
            (3_000, 240),
            (4_000, 80),
            (4_000, 88),
            (6_000, 48),
            (6_000, 48),
        ]
    );
    let dma = [(0, 0), (2_000, 40), (3_000, 80), (6_000, 40), (6_000, 40)];
    assert_eq!(points(&file, "live bytes in dma"), dma);
    // Who frees it does not matter.
    assert_eq!(points(&file, "live bytes of net  \"rx"), dma);
    assert_eq!(points(&file, "live bytes of main").len(), 6);
    assert!(!points(&file, "live bytes in default").is_empty());
}

#[test]
fn refused_requests_and_gaps_are_instants() {
    let mut trace = trace();
    let gap = |lost| Event {
        time: 7_000,
        thread: 1,
        ..Event::from(EventKind::Gap { lost })
    };
    trace.events.extend([gap(0), gap(12)]);
    let file = file(&trace);
    let instants = instants(&file);
    let refused = json!({
        "pid": 1, "ph": "i", "s": "p", "tid": 1, "ts": 3_100,
        "name": "refused: 9000 bytes",
        "args": {"bytes": 9_000, "pool": "default", "call stack": "main"},
    });
    assert_eq!(instants[0], &refused);
    assert_eq!(instants[1]["name"], "events were lost");
    assert_eq!(instants[2]["name"], "12 events were lost");
    let events = file["traceEvents"].as_array().unwrap();
    let named = |thread| {
        let is = |event: &&Value| event["name"] == "thread_name" && event["tid"] == thread;
        events.iter().find(is).unwrap()["args"]["name"].clone()
    };
    assert_eq!((named(1), named(2)), (json!("main"), json!("net  \"rx")));
}

#[test]
fn without_times_operations_are_counted_and_that_is_said() {
    let mut trace = trace();
    for event in &mut trace.events {
        event.time = 0;
    }
    let file = file(&trace);
    assert_eq!(points(&file, "live bytes")[1..3], [(1, 100), (2, 140)]);
    let process = &file["traceEvents"][0]["args"]["name"];
    assert_eq!(process, "station --fast  (1 µs is 1 operation)");
}

#[test]
fn a_long_trace_has_a_bounded_number_of_points_and_its_peak() {
    let mut trace = trace();
    trace.events.clear();
    let event = |op: Op, thread, time| Event {
        thread,
        time,
        ..Event::from(op)
    };
    for id in 0..40_000_u32 {
        let (time, thread) = (2 * u64::from(id), id % 50);
        let size = if id == 12_345 {
            1_000_000
        } else {
            u64::from(id % 77) + 1
        };
        trace
            .events
            .push(event(Op::Allocate { id, size, align: 0 }, thread, time));
        trace.events.push(event(Op::Free { id }, thread, time + 1));
    }
    let file = file(&trace);
    let all = points(&file, "live bytes");
    assert!(all.len() <= 2 * (1 << 14) + 2, "{}", all.len());
    assert!(all.contains(&(24_690, 1_000_000)));
    assert!(all.is_sorted_by_key(|&(time, _)| time));
    let events = file["traceEvents"].as_array().unwrap().len();
    assert!(events < 2 * (3 << 14), "{events}");
    assert!(points(&file, "live bytes of thread 45").contains(&(24_690, 1_000_000)));
}

#[test]
fn of_very_many_tasks_those_with_the_highest_peaks_are_shown() {
    let mut trace = trace();
    trace.events.clear();
    for id in 0..5_000_u32 {
        trace.events.push(Event {
            thread: id,
            time: u64::from(id),
            ..Event::from(Op::Allocate {
                id,
                size: u64::from(id) + 1,
                align: 0,
            })
        });
    }
    let file = file(&trace);
    assert_eq!(file["otherData"]["tasks left out"], 4_900);
    assert!(points(&file, "live bytes of thread 4899").is_empty());
    assert_eq!(
        points(&file, "live bytes of thread 4900").last().unwrap().1,
        4_901
    );
}

/// It stands at every point, and at every refused request.
#[test]
fn a_name_of_any_length_is_shortened_where_it_is_repeated() {
    let mut trace = trace();
    trace.interned.pools = vec!["p".repeat(100_000), "q".repeat(100_000)];
    trace.interned.threads[1] = "ä".repeat(100_000);
    let text = text(&trace, Format::Counters, Options::default());
    assert!(text.len() < 20_000, "{}", text.len());
}
