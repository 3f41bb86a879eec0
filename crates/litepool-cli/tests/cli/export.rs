//! `litepool export`: the formats of viewers.

use std::fs;
use std::io::Read;

use predicates::prelude::*;

use crate::litepool;

/// Two call sites of a device.
const TEXT: &str = "op,id,size,site,time\n\
    allocate,1,100,net+0x10,1000\nallocate,2,24,log+0x20,2000\nfree,1,,,3000\n";

#[test]
fn the_outputs_name_tells_the_format_and_that_it_is_compressed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    fs::write(at("trace.csv"), TEXT).unwrap();
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

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    fs::write(at("trace.csv"), TEXT).unwrap();
    fs::write(at("empty.csv"), "op,id,size\n").unwrap();
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
    ] {
        litepool()
            .args(["export", &at(from), "-o", &at(to)])
            .assert()
            .code(2)
            .stderr(predicate::str::contains(why));
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}
