//! Regions are made, joined, and opened again.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::link::{self, Link, Mark};
use super::{RegionInfo, Regions};
use crate::config::Config;
use crate::corruption::{Broken, Corruption};
use crate::error::{AttachError, InitError, RegionError};
use crate::heap::{Plan, Region, plan, trimmed};
use crate::layout::Field;
use crate::range::Range;

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// Asked for where regions are made, so that what can't be is not compiled.
    pub(crate) const CAN_BE: () = assert!(
        MORE == 0 || MORE < C::REGIONS && C::REGIONS <= Link::MOST,
        "more than one region, and no more than 127, need a Config::REGIONS that allows them"
    );

    /// Makes a pool of `memory`.
    ///
    /// Bytes at either end that do not make a whole granule are left out. Time grows with the
    /// number of free lists that a pool of this size can fill: with [`Tlsf`](crate::fit::Tlsf) 223
    /// at most. With a slab it also grows with the pool, by a byte for each place of a slab,
    /// and with the slabs that it begins with.
    ///
    /// # Errors
    ///
    /// [`InitError::TooSmall`] and [`InitError::TooLarge`]; the memory is untouched.
    pub fn new(memory: &'m mut [MaybeUninit<u8>]) -> Result<Self, InitError> {
        Self::with_slab_bytes(memory, &[])
    }

    /// [`Regions::new`] in the `size` bytes at `base`, for addresses from a linker script.
    ///
    /// # Errors
    ///
    /// [`InitError::Misaligned`] unless base and size are multiples of the granule,
    /// [`InitError::BeyondAddressSpace`], else as [`Regions::new`].
    ///
    /// # Safety
    ///
    /// The bytes are valid for reads and writes for `'m`, and nothing else uses them, except
    /// blocks that this heap allocates.
    pub unsafe fn from_raw(base: NonNull<u8>, size: usize) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        unsafe { Self::from_raw_with_slab_bytes(base, size, &[]) }
    }

    /// [`Regions::new`] of a pool that begins with so many bytes of slabs for each class, rounded
    /// up to whole slabs. Classes beyond the end of `bytes` begin with what the
    /// [`Slab`](crate::slab::Slab) says, and so do those of regions that are added.
    ///
    /// If all of them together are more than half of the pool, none are taken.
    pub fn with_slab_bytes(
        memory: &'m mut [MaybeUninit<u8>],
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { Self::from_raw_with_slab_bytes(base, size, bytes) }
    }

    /// [`Regions::with_slab_bytes`], as [`Regions::from_raw`].
    ///
    /// # Safety
    ///
    /// As [`Regions::from_raw`].
    pub unsafe fn from_raw_with_slab_bytes(
        base: NonNull<u8>,
        size: usize,
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        Ok(unsafe { Self::make(plan::<C>(base, size)?, bytes) })
    }

    /// The same of memory that can be a pool.
    ///
    /// # Safety
    ///
    /// As [`Regions::from_raw`], of the planned memory; the plan is for this configuration.
    pub(crate) unsafe fn make(plan: Plan, bytes: &[usize]) -> Self {
        // SAFETY: the caller's promise.
        Self::beginning_with(unsafe { Region::make(plan, bytes) })
    }

    /// Opens the pool that is already in the `size` bytes at `base`: after a warm restart, or a
    /// copy of a device's memory. The machine that made it may have had another word size.
    ///
    /// The whole pool is checked first: time is linear in the number of blocks, and with a slab in
    /// the pool's size. One of several joined regions opens alone with `MORE = 0`; else see
    /// [`Regions::attach_regions`].
    ///
    /// # Errors
    ///
    /// See [`AttachError`]; the memory is untouched. (On success, [`Check::Hardened`] with a slab
    /// writes the check words of the slabs: the pool may have been in use without.)
    ///
    /// # Safety
    ///
    /// As [`Regions::from_raw`], and the bytes are initialised, with whatever.
    ///
    /// [`Check::Hardened`]: crate::Check::Hardened
    pub unsafe fn attach(base: NonNull<u8>, size: usize) -> Result<Self, AttachError> {
        if MORE != 0 {
            // SAFETY: the caller's promise.
            return unsafe { Self::attach_regions(&[(base, size)]) };
        }
        // SAFETY: the caller's promise.
        let region = unsafe { Region::attach(base, size)? };
        region.confirm();
        Ok(Self::beginning_with(region))
    }

    /// Opens the regions that are already in this memory, given by base and size in the order in
    /// which they were joined, as [`Regions::attach`]. All of them may lie elsewhere than when
    /// they were made, and at other distances.
    ///
    /// # Errors
    ///
    /// See [`AttachError`]: besides what [`Regions::attach`] finds in one of them,
    /// [`AttachError::Regions`] and [`AttachError::NotJoined`] if they are not all of those that
    /// were joined, each in its place. The memory is untouched.
    ///
    /// # Safety
    ///
    /// As [`Regions::attach`], of each. Those that overlap are refused.
    pub unsafe fn attach_regions(regions: &[(NonNull<u8>, usize)]) -> Result<Self, AttachError> {
        let Some((&(base, size), more)) = regions.split_first() else {
            return Err(AttachError::Memory(InitError::TooSmall));
        };
        prove_apart::<C>(regions)?;
        // SAFETY: the caller's promise.
        let mut attached = Self::beginning_with(unsafe { Region::attach(base, size)? });
        attached.expect_count(regions.len())?;
        for (number, (place, &(base, size))) in (1..).zip(attached.more.iter_mut().zip(more)) {
            // SAFETY: the caller's promise, and no other region has these bytes.
            let region = unsafe { Region::attach(base, size) };
            *place = Some(region.map_err(|error| match error {
                AttachError::Corrupt(found) => AttachError::Corrupt(found.in_region(number)),
                error => error,
            })?);
        }
        if let Some(region) = attached.stranger() {
            return Err(AttachError::NotJoined { region });
        }
        attached.check_peak().map_err(AttachError::Corrupt)?;
        attached.all().for_each(Region::confirm);
        Ok(attached)
    }

    /// The regions of which only the first one is there.
    fn beginning_with(first: Region<'m, C>) -> Self {
        let () = Self::CAN_BE;
        Self {
            first,
            more: [const { None }; MORE],
            is_preferred: [false; MORE],
        }
    }

    /// Are as many regions joined with the first one as are given, and no more than there can be?
    fn expect_count(&self, given: usize) -> Result<(), AttachError> {
        let link = Link::read(self.first.chain());
        let joined = link.count();
        if !link.is_first() {
            Err(AttachError::NotJoined { region: 0 })
        } else if C::REGIONS < 2 && given > 1 {
            Err(AttachError::NotJoined { region: 1 })
        } else if joined > MORE + 1 {
            Err(AttachError::TooManyRegions {
                joined,
                most: MORE + 1,
            })
        } else if joined != given {
            Err(AttachError::Regions { joined, given })
        } else {
            Ok(())
        }
    }

    /// Makes a region of `memory` and joins it; gives its number. Bytes at either end that do not
    /// make a whole granule are left out.
    ///
    /// Time as [`Regions::new`]. What was used before, the peak and the preferred region stay as
    /// they are.
    ///
    /// # Errors
    ///
    /// [`RegionError`]; the memory and the other regions are untouched.
    pub fn add_region(&mut self, memory: &'m mut [MaybeUninit<u8>]) -> Result<usize, RegionError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { self.add_region_raw(base, size) }
    }

    /// [`Regions::add_region`] of the `size` bytes at `base`, whole granules. They may lie
    /// anywhere.
    ///
    /// # Safety
    ///
    /// As [`Regions::from_raw`]. Bytes of another region are refused.
    pub unsafe fn add_region_raw(
        &mut self,
        base: NonNull<u8>,
        size: usize,
    ) -> Result<usize, RegionError> {
        let plan = plan::<C>(base, size)?;
        let range = Range { base, size };
        let of_region = |RegionInfo { base, size }| Range { base, size };
        let touched = self
            .regions()
            .map(of_region)
            .find(|other| other.touches(range));
        if let Some(other) = touched {
            return Err(other.overlap().into());
        }
        if self.count() > MORE {
            return Err(RegionError::TooMany);
        }
        // SAFETY: the caller's promise.
        Ok(self.join(unsafe { Region::make(plan, &[]) }))
    }

    /// Makes `region`, which is new, the next one, for which there is a place; gives its number.
    pub(crate) fn join(&mut self, region: Region<'m, C>) -> usize {
        let number = self.count();
        let (first, new) = (self.first.chain(), region.chain());
        let mark = if number == 1 {
            link::set_second(first, first.field(Field::Peak));
            Mark::beginning(first.memory().address())
        } else {
            Link::read(first).mark()
        };
        let sign = link::sign(new.memory().address());
        link::set_second(new, sign);
        Link::of_later(number, mark).write(new);
        Link::of_first(number + 1, mark.after(sign, new.end().0)).write(first);
        if let Some(place) = self.more.get_mut(number - 1) {
            *place = Some(region);
        }
        number
    }

    /// Proves that all regions belong together.
    pub(super) fn check_links(&self) -> Result<(), Corruption> {
        if let Some(region) = self.stranger() {
            return Err(Corruption::of_pool(Broken::Regions).in_region(region));
        }
        self.check_peak()
    }

    /// The number of a region that does not fit into the chain of marks.
    fn stranger(&self) -> Option<usize> {
        let (count, first) = (self.count(), Link::read(self.first.chain()));
        if count == 1 {
            return (first != Link::ALONE).then_some(0);
        }
        let mut mark = None;
        for (number, region) in self.all().enumerate().skip(1) {
            let blocks = region.chain();
            let link = Link::read(blocks);
            let expected = mark.unwrap_or(link.mark());
            if link != Link::of_later(number, expected) {
                return Some(number);
            }
            mark = Some(expected.after(link::second(blocks), blocks.end().0));
        }
        if mark != Some(first.mark()) {
            return Some(count - 1);
        }
        (first != Link::of_first(count, first.mark())).then_some(0)
    }

    /// Proves that the peak of all regions is neither less than what is used, nor more than there
    /// is.
    fn check_peak(&self) -> Result<(), Corruption> {
        let capacities = self.all().map(|region| region.chain().capacity());
        let capacity = capacities.fold(0, u32::saturating_add);
        if self.count() == 1 || (self.used()..=capacity).contains(&self.peak()) {
            Ok(())
        } else {
            Err(Corruption::of_pool(Broken::Regions))
        }
    }

    /// More may be used of all regions than ever before.
    #[inline]
    pub(super) fn keep_peak(&self) {
        if MORE != 0 && self.count() > 1 {
            let (used, first) = (self.used(), self.first.chain());
            if used > link::second(first) {
                link::set_second(first, used);
            }
        }
    }

    /// Granules in used blocks of all regions.
    fn used(&self) -> u32 {
        let used = self.all().map(|region| region.chain().field(Field::Used));
        used.fold(0, u32::saturating_add)
    }

    /// Granules of all regions that were used at most.
    pub(super) fn peak(&self) -> u32 {
        if self.count() > 1 {
            link::second(self.first.chain())
        } else {
            self.first.chain().field(Field::Peak)
        }
    }

    /// Has the peak of several regions start again from what is used now.
    pub(super) fn reset_common_peak(&self) {
        if self.count() > 1 {
            link::set_second(self.first.chain(), self.used());
        }
    }
}

/// Says which two regions, if any, have bytes in common, before one of them is looked into.
fn prove_apart<C: Config>(regions: &[(NonNull<u8>, usize)]) -> Result<(), InitError> {
    let ranges = || regions.iter().map(|&(base, size)| Range { base, size });
    for (number, range) in ranges().enumerate() {
        plan::<C>(range.base, range.size)?;
        if let Some(other) = ranges().take(number).find(|other| other.touches(range)) {
            return Err(other.overlap());
        }
    }
    Ok(())
}
