//! What it costs to take events down for a desk: instructions of the heap's user, and of the one who
//! sends; bytes of RAM, and on the channel.

use core::mem::size_of;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, Ordering};

use litepool::event::{Event, What};
use litepool_stream::{Device, Recorder, Task};

use crate::clock::Clock;
use crate::dice::Dice;
use crate::report::{self, Recorded};

/// Words of each ring.
const WORDS: usize = 2048;
/// Events that are sent.
const EVENTS: usize = 200;
const POOL: usize = 0x2000_0400;

/// Counts each of them.
pub fn run(clock: &Clock) {
    static BARE: Recorder<Bare, WORDS, 0> = Recorder::new();
    static TASKS: Recorder<Tasks, WORDS, 0> = Recorder::new();
    static TIMES: Recorder<Times, WORDS, 0> = Recorder::new();
    static STACKS: Recorder<Bare, WORDS, 4> = Recorder::new();
    static ALL: Recorder<Times, WORDS, 4> = Recorder::new();
    count("bare", clock, &BARE);
    count("task", clock, &TASKS);
    count("task and time", clock, &TIMES);
    count("4 return addresses", clock, &STACKS);
    count("task, time and 4 return addresses", clock, &ALL);
}

/// What changes from event to event: a number of the task, of the time, and of the call site.
static NOW: AtomicU32 = AtomicU32::new(0);

fn now() -> u32 {
    NOW.load(Ordering::Relaxed)
}

struct Bare;
impl Device for Bare {
    #[inline(always)]
    fn callers(sites: &mut [usize]) -> usize {
        callers(sites)
    }
}

struct Tasks;
impl Device for Tasks {
    #[inline(always)]
    fn task() -> Task {
        Task::Number(now() & 3)
    }
}

struct Times;
impl Device for Times {
    const HAS_CLOCK: bool = true;

    #[inline(always)]
    fn ticks() -> u32 {
        now()
    }

    #[inline(always)]
    fn task() -> Task {
        Task::Number(now() & 3)
    }

    #[inline(always)]
    fn callers(sites: &mut [usize]) -> usize {
        callers(sites)
    }
}

/// Addresses of a firmware: how they are found is the port's matter, so here they are.
#[inline(always)]
fn callers(sites: &mut [usize]) -> usize {
    let site = now() as usize;
    for (index, address) in sites.iter_mut().enumerate() {
        *address = 0x4001 + 0x1000 * index + (site >> (4 * index) & 7) * 64;
    }
    sites.len()
}

/// Takes an event down; the second and third argument are not used.
unsafe extern "C" fn record<D: Device, const DEPTH: usize>(
    recorder: *mut (),
    event: *mut u8,
    _: usize,
) -> *mut u8 {
    // SAFETY: what `count` passes.
    unsafe { (*recorder.cast::<Recorder<D, WORDS, DEPTH>>()).record(&*event.cast::<Event>()) };
    ptr::null_mut()
}

/// Reads; as many bytes as there is room for.
unsafe extern "C" fn read<D: Device, const DEPTH: usize>(
    recorder: *mut (),
    buffer: *mut u8,
    size: usize,
) -> *mut u8 {
    // SAFETY: what `count` passes.
    let length = unsafe {
        let buffer = core::slice::from_raw_parts_mut(buffer, size);
        (*recorder.cast::<Recorder<D, WORDS, DEPTH>>()).read(buffer)
    };
    ptr::without_provenance_mut(length)
}

fn count<D: Device, const DEPTH: usize>(
    name: &'static str,
    clock: &Clock,
    recorder: &'static Recorder<D, WORDS, DEPTH>,
) {
    let bytes_before = drain(clock, recorder).0;
    assert!(bytes_before > 0, "the device is described");
    let tell = |of, sum, count| {
        report::line(&Recorded {
            recorder: name,
            of,
            sum,
            count,
        });
    };
    // Its pool is known, as it mostly is.
    record_one(clock, recorder, What::Deinitialised);
    let pointer = at(0x2000_1000);
    let (size, align) = (40, 8);
    for (of, what) in [
        (
            "allocated",
            What::Allocated {
                pointer,
                size,
                align: 1,
            },
        ),
        (
            "allocated, aligned",
            What::Allocated {
                pointer,
                size,
                align,
            },
        ),
        ("freed", What::Freed { pointer }),
        (
            "resized",
            What::Resized {
                from: pointer,
                to: at(0x2000_2000),
                size,
            },
        ),
        ("not allocated", What::NotAllocated { size, align: 1 }),
    ] {
        tell(of, record_one(clock, recorder, what), 1);
    }
    drain(clock, recorder);

    let mut dice = Dice::new(7);
    let mut sum = 0;
    for number in 0..EVENTS {
        NOW.fetch_add(1 + dice.below(200) as u32, Ordering::Relaxed);
        let pointer = at(0x2000_0400 + 8 * dice.below(4000));
        let what = match number % 2 {
            0 => What::Allocated {
                pointer,
                size: dice.size(),
                align: 1,
            },
            _ => What::Freed { pointer },
        };
        sum += record_one(clock, recorder, what);
    }
    let events = EVENTS as u64;
    tell("an allocation and a free, on average", sum, events);
    let (bytes, instructions) = drain(clock, recorder);
    tell("sent", instructions, events);
    tell("bytes on the channel", bytes, events);

    // Far more than there is room for.
    for _ in 0..WORDS {
        record_one(clock, recorder, What::Freed { pointer });
    }
    tell(
        "no room",
        record_one(clock, recorder, What::Freed { pointer }),
        1,
    );
    let ram = size_of::<Recorder<D, WORDS, DEPTH>>() - WORDS * size_of::<usize>();
    tell("bytes of RAM besides the ring", ram as u64, 1);
}

fn at(address: usize) -> NonNull<u8> {
    NonNull::new(ptr::without_provenance_mut(address)).expect("not null")
}

/// Instructions of one event.
fn record_one<D: Device, const DEPTH: usize>(
    clock: &Clock,
    recorder: &'static Recorder<D, WORDS, DEPTH>,
    what: What,
) -> u64 {
    let event = Event { pool: POOL, what };
    // SAFETY: the function uses both as what they are.
    unsafe {
        let recorder = ptr::from_ref(recorder).cast_mut().cast();
        let event = ptr::from_ref(&event).cast_mut().cast();
        clock.count(record::<D, DEPTH>, recorder, event, 0).1
    }
}

/// Bytes of all that there is to be read, and the instructions of that.
fn drain<D: Device, const DEPTH: usize>(
    clock: &Clock,
    recorder: &'static Recorder<D, WORDS, DEPTH>,
) -> (u64, u64) {
    let (mut bytes, mut instructions) = (0, 0);
    loop {
        let mut buffer = [0; 256];
        // SAFETY: the function uses both as what they are.
        let (length, counted) = unsafe {
            let recorder = ptr::from_ref(recorder).cast_mut().cast();
            clock.count(
                read::<D, DEPTH>,
                recorder,
                buffer.as_mut_ptr(),
                buffer.len(),
            )
        };
        if length.is_null() {
            return (bytes, instructions);
        }
        bytes += length.addr() as u64;
        instructions += counted;
    }
}
