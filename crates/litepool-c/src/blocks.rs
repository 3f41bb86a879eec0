//! Blocks are allocated, resized and freed, and the port is told.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::events::{Kind, LitepoolEvent};
use crate::handles::LivePool;
use crate::{LOS_NOK, code, handles};

/// Asks `request` for a block, and once more whenever the port, told of the `refusal`, has made
/// room; null, if there is none.
fn ask(
    pool: *mut c_void,
    request: impl Fn(&LivePool) -> Option<NonNull<u8>>,
    refusal: impl Fn() -> LitepoolEvent,
) -> *mut c_void {
    loop {
        if let Some(block) = handles::find(pool).and_then(&request) {
            return block.as_ptr().cast();
        }
        if !refusal().refuse() {
            return null_mut();
        }
    }
}

/// Allocates by `request`, and tells of it. A `boundary` of 0 is none.
pub fn allocate(
    pool: *mut c_void,
    size: u32,
    boundary: u32,
    request: impl Fn(&LivePool) -> Option<NonNull<u8>>,
) -> *mut c_void {
    if pool.is_null() || size == 0 {
        return null_mut();
    }
    let event = |kind, block| {
        LitepoolEvent::new(kind, pool, block)
            .of_size(size)
            .on_boundary(boundary)
    };
    let block = ask(pool, request, || event(Kind::NoRoom, null_mut()));
    let kind = if boundary == 0 {
        Kind::Alloc
    } else {
        Kind::AllocAlign
    };
    event(kind, block).tell();
    block
}

/// Can a block stand on a multiple of this?
pub fn is_boundary(boundary: u32) -> bool {
    boundary.is_power_of_two() && boundary as usize >= size_of::<usize>()
}

/// `size` bytes on the granule's boundary, or null. Time as [`litepool::Heap::allocate`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAlloc(pool: *mut c_void, size: u32) -> *mut c_void {
    allocate(pool, size, 0, |pool| pool.allocate(size as usize).ok())
}

/// `size` bytes on a multiple of `boundary`, a power of two and a multiple of a pointer's size; or null. Time as
/// [`litepool::Heap::allocate_aligned`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAllocAlign(pool: *mut c_void, size: u32, boundary: u32) -> *mut c_void {
    if !is_boundary(boundary) {
        return null_mut();
    }
    allocate(pool, size, boundary, |pool| {
        pool.allocate_aligned(size as usize, boundary as usize).ok()
    })
}

/// Gives the block at `ptr` back. `LOS_NOK` for anything but a used block of this pool with intact neighbours. Constant time; with
/// bestfit a step per bit of the sizes.
///
/// # Safety
///
/// If `ptr` is a used block of the pool, nothing uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemFree(pool: *mut c_void, ptr: *mut c_void) -> u32 {
    let (Some(block), false) = (NonNull::new(ptr.cast()), pool.is_null()) else {
        return LOS_NOK;
    };
    LitepoolEvent::new(Kind::Free, pool, ptr).tell();
    let is_freed = handles::find(pool).is_some_and(|pool| {
        // SAFETY: the caller's promise.
        unsafe { pool.free(block) }.is_ok()
    });
    if !is_freed {
        LitepoolEvent::new(Kind::NotFreed, pool, ptr).refuse();
    }
    code(is_freed)
}

/// Gives the block at `ptr` the new `size`; its contents stay up to the smaller one, and its alignment. Null if there is no room, and then
/// the block stays as it was. A null `ptr` allocates, a `size` of 0 frees. Time as a free and an allocation, and the copy.
///
/// # Safety
///
/// If `ptr` is a used block of the pool, it is the caller's, and if it moves nothing uses the old place any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemRealloc(
    pool: *mut c_void,
    ptr: *mut c_void,
    size: u32,
) -> *mut c_void {
    if pool.is_null() {
        return null_mut();
    }
    LitepoolEvent::new(Kind::Realloc, pool, ptr)
        .of_size(size)
        .tell();
    let Some(block) = NonNull::new(ptr.cast()) else {
        return LOS_MemAlloc(pool, size);
    };
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { LOS_MemFree(pool, ptr) };
        return null_mut();
    }
    let request = |pool: &LivePool| {
        // SAFETY: the caller's promise.
        unsafe { pool.resize(block, size as usize) }.ok()
    };
    let resized = ask(pool, request, || {
        let is_block = handles::find(pool).is_some_and(|pool| pool.usable_size(block).is_ok());
        let kind = if is_block {
            Kind::NoRoom
        } else {
            Kind::NotResized
        };
        LitepoolEvent::new(kind, pool, ptr).of_size(size)
    });
    LitepoolEvent::new(Kind::Resized, pool, resized)
        .from(ptr)
        .of_size(size)
        .tell();
    resized
}
