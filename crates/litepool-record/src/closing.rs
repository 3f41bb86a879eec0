//! What is unloaded is unmapped, its unwind tables with it, and another library may take its
//! addresses. So the recorder stands before `dlclose`.

use core::ffi::{c_int, c_void};
use core::mem;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::stack::{Foreign, Memory, WORD};
use crate::unwind::table;
use crate::{modules, system, thread};

/// How many libraries are being closed.
static CLOSING: AtomicU32 = AtomicU32::new(0);

/// How many threads are reading tables.
static READERS: AtomicU32 = AtomicU32::new(0);

/// Stands for what is loaded: another number after each closing.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A number that is mixed into what is known of addresses, so that it ends with what was mapped
/// there.
#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Does what reads the tables of loaded libraries, none of which goes meanwhile. `None`: one is
/// being closed by another thread.
pub(crate) fn kept_open<T>(read: impl FnOnce() -> T) -> Option<T> {
    READERS.fetch_add(1, Ordering::SeqCst);
    // Whoever closes one itself is in its destructor, and the C library lets nobody else close any.
    let may_read =
        CLOSING.load(Ordering::SeqCst) == 0 || thread::local().closing.load(Ordering::Relaxed) > 0;
    let result = may_read.then(read);
    READERS.fetch_sub(1, Ordering::SeqCst);
    result
}

/// A forked process has one thread, which does neither.
pub(crate) fn forget() {
    READERS.store(0, Ordering::Relaxed);
    let own = thread::local().closing.load(Ordering::Relaxed);
    CLOSING.store(own, Ordering::Relaxed);
}

/// The C library's `dlclose`.
///
/// # Safety
/// As the C library's function.
#[unsafe(no_mangle)]
unsafe extern "C" fn dlclose(library: *mut c_void) -> c_int {
    // SAFETY: the text ends with a zero.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"dlclose".as_ptr()) };
    if next.is_null() {
        return -1;
    }
    // SAFETY: the C library's function of this name has this type.
    let next =
        unsafe { mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void) -> c_int>(next) };
    // Where the library is, if this is one: the third word of what glibc has for it.
    let place = Foreign::new().and_then(|mut memory| memory.word(library.addr() + 2 * WORD));
    let own = &thread::local().closing;
    own.fetch_add(1, Ordering::Relaxed);
    CLOSING.fetch_add(1, Ordering::SeqCst);
    // A bound, lest we wait for a thread that a signal handler of this one interrupted.
    for _ in 0..10_000 {
        if READERS.load(Ordering::SeqCst) == 0 {
            break;
        }
        system::pause();
    }
    // SAFETY: the same function, the same contract.
    let result = unsafe { next(library) };
    // Somebody else may have it open still.
    if !place.is_some_and(table::is_loaded) {
        // Any odd number does: what is known gets another key than all before.
        GENERATION.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::AcqRel);
        modules::forget();
    }
    CLOSING.fetch_sub(1, Ordering::SeqCst);
    own.fetch_sub(1, Ordering::Relaxed);
    result
}
