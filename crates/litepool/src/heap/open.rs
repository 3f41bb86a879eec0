//! A heap is made of memory, or opened in it.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Region;
use crate::block::{Blocks, Header};
use crate::config::{Config, ShapeOf, layout_of};
use crate::error::{AttachError, InitError};
use crate::event::What;
use crate::fit::{self, Free, pending};
use crate::inspect;
use crate::layout::{Field, Layout};
use crate::memory::{Memory, WORD};

impl<'m, C: Config> Region<'m, C> {
    /// Makes a pool as planned that begins with so many bytes of slabs; see
    /// [`Heap::with_slab_bytes`](crate::Heap::with_slab_bytes).
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`](crate::Heap::from_raw), of the planned memory; the plan is for this
    /// configuration.
    pub unsafe fn make(plan: Plan, bytes: &[usize]) -> Self {
        // SAFETY: the caller's promise.
        let mut heap = unsafe { Self::over(plan) };
        heap.initialise();
        heap.initialise_slab(bytes);
        let size = plan.size as usize;
        heap.notify(What::Initialised { size });
        heap
    }

    /// Makes the control block, one free block over all between it and the end block, and that.
    fn initialise(&mut self) {
        let blocks = &self.blocks;
        let (first, end) = (blocks.first(), blocks.end());
        let memory = blocks.memory();
        // Which is the index without a block, too.
        for offset in (0..blocks.offset(first) - WORD).step_by(WORD) {
            memory.store(offset, 0);
        }
        blocks.layout().write(memory, end.0);
        blocks.set_header(
            end,
            Header::used(0, end.0, blocks.size_bits()).with_previous_free(),
        );
        blocks.make_free(first, blocks.capacity());
        blocks.set_field(Field::FreeBlocks, 1);
        let free = Free {
            block: first,
            size: blocks.capacity(),
        };
        pending::replace::<C::Fit, _>(blocks, Free::NONE, free);
    }

    /// Opens the pool that is already in the `size` bytes at `base`; see
    /// [`Heap::attach`](crate::Heap::attach). Nothing is written before [`Region::confirm`].
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn attach(base: NonNull<u8>, size: usize) -> Result<Self, AttachError> {
        let plan = plan::<C>(base, size).map_err(AttachError::Memory)?;
        // SAFETY: the caller's promise.
        let heap = unsafe { Self::over(plan) };
        let memory = heap.blocks.memory();
        let (found, granules) = Layout::read(memory)?;
        let expected = heap.blocks.layout();
        // In granules of its own: a pool of another configuration is not one of another size.
        let stated = (granules as usize).saturating_mul(found.choices.granule);
        if stated != size {
            return Err(AttachError::Size {
                found: stated,
                given: size,
            });
        }
        if !expected.is_stated(memory, plan.end) {
            return Err(AttachError::Configuration {
                found: found.choices,
                expected: expected.choices,
            });
        }
        if !heap.states_slab() {
            return Err(AttachError::Classes);
        }
        // As it was last in use: with check words in its slabs, or without.
        let image = Blocks::new(*memory, found, plan.first);
        inspect::check(&image).map_err(AttachError::Corrupt)?;
        Ok(heap)
    }

    /// The pool that was opened serves: it states how much of it is proved from now on.
    pub fn confirm(&self) {
        let (memory, granules) = (self.blocks.memory(), self.blocks.end().0);
        self.blocks.layout().write(memory, granules);
        self.confirm_slabs();
        let size = memory.size() as usize;
        self.notify(What::Initialised { size });
    }

    /// # Safety
    ///
    /// As [`Region::make`].
    unsafe fn over(plan: Plan) -> Self {
        // SAFETY: the caller's promise.
        let memory = unsafe { Memory::new(plan.base, plan.size) };
        Self {
            blocks: Blocks::new(memory, ShapeOf::NEW, plan.first),
            memory: PhantomData,
        }
    }
}

/// How memory is divided for a pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    base: NonNull<u8>,
    /// Bytes.
    size: u32,
    /// Granules.
    end: u32,
    /// The granule of the first block.
    first: u32,
}

impl Plan {
    /// For a pool of the `size` bytes at `base`, if it can be one.
    fn of<C: Config>(base: NonNull<u8>, size: usize) -> Result<Self, InitError> {
        let layout = const { &layout_of::<C>() };
        let most = C::MAX_SIZE.min(i32::MAX as usize);
        let Some(size) = u32::try_from(size).ok().filter(|_| size <= most) else {
            return Err(InitError::TooLarge);
        };
        let end = size >> layout.granule_shift;
        let first = fit::first_block(layout, end);
        if first + layout.min > end {
            return Err(InitError::TooSmall);
        }
        Ok(Self {
            base,
            size,
            end,
            first,
        })
    }
}

/// The whole granules of `memory`.
pub(crate) fn trimmed<C: Config>(
    memory: &mut [MaybeUninit<u8>],
) -> Result<(NonNull<u8>, usize), InitError> {
    let granule = C::GRANULE;
    let skipped = memory.as_ptr().addr().wrapping_neg().rem_euclid(granule);
    let memory = memory.get_mut(skipped..).ok_or(InitError::TooSmall)?;
    let size = memory.len() - memory.len() % granule;
    Ok((NonNull::from(memory).cast(), size))
}

/// The whole granules from `start` up to `end`, that one not included; none if it is before that.
pub(crate) fn between<C: Config>(
    start: *mut u8,
    end: *mut u8,
) -> Result<(NonNull<u8>, usize), InitError> {
    let skipped = start.addr().wrapping_neg() % C::GRANULE;
    let size = end.addr().saturating_sub(start.addr());
    let size = size.checked_sub(skipped).ok_or(InitError::TooSmall)?;
    let base = NonNull::new(start.wrapping_add(skipped)).ok_or(InitError::Misaligned)?;
    Ok((base, size - size % C::GRANULE))
}

/// Divides the memory at `base`, or says why it can't be a pool.
pub(crate) fn plan<C: Config>(base: NonNull<u8>, size: usize) -> Result<Plan, InitError> {
    let granule = C::GRANULE;
    if !base.addr().get().is_multiple_of(granule) || !size.is_multiple_of(granule) {
        return Err(InitError::Misaligned);
    }
    let plan = Plan::of::<C>(base, size)?;
    if base.addr().checked_add(size).is_none() {
        return Err(InitError::BeyondAddressSpace);
    }
    Ok(plan)
}
