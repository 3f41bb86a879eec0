//! `litepool split`.

use litepool_trace::{Op, WordSize};
use predicates::str::contains;

use crate::traces::{Room, allocate, churn, comb};
use crate::{json, litepool};

/// A program whose short receipts pin what its large readings leave.
const GATEWAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../traces/stories/gateway.lpt"
);

#[test]
fn the_planted_split_is_found_and_is_the_sum_of_its_pools() {
    let (report, code) = json(&["split", GATEWAY, "--word", "32"]);
    assert_eq!(code, 0);
    let (one, split) = (&report["one_pool"], &report["split"]);
    let pools = split["pools"].as_array().unwrap();
    assert_eq!(pools.len(), 2);
    let serves = pools[0]["serves"].as_array().unwrap();
    assert_eq!(serves.len(), 1);
    assert_eq!(serves[0]["site"][0]["function"], "keep_receipt");
    assert!(pools[1]["serves"].is_null());
    let sum: u64 = pools
        .iter()
        .map(|pool| pool["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(split["bytes"].as_u64(), Some(sum));
    let saved = one["bytes"].as_u64().unwrap() - sum;
    assert_eq!(split["saved"].as_u64(), Some(saved));
    assert!(split["saved_percent"].as_f64().unwrap() > 10.0);
    let replay = |pool: u64| {
        let (name, pool) = (one["configuration"].as_str().unwrap(), pool.to_string());
        let device = ["--word", "32", "--config", name, "--pool", &pool];
        let mut arguments = vec!["replay", GATEWAY];
        arguments.extend(device);
        json(&arguments).1
    };
    let smallest = one["bytes"].as_u64().unwrap();
    let granule = one["granule"].as_u64().unwrap();
    assert_eq!((replay(smallest), replay(smallest - granule)), (0, 1));
}

#[test]
fn people_read_the_table_and_two_configurations() {
    let room = Room::new();
    let file = room.file("gateway.lpt", std::fs::read(GATEWAY).unwrap());
    let output = litepool()
        .args(["split", &file, "--word", "32", "--config", "best"])
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    // Source text has the width of source text.
    let table = text.lines().take_while(|line| *line != "Rust:");
    assert!(
        table
            .map(|line| line.chars().count())
            .all(|width| width <= 80)
    );
    for part in [
        "one pool, as it is",
        "pool A: keep_receipt (gateway.c:44)",
        "pool B: all else",
        "impl Config for PoolA",
        "LOS_MemInit(pool_b, sizeof pool_b);",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn a_size_that_only_a_split_fits_in_is_a_yes() {
    for (pool, code, says) in [
        ("40K", 0, "one pool fails, and this split serves"),
        ("64K", 1, "no split is needed"),
    ] {
        let arguments = ["split", GATEWAY, "--word", "32", "--config", "best"];
        let mut command = litepool();
        command
            .args(arguments)
            .args(["--pool", pool])
            .assert()
            .code(code)
            .stdout(contains(says));
    }
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let none = "Neither one pool nor any split";
    litepool()
        .args(["split", &file, "--pool", "1K"])
        .assert()
        .code(1)
        .stdout(contains(none));
}

#[test]
fn where_no_split_pays_one_pool_is_best() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    litepool()
        .args(["split", &file])
        .assert()
        .code(1)
        .stdout(contains("One pool is best."));
}

#[test]
fn objects_of_one_size_get_a_class_with_slots_for_them() {
    let room = Room::new();
    let ops: Vec<Op> = (0..4000)
        .map(|id| allocate(id, if id % 4 == 0 { 500 } else { 24 }))
        .collect();
    let file = room.trace("small.lpt", WordSize::Bits64, &ops);
    let (report, code) = json(&["split", &file]);
    let classes = report["split"]["pools"][0]["classes"].as_array().unwrap();
    assert_eq!((code, classes.len()), (0, 1));
    assert_eq!(classes[0]["object_bytes"], 24);
    assert_eq!(report["split"]["is_exact"], true);
    litepool()
        .args(["split", &file])
        .assert()
        .stdout(contains("Heap::with_slab_bytes"));
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let room = Room::new();
    let file = room.trace("comb.lpt", WordSize::Bits64, &comb());
    let answer = |threads: &str| {
        let output = litepool()
            .env("RAYON_NUM_THREADS", threads)
            .args(["split", &file, "--json"])
            .output();
        output.unwrap().stdout
    };
    assert_eq!(answer("1"), answer("4"));
}

#[test]
fn a_trace_without_operations_is_trouble_and_one_operation_is_none() {
    let room = Room::new();
    let empty = room.trace("empty.lpt", WordSize::Bits32, &[]);
    litepool()
        .args(["split", &empty])
        .assert()
        .code(2)
        .stderr(contains("no operations"));
    let one = room.trace("one.lpt", WordSize::Bits32, &[allocate(0, 100)]);
    litepool().args(["split", &one]).assert().code(1);
    let huge = room.trace("huge.lpt", WordSize::Bits64, &[allocate(0, 1 << 40)]);
    litepool()
        .args(["split", &huge])
        .assert()
        .code(1)
        .stdout(contains("No pool"));
}
