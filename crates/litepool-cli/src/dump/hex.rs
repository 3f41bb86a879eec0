//! Bytes of a memory image around a place: 16 a line, with the same as text.

use std::ops::{Range, RangeInclusive};

use litepool_snapshot::memory_image::MemoryImage;

use super::style::{Paint, Style};

const LINE: u64 = 16;
/// Bytes shown before and behind the place.
const AROUND: u64 = 32;

/// Whether a byte is marked, and as what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Header,
    Wrong,
}

/// The addresses that are shown around a place: whole lines.
pub(super) fn window(place: &Range<u64>) -> RangeInclusive<u64> {
    let first = place.start.saturating_sub(AROUND) & !(LINE - 1);
    let last = place.end.saturating_add(AROUND - 1) | (LINE - 1);
    first..=last
}

/// The lines around a place, in which what is `wrong` is marked, and the 4 bytes of each of these
/// `headers`. What the image does not have is left out.
pub(super) fn around(
    memory: &MemoryImage,
    place: &Range<u64>,
    wrong: &[Range<u64>],
    headers: &[u64],
    style: Style,
) -> String {
    let window = window(place);
    let mark = |address: u64| {
        let is_header = |&header: &u64| address.wrapping_sub(header) < 4;
        if wrong.iter().any(|range| range.contains(&address)) {
            Mark::Wrong
        } else if headers.iter().any(is_header) {
            Mark::Header
        } else {
            Mark::None
        }
    };
    window
        .step_by(LINE as usize)
        .filter_map(|address| line(memory, address, mark, style))
        .collect()
}

/// A line; `None` if none of its bytes are in the image.
fn line(
    memory: &MemoryImage,
    address: u64,
    mark: impl Fn(u64) -> Mark,
    style: Style,
) -> Option<String> {
    let byte = |at: u64| Some(memory.bytes(at..at.checked_add(1)?)?[0]);
    let line = address..address.checked_add(LINE)?;
    line.clone().find_map(byte)?;
    let mut text = format!("  {address:#010x} ");
    let mut before = Mark::None;
    for at in line.clone() {
        let now = if byte(at).is_some() {
            mark(at)
        } else {
            Mark::None
        };
        text.push(between(before, now));
        let digits = byte(at).map_or("  ".into(), |byte| format!("{byte:02x}"));
        text += &match now {
            Mark::None => digits,
            Mark::Header => style.paint(Paint::Control, &digits),
            Mark::Wrong => style.paint(Paint::Wrong, &digits),
        };
        before = now;
    }
    text.push(between(before, Mark::None));
    text.push(' ');
    text.extend(line.map(|at| match byte(at) {
        Some(byte @ b' '..=b'~') => char::from(byte),
        Some(_) => '.',
        None => ' ',
    }));
    Some(text.trim_end().to_owned() + "\n")
}

/// What stands between two bytes.
fn between(before: Mark, now: Mark) -> char {
    match (before, now) {
        (before, now) if before == now => ' ',
        (Mark::Wrong, Mark::Header) | (Mark::Header, Mark::Wrong) => '|',
        (_, Mark::Wrong) => '[',
        (Mark::Wrong, _) => ']',
        (_, Mark::Header) => '(',
        (Mark::Header, _) => ')',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests;
