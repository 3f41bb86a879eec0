//! On-chip and external memory as one heap: a `Vec` says where it is to be.

#![no_std]
#![no_main]

use allocator_api2::vec::Vec;
use cortex_m as _;
use cortex_m_rt::entry;
use litepool::fit::Tlsf;
use litepool::lock::DefaultLock;
use litepool::{Config, InRegion, StaticHeap};
use semihosting::{println, process};

struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = ();
    const REGIONS: usize = 2;
}

#[global_allocator]
static HEAP: StaticHeap<{ 8 << 10 }, Device, DefaultLock, 1> = StaticHeap::new();

type Place = InRegion<'static, Device, DefaultLock, 1>;

/// On-chip or nowhere: what an interrupt handler or DMA touches.
fn internal() -> Place {
    HEAP.in_region(0)
}

/// External memory first: what is large and cold.
fn external() -> Place {
    HEAP.preferring(1)
}

unsafe extern "C" {
    // By memory.x.
    static mut _external_start: u8;
    static mut _external_end: u8;
}

#[entry]
fn main() -> ! {
    HEAP.init().expect("heap init");
    // SAFETY: the linker script leaves the external memory to the heap.
    unsafe { HEAP.add_region_between(&raw mut _external_start, &raw mut _external_end) }
        .expect("external memory");

    let mut frame: Vec<u8, Place> = Vec::new_in(external());
    frame.resize(96 << 10, 0);
    println!("a frame stands at {:#x}", frame.as_ptr().addr());

    let mut samples: Vec<u16, Place> = Vec::with_capacity_in(512, internal());
    samples.extend(0..512);
    println!("samples stand at {:#x}", samples.as_ptr().addr());
    // It grows where it is, and never outside.
    let refused = samples.try_reserve(8000).is_err();
    println!(
        "8,000 more of them on-chip: {}",
        if refused { "no room" } else { "room" }
    );

    for (name, place) in [("on-chip", internal()), ("external", external())] {
        let stats = place.stats().expect("there is such a region");
        println!("{name}: {stats}");
    }
    process::exit(0)
}
