//! Tables of pools and blocks, and what is broken in a pool. Nothing is printed while a lock is held.

use core::ffi::c_void;
#[cfg(feature = "mem-mul-pool")]
use core::ptr;

use litepool::track::Task;
use litepool::{BlockInfo, Corruption, State};

#[cfg(feature = "mem-mul-pool")]
use crate::ask::figures;
use crate::handles::{self, LivePool};
use crate::line::Line;
use crate::places::Places;
use crate::{LOS_NOK, LOS_OK, own};

/// Bytes and counts.
const COLUMN: usize = 12;

/// Prints a line for each live pool, in the order of their addresses, and gives their number.
#[cfg(feature = "mem-mul-pool")]
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemPoolList() -> u32 {
    Line::new()
        .address_heading("pool")
        .column(COLUMN, "size")
        .column(COLUMN, "used")
        .column(COLUMN, "free")
        .column(COLUMN, "largest")
        .column(COLUMN, "free blocks")
        .column(COLUMN, "used blocks")
        .column(COLUMN, "peak")
        .print();
    let mut count: u32 = 0;
    for pool in litepool::pools() {
        let mut line = Line::new();
        line.address(pool.start).number(COLUMN, pool.size);
        let live = handles::find(ptr::without_provenance(pool.start));
        match live.and_then(figures) {
            Some(stats) => line
                .number(COLUMN, stats.used)
                .number(COLUMN, stats.free)
                .number(COLUMN, stats.largest_free)
                .number(COLUMN, stats.free_blocks)
                .number(COLUMN, stats.used_blocks)
                .number(COLUMN, stats.peak),
            None if live.is_some() => line.text("  damaged"),
            None => line.text("  being made"),
        }
        .print();
        count = count.wrapping_add(1);
    }
    count
}

/// Prints the free blocks by their sizes, a line for each range from a power of two to the next one. `LOS_NOK` if there is no
/// pool. Walks all blocks with the lock held.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemFreeNodeShow(pool: *mut c_void) -> u32 {
    let Some(live) = handles::find(pool) else {
        return LOS_NOK;
    };
    let mut blocks = [0_u32; usize::BITS as usize];
    let mut bytes = [0_usize; usize::BITS as usize];
    let walked = live.lock(|heap| {
        let is_free = |block: &BlockInfo| block.state == State::Free && !block.in_slab;
        for block in heap.blocks().filter(is_free) {
            let class = block.size.checked_ilog2().unwrap_or(0) as usize;
            if let (Some(blocks), Some(bytes)) = (blocks.get_mut(class), bytes.get_mut(class)) {
                *blocks = blocks.wrapping_add(1);
                *bytes = bytes.wrapping_add(block.size);
            }
        }
    });
    if walked.is_err() {
        return LOS_NOK;
    }
    Line::new()
        .text("free blocks of pool ")
        .address(pool.addr())
        .print();
    Line::new()
        .column(COLUMN, "from")
        .column(COLUMN, "to")
        .column(COLUMN, "blocks")
        .column(COLUMN, "bytes")
        .print();
    for (class, (&blocks, &bytes)) in blocks.iter().zip(&bytes).enumerate() {
        if blocks != 0 {
            let from = 1_usize.wrapping_shl(class as u32);
            Line::new()
                .number(COLUMN, from)
                .number(COLUMN, from.wrapping_mul(2).wrapping_sub(1))
                .number(COLUMN, blocks as usize)
                .number(COLUMN, bytes)
                .print();
        }
    }
    LOS_OK
}

/// Prints a line for each used block. The lock is held while a few blocks are looked for, never while they are printed: what is
/// allocated or freed in between may appear or not.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemUsedNodeShow(pool: *mut c_void) {
    let Some(live) = handles::find(pool) else {
        return;
    };
    Line::new()
        .text("used blocks of pool ")
        .address(pool.addr())
        .print();
    print_heading();
    let places = Places::of(pool, live);
    let mut after = None;
    while let Some(blocks) = next_used(live, after) {
        for block in blocks.iter().flatten() {
            print_used(&places, block);
            after = Some((block.region, block.offset));
        }
    }
}

