//! Outputs that are inputs, by whatever name.

use super::*;

/// The capture was replaced by the trace, or by what an error left of it.
#[test]
fn nothing_that_is_read_is_written_over() {
    let capture = Capture::of(&frames(100, 1));
    let [read, linked] = ["capture.bin", "linked.bin"].map(|name| capture.path(name));
    std::os::unix::fs::symlink(&read, &linked).unwrap();
    let before = fs::read(&read).unwrap();
    let [same, link] = [&read, &linked].map(|path| path.to_str().unwrap());
    for arguments in [
        vec!["record", "--from", same],
        vec!["record", "--from", link],
        vec!["record", "--from", "-"],
        vec!["record", "--from=listen:0", "--elf", same],
        vec!["report", "--pool=64K", link],
        vec!["export", "--to=folded", same],
        vec!["export", "--to=folded", "-"],
    ] {
        let output = Process::new(env!("CARGO_BIN_EXE_litepool"))
            .args(&arguments)
            .args(["-o", same])
            .stdin(fs::File::open(&read).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("name another output"),
            "{arguments:?}: {said}"
        );
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read(&read).unwrap(), before, "{arguments:?}");
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn a_program_is_not_written_over_by_its_trace() {
    let capture = Capture::of(&[]);
    let program = capture.path("program");
    fs::copy("/bin/true", &program).unwrap();
    let assert = litepool()
        .args(["record", "-o", "./program", "--"])
        .arg(&program)
        .current_dir(capture.directory.path())
        .assert()
        .code(2);
    assert!(stderr(&assert).contains("name another output"));
    assert_eq!(fs::read(&program).unwrap(), fs::read("/bin/true").unwrap());
}
