//! Arbitrary bytes as a program with symbols and debug information: an error or some names, never a panic, never
//! much memory or time.
//!
//! Chance hits no ELF file with sections. So one way of reading cuts the bytes into sections of a file whose frame
//! is right; the other takes programs from the corpus, and changes them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use litepool_snapshot::Symbols;

/// What the sections are called, with their types and flags: code and data first.
const SECTIONS: [(&str, u32, u64); 12] = [
    (".text", 1, 6),
    (".data", 1, 3),
    (".symtab", 2, 0),
    (".strtab", 3, 0),
    (".debug_abbrev", 1, 0),
    (".debug_info", 1, 0),
    (".debug_line", 1, 0),
    (".debug_str", 1, 0),
    (".debug_line_str", 1, 0),
    (".debug_ranges", 1, 0),
    (".debug_rnglists", 1, 0),
    (".debug_aranges", 1, 0),
];

/// Where the first section is in memory; the others follow.
const BASE: u64 = 0x1000;

fuzz_target!(|data: &[u8]| {
    let Some((&way, rest)) = data.split_first() else {
        return;
    };
    let file = if way == 0x7f {
        data.to_vec()
    } else {
        framed(rest)
    };
    let Ok(symbols) = Symbols::of(file) else {
        return;
    };
    for address in (BASE..BASE + 256).chain([0, 1, 1 << 31, 1 << 32, u64::MAX]) {
        for location in symbols.locations(address) {
            assert!(location.function.len() <= 4096 && location.file.len() <= 4096);
        }
        let _ = symbols.is_code(address);
        if let Some(variable) = symbols.variable(address) {
            assert!(variable.range.contains(&address));
            assert!(symbols.find(&variable.name).is_some());
        }
    }
    let _ = (symbols.notes(), symbols.build_id(), symbols.word());
    for pair in symbols.data_sections().windows(2) {
        assert!(pair[0].range.start <= pair[1].range.start);
    }
});

/// An ELF file of 64 bits with these bytes as its sections. Before each section's bytes stands how many they
/// are, in two bytes.
fn framed(mut bytes: &[u8]) -> Vec<u8> {
    let mut names = vec![0];
    let mut contents = Vec::new();
    let mut headers = vec![[0_u64; 10]];
    let mut address = BASE;
    for (index, (name, kind, flags)) in SECTIONS.iter().enumerate() {
        let length = match bytes {
            [low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])),
            _ => 0,
        };
        bytes = bytes.get(2..).unwrap_or_default();
        let (section, rest) = bytes.split_at(length.min(bytes.len()));
        bytes = rest;
        // Of the table of symbols: the section with its names, and the size of an entry.
        let (link, entry) = if *kind == 2 { (index + 2, 24) } else { (0, 0) };
        let place = if *flags == 0 { 0 } else { address };
        headers.push([
            names.len() as u64,
            u64::from(*kind),
            *flags,
            place,
            64 + contents.len() as u64,
            section.len() as u64,
            link as u64,
            1,
            1,
            entry,
        ]);
        names.extend(name.bytes().chain([0]));
        contents.extend(section);
        address += if *flags == 0 { 0 } else { section.len() as u64 };
    }
    let at = 64 + contents.len() as u64;
    headers.push([
        names.len() as u64,
        3,
        0,
        0,
        at,
        names.len() as u64 + 10,
        0,
        0,
        1,
        0,
    ]);
    names.extend(b".shstrtab\0");
    contents.extend(names);
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for word in [2_u16, 62] {
        file.extend(word.to_le_bytes());
    }
    file.extend(1_u32.to_le_bytes());
    for word in [BASE, 0, 64 + contents.len() as u64] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for word in [
        64_u16,
        56,
        0,
        64,
        headers.len() as u16,
        headers.len() as u16 - 1,
    ] {
        file.extend(word.to_le_bytes());
    }
    file.extend(contents);
    for [
        name,
        kind,
        flags,
        address,
        offset,
        size,
        link,
        info,
        align,
        entry,
    ] in headers
    {
        file.extend((name as u32).to_le_bytes());
        file.extend((kind as u32).to_le_bytes());
        for word in [flags, address, offset, size] {
            file.extend(word.to_le_bytes());
        }
        file.extend((link as u32).to_le_bytes());
        file.extend((info as u32).to_le_bytes());
        for word in [align, entry] {
            file.extend(word.to_le_bytes());
        }
    }
    file
}
