//! When a process is recorded, and where to. Every process and every program that it becomes has a
//! log of its own.
//!
//! The phase of a process is kept in a page that the kernel wipes in a forked process
//! (`MADV_WIPEONFORK`), by whatever system call it was forked: so a forked process finds itself
//! new, and its first heap operation begins a log of its own. A process made by `vfork` shares its
//! parent's memory, and so its heap, phase and log, as it should.

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, Ordering};

use crate::layout::{self, Kind, SANDBOX, header};
use crate::log::{PATH, PATH_BYTES};
use crate::proc::Bytes;
use crate::system;
use crate::text::Text;
use crate::{closing, environment, hooks, log, modules, notices, sandbox, stacks, thread};

/// Nothing is known of this process yet.
const NEW: u32 = 0;
/// A thread is finding out whether to record.
const STARTING: u32 = 1;
/// Every operation is recorded.
const RECORDING: u32 = 2;
/// Nothing is recorded.
const OFF: u32 = 3;
/// Recording ended because the log could not grow. Operations are counted.
const STOPPED: u32 = 4;

/// Where the phase is before there is a page for it, or if there never is.
static FIRST_PHASE: AtomicU32 = AtomicU32::new(NEW);

/// Where the phase is.
static PHASE: AtomicPtr<AtomicU32> = AtomicPtr::new((&raw const FIRST_PHASE).cast_mut());

/// The thread that is starting.
static STARTER: AtomicU32 = AtomicU32::new(0);

/// Most bytes of the path that the environment gives. What is added to it must fit too.
const BASE_BYTES: usize = PATH_BYTES - 64;

/// The path that the environment gave, with a zero at the end. Empty before that.
static BASE: [AtomicU8; BASE_BYTES] = [const { AtomicU8::new(0) }; BASE_BYTES];

/// Whether other processes than the one that was started are recorded.
static CHILDREN: AtomicBool = AtomicBool::new(true);

/// The process that the present log belongs to. 0: none.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Starts with the program even if it never allocates, before `main` and before there are threads.
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = {
    extern "C" fn construct() {
        if recording() {
            thread::watch_ends();
        }
        hooks::look_up();
    }
    construct
};

/// Whether this process's operations are to be recorded now.
#[inline]
pub(crate) fn recording() -> bool {
    phase().load(Ordering::Acquire) == RECORDING || settle()
}

/// Whether recording ended before the program did.
pub(crate) fn has_stopped() -> bool {
    phase().load(Ordering::Acquire) == STOPPED
}

/// Ends the recording of this process: from now on operations are only counted.
pub(crate) fn stop() {
    phase().store(STOPPED, Ordering::Release);
}

#[inline]
fn phase() -> &'static AtomicU32 {
    // SAFETY: either the static or a page that is never unmapped; both are accessed atomically
    // only.
    unsafe { &*PHASE.load(Ordering::Acquire) }
}

/// What [`recording`] says in any other phase: starts a new process's recording, waits for another
/// thread that does.
#[cold]
fn settle() -> bool {
    // A bound, lest a thread wait for one that a fork left behind.
    for _ in 0..100_000 {
        match phase().load(Ordering::Acquire) {
            RECORDING => return true,
            NEW => {
                if phase()
                    .compare_exchange(NEW, STARTING, Ordering::AcqRel, Ordering::Acquire)
                    .is_ok()
                {
                    STARTER.store(thread::current(), Ordering::Relaxed);
                    start();
                }
            }
            // A signal handler may have interrupted this thread's own start.
            STARTING if STARTER.load(Ordering::Relaxed) != thread::current() => wait(),
            _ => return false,
        }
    }
    false
}

/// Lets another thread go on.
fn wait() {
    if sandbox::entered() {
        core::hint::spin_loop();
    } else {
        system::pause();
    }
}

/// Whether this process was made by `vfork` and still has its parent's memory.
pub(crate) fn is_vforked() -> bool {
    phase().load(Ordering::Acquire) != NEW && {
        let owner = OWNER.load(Ordering::Relaxed);
        owner != 0 && owner != system::process()
    }
}

/// Why a process is not recorded: an error number, [`SANDBOX`], or [`NOT_WANTED`].
type Reason = u32;

