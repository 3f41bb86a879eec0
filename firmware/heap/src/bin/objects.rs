//! Objects of one type in a static pool: an interrupt handler allocates them, `main` drops them.

#![no_std]
#![no_main]

use core::cell::RefCell;

use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{entry, exception};
use critical_section::Mutex;
use litepool::{ObjectBox, ObjectPool};
use semihosting::{println, process};

struct Sample {
    number: u32,
    values: [u16; 14],
}

static SAMPLES: ObjectPool<Sample, 4> = ObjectPool::new();

/// What the handler has measured, the oldest first.
static MEASURED: Mutex<RefCell<[Option<ObjectBox<Sample>>; 4]>> =
    Mutex::new(RefCell::new([const { None }; 4]));

#[exception]
fn SysTick() {
    static mut NUMBER: u32 = 0;
    *NUMBER += 1;
    let sample = Sample {
        number: *NUMBER,
        values: [*NUMBER as u16; 14],
    };
    // Without room the sample comes back, and is dropped here: `failures` counts that.
    let Ok(sample) = SAMPLES.allocate(sample) else {
        return;
    };
    critical_section::with(|section| {
        let mut measured = MEASURED.borrow_ref_mut(section);
        if let Some(place) = measured.iter_mut().find(|place| place.is_none()) {
            *place = Some(sample);
        }
    });
}

fn next() -> Option<ObjectBox<Sample>> {
    critical_section::with(|section| {
        let mut measured = MEASURED.borrow_ref_mut(section);
        let oldest = measured[0].take();
        measured.rotate_left(1);
        oldest
    })
}

#[entry]
fn main() -> ! {
    let mut timer = cortex_m::Peripherals::take().expect("once").SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(50_000);
    timer.enable_interrupt();
    timer.enable_counter();

    let mut last = 0;
    while last < 20 {
        if let Some(sample) = next() {
            assert!(sample.number > last && sample.values == [sample.number as u16; 14]);
            last = sample.number;
        }
    }
    // Nobody takes them any more, so there is no room at some time.
    while SAMPLES.stats().failures == 0 {}
    timer.disable_interrupt();
    println!("{:?}", SAMPLES.stats());
    while let Some(sample) = next() {
        drop(sample);
    }
    println!("{:?}", SAMPLES.stats());
    process::exit(0)
}
