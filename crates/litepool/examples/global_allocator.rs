//! A pool as the allocator of a whole program:
//!
//!     cargo run -p litepool --example global_allocator
//!
//! On a device, initialising the pool is the first thing that `main` does. A program with `std`
//! allocates before that, so here the loader does it, with whatever else is to be done before a
//! program starts.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::thread;

use litepool::lock::Spin;
use litepool::{Pool, config::Pool64};

#[global_allocator]
static HEAP: Pool<Pool64, Spin> = Pool::new();

const SIZE: usize = 4 << 20;
static mut MEMORY: [MaybeUninit<u8>; SIZE] = [MaybeUninit::uninit(); SIZE];

#[used]
#[cfg_attr(
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    unsafe(link_section = ".init_array")
)]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
static BEFORE_MAIN: extern "C" fn() = initialise;

extern "C" fn initialise() {
    // SAFETY: this is the only reference to the memory.
    if let Some(memory) = unsafe { (&raw mut MEMORY).as_mut() } {
        // An error leaves the pool empty, and the first request is refused.
        let _ = HEAP.init_static(memory);
    }
}

fn main() {
    let text = include_str!("global_allocator.rs");
    let counters = [(); 4].map(|()| {
        thread::spawn(move || {
            let mut words: BTreeMap<String, usize> = BTreeMap::new();
            for word in text.split(|c: char| !c.is_alphabetic()) {
                *words.entry(word.to_lowercase()).or_default() += 1;
            }
            words
        })
    });
    for counter in counters {
        if let Ok(mut words) = counter.join() {
            words.remove("");
            let frequent = words.iter().max_by_key(|(_, count)| **count);
            println!("{} words; the most frequent: {frequent:?}", words.len());
        }
    }

    if let Ok(stats) = HEAP.stats() {
        println!(
            "{} of {} bytes in {} blocks; at the most {}",
            stats.used, stats.size, stats.used_blocks, stats.peak
        );
    }
    // Nothing is printed under the lock: that might allocate.
    let checked = HEAP.lock(|heap| heap.check());
    println!("check: {checked:?}");
}