/// The process is not to be recorded, or nobody asked for a recording.
const NOT_WANTED: Reason = 0;

/// Finds out what to do in this process, and does it. Leaves the phase that follows.
fn start() {
    let parent = OWNER.swap(0, Ordering::Relaxed);
    let phase_now = match begin(parent) {
        Ok(()) => RECORDING,
        Err(reason) => {
            // Without a path nobody asked.
            if BASE
                .first()
                .is_some_and(|byte| byte.load(Ordering::Relaxed) != 0)
            {
                if sandbox::entered() {
                    notices::tell_unnamed();
                } else {
                    notices::tell(system::process(), reason);
                }
            }
            OFF
        }
    };
    // In the page for it if there is one now; who waits on the first phase reads the pointer again.
    phase().store(phase_now, Ordering::Release);
}

/// Begins the log of a program that was just started, or of a process that was forked from a
/// recorded one.
fn begin(parent: u32) -> Result<(), Reason> {
    if sandbox::entered() {
        return Err(SANDBOX);
    }
    if parent == 0 {
        read_environment();
        if BASE
            .first()
            .is_none_or(|byte| byte.load(Ordering::Relaxed) == 0)
        {
            return Err(NOT_WANTED);
        }
        set_path([layout::notices::SUFFIX.bytes()]);
        notices::open(path());
        if notices::sandboxed() {
            return Err(SANDBOX);
        }
        create(0)?;
        head(0, 0);
    } else {
        if !CHILDREN.load(Ordering::Relaxed) {
            log::abandon();
            return Err(NOT_WANTED);
        }
        inherit(parent)?;
    }
    OWNER.store(system::process(), Ordering::Relaxed);
    watch_forks();
    Ok(())
}

/// Begins the log of a process that was forked from a recorded one.
fn inherit(parent: u32) -> Result<(), Reason> {
    // The parent's file name, the part after the last slash: as long as a name can be.
    let mut name = [0; 256];
    let mut length = 0;
    for byte in &PATH {
        match byte.load(Ordering::Relaxed) {
            0 => break,
            b'/' => length = 0,
            byte => {
                if let Some(place) = name.get_mut(length) {
                    *place = byte;
                }
                length = length.wrapping_add(1);
            }
        }
    }
    thread::forget();
    closing::forget();
    // What the parent's log tells stands before what ours does; unless it could not be told.
    if log::header(header::STOPPED).is_none_or(|stopped| stopped.load(Ordering::Relaxed) != 0) {
        stacks::forget();
        modules::forget();
    }
    let claimed = log::abandon();
    create(1)?;
    head(parent, claimed);
    let mut text = Text::begin(Kind::Parent, [0; 4]);
    name.iter().take(length).for_each(|&byte| text.push(byte));
    text.finish();
    Ok(())
}

/// Creates the log under the first name that is free: the path itself (attempt 0), with the process
/// id, with a number too.
fn create(first: u32) -> Result<(), Reason> {
    let process = system::process();
    for attempt in first..1_000 {
        name(process, attempt);
        match log::create() {
            Ok(()) => return Ok(()),
            // The process that was started made the path itself. A program that it became by `exec`
            // is recorded too.
            Err(libc::EEXIST)
                if attempt == 0 && !CHILDREN.load(Ordering::Relaxed) && maker() != process =>
            {
                return Err(NOT_WANTED);
            }
            Err(libc::EEXIST) => {}
            Err(error) => return Err(error.unsigned_abs()),
        }
    }
    Err(libc::EEXIST.unsigned_abs())
}

/// Sets the log's path for an attempt to create it.
fn name(process: u32, attempt: u32) {
    set_path(
        [
            (process, attempt > 0),
            (attempt.wrapping_sub(1), attempt > 1),
        ]
        .map(|(number, wanted)| {
            // Divided so that no check is left which could panic.
            let power = |place| 10_u32.wrapping_pow(place);
            let digits = (0..10)
                .rev()
                .map(move |place| number.checked_div(power(place)).unwrap_or(0));
            let digits = digits
                .skip_while(|&rest| rest == 0)
                .map(|rest| b'0' + (rest % 10) as u8);
            core::iter::once(b'.').chain(digits).filter(move |_| wanted)
        }),
    );
}

