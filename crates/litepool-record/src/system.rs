//! The few things that are asked of the operating system. Where the C library's function would be a cancellation point,
//! which `malloc` must not be, the kernel is called directly.

use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;

/// The calling thread's `errno`.
pub(crate) fn errno() -> c_int {
    // SAFETY: the C library gives the address of the thread's own variable, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub(crate) fn set_errno(errno: c_int) {
    // SAFETY: as for reading it.
    unsafe { *libc::__errno_location() = errno }
}

/// The calling process.
pub(crate) fn process() -> u32 {
    // SAFETY: no arguments, no effect. Process ids are positive.
    unsafe { libc::getpid() as u32 }
}

/// Bytes of a page: a power of two.
pub(crate) fn page_size() -> usize {
    // SAFETY: no pointers are involved. The kernel states this value to every program.
    unsafe { libc::getauxval(libc::AT_PAGESZ) as usize }
}

/// Where the kernel mapped the program's own header table.
pub(crate) fn program_header() -> u64 {
    // SAFETY: no pointers are involved: the address is only a number here.
    (unsafe { libc::getauxval(libc::AT_PHDR) }) as usize as u64
}

/// The monotonic clock in nanoseconds.
#[inline]
pub(crate) fn now() -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `time` is a place for the result, and all zeroes is a valid one, should the clock be missing.
    let time = unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, time.as_mut_ptr());
        time.assume_init()
    };
    (time.tv_sec as u64)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(time.tv_nsec as u64)
}

/// Lets others run.
pub(crate) fn pause() {
    // SAFETY: no arguments.
    unsafe { libc::sched_yield() };
}

/// What tells one file from every other: its device and its number there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// The identity of an open file. `None` if it isn't open.
pub(crate) fn identity(file: c_int) -> Option<Identity> {
    let mut status = MaybeUninit::<libc::stat64>::zeroed();
    // SAFETY: `status` is a place for the result; all zeroes is a valid one.
    let (answer, status) = unsafe {
        let answer = libc::fstat64(file, status.as_mut_ptr());
        (answer, status.assume_init())
    };
    (answer == 0).then_some(Identity {
        device: status.st_dev,
        inode: status.st_ino,
    })
}

/// Opens a file, never to be inherited by a program.
///
/// # Errors
/// The system's.
///
/// # Safety
/// `path` must point to text that ends with a zero.
pub(crate) unsafe fn open(path: *const c_char, flags: c_int) -> Result<c_int, c_int> {
    // SAFETY: the caller's promise. If a file is created it is its owner's alone.
    let file = unsafe {
        libc::syscall(
            libc::SYS_openat,
            libc::AT_FDCWD,
            path,
            flags | libc::O_CLOEXEC,
            0o600,
        )
    };
    // A file number is an int.
    if file < 0 {
        Err(errno())
    } else {
        Ok(file as c_int)
    }
}

/// Closes a file that we opened and that nobody else knows of.
pub(crate) fn close(file: c_int) {
    // SAFETY: no pointers are involved.
    unsafe { libc::syscall(libc::SYS_close, file) };
}

/// Extends a file to hold this piece, never shortening it. Where the file system can, the blocks are reserved, so that a
/// full disk is an error now and not a SIGBUS later.
///
/// # Errors
/// The system's.
pub(crate) fn extend(file: c_int, at: u64, bytes: u64) -> Result<(), c_int> {
    loop {
        // SAFETY: no pointers are involved.
        #[cfg(target_pointer_width = "64")]
        let answer = unsafe { libc::syscall(libc::SYS_fallocate, file, 0, at, bytes) };
        // SAFETY: no pointers are involved. Each 64-bit number is passed as two, the lower half first.
        #[cfg(target_pointer_width = "32")]
        let answer = unsafe {
            let (at_high, bytes_high) = ((at >> 32) as u32, (bytes >> 32) as u32);
            libc::syscall(
                libc::SYS_fallocate,
                file,
                0,
                at as u32,
                at_high,
                bytes as u32,
                bytes_high,
            )
        };
        match errno() {
            _ if answer == 0 => return Ok(()),
            libc::EINTR => {}
            libc::EOPNOTSUPP | libc::ENOSYS => return put_zero(file, at + bytes - 1),
            error => return Err(error),
        }
    }
}

/// Writes a zero there. That extends the file without reserving; the layout of slots leaves a segment's last byte unused.
fn put_zero(file: c_int, at: u64) -> Result<(), c_int> {
    let zero = 0_u8;
    // SAFETY: one byte is read from a local variable.
    #[cfg(target_pointer_width = "64")]
    let written = unsafe { libc::syscall(libc::SYS_pwrite64, file, &raw const zero, 1, at) };
    // SAFETY: the same. The 64-bit number is passed as two, the lower half first.
    #[cfg(target_pointer_width = "32")]
    let written = unsafe {
        libc::syscall(
            libc::SYS_pwrite64,
            file,
            &raw const zero,
            1,
            at as u32,
            (at >> 32) as u32,
        )
    };
    if written == 1 { Ok(()) } else { Err(errno()) }
}

/// Reads a file of `/proc` byte by byte, through a small buffer: the program's stack may be small.
pub(crate) struct Bytes {
    file: c_int,
    buffer: [u8; 512],
    at: usize,
    filled: usize,
}

impl Bytes {
    /// Opens the file. `None` if that is impossible.
    pub(crate) fn open(path: &CStr) -> Option<Self> {
        // SAFETY: the path ends with a zero.
        let file = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        (file >= 0).then_some(Self {
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
            // SAFETY: the buffer takes as many bytes as are asked for.
            let read = unsafe {
                libc::read(
                    self.file,
                    self.buffer.as_mut_ptr().cast(),
                    self.buffer.len(),
                )
            };
            (self.at, self.filled) = (0, usize::try_from(read).unwrap_or(0));
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
        close(self.file);
    }
}
