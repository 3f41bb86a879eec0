//! Logs with tables.

use litepool_trace::WordSize;

use super::*;
use crate::{Block, Task};

/// From the documentation of LiteOS-M, behind what a logger prints.
const LITEOS_M: &str = "\
entering kernel init...

\rnode          size        LR[0]       LR[1]       LR[2]   \r
0x10017320: 0x528  0x9b004eba  0x9b004f60  0x9b005002 \r
0x10017848: 0xe0  0x9b02c24e  0x9b02c246  0x9b008ef0 \r
0x10017928: 0x50  0x9b02c24e  0x9b02c246  0x0 \r
OHOS # free
Mem:    65536    1234    64302
";

/// From the documentation of `LiteOS`.
const MEMUSED: &str = "\
Huawei LiteOS # memused
node            LR[0]       LR[1]       LR[2]
0x802d79e4:  0x8011d740  0x8011a990  0x00000000
0x802daa0c:  0x8011d5ec  0x8011d740  0x8011a990

 exc interaction memory
node            LR[0]       LR[1]       LR[2]
0x80100000:  0x8011d740  0x8011a990  0x00000000
";

fn printed(log: &str, number: Option<u64>) -> Result<Option<Snapshot>, NoSuchTable> {
    Snapshot::of_printed(&DumpBytes {
        name: "log.txt".to_owned(),
        address: number,
        bytes: log.into(),
    })
}

fn snapshot(log: &str, number: Option<u64>) -> Snapshot {
    printed(log, number).unwrap().expect("a table")
}

/// The address, the bytes, and the call sites of a block.
fn facts(snapshot: &Snapshot, block: &Block) -> (u64, u64, u64, Vec<u64>) {
    let frames = snapshot.interned.frames_of(block.stack);
    (
        block.address.unwrap(),
        block.size,
        block.extent,
        frames.map(|frame| frame.offset).collect(),
    )
}

fn all(snapshot: &Snapshot) -> Vec<(u64, u64, u64, Vec<u64>)> {
    let blocks = snapshot.blocks.iter();
    blocks.map(|block| facts(snapshot, block)).collect()
}

#[test]
fn a_table_of_liteos_m_tells_nodes_with_sizes_and_call_sites() {
    let snapshot = snapshot(LITEOS_M, None);
    assert_eq!(
        all(&snapshot),
        [
            (
                0x1001_7320,
                0x528,
                0x528,
                vec![0x9b00_4eba, 0x9b00_4f60, 0x9b00_5002]
            ),
            (
                0x1001_7848,
                0xe0,
                0xe0,
                vec![0x9b02_c24e, 0x9b02_c246, 0x9b00_8ef0]
            ),
            (0x1001_7928, 0x50, 0x50, vec![0x9b02_c24e, 0x9b02_c246]),
        ]
    );
    assert_eq!(snapshot.word, WordSize::Bits32);
    let origin = Origin::Printed {
        file: "log.txt".to_owned(),
        line: 3,
    };
    assert_eq!(snapshot.origin, origin);
    assert_eq!(
        snapshot.memory.remarks(),
        ["log.txt: addresses and sizes are those of nodes, with their headers"]
    );
}

