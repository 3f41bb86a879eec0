//! What a dump may be: raw bytes, a log with a core dump, a table that a device printed.

use crate::dump::ram;
use crate::traces::Room;
use crate::{json, litepool};

/// What every kind of input has to show.
const SOUND: &str = "Pool at 0x20000400, 4,096 bytes: sound";

#[test]
fn the_address_stands_behind_the_file_or_in_its_name() {
    let room = Room::new();
    let (ram, _) = ram();
    let named = room.file("ramdump_0x20000000_0x20004000.bin", ram.bytes());
    let told = text(&["dump", &named]);
    assert!(told.contains(SOUND), "{told}");
    assert!(told.contains("is from the file's name"), "{told}");
    // Two files are one memory.
    let low = room.file("low.bin", &ram.bytes()[..2048]);
    let high = room.file("high.bin", &ram.bytes()[2048..]);
    let (low, high) = (format!("{low}@0x20000000"), format!("{high}@0x20000800"));
    let told = text(&["dump", &high, &low]);
    assert!(
        told.contains("at 0x20000000, 1 pool") && told.contains(SOUND),
        "{told}"
    );

    let plain = room.file("ram.bin", ram.bytes());
    let error = error_of(&["dump", &plain]);
    assert!(
        error.contains("the bytes have no address: name it, as in"),
        "{error}"
    );
    let other = format!("{plain}@0x20000100");
    let error = error_of(&["dump", &low, &other]);
    assert!(
        error.contains("overlap and have different bytes at 0x200"),
        "{error}"
    );
}

#[test]
fn a_core_dump_in_a_serial_log_is_read_as_it_is() {
    let room = Room::new();
    let (ram, _) = ram();
    let bytes = ram.bytes();
    let mut dump = b"ZE\x02\0\x03\0\x05\0\x04\0\0\0M\x01\0".to_vec();
    dump.extend(0x2000_0000_u32.to_le_bytes());
    dump.extend((0x2000_0000 + bytes.len() as u32).to_le_bytes());
    dump.extend(bytes);
    let mut log = "*** Booting Zephyr OS ***\r\n[00:01] <err> coredump: #CD:BEGIN#\r\n".to_owned();
    for line in dump.chunks(32) {
        let digits: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
        log += &format!("[00:01] <err> coredump: #CD:{digits}\r\n");
    }
    let whole = room.file("serial.log", format!("{log}<err> #CD:END#\r\n"));
    let told = text(&["dump", &whole]);
    assert!(told.contains(SOUND), "{told}");
    let cut_off = room.file("cut.log", log);
    let error = error_of(&["dump", &cut_off]);
    assert!(
        error.contains("line 2: the core dump that begins here is cut off: there is no #CD:END#"),
        "{error}"
    );
}

#[test]
fn of_a_heap_that_is_not_ours_the_printed_table_is_enough() {
    let room = Room::new();
    let table = |rows: &str| format!("\n\rnode          size        LR[0]       LR[1]   \n{rows}");
    let before = "0x10017320: 0x28  0x9b004eba  0x9b004f60 \n";
    let after = "0x10017320: 0x28  0x9b004eba  0x9b004f60 \n\
                 0x10017348: 0x50  0x9b02c24e  0x9b02c246 \n\
                 0x10017398: 0x50  0x9b02c24e  0x9b02c246 \n";
    let log = room.file(
        "serial.log",
        format!("boot\n{}# work\n{}", table(before), table(after)),
    );
    let told = text(&["dump", &log]);
    assert!(
        told.contains("a table of used blocks, from line 7 on"),
        "{told}"
    );
    assert!(told.contains("used 200 bytes in 3 blocks Call"), "{told}");
    assert!(
        told.contains("the last of 2 tables of used blocks in this log"),
        "{told}"
    );
    // What a table does not tell is not made up.
    assert!(
        !told.contains("free ") && !told.contains("refused"),
        "{told}"
    );
    let (report, code) = json(&["dump", &log]);
    assert_eq!(code, 0);
    assert!(
        report["heaps"][0]["figures"].get("free").is_none(),
        "{report}"
    );

    let (first, second) = (format!("{log}@1"), format!("{log}@2"));
    let told = text(&["dump", &first]);
    assert!(told.contains("used 40 bytes in 1 block Call"), "{told}");
    let told = text(&["diff", &first, &second]);
    assert!(told.contains("does not number its blocks"), "{told}");
    assert!(
        told.contains("0x9b02c24e") && told.contains("+160"),
        "{told}"
    );
    let error = error_of(&["blocks", &format!("{log}@3")]);
    assert!(
        error.contains("there is no table 3 of used blocks in this log; there are 2"),
        "{error}"
    );
}

/// What the command prints, in one line.
fn text(arguments: &[&str]) -> String {
    crate::text(arguments)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What the command says of arguments that it can't work with.
fn error_of(arguments: &[&str]) -> String {
    let output = litepool()
        .args(arguments)
        .assert()
        .code(2)
        .get_output()
        .stderr
        .clone();
    String::from_utf8(output).unwrap()
}
