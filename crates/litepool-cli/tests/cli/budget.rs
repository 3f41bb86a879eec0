//! `litepool budget`.

use std::fs;
use std::path::Path;

use litepool_trace::{Op, WordSize};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use crate::traces::{Room, allocate, called_by, churn};
use crate::{json, litepool, text};

const SETTINGS: &str = "\
baseline = \"base.toml\"

[[trace]]
name = \"station\"
file = \"station.lpt\"
pool = \"8K\"
limits.peak = 4096
";

/// Messages that are received and answered; each of so many bytes.
fn messages(size: u64) -> Vec<(Op, &'static [&'static str])> {
    let mut ops: Vec<(Op, &'static [&'static str])> = vec![(allocate(0, 100), &["start"])];
    for id in 1..40 {
        ops.push((allocate(id, size), &["malloc", "receive", "main"]));
        if id > 10 {
            ops.push((Op::Free { id: id - 10 }, &["answer", "main"]));
        }
    }
    ops
}

/// A directory with these settings, a trace of messages of so many bytes, and its sources.
fn room(settings: &str, size: u64) -> (Room, String) {
    let room = Room::new();
    fs::create_dir(room.path("src")).unwrap();
    room.file("src/receive.c", "");
    let settings = room.file("litepool.toml", settings);
    record(&room, size);
    (room, settings)
}

fn record(room: &Room, size: u64) {
    room.file("station.lpt", called_by(WordSize::Bits32, &messages(size)));
}

fn update(settings: &str) {
    litepool()
        .args(["budget", settings, "--update"])
        .assert()
        .success();
}

/// What was found out about a figure of the first trace.
fn figure<'r>(report: &'r Value, key: &str) -> &'r Value {
    let mut checks = report["traces"][0]["checks"].as_array().unwrap().iter();
    checks.find(|check| check["of"]["figure"] == key).unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_first_baseline_is_written_and_holds_until_one_byte_more_is_needed() {
    let (room, settings) = room(SETTINGS, 100);
    litepool()
        .args(["budget", &settings])
        .assert()
        .code(2)
        .stderr(contains("there is no baseline").and(contains("--update writes it")));

    update(&settings);
    let (report, code) = json(&["budget", &settings]);
    assert_eq!((code, &report["within"]), (0, &Value::Bool(true)));
    assert_eq!(figure(&report, "peak")["now"], 1200);
    assert_eq!(figure(&report, "peak")["baseline"], 1200);
    assert_eq!(figure(&report, "never-freed")["now"], 1100);
    assert!(text(&["budget", &settings]).ends_with("Within the budget: 1 trace.\n"));

    record(&room, 101);
    let (report, code) = json(&["budget", &settings]);
    assert_eq!(code, 1);
    assert_eq!(figure(&report, "peak")["verdict"], "grown");
    let grown = &report["traces"][0]["grown"][0];
    assert_eq!(
        (&grown["site"], &grown["growth"]),
        (&"receive (receive.c)".into(), &11.into())
    );
    assert_eq!(grown["place"]["file"], "src/receive.c");

    update(&settings);
    assert_eq!(json(&["budget", &settings]).1, 0);
    // Less is within, and told.
    record(&room, 99);
    let (report, code) = json(&["budget", &settings]);
    assert_eq!(
        (code, &figure(&report, "peak")["verdict"]),
        (0, &"less".into())
    );
}

#[test]
fn the_figures_are_those_of_the_other_commands() {
    let room = Room::new();
    let trace = room.trace("churn.lpt", WordSize::Bits32, &churn());
    let pool = "24K";
    let file = room.file(
        "litepool.toml",
        format!(
            "[[trace]]\nfile = \"churn.lpt\"\npool = \"{pool}\"\nlimits.smallest-pool = \"1M\"\n"
        ),
    );
    let (budget, code) = json(&["budget", &file]);
    assert_eq!(code, 0, "{budget}");
    let (size, _) = json(&["size", &trace, "--config", "tlsf"]);
    let (info, _) = json(&["info", &trace]);
    let (replay, _) = json(&["replay", &trace, "--config", "tlsf", "--pool", pool]);
    assert_eq!(
        figure(&budget, "smallest-pool")["now"],
        size["configurations"][0]["found"]["smallest"]
    );
    assert_eq!(figure(&budget, "peak")["now"], info["trace"]["live_peak"]);
    assert_eq!(figure(&budget, "never-freed")["now"], info["leaked_bytes"]);
    let fragmentation = replay["configurations"][0]["max_fragmentation"]
        .as_f64()
        .unwrap();
    assert_eq!(
        figure(&budget, "fragmentation")["now"],
        (fragmentation * 10_000.0).round() as u64
    );
}

