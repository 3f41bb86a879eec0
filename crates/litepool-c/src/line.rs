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

    fn digits<const BASE: u32>(
        &mut self,
        width: usize,
        least: usize,
        mut number: usize,
    ) -> &mut Self {
        let mut digits = [b'0'; 20];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            if number == 0 && count >= least {
                break;
            }
            *digit = match (number % BASE as usize) as u8 {
                value @ 0..10 => b'0' + value,
                value => b'a' - 10 + value,
            };
            number /= BASE as usize;
            count += 1;
        }
        self.spaces(width, count);
        for &digit in digits.iter().skip(20 - count) {
            self.byte(digit);
        }
        self
    }

    /// Adds a decimal number, right-aligned in a column of this width.
    pub fn number(&mut self, width: usize, number: usize) -> &mut Self {
        self.digits::<10>(width, 1, number)
    }

    /// Adds an address, always as long as the processor's.
    pub fn address(&mut self, address: usize) -> &mut Self {
        self.text("0x")
            .digits::<16>(0, 2 * size_of::<usize>(), address)
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
