//! The log of this process: slots are claimed with one atomic addition and written into a shared
//! mapping of the file. What was written survives any end of the program, because it is in the page
//! cache.
//!
//! The file grows by segments. Whoever needs a segment that isn't there extends the file and maps
//! it; when two do so at the same time, both extend it to the same length and the loser unmaps its
//! copy. So there is no lock. Whoever fills the last slot of a segment unmaps it: the address space
//! is the program's, which may be short of it.

mod limited;

use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU8, AtomicU16, AtomicU64, Ordering};

use crate::entry::Caller;
use crate::layout::{
    self, Kind, SANDBOX, SEGMENT_BYTES, SEGMENT_SLOTS, SLOT_WORDS, SLOTS_AT, Slot,
};
use crate::system::{self, Identity};
use crate::{sandbox, stacks, start, thread};

pub(crate) use limited::make_room;

/// Most segments of a log: 1,073,741,824 slots, 43 GB.
const SEGMENTS: usize = 65_536;

/// Most bytes of a path, with the zero at its end.
pub(crate) const PATH_BYTES: usize = 4_096;

/// Bytes of the header that are mapped.
const HEADER_BYTES: u64 = 4_096;

/// How many segments are mapped beforehand for a program in a sandbox, where the log can't grow: a
/// million operations.
const AHEAD: usize = 64;

/// Where each segment is mapped. Null: not yet, or not any more.
static SEGMENT: [AtomicPtr<AtomicU64>; SEGMENTS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SEGMENTS];

/// How many slots of each segment nobody will touch any more: they are filled, or there was no
/// place for them.
static DONE: [AtomicU16; SEGMENTS] = [const { AtomicU16::new(0) }; SEGMENTS];

/// How many segments are mapped.
static MAPPED: AtomicU64 = AtomicU64::new(0);

/// The next slot to be claimed. In private memory, not in the file, so that a forked process has
/// its own copy: it says how much of the parent's log is its own past.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The header, mapped for as long as the log is open.
static HEADER: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

/// The open file, needed for growing. The program may close it, or put a file of its own in its
/// place.
static FILE: AtomicI32 = AtomicI32::new(-1);

/// What the open file must be before it is touched.
static DEVICE: AtomicU64 = AtomicU64::new(0);
static INODE: AtomicU64 = AtomicU64::new(0);

/// The file's path, for opening it again.
pub(crate) static PATH: [AtomicU8; PATH_BYTES] = [const { AtomicU8::new(0) }; PATH_BYTES];

/// Records an allocation, that one was refused, or a free: the address and the size.
#[inline]
pub(crate) fn operation(kind: Kind, detail: u8, [pointer, size]: [u64; 2], caller: Caller) {
    if start::recording() {
        thread::works();
        let stack = stacks::take(caller.registers());
        write(Slot {
            kind,
            detail,
            thread: thread::current(),
            words: [pointer, size, stack, sandbox::now()],
        });
    } else if kind != Kind::Refused {
        lost();
    }
}

/// Records that an object is about to be resized: its address and the size.
#[inline]
pub(crate) fn resize_begins([pointer, size]: [u64; 2], caller: Caller) {
    if start::recording() {
        thread::works();
        let stack = stacks::take(caller.registers());
        write(Slot {
            kind: Kind::ResizeBegin,
            detail: 0,
            thread: thread::current(),
            words: [pointer, size, stack, 0],
        });
    } else {
        lost();
    }
}

/// Records that the thread's last resizing is over, and where the object is now; 0: it failed.
#[inline]
pub(crate) fn resize_ends(pointer: u64, size: u64, old: u64) {
    if start::recording() {
        let words = [pointer, size, old, sandbox::now()];
        write(Slot {
            kind: Kind::ResizeEnd,
            detail: 0,
            thread: thread::current(),
            words,
        });
    }
}

/// Counts an operation that can't be recorded any more.
#[cold]
fn lost() {
    if start::has_stopped() {
        count(layout::header::LOST);
    }
}

