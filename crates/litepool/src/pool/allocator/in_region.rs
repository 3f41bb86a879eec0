//! A pool's region as the allocator of a collection.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use super::Source;
use crate::config::Config;
use crate::error::RegionError;
use crate::heap::Moved;
use crate::inspect::Stats;
use crate::lock::{DefaultLock, Lock};
use crate::pool::{Pool, SHORT_COPY, resize_by};

/// A [`Pool`] as the allocator of a collection that wishes for a region: on-chip memory for what an
/// interrupt handler touches, external memory for a frame. Made by [`Pool::preferring`] and
/// [`Pool::in_region`].
///
/// ```
/// # #[cfg(feature = "allocator-api2")] {
/// use allocator_api2::vec::Vec;
/// # use core::mem::MaybeUninit;
/// use litepool::{Config, InRegion, Pool, fit::Tlsf, lock::DefaultLock};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const REGIONS: usize = 2;
/// }
///
/// static HEAP: Pool<Device, DefaultLock, 1> = Pool::new();
///
/// /// There, while there is room; else on-chip.
/// static EXTERNAL: InRegion<Device, DefaultLock, 1> = HEAP.preferring(1);
/// /// There or nowhere.
/// static ON_CHIP: InRegion<Device, DefaultLock, 1> = HEAP.in_region(0);
///
/// # let on_chip = Box::leak(Box::new([MaybeUninit::uninit(); 2048]));
/// # let external = Box::leak(Box::new([MaybeUninit::uninit(); 65536]));
/// HEAP.init_static(on_chip).unwrap();
/// HEAP.add_region_static(external).unwrap();
///
/// let mut frame = Vec::new_in(EXTERNAL);
/// frame.resize(32 << 10, 0_u8);
/// let mut samples: Vec<u16, _> = Vec::new_in(ON_CHIP);
/// assert!(samples.try_reserve(4000).is_err());
/// assert_eq!(samples.allocator().stats().unwrap().failures, 1);
/// assert!(EXTERNAL.stats().unwrap().used >= 32 << 10);
/// # }
/// ```
///
/// It may be made before the pool has the region, which is asked for at each request: as long as
/// there is none of that number, nothing is allocated.
///
/// A block that grows stays in its region while there is room, as [`Pool::resize`] does; then it
/// moves to the region that is wished for, or to one of the others, or, from
/// [`Pool::in_region`], nowhere.
pub struct InRegion<'p, C: Config, L: Lock = DefaultLock, const MORE: usize = 0> {
    pool: &'p Pool<C, L, MORE>,
    region: usize,
    elsewhere: bool,
}

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// This pool for collections that begin with `region`: others serve them if that one has no
    /// room. As [`Regions::allocate_preferring`](crate::Regions::allocate_preferring).
    #[must_use]
    pub const fn preferring(&self, region: usize) -> InRegion<'_, C, L, MORE> {
        InRegion {
            pool: self,
            region,
            elsewhere: true,
        }
    }

    /// This pool for collections that are in `region` or nowhere. As
    /// [`Regions::allocate_in`](crate::Regions::allocate_in).
    #[must_use]
    pub const fn in_region(&self, region: usize) -> InRegion<'_, C, L, MORE> {
        InRegion {
            pool: self,
            region,
            elsewhere: false,
        }
    }
}

impl<'p, C: Config, L: Lock, const MORE: usize> InRegion<'p, C, L, MORE> {
    /// The pool.
    #[must_use]
    pub const fn pool(&self) -> &'p Pool<C, L, MORE> {
        self.pool
    }

    /// The number of the region.
    #[must_use]
    pub const fn region(&self) -> usize {
        self.region
    }

    /// The region's figures, as [`Regions::region_stats`](crate::Regions::region_stats).
    ///
    /// # Errors
    ///
    /// [`RegionError::NotReady`], [`RegionError::NoSuchRegion`].
    pub fn stats(&self) -> Result<Stats, RegionError> {
        let stats = self.pool.lock(|heap| heap.region_stats(self.region))?;
        stats.ok_or(RegionError::NoSuchRegion)
    }
}

impl<C: Config, L: Lock, const MORE: usize> Source for InRegion<'_, C, L, MORE> {
    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (size, align) = (layout.size(), layout.align());
        let mut guard = self.pool.guard().ok()?;
        let heap = guard.heap();
        let allocated = if self.elsewhere {
            heap.allocate_preferring(self.region, size, align)
        } else {
            heap.allocate_in(self.region, size, align)
        };
        allocated.ok()
    }

    unsafe fn free(&self, pointer: NonNull<u8>) {
        // SAFETY: the caller's promise.
        unsafe { self.pool.free_or_count(pointer) };
    }

    unsafe fn reallocate(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        let (size, align) = (new.size(), new.align());
        let start = self.elsewhere.then_some(self.region);
        let allocate = || Source::allocate(self, new);
        let resize = |align| {
            resize_by!(
                self.pool,
                begin_resize_from(|_| start),
                pointer,
                size,
                align
            )
        };
        // SAFETY: the caller's promise.
        unsafe {
            self.pool
                .reallocate_by(pointer, old, size, align, allocate, resize)
        }
    }
}

impl<C: Config, L: Lock, const MORE: usize> Clone for InRegion<'_, C, L, MORE> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Config, L: Lock, const MORE: usize> Copy for InRegion<'_, C, L, MORE> {}

impl<C: Config, L: Lock, const MORE: usize> fmt::Debug for InRegion<'_, C, L, MORE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InRegion")
            .field("region", &self.region)
            .field("elsewhere", &self.elsewhere)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