#[test]
fn a_baseline_is_the_same_text_for_the_same_figures() {
    let (room, settings) = room(SETTINGS, 100);
    update(&settings);
    let first = read(&room.path("base.toml"));
    assert!(
        first.contains("\n\"receive (receive.c)\" = 1100\n"),
        "{first}"
    );
    update(&settings);
    assert_eq!(read(&room.path("base.toml")), first);
}

#[test]
fn limits_hold_without_a_baseline() {
    let settings = |limit: &str| format!("[[trace]]\nfile = \"station.lpt\"\n{limit}\n");
    for (limit, code) in [
        ("limits.peak = 1200", 0),
        ("limits.peak = 1199", 1),
        ("limits.never-freed = 1100", 0),
        ("limits.never-freed = 1099", 1),
        ("limits.leaks = 0", 0),
        ("limits.smallest-pool = 10", 1),
        ("pool = 10_000", 0),
        ("pool = 600", 1),
        ("pool = 10", 1),
        ("limits.sites.receive = 1100", 0),
        ("limits.sites.receive = 1099", 1),
        ("limits.sites.\"receive (receive.c)\" = 1099", 1),
        ("limits.tasks.\"thread 0\" = 1200", 0),
        ("limits.tasks.\"thread 0\" = 1199", 1),
        // Nothing holds what there is not.
        ("limits.sites.recieve = 1", 2),
        ("limits.tasks.net = 1", 2),
    ] {
        let (_room, file) = room(&settings(limit), 100);
        let (report, found) = json(&["budget", &file]);
        assert_eq!(found, code, "{limit}: {report}");
        assert_eq!(report["within"], code == 0, "{limit}");
    }
}

#[test]
fn a_name_that_is_probably_another_is_told() {
    let (_room, file) = room(
        "[[trace]]\nfile = \"station.lpt\"\nlimits.sites.recieve = 1\n",
        100,
    );
    litepool().args(["budget", &file]).assert().code(2).stdout(
        contains("litepool.toml:3: no trace has a call site `recieve`").and(contains("`receive`?")),
    );
}

#[test]
fn a_trace_that_cannot_be_measured_is_trouble_and_the_others_are_told() {
    let settings =
        format!("{SETTINGS}\n[[trace]]\nfile = \"gone.lpt\"\n[[trace]]\nfile = \"empty.lpt\"\n");
    let (room, file) = room(&settings, 100);
    room.trace("empty.lpt", WordSize::Bits32, &[]);
    room.file("base.toml", "version = 1\n");
    let (report, code) = json(&["budget", &file]);
    assert_eq!((code, &report["within"]), (2, &Value::Bool(false)));
    assert_eq!(figure(&report, "peak")["now"], 1200);
    for (trace, trouble) in [(1, "cannot read"), (2, "the trace has no operations")] {
        let told = report["traces"][trace]["trouble"].as_str().unwrap();
        assert!(told.contains(trouble), "{told}");
    }
    // Half a baseline is none.
    litepool()
        .args(["budget", &file, "--update"])
        .assert()
        .code(2);
    assert_eq!(read(&room.path("base.toml")), "version = 1\n");
}

#[test]
fn what_is_wrong_with_settings_or_baseline_is_told_and_exits_with_2() {
    let (room, file) = room("[[trace]]\nfile = \"station.lpt\"\nlimits.peak = 1\n", 100);
    let trouble = |arguments: &[&str], what: &str| {
        litepool()
            .arg("budget")
            .args(arguments)
            .assert()
            .code(2)
            .stderr(contains(what));
    };
    trouble(&["nowhere.toml"], "there is no nowhere.toml");
    trouble(&[&file, "--update"], "names no baseline to write");
    room.file("litepool.toml", format!("{SETTINGS}limits.peek = 1"));
    trouble(
        &[&file],
        "`peek` is no key of [trace.limits]; did you mean `peak`?",
    );
    room.file(
        "litepool.toml",
        format!("{SETTINGS}{SETTINGS}").replacen("baseline", "#", 1),
    );
    trouble(&[&file], "litepool.toml:");
    room.file("litepool.toml", SETTINGS);
    room.file("base.toml", "version = 2\n");
    trouble(&[&file], "this litepool reads version 1");
    room.file("base.toml", "int main(void)\n");
    trouble(&[&file], "base.toml:1: this is not TOML");
    trouble(&[&file, "--update"], "is no baseline");
    assert_eq!(read(&room.path("base.toml")), "int main(void)\n");
    room.file("base.toml", [0xff, 0xfe]);
    trouble(&[&file], "is not text in UTF-8");
}

