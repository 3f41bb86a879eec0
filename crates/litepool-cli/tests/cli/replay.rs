//! `litepool replay`.

use litepool_trace::{Op, WordSize};
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::traces::{Room, allocate, called_by, churn, comb};
use crate::{json, litepool, text};

#[test]
fn a_trace_that_fits() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let (report, code) = json(&["replay", &file, "--pool", "64K", "--verify=100"]);
    assert_eq!(
        (code, report["pool"].as_u64(), report["word"].as_u64()),
        (0, Some(65_536), Some(32))
    );
    let lines = report["configurations"].as_array().unwrap();
    assert!(lines.len() >= 2);
    for line in lines {
        assert_eq!(
            (line["result"].as_str(), line["granule"].as_u64()),
            (Some("fits"), Some(4))
        );
        assert!(line["failure"].is_null() && line["reason"].is_null());
        assert!(line["peak_used"].as_u64() > report["trace"]["live_peak"].as_u64());
        assert!(line["ns_per_operation"].as_f64().unwrap() > 0.0);
        assert!(line["verified"]["objects"].as_u64().unwrap() > 900);
        let samples = line["samples"].as_array().unwrap();
        assert_eq!(
            samples.last().unwrap()["operation"],
            report["trace"]["operations"]
        );
        for sample in samples {
            let sum = |a: &str| sample[a].as_u64().unwrap();
            assert_eq!(
                sum("used") + sum("free") + line["control_block"].as_u64().unwrap(),
                65_536
            );
        }
    }
}

#[test]
fn a_pool_that_is_too_small_says_where_and_why() {
    let room = Room::new();
    let file = room.trace("comb.lpt", WordSize::Bits32, &comb());
    let (report, code) = json(&["replay", &file, "--pool", "4800", "--config", "tlsf"]);
    assert_eq!(code, 1);
    let line = &report["configurations"][0];
    assert_eq!(line["result"], "fails");
    let failure = &line["failure"];
    assert_eq!(
        (failure["operation"].as_u64(), failure["request"].as_u64()),
        (Some(97), Some(1000))
    );
    assert_eq!(
        (failure["kind"].as_str(), failure["cause"].as_str()),
        (Some("allocate"), Some("fragmented"))
    );
    assert_eq!(failure["site"]["offset"], 0x10);
    assert!(failure["free"].as_u64() > Some(1000) && failure["largest_free"].as_u64() < Some(1000));

    litepool()
        .args(["replay", &file, "--pool", "4800"])
        .assert()
        .code(1)
        .stdout(contains("operation 97 of 97 fails: allocate 1,000 bytes"))
        .stdout(contains("The pool is fragmented"));
    litepool()
        .args(["replay", &file, "--pool", "2K"])
        .assert()
        .code(1)
        .stdout(contains("The pool is full"));
}

/// Ten buffers, each with a record of `log_init` behind it that stays; then the buffers are freed,
/// and `net_rx` wants what four of them had.
fn pinned() -> Vec<u8> {
    const LOG: &[&str] = &["xmalloc", "log_init", "startup", "main"];
    const BUFFER: &[&str] = &["load", "startup", "main"];
    const NET: &[&str] = &["net_rx", "main"];
    let mut ops = Vec::new();
    for id in (0..20).step_by(2) {
        ops.push((allocate(id, 1000), BUFFER));
        ops.push((allocate(id + 1, 20), LOG));
    }
    ops.extend((0..20).step_by(2).map(|id| (Op::Free { id }, BUFFER)));
    ops.push((allocate(20, 4000), NET));
    called_by(WordSize::Bits32, &ops)
}

