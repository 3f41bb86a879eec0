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
            let (report, code) = json(&["size", &file, "--word", word, "--runs", "0"]);
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
        let (report, code) = json(&["size", &file, "--config", "tlsf,best", "--margin", margin]);
        assert_eq!(code, 0);
        let choice = &report["recommendation"];
        let least = choice["survives"].as_f64().unwrap()
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
        "slab-fast-best",
        "In 20 perturbed runs",
        "p95",
        "Choose ",
        " + 10 %",
        "What objects waste",
        "Robson",
        "--emit rust",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn sizes_do_not_depend_on_the_run() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits64, &churn());
    let report = || json(&["size", &file, "--config", "tlsf,slab-lean"]);
    assert_eq!(report(), report());
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
fn all_that_are_quickly_tried_are_side_by_side() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let (report, _) = json(&["size", &file, "--runs", "0"]);
    let names: Vec<&str> = report["configurations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"tlsf") && names.contains(&"slab-fast-best"),
        "{names:?}"
    );
    assert_eq!(names.len() == 13, report["left_out"].is_null(), "{names:?}");
    assert!(report["configurations"][0]["needs"].is_null());
    let text = text(&["size", &file, "--runs", "0"]);
    assert!(
        text.contains("No perturbed runs") && text.contains("= smallest "),
        "{text}"
    );
}

/// A thousand live objects, five thousand operations.
#[test]
fn what_walks_all_blocks_of_a_long_trace_is_left_out_and_told() {
    let room = Room::new();
    let mut ops: Vec<Op> = (0..1_000).map(|id| allocate(id, 8)).collect();
    for id in 1_000..3_000 {
        ops.extend([allocate(id, 8), Op::Free { id }]);
    }
    let file = room.trace("long.lpt", WordSize::Bits32, &ops);
    let (report, _) = json(&["size", &file, "--runs", "1"]);
    let left_out = report["left_out"]["configurations"].as_array().unwrap();
    assert_eq!(left_out.len(), 3, "{left_out:?}");
    let text = text(&["size", &file, "--runs", "1"]);
    assert!(text.contains("--config all tries it"), "{text}");
    let (named, _) = json(&["size", &file, "--runs", "1", "--config", "little"]);
    assert_eq!(named["configurations"][0]["name"], "little");
    assert!(named["left_out"].is_null());
}

#[test]
fn the_recommended_pool_survives_all_runs() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let (report, _) = json(&[
        "size", &file, "--config", "best", "--runs", "40", "--jitter", "10", "--margin", "0",
    ]);
    let choice = &report["recommendation"];
    let lines = report["configurations"].as_array().unwrap();
    let line = lines
        .iter()
        .find(|line| line["name"] == choice["configuration"])
        .unwrap();
    let needs = &line["needs"];
    let of = |key: &str| needs[key].as_u64().unwrap();
    assert!(of("p50") <= of("p95") && of("p95") <= of("most"));
    assert!(of("p50") < of("most"), "runs differ: {needs}");
    assert_eq!(needs["runs"].as_array().unwrap().len(), 40);
    assert!(choice["pool"].as_u64() >= choice["survives"].as_u64());
    assert!(choice["survives"].as_u64().unwrap() >= of("most"));
}

#[test]
fn the_same_seed_makes_the_same_runs_on_any_number_of_threads() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let on = |threads: &str, seed: &str| {
        let mut command = litepool();
        command.env("RAYON_NUM_THREADS", threads);
        let arguments = ["size", &file, "--config", "best", "--seed", seed, "--json"];
        command.args(arguments).output().unwrap().stdout
    };
    assert_eq!(on("1", "5"), on("4", "5"));
    assert_ne!(on("1", "5"), on("1", "6"));
}

#[test]
fn several_traces_are_runs_of_one_program() {
    let room = Room::new();
    let small = room.trace("small.lpt", WordSize::Bits32, &comb());
    let large = room.trace("large.lpt", WordSize::Bits32, &churn());
    let smallest = |files: &[&str]| {
        let (report, code) = json(&[&["size", "--config", "best"], files].concat());
        assert_eq!(code, 0);
        let found = &report["configurations"][0]["found"]["smallest"];
        (found.as_u64().unwrap(), report)
    };
    let alone = smallest(&[&small]).0.max(smallest(&[&large]).0);
    let (both, report) = smallest(&[&small, &large]);
    assert_eq!(both, alone);
    assert_eq!(report["traces"].as_array().unwrap().len(), 2);
    let pool = report["recommendation"]["pool"].to_string();
    for file in [&small, &large] {
        assert_eq!(
            json(&["replay", file, "--config", "best", "--pool", &pool]).1,
            0
        );
    }
    text(&["size", &small, &large]);
}

