//! How many bytes of chunks the slab of the next pool begins with.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::handles::LivePool;

/// The slab's classes: 16, 32, 64 and 128 bytes.
const CLASSES: usize = 4;
/// The least for a class, and what it begins with unless told otherwise.
const LEAST: u32 = 512;

static BYTES: [AtomicU32; CLASSES] = [const { AtomicU32::new(LEAST) }; CLASSES];

/// Sets the bytes of each of the four classes for the pool that is initialised next. Anything but four is ignored.
///
/// # Safety
///
/// `cfg` is null, or valid for reads of `cnt` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_SlabSizeCfg(cfg: *const u32, cnt: u32) {
    if cfg.is_null() || !cfg.is_aligned() || cnt as usize != CLASSES {
        return;
    }
    // SAFETY: the caller's promise.
    let wanted = unsafe { &*cfg.cast::<[u32; CLASSES]>() };
    for (bytes, wanted) in BYTES.iter().zip(wanted) {
        bytes.store((*wanted).max(LEAST), Ordering::Relaxed);
    }
}

/// Makes a pool with what was configured; a pool that is made has used it up.
///
/// # Safety
///
/// As [`litepool::Pool::init`].
pub unsafe fn init(pool: &'static LivePool, base: NonNull<u8>, size: usize) -> bool {
    let bytes = BYTES
        .each_ref()
        .map(|bytes| bytes.load(Ordering::Relaxed) as usize);
    // SAFETY: the caller's promise.
    let is_made = unsafe { pool.init_with_slab_bytes(base, size, &bytes) }.is_ok();
    if is_made {
        for bytes in &BYTES {
            bytes.store(LEAST, Ordering::Relaxed);
        }
    }
    is_made
}
