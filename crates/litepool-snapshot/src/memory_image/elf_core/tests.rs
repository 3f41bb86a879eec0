//! Cores made by hand.

use super::*;
use crate::memory_image::Segment;

/// One segment: its type, virtual and physical address, bytes in the file, bytes in memory.
type Part<'a> = (u32, u64, u64, &'a [u8], u64);

const LOAD: u32 = PT_LOAD.0;
const NOTE: u32 = PT_NOTE.0;

/// An ELF file of 32 or 64 bits with these segments.
pub(crate) fn elf(word: WordSize, kind: u16, parts: &[Part]) -> Vec<u8> {
    let is_wide = word == WordSize::Bits64;
    let number = |value: u64| value.to_le_bytes()[..word.bytes() as usize].to_vec();
    let (header, entry) = if is_wide { (64, 56) } else { (52, 32) };
    let mut file = vec![0x7f, b'E', b'L', b'F', if is_wide { 2 } else { 1 }, 1, 1];
    file.resize(16, 0);
    file.extend(kind.to_le_bytes());
    file.extend(40_u16.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for value in [0, header, 0] {
        file.extend(number(value));
    }
    file.extend(0_u32.to_le_bytes());
    for value in [header, entry, parts.len() as u64, 0, 0, 0] {
        file.extend((value as u16).to_le_bytes());
    }
    let mut offset = header + entry * parts.len() as u64;
    for &(kind, virtual_address, physical, bytes, memory) in parts {
        file.extend(kind.to_le_bytes());
        if is_wide {
            file.extend([6, 0, 0, 0]);
        }
        for value in [
            offset,
            virtual_address,
            physical,
            bytes.len() as u64,
            memory,
        ] {
            file.extend(number(value));
        }
        if !is_wide {
            file.extend([6, 0, 0, 0]);
        }
        file.extend(number(1));
        offset += bytes.len() as u64;
    }
    for (_, _, _, bytes, _) in parts {
        file.extend(*bytes);
    }
    file
}

/// A note with a thread's registers.
fn status(name: &[u8], kind: u32, registers: &[u8]) -> Vec<u8> {
    let mut note = Vec::new();
    for value in [name.len() as u32, registers.len() as u32, kind] {
        note.extend(value.to_le_bytes());
    }
    note.extend(name);
    note.resize(note.len().next_multiple_of(4), 0);
    note.extend(registers);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

fn core(word: WordSize) -> Vec<u8> {
    let registers: Vec<u8> = [0x2000_0004_u64, 7]
        .iter()
        .flat_map(|value| value.to_le_bytes()[..word.bytes() as usize].to_vec())
        .collect();
    let notes = [
        status(b"CORE\0", 1, &registers),
        status(b"CORE\0", 2, &[1; 8]),
        status(b"QEMU\0", 1, &[2; 8]),
    ]
    .concat();
    elf(
        word,
        4,
        &[
            (NOTE, 0, 0, &notes, 0),
            (LOAD, 0x2000_0000, 0, b"memory", 6),
            (LOAD, 0, 0x1000, b"physical", 8),
            (LOAD, 0x3000, 0x3000, b"part", 4096),
            (LOAD, 0x9000, 0x9000, b"", 4096),
        ],
    )
}

#[test]
fn memory_and_registers_are_read_and_what_was_left_out_is_not_made_up() {
    for word in [WordSize::Bits32, WordSize::Bits64] {
        let contents = read(&core(word)).unwrap();
        let expected = [
            (0x2000_0000, "memory"),
            (0x1000, "physical"),
            (0x3000, "part"),
        ];
        let found: Vec<_> = contents
            .segments
            .iter()
            .filter(|segment| !segment.bytes.is_empty())
            .map(|Segment { address, bytes }| (*address, str::from_utf8(bytes).unwrap()))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(contents.registers, [0x2000_0004, 7]);
        assert_eq!(contents.word, Some(word));
    }
}

#[test]
fn the_flags_of_an_arm_processor_are_no_register() {
    // As QEMU and Linux have it: 37 words, of which r0 to r15 are 18 to 33.
    let state: Vec<u8> = (0..37_u32).flat_map(u32::to_le_bytes).collect();
    let note = status(b"CORE\0", 1, &state);
    let core = elf(WordSize::Bits32, 4, &[(NOTE, 0, 0, &note, 0)]);
    let registers = read(&core).unwrap().registers;
    let others: Vec<u64> = (0..37).filter(|&word| word != 34).collect();
    assert_eq!(registers, others);
}

#[test]
fn a_core_that_is_cut_off_anywhere_is_an_error_with_an_offset() {
    for word in [WordSize::Bits32, WordSize::Bits64] {
        let whole = core(word);
        for length in 4..whole.len() {
            let fault = read(&whole[..length]).err().expect("a part of a core");
            assert!(fault.to_string().starts_with("byte "), "{fault}");
        }
    }
}

#[test]
fn what_is_no_core_of_a_little_endian_machine_is_refused() {
    let program = elf(WordSize::Bits32, 2, &[(LOAD, 0x100, 0, b"code", 4)]);
    let fault = read(&program).err().unwrap().to_string();
    assert!(
        fault.contains("byte 16: this ELF file is a program"),
        "{fault}"
    );
    assert!(fault.contains("--elf"), "{fault}");
    let mut big = core(WordSize::Bits32);
    big[5] = 2;
    let fault = read(&big).err().unwrap().to_string();
    assert!(
        fault.starts_with("byte 5: this core is of a big-endian machine"),
        "{fault}"
    );
    big[5] = 3;
    assert!(read(&big).is_err());
}

#[test]
fn segments_that_show_the_same_bytes_again_and_again_are_refused() {
    let mut file = elf(
        WordSize::Bits64,
        4,
        &[(LOAD, 0x10_0000, 0, &[7; 4096], 4096)],
    );
    // A table of segments that all show the same bytes: it is the memory itself.
    let entry = file[64..120].to_vec();
    file[120..]
        .chunks_exact_mut(56)
        .for_each(|other| other.copy_from_slice(&entry));
    file[56..58].copy_from_slice(&70_u16.to_le_bytes());
    let fault = read(&file).err().unwrap().to_string();
    assert!(fault.contains("again and again"), "{fault}");
    file[56..58].copy_from_slice(&10_u16.to_le_bytes());
    assert!(read(&file).is_ok());
}
