//! A pool is made, opened, given regions, and deinitialised.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Pool;
use super::entry::Phase;
use super::list::{self, RegionRegistration, Registration};
use crate::config::Config;
use crate::error::{AttachError, DeinitError, InitError, RegionError};
use crate::heap::{Plan, Region, between, plan, trimmed};
use crate::lock::{Held, Lock};
use crate::range::Range;
use crate::regions::Regions;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Makes a pool of the `size` bytes at `base`, once. Time as [`Regions::new`], and see the
    /// [list of all pools](Pool#the-list-of-all-pools).
    ///
    /// # Safety
    ///
    /// The bytes are valid for reads and writes until [`Pool::deinit`], and nothing else uses
    /// them, except blocks that this pool allocates. If another live pool has them, that is an
    /// error; but bytes within one of its used blocks must be the caller's.
    pub unsafe fn init(&'static self, base: NonNull<u8>, size: usize) -> Result<(), InitError> {
        // SAFETY: the caller's promise.
        unsafe { self.init_with_slab_bytes(base, size, &[]) }
    }

    /// [`Pool::init`] in `memory`. Bytes at either end that do not make a whole granule are left
    /// out.
    pub fn init_static(
        &'static self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<(), InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for ever.
        unsafe { self.init(base, size) }
    }

    /// [`Pool::init`] between two addresses, for symbols of a linker script. Bytes at either end
    /// that do not make a whole granule are left out.
    ///
    /// ```no_run
    /// use litepool::{Pool, config::Pool256K};
    ///
    /// static HEAP: Pool<Pool256K> = Pool::new();
    ///
    /// # #[cfg(target_os = "none")]
    /// unsafe extern "C" {
    ///     static mut _heap_start: u8;
    ///     static mut _heap_end: u8;
    /// }
    /// # #[cfg(not(target_os = "none"))]
    /// # static mut _heap_start: u8 = 0;
    /// # #[cfg(not(target_os = "none"))]
    /// # static mut _heap_end: u8 = 0;
    ///
    /// // SAFETY: the linker script leaves this memory to the heap.
    /// unsafe { HEAP.init_between(&raw mut _heap_start, &raw mut _heap_end)? };
    /// # Ok::<(), litepool::InitError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pool::init`]; [`InitError::TooSmall`] also for an end before the start.
    ///
    /// # Safety
    ///
    /// As [`Pool::init`], of the bytes from `start` up to `end`, that one not included.
    pub unsafe fn init_between(
        &'static self,
        start: *mut u8,
        end: *mut u8,
    ) -> Result<(), InitError> {
        let (base, size) = between::<C>(start, end)?;
        // SAFETY: the caller's promise, of fewer bytes.
        unsafe { self.init(base, size) }
    }

    /// [`Pool::init`] for a slab that begins with so many bytes of slabs for each class, as
    /// [`Regions::with_slab_bytes`].
    ///
    /// # Safety
    ///
    /// As [`Pool::init`].
    pub unsafe fn init_with_slab_bytes(
        &'static self,
        base: NonNull<u8>,
        size: usize,
        bytes: &[usize],
    ) -> Result<(), InitError> {
        self.open(base, size, |plan, _| {
            // SAFETY: the caller's promise.
            Ok(unsafe { Regions::make(plan, bytes) })
        })
    }

    /// Opens the pool that is already in the `size` bytes at `base`, as [`Regions::attach`].
    ///
    /// # Safety
    ///
    /// As [`Pool::init`], and the bytes are initialised, with whatever.
    pub unsafe fn attach(&'static self, base: NonNull<u8>, size: usize) -> Result<(), AttachError> {
        self.open(base, size, |_, _| {
            // SAFETY: the caller's promise.
            unsafe { Regions::attach(base, size) }
        })
    }

    /// Opens the regions that are already in this memory, as [`Regions::attach_regions`]. The
    /// first one may stand in a used block of another pool, the others may not.
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
        self.open(base, size, |_, registration| {
            for &(base, size) in more {
                plan::<C>(base, size)?;
                let registered = registration.add_region(Range { base, size });
                registered.map_err(|error| match error {
                    RegionError::Memory(error) => AttachError::Memory(error),
                    _ => AttachError::TooManyRegions {
                        joined: regions.len(),
                        most: MORE + 1,
                    },
                })?;
            }
            // SAFETY: the caller's promise.
            let attached = unsafe { Regions::attach_regions(regions)? };
            self.region_entries.iter().for_each(list::commit_region);
            Ok(attached)
        })
    }

    /// Registers the memory, makes the heap without any lock, and opens the pool.
    fn open<E: From<InitError>>(
        &'static self,
        base: NonNull<u8>,
        size: usize,
        make: impl FnOnce(Plan, &Registration) -> Result<Regions<'static, C, MORE>, E>,
    ) -> Result<(), E> {
        let plan = plan::<C>(base, size)?;
        let registration = Registration::new(self, Range { base, size })?;
        let heap = make(plan, &registration)?;
        let held = Held::new(&self.lock);
        // SAFETY: the lock is held, and a pool that is only registered has no guard.
        unsafe { (*self.heap.get()).write(heap) };
        self.checked.set(None);
        self.phase.set(Phase::Ready);
        drop(held);
        registration.commit();
        Ok(())
    }

    /// Forgets the pool's memory, which is left as it is: [`Pool::attach`] can open it again. Then
    /// the pool may be initialised anew.
    ///
    /// ```
    /// use litepool::{AllocError, StaticHeap};
    ///
    /// static HEAP: StaticHeap<4096> = StaticHeap::new();
    ///
    /// HEAP.init()?;
    /// // SAFETY: nobody has a block.
    /// unsafe { HEAP.deinit()? };
    /// assert_eq!(HEAP.allocate(100), Err(AllocError::NotReady));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DeinitError::NotReady`], also the second time; [`DeinitError::HoldsPool`].
    ///
    /// # Safety
    ///
    /// Nothing uses a block of this pool any more, and no collection that has the pool for an
    /// allocator holds one.
    pub unsafe fn deinit(&'static self) -> Result<(), DeinitError> {
        list::remove(self, || self.close())
    }

    /// Serves no more, unless another pool stands in it.
    fn close(&self) -> Result<(), DeinitError> {
        let mut guard = self.guard()?;
        if !self.nested.is_empty() {
            return Err(DeinitError::HoldsPool);
        }
        guard.heap().notify_deinit();
        guard.close();
        Ok(())
    }

    /// Makes a region of the `size` bytes at `base` and joins it, as [`Regions::add_region_raw`];
    /// gives its number.
    ///
    /// The region is made without any lock, while the pool is in use.
    ///
    /// # Errors
    ///
    /// [`RegionError`]; the memory is untouched, and so is the pool. Memory that touches any live
    /// pool, in a used block or not, is refused.
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

    /// [`Pool::add_region`] of `memory`. Bytes at either end that do not make a whole granule are
    /// left out.
    pub fn add_region_static(
        &'static self,
        memory: &'static mut [MaybeUninit<u8>],
    ) -> Result<usize, RegionError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for ever.
        unsafe { self.add_region(base, size) }
    }

    /// [`Pool::add_region`] between two addresses, as [`Pool::init_between`].
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn add_region_between(
        &'static self,
        start: *mut u8,
        end: *mut u8,
    ) -> Result<usize, RegionError> {
        let (base, size) = between::<C>(start, end)?;
        // SAFETY: the caller's promise, of fewer bytes.
        unsafe { self.add_region(base, size) }
    }

    /// [`Pool::add_region`] of all of this memory, or of none of it if one can't be a region.
    /// Regions that touch each other are refused, too.
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
        let region = unsafe { Region::make(plan::<C>(base, size)?, &[]) };
        // Nobody can end the pool meanwhile: a registration is pending.
        let number = self.guard()?.heap().join(region);
        registration.commit();
        Ok(number)
    }
}
