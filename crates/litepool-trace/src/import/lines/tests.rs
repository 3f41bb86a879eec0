use super::*;

fn lines(text: &[u8]) -> Lines<&[u8]> {
    Lines::new(text)
}

#[test]
fn blank_lines_are_skipped_but_counted() {
    let mut lines = lines(b"one\r\n\n  \n two ");
    assert_eq!(lines.next().unwrap(), Some("one"));
    assert_eq!(lines.next().unwrap(), Some("two"));
    assert_eq!(
        lines.expected("three").to_string(),
        "line 4: expected three, found \"two\""
    );
    assert_eq!(lines.next().unwrap(), None);
    assert_eq!(
        lines.ended("three").to_string(),
        "line 5: expected three, found \"the end of the file\""
    );
}

#[test]
fn a_line_without_end_is_not_gathered() {
    let endless = vec![b'x'; 10 << 20];
    let mut lines = lines(&endless);
    let error = lines.next().unwrap_err().to_string();
    assert!(
        error.starts_with("line 1: expected a line of less than 65,536 bytes, found \"xxx"),
        "{error}"
    );
    assert!(error.len() < 200);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    assert_eq!(lines(b"a\xffb\n").next().unwrap(), Some("a\u{fffd}b"));
}

#[test]
fn numbers_are_decimal_or_hexadecimal() {
    assert_eq!(number("48"), Some(48));
    assert_eq!(number("0x7f"), Some(127));
    assert_eq!(number("(nil)"), Some(0));
    for wrong in ["", "0x", "-1", "+1", "0x+1", "1e3", "18446744073709551616"] {
        assert_eq!(number(wrong), None, "{wrong}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let mut lines = lines("\u{feff}one\n\u{feff}two\n".as_bytes());
    assert_eq!(lines.next().unwrap(), Some("one"));
    assert_eq!(lines.next().unwrap(), Some("\u{feff}two"));
}

#[test]
fn the_end_of_a_line_may_be_missing() {
    let mut lines = lines(b"one\ntwo");
    lines.next().unwrap();
    assert!(!lines.is_unterminated());
    lines.next().unwrap();
    assert!(lines.is_unterminated());
    lines.next().unwrap();
    assert!(!lines.is_unterminated());
}
