//! What the recorder keeps for each thread, and what it tells of it.
//!
//! A `thread_local!` of a shared library may be allocated on first use, that is, inside `malloc` by
//! `malloc`. The variable is therefore declared by hand, in the *initial-exec* model: the loader
//! sets it up with the thread itself.

use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::layout::{Kind, Slot};
use crate::{log, sandbox, start, system};

/// The calling thread's own variables. All are zero at first. They are atomic for a signal handler
/// that comes in between; no other thread has access to them.
#[repr(C)]
pub(crate) struct Local {
    /// See [`current`].
    number: AtomicU32,
    /// Heap operations.
    operations: AtomicU32,
    /// How often the thread's end was announced.
    endings: AtomicU32,
    /// How often the thread ran on a stack that is not [`Self::stack`].
    pub(crate) strays: AtomicU32,
    /// How many libraries the thread is closing.
    pub(crate) closing: AtomicU32,
    /// Not 0: the thread is writing a text, which takes several slots.
    pub(crate) telling: AtomicU32,
    /// The bounds of the thread's stack, as far as known. The end is written last.
    pub(crate) stack: [AtomicUsize; 2],
    /// The name that the log has, as two words.
    name: [AtomicU64; 2],
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"))]
core::arch::global_asm!(
    ".pushsection .tbss.litepool_record_local, \"awT\", %nobits",
    ".p2align 6",
    ".hidden litepool_record_local",
    ".globl litepool_record_local",
    ".type litepool_record_local, %object",
    ".size litepool_record_local, 64",
    "litepool_record_local:",
    ".zero 64",
    ".popsection",
);

const _: () = assert!(size_of::<Local>() <= 64);

/// The address of the calling thread's variables, and of its control block.
#[inline]
fn addresses() -> (*const Local, usize) {
    let (own, thread): (*const Local, usize);
    // SAFETY: this is the initial-exec sequence for the address of a thread-local variable; it only
    // reads.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!(
            "mov {own}, qword ptr [rip + litepool_record_local@GOTTPOFF]",
            "mov {thread}, qword ptr fs:[0]",
            "add {own}, {thread}",
            own = out(reg) own,
            thread = out(reg) thread,
            options(pure, readonly, nostack),
        );
    }
    // SAFETY: the same. The call pushes a word and pops it.
    #[cfg(target_arch = "x86")]
    unsafe {
        core::arch::asm!(
            "call 2f",
            "2: popl {own}",
            "addl $_GLOBAL_OFFSET_TABLE_+(.-2b), {own}",
            "movl litepool_record_local@GOTNTPOFF({own}), {own}",
            "movl %gs:0, {thread}",
            "addl {thread}, {own}",
            own = out(reg) own,
            thread = out(reg) thread,
            options(pure, readonly, att_syntax),
        );
    }
    // SAFETY: the same.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!(
            "mrs {thread}, tpidr_el0",
            "adrp {own}, :gottprel:litepool_record_local",
            "ldr {own}, [{own}, :gottprel_lo12:litepool_record_local]",
            "add {own}, {own}, {thread}",
            own = out(reg) own,
            thread = out(reg) thread,
            options(pure, readonly, nostack, preserves_flags),
        );
    }
    (own, thread)
}

/// The calling thread's variables.
#[inline]
pub(crate) fn local() -> &'static Local {
    // SAFETY: the variables live as long as the thread does; all zeroes are valid ones, and they
    // are accessed atomically only.
    unsafe { &*addresses().0 }
}

/// The address of the thread's control block, which the C library puts above the thread's stack.
pub(crate) fn control_block() -> usize {
    addresses().1
}

/// The calling thread's number, from 1: no two threads of a process ever have the same.
#[inline]
pub(crate) fn current() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);

    let number = &local().number;
    if number.load(Ordering::Relaxed) == 0 {
        // A signal handler that comes in between may number the thread first; then the later number
        // stays, which is as good.
        number.store(NEXT.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }
    number.load(Ordering::Relaxed)
}

/// Notes that the calling thread uses the heap. Tells its name, now and then: threads are named
/// after they have begun, and may be renamed.
#[inline]
pub(crate) fn works() {
    let local = local();
    let before = local.operations.load(Ordering::Relaxed);
    local
        .operations
        .store(before.wrapping_add(1), Ordering::Relaxed);
    // Before the first operation, and after 1, 2, 4, 8 … of them.
    if before & before.wrapping_sub(1) == 0 {
        introduce(local);
    }
}

/// Tells the thread's name if the log has another one, and makes sure that its end is told.
#[cold]
fn introduce(local: &Local) {
    if sandbox::entered() {
        return;
    }
    let name = system::thread_name();
    let known = [0, 1].map(|at| local.name.get(at).map(|word| word.load(Ordering::Relaxed)));
    if known != name.map(Some) {
        for (place, word) in local.name.iter().zip(name) {
            place.store(word, Ordering::Relaxed);
        }
        let [first, second] = name;
        tell(Kind::ThreadName, [first, second, 0, 0]);
    }
    await_end();
}

/// A forked process has another log, which knows no name yet.
pub(crate) fn forget() {
    let local = local();
    local.operations.store(0, Ordering::Relaxed);
    local.telling.store(0, Ordering::Relaxed);
    local
        .name
        .iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
}

/// Writes a slot of this thread.
fn tell(kind: Kind, words: [u64; 4]) {
    log::write(Slot {
        kind,
        detail: 0,
        thread: current(),
        words,
    });
}

/// The key whose destructor tells of the end of a thread, plus 1. 0: there is none.
static KEY: AtomicU32 = AtomicU32::new(0);

/// Setting the value of one of these keys takes no memory: it has a place in the control block.
const KEYS_WITHOUT_ALLOCATION: u32 = 32;

/// The C library calls the destructors of a thread's keys again as long as they set values, but no
/// oftener than this (`PTHREAD_DESTRUCTOR_ITERATIONS`).
const ROUNDS: u32 = 4;

/// Asks the C library to tell of the ends of threads. At the program's start, never inside an
/// allocation.
pub(crate) fn watch_ends() {
    unsafe extern "C" fn ends(_: *mut c_void) {
        let endings = &local().endings;
        let rounds = endings.load(Ordering::Relaxed).wrapping_add(1);
        endings.store(rounds, Ordering::Relaxed);
        if rounds < ROUNDS {
            // Other destructors may use the heap still: ours is to be the last.
            await_end();
        } else if start::recording() {
            tell(Kind::ThreadEnd, [0, 0, 0, sandbox::now()]);
        }
    }
    let mut key = 0;
    // SAFETY: the destructor may be called with any value.
    let error = unsafe { libc::pthread_key_create(&raw mut key, Some(ends)) };
    if error != 0 {
        return;
    }
    if key < KEYS_WITHOUT_ALLOCATION {
        KEY.store(key + 1, Ordering::Relaxed);
    } else {
        // SAFETY: nobody else knows of it.
        unsafe { libc::pthread_key_delete(key) };
    }
}

/// Makes the C library call the destructor when the calling thread ends.
fn await_end() {
    if let Some(key) = KEY.load(Ordering::Relaxed).checked_sub(1) {
        let any = ptr::without_provenance::<c_void>(1);
        // SAFETY: the key was created and is never deleted. The value is never used as an address.
        let _: c_int = unsafe { libc::pthread_setspecific(key, any) };
    }
}
