//! What each function of the family does: it calls glibc and records what happened.
//!
//! The order of the slots is the order of the heap: an address becomes free for others when glibc
//! frees it, so a free is recorded before that; it becomes taken when glibc has returned it, so an
//! allocation is recorded after that; and a resizing, which may do both, has a slot on either side.

use core::ffi::{CStr, c_char, c_void};
use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use libc::{c_int, size_t};

use crate::entry::Caller;
use crate::layout::{Kind, NO_ALIGNMENT};
use crate::{log, system};

unsafe extern "C" {
    fn __libc_malloc(size: size_t) -> *mut c_void;
    fn __libc_calloc(count: size_t, size: size_t) -> *mut c_void;
    fn __libc_realloc(pointer: *mut c_void, size: size_t) -> *mut c_void;
    fn __libc_memalign(align: size_t, size: size_t) -> *mut c_void;
    fn __libc_valloc(size: size_t) -> *mut c_void;
    fn __libc_pvalloc(size: size_t) -> *mut c_void;
    fn __libc_free(pointer: *mut c_void);
    fn dlvsym(library: *mut c_void, name: *const c_char, version: *const c_char) -> *mut c_void;
}

/// Asks glibc. If it refuses only because the log takes address space that the program's limit
/// would have left for this request, the log goes, and glibc is asked again.
#[inline]
fn ask(size: usize, request: impl Fn() -> *mut c_void) -> *mut c_void {
    let errno = system::errno();
    let pointer = request();
    if !pointer.is_null() || !log::make_room(size) {
        return pointer;
    }
    // The refusal was none.
    system::set_errno(errno);
    request()
}

/// Records an allocation, or that it was refused.
#[inline]
fn allocated(pointer: *mut c_void, size: usize, align: u8, caller: Caller) -> *mut c_void {
    if pointer.is_null() {
        log::operation(Kind::Refused, align, [0, size as u64], caller);
    } else {
        let words = [pointer.addr() as u64, size as u64];
        log::operation(Kind::Allocate, align, words, caller);
    }
    pointer
}

/// The base-2 logarithm of an alignment as glibc takes it: rounded up to a power of two.
#[inline]
fn log2(align: usize) -> u8 {
    match align {
        0 | 1 => 0,
        // At most the number of bits of a word.
        _ => (usize::BITS - (align - 1).leading_zeros()) as u8,
    }
}

/// # Safety
/// As the C library's `malloc`.
pub(crate) unsafe extern "C" fn malloc(size: size_t, caller: Caller) -> *mut c_void {
    // SAFETY: the same function, the same contract.
    let pointer = ask(size, || unsafe { __libc_malloc(size) });
    allocated(pointer, size, NO_ALIGNMENT, caller)
}

/// # Safety
/// As the C library's `calloc`.
pub(crate) unsafe extern "C" fn calloc(count: size_t, size: size_t, caller: Caller) -> *mut c_void {
    let bytes = count.saturating_mul(size);
    // SAFETY: the same function, the same contract. It refuses a product that overflows.
    let pointer = ask(bytes, || unsafe { __libc_calloc(count, size) });
    allocated(pointer, bytes, NO_ALIGNMENT, caller)
}

/// # Safety
/// As the C library's `realloc`.
pub(crate) unsafe extern "C" fn realloc(
    pointer: *mut c_void,
    size: size_t,
    caller: Caller,
) -> *mut c_void {
    if pointer.is_null() {
        // SAFETY: `realloc(NULL, n)` is `malloc(n)`.
        return unsafe { malloc(size, caller) };
    }
    let old = pointer.addr() as u64;
    if size == 0 {
        // glibc frees the object and returns null, which is no failure.
        log::operation(Kind::Free, 0, [old, 0], caller);
        // SAFETY: the same function, the same contract.
        return unsafe { __libc_realloc(pointer, 0) };
    }
    log::resize_begins([old, size as u64], caller);
    // SAFETY: the same function, the same contract. A refusal leaves the object as it was.
    let new = ask(size, || unsafe { __libc_realloc(pointer, size) });
    log::resize_ends(new.addr() as u64, size as u64, old);
    new
}

/// # Safety
/// As the C library's `reallocarray`.
pub(crate) unsafe extern "C" fn reallocarray(
    pointer: *mut c_void,
    count: size_t,
    size: size_t,
    caller: Caller,
) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: this is what `reallocarray` is when the product can be represented.
        Some(bytes) => unsafe { realloc(pointer, bytes, caller) },
        None => {
            // More bytes than can be said.
            let size = u64::MAX;
            if pointer.is_null() {
                log::operation(Kind::Refused, NO_ALIGNMENT, [0, size], caller);
            } else {
                let old = pointer.addr() as u64;
                log::resize_begins([old, size], caller);
                log::resize_ends(0, size, old);
            }
            system::set_errno(libc::ENOMEM);
            ptr::null_mut()
        }
    }
}

