//! `main` and an interrupt handler use one heap, which locks with a critical section: nothing else
//! is to be done for that.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{entry, exception};
use critical_section::Mutex;
use litepool::StaticHeap;
use semihosting::{println, process};

#[global_allocator]
static HEAP: StaticHeap<{ 16 << 10 }> = StaticHeap::new();

/// How often the handler ran, and the last thing that it allocated.
static LATEST: Mutex<RefCell<(u32, Option<Box<[u32; 8]>>)>> = Mutex::new(RefCell::new((0, None)));

#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let (times, latest) = &mut *LATEST.borrow_ref_mut(section);
        *times += 1;
        *latest = Some(Box::new([*times; 8]));
    });
}

fn handled() -> u32 {
    critical_section::with(|section| LATEST.borrow_ref(section).0)
}

#[entry]
fn main() -> ! {
    HEAP.init().expect("heap init");
    let mut timer = cortex_m::Peripherals::take().expect("once").SYST;
    timer.set_clock_source(SystClkSource::Core);
    // A number of no use for anything else, so that it comes at every point of an operation.
    timer.set_reload(4_999);
    timer.enable_interrupt();
    timer.enable_counter();

    let mut rows: Vec<Vec<u32>> = Vec::new();
    let mut round = 0;
    while handled() < 200 {
        round += 1;
        rows.push((0..round % 60).collect());
        if rows.len() > 30 {
            rows.swap_remove(round as usize % 30);
        }
    }
    timer.disable_interrupt();

    let is_whole = |row: &Vec<u32>| row.iter().copied().eq(0..row.len() as u32);
    assert!(rows.iter().all(is_whole));
    drop(rows);
    let latest = critical_section::with(|section| LATEST.borrow_ref_mut(section).1.take());
    assert_eq!(latest.map(|latest| *latest), Some([handled(); 8]));
    let checked = HEAP.lock(|heap| heap.check());
    println!(
        "the heap after {} interrupts: {:?}, {:?} bytes used, {} frees refused",
        handled(),
        checked,
        HEAP.stats().map(|stats| stats.used),
        HEAP.refused_frees()
    );
    process::exit(0)
}
