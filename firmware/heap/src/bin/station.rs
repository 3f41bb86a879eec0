//! The program of crates/litepool/README.md, word for word: `run --check` compares them.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use cortex_m as _; // its critical section, which the heap locks with
use litepool::StaticHeap;
use semihosting::{println, process};

#[global_allocator]
static HEAP: StaticHeap<{ 16 << 10 }> = StaticHeap::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    HEAP.init().expect("heap init");
    let samples: Vec<u32> = (0..100).collect();
    let stats = HEAP.stats().expect("it is initialised");
    println!("{} samples: {stats}", samples.len());
    process::exit(0)
}
