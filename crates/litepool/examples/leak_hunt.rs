//! A leak hunt: who still holds what was allocated between two moments, and where was it
//! allocated?
//!
//!     cargo run -p litepool --example leak_hunt
//!
//! The program serves requests. Every one of them allocates in three places; one of them forgets
//! to free.

use core::mem::MaybeUninit;
use std::cell::Cell;
use std::error::Error;
use std::ptr::NonNull;

use litepool::fit::Tlsf;
use litepool::track::{CallSites, Owners, Task};
use litepool::{Caller, Config, Heap};

thread_local! {
    static TASK: Cell<u16> = const { Cell::new(0) };
    static LINE: Cell<u32> = const { Cell::new(0) };
}

/// A heap whose blocks remember their task and the line that asked for them.
///
/// On a device the task comes from the RTOS, and call sites are return addresses. Here they are
/// numbers of lines.
struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = (Owners<4, 0>, CallSites<1>);
    const MAX_SIZE: usize = 512 << 10;
    const GRANULE: usize = 8;

    fn caller() -> Caller {
        Caller::task(TASK.get()).at([LINE.get(), 0, 0, 0])
    }
}

/// `heap.allocate(size)`, from this line.
macro_rules! allocate {
    ($heap:expr, $size:expr) => {{
        LINE.set(line!());
        $heap.allocate($size)
    }};
}

/// A request, which is answered; and a part of it that is forgotten if the client hangs up.
fn serve(heap: &mut Heap<'_, Device>, hangs_up: bool) -> Result<(), Box<dyn Error>> {
    let request = allocate!(heap, 120)?;
    let session = allocate!(heap, 48)?;
    let answer = allocate!(heap, 400)?;
    // SAFETY: blocks of this function, used by nobody any more.
    let mut free = |block: NonNull<u8>| unsafe { heap.free(block) };
    free(answer)?;
    if !hangs_up {
        free(session)?;
    }
    free(request)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut memory = vec![MaybeUninit::uninit(); 16 << 10];
    let mut heap = Heap::<Device>::new(&mut memory)?;
    TASK.set(1);
    let _settings = allocate!(heap, 300)?;
    for number in 0..10 {
        serve(&mut heap, number == 3)?;
    }

    // The device has warmed up. From here on, the number of blocks should not grow.
    let before = heap.snapshot();
    for number in 0..100 {
        TASK.set(1 + number % 2);
        serve(&mut heap, number % 11 == 0)?;
    }
    let after = heap.snapshot();

    println!(
        "{} allocations, of which are still held:",
        after.number - before.number
    );
    println!("{:>8} {:>6} {:>8} {:>8}", "task", "line", "blocks", "bytes");
    for leak in heap.leaks(before..after) {
        let task = leak.owner.map_or("?".into(), |owner| owner.to_string());
        println!(
            "{task:>8} {:>6} {:>8} {:>8}",
            leak.sites[0], leak.blocks, leak.bytes
        );
    }
    let usage = heap.task_usage(Task::Id(1));
    println!("task 1 holds {} bytes, at most {}", usage.used, usage.peak);

    // SAFETY: nothing uses a block of the first task any more.
    let freed = unsafe { heap.free_task(Task::Id(1)) };
    println!(
        "task 1 ends: {freed} blocks freed, {} bytes still used",
        heap.stats().used
    );
    heap.check()?;
    Ok(())
}