/// Whose blocks are in the way is known here, and that the rest fits without them.
#[test]
fn a_failure_tells_who_pins_the_free_space_and_tries_the_pool_without_them() {
    let room = Room::new();
    let file = room.file("pinned.lpt", pinned());
    let args = ["replay", &file, "--pool", "10600", "--config", "tlsf"];
    let (report, code) = json(&args);
    assert_eq!(code, 1);
    let failure = &report["configurations"][0]["failure"];
    assert_eq!(failure["cause"], "fragmented");
    let pins = &failure["pins"];
    assert_eq!(
        (&pins["room"], pins["used_blocks"].as_u64()),
        (&"pinned".into(), Some(10))
    );
    let cheapest = &pins["windows"][0];
    assert_eq!(
        (cheapest["blocks"].as_u64(), cheapest["bytes"].as_u64()),
        (Some(3), Some(72))
    );
    assert_eq!(cheapest["held"].as_array().unwrap().len(), 3);
    assert_eq!(cheapest["held"][0]["site"]["function"], "log_init");
    let without = &pins["without_function"][0];
    assert_eq!(
        (&without["name"], without["blocks"].as_u64()),
        (&"log_init".into(), Some(10))
    );
    assert_eq!(
        (&without["serves"], without["bytes"].as_u64()),
        (&true.into(), Some(240))
    );
    let tried = &failure["tried"];
    assert_eq!(
        (&tried["without"], &tried["fits"]),
        (&"log_init".into(), &true.into())
    );
    assert_eq!(tried["live_peak"], 200);

    litepool()
        .args(args)
        .assert()
        .code(1)
        .stdout(contains("requested by net_rx (net_rx.c:10)"))
        .stdout(contains("Without the 10 blocks of log_init (240 bytes)"))
        .stdout(contains("the rest of the trace fits in this one"))
        .stdout(contains("--at failure --pool 10600 --config tlsf"));
}

/// Every block of the pool at that moment, with its address in it.
#[test]
fn the_blocks_of_a_pool_are_listed_at_its_failure() {
    let room = Room::new();
    let file = room.file("pinned.lpt", pinned());
    let args = ["blocks", &file, "--at", "failure", "--pool", "10600"];
    let (report, code) = json(&[&args[..], &["--state", "all", "--sort", "address"]].concat());
    assert_eq!(
        (code, report["origin"]["operation"].as_u64()),
        (0, Some(30))
    );
    assert_eq!(
        (
            &report["origin"]["pool"],
            &report["origin"]["configuration"]
        ),
        (&10_600.into(), &"tlsf".into())
    );
    let blocks = report["blocks"].as_array().unwrap();
    let states: Vec<&str> = blocks
        .iter()
        .map(|block| block["state"].as_str().unwrap())
        .collect();
    assert_eq!(states[..4], ["free", "used", "free", "used"]);
    assert_eq!(
        (states.len(), &blocks[1]["site"]["function"]),
        (21, &"log_init".into())
    );
    assert_eq!(
        (&blocks[1]["size"], &blocks[1]["extent"]),
        (&20.into(), &24.into())
    );
    litepool().args(args).assert().stdout(contains(
        "after operation 30, in a pool of 10,600 bytes (tlsf)",
    ));
    litepool()
        .args(["leaks", &file, "--at", "failure", "--pool", "10600"])
        .assert()
        .stdout(contains("log_init"));
}

#[test]
fn no_pool_can_be_looked_at_in_which_nothing_fails() {
    let room = Room::new();
    let file = room.file("pinned.lpt", pinned());
    for (args, advice) in [
        (
            &["--at", "failure", "--pool", "64K"][..],
            "no request fails there",
        ),
        (
            &["--at", "failure", "--pool", "10600", "--config", "slab"],
            "name one of these",
        ),
        (&["--pool", "64K"], "--pool goes with --at failure"),
        (&["--at", "failure"], "was refused no request"),
    ] {
        litepool()
            .args(["blocks", &file])
            .args(args)
            .assert()
            .code(2)
            .stderr(contains(advice));
    }
}

/// Nothing is in the way of what is larger than all that is free.
#[test]
fn of_a_full_pool_it_is_told_who_holds_it() {
    let room = Room::new();
    let file = room.file("pinned.lpt", pinned());
    litepool()
        .args(["replay", &file, "--pool", "8K", "--config", "tlsf"])
        .assert()
        .code(1)
        .stdout(contains("The pool is full"))
        .stdout(contains("load (load.c:10)"))
        .stdout(contains("moving blocks makes no room"));
}

