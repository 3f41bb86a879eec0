//! What happens to the pools, as a stream for a desk: `litepool_record_*` of `include/litepool.h`.
//!
//! The recorder is fed by the pools' own events, which come with their lock held, and not by what the
//! port's hook is told: so the order is the one in which things happened, a block that moves is told
//! with both of its addresses, and what is refused is told as refused, each time that it is tried.

use core::cell::Cell;
use core::ffi::{c_char, c_void};
use core::slice;

use critical_section::Mutex;
use litepool_stream::{Device, Recorder, Task};

use crate::{choice, handles, port};

/// Words of the ring.
const WORDS: usize = match option_env!("LITEPOOL_RECORD_WORDS") {
    Some(number) => choice::parse(number),
    None => 512,
};

/// Return addresses of each event.
const DEPTH: usize = choice::parse_or_none(env!("LITEPOOL_RECORD_DEPTH"));

/// Of how many tasks the names are kept.
const TASKS: usize = match option_env!("LITEPOOL_TASKS") {
    Some(number) => choice::parse(number),
    None => 16,
};

pub static RECORDER: Recorder<Port, WORDS, DEPTH, { handles::POOLS }, TASKS> = Recorder::new();

/// What the program has said of itself.
#[derive(Clone, Copy)]
struct About {
    title: &'static [u8],
    build_id: &'static [u8],
    boot: u32,
}

static ABOUT: Mutex<Cell<About>> = Mutex::new(Cell::new(About {
    title: &[],
    build_id: &[],
    boot: 0,
}));

fn about() -> About {
    critical_section::with(|section| ABOUT.borrow(section).get())
}

/// The port, as the recorder asks it.
pub struct Port;

impl Device for Port {
    const HAS_CLOCK: bool = choice::parse_or_none(env!("LITEPOOL_RECORD_CLOCK")) != 0;

    #[inline(always)]
    fn ticks() -> u32 {
        port::litepool_port_ticks()
    }

    fn ticks_per_second() -> u32 {
        port::litepool_port_ticks_per_second()
    }

    #[inline(always)]
    fn task() -> Task {
        match port::litepool_port_task() {
            port::INTERRUPT => Task::Interrupt,
            number @ 0..0xFFFE => Task::Number(number),
            _ => Task::None,
        }
    }

    #[inline(always)]
    fn callers(sites: &mut [usize]) -> usize {
        let mut words = [0; DEPTH];
        // SAFETY: there is room for so many.
        unsafe { port::litepool_port_callers(words.as_mut_ptr(), DEPTH as u32) };
        let mut count = 0;
        for (site, word) in sites
            .iter_mut()
            .zip(words)
            .take_while(|(_, word)| *word != 0)
        {
            *site = word as usize;
            count += 1;
        }
        count
    }

    fn title() -> &'static [u8] {
        about().title
    }

    fn build_id() -> &'static [u8] {
        about().build_id
    }

    fn boot() -> u32 {
        about().boot
    }
}

/// A text that stays; none for null.
///
/// # Safety
///
/// It ends with a zero, and never changes.
unsafe fn text(text: *const c_char) -> &'static [u8] {
    if text.is_null() {
        return &[];
    }
    // No more is told, and this needs nothing of the C library.
    let mut length = 0;
    // SAFETY: the caller's promise, up to the zero.
    while length < 64 && unsafe { text.add(length).read() } != 0 {
        length += 1;
    }
    // SAFETY: as above.
    unsafe { slice::from_raw_parts(text.cast(), length) }
}

/// Copies what the channel gets next, `size` bytes at the most, and says how many that is; 0 if there is
/// nothing, or another one reads.
///
/// # Safety
///
/// `buffer` is valid for writes of `size` bytes, unless it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_record_read(buffer: *mut c_void, size: u32) -> u32 {
    if buffer.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise; bytes of any value are read as such.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer.cast::<u8>(), size as usize) };
    RECORDER.read(buffer) as u32
}

/// Says what the program is: its name, its build id, and a number that its next start will not have.
///
/// # Safety
///
/// Both stay as they are for ever; the title ends with a zero, the build id has `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_record_describe(
    title: *const c_char,
    build_id: *const c_void,
    size: u32,
    boot: u32,
) {
    let build_id = match build_id.is_null() {
        true => &[],
        // SAFETY: the caller's promise.
        false => unsafe { slice::from_raw_parts(build_id.cast(), size as usize) },
    };
    // SAFETY: the caller's promise.
    let title = unsafe { text(title) };
    let about = About {
        title,
        build_id,
        boot,
    };
    critical_section::with(|section| ABOUT.borrow(section).set(about));
    RECORDER.announce();
}

/// Says what a pool is called.
///
/// # Safety
///
/// The name ends with a zero, and stays for ever.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_record_name_pool(pool: *const c_void, name: *const c_char) {
    // SAFETY: the caller's promise.
    RECORDER.name_pool(pool.addr(), unsafe { text(name) });
}

/// Says what a task is called.
///
/// # Safety
///
/// The name ends with a zero, and stays until another one comes or the task's end is told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_record_name_task(task: u32, name: *const c_char) {
    // SAFETY: the caller's promise.
    RECORDER.name_task(task, unsafe { text(name) });
}

/// A task has ended.
#[unsafe(no_mangle)]
pub extern "C" fn litepool_record_task_ended(task: u32) {
    RECORDER.task_ended(task);
}

/// What the program is and what things are called comes next, again.
#[unsafe(no_mangle)]
pub extern "C" fn litepool_record_announce() {
    RECORDER.announce();
}

/// Another one reads from now on.
///
/// # Safety
///
/// Nobody is reading, or those who were never go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_record_take_over() {
    // SAFETY: the caller's promise.
    unsafe { RECORDER.take_over() };
}
