//! How large a block is, and what is left of it from an address on.

use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering};

use litepool::State;

use crate::LOS_OK;
use crate::handles;
use crate::places::Places;

const LEVEL_LOW: u8 = 0;
const LEVEL_HIGH: u8 = 1;
const LEVEL_DISABLE: u8 = 0xff;

const PARA_NULL: u32 = 0x0200_0101;
const OUTSIDE: u32 = 0x0200_0102;
const NO_HEAD: u32 = 0x0200_0103;
const WRONG_LEVEL: u32 = 0x0200_0104;
const DISABLED: u32 = 0x0200_0105;

static LEVEL: AtomicU8 = AtomicU8::new(LEVEL_DISABLE);

/// Sets what `LOS_MemNodeSizeCheck` demands of an address, for all pools.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemCheckLevelSet(checkLevel: u8) -> u32 {
    if !matches!(checkLevel, LEVEL_LOW | LEVEL_HIGH | LEVEL_DISABLE) {
        return WRONG_LEVEL;
    }
    LEVEL.store(checkLevel, Ordering::Relaxed);
    LOS_OK
}

/// What was set.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemCheckLevelGet() -> u8 {
    LEVEL.load(Ordering::Relaxed)
}

/// The payload size of the used block at `ptr`, and what is left of it from `ptr` on. At the level LOW, `ptr` has to be the block's
/// start, and it takes constant time; at HIGH, it may be any address of the payload, and the pool's blocks are walked.
///
/// # Safety
///
/// `total` and `avail` are null or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn LOS_MemNodeSizeCheck(
    pool: *mut c_void,
    ptr: *mut c_void,
    totalSize: *mut u32,
    availSize: *mut u32,
) -> u32 {
    let level = LOS_MemCheckLevelGet();
    if level == LEVEL_DISABLE {
        return DISABLED;
    }
    let (Some(address), false, false, false) = (
        NonNull::new(ptr.cast::<u8>()),
        pool.is_null(),
        totalSize.is_null(),
        availSize.is_null(),
    ) else {
        return PARA_NULL;
    };
    match sizes(pool, address, level) {
        Ok((total, available)) => {
            // SAFETY: not null, so the caller's promise holds.
            unsafe {
                totalSize.write(total as u32);
                availSize.write(available as u32);
            }
            LOS_OK
        }
        Err(code) => code,
    }
}

fn sizes(base: *mut c_void, address: NonNull<u8>, level: u8) -> Result<(usize, usize), u32> {
    let pool = handles::find(base).ok_or(OUTSIDE)?;
    let places = Places::of(pool);
    if !places.hold(address.addr().get()) {
        return Err(OUTSIDE);
    }
    if level == LEVEL_LOW {
        let size = pool.usable_size(address).map_err(|_| NO_HEAD)?;
        return Ok((size, size));
    }
    let mut found = Err(NO_HEAD);
    let walked = pool.for_each_block(|block| {
        let start = places.address(block.region, block.offset).addr();
        let inside = address.addr().get().wrapping_sub(start);
        if block.state == State::Used && inside < block.payload {
            found = Ok((block.payload, block.payload - inside));
        }
    });
    walked.map_err(|_| OUTSIDE)?;
    found
}
