//! Text, line by line.

use std::io::{BufRead, Read};

use crate::error::{Fault, TraceError};

/// Most bytes in a line; a longer one is not text of any of the formats.
const MAX_LINE: u64 = 65_536;

/// Most characters of a faulty line that an error repeats.
const MAX_QUOTE: usize = 80;

/// A reader of lines that remembers where it is.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// The line, without white space at its ends. Bytes that are not UTF-8 are replaced.
    text: String,
    number: u64,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            text: String::new(),
            number: 0,
            offset: 0,
        }
    }

    /// The next line that isn't blank, or `None` at the end. A byte order mark is no part of the
    /// first one.
    pub(super) fn next(&mut self) -> Result<Option<&str>, TraceError> {
        loop {
            self.buffer.clear();
            let limited = self
                .input
                .by_ref()
                .take(MAX_LINE)
                .read_until(b'\n', &mut self.buffer);
            let read = limited.map_err(|source| TraceError::Io {
                offset: self.offset,
                source,
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.offset += read as u64;
            let line = String::from_utf8_lossy(&self.buffer);
            let line = match self.number {
                1 => line.strip_prefix('\u{feff}').unwrap_or(&line),
                _ => &line,
            };
            let line = line.trim();
            self.text.clear();
            self.text.push_str(line);
            if read as u64 == MAX_LINE && !self.buffer.ends_with(b"\n") {
                return Err(self.expected("a line of less than 65,536 bytes"));
            }
            if !self.text.is_empty() {
                return Ok(Some(&self.text));
            }
        }
    }

    /// The line that [`Lines::next`] returned last.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line that [`Lines::next`] returned last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether that line is the last one and lacks its end: perhaps it was cut off.
    pub(super) fn is_unterminated(&self) -> bool {
        !self.buffer.is_empty() && !self.buffer.ends_with(b"\n")
    }

    /// Whether that line is text in UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        str::from_utf8(&self.buffer).is_ok()
    }

    /// The error for that line.
    pub(super) fn expected(&self, what: &'static str) -> TraceError {
        expected(self.number, what, &self.text)
    }

    /// The error for the text that ended too early.
    pub(super) fn ended(&self, what: &'static str) -> TraceError {
        expected(self.number + 1, what, "the end of the file")
    }

    /// The error for a line whose event makes no sense.
    pub(super) fn fault(&self, fault: Fault) -> TraceError {
        TraceError::LineFault {
            line: self.number,
            fault,
        }
    }
}

/// The error for a line that isn't as it should be.
pub(super) fn expected(line: u64, what: &'static str, found: &str) -> TraceError {
    let mut quote: String = found.chars().take(MAX_QUOTE).collect();
    if quote.len() < found.len() {
        quote.push('…');
    }
    TraceError::Line {
        line,
        expected: what,
        found: quote,
    }
}

/// A number in decimal, or in hexadecimal after `0x`, or the `(nil)` that `printf` makes of a null pointer.
pub(super) fn number(text: &str) -> Option<u64> {
    if text == "(nil)" {
        return Some(0);
    }
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    // `from_str_radix` would take a sign.
    if digits.starts_with(['+', '-']) {
        None
    } else {
        u64::from_str_radix(digits, radix).ok()
    }
}

#[cfg(test)]
mod tests;