#[test]
fn what_the_baseline_has_not_is_not_within_and_what_is_gone_is_noted() {
    let (room, settings) = room(SETTINGS, 100);
    update(&settings);
    let renamed = read(&room.path("base.toml")).replace("station", "other");
    room.file("base.toml", renamed);
    litepool()
        .args(["budget", &settings])
        .assert()
        .code(1)
        .stdout(
            contains("the trace is not in the baseline").and(contains("the baseline has `other`")),
        );
}

#[test]
fn call_sites_that_grew_are_annotated_in_github_and_the_summary_is_added_to() {
    let (room, settings) = room(SETTINGS, 100);
    update(&settings);
    record(&room, 101);
    let summary = room.file("summary.md", "Before.\n");
    let run = || {
        let mut command = litepool();
        command
            .args(["budget", &settings, "--markdown", &summary])
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", &summary);
        command
    };
    run().assert().code(1).stderr(
        "::error file=src/receive.c,line=10,title=litepool budget%3A station::\
         receive (receive.c) holds 11 bytes more at the live peak: 1,111, and 1,100 before%0A\
         receive (receive.c) never frees 10 bytes more: 1,010, and 1,000 before\n",
    );
    let text = read(&room.path("summary.md"));
    assert!(
        text.starts_with("Before.\n## Heap budget: ❌ over\n"),
        "{text}"
    );
    assert!(
        text.contains("| +11 | 1,111 | at the peak | `receive (receive.c)` | `src/receive.c:10` |"),
        "{text}"
    );
    run().assert().code(1);
    assert_eq!(
        read(&room.path("summary.md"))
            .matches("## Heap budget")
            .count(),
        2
    );
    // Of another file nothing stays.
    run().env_remove("GITHUB_STEP_SUMMARY").assert().code(1);
    assert_eq!(
        read(&room.path("summary.md"))
            .matches("## Heap budget")
            .count(),
        1
    );
}

#[test]
fn what_no_call_site_explains_is_annotated_at_its_limit() {
    let (_room, settings) = room("[[trace]]\nfile = \"station.lpt\"\nlimits.peak = 1\n", 100);
    litepool()
        .args(["budget", &settings])
        .env("GITHUB_ACTIONS", "true")
        .assert()
        .code(1)
        .stderr(
            "::error file=litepool.toml,line=3,title=litepool budget%3A station::\
             live peak: 1,200 bytes, over the limit of 1 byte; most is held, at the peak, by receive (receive.c)\n",
        );
}

#[test]
fn at_most_ten_are_annotated_the_worst_first() {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let (room, settings) = room(SETTINGS, 100);
    update(&settings);
    let mut ops = messages(100);
    let stacks = NAMES.map(|name| [name]);
    for (index, stack) in (0..).zip(&stacks) {
        ops.push((allocate(40 + index, u64::from(index) + 1), stack));
    }
    room.file("station.lpt", called_by(WordSize::Bits32, &ops));
    let output = litepool()
        .args(["budget", &settings])
        .env("GITHUB_ACTIONS", "true")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = error.lines().collect();
    // Those that are in no file of the repository are told at the trace: as one.
    assert_eq!(lines.len(), 1, "{error}");
    assert!(
        lines[0].contains("::l (l.c) never frees 12 bytes more"),
        "{error}"
    );

    for name in NAMES {
        room.file(&format!("src/{name}.c"), "");
    }
    let output = litepool()
        .args(["budget", &settings])
        .env("GITHUB_ACTIONS", "true")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 10, "{error}");
    assert!(
        lines[0].starts_with("::error file=src/l.c,line=10,"),
        "{error}"
    );
    assert!(
        lines[9].starts_with("::error file=src/c.c,line=10,"),
        "{error}"
    );
}

