//! Where the regions of a pool are, so that a block's offset becomes an address.

use core::ffi::c_void;
use core::ptr;

use litepool::RegionInfo;

use crate::choice::MORE_REGIONS;
use crate::handles::LivePool;

/// The regions of a pool.
pub struct Places([Option<RegionInfo>; MORE_REGIONS + 1]);

impl Places {
    /// Of a pool that is not in the middle of a walk.
    pub fn of(pool: &LivePool) -> Self {
        let mut places = [None; MORE_REGIONS + 1];
        let _ = pool.lock(|heap| {
            for (place, region) in places.iter_mut().zip(heap.regions()) {
                *place = Some(region);
            }
        });
        Self(places)
    }

    /// The address at this offset in a region.
    pub fn address(&self, region: usize, offset: usize) -> *mut c_void {
        match self.0.get(region) {
            Some(Some(region)) => region.base.as_ptr().wrapping_add(offset).cast(),
            _ => ptr::null_mut(),
        }
    }

    /// The address right behind the uppermost one.
    #[cfg(feature = "mem-mul-regions")]
    pub fn end(&self) -> usize {
        let ends = self.0.iter().flatten();
        let ends = ends.map(|region| region.base.addr().get().wrapping_add(region.size));
        ends.max().unwrap_or(0)
    }
}
