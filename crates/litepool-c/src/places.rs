//! Where the regions of a pool are, so that a block's offset becomes an address.

use core::ffi::c_void;
use core::ptr;

use litepool::RegionInfo;

use crate::choice::MORE_REGIONS;
use crate::handles::LivePool;

/// The regions of a pool.
pub struct Places {
    /// The first one begins where the pool does.
    pool: *const c_void,
    more: [Option<RegionInfo>; MORE_REGIONS],
}

impl Places {
    /// Of the pool at `pool`, which is not in the middle of a walk.
    pub fn of(pool: *const c_void, live: &LivePool) -> Self {
        let mut more = [None; MORE_REGIONS];
        if MORE_REGIONS != 0 {
            let _ = live.lock(|heap| {
                for (place, region) in more.iter_mut().zip(heap.regions().skip(1)) {
                    *place = Some(region);
                }
            });
        }
        Self { pool, more }
    }

    /// The address at this offset in a region.
    pub fn address(&self, region: usize, offset: usize) -> *const c_void {
        let base = match region.checked_sub(1) {
            None => self.pool.cast(),
            Some(number) => match self.more.get(number) {
                Some(Some(region)) => region.base.as_ptr().cast_const(),
                _ => return ptr::null(),
            },
        };
        base.wrapping_add(offset).cast()
    }
}