#[test]
fn strangers_names_do_no_harm_in_any_report() {
    const NAMES: [&str; 4] = [
        "<script>alert(1)</script>|`x`",
        "::error::]]>&\"'",
        "a\u{1b}[31m\nb\0",
        "::stop-commands::x",
    ];
    let (room, settings) = room(SETTINGS, 100);
    update(&settings);
    let mut ops = messages(100);
    let stacks = NAMES.map(|name| [name]);
    for (id, stack) in (40..).zip(&stacks) {
        ops.push((allocate(id, 500), stack));
    }
    room.file("station.lpt", called_by(WordSize::Bits32, &ops));
    for arguments in [&[][..], &["--markdown", "-"], &["--junit", "-"]] {
        let output = litepool()
            .args(["budget", &settings])
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        // No line is a command to a runner.
        assert!(
            text.lines()
                .all(|line| !line.trim_start().starts_with("::")),
            "{text}"
        );
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.lines().all(|line| line.starts_with("::error file=")),
            "{error}"
        );
    }
    let junit = litepool()
        .args(["budget", &settings, "--junit", "-"])
        .output()
        .unwrap();
    let junit = String::from_utf8(junit.stdout).unwrap();
    assert!(
        !junit.contains("<script>") && !junit.contains("]]>"),
        "{junit}"
    );
    update(&settings);
    assert_eq!(
        json(&["budget", &settings]).1,
        0,
        "the baseline has these names"
    );
}

#[test]
fn a_report_for_junit_has_a_test_for_each_figure() {
    let settings = format!("{SETTINGS}\n[[trace]]\nfile = \"gone.lpt\"\n");
    let (room, file) = room(SETTINGS, 100);
    update(&file);
    record(&room, 101);
    room.file("litepool.toml", settings);
    let junit = room.path("junit.xml");
    litepool()
        .args(["budget", &file, "--junit", junit.to_str().unwrap()])
        .assert()
        .code(2);
    let text = read(&junit);
    let lines = [
        "<testsuites name=\"litepool budget\" tests=\"8\" failures=\"4\" errors=\"1\" skipped=\"0\" time=\"0\">",
        "  <testsuite name=\"station\" tests=\"7\" failures=\"4\" errors=\"0\" skipped=\"0\" time=\"0\">",
        "  <testsuite name=\"gone\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">",
        "src/receive.c:10: receive (receive.c) holds 11 bytes more at the live peak: 1,111, and 1,100 before</failure>",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(
        text.contains(
            "<testcase name=\"live peak\" classname=\"station\" file=\"station.lpt\" time=\"0\">"
        ),
        "{text}"
    );
}

#[test]
fn no_report_takes_the_place_of_what_is_read() {
    let settings = SETTINGS.replace("pool =", "elf = \"station.elf\"\npool =");
    let (room, settings) = room(&settings, 100);
    room.file("base.toml", "version = 1\n");
    room.file("station.elf", "");
    for name in ["litepool.toml", "base.toml", "station.lpt", "station.elf"] {
        let before = fs::read(room.path(name)).unwrap();
        for option in ["--markdown", "--junit"] {
            litepool()
                .args(["budget", &settings, "--update", option])
                .arg(room.path(name))
                .assert()
                .code(2)
                .stderr(contains(format!("{name} is read, and would be")));
        }
        assert_eq!(fs::read(room.path(name)).unwrap(), before, "{name}");
    }
}

#[test]
fn the_tolerance_of_a_figure_is_kept_to() {
    let (room, file) = room(&format!("{SETTINGS}\n[defaults.tolerance]\n"), 100);
    update(&file);
    record(&room, 101);
    for (peak, verdict) in [
        ("10", "grown"),
        ("11", "within"),
        ("\"0.9%\"", "grown"),
        ("\"1%\"", "within"),
    ] {
        room.file(
            "litepool.toml",
            format!("{SETTINGS}[trace.tolerance]\npeak = {peak}\n"),
        );
        let (report, _) = json(&["budget", &file]);
        assert_eq!(figure(&report, "peak")["verdict"], verdict, "{peak}");
    }
}

#[test]
fn traces_without_names_have_a_budget_too() {
    let room = Room::new();
    room.trace("churn.lpt", WordSize::Bits32, &churn());
    let file = room.file(
        "litepool.toml",
        "baseline = \"b.toml\"\n[[trace]]\nfile = \"churn.lpt\"\n",
    );
    update(&file);
    let baseline = read(&room.path("b.toml"));
    assert!(baseline.contains("\"? (demo)\" = "), "{baseline}");
    assert_eq!(json(&["budget", &file]).1, 0);
}
