//! `litepool explain`.

use litepool_trace::{Op, WordSize};
use predicates::str::contains;
use serde_json::Value;

use crate::traces::{Room, allocate, comb};
use crate::{json, litepool, text};

/// Small objects that stay between large ones that go, and a request that then fits nowhere.
fn checkerboard() -> Vec<Op> {
    let pairs = (0..100).flat_map(|pair| [allocate(2 * pair, 200), allocate(2 * pair + 1, 24)]);
    let frees = (0..100).map(|pair| Op::Free { id: 2 * pair });
    pairs.chain(frees).chain([allocate(200, 3_000)]).collect()
}

fn change<'r>(report: &'r Value, kind: &str) -> &'r Value {
    let changes = report["changes"].as_array().unwrap();
    let found = changes.iter().find(|change| change["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind}: {report:#}"))
}

#[test]
fn a_fragmented_pool_is_saved_by_moving_what_pins_it() {
    let room = Room::new();
    // All from one site: the sizes are what is told apart.
    let csv: String = csv(&checkerboard());
    let file = room.file("board.csv", csv);
    let (report, code) = json(&["explain", &file, "--word", "32", "--pool", "24000"]);
    assert_eq!(code, 0);
    assert_eq!(report["failure"]["operation"], 301);
    assert_eq!(report["failure"]["cause"], "fragmented");
    let best = &report["changes"][0];
    assert_eq!(best["kind"], "fixed-objects", "{best:#}");
    assert_eq!(best["survives"], true);
    assert_eq!(best["moved"][0]["sizes"], serde_json::json!([17, 24]));
    assert_eq!(
        best["moved"][0]["slots"],
        serde_json::json!([{"size": 24, "number": 100}])
    );
    assert!(best["memory"].as_u64().unwrap() <= 24_000);
    let text = text(&["explain", &file, "--word", "32", "--pool", "24000"]);
    assert!(
        text.contains("Cheapest: fixed slots: objects of 17 to 24 bytes."),
        "{text}"
    );
    assert!(text.contains("2,416 bytes (100 x 24) apart"), "{text}");
}

/// As text without call sites.
fn csv(ops: &[Op]) -> String {
    let line = |op: &Op| match *op {
        Op::Allocate { id, size, .. } => format!("a {id} {size}\n"),
        Op::Resize { id, size } => format!("r {id} {size}\n"),
        Op::Free { id } => format!("f {id}\n"),
    };
    let lines: String = ops.iter().map(line).collect();
    format!("0\n1000\n{}\n1\n{lines}", ops.len())
}

#[test]
fn every_row_is_true() {
    let room = Room::new();
    let file = room.trace("board.lpt", WordSize::Bits32, &checkerboard());
    let (report, code) = json(&["explain", &file, "--pool", "24000"]);
    assert_eq!(code, 0);
    let replay = |name: &str, pool: u64| {
        let pool = pool.to_string();
        json(&["replay", &file, "--config", name, "--pool", &pool]).1
    };
    let more = change(&report, "more-bytes")["memory"].as_u64().unwrap();
    assert_eq!((replay("tlsf", more), replay("tlsf", more - 4)), (0, 1));
    let changes = report["changes"].as_array().unwrap();
    let mut others = 0;
    for change in changes {
        if change["kind"] == "configuration" && change["granule"] == 4 {
            let name = change["configuration"].as_str().unwrap();
            let survives = change["survives"].as_bool().unwrap();
            assert_eq!(replay(name, 24_000) == 0, survives, "{change:#}");
            others += 1;
        }
    }
    assert_eq!(others, 12);
    // What saves it in these bytes comes first, and the cheapest of it foremost.
    let order = |change: &Value| {
        let saves = change["survives"] == true && change["kind"] != "more-bytes";
        (!saves, change["memory"].as_u64())
    };
    assert!(changes.is_sorted_by_key(order));
}

#[test]
fn the_configuration_that_fails_is_the_one_that_is_named() {
    let room = Room::new();
    let file = room.trace("comb.lpt", WordSize::Bits32, &comb());
    let (size, _) = json(&["size", &file, "--config", "best"]);
    let smallest = size["configurations"][0]["found"]["smallest"]
        .as_u64()
        .unwrap();
    let explain = |pool: u64| {
        let pool = pool.to_string();
        json(&["explain", &file, "--config", "best", "--pool", &pool])
    };
    let (report, code) = explain(smallest - 4);
    assert_eq!((code, &report["configuration"]), (0, &"best".into()));
    assert_eq!(change(&report, "more-bytes")["memory"], smallest);
    let (report, code) = explain(smallest + 400);
    assert_eq!(code, 0);
    assert!(report["failure"].is_null() && report["changes"].as_array().unwrap().is_empty());
    assert_eq!(report["smallest"], smallest);
    let pool = (smallest + 400).to_string();
    let told = text(&["explain", &file, "--config", "best", "--pool", &pool]);
    assert!(
        told.contains("so that 400\nare to spare") || told.contains("so that 400 are to spare"),
        "{told}"
    );
    litepool()
        .args(["explain", &file, "--config", "slab", "--pool", "64K"])
        .assert()
        .code(2)
        .stderr(contains("name one of these: slab-fixed-tlsf"));
}

