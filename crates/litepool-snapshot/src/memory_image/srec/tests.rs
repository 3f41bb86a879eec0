//! Files made by hand.

use super::*;

/// Records with these contents and right checksums.
fn record_of(kind: char, body: &[u8]) -> String {
    let count = body.len() as u8 + 1;
    let sum = body.iter().fold(count, |sum, &byte| sum.wrapping_add(byte));
    let hex: String = [&[count], body, &[!sum]]
        .concat()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    format!("S{kind}{hex}\n")
}

fn file() -> String {
    [
        record_of('0', b"\0\0name"),
        record_of('1', b"\x01\x00ab"),
        record_of('1', b"\x01\x02cd"),
        record_of('2', b"\x02\x10\x00ex"),
        record_of('3', b"\x20\0\0\0x"),
        record_of('5', &[0, 4]),
        record_of('7', &[0x20, 0, 0, 0]),
    ]
    .concat()
}

fn fault(file: &str) -> String {
    read(file.as_bytes())
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default()
}

#[test]
fn records_that_follow_each_other_are_one_segment() {
    assert!(is_srec(file().as_bytes()));
    let contents = read(file().as_bytes()).unwrap();
    let found: Vec<_> = contents
        .segments
        .iter()
        .map(|segment| (segment.address, &segment.bytes[..]))
        .collect();
    let expected = [
        (0x100, &b"abcd"[..]),
        (0x2_1000, b"ex"),
        (0x2000_0000, b"x"),
    ];
    assert_eq!(found, expected);
    assert!(
        read(
            file()
                .to_lowercase()
                .replace('s', "S")
                .replace('\n', "\r\n")
                .as_bytes()
        )
        .is_ok()
    );
}

#[test]
fn a_file_that_is_cut_off_or_damaged_anywhere_is_an_error() {
    let whole = file();
    let whole = whole.trim_end();
    for length in 0..whole.len() {
        assert_ne!(fault(&whole[..length]), "", "{length}");
    }
    for at in (0..whole.len()).filter(|&at| whole.as_bytes()[at].is_ascii_hexdigit()) {
        let mut file = whole.as_bytes().to_vec();
        file[at] = if file[at] == b'4' { b'6' } else { b'4' };
        let record_kind = at > 0 && file[at - 1] == b'S';
        assert!(record_kind || read(&file).is_err(), "byte {at}");
    }
}

#[test]
fn errors_name_their_line() {
    let first = record_of('1', b"\x01\x00ab");
    let after = |rest: &str| fault(&format!("{first}{rest}"));
    assert_eq!(
        after(""),
        "the last record, S7, S8 or S9, is missing: the file is cut off"
    );
    assert_eq!(after(&record_of('9', &[0, 0])), "");
    assert_eq!(
        after(&record_of('5', &[0, 2])),
        "line 2: 2 records should stand before this one, and 1 do: lines are lost"
    );
    assert_eq!(
        after("S9030000FD"),
        "line 2: the checksum of the record does not match"
    );
    assert_eq!(after("S904000000FB"), "");
    assert_eq!(
        after("S9040000FB"),
        "line 2: the record is longer or shorter than it says"
    );
    assert_eq!(
        after("S9xx"),
        "line 2: the record is not pairs of hexadecimal digits"
    );
    assert_eq!(
        after("S9F"),
        "line 2: the record is not pairs of hexadecimal digits"
    );
    assert_eq!(after("S9"), "line 2: the record is too short");
    assert_eq!(
        after(&record_of('3', b"\x01")),
        "line 2: the record is too short for its address"
    );
    assert!(after(&record_of('4', b"\0\0")).starts_with("line 2: no such record"));
    assert!(after("text").starts_with("line 2: this is no record"));
}
