//! A gateway that leaks, and streams what happens to its heaps over its UART.
//!
//! Started with the word `burst` it once does more than the recorder's ring holds, with `reset` its
//! watchdog bites once, and with `forever` it does not end after some hundred rounds.

#![no_std]
#![no_main]

extern crate alloc;

// The critical section of a single core.
use cortex_m as _;

mod board;
#[path = "../../../dump/rust/src/console.rs"]
mod console;
#[path = "../../../dump/rust/src/frames.rs"]
mod frames;
mod heap;
#[path = "../../../dump/rust/src/tasks.rs"]
mod tasks;

use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write;
use core::hint::black_box;
use core::panic::PanicInfo;

use heap::{NET, RECORDER};
use semihosting::process;

const ROUNDS: u32 = 300;
const BURST: u32 = 100;
const RESET: u32 = 150;
const PAUSE: u32 = board::TICKS_PER_SECOND / 200;

// ---- sensor: a window of measurements, which grows ----

fn sensor() -> ! {
    loop {
        let mut window = Vec::new();
        for measurement in 0..16u16 {
            window.push(200 + measurement * 7 % 13);
            black_box(&window);
            tasks::give_way();
        }
    }
}

// ---- net: connections come and go, and packets in a pool of their own ----

struct Connection {
    request: String,
    /// The other direction of a connection that goes both ways.
    peer: RefCell<Option<Rc<Connection>>>,
}

fn open(number: u32) -> Rc<Connection> {
    Rc::new(Connection {
        request: format!("GET /{number}"),
        peer: RefCell::new(None),
    })
}

fn serve(number: u32) -> usize {
    let packet = NET.packet(40 + number as usize % 50);
    let inward = open(number);
    if number % 20 == 19 {
        // The leak: the two keep each other alive when both are forgotten.
        let outward = open(number);
        *outward.peer.borrow_mut() = Some(inward.clone());
        *inward.peer.borrow_mut() = Some(outward);
    }
    if let Some(packet) = packet {
        NET.release(packet);
    }
    inward.request.len()
}

/// What comes at once has no time to be sent.
fn packets_at_once() {
    for number in 0..1000 {
        black_box(serve(20 * number));
    }
}

fn net() -> ! {
    let has_burst = board::is_asked_for("burst");
    for number in 0.. {
        black_box(serve(number));
        if has_burst && number == BURST {
            packets_at_once();
        }
        tasks::give_way();
    }
    unreachable!()
}

// ---- log: the last lines; and what is left of the time is the recorder's ----

fn send_all() {
    let mut bytes = [0; 64];
    loop {
        match RECORDER.read(&mut bytes) {
            0 => break,
            length => board::send(&bytes[..length]),
        }
    }
}

fn log() -> ! {
    let is_endless = board::is_asked_for("forever");
    let has_reset = board::is_asked_for("reset") && board::boot_number() == 1;
    let mut lines = VecDeque::new();
    for round in 0.. {
        if round == ROUNDS && !is_endless {
            break;
        }
        let begin = board::ticks();
        if lines.len() == 6 {
            lines.pop_front();
        }
        lines.push_back(format!("{round} rounds"));
        send_all();
        if has_reset && round == RESET {
            cortex_m::peripheral::SCB::sys_reset();
        }
        while board::ticks().wrapping_sub(begin) < PAUSE {}
        tasks::give_way();
    }
    send_all();
    process::exit(0)
}

#[cortex_m_rt::entry]
fn main() -> ! {
    static SENSOR_STACK: tasks::Stack<512> = tasks::Stack::new();
    static NET_STACK: tasks::Stack<512> = tasks::Stack::new();
    static LOG_STACK: tasks::Stack<768> = tasks::Stack::new();

    board::start();
    heap::init();
    for (number, name) in [(1, "sensor"), (2, "net"), (3, "log")] {
        RECORDER.name_task(number, name);
    }
    tasks::create(1, &SENSOR_STACK, sensor);
    tasks::create(2, &NET_STACK, net);
    tasks::create(3, &LOG_STACK, log);
    tasks::give_way();
    unreachable!()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(console::Console, "task {}: {info}", tasks::current_name());
    process::exit(1)
}
