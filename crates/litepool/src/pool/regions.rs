//! A pool in several regions.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Pool;
use super::list::{self, Range, RegionRegistration};
use crate::config::Config;
use crate::error::{AllocError, AttachError, InitError, NotReady, RegionError};
use crate::heap::{Heap, plan, trimmed};
use crate::lock::Lock;
use crate::regions::{Region, Regions};
use crate::stats::Stats;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Makes a region of the `size` bytes at `base` and joins it, as [`Regions::add_region_raw`]; gives its number.
    ///
    /// The region is made without any lock, while the pool is in use.
    ///
    /// # Errors
    ///
    /// [`RegionError`]; the memory is untouched, and so is the pool. Memory that touches any live pool, in a used block or not, is
    /// refused.
    ///
    /// # Safety
    ///
    /// As [`Pool::init`].
    pub unsafe fn add_region(
        &'static self,
        base: NonNull<u8>,
        size: usize,
    ) -> Result<usize, RegionError> {
        let registration = self.register_region(base, size)?;
        // SAFETY: the caller's promise.
        unsafe { self.make_region(registration) }
    }

    /// Registers memory that can be a region.
    fn register_region(
        &'static self,
        base: NonNull<u8>,
        size: usize,
    ) -> Result<RegionRegistration, RegionError> {
        plan::<C>(base, size)?;
        RegionRegistration::new(self, Range { base, size })
    }

    /// Makes a region of memory that is registered, and joins it; gives its number.
    ///
    /// # Safety
    ///
    /// As [`Pool::init`].
    unsafe fn make_region(
        &'static self,
        registration: RegionRegistration,
    ) -> Result<usize, RegionError> {
        let Range { base, size } = registration.range;
        // SAFETY: the caller's promise.
        let heap = unsafe { Heap::from_raw(base, size)? };
        // Nobody can give the pool up meanwhile: a registration is pending.
        let mut session = self.open()?;
        let number = session.count();
        session.join(heap);
        drop(session);
        registration.commit();
        Ok(number)
    }

    /// Makes regions of all of this memory and joins them, or none of it; otherwise as [`Pool::add_region`].
    ///
    /// # Errors
    ///
    /// As [`Pool::add_region`], of the first one that can't be joined. Regions that touch each other are refused, too.
    ///
    /// # Safety
    ///
    /// As [`Pool::add_region`], of each.
    pub unsafe fn add_regions(
        &'static self,
        regions: impl Iterator<Item = (NonNull<u8>, usize)>,
    ) -> Result<(), RegionError> {
        let mut registered = [const { None }; MORE];
        let mut places = registered.iter_mut();
        for (base, size) in regions {
            let registration = self.register_region(base, size);
            *places.next().ok_or(RegionError::TooMany)? = Some(registration?);
        }
        // They can be regions, and are nobody else's: nothing speaks against any of them.
        for registration in registered.into_iter().flatten() {
            // SAFETY: the caller's promise.
            unsafe { self.make_region(registration)? };
        }
        Ok(())
    }

    /// Makes a region of `memory` and joins it; gives its number. Bytes at either end that do not make a whole granule are left out.
    /// Otherwise as [`Pool::add_region`].
    ///
    /// # Errors
    ///
    /// As [`Pool::add_region`].
    pub fn add_region_static(
        &'static self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<usize, RegionError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for ever.
        unsafe { self.add_region(base, size) }
    }

    /// Opens the regions that are already in this memory, as [`Regions::attach`]. The first one may stand in a used block of another
    /// pool, the others may not.
    ///
    /// # Errors
    ///
    /// See [`AttachError`]; the memory is untouched.
    ///
    /// # Safety
    ///
    /// As [`Pool::attach`], of each.
    pub unsafe fn attach_regions(
        &'static self,
        regions: &[(NonNull<u8>, usize)],
    ) -> Result<(), AttachError> {
        let Some((&(base, size), more)) = regions.split_first() else {
            return Err(AttachError::Memory(InitError::TooSmall));
        };
        self.establish(base, size, || {
            for &(base, size) in more {
                plan::<C>(base, size)?;
                register_to_attach(self, Range { base, size }, regions.len())?;
            }
            // SAFETY: the caller's promise.
            let attached = unsafe { Regions::attach(regions)? };
            self.claims.iter().for_each(list::commit);
            Ok(attached)
        })
    }

    /// As [`Regions::allocate_preferring`].
    ///
    /// # Errors
    ///
    /// [`AllocError::NotReady`], else as [`Regions::allocate_preferring`].
    pub fn allocate_preferring(
        &self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.open()?.allocate_preferring(region, size, align)
    }

    /// As [`Regions::allocate_in`].
    ///
    /// # Errors
    ///
    /// [`AllocError::NotReady`], else as [`Regions::allocate_in`].
    pub fn allocate_in(
        &self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.open()?.allocate_in(region, size, align)
    }

    /// As [`Regions::set_preferred`].
    ///
    /// # Errors
    ///
    /// [`RegionError::NotReady`], else as [`Regions::set_preferred`].
    pub fn set_preferred(&self, region: usize) -> Result<(), RegionError> {
        self.open()?.set_preferred(region)
    }

    /// The memory of a region, if there is one of this number.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn region(&self, region: usize) -> Result<Option<Region>, NotReady> {
        Ok(self.open()?.regions().nth(region))
    }

    /// The figures of one region, if there is one of this number, as [`Regions::region_stats`].
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn region_stats(&self, region: usize) -> Result<Option<Stats>, NotReady> {
        Ok(self.open()?.region_stats(region))
    }
}

/// Registers a region of a pool that is about to be attached with so many.
fn register_to_attach<C: Config, L: Lock, const MORE: usize>(
    pool: &'static Pool<C, L, MORE>,
    range: Range,
    given: usize,
) -> Result<(), AttachError> {
    match list::register_more(pool, range) {
        Ok(()) => Ok(()),
        Err(RegionError::Overlap { start, size }) => {
            Err(AttachError::Memory(InitError::Overlap { start, size }))
        }
        Err(_) => Err(AttachError::TooManyRegions {
            joined: given,
            most: MORE + 1,
        }),
    }
}
