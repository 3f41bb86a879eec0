//! The log of this process: slots are claimed with one atomic addition and written into a shared mapping of the file.
//! What was written survives any end of the program, because it is in the page cache.
//!
//! The file grows by segments. Whoever needs a segment that isn't there extends the file and maps it; when two do so at
//! the same time, both extend it to the same length and the loser unmaps its copy. So there is no lock.

use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU8, AtomicU64, Ordering};

use crate::layout::{self, Kind, SEGMENT_BYTES, SEGMENT_SLOTS, SLOT_WORDS, SLOTS_AT, Slot};
use crate::system::{self, Identity};
use crate::{modules, start, thread};

/// Most segments of a log: 1,073,741,824 slots, 43 GB.
const SEGMENTS: usize = 65_536;

/// Most bytes of a path, with the zero at its end.
pub(crate) const PATH_BYTES: usize = 4_096;

/// Where each segment is mapped. Null: not yet.
static SEGMENT: [AtomicPtr<AtomicU64>; SEGMENTS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SEGMENTS];

/// The next slot to be claimed. In private memory, not in the file, so that a forked process has its own copy: it says
/// how much of the parent's log is its own past.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The header, mapped for as long as the log is open.
static HEADER: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

/// The open file, needed for growing. The program may close it, or put a file of its own in its place.
static FILE: AtomicI32 = AtomicI32::new(-1);

/// What the open file must be before it is touched.
static DEVICE: AtomicU64 = AtomicU64::new(0);
static INODE: AtomicU64 = AtomicU64::new(0);

/// The file's path, for opening it again.
pub(crate) static PATH: [AtomicU8; PATH_BYTES] = [const { AtomicU8::new(0) }; PATH_BYTES];

/// Records an allocation or a free.
#[inline]
pub(crate) fn operation(kind: Kind, detail: u8, [pointer, size, site]: [u64; 3]) {
    if start::recording() {
        modules::know(site);
        write(Slot {
            kind,
            detail,
            thread: thread::current(),
            words: [pointer, size, site, system::now()],
        });
    }
}

/// Records that an object is about to be resized.
#[inline]
pub(crate) fn resize_begins(pointer: u64, size: u64, site: u64) {
    if start::recording() {
        modules::know(site);
        let words = [pointer, size, site, 0];
        write(Slot {
            kind: Kind::ResizeBegin,
            detail: 0,
            thread: thread::current(),
            words,
        });
    }
}

/// Records that the thread's last resizing is over, and where the object is now; 0: it failed.
#[inline]
pub(crate) fn resize_ends(pointer: u64, size: u64, old: u64) {
    if start::recording() {
        let words = [pointer, size, old, system::now()];
        write(Slot {
            kind: Kind::ResizeEnd,
            detail: 0,
            thread: thread::current(),
            words,
        });
    }
}

/// Counts a request that the allocator refused.
#[cold]
pub(crate) fn refused() {
    if start::recording() {
        count(layout::header::REFUSED);
    }
}

/// Writes one slot. Only while the process is recorded, or is being made so.
#[inline]
pub(crate) fn write(slot: Slot) {
    let index = NEXT.fetch_add(1, Ordering::Relaxed);
    let segment = usize::try_from(index / SEGMENT_SLOTS).unwrap_or(usize::MAX);
    let base = match SEGMENT
        .get(segment)
        .map(|segment| segment.load(Ordering::Acquire))
    {
        Some(base) if !base.is_null() => base,
        _ => grow(segment),
    };
    if base.is_null() {
        return count(layout::header::LOST);
    }
    let word = (index % SEGMENT_SLOTS) as usize * SLOT_WORDS;
    // SAFETY: a segment holds SEGMENT_SLOTS * SLOT_WORDS words, stays mapped as long as the process lives, and is
    // accessed atomically only. The offset of `index` within its segment is below that.
    unsafe {
        let [a, b, c, d] = slot.words;
        (*base.add(word)).store(a, Ordering::Relaxed);
        (*base.add(word + 1)).store(b, Ordering::Relaxed);
        (*base.add(word + 2)).store(c, Ordering::Relaxed);
        (*base.add(word + 3)).store(d, Ordering::Relaxed);
        // Last: a slot without it is not taken for a whole one.
        (*base.add(word + 4)).store(slot.tail(), Ordering::Release);
    }
}

/// A word of the header. `None` as long as there is no log.
pub(crate) fn header(word: usize) -> Option<&'static AtomicU64> {
    let header = HEADER.load(Ordering::Acquire);
    // SAFETY: the header stays mapped, holds as many words, and is accessed atomically only.
    (!header.is_null() && word < layout::header::WORDS).then(|| unsafe { &*header.add(word) })
}