/// Sets the path to the one that the environment gave and what is to be added.
fn set_path(added: impl IntoIterator<Item = impl Iterator<Item = u8>>) {
    let base = BASE
        .iter()
        .map(|byte| byte.load(Ordering::Relaxed))
        .take_while(|&byte| byte != 0);
    let bytes = base.chain(added.into_iter().flatten());
    // What is added fits: the base leaves space for that.
    for (place, byte) in PATH.iter().zip(bytes.chain([0])) {
        place.store(byte, Ordering::Relaxed);
    }
}

/// The path.
fn path() -> &'static CStr {
    // SAFETY: PATH ends with a zero and doesn't change while we start.
    unsafe { CStr::from_ptr(PATH.as_ptr().cast()) }
}

/// The process that made the log at [`PATH`], as its header says. 0 if it says nothing.
fn maker() -> u32 {
    let Ok(bytes) = Bytes::open(path()) else {
        return 0;
    };
    let mut process = [0; 4];
    for (place, byte) in process.iter_mut().zip(bytes.skip(header::PID * 8)) {
        *place = byte;
    }
    u32::from_ne_bytes(process)
}

/// Writes the header and the command line.
fn head(parent: u32, claimed: u64) {
    let set = |word, value| {
        if let Some(place) = log::header(word) {
            place.store(value, Ordering::Release);
        }
    };
    set(header::VERSION, layout::VERSION);
    set(header::WORD, size_of::<usize>() as u64);
    set(header::PID, u64::from(system::process()));
    set(header::PARENT, u64::from(parent));
    set(header::FORKED_AT, claimed);
    set(header::STARTED, sandbox::now());
    let mut name = [0; 16];
    for (place, byte) in name.iter_mut().zip(
        Bytes::open(c"/proc/self/comm")
            .into_iter()
            .flatten()
            .take_while(|&byte| byte != b'\n'),
    ) {
        *place = byte;
    }
    for (at, bytes) in name.as_chunks::<8>().0.iter().enumerate() {
        set(header::NAME + at, u64::from_ne_bytes(*bytes));
    }
    set(header::MAGIC, u64::from_ne_bytes(layout::MAGIC));
    let mut text = Text::begin(Kind::Command, [0; 4]);
    Bytes::open(c"/proc/self/cmdline")
        .into_iter()
        .flatten()
        .take(PATH_BYTES)
        .for_each(|byte| text.push(byte));
    text.finish();
}

/// Takes over what the environment says.
fn read_environment() {
    let Some(settings) = environment::read(push_path) else {
        return;
    };
    CHILDREN.store(settings.children, Ordering::Relaxed);
    stacks::set_depth(settings.depth);
}

/// Adds a byte to the path that the environment gives.
fn push_path(at: usize, byte: u8) {
    if let Some(place) = BASE.get(at) {
        place.store(byte, Ordering::Relaxed);
    } else if let Some(first) = BASE.first() {
        // A path that is too long can't be used: better none.
        first.store(0, Ordering::Relaxed);
    }
}

/// Moves the phase to a page of its own that a forked process finds wiped. On kernels without that,
/// asks the C library to tell of its forks.
fn watch_forks() {
    if phase().as_ptr() != FIRST_PHASE.as_ptr() {
        return;
    }
    let bytes = system::page_size() as u64;
    let page = system::map(-1, 0, bytes)
        .ok()
        .filter(|&page| system::advise(page, bytes, libc::MADV_WIPEONFORK).is_ok())
        .map(<*mut u8>::cast::<AtomicU32>);
    extern "C" fn forked() {
        phase().store(NEW, Ordering::Release);
    }
    match page {
        // SAFETY: the page was just mapped, and stays so. Zeroes are a valid phase.
        Some(page) => unsafe {
            (*page).store(STARTING, Ordering::Relaxed);
            PHASE.store(page, Ordering::Release);
        },
        // SAFETY: the function may be called in a forked process at any time.
        None => unsafe {
            libc::pthread_atfork(None, None, Some(forked));
        },
    }
}
