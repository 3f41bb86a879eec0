//! The few things that are asked of the operating system, all by system calls of our own.
//!
//! The C library's functions would not do: some are cancellation points, which `malloc` must not
//! be; and a program, or another preloaded library, may have put its own functions in their place,
//! which may call `malloc`. The one exception is the clock, which the C library reads without a
//! system call.

use core::ffi::{c_char, c_int};
use core::mem::MaybeUninit;
use core::ptr;

use syscalls::{Sysno, raw};

/// The calling thread's `errno`.
pub(crate) fn errno() -> c_int {
    // SAFETY: the C library gives the address of the thread's own variable, which lives as long as
    // the thread.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub(crate) fn set_errno(errno: c_int) {
    // SAFETY: as for reading it.
    unsafe { *libc::__errno_location() = errno }
}

/// A system call's result, or the error that it tells.
fn answer(result: usize) -> Result<usize, c_int> {
    // The highest 4,095 numbers are negated errors.
    match result.wrapping_neg() {
        error @ 1..=4_095 => Err(error as c_int),
        _ => Ok(result),
    }
}

/// A system call without effect on memory.
///
/// # Safety
/// None of the arguments may be an address.
unsafe fn call(number: Sysno, arguments: [usize; 6]) -> Result<usize, c_int> {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: no memory is involved, says the caller.
    answer(unsafe { raw::syscall6(number as usize, a, b, c, d, e, f) })
}

/// A file number, or -1, as the argument of a system call.
const fn file_argument(file: c_int) -> usize {
    file as usize
}

/// The calling process.
pub(crate) fn process() -> u32 {
    // SAFETY: no arguments. Process ids are positive.
    unsafe { call(Sysno::getpid, [0; 6]) }.unwrap_or(0) as u32
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

/// The monotonic clock in nanoseconds. Read without a system call where the machine can.
#[inline]
pub(crate) fn now() -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `time` is a place for the result, and all zeroes is a valid one, should the clock be
    // missing.
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
    let _ = unsafe { call(Sysno::sched_yield, [0; 6]) };
}

/// How far the process may go with something that the system limits.
pub(crate) fn limit(resource: libc::__rlimit_resource_t) -> u64 {
    let mut limit = MaybeUninit::<libc::rlimit64>::zeroed();
    // SAFETY: `limit` is a place for the result; all zeroes is a valid one. Nothing is read, and so
    // nothing changed.
    let (result, limit) = unsafe {
        let result = raw::syscall4(
            Sysno::prlimit64 as usize,
            0,
            resource as usize,
            0,
            limit.as_mut_ptr().expose_provenance(),
        );
        (result, limit.assume_init())
    };
    match answer(result) {
        Ok(_) => limit.rlim_cur,
        Err(_) => libc::RLIM64_INFINITY,
    }
}

/// What tells one file from every other: its device and its number there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// The identity of an open file, and its length in bytes. `None` if it isn't open.
pub(crate) fn identity(file: c_int) -> Option<(Identity, u64)> {
    #[cfg(target_pointer_width = "64")]
    let number = Sysno::fstat;
    #[cfg(target_pointer_width = "32")]
    let number = Sysno::fstat64;
    let mut status = MaybeUninit::<libc::stat64>::zeroed();
    // SAFETY: `status` is a place for the result, as the system fills it; all zeroes is a valid
    // one.
    let (result, status) = unsafe {
        let place = status.as_mut_ptr().expose_provenance();
        let result = raw::syscall2(number as usize, file_argument(file), place);
        (result, status.assume_init())
    };
    let identity = Identity {
        device: status.st_dev,
        inode: status.st_ino,
    };
    answer(result)
        .ok()
        .map(|_| (identity, status.st_size as u64))
}

