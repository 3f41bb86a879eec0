//! `report --svg`.

use std::fs;

use litepool_trace::{Op, WordSize};
use predicates::str::contains;

use crate::litepool;
use crate::traces::{Room, allocate};

/// Small ones between large ones, of which only the small ones stay.
fn pinned() -> Vec<Op> {
    let mut ops: Vec<Op> = (0..40)
        .map(|id| allocate(id, if id % 2 == 0 { 100 } else { 8 }))
        .collect();
    ops.extend((0..20).map(|half| Op::Free { id: 2 * half }));
    ops.push(allocate(40, 1500));
    ops
}

#[test]
fn pictures_tell_the_failure_and_have_a_panel_for_each_configuration() {
    let room = Room::new();
    let file = room.trace("pinned.lpt", WordSize::Bits32, &pinned());
    let directory = format!("{file}.pictures");
    let report = ["report", &file, "--pool", "3K", "--svg", &directory];
    litepool().args(report).assert().code(0).stdout("");
    let timeline = fs::read_to_string(format!("{directory}/timeline.svg")).unwrap();
    assert!(timeline.contains("tlsf, 32 bits: fragmented at operation 61: allocate 1,500 bytes"));
    let map = fs::read_to_string(format!("{directory}/map.svg")).unwrap();
    assert!(map.contains("operation 61: no 1,500 bytes"));

    litepool()
        .args(report)
        .args(["--config", "tlsf,best"])
        .assert()
        .code(0);
    let timeline = fs::read_to_string(format!("{directory}/timeline.svg")).unwrap();
    for name in ["tlsf, 32 bits: ", "best, 32 bits: "] {
        assert!(timeline.contains(name), "{name} has a panel");
    }
    for name in ["map-1.svg", "map-2.svg"] {
        assert!(fs::exists(format!("{directory}/{name}")).unwrap());
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_before_anything_is_written() {
    let room = Room::new();
    let file = room.trace("pinned.lpt", WordSize::Bits32, &pinned());
    let page = format!("{file}.html");
    let cases: [(&[&str], &str); 4] = [
        (&["--svg", &file], "cannot make the directory"),
        (
            &["--svg", "pictures", "--config", "nonsense"],
            "is called `nonsense`",
        ),
        (
            &["-o", &page, "--config", "tlsf,best"],
            "a page shows one configuration",
        ),
        (&[], "--output"),
    ];
    for (arguments, message) in cases {
        litepool()
            .args(["report", &file])
            .args(arguments)
            .assert()
            .code(2)
            .stderr(contains(message));
    }
    assert!(!fs::exists(page).unwrap());
}