/// `memalign`, and `aligned_alloc`, which in glibc before 2.38 is the same function.
///
/// # Safety
/// As the C library's `memalign`.
pub(crate) unsafe extern "C" fn memalign(
    align: size_t,
    size: size_t,
    caller: Caller,
) -> *mut c_void {
    // SAFETY: the same function, the same contract.
    let pointer = ask(size, || unsafe { __libc_memalign(align, size) });
    allocated(pointer, size, log2(align), caller)
}

/// # Safety
/// As the C library's `posix_memalign`.
pub(crate) unsafe extern "C" fn posix_memalign(
    result: *mut *mut c_void,
    align: size_t,
    size: size_t,
    caller: Caller,
) -> c_int {
    if !align.is_power_of_two() || align < size_of::<*mut c_void>() {
        return libc::EINVAL;
    }
    let errno = system::errno();
    // SAFETY: any alignment and any size may be asked for.
    let pointer = ask(size, || unsafe { __libc_memalign(align, size) });
    allocated(pointer, size, log2(align), caller);
    if pointer.is_null() {
        // The error is the return value; `errno` and the result stay as they were.
        system::set_errno(errno);
        return libc::ENOMEM;
    }
    // SAFETY: the caller gives a place for one pointer.
    unsafe { result.write(pointer) };
    0
}

/// # Safety
/// As the C library's `valloc`.
pub(crate) unsafe extern "C" fn valloc(size: size_t, caller: Caller) -> *mut c_void {
    // SAFETY: the same function, the same contract.
    let pointer = ask(size, || unsafe { __libc_valloc(size) });
    allocated(pointer, size, log2(system::page_size()), caller)
}

/// # Safety
/// As the C library's `pvalloc`.
pub(crate) unsafe extern "C" fn pvalloc(size: size_t, caller: Caller) -> *mut c_void {
    let page = system::page_size();
    // Where this overflows the request is refused. A request for nothing gets nothing, rounded up.
    let rounded = size.wrapping_add(page - 1) & !(page - 1);
    // SAFETY: the same function, the same contract.
    let pointer = ask(size, || unsafe { __libc_pvalloc(size) });
    allocated(pointer, rounded, log2(page), caller)
}

/// # Safety
/// As the C library's `free`.
pub(crate) unsafe extern "C" fn free(pointer: *mut c_void, caller: Caller) {
    if !pointer.is_null() {
        log::operation(Kind::Free, 0, [pointer.addr() as u64, 0], caller);
        // SAFETY: the same function, the same contract.
        unsafe { __libc_free(pointer) };
    }
}

/// # Safety
/// As the C library's `free_sized`.
pub(crate) unsafe extern "C" fn free_sized(pointer: *mut c_void, _size: size_t, caller: Caller) {
    // SAFETY: what may be given to `free_sized` may be given to `free`.
    unsafe { free(pointer, caller) };
}

/// # Safety
/// As the C library's `free_aligned_sized`.
pub(crate) unsafe extern "C" fn free_aligned_sized(
    pointer: *mut c_void,
    _align: size_t,
    _size: size_t,
    caller: Caller,
) {
    // SAFETY: what may be given to `free_aligned_sized` may be given to `free`.
    unsafe { free(pointer, caller) };
}

/// glibc's `malloc_usable_size`, once it was looked up: there is no other name for it, and a plain
/// reference might find another allocator's. Only glibc's has glibc's version.
static USABLE_SIZE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// The version of glibc's oldest symbols.
#[cfg(target_arch = "x86_64")]
const FIRST_VERSION: &CStr = c"GLIBC_2.2.5";
#[cfg(target_arch = "x86")]
const FIRST_VERSION: &CStr = c"GLIBC_2.0";
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86")))]
const FIRST_VERSION: &CStr = c"GLIBC_2.17";

/// Looks up what can't be called by a name of its own. At the program's start, or when the program
/// first asks for it; never inside an allocation.
pub(crate) fn look_up() -> *mut c_void {
    let found = USABLE_SIZE.load(Ordering::Relaxed);
    if !found.is_null() {
        return found;
    }
    // SAFETY: both texts end with a zero.
    let found = unsafe {
        dlvsym(
            libc::RTLD_NEXT,
            c"malloc_usable_size".as_ptr(),
            FIRST_VERSION.as_ptr(),
        )
    };
    USABLE_SIZE.store(found, Ordering::Relaxed);
    found
}

/// # Safety
/// As the C library's `malloc_usable_size`.
pub(crate) unsafe fn malloc_usable_size(pointer: *mut c_void) -> size_t {
    let function = look_up();
    if function.is_null() {
        // The caller may use what it asked for, and we don't know more.
        return 0;
    }
    // SAFETY: glibc's function of this name has this type.
    let function = unsafe {
        mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void) -> size_t>(function)
    };
    // SAFETY: the same function, the same contract.
    unsafe { function(pointer) }
}
