//! `litepool size`.

use litepool_trace::{Op, WordSize};
use predicates::str::contains;

use crate::traces::{Room, allocate, churn, comb};
use crate::{json, litepool, text};

#[test]
fn the_smallest_pool_completes_and_one_granule_less_does_not() {
    let room = Room::new();
    for (name, ops) in [("churn.lpt", churn()), ("comb.lpt", comb())] {
        for word in ["32", "64"] {
            let file = room.trace(name, WordSize::Bits32, &ops);
            let (report, code) = json(&["size", &file, "--word", word]);
            assert_eq!(code, 0);
            for line in report["configurations"].as_array().unwrap() {
                let smallest = line["found"]["smallest"].as_u64().unwrap();
                let granule = line["granule"].as_u64().unwrap();
                let replay = |pool: u64| {
                    let (name, pool) = (line["name"].as_str().unwrap(), pool.to_string());
                    json(&[
                        "replay", &file, "--word", word, "--config", name, "--pool", &pool,
                    ])
                    .1
                };
                assert_eq!(
                    (replay(smallest), replay(smallest - granule)),
                    (0, 1),
                    "{line}"
                );
            }
        }
    }
}

#[test]
fn the_recommendation_has_its_margin_and_completes() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    for margin in ["0", "10", "50%"] {
        let (report, code) = json(&["size", &file, "--margin", margin]);
        assert_eq!(code, 0);
        let choice = &report["recommendation"];
        let least = choice["smallest"].as_f64().unwrap()
            * (1.0 + choice["margin_percent"].as_f64().unwrap() / 100.0);
        let pool = choice["pool"].as_u64().unwrap();
        assert!(
            pool as f64 >= least && (pool as f64) < least * 1.05,
            "{choice}"
        );
        let (name, pool) = (choice["configuration"].as_str().unwrap(), pool.to_string());
        assert_eq!(
            json(&["replay", &file, "--config", name, "--pool", &pool]).1,
            0
        );
    }
}

#[test]
fn the_text_recommends() {
    let room = Room::new();
    let text = text(&["size", &room.trace("churn.lpt", WordSize::Bits32, &churn())]);
    for part in [
        "tlsf-u16", "tlsf-u32", "best-u16", "best-u32", "Choose ", " + 10 %", "262,140",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn sizes_do_not_depend_on_the_run() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    assert_eq!(json(&["size", &file]), json(&["size", &file]));
}

#[test]
fn a_trace_too_large_for_short_links_needs_long_ones() {
    let room = Room::new();
    let file = room.trace("large.lpt", WordSize::Bits32, &[allocate(0, 300_000)]);
    let (report, code) = json(&["size", &file]);
    assert_eq!(
        (code, &report["recommendation"]["configuration"]),
        (0, &"best-u32".into())
    );
    assert!(report["configurations"][0]["found"].is_null());
    assert!(
        text(&["size", &file])
            .contains("tlsf-u16: the trace completes in no pool up to the largest")
    );
}

#[test]
fn a_trace_that_fits_nowhere_is_a_no() {
    let room = Room::new();
    let file = room.trace("huge.lpt", WordSize::Bits64, &[allocate(0, 1 << 40)]);
    litepool()
        .args(["size", &file])
        .assert()
        .code(1)
        .stdout(contains("No pool of these configurations"));
    assert!(json(&["size", &file]).0["recommendation"].is_null());
}

#[test]
fn a_margin_beyond_the_links_is_capped_at_the_largest_pool() {
    let room = Room::new();
    let file = room.trace("tight.lpt", WordSize::Bits32, &[allocate(0, 260_000)]);
    let (report, code) = json(&["size", &file, "--config", "tlsf-u16"]);
    assert_eq!(
        (code, &report["recommendation"]["pool"]),
        (0, &262_140.into())
    );
}

#[test]
fn aligned_requests_and_empty_traces_have_a_size() {
    let room = Room::new();
    let aligned: Vec<Op> = (0..20)
        .map(|id| Op::Allocate {
            id,
            size: 100,
            align: 256,
        })
        .collect();
    for (name, ops) in [("aligned.lpt", aligned), ("nothing.lpt", vec![])] {
        assert_eq!(
            json(&["size", &room.trace(name, WordSize::Bits32, &ops)]).1,
            0,
            "{name}"
        );
    }
}
