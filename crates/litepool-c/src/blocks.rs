//! Blocks are allocated, resized and freed, and the port is told.

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};

use crate::events::{Kind, LitepoolEvent};
use crate::handles::LivePool;
use crate::{LOS_NOK, code, handles, own};

/// The module that a block is for, if modules are told apart and it is for one.
#[cfg(feature = "mem-mul-module")]
pub type Module = Option<u8>;
#[cfg(not(feature = "mem-mul-module"))]
pub type Module = ();

/// For no module.
#[cfg(feature = "mem-mul-module")]
const NO_MODULE: Module = None;
#[cfg(not(feature = "mem-mul-module"))]
const NO_MODULE: Module = ();

/// `size` bytes on a multiple of 2 to the `exponent`, which is 0 if no boundary was asked for; or
/// null. The port is told, and asked for more room as long as it makes some.
#[inline(never)]
pub fn allocate(pool: *mut c_void, size: u32, exponent: u32, module: Module) -> *mut c_void {
    serve(pool, size, exponent, module)
}

/// The same in a line, for what is called all the time.
#[inline(always)]
fn serve(pool: *mut c_void, size: u32, exponent: u32, module: Module) -> *mut c_void {
    let block = loop {
        let taken = match handles::serving(pool) {
            Some(pool) => take(pool, size, exponent, module),
            None => None,
        };
        match taken {
            Some(block) => break block.as_ptr().cast(),
            None if makes_room(pool, size, exponent) => {}
            None => break null_mut(),
        }
    };
    if size != 0 && !pool.is_null() {
        let kind = if exponent == 0 {
            Kind::Alloc
        } else {
            Kind::AllocAlign
        };
        allocation(kind, pool, size, exponent).at(block).tell();
    }
    block
}

#[inline(always)]
fn take(pool: &LivePool, size: u32, exponent: u32, module: Module) -> Option<NonNull<u8>> {
    // A shift, by which the compiler knows it to be a power of two.
    let (size, align) = (size as usize, 1 << exponent);
    #[cfg(feature = "mem-mul-module")]
    if let Some(module) = module {
        return crate::modules::take(pool, size, align, module);
    }
    #[cfg(not(feature = "mem-mul-module"))]
    let () = module;
    pool.try_allocate(size, align)
}

/// Tells the port that there is no room. Has it made some?
#[cold]
#[inline(never)]
fn makes_room(pool: *mut c_void, size: u32, exponent: u32) -> bool {
    size != 0 && !pool.is_null() && allocation(Kind::NoRoom, pool, size, exponent).refuse()
}

fn allocation(kind: Kind, pool: *mut c_void, size: u32, exponent: u32) -> LitepoolEvent {
    let boundary = if exponent == 0 { 0 } else { 1 << exponent };
    LitepoolEvent::new(kind, pool, null_mut())
        .of_size(size)
        .on_boundary(boundary)
}

/// Can a block stand on a multiple of this?
pub fn is_boundary(boundary: u32) -> bool {
    boundary.is_power_of_two() && boundary as usize >= size_of::<usize>()
}

/// `size` bytes on the granule's boundary, or null. Time as [`litepool::Heap::allocate`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAlloc(pool: *mut c_void, size: u32) -> *mut c_void {
    serve(pool, size, 0, NO_MODULE)
}

/// `size` bytes on a multiple of `boundary`, a power of two and a multiple of a pointer's size; or null. Time as
/// [`litepool::Heap::allocate_aligned`].
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemAllocAlign(pool: *mut c_void, size: u32, boundary: u32) -> *mut c_void {
    if !is_boundary(boundary) {
        return null_mut();
    }
    allocate(pool, size, boundary.trailing_zeros(), NO_MODULE)
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
    // SAFETY: the caller's promise.
    let is_freed = handles::serving(pool).is_some_and(|pool| unsafe { pool.try_free(block) });
    if !is_freed {
        not_freed(pool, ptr);
    }
    code(is_freed)
}

#[cold]
#[inline(never)]
fn not_freed(pool: *mut c_void, ptr: *mut c_void) {
    LitepoolEvent::new(Kind::NotFreed, pool, ptr).refuse();
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
    let resized = loop {
        let live = handles::serving(pool);
        // SAFETY: the caller's promise.
        let resized = live.and_then(|live| unsafe { live.try_resize(block, size as usize, None) });
        match resized {
            Some(resized) => break resized.as_ptr().cast(),
            None if not_resized(pool, block, size).refuse() => {}
            None => break null_mut(),
        }
    };
    LitepoolEvent::new(Kind::Resized, pool, resized)
        .from(ptr)
        .of_size(size)
        .tell();
    resized
}

/// Why a block was not resized: it is none, or there is no room.
#[cold]
#[inline(never)]
fn not_resized(pool: *mut c_void, block: NonNull<u8>, size: u32) -> LitepoolEvent {
    let is_block = handles::find(pool).is_some_and(|pool| own::usable_size(pool, block).is_some());
    let kind = if is_block {
        Kind::NoRoom
    } else {
        Kind::NotResized
    };
    LitepoolEvent::new(kind, pool, block.as_ptr().cast()).of_size(size)
}
