use super::*;
use crate::memory_image::Segment;
use crate::test_program::program;

/// A device's RAM from 0x1000 on.
fn memory(words: &[u32], text: &[u8]) -> MemoryImage {
    let words = words.iter().flat_map(|word| word.to_le_bytes());
    let bytes = words.chain(text.iter().copied()).collect();
    let address = 0x1000;
    MemoryImage::from_segments(vec![Segment { address, bytes }]).unwrap()
}

fn names(memory: &MemoryImage, symbols: &Symbols) -> Vec<String> {
    of(memory, symbols, WordSize::Bits32)
}

#[test]
fn names_are_read_from_memory_and_from_the_program() {
    let memory = memory(&[0x2000, 0, 0x1010, 0x9000], b"log\0");
    let symbols = program(
        0x1000..0x1020,
        &[(VARIABLE, 0x1000..0x1010)],
        &[(0x2000, b"main\0net\0")],
    );
    // Null is no name, and neither is what nobody has.
    assert_eq!(names(&memory, &symbols), ["main", "", "log", ""]);
}

#[test]
fn a_constant_array_is_read_from_the_program() {
    let constants = b"\x08\x20\0\0\x0d\x20\0\0main\0net\0";
    let array = [(VARIABLE, 0x2000..0x2008)];
    let symbols = program(0x1000..0x1020, &array, &[(0x2000, constants)]);
    assert_eq!(names(&MemoryImage::default(), &symbols), ["main", "net"]);
}

#[test]
fn a_program_without_the_array_tells_no_names() {
    let symbols = program(0x1000..0x1020, &[("other", 0x1000..0x1010)], &[]);
    assert_eq!(names(&memory(&[0], b""), &symbols), [""; 0]);
}

#[test]
fn a_name_without_an_end_is_cut_off() {
    let memory = memory(&[0x1004], &[b'a'; 1000]);
    let symbols = program(0x1000..0x1020, &[(VARIABLE, 0x1000..0x1004)], &[]);
    assert_eq!(names(&memory, &symbols), ["a".repeat(64)]);
}
