//! Whatever a program does, each format has the bytes that the trace's profile has. Of pprof, its own
//! tests say so.

use litepool_trace::{Import, Profile, Trace};
use serde_json::Value;

use crate::samples::{random, text};
use crate::{Bytes, Format, Options};

fn json(trace: &Trace, format: Format) -> Value {
    serde_json::from_str(&text(trace, format, Options::default())).unwrap()
}

#[test]
fn every_format_has_the_bytes_of_the_peak_of_the_end_and_in_all() {
    for seed in 0..20 {
        let trace = random(seed);
        let profile = Profile::of(&trace);
        let (peak, end) = (profile.peak_bytes, profile.leaked_bytes);
        let wanted = [peak, end, profile.total_bytes];

        let folded = Bytes::ALL.map(|bytes| {
            let options = Options {
                bytes: Some(bytes),
                ..Options::default()
            };
            let text = text(&trace, Format::Folded, options);
            let bytes = text.lines().map(|line| line.rsplit_once(' ').unwrap().1);
            bytes
                .map(|bytes| bytes.parse::<u64>().unwrap())
                .sum::<u64>()
        });
        assert_eq!(folded, wanted, "{seed}");

        let dhat = json(&trace, Format::Dhat);
        let points = dhat["pps"].as_array().unwrap();
        let sum = |key| {
            points
                .iter()
                .map(|point| point[key].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!(["gb", "eb", "tb"].map(sum), wanted, "{seed}");

        let speedscope = json(&trace, Format::Speedscope);
        let sum = |profile: usize| speedscope["profiles"][profile]["endValue"].as_u64();
        assert_eq!([0, 1, 2].map(sum), wanted.map(Some), "{seed}");

        let counters = json(&trace, Format::Counters);
        let events = counters["traceEvents"].as_array().unwrap().iter();
        let live = events.filter(|event| event["name"] == "live bytes");
        let live: Vec<_> = live.map(|event| event["args"]["bytes"].as_u64()).collect();
        assert_eq!(live.iter().max(), Some(&Some(peak)), "{seed}");
        assert_eq!(live.last(), Some(&Some(end)), "{seed}");

        let massif = text(&trace, Format::Massif, Options::default());
        let heap = massif
            .lines()
            .filter_map(|line| line.strip_prefix("mem_heap_B="));
        let heap: Vec<u64> = heap.map(|bytes| bytes.parse().unwrap()).collect();
        assert_eq!(
            (heap.iter().max(), heap.last()),
            (Some(&peak), Some(&end)),
            "{seed}"
        );

        let heaptrack = text(&trace, Format::Heaptrack, Options::default());
        let back = Import::from_reader(heaptrack.as_bytes(), None)
            .unwrap()
            .trace;
        let back = Profile::of(&back);
        assert_eq!((back.peak_bytes, back.leaked_bytes), (peak, end), "{seed}");
    }
}
