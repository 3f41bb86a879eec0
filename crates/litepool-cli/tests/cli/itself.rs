//! The command records itself: the one program that has its word size on every machine.

use litepool_trace::{Trace, WordSize};

use crate::traces::{Room, argument, churn};
use crate::{json, litepool};

#[test]
fn a_replay_is_recorded_and_replayed() {
    let room = Room::new();
    let inner = room.trace("inner.lpt", WordSize::Bits32, &churn());
    let outer = argument(&room.path("outer.lpt"));
    let program = env!("CARGO_BIN_EXE_litepool");
    litepool()
        .args(["record", "-o", &outer, "--", program, "size", &inner])
        .assert()
        .success();

    let trace = Trace::read(&outer).unwrap();
    assert_eq!(trace.header.word, WordSize::HOST);
    let (info, _) = json(&["info", &outer]);
    assert!(
        info["threads"].as_u64().unwrap() > 1,
        "it searches with several threads"
    );
    // A pool in which it fits however its threads took turns.
    let replay = ["replay", &outer, "--config", "tlsf", "--pool", "64M"];
    let verified = [&replay[..], &["--verify=1000"]].concat();
    assert_eq!(json(&verified).1, 0);
}