/// Adds one to a counter in the header.
#[cold]
pub(crate) fn count(word: usize) {
    if let Some(counter) = header(word) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Extends the file by this segment and maps it. Null if that is impossible: then recording has stopped.
#[cold]
fn grow(segment: usize) -> *mut AtomicU64 {
    let errno = system::errno();
    let base = map_segment(segment).unwrap_or_else(|error| {
        if let Some(stopped) = header(layout::header::STOPPED) {
            // The first error is the reason.
            let _ = stopped.compare_exchange(
                0,
                u64::from(error.unsigned_abs()),
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
        }
        start::stop();
        ptr::null_mut()
    });
    system::set_errno(errno);
    base
}

/// See [`grow`]. An error is the system's.
fn map_segment(segment: usize) -> Result<*mut AtomicU64, c_int> {
    let place = SEGMENT.get(segment).ok_or(libc::EFBIG)?;
    let file = file().ok_or(libc::EBADF)?;
    let mapping = map(
        file,
        SLOTS_AT + segment as u64 * SEGMENT_BYTES,
        SEGMENT_BYTES,
    )?;
    match place.compare_exchange(
        ptr::null_mut(),
        mapping,
        Ordering::AcqRel,
        Ordering::Acquire,
    ) {
        Ok(_) => Ok(mapping),
        Err(theirs) => {
            // SAFETY: we mapped it just now and told nobody.
            unsafe { libc::munmap(mapping.cast(), SEGMENT_BYTES as usize) };
            Ok(theirs)
        }
    }
}

/// Extends the file to hold this piece and maps it.
fn map(file: c_int, at: u64, bytes: u64) -> Result<*mut AtomicU64, c_int> {
    system::extend(file, at, bytes)?;
    let offset = libc::off64_t::try_from(at).map_err(|_| libc::EFBIG)?;
    let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let mapping =
        unsafe { libc::mmap64(ptr::null_mut(), bytes as usize, access, kind, file, offset) };
    if mapping == libc::MAP_FAILED {
        Err(system::errno())
    } else {
        Ok(mapping.cast())
    }
}

/// The log's open file, checked to be that; opened again if the program closed it. `None` if that is impossible.
fn file() -> Option<c_int> {
    let ours = Identity {
        device: DEVICE.load(Ordering::Relaxed),
        inode: INODE.load(Ordering::Relaxed),
    };
    let file = FILE.load(Ordering::Relaxed);
    if system::identity(file) == Some(ours) {
        return Some(file);
    }
    // SAFETY: the path ends with a zero.
    let file = out_of_the_way(unsafe { system::open(PATH.as_ptr().cast(), libc::O_RDWR) }.ok()?);
    if system::identity(file) != Some(ours) {
        system::close(file);
        return None;
    }
    FILE.store(file, Ordering::Relaxed);
    Some(file)
}

/// Gives the file a high number: programs rely on getting low ones.
fn out_of_the_way(file: c_int) -> c_int {
    // SAFETY: no pointers are involved.
    let high = unsafe { libc::fcntl(file, libc::F_DUPFD_CLOEXEC, 900) };
    if high < 0 {
        return file;
    }
    system::close(file);
    high
}

/// Creates the log at [`PATH`], maps its header and makes it the log of this process. Only while starting.
///
/// # Errors
/// The system's error, `EEXIST` if there is such a file.
pub(crate) fn create() -> Result<(), c_int> {
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL;
    // SAFETY: the path ends with a zero.
    let file = out_of_the_way(unsafe { system::open(PATH.as_ptr().cast(), flags) }?);
    let identity = system::identity(file).ok_or(libc::EBADF)?;
    DEVICE.store(identity.device, Ordering::Relaxed);
    INODE.store(identity.inode, Ordering::Relaxed);
    FILE.store(file, Ordering::Relaxed);
    let header = map(file, 0, SLOTS_AT)?;
    HEADER.store(header, Ordering::Release);
    Ok(())
}

/// Forgets the parent's log, which a forked process must not touch any more. Returns how many slots of it had been claimed
/// at the fork. Only while starting.
pub(crate) fn abandon() -> u64 {
    let ours = Identity {
        device: DEVICE.load(Ordering::Relaxed),
        inode: INODE.load(Ordering::Relaxed),
    };
    let file = FILE.swap(-1, Ordering::Relaxed);
    if system::identity(file) == Some(ours) {
        system::close(file);
    }
    let claimed = NEXT.swap(0, Ordering::Relaxed);
    let header = HEADER.swap(ptr::null_mut(), Ordering::AcqRel);
    unmap(header, SLOTS_AT);
    // One more than were filled; another may have been begun by a thread that is not here any more.
    let used = usize::try_from(claimed / SEGMENT_SLOTS)
        .unwrap_or(SEGMENTS)
        .wrapping_add(2);
    for segment in SEGMENT.iter().take(used) {
        unmap(
            segment.swap(ptr::null_mut(), Ordering::AcqRel),
            SEGMENT_BYTES,
        );
    }
    claimed
}

/// Gives up a mapping of the parent's log.
fn unmap(mapping: *mut AtomicU64, bytes: u64) {
    if !mapping.is_null() {
        // SAFETY: it was mapped with this length, and a process that is just starting its own log has no other thread
        // that would write a slot.
        unsafe { libc::munmap(mapping.cast(), bytes as usize) };
    }
}
