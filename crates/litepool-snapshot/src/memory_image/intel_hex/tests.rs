//! Files made by hand.

use super::*;
use crate::memory_image::Segment;

fn text(text: &str) -> Result<Vec<Segment>, String> {
    assert!(is_hex(text.as_bytes()), "{text}");
    read(text.as_bytes())
        .map(|contents| contents.segments)
        .map_err(|fault| fault.to_string())
}

fn segments(parts: &[(u64, &[u8])]) -> Result<Vec<Segment>, String> {
    let segment = |&(address, bytes): &(u64, &[u8])| Segment {
        address,
        bytes: bytes.to_vec(),
    };
    Ok(parts.iter().map(segment).collect())
}

#[test]
fn records_that_follow_each_other_are_one_segment() {
    let data = |offset, bytes: &[u8]| Record::Data {
        offset,
        value: bytes.to_vec(),
    };
    let records = [
        Record::ExtendedLinearAddress(0x2000),
        data(0, b"ab"),
        data(2, b"cd"),
        data(0x10, b"x"),
        Record::StartLinearAddress(0x2000_0000),
        Record::EndOfFile,
    ];
    let file = ihex::create_object_file_representation(&records).unwrap();
    let expected = segments(&[(0x2000_0000, b"abcd"), (0x2000_0010, b"x")]);
    assert_eq!(text(&file), expected);
    assert_eq!(
        text(&format!("\r\n{}\r\nrest", file.replace('\n', "\r\n"))),
        expected
    );
}

#[test]
fn segment_addresses_are_paragraphs() {
    assert_eq!(
        text(
            ":020000021000EC\n:0100050061 99\n"
                .replace(' ', "")
                .as_str()
        )
        .unwrap_err(),
        "the last record, :00000001FF, is missing: the file is cut off"
    );
    assert_eq!(
        text(":020000021000EC\n:010005006199\n:00000001FF"),
        segments(&[(0x1_0005, b"a")])
    );
    assert_eq!(
        text(
            ":020000021000EC\n:02FFFF006162 3D\n:00000001FF"
                .replace(' ', "")
                .as_str()
        )
        .unwrap_err(),
        "line 2: the record reaches beyond the end of its 64 KiB segment"
    );
}

#[test]
fn errors_name_their_line() {
    let cases = [
        (
            ":0000000100",
            "line 1: invalid checksum 'FF', expecting '00'",
        ),
        (":020000042000DA\n:02FFFF0061623D\n:00000001FF", ""),
        (
            ":02000004FFFFFC\n:02FFFF0061623D\n:00000001FF",
            "line 2: the record reaches beyond the last address",
        ),
        (":00000001FF", ""),
        (":01000000619E\n\n\nxyz", "line 4: missing start code ':'"),
        (
            ":01000000619E\n:0100000\u{fc}619E",
            "line 2: invalid characters encountered in record",
        ),
        (
            ":01000006619E",
            "line 1: invalid checksum '98', expecting '9E'",
        ),
        (":010000066198", "line 1: unsupported IHEX record type '06'"),
    ];
    for (file, expected) in cases {
        assert_eq!(text(file).err().unwrap_or_default(), expected, "{file}");
    }
    let latin = b":01000000619E\n:\xfc";
    assert_eq!(
        read(latin).err().unwrap().to_string(),
        "line 2: this is no text"
    );
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_an_error() {
    let whole = b":020000042000DA\n:0200000061623B\n:02000200636435\n:00000001FF";
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "{length}");
    }
    assert!(read(whole).is_ok());
}
