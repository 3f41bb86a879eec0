//! On-chip memory and external memory as one heap:
//!
//!     cargo run -p litepool --example on_chip
//!
//! What is touched often belongs into the fast memory, which is small; frames and files do not.
//! Requests begin in the region that came first, so the fast one does. Whoever knows that a buffer
//! is large and cold says so.

use std::error::Error;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use litepool::fit::Tlsf;
use litepool::lock::Spin;
use litepool::{BlockInfo, Config, NotReady, Pool, State, Stats};

const ON_CHIP: usize = 0;
const EXTERNAL: usize = 1;

const ON_CHIP_SIZE: usize = 16 << 10;
const EXTERNAL_SIZE: usize = 256 << 10;

/// A heap of up to two regions, for a 32-bit device.
struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const REGIONS: usize = 2;
}

/// Memory on a boundary of 8 bytes.
#[repr(align(8))]
struct Memory<const SIZE: usize>([MaybeUninit<u8>; SIZE]);

/// Stands for the memory at `0x2000_0000`. On a device, the linker script says where.
static mut SRAM: Memory<ON_CHIP_SIZE> = Memory([MaybeUninit::uninit(); ON_CHIP_SIZE]);
/// Stands for the memory at `0xC000_0000`.
static mut SDRAM: Memory<EXTERNAL_SIZE> = Memory([MaybeUninit::uninit(); EXTERNAL_SIZE]);

static HEAP: Pool<Device, Spin, 1> = Pool::new();

fn main() -> Result<(), Box<dyn Error>> {
    let sram = NonNull::new((&raw mut SRAM).cast()).ok_or("no on-chip memory")?;
    let sdram = NonNull::new((&raw mut SDRAM).cast()).ok_or("no external memory")?;
    // SAFETY: nothing else uses the two arrays.
    unsafe {
        HEAP.init(sram, ON_CHIP_SIZE)?;
        assert_eq!(HEAP.add_region(sdram, EXTERNAL_SIZE)?, EXTERNAL);
    }

    // Hot and small: whatever asks without a wish is served on-chip.
    let tasks: Vec<NonNull<u8>> = (0..8)
        .map(|_| HEAP.allocate(600))
        .collect::<Result<_, _>>()?;
    // Large and cold: straight to the external memory, on a cache line.
    let frame = HEAP.lock(|mut heap| heap.allocate_preferring(EXTERNAL, 96 << 10, 32))??;
    // Must be on-chip, where DMA or an interrupt handler needs it: there or nowhere.
    let ring = HEAP.lock(|mut heap| heap.allocate_in(ON_CHIP, 2048, 4))??;
    list("hot data on-chip, a frame outside")?;

    // The chip is filled up. What asks then without a wish is served outside, and no failure is
    // counted.
    let mut more = Vec::new();
    while let Ok(block) = HEAP.lock(|mut heap| heap.allocate_in(ON_CHIP, 512, 4))? {
        more.push(block);
    }
    let late = HEAP.allocate(600)?;
    list("the chip is full, one more task is outside")?;

    // What needs the fast memory learns why it can't have it.
    let refused = HEAP.lock(|mut heap| heap.allocate_in(ON_CHIP, 2048, 4))?;
    if let (Err(error), Some(stats)) = (refused, region_stats(ON_CHIP)?) {
        println!(
            "2048 bytes on-chip: {error}; the largest request that fits there is {}\n",
            stats.largest_free
        );
    }

    // A block that grows stays where it is while it can, and moves outside when it can't.
    // SAFETY: the block is ours; what it became is ours.
    let grown = unsafe { HEAP.resize(tasks[0], 3000)? };
    list("a task's data grew, and moved outside")?;

    for block in tasks[1..]
        .iter()
        .chain(&more)
        .chain(&[frame, ring, late, grown])
    {
        // SAFETY: the blocks are ours, and nothing refers to them any more.
        unsafe { HEAP.free(*block)? };
    }
    HEAP.lock(|heap| heap.check())??;
    list("all is freed; the peaks stay")
}

/// The figures of one region.
fn region_stats(region: usize) -> Result<Option<Stats>, NotReady> {
    HEAP.lock(|heap| heap.region_stats(region))
}

fn list(title: &str) -> Result<(), Box<dyn Error>> {
    println!("{title}:");
    println!(
        "{:>10} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8} {:>8}",
        "", "size", "used", "free", "largest", "#used", "peak", "failures"
    );
    for (name, region) in [
        ("on-chip", Some(ON_CHIP)),
        ("external", Some(EXTERNAL)),
        ("all", None),
    ] {
        let stats = match region {
            Some(region) => region_stats(region)?.ok_or("no such region")?,
            None => HEAP.stats()?,
        };
        println!(
            "{name:>10} {:>8} {:>8} {:>8} {:>8} {:>6} {:>8} {:>8}",
            stats.size,
            stats.used,
            stats.free,
            stats.largest_free,
            stats.used_blocks,
            stats.peak,
            stats.failures
        );
    }
    let is_gap = |block: &BlockInfo| block.state == State::Gap;
    let gaps = HEAP.lock(|heap| heap.blocks().filter(is_gap).count())?;
    println!("{:>10} {gaps} gap between them, in which no block is\n", "");
    Ok(())
}
