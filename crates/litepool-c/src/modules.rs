//! Blocks are counted for the module that allocated them, whoever frees or resizes them.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::blocks::{LOS_MemFree, LOS_MemRealloc, allocate, is_boundary};
use crate::events::{Kind, LitepoolEvent};
use crate::handles::LivePool;
use crate::{LOS_NOK, OS_INVALID, owners, port};

/// The highest number of a module.
const LAST_MODULE: u32 = 0x20;

/// Allocates for a module.
pub fn take(pool: &LivePool, size: usize, align: usize, module: u8) -> Option<NonNull<u8>> {
    // A task's number is asked with the lock held, as everywhere.
    let allocated = pool.lock(|mut heap| {
        let caller = port::caller().in_module(module);
        heap.allocate_for(&caller, size, align).ok()
    });
    allocated.ok()?
}

/// For a module; an `exponent` of 0 is no boundary.
fn serve(pool: *mut c_void, size: u32, exponent: u32, module: u32) -> *mut c_void {
    if module > LAST_MODULE {
        return null_mut();
    }
    allocate(pool, size, exponent, Some(module as u8))
}

/// `LOS_MemAlloc` for a module.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemMalloc(pool: *mut c_void, size: u32, moduleId: u32) -> *mut c_void {
    serve(pool, size, 0, moduleId)
}

/// `LOS_MemAllocAlign` for a module.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemMallocAlign(
    pool: *mut c_void,
    size: u32,
    boundary: u32,
    moduleId: u32,
) -> *mut c_void {
    if !is_boundary(boundary) {
        return null_mut();
    }
    serve(pool, size, boundary.trailing_zeros(), moduleId)
}

/// `LOS_MemFree`; the module that allocated the block is relieved of it.
///
/// # Safety
///
/// As `LOS_MemFree`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemMfree(pool: *mut c_void, ptr: *mut c_void, moduleId: u32) -> u32 {
    if moduleId > LAST_MODULE {
        return LOS_NOK;
    }
    // SAFETY: the caller's promise.
    unsafe { LOS_MemFree(pool, ptr) }
}

/// `LOS_MemRealloc`; the block stays with the module that allocated it. A null `ptr` allocates for this one.
///
/// # Safety
///
/// As `LOS_MemRealloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemMrealloc(
    pool: *mut c_void,
    ptr: *mut c_void,
    size: u32,
    moduleId: u32,
) -> *mut c_void {
    if moduleId > LAST_MODULE {
        return null_mut();
    }
    if ptr.is_null() {
        let event = LitepoolEvent::new(Kind::Realloc, pool, ptr);
        event.of_size(size).tell();
        return serve(pool, size, 0, moduleId);
    }
    // SAFETY: the caller's promise.
    unsafe { LOS_MemRealloc(pool, ptr, size) }
}

/// Bytes that a module holds in all pools, headers included; `OS_NULL_INT` for a number that is too
/// large, and if a pool's figures can't be true. A step for each handle.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemMusedGet(moduleId: u32) -> u32 {
    if moduleId > LAST_MODULE {
        return OS_INVALID;
    }
    owners::sum(|pool| owners::total(pool, |heap| heap.module_usage(Some(moduleId as u8))))
}
