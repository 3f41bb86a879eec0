//! Dumps made by hand.

use super::*;

const END: usize = usize::MAX;

/// A dump of a 32-bit or 64-bit device.
pub(crate) fn dump(word: WordSize, has_crc: bool) -> Vec<u8> {
    let number = |value: u64| value.to_le_bytes()[..word.bytes() as usize].to_vec();
    let mut dump = b"ZE\x02\0\x03\0".to_vec();
    dump.push(if word == WordSize::Bits32 { 5 } else { 6 });
    dump.push(u8::from(has_crc));
    dump.extend(4_u32.to_le_bytes());
    // The registers of the thread that crashed.
    let registers = [number(0x2000_0004), number(7)].concat();
    dump.extend(b"A\x02\0");
    dump.extend((registers.len() as u16).to_le_bytes());
    dump.extend(&registers);
    // The kernel's table.
    dump.extend(b"T\x01\0\x08\0\x10\0\0\x20\0\0\0\0");
    // Another processor.
    dump.extend(b"F\x01\0");
    dump.extend((registers.len() as u16).to_le_bytes());
    dump.extend(1_u32.to_le_bytes());
    dump.extend(number(0x2000_0100));
    dump.extend(&registers);
    for (start, bytes) in [
        (0x2000_0000, &b"memory"[..]),
        (0x2000_0006, b" of a device"),
        (8, b""),
    ] {
        dump.extend(b"M\x01\0");
        dump.extend(number(start));
        dump.extend(number(start + bytes.len() as u64));
        dump.extend(bytes);
    }
    if has_crc {
        let crc = crc32fast::hash(&dump);
        dump.extend(b"C\x01\0");
        dump.extend(crc.to_le_bytes());
    }
    dump
}

#[test]
fn the_flags_of_a_cortex_m_are_no_register() {
    // r0 to r3, r12, lr, pc, the flags, sp.
    let registers: Vec<u8> = (0..9_u32).flat_map(u32::to_le_bytes).collect();
    for (target, expected) in [
        (CORTEX_M, &[0, 1, 2, 3, 4, 5, 6, 8][..]),
        (4, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ] {
        let mut dump = b"ZE\x02\0".to_vec();
        dump.extend(target.to_le_bytes());
        dump.extend(b"\x05\0\x04\0\0\0A\x02\0\x24\0");
        dump.extend(&registers);
        assert_eq!(read(&dump).unwrap().registers, expected);
    }
}

#[test]
fn memory_and_registers_are_read() {
    for (word, table) in [
        (WordSize::Bits32, &[0x2000_0010, 0][..]),
        (WordSize::Bits64, &[0x2000_0010]),
    ] {
        for has_crc in [false, true] {
            let dump = dump(word, has_crc);
            assert!(is_dump(&dump));
            let contents = read(&dump).unwrap();
            assert_eq!(contents.word, Some(word));
            let registers = [&[0x2000_0004, 7], table, &[0x2000_0100], &[0x2000_0004, 7]].concat();
            assert_eq!(contents.registers, registers);
            assert_eq!(contents.segments[0].address, 0x2000_0000);
            assert_eq!(contents.segments[0].bytes, b"memory of a device");
        }
    }
}

#[test]
fn a_dump_that_is_cut_off_is_an_error_with_an_offset_except_between_sections() {
    let whole = dump(WordSize::Bits32, false);
    let mut sections = 0;
    for length in 0..whole.len() {
        match read(&whole[..length]) {
            Ok(_) => sections += 1,
            Err(fault) => {
                let fault = fault.to_string();
                assert!(
                    fault.starts_with("byte ") && fault.contains("cut off inside"),
                    "{fault}"
                );
            }
        }
    }
    assert_eq!(sections, 6);
    // With a checksum, nothing less than all is a dump.
    let whole = dump(WordSize::Bits64, true);
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn every_damaged_byte_is_found_if_there_is_a_checksum() {
    let whole = dump(WordSize::Bits32, true);
    // All but the header's target, its flags, and the checksum's version.
    for at in (8..whole.len()).filter(|&at| !(whole.len() - 6..whole.len() - 4).contains(&at)) {
        let mut dump = whole.clone();
        dump[at] ^= 0x10;
        assert!(read(&dump).is_err(), "byte {at}");
    }
}

#[test]
fn versions_that_are_not_known_are_told() {
    let with = |at: usize, byte: u8| {
        let mut dump = dump(WordSize::Bits32, false);
        dump[at] = byte;
        read(&dump)
            .err()
            .map(|fault| fault.to_string())
            .unwrap_or_default()
    };
    assert_eq!(
        with(2, 3),
        "byte 2: version 3 of Zephyr's core dump; this program reads up to 2"
    );
    assert_eq!(
        with(6, 4),
        "byte 6: pointers of 2^4 bits; this program reads 32 and 64"
    );
    let first_section = 12;
    assert!(with(first_section, b'Q').starts_with("byte 12: a section begins with 0x51"));
    let memory = dump(WordSize::Bits32, false)
        .windows(3)
        .position(|part| part == b"M\x01\0")
        .unwrap_or(END);
    assert!(with(memory + 1, 2).contains("version 2 of a section of memory"));
    // Its last address is before its first one, or far behind the end of the file.
    assert!(with(memory + 10, 0x10).contains("which is before it"));
    assert!(with(memory + 9, 0x10).contains("cut off inside a section of memory"));
}
