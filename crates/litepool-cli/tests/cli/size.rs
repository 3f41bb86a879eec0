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
    for part in ["tlsf", "best", "Choose ", " + 10 %", "2,147,483,644"] {
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
    let all = ["size", &file, "--config", "little,tlsf,best"];
    let (report, code) = json(&all);
    assert_eq!(
        (code, &report["recommendation"]["configuration"]),
        (0, &"best".into())
    );
    assert!(report["configurations"][2]["found"].is_null());
    assert!(text(&all).contains("little: the trace completes in no pool up to the largest"));
}

/// What just fits with short links is no matter of luck because a larger pool has long ones.
#[test]
fn the_limit_of_short_links_is_no_failure_of_a_larger_pool() {
    let room = Room::new();
    let file = room.trace("tight.lpt", WordSize::Bits32, &[allocate(0, 261_800)]);
    let (report, code) = json(&["size", &file, "--config", "tlsf"]);
    assert_eq!(code, 0);
    let found = &report["configurations"][0]["found"];
    assert!(found["smallest"].as_u64() <= Some(262_144), "{found}");
    assert_eq!(found["smallest"], found["luckiest"]);
    let (wide, _) = json(&["size", &file, "--config", "tlsf", "--max-size", "16M"]);
    let wide = &wide["configurations"][0]["found"];
    assert!(wide["control_block"].as_u64() > found["control_block"].as_u64());
    assert!(wide["smallest"].as_u64() > Some(262_144), "{wide}");
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
    let (report, code) = json(&["size", &file, "--config", "little"]);
    assert_eq!(
        (code, &report["recommendation"]["pool"]),
        (0, &262_144.into())
    );
    let text = text(&["size", &file, "--config", "little"]);
    assert!(text.contains("its largest pool"), "{text}");
}

#[test]
fn aligned_requests_have_a_size() {
    let room = Room::new();
    let aligned: Vec<Op> = (0..20)
        .map(|id| Op::Allocate {
            id,
            size: 100,
            align: 256,
        })
        .collect();
    let file = room.trace("aligned.lpt", WordSize::Bits32, &aligned);
    assert_eq!(json(&["size", &file]).1, 0);
}

/// Nobody records a program to learn that a heap without objects fits into its control block.
#[test]
fn a_trace_without_operations_has_no_size_and_no_replay() {
    let room = Room::new();
    let file = room.trace("nothing.lpt", WordSize::Bits32, &[]);
    for command in ["size", "replay"] {
        litepool()
            .args([command, &file])
            .assert()
            .code(2)
            .stdout("")
            .stderr(contains("no operations"));
    }
}

/// Objects of no bytes: blocks are needed, but there is nothing to compare them with.
#[test]
fn there_is_no_ratio_without_a_live_peak() {
    let room = Room::new();
    let file = room.trace(
        "empty.lpt",
        WordSize::Bits32,
        &[allocate(0, 0), allocate(1, 0)],
    );
    let (report, code) = json(&["size", &file]);
    assert_eq!(code, 0);
    for line in report["configurations"].as_array().unwrap() {
        assert!(line["found"]["smallest"].as_u64().unwrap() > 0);
        assert!(line["found"]["ratio"].is_null(), "{line}");
    }
    assert!(!text(&["size", &file]).contains("NaN"));
    assert!(!text(&["replay", &file]).contains("NaN"));
}

#[test]
fn sizes_and_alignments_of_any_size_are_answered() {
    let room = Room::new();
    for (size, align) in [
        (1, 1 << 63),
        (1, 1 << 62),
        (i64::MAX as u64, 1 << 63),
        (i64::MAX as u64, 0),
        (u64::from(u32::MAX), 1 << 32),
    ] {
        let op = Op::Allocate { id: 0, size, align };
        let file = room.trace("extreme.lpt", WordSize::Bits64, &[op]);
        for word in ["32", "64"] {
            assert_eq!(json(&["size", &file, "--word", word]).1, 1, "{op:?}");
        }
        assert_eq!(json(&["replay", &file, "--pool", "64K"]).1, 1, "{op:?}");
        litepool().args(["info", &file]).assert().success();
    }
}