#[test]
fn a_trace_that_fits_nowhere_at_any_size() {
    let room = Room::new();
    let file = room.trace("huge.lpt", WordSize::Bits64, &[allocate(0, 1 << 40)]);
    litepool()
        .args(["replay", &file, "--pool", "1M"])
        .assert()
        .code(1)
        .stdout(contains("1,099,511,627,776"));
}

#[test]
fn the_default_pool_is_told() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let text = text(&["replay", &file, "--verify"]);
    for part in [
        "live peak + 25 %",
        "fits",
        "all intact",
        "Fragmentation from",
        "Live bytes",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_pool_beyond_the_links_is_no_pool() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    litepool()
        .args(["replay", &file, "--pool", "1M", "--config", "little"])
        .assert()
        .code(1)
        .stdout(contains("(at most 262,144 bytes)"));
    litepool()
        .args(["replay", &file, "--pool", "8"])
        .assert()
        .code(1)
        .stdout(contains("too small").and(contains("`litepool size` finds the smallest")));
}

#[test]
fn the_word_is_the_traces_own_or_the_one_asked_for() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    assert_eq!(
        json(&["replay", &file]).0["configurations"][0]["granule"],
        8
    );
    assert_eq!(
        json(&["replay", &file, "--word", "32"]).0["configurations"][0]["granule"],
        4
    );
    assert!(text(&["replay", &file, "--word", "32"]).contains("keep their recorded sizes"));
    assert!(!text(&["replay", &file]).contains("keep their recorded sizes"));
}

#[test]
fn the_base_matters_to_aligned_requests_and_to_them_alone() {
    let room = Room::new();
    let peak = |ops: &[Op], base: &str| {
        let file = room.trace("t.lpt", WordSize::Bits32, ops);
        let (report, _) = json(&[
            "replay",
            &file,
            "--pool",
            "16K",
            "--base-modulo",
            base,
            "--config",
            "tlsf",
        ]);
        report["configurations"][0]["samples"].clone()
    };
    assert_eq!(peak(&churn(), "0"), peak(&churn(), "0x20000404"));
    let aligned: Vec<Op> = (0..8)
        .map(|id| Op::Allocate {
            id,
            size: 20,
            align: 1024,
        })
        .collect();
    assert_ne!(peak(&aligned, "0"), peak(&aligned, "0x20000104"));
}

#[test]
fn wrong_choices_are_usage_errors() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    for (arguments, message) in [
        (&["--config", "best-fit"][..], "there are: tlsf, best"),
        (&["--base-modulo", "4"], "multiple of 8"),
        (&["--pool", "64X"], "64K"),
        (&["--verify=0"], "0"),
        (&["--samples", "0"], "0"),
    ] {
        litepool()
            .args(["replay", &file])
            .args(arguments)
            .assert()
            .code(2)
            .stderr(contains(message));
    }
}

/// Longer than the pieces that a trace is read in: what is asked of the heap is the same, to the
/// operation.
#[test]
fn a_long_trace_is_replayed_piece_by_piece() {
    let room = Room::new();
    let mut ops = Vec::new();
    for id in 0..150_000 {
        ops.push(allocate(id, 1 + u64::from(id) % 100));
        if id >= 10 {
            ops.push(Op::Free { id: id - 10 });
        }
    }
    ops.push(allocate(150_000, 5_000));
    let file = room.trace("long.lpt", WordSize::Bits32, &ops);
    let piped = || {
        litepool()
            .args(["replay", "-", "--pool", "4K", "--config", "tlsf", "--json"])
            .write_stdin(std::fs::read(&file).unwrap())
            .output()
            .unwrap()
            .stdout
    };
    let (report, code) = json(&["replay", &file, "--pool", "4K", "--config", "tlsf"]);
    let failure = &report["configurations"][0]["failure"];
    assert_eq!((code, &failure["operation"]), (1, &ops.len().into()));
    assert_eq!(failure["site"]["offset"], 0x10);
    assert_eq!(failure["time_microseconds"], 10 * (ops.len() - 1));
    let other: serde_json::Value = serde_json::from_slice(&piped()).unwrap();
    assert_eq!(report["configurations"], other["configurations"]);
    assert_eq!(
        json(&["replay", &file, "--pool", "8K", "--verify=100000"]).1,
        0
    );
}
