//! What the system tells in files of `/proc` and `/sys`, read without an allocation.

use core::ffi::{CStr, c_int};

use crate::system;

/// Reads a file of `/proc` byte by byte, through a small buffer: the program's stack may be small.
pub(crate) struct Bytes {
    file: c_int,
    buffer: [u8; 512],
    at: usize,
    filled: usize,
}

impl Bytes {
    /// Opens the file.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(path: &CStr) -> Result<Self, c_int> {
        // SAFETY: the path ends with a zero.
        let file = unsafe { system::open(path.as_ptr(), libc::O_RDONLY) }?;
        Ok(Self {
            file,
            buffer: [0; 512],
            at: 0,
            filled: 0,
        })
    }
}

impl Iterator for Bytes {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.at >= self.filled {
            // After an error, too, nothing follows.
            let filled = system::read(self.file, &mut self.buffer).unwrap_or(0);
            (self.at, self.filled) = (0, filled);
        }
        let byte = self.buffer[..]
            .get(self.at)
            .copied()
            .filter(|_| self.at < self.filled)?;
        self.at = self.at.wrapping_add(1);
        Some(byte)
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        system::close(self.file);
    }
}

/// Whether the machine can tell the time without a system call, for certain.
pub(crate) fn clock_needs_no_call() -> bool {
    let Ok(name) = Bytes::open(c"/sys/devices/system/clocksource/clocksource0/current_clocksource")
    else {
        return false;
    };
    let mut first = [0; 4];
    for (place, byte) in first.iter_mut().zip(name) {
        *place = byte;
    }
    first == *b"tsc\n" || first == *b"arch"
}

/// Bytes of the process's address space that are in use.
pub(crate) fn address_space() -> u64 {
    let mut pages: u64 = 0;
    for byte in Bytes::open(c"/proc/self/statm").into_iter().flatten() {
        match char::from(byte).to_digit(10) {
            Some(digit) => pages = pages.wrapping_mul(10).wrapping_add(u64::from(digit)),
            None => break,
        }
    }
    pages.wrapping_mul(system::page_size() as u64)
}

/// How many seccomp filters this process has: the kernel says so since Linux 5.9.
pub(crate) fn filters() -> u64 {
    const KEY: &[u8] = b"Seccomp_filters:\t";
    let (mut at, mut number) = (0, 0_u64);
    for byte in Bytes::open(c"/proc/self/status").into_iter().flatten() {
        if at == KEY.len() {
            match char::from(byte).to_digit(10) {
                Some(digit) => number = number.wrapping_mul(10).wrapping_add(u64::from(digit)),
                None => return number,
            }
        } else if byte == b'\n' {
            at = 0;
        } else if KEY.get(at) == Some(&byte) {
            at += 1;
        } else {
            // Another line: none has the key in its middle.
            at = usize::MAX / 2;
        }
    }
    0
}
