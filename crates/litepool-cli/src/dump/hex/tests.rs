use litepool_snapshot::memory_image::Segment;

use super::*;

fn memory(address: u64, bytes: Vec<u8>) -> MemoryImage {
    MemoryImage::from_segments(vec![Segment { address, bytes }]).unwrap()
}

fn around_wrong(memory: &MemoryImage, wrong: Range<u64>, headers: &[u64]) -> String {
    around(memory, &wrong.clone(), &[wrong], headers, Style::PLAIN)
}

#[test]
fn what_is_wrong_and_headers_are_marked() {
    let mut bytes = vec![0; 64];
    bytes[20..36].copy_from_slice(b"a text too long\0");
    let memory = memory(0x2000_0000, bytes);
    let wrong = 0x2000_0020..0x2000_0024;
    let text = around_wrong(&memory, wrong, &[0x2000_0010, 0x2000_0034]);
    let expected = "  0x20000000  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  0x20000010 (00 00 00 00)61 20 74 65 78 74 20 74 6f 6f 20 6c  ....a text too l
  0x20000020 [6f 6e 67 00]00 00 00 00 00 00 00 00 00 00 00 00  ong.............
  0x20000030  00 00 00 00(00 00 00 00)00 00 00 00 00 00 00 00  ................
";
    assert_eq!(text, expected);
}

#[test]
fn what_the_dump_does_not_have_is_left_out() {
    let memory = memory(0x1008, vec![0x41; 16]);
    let text = around_wrong(&memory, 0x1010..0x1014, &[0x1004]);
    let expected = "  0x00001000                          41 41 41 41 41 41 41 41          AAAAAAAA
  0x00001010 [41 41 41 41]41 41 41 41                          AAAAAAAA
";
    assert_eq!(text, expected);
    assert_eq!(around_wrong(&memory, 0x8000..0x8004, &[]), "");
    assert_eq!(around_wrong(&memory, u64::MAX - 3..u64::MAX, &[]), "");
}

#[test]
fn what_touches_is_told_apart() {
    let memory = memory(0x1000, vec![0; 16]);
    let text = around_wrong(&memory, 0x1004..0x1006, &[0x1006, 0x1000]);
    let row = "  0x00001000 (00 00 00 00|00 00|00 00 00 00)00 00 00 00 00 00  ................\n";
    assert_eq!(text, row);
}
