//! Memory for one pool, with guards around it and nothing beyond them.

use std::io;
use std::ptr::{self, NonNull};

const PAGE: usize = 4096;
/// What the guards are filled with.
const GUARD: u8 = 0xC3;
/// Address space without memory on either side: more than a 32-bit number of granules can span, where there is so much.
const NOWHERE: usize = if usize::BITS > 32 {
    (36_u64 << 30) as usize
} else {
    64 << 20
};

/// A pool between two guard pages, in the middle of addresses that no access survives.
///
/// So a write next to the pool shows in the guards, and one anywhere else is a crash, never luck.
pub struct Room {
    first_guard: NonNull<u8>,
    size: usize,
}

impl Room {
    /// Room for a pool of `size` bytes, a multiple of a page.
    ///
    /// # Errors
    /// The system has no such stretch of addresses.
    pub fn new(size: usize) -> io::Result<Self> {
        debug_assert!(size.is_multiple_of(PAGE));
        let used = size + 2 * PAGE;
        // SAFETY: a new mapping, which touches no other one.
        let all = unsafe {
            libc::mmap(
                ptr::null_mut(),
                2 * NOWHERE + used,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if all == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: inside the mapping.
        let first_guard = unsafe { all.cast::<u8>().add(NOWHERE) };
        // SAFETY: whole pages of our own mapping.
        if unsafe { libc::mprotect(first_guard.cast(), used, libc::PROT_READ | libc::PROT_WRITE) }
            != 0
        {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made accessible.
        unsafe { first_guard.write_bytes(GUARD, used) };
        let first_guard = NonNull::new(first_guard).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { first_guard, size })
    }

    /// The pool's first byte.
    pub fn base(&self) -> NonNull<u8> {
        // SAFETY: behind the first guard, inside the mapping.
        unsafe { self.first_guard.add(PAGE) }
    }

    /// Bytes of the pool.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Copies the pool.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size];
        // SAFETY: both have so many bytes, and nothing else writes meanwhile.
        unsafe {
            self.base()
                .copy_to_nonoverlapping(NonNull::from(&mut bytes[..]).cast(), self.size);
        }
        bytes
    }

    /// Makes the pool what it was when `bytes` were copied, and the guards whole.
    ///
    /// # Panics
    /// If `bytes` are not as many as the pool's.
    pub fn restore(&mut self, bytes: &[u8]) {
        assert_eq!(bytes.len(), self.size, "the copy of another pool");
        // SAFETY: all of it is ours, and no reference into it lives.
        unsafe {
            let pool = self.base().as_ptr();
            pool.copy_from_nonoverlapping(bytes.as_ptr(), self.size);
            for guard in [self.first_guard.as_ptr(), pool.add(self.size)] {
                guard.write_bytes(GUARD, PAGE);
            }
        }
    }

    /// Flips bit `bit % 8` of byte `bit / 8`.
    ///
    /// # Panics
    /// If that is not in the pool.
    pub fn flip(&mut self, bit: usize) {
        assert!(bit / 8 < self.size, "a bit of the pool");
        // SAFETY: just asserted.
        unsafe { *self.base().add(bit / 8).as_mut() ^= 1 << (bit % 8) };
    }

    /// Are both guards whole?
    pub fn is_guarded(&self) -> bool {
        [0, PAGE + self.size].into_iter().all(|offset| {
            // SAFETY: a guard page, which the room owns; no reference to it lives longer than this.
            let guard = unsafe { self.first_guard.add(offset).cast::<[u8; PAGE]>().as_ref() };
            guard.iter().all(|&byte| byte == GUARD)
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: exactly what was mapped; nothing refers to it any more.
        unsafe {
            libc::munmap(
                self.first_guard.as_ptr().sub(NOWHERE).cast(),
                2 * NOWHERE + self.size + 2 * PAGE,
            );
        }
    }
}
