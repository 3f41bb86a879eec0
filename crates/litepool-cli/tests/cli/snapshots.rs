//! `litepool blocks`, `litepool leaks` and `litepool diff`, of traces.

use litepool_trace::{
    Event, EventKind, Frame, Header, Interned, Location, Module, Op, Stack, Trace, WordSize,
};
use serde_json::Value;

use crate::traces::{Room, allocate, argument, lossy, trace};
use crate::{json, litepool, text};

/// What a gateway does: it keeps its settings, a worker leaves a buffer, each packet is freed, and of
/// each session something is not. `build` moves the lines and the files, and sessions are larger in the
/// second.
fn gateway(build: u8) -> Vec<u8> {
    let call = |function: &str, file: &str, line: u32| Frame {
        module: 0,
        offset: u64::from(line) * 4,
        locations: vec![Location {
            function: function.into(),
            file: format!("/home/{build}/src/{file}").into(),
            line: line + u32::from(build),
        }],
    };
    let mut events = Vec::new();
    let mut objects = 0;
    let mut event = |kind: EventKind, thread, stack| {
        events.push(Event {
            thread,
            stack,
            time: 1000 * events.len() as u64,
            ..Event::from(kind)
        });
    };
    let mut allocate = |size| {
        objects += 1;
        allocate(objects - 1, size)
    };
    event(allocate(2048).into(), 0, 2);
    event(allocate(300).into(), 1, 4);
    event(EventKind::ThreadEnd, 1, 0);
    for _ in 0..200 {
        event(allocate(40 + 10 * u64::from(build)).into(), 0, 6);
        for _ in 0..10 {
            let packet = allocate(512);
            event(packet.into(), 0, 7);
            event(Op::Free { id: packet.id() }.into(), 0, 7);
        }
    }
    let trace = Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "gateway".into(),
        },
        events,
        interned: Interned {
            modules: vec![Module {
                path: format!("/opt/{build}/gateway"),
                build_id: vec![build; 20],
            }],
            frames: vec![
                call("main", "main.c", 10),
                call("load_settings", "settings.c", 20),
                call("worker", "worker.c", 30),
                call("malloc", "libc.c", 40),
                call("open_session", "session.c", 50),
                call("receive", "net.c", 60),
            ],
            // Of settings 2, of the worker 4 (in malloc), of sessions 6 (in malloc), of packets 7.
            stacks: [(0, 0), (1, 1), (2, 0), (3, 3), (4, 1), (3, 5), (5, 1)]
                .map(|(frame, parent)| Stack { frame, parent })
                .into(),
            threads: vec!["main".into(), "worker".into()],
            pools: Vec::new(),
        },
    };
    trace.to_writer(Vec::new()).unwrap()
}

fn room() -> (Room, String) {
    let room = Room::new();
    let file = room.file("gateway.lpt", gateway(0));
    (room, file)
}

fn strings<'v>(values: &'v Value, field: &str) -> Vec<&'v str> {
    let values = values.as_array().unwrap().iter();
    values.map(|value| value[field].as_str().unwrap()).collect()
}

/// The functions of call sites.
fn functions(values: &Value) -> Vec<&str> {
    let values = values.as_array().unwrap().iter();
    values
        .map(|value| value["site"]["function"].as_str().unwrap())
        .collect()
}

#[test]
fn blocks_are_those_of_the_peak() {
    let (_room, file) = room();
    let (report, code) = json(&["blocks", &file]);
    assert_eq!((code, &report["matching"]), (0, &203.into()));
    assert_eq!(report["matching_bytes"], 2048 + 300 + 200 * 40 + 512);
    let settings = &report["blocks"][0];
    assert_eq!(settings["size"], 2048);
    assert_eq!(settings["task"], "main");
    assert_eq!(settings["operation"], 1);
    let expected = serde_json::json!({
        "module": "/opt/0/gateway",
        "function": "load_settings",
        "file": "/home/0/src/settings.c",
        "line": 20
    });
    assert_eq!(settings["site"], expected);
    assert_eq!(settings["stack"][0], expected);
    assert_eq!(settings["stack"][1]["function"], "main");
    // Who wanted the memory is told, not that malloc gave it.
    let session = &report["blocks"][3];
    assert_eq!(session["site"]["function"], "open_session");
    assert_eq!(session["stack"][0]["function"], "malloc");
}

