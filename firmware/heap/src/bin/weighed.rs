//! A program with a vector, a tree and strings, to see what it weighs with each heap: a feature
//! says which, litepool without one.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use cortex_m as _;
use cortex_m_rt::entry;
use semihosting::{println, process};

#[cfg(any(feature = "embedded-alloc-tlsf", feature = "embedded-alloc-llff"))]
mod heap {
    #[cfg(feature = "embedded-alloc-llff")]
    use embedded_alloc::LlffHeap as Heap;
    #[cfg(feature = "embedded-alloc-tlsf")]
    use embedded_alloc::TlsfHeap as Heap;

    #[global_allocator]
    static HEAP: Heap = Heap::empty();

    pub fn init() {
        // SAFETY: once, and before all else.
        unsafe {
            embedded_alloc::init!(HEAP, 16 << 10);
        }
    }

    pub fn free() -> usize {
        HEAP.free()
    }
}

#[cfg(feature = "esp-alloc")]
mod heap {
    pub fn init() {
        esp_alloc::heap_allocator!(size: 16 << 10);
    }

    pub fn free() -> usize {
        esp_alloc::HEAP.free()
    }
}

#[cfg(not(any(
    feature = "embedded-alloc-tlsf",
    feature = "embedded-alloc-llff",
    feature = "esp-alloc"
)))]
mod heap {
    use litepool::StaticHeap;

    #[global_allocator]
    static HEAP: StaticHeap<{ 16 << 10 }> = StaticHeap::new();

    pub fn init() {
        HEAP.init().expect("once");
    }

    pub fn free() -> usize {
        HEAP.lock(|heap| heap.totals().free).unwrap_or(0)
    }
}

#[entry]
fn main() -> ! {
    heap::init();
    let mut words: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, word) in "the quick brown fox jumps over the lazy dog"
        .split(' ')
        .enumerate()
    {
        words.entry(String::from(word)).or_default().push(place);
    }
    println!("{} words, {} bytes free", words.len(), heap::free());
    words.remove("the");
    drop(words);
    println!("{} bytes free", heap::free());
    process::exit(0)
}
