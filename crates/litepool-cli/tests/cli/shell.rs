//! Completions and the manual, made of the arguments themselves.

use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

use super::litepool;

#[test]
fn every_shell_has_completions_that_know_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = litepool().args(["completions", shell]).assert().success();
        run.stdout(contains("explain").and(contains("--base-modulo").or(contains("base-modulo"))));
    }
    let run = litepool().args(["completions", "tcsh"]).assert().code(2);
    run.stderr(contains("possible values: bash"));
}

/// As bash does it at a press of the tabulator.
#[cfg(target_os = "linux")]
#[test]
fn bash_completes_a_command_and_an_option() {
    let script = litepool().args(["completions", "bash"]).output();
    let script = String::from_utf8(script.expect("it runs").stdout).expect("text");
    let completed = |words: &str, current: usize, before: &str| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={current}\n\
             _litepool litepool \"${{COMP_WORDS[{current}]}}\" {before}; echo \"${{COMPREPLY[*]}}\""
        );
        let output = std::process::Command::new("bash")
            .args(["--norc", "-c", &ask])
            .output();
        String::from_utf8(output.expect("bash runs").stdout).expect("text")
    };
    assert_eq!(completed("litepool exp", 1, "litepool"), "explain export\n");
    assert_eq!(
        completed("litepool size --ba", 2, "size"),
        "--base-modulo\n"
    );
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let pages = directory.path().join("man1");
    let run = litepool().arg("man").arg(&pages).assert().success();
    run.stdout("");
    let page = |name: &str| std::fs::read_to_string(pages.join(name)).expect("a page");
    assert!(page("litepool.1").contains("litepool\\-size(1)"));
    let size = page("litepool-size.1");
    assert!(
        size.starts_with(".ie") || size.contains(".TH litepool-size 1"),
        "{size}"
    );
    assert!(size.contains("\\-\\-base\\-modulo"));
}
