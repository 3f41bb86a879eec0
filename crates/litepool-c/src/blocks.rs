//! Blocks are handed out, resized and given back.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::{LOS_NOK, code, handles};

/// A block, or null.
fn pointer<E>(block: Result<NonNull<u8>, E>) -> *mut c_void {
    block.map_or(null_mut(), |block| block.as_ptr().cast())
}

/// `size` bytes on the granule's boundary, or null. Time as [`litepool::Heap::allocate`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAlloc(pool: *mut c_void, size: u32) -> *mut c_void {
    handles::find(pool).map_or(null_mut(), |pool| pointer(pool.allocate(size as usize)))
}

/// `size` bytes on a multiple of `boundary`, a power of two and a multiple of a pointer's size; or null. Time as
/// [`litepool::Heap::allocate_aligned`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAllocAlign(pool: *mut c_void, size: u32, boundary: u32) -> *mut c_void {
    let boundary = boundary as usize;
    if !boundary.is_power_of_two() || boundary < size_of::<usize>() {
        return null_mut();
    }
    handles::find(pool).map_or(null_mut(), |pool| {
        pointer(pool.allocate_aligned(size as usize, boundary))
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
    match (handles::find(pool), NonNull::new(ptr.cast())) {
        // SAFETY: the caller's promise.
        (Some(pool), Some(block)) => code(unsafe { pool.free(block) }.is_ok()),
        _ => LOS_NOK,
    }
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
    let Some(block) = NonNull::new(ptr.cast()) else {
        return LOS_MemAlloc(pool, size);
    };
    if size == 0 {
        // SAFETY: the caller's promise.
        unsafe { LOS_MemFree(pool, ptr) };
        return null_mut();
    }
    handles::find(pool).map_or(null_mut(), |pool| {
        // SAFETY: the caller's promise.
        pointer(unsafe { pool.resize(block, size as usize) })
    })
}