#[test]
fn alignments_are_lowered_where_there_are_any() {
    let room = Room::new();
    let aligned = (0..50).map(|id| Op::Allocate {
        id,
        size: 20,
        align: 64,
    });
    let ops: Vec<Op> = aligned.collect();
    let file = room.trace("aligned.lpt", WordSize::Bits32, &ops);
    let (report, _) = json(&["explain", &file, "--pool", "2K"]);
    let lowered = change(&report, "alignment");
    assert_eq!(lowered["survives"], true);
    assert_eq!(lowered["alignment_lowered"], true);
    let file = room.trace("plain.lpt", WordSize::Bits32, &[allocate(0, 3_000)]);
    let (report, _) = json(&["explain", &file, "--pool", "2K"]);
    let changes = report["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["kind"] != "alignment"));
}

#[test]
fn nothing_saves_what_no_pool_holds() {
    let room = Room::new();
    let ops = [allocate(0, 10), allocate(1, 4_000_000_000)];
    let file = room.trace("vast.lpt", WordSize::Bits32, &ops);
    let (report, code) = json(&["explain", &file, "--pool", "4K"]);
    assert_eq!(code, 1, "{report:#}");
    litepool()
        .args(["explain", &file, "--pool", "4K"])
        .assert()
        .code(1)
        .stdout(contains("Nothing that was tried saves the trace"));
}

/// A larger pool always helps: that is no way to save it in this one.
#[test]
fn the_answer_is_no_if_nothing_saves_it_in_this_memory() {
    let room = Room::new();
    let file = room.trace("one.lpt", WordSize::Bits32, &[allocate(0, 3_000)]);
    let (report, code) = json(&["explain", &file, "--pool", "2K"]);
    assert!(change(&report, "more-bytes")["memory"].as_u64().is_some());
    assert_eq!(code, 1, "{report:#}");
    litepool()
        .args(["explain", &file, "--pool", "2K"])
        .assert()
        .code(1)
        .stdout(contains(
            "Nothing that was tried saves it in these 2,048 bytes",
        ));
}

#[test]
fn what_can_not_be_asked_is_told() {
    let room = Room::new();
    let file = room.trace("one.lpt", WordSize::Bits32, &[allocate(0, 10)]);
    let empty = room.trace("empty.lpt", WordSize::Bits32, &[]);
    let asked = |arguments: &[&str], told: &str| {
        let mut command = litepool();
        let command = command.arg("explain").args(arguments);
        command.assert().code(2).stderr(contains(told));
    };
    asked(&[&file], "--pool");
    asked(&[&file, "--pool", "much"], "is not a size");
    asked(
        &[&file, "--pool", "16"],
        "there can't be a pool of 16 bytes",
    );
    asked(&[&file, "--pool", "3G"], "there can't be a pool");
    asked(&[&empty, "--pool", "4K"], "no operations");
    asked(&["absent.lpt", "--pool", "4K"], "cannot read");
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let room = Room::new();
    let file = room.trace("board.lpt", WordSize::Bits32, &checkerboard());
    let on = |threads: &str| {
        let mut command = litepool();
        command.args(["explain", &file, "--pool", "23000"]);
        command.env("RAYON_NUM_THREADS", threads);
        command.output().unwrap().stdout
    };
    assert_eq!(on("1"), on("4"));
}

#[test]
fn no_name_turns_what_stands_beside_it() {
    let room = Room::new();
    let name = "x\u{202e}gnp\u{1b}[31m";
    let module = litepool_trace::Module {
        path: format!("/nowhere/{name}"),
        build_id: Vec::new(),
    };
    let header = litepool_trace::Header {
        word: WordSize::Bits32,
        program: name.into(),
    };
    let mut writer = litepool_trace::Writer::new(Vec::new(), &header).unwrap();
    let module = writer.module(&module).unwrap();
    let frame = litepool_trace::Frame {
        module,
        offset: 16,
        locations: Vec::new(),
    };
    let frame = writer.frame(&frame).unwrap();
    let stack = writer.stack(0, frame).unwrap();
    for id in 0..100 {
        let event = litepool_trace::Event {
            stack,
            ..allocate(id, 100).into()
        };
        writer.event(&event).unwrap();
    }
    let file = room.file("named.lpt", writer.finish().unwrap());
    let told = litepool()
        .args(["explain", &file, "--pool", "4K"])
        .output()
        .unwrap();
    let told = String::from_utf8([told.stdout, told.stderr].concat()).unwrap();
    assert!(told.contains("x gnp [31m"), "{told}");
    assert!(told.contains("is not on this machine"), "{told}");
    assert!(!told.contains(['\u{202e}', '\u{1b}']), "{told}");
}
