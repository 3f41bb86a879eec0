//! A weather station with two faults: a leak and an overrun. What it looks like when its memory is
//! asked: docs/dump.md.

#![no_std]
#![no_main]

extern crate alloc;

// The critical section of a single core.
use cortex_m as _;

mod console;
mod frames;
mod heap;
mod tasks;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;
use core::panic::PanicInfo;

use critical_section::Mutex;

/// What tasks share. They take turns, so a critical section is only for the compiler.
type Shared<T> = Mutex<RefCell<T>>;

fn with<T, R>(shared: &Shared<T>, work: impl FnOnce(&mut T) -> R) -> R {
    critical_section::with(|section| work(&mut shared.borrow_ref_mut(section)))
}

// ---- sensor: the latest measurements ----

const LATEST: usize = 32;

static HISTORY: Shared<VecDeque<u16>> = Mutex::new(RefCell::new(VecDeque::new()));

fn sensor() -> ! {
    let room = VecDeque::with_capacity(LATEST);
    with(&HISTORY, |history| *history = room);
    for time in 1.. {
        with(&HISTORY, |history| {
            if history.len() == LATEST {
                history.pop_front();
            }
            history.push_back(200 + time * 7 % 13);
        });
        tasks::give_way();
    }
    unreachable!()
}

// ---- net: connections come and go ----

struct Connection {
    number: u32,
    request: Vec<u8>,
    /// The other direction of a connection that goes both ways.
    peer: RefCell<Option<Rc<Connection>>>,
}

fn open(number: u32) -> Rc<Connection> {
    let request = format!("GET /now HTTP/1.1\r\nX-Packet: {number}\r\n\r\n");
    Rc::new(Connection {
        number,
        request: request.into_bytes(),
        peer: RefCell::new(None),
    })
}

fn serve(number: u32) -> usize {
    let inward = open(number);
    if number % 4 == 3 {
        // The leak: the two keep each other alive when both are forgotten.
        let outward = open(number);
        *outward.peer.borrow_mut() = Some(inward.clone());
        *inward.peer.borrow_mut() = Some(outward);
    }
    inward.request.len() + inward.number as usize
}

fn net() -> ! {
    for number in 1.. {
        core::hint::black_box(serve(number));
        tasks::give_way();
    }
    unreachable!()
}

// ---- log: the last lines ----

const KEPT: usize = 4;

static LINES: Shared<VecDeque<Vec<u8>>> = Mutex::new(RefCell::new(VecDeque::new()));

/// A line as a driver in C wants it: with a zero behind it.
fn c_line(text: &str) -> Vec<u8> {
    let mut line = Vec::with_capacity(text.len());
    line.extend_from_slice(text.as_bytes());
    // SAFETY: it is not: the overrun. There is room for the text, not for the zero.
    unsafe { line.as_mut_ptr().add(text.len()).write(0) };
    line
}

fn log() -> ! {
    let room = VecDeque::with_capacity(KEPT);
    with(&LINES, |lines| *lines = room);
    for number in 1.. {
        let line = c_line(&format!("{} measurements", 5 * number));
        with(&LINES, |lines| {
            if lines.len() == KEPT {
                lines.pop_front();
            }
            lines.push_back(line);
        });
        heap::check();
        tasks::give_way();
    }
    unreachable!()
}

#[cortex_m_rt::entry]
fn main() -> ! {
    static SENSOR_STACK: tasks::Stack = tasks::Stack::new();
    static NET_STACK: tasks::Stack = tasks::Stack::new();
    static LOG_STACK: tasks::Stack = tasks::Stack::new();

    heap::init();
    tasks::create(1, &SENSOR_STACK, sensor);
    tasks::create(2, &NET_STACK, net);
    tasks::create(3, &LOG_STACK, log);
    tasks::give_way();
    unreachable!()
}

/// Says why, and stays here: the device's memory is then read from outside.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let task = tasks::current_name();
    let _ = writeln!(console::Console, "halted: task {task}: {}", info.message());
    loop {}
}
