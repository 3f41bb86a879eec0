//! Text in the log: a slot that says what it is, then slots of up to 32 bytes.

use crate::layout::{Kind, Slot};
use crate::{log, thread};

/// Writes text into the log as it comes. The thread must not start another before it is finished.
pub(crate) struct Text {
    bytes: [u8; 32],
    filled: usize,
    thread: u32,
}

impl Text {
    /// Begins a text.
    pub(crate) fn begin(kind: Kind, words: [u64; 4]) -> Self {
        let thread = thread::current();
        log::write(Slot {
            kind,
            detail: 0,
            thread,
            words,
        });
        Self {
            bytes: [0; 32],
            filled: 0,
            thread,
        }
    }

    /// Adds a byte.
    pub(crate) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.filled) {
            *place = byte;
            self.filled = self.filled.wrapping_add(1);
        }
        if self.filled == 32 {
            self.flush();
        }
    }

    /// Ends the text, with a slot that isn't full.
    pub(crate) fn finish(mut self) {
        self.flush();
    }

    fn flush(&mut self) {
        // Four words of eight bytes: every piece has its eight.
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.bytes.as_chunks::<8>().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        log::write(Slot {
            kind: Kind::Text,
            detail: self.filled as u8,
            thread: self.thread,
            words,
        });
        (self.bytes, self.filled) = ([0; 32], 0);
    }
}
