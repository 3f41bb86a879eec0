//! A line of text, put together without the machinery of `core::fmt`.

use core::ffi::CStr;

use crate::port;

/// The longest line, with the zero behind it.
const LENGTH: usize = 160;

/// A line. What does not fit is left out.
pub struct Line {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Line {
    /// An empty line.
    pub const fn new() -> Self {
        Self {
            bytes: [0; LENGTH],
            length: 0,
        }
    }

    fn byte(&mut self, byte: u8) {
        // One is kept for the end of the line, and one for the zero.
        if self.length < LENGTH - 2
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
    }

    fn spaces(&mut self, width: usize, used: usize) {
        for _ in used..width {
            self.byte(b' ');
        }
    }

    /// Adds `text`.
    #[inline(never)]
    pub fn text(&mut self, text: &str) -> &mut Self {
        text.bytes().for_each(|byte| self.byte(byte));
        self
    }

    /// Adds `text`, right-aligned in a column of this width.
    pub fn column(&mut self, width: usize, text: &str) -> &mut Self {
        self.spaces(width, text.len());
        self.text(text)
    }

    /// Adds a decimal number, right-aligned in a column of this width.
    pub fn number(&mut self, width: usize, mut number: usize) -> &mut Self {
        let mut digits = [0; 20];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            count += 1;
            if number == 0 {
                break;
            }
        }
        self.spaces(width, count);
        for &digit in digits.iter().skip(20 - count) {
            self.byte(digit);
        }
        self
    }

    /// Adds an address, always as long as the processor's.
    pub fn address(&mut self, address: usize) -> &mut Self {
        self.text("0x");
        for shift in (0..usize::BITS).step_by(4).rev() {
            self.byte(b"0123456789abcdef"[address >> shift & 0xF]);
        }
        self
    }

    /// Adds the heading of a column of addresses.
    pub fn address_heading(&mut self, text: &str) -> &mut Self {
        self.text(text)
            .spaces(2 + 2 * size_of::<usize>(), text.len());
        self
    }

    /// Puts the line out.
    pub fn print(&mut self) {
        if let Some(end) = self.bytes.get_mut(self.length) {
            *end = b'\n';
        }
        if let Ok(text) = CStr::from_bytes_until_nul(&self.bytes) {
            port::print(text);
        }
    }
}
