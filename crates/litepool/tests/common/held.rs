//! A block that somebody has, and what it is filled with.

use std::ptr::NonNull;

#[derive(Clone, Copy)]
pub struct Held {
    pub pointer: NonNull<u8>,
    pub size: usize,
    pub byte: u8,
}

impl Held {
    /// Fills the payload at `pointer`, of `size` bytes.
    pub fn fill(pointer: NonNull<u8>, size: usize, byte: u8) -> Self {
        // SAFETY: a payload of this size.
        unsafe { pointer.write_bytes(byte, size) };
        Self {
            pointer,
            size,
            byte,
        }
    }

    /// Are the first `length` bytes as they were filled?
    pub fn begins_intact(&self, length: usize) -> bool {
        // SAFETY: a live payload, which was filled.
        let bytes = unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), length) };
        bytes.iter().all(|&byte| byte == self.byte)
    }

    /// Are all of them?
    pub fn is_intact(&self) -> bool {
        self.begins_intact(self.size)
    }

    pub fn start(&self) -> usize {
        self.pointer.addr().get()
    }

    pub fn end(&self) -> usize {
        self.start() + self.size
    }
}
