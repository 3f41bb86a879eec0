//! What a process tells that is not recorded, to those who want to know: see `layout::notices`.

use core::ffi::CStr;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use crate::layout::notices::{BYTES, FILTERS, FIRST, UNNAMED, WORDS};
use crate::{proc, system};

/// The mapped file. Null: there is none.
static BOARD: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

/// Maps the file, if somebody made it.
pub(crate) fn open(path: &CStr) {
    // SAFETY: the path ends with a zero.
    let Ok(file) = (unsafe { system::open(path.as_ptr(), libc::O_RDWR) }) else {
        return;
    };
    if system::identity(file).is_some_and(|(_, bytes)| bytes >= BYTES)
        && let Ok(board) = system::map(file, 0, BYTES)
    {
        BOARD.store(board.cast(), Ordering::Release);
    }
    system::close(file);
}

/// A word of the file.
fn word(at: usize) -> Option<&'static AtomicU64> {
    let board = BOARD.load(Ordering::Acquire);
    // SAFETY: the file stays mapped, holds as many words, and is accessed atomically only.
    (!board.is_null() && at < WORDS).then(|| unsafe { &*board.add(at) })
}

/// Tells that a process is not recorded, and why. One notice for each process, the last reason that
/// matters.
pub(crate) fn tell(process: u32, reason: u32) {
    let notice = u64::from(process) | u64::from(reason) << 32;
    for word in (FIRST..WORDS).map_while(word) {
        let found = match word.compare_exchange(0, notice, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return,
            Err(found) => found,
        };
        if found as u32 == process {
            if reason != 0 {
                word.store(notice, Ordering::Relaxed);
            }
            return;
        }
    }
    tell_unnamed();
}

/// Tells that a process is not recorded that can't ask for its own number.
pub(crate) fn tell_unnamed() {
    if let Some(word) = word(UNNAMED) {
        word.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether this process was put into a sandbox that the maker of the file is not in.
pub(crate) fn sandboxed() -> bool {
    word(FILTERS).is_some_and(|theirs| proc::filters() > theirs.load(Ordering::Relaxed))
}
