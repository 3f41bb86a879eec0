//! Which format it is.

use litepool_trace::WordSize;

use super::*;
use crate::memory_image::{esp, zephyr};

#[test]
fn a_format_is_told_by_its_first_bytes() {
    let cases: [(&[u8], Option<Format>); 13] = [
        (b"", None),
        (b"\0\0\0\0", None),
        (b"plain text\n", None),
        (b"\x7fELF", Some(Format::Elf)),
        (
            &zephyr::tests::dump(WordSize::Bits32, false),
            Some(Format::Zephyr),
        ),
        (
            &esp::tests::dump(0x103, &esp::tests::core()),
            Some(Format::Esp),
        ),
        (b":00000001FF\n", Some(Format::IntelHex)),
        (b":0000000100\n", Some(Format::IntelHex)),
        (b": a note\n", None),
        (b"S9030000FC\r\n", Some(Format::Srec)),
        (b"So be it\n", None),
        (b"boot\nE: #CD:BEGIN#\n", Some(Format::ZephyrLog)),
        (
            b"boot\n====== CORE DUMP START =====\n",
            Some(Format::EspLog),
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(Format::of(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_string_in_memory_makes_no_log() {
    let mut memory = vec![0; 4096];
    memory[100..110].copy_from_slice(b"#CD:BEGIN#");
    assert_eq!(Format::of(&memory), None);
    // But some bytes that are no text are in many a log.
    let log = [&b"\0\0\0boot"[..], &[b'.'; 100], b"\n#CD:BEGIN#\n"].concat();
    assert_eq!(Format::of(&log), Some(Format::ZephyrLog));
}

#[test]
fn what_is_wrong_in_a_log_is_told_by_the_byte_of_the_dump_in_it() {
    let log = "#CD:BEGIN#\n#CD:5a45\n#CD:END#\n";
    let fault = Format::ZephyrLog.read(log.as_bytes()).err().unwrap();
    assert!(
        fault
            .to_string()
            .starts_with("byte 2 of the decoded core dump: cut off inside the header"),
        "{fault}"
    );
}
