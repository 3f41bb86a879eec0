//! Pools in several regions of memory.

use core::ffi::c_void;
use core::ptr::NonNull;

use crate::pools::LOS_MemInit;
use crate::{code, handles};

/// A region.
#[repr(C)]
pub struct LosMemRegion {
    start_address: *mut c_void,
    length: u32,
}

/// Joins regions, all or none of them, in ascending order and above the pool; without a pool the first one becomes it.
///
/// # Safety
///
/// `regions` is null or valid for reads of `count` regions; their bytes as those of `LOS_MemInit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemRegionsAdd(
    pool: *mut c_void,
    regions: *const LosMemRegion,
    count: u32,
) -> u32 {
    let bytes = (count as usize).checked_mul(size_of::<LosMemRegion>());
    let end = bytes.and_then(|bytes| regions.addr().checked_add(bytes));
    if regions.is_null() || !regions.is_aligned() || count == 0 || end.is_none() {
        return code(false);
    }
    // SAFETY: the caller's promise.
    let regions = unsafe { core::slice::from_raw_parts(regions, count as usize) };
    if !are_ascending(regions) {
        return code(false);
    }
    if !pool.is_null() {
        return code(join(pool, regions));
    }
    let Some((first, more)) = regions.split_first() else {
        return code(false);
    };
    // SAFETY: the caller's promise.
    let is_made = unsafe { LOS_MemInit(first.start_address, first.length) } == crate::LOS_OK;
    if is_made && !more.is_empty() && !join(first.start_address, more) {
        handles::forget(first.start_address);
        return code(false);
    }
    code(is_made)
}

/// Does each region lie above the one before it?
fn are_ascending(regions: &[LosMemRegion]) -> bool {
    let mut end = 0;
    regions.iter().all(|region| {
        let start = region.start_address.addr();
        let is_above = start != 0 && start >= end && region.length != 0;
        match start.checked_add(region.length as usize) {
            Some(after) => end = after,
            None => return false,
        }
        is_above
    })
}

/// Joins regions with a live pool below them.
fn join(pool: *mut c_void, regions: &[LosMemRegion]) -> bool {
    let Some(live) = handles::find(pool) else {
        return false;
    };
    let end = live.lock(|heap| {
        let ends = heap.regions();
        let ends = ends.map(|region| region.base.addr().get().wrapping_add(region.size));
        ends.max().unwrap_or(0)
    });
    let end = end.unwrap_or(0);
    let is_above = regions
        .first()
        .is_some_and(|first| first.start_address.addr() >= end);
    let ranges = regions.iter().filter_map(|region| {
        let base = NonNull::new(region.start_address.cast())?;
        Some((base, region.length as usize))
    });
    // SAFETY: the caller's promise. What touches the pool or any other one is refused.
    is_above && unsafe { live.add_regions(ranges) }.is_ok()
}
