//! Regions are made, come together, and are opened again.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::state::{Link, Mark, sign};
use super::{Place, Regions};
use crate::check::Corruption;
use crate::config::Config;
use crate::control::Counter;
use crate::error::{AttachError, InitError, RegionError};
use crate::heap::{Heap, plan, trimmed};

impl<'m, C: Config, const MORE: usize> Regions<'m, C, MORE> {
    /// Asked for where regions are made, so that what can't be is not compiled.
    pub(crate) const CAN_BE: () = assert!(
        MORE == 0 || C::JOINED && MORE < Link::MOST,
        "more than one region, and no more than 127, need a configuration that is JOINED"
    );

    /// Makes the first region of `memory`, as [`Heap::new`].
    ///
    /// # Errors
    ///
    /// As [`Heap::new`].
    pub fn new(memory: &'m mut [MaybeUninit<u8>]) -> Result<Self, InitError> {
        Heap::new(memory).map(Self::begun_with)
    }

    /// Makes the first region of the `size` bytes at `base`, as [`Heap::from_raw`].
    ///
    /// # Errors
    ///
    /// As [`Heap::from_raw`].
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`].
    pub unsafe fn from_raw(base: NonNull<u8>, size: usize) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        unsafe { Heap::from_raw(base, size) }.map(Self::begun_with)
    }

    /// [`Regions::from_raw`] with a slab that begins with so many bytes of chunks, as [`Heap::from_raw_with_slab_bytes`]. Regions
    /// that are added begin with what the configuration's slab says.
    ///
    /// # Errors
    ///
    /// As [`Heap::from_raw`].
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`].
    pub unsafe fn from_raw_with_slab_bytes(
        base: NonNull<u8>,
        size: usize,
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        unsafe { Heap::from_raw_with_slab_bytes(base, size, bytes) }.map(Self::begun_with)
    }

    /// The regions of which only the first one is there.
    fn begun_with(first: Heap<'m, C>) -> Self {
        let () = Self::CAN_BE;
        Self {
            first,
            more: [const {
                Place {
                    heap: None,
                    preferred: false,
                }
            }; MORE],
        }
    }

    /// Makes a region of `memory` and joins it; gives its number. Bytes at either end that do not make a whole granule are left out.
    ///
    /// Time as [`Heap::new`]. What was used before, the peak and the preferred region stay as they are.
    ///
    /// # Errors
    ///
    /// [`RegionError`]; the memory and the other regions are untouched.
    pub fn add_region(&mut self, memory: &'m mut [MaybeUninit<u8>]) -> Result<usize, RegionError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { self.add_region_raw(base, size) }
    }

    /// Makes a region of the `size` bytes at `base` and joins it; gives its number. They may lie anywhere.
    ///
    /// # Errors
    ///
    /// As [`Regions::add_region`]; [`RegionError::Misaligned`] unless base and size are multiples
    /// of the granule, and [`RegionError::BeyondAddressSpace`].
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`]. Bytes of another region are refused.
    pub unsafe fn add_region_raw(
        &mut self,
        base: NonNull<u8>,
        size: usize,
    ) -> Result<usize, RegionError> {
        plan::<C>(base, size)?;
        if let Some((start, size)) = self.touched_by(base, size) {
            return Err(RegionError::Overlap { start, size });
        }
        let number = self.count();
        if number > MORE {
            return Err(RegionError::TooMany);
        }
        // SAFETY: the caller's promise.
        let heap = unsafe { Heap::from_raw(base, size)? };
        self.join(heap);
        Ok(number)
    }

    /// A region that has bytes in common with these: where it begins, and its size.
    fn touched_by(&self, base: NonNull<u8>, size: usize) -> Option<(usize, usize)> {
        let start = base.addr().get();
        self.heaps()
            .map(|heap| (heap.arena().base_address(), heap.arena().size()))
            .find(|&other| touch((start, size), other))
    }

    /// Makes `heap`, which is new, the next region, for which there is a place.
    pub(crate) fn join(&mut self, heap: Heap<'m, C>) {
        let number = self.count();
        let (first, new) = (self.first.arena(), heap.arena());
        let Some(place) = self.more.get_mut(number - 1) else {
            return;
        };
        place.heap = Some(heap);
        let mark = if number == 1 {
            first.set_common_peak(first.counter(Counter::Peak));
            Mark::beginning(first.base_address())
        } else {
            first.link().mark()
        };
        new.set_region_sign(sign(new.base_address()));
        new.set_link(Link::of_later(number, mark));
        first.set_link(Link::of_first(
            number + 1,
            mark.after(new.region_sign(), new.end()),
        ));
    }

    /// Opens the regions that are already in this memory, given by base and size in the order in which they were joined, as
    /// [`Heap::attach`]. All of them may lie elsewhere than when they were made, and at other distances.
    ///
    /// # Errors
    ///
    /// See [`AttachError`]: besides what [`Heap::attach`] finds in one of them, [`AttachError::Regions`] and
    /// [`AttachError::NotJoined`] if they are not all of those that were joined, each in its place. The memory is untouched.
    ///
    /// # Safety
    ///
    /// As [`Heap::attach`], of each. Those that overlap are refused.
    pub unsafe fn attach(regions: &[(NonNull<u8>, usize)]) -> Result<Self, AttachError> {
        let Some((&(base, size), more)) = regions.split_first() else {
            return Err(AttachError::Memory(InitError::TooSmall));
        };
        if MORE == 0 && !C::JOINED && more.is_empty() {
            // SAFETY: the caller's promise.
            return unsafe { Heap::attach(base, size) }.map(Self::begun_with);
        }
        apart::<C>(regions)?;
        // SAFETY: the caller's promise.
        let mut attached = Self::begun_with(unsafe { Heap::attach(base, size)? });
        if C::JOINED {
            let link = attached.first.arena().link();
            if !link.is_first() {
                return Err(AttachError::NotJoined { region: 0 });
            }
            if link.number() > MORE + 1 {
                return Err(AttachError::TooManyRegions {
                    joined: link.number(),
                    most: MORE + 1,
                });
            }
            if link.number() != regions.len() {
                return Err(AttachError::Regions {
                    joined: link.number(),
                    given: regions.len(),
                });
            }
        } else if !more.is_empty() {
            return Err(AttachError::NotJoined { region: 1 });
        }
        for (number, (place, &(base, size))) in (1..).zip(attached.more.iter_mut().zip(more)) {
            // SAFETY: the caller's promise, and no other region has these bytes.
            let heap = unsafe { Heap::attach(base, size) };
            place.heap = Some(heap.map_err(|error| in_region(error, number))?);
        }
        if C::JOINED {
            if let Some(region) = attached.stranger() {
                return Err(AttachError::NotJoined { region });
            }
            attached.check_common_peak().map_err(AttachError::Corrupt)?;
        }
        Ok(attached)
    }

    /// The number of a region that does not fit into the chain of marks.
    pub(super) fn stranger(&self) -> Option<usize> {
        let (count, first) = (self.count(), self.first.arena().link());
        if count == 1 {
            return (first != Link::ALONE).then_some(0);
        }
        let mut mark = None;
        for (number, heap) in self.heaps().enumerate().skip(1) {
            let (arena, link) = (heap.arena(), heap.arena().link());
            let expected = mark.unwrap_or(link.mark());
            if link != Link::of_later(number, expected) {
                return Some(number);
            }
            mark = Some(expected.after(arena.region_sign(), arena.end()));
        }
        if mark != Some(first.mark()) {
            return Some(count - 1);
        }
        (first != Link::of_first(count, first.mark())).then_some(0)
    }
}

/// Says which two regions, if any, have bytes in common, before one of them is looked into.
fn apart<C: Config>(regions: &[(NonNull<u8>, usize)]) -> Result<(), InitError> {
    for (number, &(base, size)) in regions.iter().enumerate() {
        plan::<C>(base, size)?;
        let this = (base.addr().get(), size);
        let others = regions.iter().take(number);
        let touched = others
            .map(|&(base, size)| (base.addr().get(), size))
            .find(|&other| touch(this, other));
        if let Some((start, size)) = touched {
            return Err(InitError::Overlap { start, size });
        }
    }
    Ok(())
}

/// Have two regions, each told by its address and size, a byte in common?
fn touch(one: (usize, usize), other: (usize, usize)) -> bool {
    let holds = |(start, size): (usize, usize), address: usize| address.wrapping_sub(start) < size;
    holds(one, other.0) || holds(other, one.0)
}

fn in_region(error: AttachError, region: usize) -> AttachError {
    match error {
        AttachError::Corrupt(corruption) => {
            AttachError::Corrupt(Corruption::in_region(corruption, region))
        }
        error => error,
    }
}