fn print_heading() {
    let mut line = Line::new();
    line.address_heading("block")
        .column(COLUMN, "bytes")
        .column(COLUMN, "usable");
    if cfg!(owners) {
        line.column(COLUMN, "task");
    }
    if cfg!(feature = "mem-mul-module") {
        line.column(COLUMN, "module");
    }
    if cfg!(feature = "mem-leakcheck") {
        line.text("  called from");
    }
    line.print();
}

fn print_used(places: &Places, block: &BlockInfo) {
    let mut line = Line::new();
    line.address(places.address(block.region, block.offset).addr())
        .number(COLUMN, block.size)
        .number(COLUMN, block.payload);
    if cfg!(owners) {
        match block.owner.map(|owner| owner.task) {
            Some(Task::Id(id)) => line.number(COLUMN, id.into()),
            Some(Task::Interrupt) => line.column(COLUMN, "interrupt"),
            Some(Task::None) => line.column(COLUMN, "none"),
            None => line.column(COLUMN, "damaged"),
        };
    }
    if cfg!(feature = "mem-mul-module") {
        match block.owner.and_then(|owner| owner.module) {
            Some(module) => line.number(COLUMN, module.into()),
            None => line.column(COLUMN, "none"),
        };
    }
    if cfg!(feature = "mem-leakcheck")
        && let Some(allocation) = block.allocation
    {
        for &site in allocation.sites.iter().filter(|&&site| site != 0) {
            line.text("  ").address(site as usize);
        }
    }
    line.text(if block.in_slab { "  slab" } else { "" })
        .text(if block.aligned { "  aligned" } else { "" })
        .print();
}

/// Used blocks that are printed between two walks.
const FEW: usize = 8;

/// The next few used blocks behind that of this region and offset; nothing, if there is none.
fn next_used(pool: &LivePool, after: Option<(usize, usize)>) -> Option<[Option<BlockInfo>; FEW]> {
    let mut few = [None; FEW];
    let is_next = |block: &BlockInfo| {
        block.state == State::Used && after.is_none_or(|after| after < (block.region, block.offset))
    };
    let walked = pool.lock(|heap| {
        for (place, block) in few.iter_mut().zip(heap.blocks().filter(is_next)) {
            *place = Some(block);
        }
    });
    let is_any = few.first().is_some_and(Option::is_some);
    (walked.is_ok() && is_any).then_some(few)
}

/// Verifies the whole pool and prints what is broken. `LOS_NOK` for that, or if there is no pool. Linear in the number of blocks.
///
/// In `LiteOS` without the switch nothing is verified, and everything is `LOS_OK`.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemIntegrityCheck(pool: *const c_void) -> u32 {
    if cfg!(not(any(
        feature = "liteos-m",
        feature = "base-mem-node-integrity-check"
    ))) {
        return LOS_OK;
    }
    let Some(live) = handles::find(pool) else {
        return LOS_NOK;
    };
    match own::verify(live) {
        Ok(()) => LOS_OK,
        Err(None) => LOS_NOK,
        Err(Some(corruption)) => {
            print_corruption(pool, live, &corruption);
            LOS_NOK
        }
    }
}

fn print_corruption(pool: *const c_void, live: &LivePool, corruption: &Corruption) {
    let places = Places::of(pool, live);
    let block = |line: &mut Line, text, offset| {
        if offset != 0 {
            let address = places.address(corruption.region, offset);
            line.text(text).address(address.addr());
        }
    };
    let mut line = Line::new();
    line.text("pool ").address(pool.addr());
    block(&mut line, ", block ", corruption.block);
    line.text(": ").text(corruption.broken.describe());
    block(&mut line, "; before it ", corruption.previous);
    line.print();
}
