//! `litepool leaks` of a dump: what leads to a block, and what nothing leads to.

use std::ptr::NonNull;

use litepool::Heap;
use litepool::config::Pool256K;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::traces::Room;
use crate::{json, litepool};

const RAM: u32 = 0x2000_0000;
/// Bytes before the pool.
const VARIABLES: usize = 64;

/// The RAM of a device with a pool and four blocks: the first word points to the first block, which
/// points to the second; the third points to the fourth, and nothing to the third. And where they are.
fn ram() -> (Vec<u8>, [u32; 4]) {
    let mut words = vec![0_u32; 1024];
    let base = NonNull::from(&mut words[..]).cast::<u8>();
    // SAFETY: in the memory, which outlives the heap.
    let mut heap = unsafe { Heap::<Pool256K>::from_raw(base.add(VARIABLES), 2048) }.unwrap();
    let blocks: [usize; 4] = [24, 16, 32, 48].map(|size| {
        let block = heap.allocate(size).unwrap();
        block.addr().get() - base.addr().get()
    });
    let addresses = blocks.map(|offset| RAM + offset as u32);
    words[0] = addresses[0];
    words[blocks[0] / 4 + 1] = addresses[1];
    words[blocks[2] / 4] = addresses[3];
    let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    (bytes, addresses)
}

/// The dump as an argument, and the addresses as text.
fn dump(room: &Room) -> (String, [String; 4]) {
    let (bytes, addresses) = ram();
    let file = room.file("ram.bin", &bytes);
    (
        format!("{file}@{RAM:#x}"),
        addresses.map(|address| format!("{address:#x}")),
    )
}

#[test]
fn a_dump_tells_what_nothing_leads_to() {
    let room = Room::new();
    let (dump, addresses) = dump(&room);
    let (report, code) = json(&["leaks", &dump]);
    assert_eq!(code, 1);
    let leak = &report["leaks"][0];
    assert_eq!(leak["verdict"], "unreachable");
    assert_eq!(leak["reach"]["unreachable"], 1);
    assert_eq!(leak["reach"]["through_others"], 1);
    assert_eq!(leak["reach"]["addresses"][0], addresses[2]);
    let notes = report["notes"].to_string();
    assert!(notes.contains("--elf"), "{notes}");
}

/// They remember no call site, so what the program still needs is not of the same one.
#[test]
fn blocks_of_unknown_sites_that_something_leads_to_are_told_apart() {
    let room = Room::new();
    let (dump, _) = dump(&room);
    for by in ["site", "stack"] {
        let (report, _) = json(&["leaks", &dump, "--by", by]);
        let blocks = |leak: usize| {
            (
                &report["leaks"][leak]["verdict"],
                &report["leaks"][leak]["blocks"],
            )
        };
        assert_eq!(report["found"], 2);
        assert_eq!(blocks(0), (&"unreachable".into(), &2.into()));
        assert_eq!(blocks(1), (&"not freed".into(), &2.into()));
    }
}

#[test]
fn of_a_block_it_is_told_what_leads_to_it() {
    let room = Room::new();
    let (dump, [first, second, third, fourth]) = dump(&room);
    let (why, code) = json(&["leaks", &dump, "--why", &second]);
    assert_eq!(code, 0);
    let path = format!("the word at 0x20000000 → {first} + 4 → {second}");
    assert_eq!(why["path"], path.as_str());
    assert_eq!(
        (&why["inside"], &why["left_over"]),
        (&false.into(), &true.into())
    );
    let (why, code) = json(&["leaks", &dump, "--why", &fourth]);
    assert_eq!(
        (code, &why["through"]["address"]),
        (1, &third.as_str().into())
    );
    // An address inside of a block is that of the block.
    let inside = u32::from_str_radix(&third[2..], 16).unwrap() + 8;
    litepool()
        .args(["leaks", &dump, "--why", &inside.to_string()])
        .assert()
        .code(1)
        .stdout(contains(&third).and(contains("Nothing in the memory leads to it")));
}

#[test]
fn where_there_is_no_block_nothing_leads() {
    let room = Room::new();
    let (dump, _) = dump(&room);
    for (address, error) in [
        ("0x20000000", "no used block at 0x20000000"),
        ("here", "no address"),
    ] {
        litepool()
            .args(["leaks", &dump, "--why", address])
            .assert()
            .code(2)
            .stderr(contains(error));
    }
}

/// Without the memory around a pool, all of its blocks would look leaked.
#[test]
fn of_a_pool_alone_no_leak_is_told() {
    let room = Room::new();
    let (bytes, _) = ram();
    let pool = room.file("pool.bin", &bytes[VARIABLES..VARIABLES + 2048]);
    let dump = format!("{pool}@0x20000040");
    let (report, code) = json(&["leaks", &dump]);
    assert_eq!(
        (code, &report["leaks"][0]["verdict"]),
        (0, &"not freed".into())
    );
    let notes = report["notes"].to_string();
    assert!(notes.contains("Dump all of the RAM"), "{notes}");
}
