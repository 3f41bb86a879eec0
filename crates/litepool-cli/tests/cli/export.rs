//! `litepool export`: the formats of viewers.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use predicates::prelude::*;

use crate::traces::{Room, argument};
use crate::{json, litepool};

/// Two call sites of a device.
const TEXT: &str = "op,id,size,site,time\n\
    allocate,1,100,net+0x10,1000\nallocate,2,24,log+0x20,2000\nfree,1,,,3000\n";

#[test]
fn the_outputs_name_tells_the_format_and_that_it_is_compressed() {
    let room = Room::new();
    let at = |name: &str| argument(&room.path(name));
    room.file("trace.csv", TEXT);
    for name in ["out.heaptrack", "out.heaptrack.gz"] {
        litepool()
            .args(["export", &at("trace.csv"), "-o", &at(name)])
            .assert()
            .success()
            .stdout("")
            .stderr(predicate::str::contains(": 3 operations.\nWrote "));
    }
    let plain = fs::read(at("out.heaptrack")).unwrap();
    let packed = fs::read(at("out.heaptrack.gz")).unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(plain, unpacked);
    let text = String::from_utf8(plain).unwrap();
    assert!(text.starts_with("v 10100 1\nX "), "{text}");
    assert!(text.contains("a 64 1\n+ 0\n"), "{text}");

    // To standard output, from standard input: nothing but the file.
    litepool()
        .args(["export", "-", "--to", "heaptrack", "-o", "-"])
        .write_stdin(TEXT)
        .assert()
        .success()
        .stdout(predicate::str::contains("\na 64 1\n+ 0\n"))
        .stderr("");
}

/// What is said beside the work, where nobody can hear it, is no reason to end.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_for_messages_spoils_no_work() {
    let room = Room::new();
    let from = room.file("trace.csv", TEXT);
    let to = room.path("out.folded");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_litepool"))
        .args(["export", &from, "-o", &argument(&to)])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(to.exists());
}

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let room = Room::new();
    let at = |name: &str| argument(&room.path(name));
    room.file("trace.csv", TEXT);
    room.file("empty.csv", "op,id,size\n");
    room.file("out.folded", TEXT);
    for (from, to, why) in [
        (
            "trace.csv",
            "out.json",
            "name it: --to FORMAT, one of heaptrack",
        ),
        (
            "empty.csv",
            "out.heaptrack",
            "there are no operations in it",
        ),
        ("none.csv", "out.heaptrack", "cannot read "),
        ("trace.csv", "no/out.heaptrack", "cannot write "),
        (
            "out.folded",
            "./out.folded",
            "out.folded is read, and would be",
        ),
    ] {
        litepool()
            .args(["export", &at(from), "-o", &at(to)])
            .assert()
            .code(2)
            .stderr(predicate::str::contains(why));
    }
    assert_eq!(fs::read_dir(room.path("")).unwrap().count(), 3);
    assert_eq!(fs::read_to_string(at("out.folded")).unwrap(), TEXT);
}

/// Whether a viewer is there: it is no part of a build, so that what asks it is left out without.
fn is_there(tool: &str) -> bool {
    let version = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if version.is_err() {
        eprintln!("{tool} is not installed: what it says of an exported trace is not looked at");
    }
    version.is_ok()
}

/// A trace of some thousand operations: call stacks, threads, resizes, what is never freed.
fn station() -> String {
    let mut text = "op,id,size,site,thread,time\n".to_owned();
    for id in 0_u32..1000 {
        let (size, time) = (id * id % 700 + 1, id * 400);
        let site = format!("net+0x{:x};station+0x{:x}", id % 7 * 16, id % 3 * 32);
        let thread = ["main", "net", "log"][id as usize % 3];
        text += &format!("allocate,{id},{size},{site},{thread},{time}\n");
        if id % 5 == 0 {
            text += &format!("resize,{id},{},{site},{thread},{time}\n", size * 2);
        }
        if id >= 40 && id % 50 != 7 {
            text += &format!("free,{},,,main,{time}\n", id - 40);
        }
    }
    text
}

/// What `litepool info` says of a trace.
fn facts(trace: &str) -> BTreeMap<&'static str, u64> {
    let (info, _) = json(&["info", trace]);
    BTreeMap::from([
        (
            "allocations",
            info["allocations"].as_u64().unwrap() + info["resizes"].as_u64().unwrap(),
        ),
        ("peak", info["trace"]["live_peak"].as_u64().unwrap()),
        ("leaked", info["leaked_bytes"].as_u64().unwrap()),
    ])
}

#[test]
fn heaptrack_finds_what_litepool_finds() {
    if !is_there("heaptrack_print") {
        return;
    }
    let room = Room::new();
    let at = |name: &str| argument(&room.path(name));
    let trace = &room.file("station.csv", station());
    for options in [vec![], vec!["--task-root"]] {
        let file = at("out.heaptrack.gz");
        litepool()
            .args(["export", trace, "-o", &file])
            .args(options)
            .assert()
            .success();
        for (cost, wanted) in facts(trace) {
            let stacks = at("stacks");
            let output = Command::new("heaptrack_print")
                .args(["--file", &file, "--print-flamegraph", &stacks])
                .args(["--flamegraph-cost-type", cost])
                .args(["--disable-builtin-suppressions", "--print-peaks=0"])
                .args(["--print-allocators=0", "--print-temporary=0"])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
            let stacks = fs::read_to_string(stacks).unwrap();
            let costs = stacks.lines().map(|line| line.rsplit(' ').next());
            let sum: u64 = costs
                .map(|cost| cost.unwrap().parse::<u64>().unwrap())
                .sum();
            assert_eq!(sum, wanted, "{cost}");
        }
    }
}