#[test]
fn blocks_are_filtered_and_sorted() {
    let (_room, file) = room();
    let blocks = |more: &[&str]| json(&[&["blocks", &file], more].concat()).0;
    assert_eq!(blocks(&["--task", "worker"])["matching"], 1);
    assert_eq!(blocks(&["--task", "1"])["matching_bytes"], 300);
    assert_eq!(blocks(&["--site", "session.c"])["matching"], 200);
    assert_eq!(
        blocks(&["--site", "main", "--larger", "512"])["matching"],
        1
    );
    assert_eq!(blocks(&["--site", "gateway"])["matching"], 203, "a module");
    let first = |order: &str| blocks(&["--sort", order, "--top", "1"])["blocks"][0].clone();
    assert_eq!(first("age")["number"], 0);
    assert_eq!(first("number")["size"], 512);
    assert_eq!(first("task")["task"], "main");
    assert_eq!(first("site")["site"]["function"], "load_settings");
    assert_eq!(blocks(&["--at", "end", "--site", "receive"])["matching"], 0);
    assert_eq!(blocks(&["--state", "free"])["matching"], 0);
}

#[test]
fn blocks_are_summed() {
    let (_room, file) = room();
    let sums = |by: &str| json(&["blocks", &file, "--by", by]).0["sums"].clone();
    let sites = ["open_session", "load_settings", "receive", "worker"];
    assert_eq!(functions(&sums("site")), sites);
    assert_eq!(strings(&sums("task"), "what"), ["main", "worker"]);
    assert_eq!(
        strings(&sums("size"), "what"),
        ["2,048", "512", "300", "40"]
    );
    assert_eq!(sums("size")[3]["bytes"], 8000);
}

#[test]
fn the_text_says_how_much_is_left_out() {
    let (_room, file) = room();
    let list = text(&["blocks", &file]);
    for part in [
        "after operation",
        "203 blocks",
        "… and 183 more blocks",
        "settings.c:20",
    ] {
        assert!(list.contains(part), "{part} is missing in\n{list}");
    }
    assert!(!text(&["blocks", &file, "--top", "0"]).contains("more"));
    let sums = text(&["blocks", &file, "--by", "task"]);
    assert!(sums.contains("worker") && sums.contains('█'), "{sums}");
}

#[test]
fn a_moment_is_an_operation_or_a_time() {
    let (_room, file) = room();
    let at = |moment: &str| json(&["blocks", &file, "--at", moment]).0;
    assert_eq!(at("1")["matching"], 1);
    assert_eq!(at("1,000")["origin"]["operation"], 1000);
    // The end of the worker is no operation.
    assert_eq!(at("1s")["origin"]["operation"], 1000);
    assert_eq!(at("5ms")["origin"]["time_microseconds"], 5000);
}

#[test]
fn what_is_no_moment_is_refused_with_advice() {
    let (_room, file) = room();
    for (moment, advice) in [
        ("noon", "write peak, end, failure"),
        ("99999", "there is no operation 99999: the trace has 4202"),
        ("1h", "the recording ends after"),
        ("failure", "litepool replay --pool SIZE"),
    ] {
        let output = litepool().args(["blocks", &file, "--at", moment]).assert();
        let error = output.code(2).get_output().stderr.clone();
        let error = String::from_utf8(error).unwrap();
        assert!(error.contains(advice), "{moment}: {error}");
    }
}

#[test]
fn a_trace_has_no_contents() {
    let (_room, file) = room();
    let output = litepool().args(["blocks", &file, "--hex"]).assert().code(2);
    let error = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(error.contains("a dump does"), "{error}");
}

