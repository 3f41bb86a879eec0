//! Functions, files and lines in what the command tells of a recorded program.

use std::fs;
use std::process::Command;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::traces::{Room, argument};
use crate::{json, litepool, text};

/// Leaks in a function that is called on two ways, through a wrapper.
const SOURCE: &str = r#"#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) void *xmalloc(size_t size) {
    void *block = malloc(size);
    memset(block, 1, size);
    return block;
}
void *kept[100];
__attribute__((noinline)) void net_rx(int index) {
    kept[index] = xmalloc(1000);
}
__attribute__((noinline)) void timer(int index) {
    net_rx(index);
    kept[99] = 0;
}
int main(void) {
    for (int index = 0; index < 20; index++) timer(index);
    for (int index = 20; index < 30; index++) net_rx(index);
    free(xmalloc(7));
    return 0;
}
"#;

/// Records the program.
fn recorded(room: &Room, options: &[&str]) -> String {
    let source = room.file("demo.c", SOURCE);
    let program = argument(&room.path("demo"));
    let mut compiler = Command::new("cc");
    let compiler = compiler.args(options).args(["-o", &program, &source]);
    assert!(compiler.status().unwrap().success());
    let output = argument(&room.path("demo.lpt"));
    litepool()
        .args(["record", "-o", &output, "--", &program])
        .assert()
        .success()
        .stderr(contains("Note").not());
    output
}

#[test]
fn a_trace_brings_its_names_along() {
    let room = Room::new();
    let trace = recorded(&room, &["-O0", "-g"]);
    fs::remove_file(room.path("demo")).unwrap();
    let (report, _) = json(&["info", &trace]);
    let site = &report["top_call_sites"][0];
    assert_eq!(
        (&site["site"]["function"], &site["site"]["line"]),
        (&"net_rx".into(), &10.into())
    );
    assert_eq!(site["allocations"], 30);
    assert!(site["site"]["file"].as_str().unwrap().ends_with("demo.c"));
    assert_eq!(site["call_stacks"], 2);
    let innermost = &site["top_call_stacks"][0]["stack"][0];
    assert_eq!(innermost["function"], "xmalloc");
    assert_eq!(innermost["module"], site["site"]["module"]);

    let short = text(&["info", &trace]);
    for part in [
        "30,000",
        "net_rx (demo.c:10)",
        "< timer (demo.c:13) < main (demo.c:17)",
    ] {
        assert!(short.contains(part), "{part} is missing in\n{short}");
    }
    assert!(!short.contains("< main (demo.c:18)"), "{short}");
    let long = text(&["info", &trace, "--stacks", "9"]);
    for part in ["20,000", "10,000", "< main (demo.c:18)"] {
        assert!(long.contains(part), "{part} is missing in\n{long}");
    }
    let none = text(&["info", &trace, "--stacks", "0"]);
    assert!(!none.contains('<'), "{none}");
}

#[test]
fn a_request_that_fails_names_its_function_and_the_callers() {
    let room = Room::new();
    let trace = recorded(&room, &["-O2", "-g"]);
    litepool()
        .args(["replay", &trace, "--pool", "8K", "--config", "tlsf"])
        .assert()
        .code(1)
        .stdout(contains("requested by net_rx (demo.c:10)").and(contains(
            "called by    timer (demo.c:13) < main (demo.c:17)",
        )));
    let (report, _) = json(&["replay", &trace, "--pool", "8K", "--config", "tlsf"]);
    let failure = &report["configurations"][0]["failure"];
    assert_eq!(failure["site"]["function"], "net_rx");
    assert_eq!(failure["stack"][0]["function"], "xmalloc");
    assert_eq!(failure["stack"][1], failure["site"]);
}

#[test]
fn a_program_without_debug_information_has_functions() {
    let room = Room::new();
    let trace = recorded(&room, &["-O1"]);
    let text = text(&["info", &trace]);
    for part in ["net_rx (demo)", "< timer (demo) < main (demo)"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

/// What can't be named stays an offset: the program was stripped of everything.
#[test]
fn a_stripped_program_has_offsets() {
    let room = Room::new();
    let trace = recorded(&room, &["-O1", "-s"]);
    let text = text(&["info", &trace]);
    assert!(text.contains("demo+0x"), "{text}");
}