#[test]
fn of_several_tables_the_last_one_is_taken_or_the_one_that_is_named() {
    let last = snapshot(MEMUSED, None);
    assert_eq!(
        all(&last),
        [(0x8010_0000, 0, 0, vec![0x8011_d740, 0x8011_a990])]
    );
    assert_eq!(
        last.memory.remarks(),
        [
            "log.txt: the last of 2 tables of used blocks in this log, from line 7; name another \
             one as in log.txt@1",
            "log.txt: this table has no sizes: bytes are counted as 0"
        ]
    );
    let first = snapshot(MEMUSED, Some(1));
    assert_eq!(first.blocks.len(), 2);
    assert_eq!(first.memory.remarks().len(), 1);
    let error = printed(MEMUSED, Some(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "log.txt@3: there is no table 3 of used blocks in this log; there are 2"
    );
    assert!(printed("no table", Some(3)).unwrap().is_none());
}

#[test]
fn every_version_of_the_table_is_read() {
    let cases = [
        // The one in an older handbook.
        (
            "pstNode         LR[0]       LR[1]\n0x802d79e4:  0x8011d740  0x00000000\n",
            (0x802d_79e4, 0, vec![0x8011_d740]),
            WordSize::Bits32,
        ),
        // 64 bits.
        (
            "node                        LR[0]       \n0x00000000402d79e4:  0x000000004011d740 \n",
            (0x402d_79e4, 0, vec![0x4011_d740]),
            WordSize::Bits64,
        ),
        // With sizes in decimal.
        (
            "node        size          LR[0]   \n0x402d79e4  4096    :  0x4011d740 \n",
            (0x402d_79e4, 4096, vec![0x4011_d740]),
            WordSize::Bits32,
        ),
        (
            "node        size          LR[0]   \n0xffff0402d79e4  12345678:  (nil) \n",
            (0xf_fff0_402d_79e4, 12_345_678, vec![]),
            WordSize::Bits64,
        ),
        // A logger's time in front.
        (
            "[10:00:00] node  size  LR[0]\n[10:00:01] 0x10: 0x20  0x30\n",
            (0x10, 0x20, vec![0x30]),
            WordSize::Bits32,
        ),
    ];
    for (log, (address, size, sites), word) in cases {
        let snapshot = snapshot(log, None);
        assert_eq!(all(&snapshot), [(address, size, size, sites)], "{log}");
        assert_eq!(snapshot.word, word, "{log}");
    }
}

#[test]
fn a_table_of_litepool_tells_owners_and_payloads() {
    let log = "\
used blocks of pool 0x20000100
block            bytes      usable        task      module  called from
0x20000208          48          40           7           3  0x08001234  0x08001300
0x20000238          24          16   interrupt        none
0x20000250         112         100        none        none  0x08001234  aligned
0x200002c0          16          16           1           0  slab
";
    let snapshot = snapshot(log, None);
    assert_eq!(
        all(&snapshot),
        [
            (0x2000_0208, 40, 48, vec![0x0800_1234, 0x0800_1300]),
            (0x2000_0238, 16, 24, vec![]),
            (0x2000_0250, 100, 112, vec![0x0800_1234]),
            (0x2000_02c0, 16, 16, vec![]),
        ]
    );
    let owners: Vec<_> = snapshot
        .blocks
        .iter()
        .map(|block| (block.task, block.module, block.in_slab))
        .collect();
    assert_eq!(
        owners,
        [
            (Some(Task::Number(7)), Some(3), false),
            (Some(Task::Interrupt), None, false),
            (Some(Task::None), None, false),
            (Some(Task::Number(1)), Some(0), true),
        ]
    );
    assert_eq!(snapshot.pools[0].base, Some(0x2000_0100));
    assert!(snapshot.memory.remarks().is_empty());
}

#[test]
fn lines_of_other_tasks_between_are_passed_over_and_damaged_ones_are_told() {
    let log = "node size LR[0] LR[1]\n\
               0x10: 0x20  0x30  0x40\n\
               sensor: 0x7f degrees\n\
               \n\
               0x30: 0x20  0x3\n\
               0x50: 0x20  0x30sensor  0x40\n\
               0x70: 0x20  0x30  0x40\n\
               one\ntwo\nthree\nfour\nfive\n\
               0x90: 0x20  0x30  0x40\n";
    let snapshot = snapshot(log, None);
    let addresses: Vec<_> = snapshot
        .blocks
        .iter()
        .filter_map(|block| block.address)
        .collect();
    // The table ended before the last line.
    assert_eq!(addresses, [0x10, 0x70]);
    assert!(
        snapshot.memory.remarks().contains(
            &"log.txt: 2 of the table's lines can't be read, the first one is line 5: blocks are \
          missing"
                .to_owned()
        )
    );
}

#[test]
fn a_heading_alone_is_an_empty_table_and_other_text_is_none() {
    assert!(snapshot("node size LR[0]", None).blocks.is_empty());
    for log in [
        "",
        "node",
        "node size",
        "node size LR[1]",
        "node size LR[0] LR[2]",
        "block bytes usable bogus",
        "a node in the network",
    ] {
        assert!(printed(log, None).unwrap().is_none(), "{log}");
    }
}
