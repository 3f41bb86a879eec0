//! What a pool says of itself. Constant time, save for the largest free block as told at
//! [`litepool::Pool::stats`].

use core::ffi::c_void;
use core::mem::MaybeUninit;

use litepool::{Stats, Totals};

use crate::handles::{self, LiveHeap, LivePool};
use crate::{LOS_NOK, put};

/// The pool's figures.
#[repr(C)]
pub struct LosMemPoolStatus {
    total_used_size: u32,
    total_free_size: u32,
    max_free_node_size: u32,
    used_node_num: u32,
    free_node_num: u32,
    #[cfg(water_line)]
    usage_water_line: u32,
}

/// What a live pool counts; nothing, if its control block or that can't be true.
pub fn totals(pool: &LivePool) -> Option<Totals> {
    pool.lock(|heap| totals_of(&heap)).ok()?
}

/// The same of its heap.
pub fn totals_of(heap: &LiveHeap) -> Option<Totals> {
    let totals = heap.totals();
    (heap.has_identity() && can_be_true(&totals)).then_some(totals)
}

/// All figures of a live pool, likewise.
pub fn figures(pool: &LivePool) -> Option<Stats> {
    if pool.lock(|heap| heap.has_identity()) != Ok(true) {
        return None;
    }
    let stats = pool.stats().ok()?;
    (can_be_true(&stats.totals()) && stats.largest_free <= stats.size).then_some(stats)
}

/// Bytes of the smallest block that any configuration has: a header and two links of 16 bits.
const SMALLEST: usize = 8;

/// Can one pool count this?
fn can_be_true(totals: &Totals) -> bool {
    let unused = totals
        .size
        .checked_sub(totals.overhead)
        .and_then(|room| room.checked_sub(totals.used));
    let fit = |blocks: usize, bytes: usize| {
        blocks
            .checked_mul(SMALLEST)
            .is_some_and(|least| least <= bytes)
    };
    // The peak may be of a time when a slab had fewer slabs, and so less overhead.
    unused == Some(totals.free)
        && (totals.used..totals.size).contains(&totals.peak)
        && fit(totals.used_blocks, totals.used)
        && (totals.used_blocks == 0) == (totals.used == 0)
        && fit(totals.free_blocks, totals.free)
}

fn figure(pool: *const c_void, of: impl FnOnce(&Totals) -> usize) -> u32 {
    handles::find(pool)
        .and_then(totals)
        .map_or(LOS_NOK, |totals| of(&totals) as u32)
}

/// Bytes of the pool, gaps left out; `LOS_NOK` if there is none, or it is damaged.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemPoolSizeGet(pool: *const c_void) -> u32 {
    figure(pool, |totals| totals.size)
}

/// Bytes in used blocks, their headers included; `LOS_NOK` if there is no pool, or its figures
/// can't be true.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemTotalUsedGet(pool: *mut c_void) -> u32 {
    figure(pool, |totals| totals.used)
}

/// How many blocks are free; `LOS_NOK` if there is no pool, or its figures can't be true.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemFreeBlksGet(pool: *mut c_void) -> u32 {
    figure(pool, |totals| totals.free_blocks)
}

/// How many blocks are used; `LOS_NOK` if there is no pool, or its figures can't be true.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemUsedBlksGet(pool: *mut c_void) -> u32 {
    figure(pool, |totals| totals.used_blocks)
}

/// The address at which the last used block ends; where the first block begins, if none is used;
/// `LOS_NOK` if there is no pool, or its figures can't be true.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemLastUsedGet(pool: *mut c_void) -> usize {
    handles::find(pool)
        .filter(|live| totals(live).is_some())
        .and_then(|live| live.lock(|heap| heap.used_end()).ok())
        .map_or(LOS_NOK as usize, |end| end.addr().get())
}

/// The pool's figures, of one moment; `LOS_NOK` if there is no pool, they can't be true, or there
/// is nowhere to put them. Time as [`litepool::Pool::stats`].
///
/// # Safety
///
/// `status` is null, or valid for writes of a `LOS_MEM_POOL_STATUS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemInfoGet(
    pool: *mut c_void,
    status: *mut MaybeUninit<LosMemPoolStatus>,
) -> u32 {
    let found = handles::find(pool).and_then(figures);
    let found = found.map(|stats| LosMemPoolStatus {
        total_used_size: stats.used as u32,
        total_free_size: stats.free as u32,
        max_free_node_size: stats.largest_free as u32,
        used_node_num: stats.used_blocks as u32,
        free_node_num: stats.free_blocks as u32,
        #[cfg(water_line)]
        usage_water_line: stats.peak as u32,
    });
    // SAFETY: the caller's promise.
    unsafe { put(found, status) }
}
