//! Lines, and the digits in them.

use memchr::memmem;

/// How many of the first bytes tell text from binary data.
const SAMPLE: usize = 1 << 16;

/// Is this text? A serial log may have some bytes in it that are none, from a reset or a bad line.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let is_strange =
        |&&byte: &&u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x08' | b'\x1b');
    sample.iter().filter(is_strange).count() <= sample.len() / 16
}

/// The lines of a log, with their numbers from 1.
pub(crate) fn lines(log: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (1..).zip(log.split(|&byte| byte == b'\n'))
}

/// What stands behind a mark in a line.
pub(super) fn behind<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::find(line, mark)?;
    Some(&line[at + mark.len()..])
}

/// Do these bytes stand somewhere in the text?
pub(super) fn contains(text: &[u8], mark: &[u8]) -> bool {
    memmem::find(text, mark).is_some()
}

/// The bytes of pairs of hexadecimal digits, if they are nothing else.
pub(super) fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect::<Option<_>>()
        .filter(|_| rest.is_empty())
}

/// The lines that are not empty, with their numbers from 1, without white space at their ends.
pub(super) fn filled_lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    lines(bytes)
        .map(|(number, line)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
}
