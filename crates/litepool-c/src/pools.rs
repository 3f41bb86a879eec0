//! Pools are made and forgotten.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use crate::events::{Kind, LitepoolEvent};
use crate::{code, handles};

/// Makes the `size` bytes at `pool` a pool, once. `LOS_NOK` for memory that can be none, or that touches a live pool outside of one of
/// its used blocks, or if there is no handle left; then the memory is untouched. Time as [`litepool::Heap::new`].
///
/// # Safety
///
/// The bytes are valid for reads and writes until `LOS_MemDeInit`, and nothing else uses them but through blocks of this pool.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemInit(pool: *mut c_void, size: u32) -> u32 {
    let Some(base) = NonNull::new(pool.cast()) else {
        return code(false);
    };
    let is_made = handles::establish(base, |pool| {
        #[cfg(feature = "kernel-mem-slab-extention")]
        // SAFETY: the caller's promise.
        let made = unsafe { crate::slab::init(pool, base, size as usize) };
        #[cfg(not(feature = "kernel-mem-slab-extention"))]
        // SAFETY: the caller's promise.
        let made = unsafe { pool.init(base, size as usize) }.is_ok();
        made
    });
    if is_made {
        LitepoolEvent::new(Kind::Init, pool, ptr::null())
            .of_size(size)
            .tell();
    }
    code(is_made)
}

/// Forgets a pool. `LOS_NOK` if it is not live, or holds another live one.
///
/// # Safety
///
/// Nothing uses a block of the pool any more.
#[cfg(feature = "mem-mul-pool")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemDeInit(pool: *mut c_void) -> u32 {
    let is_forgotten = handles::forget(pool);
    if is_forgotten {
        LitepoolEvent::new(Kind::Deinit, pool, ptr::null()).tell();
    }
    code(is_forgotten)
}

/// The pool takes no lock from now on. What is no live pool is ignored.
///
/// # Safety
///
/// No two threads or interrupt handlers use the pool at the same time any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemUnlockEnable(pool: *mut c_void) {
    if let Some(pool) = handles::find(pool) {
        pool.raw_lock().switch(true);
    }
}

/// Takes the `size` bytes at `memory` for the handles of further pools than the library's table has room for; gives their number.
///
/// # Safety
///
/// Nothing else ever uses these bytes again.
#[cfg(feature = "mem-mul-pool")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn litepool_add_handles(memory: *mut c_void, size: u32) -> u32 {
    match NonNull::new(memory.cast()) {
        // SAFETY: the caller's promise.
        Some(memory) => unsafe { handles::add(memory, size as usize) as u32 },
        None => 0,
    }
}