#[test]
fn overlaid_traces_share_a_pool() {
    let room = Room::new();
    let file = room.trace("hold.lpt", WordSize::Bits32, &[allocate(0, 10_000)]);
    let (report, code) = json(&["size", "--overlay", &file, &file, "--config", "tlsf"]);
    assert_eq!(
        (code, &report["overlaid"]["live_peak"]),
        (0, &20_000.into())
    );
    let found = &report["configurations"][0]["found"]["smallest"];
    assert!(found.as_u64() > Some(20_000), "{found}");
    let text = text(&["size", "--overlay", &file, &file]);
    assert!(
        text.contains("together: 2 operations, live peak 20,000 bytes"),
        "{text}"
    );
    assert!(json(&["size", &file, "--overlay"]).0["overlaid"].is_object());
}

#[test]
fn traces_of_two_word_sizes_need_to_know_the_device() {
    let room = Room::new();
    let one = room.trace("one.lpt", WordSize::Bits32, &churn());
    let other = room.trace("other.lpt", WordSize::Bits64, &churn());
    let both = ["size", &one, &other, "--runs", "1"];
    litepool()
        .args(both)
        .assert()
        .code(2)
        .stderr(contains("--word"));
    assert_eq!(json(&[&both[..], &["--word", "32"]].concat()).1, 0);
}

#[test]
fn the_answer_as_code_is_all_that_is_printed() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let size = ["size", &file, "--config", "tlsf,best", "--runs", "2"];
    let (report, _) = json(&size);
    for (language, begins, has) in [
        ("rust", "// Found", "POOL_SIZE"),
        ("c", "/* Found", "--features"),
    ] {
        let code = litepool()
            .args(size)
            .args(["--emit", language])
            .output()
            .unwrap();
        let code = String::from_utf8(code.stdout).unwrap();
        assert!(code.starts_with(begins) && code.contains(has), "{code}");
        assert_eq!(report["emitted"][language], *code);
    }
    litepool()
        .args(["size", &file, "--emit", "c", "--json"])
        .assert()
        .code(2);
}

/// Objects of 4 bytes: every slab that the C library has not got needs less than what it has.
#[test]
fn where_the_c_library_has_not_got_the_choice_its_best_is_told_and_emitted() {
    let room = Room::new();
    let ops: Vec<Op> = (0..3000).map(|id| allocate(id, 4)).collect();
    let file = room.trace("tiny.lpt", WordSize::Bits32, &ops);
    let (report, _) = json(&["size", &file]);
    let chosen = report["recommendation"]["configuration"].as_str().unwrap();
    assert!(
        chosen.starts_with("slab-fast") || chosen.starts_with("slab-lean"),
        "{report:#}"
    );
    let code = report["emitted"]["c"].as_str().unwrap();
    assert!(code.contains("kernel-mem-"), "{code}");
    let size = code.split("POOL_SIZE ").nth(1).unwrap();
    let size = size.split('u').next().unwrap();
    let told = text(&["size", &file]).replace(',', "").replace('\n', " ");
    assert!(told.contains("--emit c: the C library"), "{told}");
    assert!(told.contains(&format!(" in {size} bytes")), "{told}");
}

/// The C library has no switch for lean slabs; of what else was tried there is nothing.
#[test]
fn what_the_c_library_cannot_be_is_said() {
    let room = Room::new();
    let file = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let lean = [
        "size",
        &file,
        "--config",
        "slab-lean",
        "--runs",
        "0",
        "--emit",
        "c",
    ];
    litepool()
        .args(lean)
        .assert()
        .code(2)
        .stderr(contains("--config tlsf,best"));
    // Between 256 and 512 KiB pools of 64 bits have links that the library has not.
    let file = room.trace("large.lpt", WordSize::Bits64, &[allocate(0, 300 << 10)]);
    let large = ["size", &file, "--runs", "0", "--emit", "c"];
    litepool()
        .args(large)
        .assert()
        .code(2)
        .stderr(contains("--max-size 16M"));
    litepool()
        .args(large)
        .args(["--config", "tlsf,best", "--max-size", "16M"])
        .assert()
        .success();
}

#[test]
fn runs_that_no_one_can_mean_are_refused() {
    for wrong in [
        ["--jitter", "60"],
        ["--jitter", "-1"],
        ["--runs", "x"],
        ["--emit", "zig"],
    ] {
        litepool()
            .arg("size")
            .arg("x.lpt")
            .args(wrong)
            .assert()
            .code(2);
    }
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

#[test]
fn standard_input_is_one_trace() {
    litepool()
        .args(["size", "-", "-"])
        .write_stdin(crate::traces::trace(WordSize::Bits32, &churn()))
        .assert()
        .code(2)
        .stderr(contains("standard input is one trace"));
}
