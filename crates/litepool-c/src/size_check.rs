//! How large a block is, and what is left of it from an address on.

use core::ffi::c_void;
use core::ptr::NonNull;

use litepool::{NodeCheckLevel, NodeSize, NodeSizeError, node_check_level, set_node_check_level};

use crate::{LOS_OK, handles};

const PARA_NULL: u32 = 0x0200_0101;
const OUTSIDE: u32 = 0x0200_0102;
const NO_HEAD: u32 = 0x0200_0103;
const WRONG_LEVEL: u32 = 0x0200_0104;
const DISABLED: u32 = 0x0200_0105;

/// Sets what `LOS_MemNodeSizeCheck` demands of an address, for all pools.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemCheckLevelSet(checkLevel: u8) -> u32 {
    let levels = [
        NodeCheckLevel::Low,
        NodeCheckLevel::High,
        NodeCheckLevel::Disabled,
    ];
    let Some(level) = levels.into_iter().find(|&level| level as u8 == checkLevel) else {
        return WRONG_LEVEL;
    };
    set_node_check_level(level);
    LOS_OK
}

/// What was set.
#[unsafe(no_mangle)]
pub extern "C" fn LOS_MemCheckLevelGet() -> u8 {
    node_check_level() as u8
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
    if node_check_level() == NodeCheckLevel::Disabled {
        return DISABLED;
    }
    let (Some(address), false, false, false) = (
        NonNull::new(ptr.cast::<u8>()),
        pool.is_null(),
        totalSize.is_null() || !totalSize.is_aligned(),
        availSize.is_null() || !availSize.is_aligned(),
    ) else {
        return PARA_NULL;
    };
    let Some(live) = handles::find(pool) else {
        return OUTSIDE;
    };
    match live.lock(|heap| heap.node_size(address)) {
        Ok(Ok(NodeSize { total, available })) => {
            // SAFETY: not null and on its boundary, so the caller's promise holds.
            unsafe {
                totalSize.write(total as u32);
                availSize.write(available as u32);
            }
            LOS_OK
        }
        Ok(Err(NodeSizeError::NotABlock)) => NO_HEAD,
        Ok(Err(NodeSizeError::Disabled)) => DISABLED,
        _ => OUTSIDE,
    }
}
