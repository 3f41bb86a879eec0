//! Dumps made by hand.

use super::*;
use crate::memory_image::Segment;
use crate::memory_image::elf_core::tests::elf;

/// A dump of this version whose checksum is right.
pub(crate) fn dump(version: u16, data: &[u8]) -> Vec<u8> {
    let known = Version::of(version).unwrap();
    let mut dump = vec![0; known.header];
    dump[4..6].copy_from_slice(&version.to_le_bytes());
    dump[6] = 5;
    if !known.is_elf {
        // Two tasks with control blocks of six bytes; one segment.
        dump[8] = 2;
        dump[12] = 6;
        if known.header > 16 {
            dump[16] = 1;
        }
    }
    dump.extend(data);
    let length = (dump.len() + known.checksum()) as u32;
    dump[..4].copy_from_slice(&length.to_le_bytes());
    if known.is_sha {
        let checksum = Sha256::digest(&dump);
        dump.extend(checksum);
    } else {
        let checksum = crc32fast::hash(&dump);
        dump.extend(checksum.to_le_bytes());
    }
    dump
}

/// An ELF core with one segment.
pub(crate) fn core() -> Vec<u8> {
    elf(WordSize::Bits32, 4, &[(1, 0x3fc8_0000, 0, b"memory", 6)])
}

/// Two tasks, the stack of one upside down, and a segment.
fn tasks_and_segment(has_segment: bool) -> Vec<u8> {
    let mut data = Vec::new();
    for (address, top, end, stack) in [
        (0x100_u32, 0x200_u32, 0x203_u32, "abc"),
        (0x300, 0x402, 0x400, "de"),
    ] {
        data.extend([address, top, end].map(u32::to_le_bytes).concat());
        data.extend(b"block\0");
        data.extend(stack.bytes());
        data.resize(data.len().next_multiple_of(4), 0);
    }
    if has_segment {
        data.extend([0x500_u32, 2].map(u32::to_le_bytes).concat());
        data.extend(b"xy");
    }
    data
}

#[test]
fn an_elf_core_of_any_version_is_read() {
    for version in [0x100, 0x101, 0x102, 0x103, 0x104] {
        let mut dump = dump(version, &core());
        // The partition that it stands in is larger.
        dump.resize(dump.len() + 100, 0xff);
        assert!(is_dump(&dump), "{version:#x}");
        let contents = read(&dump).unwrap();
        assert_eq!(contents.segments[0].address, 0x3fc8_0000);
        assert_eq!(contents.segments[0].bytes, b"memory");
        let hint = contents.hint.unwrap();
        assert!(hint.contains("CONFIG_ESP_COREDUMP_CAPTURE_DRAM"), "{hint}");
    }
}

#[test]
fn tasks_and_segments_of_the_old_versions_are_read() {
    for version in [1, 2, 3] {
        let dump = dump(version, &tasks_and_segment(version > 1));
        assert!(is_dump(&dump), "{version}");
        let contents = read(&dump).unwrap();
        let found: Vec<_> = contents
            .segments
            .iter()
            .map(|Segment { address, bytes }| (*address, &bytes[..]))
            .collect();
        let all = [
            (0x100, &b"block\0"[..]),
            (0x200, b"abc"),
            (0x300, b"block\0"),
            (0x400, b"de"),
            (0x500, b"xy"),
        ];
        assert_eq!(found, all[..if version > 1 { 5 } else { 4 }]);
    }
}

#[test]
fn a_dump_that_is_cut_off_or_damaged_anywhere_is_an_error_with_an_offset() {
    for (version, data) in [
        (0x103, core()),
        (0x104, core()),
        (0x102, core()),
        (2, tasks_and_segment(true)),
    ] {
        let whole = dump(version, &data);
        for length in 0..whole.len() {
            let fault = read(&whole[..length]).err().unwrap().to_string();
            assert!(
                fault.starts_with("byte ") && fault.contains("cut off"),
                "{fault}"
            );
        }
        for at in 0..whole.len() {
            let mut dump = whole.clone();
            dump[at] ^= 1;
            // Nobody looks at the chip, but the checksum is of it, too.
            let fault = read(&dump).err().unwrap().to_string();
            assert!(fault.starts_with("byte "), "{at}: {fault}");
        }
    }
}

#[test]
fn offsets_are_those_of_the_file() {
    let mut core = core();
    core[16] = 2;
    let fault = read(&dump(0x104, &core)).err().unwrap();
    assert!(
        fault
            .to_string()
            .starts_with("byte 28: this ELF file is a program"),
        "{fault}"
    );
    let data = tasks_and_segment(false);
    let fault = read(&dump(2, &data)).err().unwrap();
    let expected = format!("byte {}: cut off inside a segment", 20 + data.len());
    assert!(fault.to_string().starts_with(&expected), "{fault}");
}

#[test]
fn other_versions_and_lengths_are_told() {
    let mut other = dump(0x104, &core());
    other[4] = 9;
    assert!(is_dump(&other));
    assert_eq!(
        read(&other).err().unwrap().to_string(),
        "byte 4: version 1.9 of ESP-IDF's core dump; this program reads 0.1 to 0.3 and 1.0 to 1.4"
    );
    let mut short = dump(0x104, &core());
    short[..4].copy_from_slice(&40_u32.to_le_bytes());
    assert_eq!(
        read(&short).err().unwrap().to_string(),
        "byte 0: a length of 40 bytes, too small for a header and a checksum"
    );
    // Memory may begin like an old version.
    assert!(!is_dump(&[60, 0, 0, 0, 1, 0, 0, 0].repeat(8)));
}