/// Writes one slot. Only while the process is recorded, or is being made so.
#[inline]
pub(crate) fn write(slot: Slot) {
    // In one order with the mappings, for `release`.
    let index = NEXT.fetch_add(1, Ordering::SeqCst);
    let segment = usize::try_from(index / SEGMENT_SLOTS).unwrap_or(usize::MAX);
    let base = match SEGMENT
        .get(segment)
        .map(|segment| segment.load(Ordering::SeqCst))
    {
        Some(base) if !base.is_null() => base,
        _ => grow(segment),
    };
    if base.is_null() {
        // What changes the heap, each once.
        let is_operation = matches!(
            slot.kind,
            Kind::Allocate | Kind::Free | Kind::ResizeBegin | Kind::ResizeEnd
        );
        if is_operation {
            count(layout::header::LOST);
        }
    } else {
        let word = (index % SEGMENT_SLOTS) as usize * SLOT_WORDS;
        // SAFETY: a segment holds SEGMENT_SLOTS * SLOT_WORDS words, stays mapped until all its
        // slots are done, and is accessed atomically only. The offset of `index` within its segment
        // is below that.
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
    if let Some(done) = DONE.get(segment)
        && u64::from(done.fetch_add(1, Ordering::AcqRel)) == SEGMENT_SLOTS - 1
    {
        unmap(segment);
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
fn count(word: usize) {
    if let Some(counter) = header(word) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Extends the file by this segment and maps it. Null if that is impossible: then recording has
/// stopped.
#[cold]
fn grow(segment: usize) -> *mut AtomicU64 {
    let base = if sandbox::entered() {
        Err(SANDBOX as c_int)
    } else {
        map_segment(segment)
    };
    base.unwrap_or_else(|reason| {
        stop(reason);
        ptr::null_mut()
    })
}

/// Ends the recording. The first reason stays.
fn stop(reason: c_int) {
    if let Some(stopped) = header(layout::header::STOPPED) {
        let reason = u64::from(reason.unsigned_abs());
        let _ = stopped.compare_exchange(0, reason, Ordering::Relaxed, Ordering::Relaxed);
    }
    start::stop();
}

/// See [`grow`]. An error is the system's.
fn map_segment(segment: usize) -> Result<*mut AtomicU64, c_int> {
    let place = SEGMENT.get(segment).ok_or(libc::EFBIG)?;
    let file = file().ok_or(libc::EBADF)?;
    let at = SLOTS_AT + segment as u64 * SEGMENT_BYTES;
    let mapping = map(file, at, SEGMENT_BYTES, SEGMENT_BYTES)?;
    match place.compare_exchange(
        ptr::null_mut(),
        mapping,
        Ordering::SeqCst,
        Ordering::Acquire,
    ) {
        Ok(_) => {
            MAPPED.fetch_add(1, Ordering::Relaxed);
            Ok(mapping)
        }
        Err(theirs) => {
            // SAFETY: we mapped it just now and told nobody.
            unsafe { system::unmap(mapping.cast(), SEGMENT_BYTES) };
            Ok(theirs)
        }
    }
}

/// Extends the file to hold this piece and maps its first bytes.
fn map(file: c_int, at: u64, bytes: u64, mapped: u64) -> Result<*mut AtomicU64, c_int> {
    let reserved = system::extend(file, at, bytes)?;
    let mapping = system::map(file, at, mapped)?;
    if !reserved && let Err(error) = system::advise(mapping, mapped, libc::MADV_POPULATE_WRITE) {
        // SAFETY: we mapped it just now and told nobody.
        unsafe { system::unmap(mapping, mapped) };
        return Err(match error {
            // Where the first access would be a SIGBUS.
            libc::EFAULT => libc::ENOSPC,
            // A kernel before Linux 5.14 can't tell.
            libc::EINVAL => libc::EOPNOTSUPP,
            error => error,
        });
    }
    Ok(mapping.cast())
}

/// Gives up a segment whose slots are all done, or that belongs to a parent's log.
fn unmap(segment: usize) {
    let Some(place) = SEGMENT.get(segment) else {
        return;
    };
    // In a sandbox it stays, unused.
    if sandbox::entered() {
        return;
    }
    let mapping = place.swap(ptr::null_mut(), Ordering::SeqCst);
    if !mapping.is_null() {
        // SAFETY: it was mapped with this length, and nobody has a slot there, says the caller.
        unsafe { system::unmap(mapping.cast(), SEGMENT_BYTES) };
        MAPPED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Maps some segments before they are needed, as far as that is possible and takes nothing from a
/// limited program.
pub(crate) fn map_ahead() {
    if !start::recording() || system::limit(libc::RLIMIT_AS) != libc::RLIM64_INFINITY {
        return;
    }
    let next = NEXT.load(Ordering::Relaxed) / SEGMENT_SLOTS;
    for segment in (next as usize..SEGMENTS).take(AHEAD) {
        let is_there = SEGMENT
            .get(segment)
            .is_some_and(|segment| !segment.load(Ordering::Relaxed).is_null());
        let is_done = DONE
            .get(segment)
            .is_some_and(|done| u64::from(done.load(Ordering::Relaxed)) == SEGMENT_SLOTS);
        if !is_there && !is_done && map_segment(segment).is_err() {
            return;
        }
    }
}

/// The log's open file, checked to be that; opened again if the program closed it. `None` if that
/// is impossible.
fn file() -> Option<c_int> {
    let ours = Identity {
        device: DEVICE.load(Ordering::Relaxed),
        inode: INODE.load(Ordering::Relaxed),
    };
    let file = FILE.load(Ordering::Relaxed);
    if is(file, ours) {
        return Some(file);
    }
    // SAFETY: the path ends with a zero.
    let file = unsafe { system::open(PATH.as_ptr().cast(), libc::O_RDWR) }.ok()?;
    let file = system::out_of_the_way(file);
    if !is(file, ours) {
        system::close(file);
        return None;
    }
    FILE.store(file, Ordering::Relaxed);
    Some(file)
}

/// Whether the open file is this one.
fn is(file: c_int, identity: Identity) -> bool {
    system::identity(file).is_some_and(|(found, _)| found == identity)
}

/// Creates the log at [`PATH`], maps its header and makes it the log of this process. Only while
/// starting.
///
/// # Errors
/// The system's error, `EEXIST` if there is such a file.
pub(crate) fn create() -> Result<(), c_int> {
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL;
    // SAFETY: the path ends with a zero.
    let file = system::out_of_the_way(unsafe { system::open(PATH.as_ptr().cast(), flags) }?);
    let (identity, _) = system::identity(file).ok_or(libc::EBADF)?;
    DEVICE.store(identity.device, Ordering::Relaxed);
    INODE.store(identity.inode, Ordering::Relaxed);
    FILE.store(file, Ordering::Relaxed);
    let header = map(file, 0, SLOTS_AT, HEADER_BYTES)?;
    HEADER.store(header, Ordering::Release);
    Ok(())
}

/// Forgets the parent's log, which a forked process must not touch any more. Returns how many slots
/// of it had been claimed at the fork. Only while starting.
pub(crate) fn abandon() -> u64 {
    let ours = Identity {
        device: DEVICE.load(Ordering::Relaxed),
        inode: INODE.load(Ordering::Relaxed),
    };
    let file = FILE.swap(-1, Ordering::Relaxed);
    if is(file, ours) {
        system::close(file);
    }
    let claimed = NEXT.swap(0, Ordering::Relaxed);
    let header = HEADER.swap(ptr::null_mut(), Ordering::AcqRel);
    if !header.is_null() {
        // SAFETY: it was mapped with this length, and a process that is just starting has no other
        // thread.
        unsafe { system::unmap(header.cast(), HEADER_BYTES) };
    }
    // Others may have been begun by a thread that is not here any more.
    let used = usize::try_from(claimed / SEGMENT_SLOTS)
        .unwrap_or(SEGMENTS)
        .wrapping_add(2);
    for (segment, done) in DONE.iter().enumerate().take(used) {
        unmap(segment);
        done.store(0, Ordering::Relaxed);
    }
    claimed
}
