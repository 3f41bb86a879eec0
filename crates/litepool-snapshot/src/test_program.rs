//! Programs made by hand, for tests: ELF files of 32 bits for ARM.

use std::ops::Range;

use crate::symbols::Symbols;

/// A program with the section `.bss` at these addresses, global variables in it, and constants.
pub fn program(
    bss: Range<u64>,
    variables: &[(&str, Range<u64>)],
    constants: &[(u64, &[u8])],
) -> Symbols {
    let mut names = b"\0.bss\0.symtab\0.strtab\0".to_vec();
    let mut symbols = vec![0; 4];
    for (name, range) in variables {
        let place = [range.start as u32, (range.end - range.start) as u32];
        // A global object of section 1.
        symbols.extend([names.len() as u32, place[0], place[1], 1 << 16 | 0x11]);
        names.extend(name.as_bytes());
        names.push(0);
    }
    let names_length = names.len();
    names.resize(names_length.next_multiple_of(4), 0);
    let (header, segment, segments) = (52, 32, constants.len());
    let names_at = header + segment * segments;
    let symbols_at = names_at + names.len();
    let sections_at = symbols_at + 4 * symbols.len();
    let mut data_at = sections_at + 4 * 40;

    // A program for ARM, with four sections of 40 bytes, whose names are in the last.
    let counts = [
        (segment << 16 | header) as u32,
        40 << 16 | segments as u32,
        3 << 16 | 4,
    ];
    let mut words = vec![40 << 16 | 2, 1, 0, header as u32, sections_at as u32, 0];
    words.extend(counts);
    for (address, bytes) in constants {
        let (address, length) = (*address as u32, bytes.len() as u32);
        words.extend([1, data_at as u32, address, address, length, length, 4, 4]);
        data_at += bytes.len();
    }
    words.extend(
        names
            .chunks(4)
            .map(|four| u32::from_le_bytes(four.try_into().unwrap())),
    );
    words.extend(&symbols);
    words.extend([0; 10]);
    // No bits, writable; symbols; names.
    let (start, length) = (bss.start as u32, (bss.end - bss.start) as u32);
    words.extend([1, 8, 3, start, 0, length, 0, 0, 4, 0]);
    let symbols_length = 4 * symbols.len() as u32;
    words.extend([6, 2, 0, 0, symbols_at as u32, symbols_length, 3, 1, 4, 16]);
    words.extend([
        14,
        3,
        0,
        0,
        names_at as u32,
        names_length as u32,
        0,
        0,
        1,
        0,
    ]);

    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    file.extend(constants.iter().flat_map(|(_, bytes)| bytes.iter()));
    Symbols::of(file).unwrap()
}