/// Opens a file, never to be inherited by a program.
///
/// # Errors
/// The system's.
///
/// # Safety
/// `path` must point to text that ends with a zero.
pub(crate) unsafe fn open(path: *const c_char, flags: c_int) -> Result<c_int, c_int> {
    let flags = flags | libc::O_CLOEXEC | libc::O_LARGEFILE | libc::O_NOCTTY;
    loop {
        // SAFETY: the caller's promise. If a file is created it is its owner's alone.
        let result = unsafe {
            raw::syscall4(
                Sysno::openat as usize,
                libc::AT_FDCWD as usize,
                path.expose_provenance(),
                flags as usize,
                0o600,
            )
        };
        match answer(result) {
            Ok(file) => return Ok(file as c_int),
            Err(libc::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Closes a file that we opened and that nobody else knows of.
pub(crate) fn close(file: c_int) {
    // SAFETY: no pointers are involved.
    let _ = unsafe { call(Sysno::close, [file_argument(file), 0, 0, 0, 0, 0]) };
}

/// Gives the file a high number: programs rely on getting low ones. The file keeps its number where
/// there is no other.
pub(crate) fn out_of_the_way(file: c_int) -> c_int {
    #[cfg(target_pointer_width = "64")]
    let number = Sysno::fcntl;
    #[cfg(target_pointer_width = "32")]
    let number = Sysno::fcntl64;
    // A few below the limit, where that is low: the program may want the highest ones itself.
    let most = limit(libc::RLIMIT_NOFILE);
    for from in [900, most.saturating_sub(24), most.saturating_sub(1)] {
        if from > file as u64 && from < most {
            let command = libc::F_DUPFD_CLOEXEC as usize;
            let arguments = [file_argument(file), command, from as usize, 0, 0, 0];
            // SAFETY: no pointers are involved.
            if let Ok(high) = unsafe { call(number, arguments) } {
                close(file);
                return high as c_int;
            }
        }
    }
    file
}

/// Extends a file to hold this piece, never shortening it. Where the file system can, the blocks
/// are reserved, so that a full disk is an error now and not a SIGBUS later; else `Ok(false)`.
///
/// # Errors
/// The system's. `EFBIG` for what the program's limit forbids, without the signal that the system
/// would send.
pub(crate) fn extend(file: c_int, at: u64, bytes: u64) -> Result<bool, c_int> {
    if at.saturating_add(bytes) > limit(libc::RLIMIT_FSIZE) {
        return Err(libc::EFBIG);
    }
    let file = file_argument(file);
    loop {
        // Each 64-bit number is passed as two on 32 bits, the lower half first.
        #[cfg(target_pointer_width = "64")]
        let arguments = [file, 0, at as usize, bytes as usize, 0, 0];
        #[cfg(target_pointer_width = "32")]
        let arguments = [
            file,
            0,
            at as usize,
            (at >> 32) as usize,
            bytes as usize,
            (bytes >> 32) as usize,
        ];
        // SAFETY: no pointers are involved.
        match unsafe { call(Sysno::fallocate, arguments) } {
            Ok(_) => return Ok(true),
            Err(libc::EINTR) => {}
            Err(libc::EOPNOTSUPP | libc::ENOSYS) => {
                return put_zero(file, at + bytes - 1).map(|()| false);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Writes a zero there. That extends the file without reserving; the layout of slots leaves a
/// segment's last byte unused.
fn put_zero(file: usize, at: u64) -> Result<(), c_int> {
    let zero = 0_u8;
    let place = (&raw const zero).expose_provenance();
    // SAFETY: one byte is read from a local variable. On 32 bits the 64-bit number is passed as
    // two.
    #[cfg(target_pointer_width = "64")]
    let result = unsafe { raw::syscall4(Sysno::pwrite64 as usize, file, place, 1, at as usize) };
    // SAFETY: the same.
    #[cfg(target_pointer_width = "32")]
    let result = unsafe {
        raw::syscall5(
            Sysno::pwrite64 as usize,
            file,
            place,
            1,
            at as usize,
            (at >> 32) as usize,
        )
    };
    match answer(result) {
        Ok(1) => Ok(()),
        Ok(_) => Err(libc::EIO),
        Err(error) => Err(error),
    }
}

/// Maps a piece of a file, shared; or, with file -1, memory of the process's own. At an address of
/// the kernel's choice, so that nothing that exists is touched. `at` is a multiple of the page
/// size.
///
/// # Errors
/// The system's.
pub(crate) fn map(file: c_int, at: u64, bytes: u64) -> Result<*mut u8, c_int> {
    let bytes = usize::try_from(bytes).map_err(|_| libc::ENOMEM)?;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = if file < 0 {
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS
    } else {
        libc::MAP_SHARED
    };
    // The one unit in which the offset is given on 32 bits, whatever the page size.
    #[cfg(target_pointer_width = "64")]
    let (number, offset) = (Sysno::mmap, at as usize);
    #[cfg(target_pointer_width = "32")]
    let (number, offset) = (Sysno::mmap2, (at / 4096) as usize);
    let file = file_argument(file);
    // SAFETY: a new mapping at an address of the kernel's choice.
    let result = unsafe {
        raw::syscall6(
            number as usize,
            0,
            bytes,
            access as usize,
            kind as usize,
            file,
            offset,
        )
    };
    answer(result).map(ptr::with_exposed_provenance_mut)
}

/// Gives up what [`map`] has mapped.
///
/// # Safety
/// `mapping` came from [`map`] with as many bytes, and nobody uses it any more.
pub(crate) unsafe fn unmap(mapping: *mut u8, bytes: u64) {
    // SAFETY: the caller's promise.
    unsafe { raw::syscall2(Sysno::munmap as usize, mapping.addr(), bytes as usize) };
}

/// Asks the kernel to treat a mapping of ours in a certain way that changes no contents before a
/// fork.
///
/// # Errors
/// The system's.
pub(crate) fn advise(mapping: *mut u8, bytes: u64, advice: c_int) -> Result<(), c_int> {
    let arguments = [mapping.addr(), bytes as usize, advice as usize, 0, 0, 0];
    // SAFETY: the mapping is ours, and the advice changes nothing that is there.
    unsafe { call(Sysno::madvise, arguments) }.map(drop)
}

/// Reads on in a file, as much as there is and fits. 0 at the end.
///
/// # Errors
/// The system's.
pub(crate) fn read(file: c_int, buffer: &mut [u8]) -> Result<usize, c_int> {
    loop {
        let place = buffer.as_mut_ptr().expose_provenance();
        // SAFETY: the buffer takes as many bytes as are asked for.
        let result = unsafe {
            raw::syscall3(
                Sysno::read as usize,
                file_argument(file),
                place,
                buffer.len(),
            )
        };
        match answer(result) {
            Err(libc::EINTR) => {}
            result => return result,
        }
    }
}

/// The calling thread's name as the system knows it: at most 15 bytes, then zeroes.
pub(crate) fn thread_name() -> [u64; 2] {
    let mut name = [0_u64; 2];
    let place = (&raw mut name).expose_provenance();
    // SAFETY: the system writes at most 16 bytes there.
    let _ = unsafe {
        raw::syscall5(
            Sysno::prctl as usize,
            libc::PR_GET_NAME as usize,
            place,
            0,
            0,
            0,
        )
    };
    name
}

/// Reads memory of this process, as much as can be read from there on and fits. Unlike an access,
/// it does no harm where nothing is mapped. Returns how many bytes were read.
pub(crate) fn read_memory(at: usize, buffer: &mut [u8]) -> usize {
    let page = page_size();
    let place = buffer.as_mut_ptr().expose_provenance();
    // In two pieces: of one that reaches into a page that can't be read nothing is read.
    let first = (page - (at & (page - 1))).min(buffer.len());
    let second = buffer.len() - first;
    let ours = [place, buffer.len()];
    let theirs = [[at, first], [at.wrapping_add(first), second]];
    let pieces = if second == 0 { 1 } else { 2 };
    // SAFETY: the system writes into the buffer, and reads the two lists, which are of the form
    // that it expects: an address and a length for each piece.
    let result = unsafe {
        raw::syscall6(
            Sysno::process_vm_readv as usize,
            process() as usize,
            (&raw const ours).expose_provenance(),
            1,
            (&raw const theirs).expose_provenance(),
            pieces,
            0,
        )
    };
    answer(result).unwrap_or(0).min(buffer.len())
}