#[test]
fn leaks_are_told_by_how_sure_they_are() {
    let (_room, file) = room();
    let (report, code) = json(&["leaks", &file]);
    assert_eq!(code, 1, "one of them is sure");
    let leaks = &report["leaks"];
    assert_eq!(strings(leaks, "verdict"), ["growing", "task gone", "flat"]);
    let sessions = &leaks[0];
    assert_eq!(sessions["site"]["function"], "open_session");
    assert_eq!(sessions["site"]["line"], 50);
    assert_eq!(
        (&sessions["blocks"], &sessions["bytes"]),
        (&200.into(), &8000.into())
    );
    assert_eq!(sessions["growth"]["rises"], sessions["growth"]["periods"]);
    // 40 bytes every 21 ms.
    let rate = sessions["growth"]["bytes_per_hour"].as_f64().unwrap();
    assert!((6.5e6..7.2e6).contains(&rate), "{rate}");
    assert_eq!(sessions["stack"][0]["function"], "malloc");
    assert_eq!(leaks[1]["tasks"][0]["is_gone"], true);
    assert_eq!(leaks[2]["first"]["operation"], 1);
}

#[test]
fn the_text_of_leaks_names_the_stack_and_what_verdicts_mean() {
    let (_room, file) = room();
    let output = litepool().args(["leaks", &file]).assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for part in [
        "202 blocks of 10,348 bytes are there",
        "growing: 200 blocks of 8,000 bytes, open_session (session.c:50)",
        " bytes in each, 1,901 a second",
        "    main (src/main.c:10)",
        "becomes more throughout the run",
        "another one may have taken it over",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// A site that several functions call: `new_message`, by `command` and by `reading`; and once by what
/// a port found on the stack that an earlier call of the heap had left there.
fn messages() -> Vec<u8> {
    let call = |function: &str, line: u32| Frame {
        module: 0,
        offset: u64::from(line) * 4,
        locations: vec![Location {
            function: function.into(),
            file: "app.c".into(),
            line,
        }],
    };
    let events = (0..400).map(|id| Event {
        stack: [3, 3, 5, 7][id as usize % 4],
        ..Event::from(Op::Allocate {
            id,
            size: 40,
            align: 0,
        })
    });
    let trace = Trace {
        header: Header {
            word: WordSize::Bits32,
            program: "messages".into(),
        },
        events: events.collect(),
        interned: Interned {
            modules: vec![Module::default()],
            frames: vec![
                call("main", 10),
                call("command", 20),
                call("new_message", 30),
                call("reading", 40),
                call("LOS_MemFree", 50),
            ],
            // Of commands 3, of readings 5, of commands with what was left over 7.
            stacks: [(0, 0), (1, 1), (2, 2), (3, 1), (2, 4), (4, 2), (2, 6)]
                .map(|(frame, parent)| Stack { frame, parent })
                .into(),
            ..Interned::default()
        },
    };
    trace.to_writer(Vec::new()).unwrap()
}

#[test]
fn a_leak_tells_all_callers_of_its_site() {
    let room = Room::new();
    let file = room.file("messages.lpt", messages());
    let (report, _) = json(&["leaks", &file]);
    assert_eq!(report["found"], 1);
    let callers = report["leaks"][0]["callers"].as_array().unwrap();
    let callers: Vec<_> = callers
        .iter()
        .map(|caller| (caller["caller"]["function"].as_str(), &caller["blocks"]))
        .collect();
    let expected = [
        (Some("command"), &300.into()),
        (Some("reading"), &100.into()),
    ];
    assert_eq!(callers, expected);
    let output = litepool().args(["leaks", &file]).assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for part in [
        "  2 callers\n",
        "    command (app.c:20): 300 blocks, 12,000 bytes\n",
        "    reading (app.c:40): 100 blocks, 4,000 bytes\n",
        "  the call stack with the most bytes, of 3\n    new_message (app.c:30)\n",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn leaks_by_stack_are_told_apart_by_their_callers() {
    let room = Room::new();
    let file = room.file("messages.lpt", messages());
    let args = ["leaks", &file, "--by", "stack"];
    let output = litepool().args(args).assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let (command, reading) = ("command (app.c:20)", "reading (app.c:40)");
    for (caller, rows) in [(command, 2), (reading, 1), ("LOS_MemFree (app.c:50)", 0)] {
        let row = format!("new_message (app.c:30) < {caller}");
        assert_eq!(text.matches(&row).count(), rows, "{caller}\n{text}");
    }
}

/// As if the run had ended there: what is freed later is a leak by then, and nothing grows.
#[test]
fn leaks_of_an_earlier_moment() {
    let (_room, file) = room();
    let (report, code) = json(&["leaks", &file, "--at", "4"]);
    assert_eq!((code, &report["found"]), (0, &4.into()));
    let (peak, _) = json(&["leaks", &file, "--at", "peak", "--site", "receive"]);
    assert_eq!(peak["blocks"], 1);
}

#[test]
fn a_program_that_frees_everything_has_no_leaks() {
    let room = Room::new();
    let file = room.file(
        "free.lpt",
        trace(WordSize::Bits32, &[allocate(0, 8), Op::Free { id: 0 }]),
    );
    assert!(text(&["leaks", &file]).contains("no block is there"));
}

#[test]
fn a_recording_that_lost_its_end_is_told() {
    let room = Room::new();
    let file = room.file("lossy.lpt", lossy(&[allocate(0, 8), allocate(1, 8)], 7));
    let report = text(&["leaks", &file]);
    assert!(report.contains("lost 7 operations at its end"), "{report}");
    let earlier = text(&["leaks", &file, "--at", "1"]);
    assert!(!earlier.contains("at its end"), "{earlier}");
}

#[test]
fn a_trace_is_read_from_standard_input() {
    for command in [&["leaks", "-", "--at", "peak"][..], &["blocks", "-"]] {
        let output = litepool()
            .args(command)
            .arg("--json")
            .write_stdin(gateway(0))
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["origin"]["files"][0], "standard input");
        assert_eq!(report["origin"]["operation"], 4183);
    }
}

#[test]
fn moments_of_one_trace_are_compared_block_by_block() {
    let (_room, file) = room();
    let (report, code) = json(&[
        "diff",
        &format!("{file}@100"),
        &format!("{file}@300"),
        &file,
    ]);
    assert_eq!((code, &report["matched_by"]), (0, &"number".into()));
    let born = &report["born"];
    assert_eq!(born["blocks"], report["sites"][0]["born"]["blocks"]);
    assert_eq!(functions(&report["sites"]), ["open_session"]);
    assert_eq!(report["sites"][0]["site"]["line"], 50);
    assert_eq!(strings(&report["tasks"], "name"), ["main"]);
    let bytes = born["bytes"].as_u64().unwrap();
    assert!((9 * 40..=10 * 40).contains(&bytes), "{bytes}");
    let text = text(&["diff", &format!("{file}@100"), &format!("{file}@300")]);
    assert!(text.contains("Allocated between A and B"), "{text}");
}

/// Also where it is named in another way each time.
#[test]
fn a_trace_is_one_run_whatever_its_name() {
    let (room, file) = room();
    let other = argument(&room.path(".").join("gateway.lpt"));
    let (report, _) = json(&["diff", &format!("{file}@9"), &format!("{other}@300"), &file]);
    assert_eq!(report["matched_by"], "number");
}

#[test]
fn different_builds_are_compared_by_function() {
    let room = Room::new();
    let old = room.file("old.lpt", gateway(0));
    let new = room.file("new.lpt", gateway(1));
    let (report, _) = json(&["diff", &old, &new]);
    assert_eq!(report["matched_by"], "sum");
    assert_eq!(report["lines_compared"], false);
    assert_eq!(functions(&report["sites"]), ["open_session"]);
    assert_eq!(report["sites"][0]["site"]["line"], 0);
    assert_eq!(strings(&report["sites"], "change"), ["grown"]);
    assert_eq!(report["sites"][0]["b"]["bytes"], 10_000);
    let text = text(&["diff", &old, &new]);
    for part in [
        "different traces",
        "function and file",
        "+2,000",
        "session.c",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

/// The same build twice: a line means the same.
#[test]
fn runs_of_one_build_are_compared_by_line() {
    let room = Room::new();
    let one = room.file("one.lpt", gateway(0));
    let two = room.file("two.lpt", gateway(0));
    let (report, _) = json(&["diff", &format!("{one}@500"), &two]);
    assert_eq!(report["lines_compared"], true);
    assert_eq!(functions(&report["sites"]), ["open_session"]);
    assert_eq!(report["sites"][0]["site"]["line"], 50);
    assert!(text(&["diff", &one, &two]).contains("Nothing changed"));
}
