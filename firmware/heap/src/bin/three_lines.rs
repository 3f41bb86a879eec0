//! A heap in three lines, and what it counts.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

// The critical section of a single core, which the heap locks with.
use cortex_m as _;
use cortex_m_rt::entry;
use litepool::StaticHeap;
use semihosting::{println, process};

#[global_allocator]
static HEAP: StaticHeap<{ 16 << 10 }> = StaticHeap::new();

#[entry]
fn main() -> ! {
    HEAP.init().expect("heap init");

    let mut days = BTreeMap::new();
    for hour in 0..72_u32 {
        let day: &mut Vec<u32> = days.entry(hour / 24).or_default();
        day.push(180 + hour * 7 % 30);
    }
    tell("three days measured");
    days.remove(&0);
    tell("one forgotten");
    drop(days);
    tell("all forgotten");
    process::exit(0)
}

fn tell(when: &str) {
    match HEAP.stats() {
        Ok(stats) => println!("{when}: {stats}"),
        Err(error) => println!("{when}: {error}"),
    }
}