#[test]
fn ms_print_finds_what_litepool_finds() {
    if !is_there("ms_print") {
        return;
    }
    let room = Room::new();
    let trace = &room.file("station.csv", station());
    let file = room.path("massif.out.1");
    litepool()
        .args(["export", trace, "--task-root", "-o"])
        .arg(&file)
        .assert()
        .success();
    let output = Command::new("ms_print").arg(&file).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    // Lines of a snapshot: number, time, total, useful, extra, stacks.
    let useful = text.lines().filter_map(|line| {
        let columns: Vec<u64> = line
            .split_whitespace()
            .map_while(|column| column.replace(',', "").parse().ok())
            .collect();
        (columns.len() == 6).then(|| columns[3])
    });
    let useful: Vec<u64> = useful.collect();
    let facts = facts(trace);
    assert_eq!(useful.len(), 102, "{text}");
    assert_eq!(useful.iter().max(), Some(&facts["peak"]));
    assert_eq!(useful.last(), Some(&facts["leaked"]));
}

/// What an export of the station in this format is, as text.
fn exported(format: &str, options: &[&str]) -> String {
    let output = litepool()
        .args(["export", "-", "--to", format, "-o", "-"])
        .args(options)
        .write_stdin(station())
        .assert()
        .success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn folded_stacks_add_up_to_what_litepool_finds() {
    let room = Room::new();
    let facts = facts(&room.file("station.csv", station()));
    for (options, wanted) in [
        (vec![], facts["peak"]),
        (vec!["--bytes", "peak"], facts["peak"]),
        (vec!["--bytes", "end"], facts["leaked"]),
    ] {
        let text = exported("folded", &options);
        let bytes = text.lines().map(|line| line.rsplit_once(' ').unwrap().1);
        let sum: u64 = bytes.map(|bytes| bytes.parse::<u64>().unwrap()).sum();
        assert_eq!(sum, wanted, "{options:?}");
        assert!(
            text.lines().all(|line| line.contains(";station+0x")),
            "{text}"
        );
    }
    litepool()
        .args([
            "export", "-", "--to", "folded", "-o", "-", "--bytes", "some",
        ])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(
            "[possible values: peak, end, total]",
        ));
    for format in ["heaptrack", "dhat", "massif", "counters"] {
        litepool()
            .args(["export", "-", "--to", format, "-o", "-", "--bytes", "end"])
            .write_stdin(station())
            .assert()
            .code(2)
            .stdout("")
            .stderr(predicate::str::contains("--bytes goes with folded"));
    }
}

#[test]
fn speedscope_and_counters_have_what_litepool_finds() {
    let room = Room::new();
    let facts = facts(&room.file("station.csv", station()));
    let file: serde_json::Value = serde_json::from_str(&exported("speedscope", &[])).unwrap();
    assert_eq!(file["profiles"][0]["endValue"], facts["peak"]);
    assert_eq!(file["profiles"][1]["endValue"], facts["leaked"]);
    let file: serde_json::Value = serde_json::from_str(&exported("counters", &[])).unwrap();
    let events = file["traceEvents"].as_array().unwrap().iter();
    let live = events.filter(|event| event["name"] == "live bytes");
    let live: Vec<u64> = live
        .map(|event| event["args"]["bytes"].as_u64().unwrap())
        .collect();
    assert_eq!(live.iter().max(), Some(&facts["peak"]));
    assert_eq!(live.last(), Some(&facts["leaked"]));
}

#[test]
fn go_tool_pprof_finds_what_litepool_finds() {
    if !is_there("go") {
        return;
    }
    let room = Room::new();
    let trace = &room.file("station.csv", station());
    let file = argument(&room.path("station.pb.gz"));
    litepool()
        .args(["export", trace, "-o", &file])
        .assert()
        .success();
    let facts = facts(trace);
    for (kind, wanted) in [
        ("peak_space", facts["peak"]),
        ("inuse_space", facts["leaked"]),
    ] {
        let kind = format!("-sample_index={kind}");
        let output = Command::new("go")
            .args(["tool", "pprof", "-top", "-unit=bytes", "-nodefraction=0"])
            .args([&kind, &file])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let wanted = format!("Total samples = {wanted}B");
        assert!(text.contains(&wanted), "{wanted}\n{text}");
    }
}

#[test]
fn massif_has_what_the_allocator_adds_where_a_pool_is_named() {
    let room = Room::new();
    let trace = &room.file("station.csv", station());
    let extra = |arguments: &[&str]| -> Vec<u64> {
        let output = litepool()
            .args(["export", trace, "--to", "massif", "-o", "-"])
            .args(arguments)
            .assert()
            .success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        let lines = text.lines();
        let lines = lines.filter_map(|line| line.strip_prefix("mem_heap_extra_B="));
        lines.map(|bytes| bytes.parse().unwrap()).collect()
    };
    assert!(extra(&[]).iter().all(|&bytes| bytes == 0));
    let in_pool = extra(&["--pool", "128K", "--word", "32"]);
    assert_eq!(in_pool.len(), 102);
    // Before the first operation there is the control block, at the peak there are many headers.
    assert!(in_pool[0] > 0 && in_pool.iter().max() > Some(&(in_pool[0] + 300)));
    for (arguments, why) in [
        (
            ["--pool", "4K"],
            "the trace does not fit in a pool of 4,096 bytes",
        ),
        (["--pool", "1"], "there can't be a pool of "),
        (["--config", "nothing"], "nothing"),
    ] {
        litepool()
            .args(["export", trace, "--to", "massif", "-o", "-"])
            .args(arguments)
            .assert()
            .code(2)
            .stdout("")
            .stderr(predicate::str::contains(why));
    }
    litepool()
        .args([
            "export", trace, "--to", "dhat", "-o", "-", "--config", "tlsf",
        ])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("go with massif"));
}
