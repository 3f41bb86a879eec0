//! A heap is made of memory, or opened in it.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Heap;
use crate::arena::Arena;
use crate::check::check_opened;
use crate::config::Config;
use crate::control::Plan;
use crate::error::{AttachError, InitError};
use crate::event::What;

impl<'m, C: Config> Heap<'m, C> {
    /// Makes a pool of `memory`.
    ///
    /// Bytes at either end that do not make a whole granule are left out. Time grows with the number of free
    /// lists that a pool of this size can fill: with [`Tlsf`](crate::fit::Tlsf) 223 at the most. With a slab it also grows
    /// with the pool, by a byte for each place of a chunk, and with the chunks that the slab begins with.
    ///
    /// # Errors
    ///
    /// [`InitError::TooSmall`] and [`InitError::TooLarge`]; the memory is untouched.
    pub fn new(memory: &'m mut [MaybeUninit<u8>]) -> Result<Self, InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { Self::from_raw(base, size) }
    }

    /// Makes a pool of the `size` bytes at `base`, for addresses from a linker script.
    ///
    /// # Errors
    ///
    /// [`InitError::Misaligned`] unless base and size are multiples of the granule,
    /// [`InitError::BeyondAddressSpace`], else as [`Heap::new`]; the memory is untouched.
    ///
    /// # Safety
    ///
    /// The bytes are valid for reads and writes for `'m`, and nothing else uses them, except blocks that this
    /// heap hands out.
    pub unsafe fn from_raw(base: NonNull<u8>, size: usize) -> Result<Self, InitError> {
        // SAFETY: the caller's promise.
        unsafe { Self::from_raw_with_slab_bytes(base, size, &[]) }
    }

    /// Makes a pool of `memory` whose slab begins with so many bytes of chunks for each class, rounded up to whole chunks.
    /// Classes beyond the end of `bytes` begin with what the [`Slab`](crate::slab::Slab) says.
    ///
    /// If all of them together are more than half of the pool, none are taken.
    ///
    /// # Errors
    ///
    /// As [`Heap::new`].
    pub fn with_slab_bytes(
        memory: &'m mut [MaybeUninit<u8>],
        bytes: &[usize],
    ) -> Result<Self, InitError> {
        let (base, size) = trimmed::<C>(memory)?;
        // SAFETY: the slice is ours for `'m`, and base and size were trimmed to whole granules.
        unsafe { Self::from_raw_with_slab_bytes(base, size, bytes) }
    }

    /// [`Heap::with_slab_bytes`] for addresses from a linker script.
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
        let plan = plan::<C>(base, size)?;
        // SAFETY: the caller's promise; the plan is of this size.
        let heap = unsafe { Self::over(base, plan) };
        heap.arena.initialise();
        heap.arena
            .initialise_slab(&|class| bytes.get(class).copied().unwrap_or(C::SLAB.initial));
        heap.tell(|| What::Initialised { size });
        Ok(heap)
    }

    /// Opens the pool that is already in the `size` bytes at `base`: after a warm restart, or a copy of a
    /// device's memory. The machine that made it may have had another word size.
    ///
    /// The whole pool is checked first: time is linear in the number of blocks, and with a slab in the pool's size.
    ///
    /// # Errors
    ///
    /// See [`AttachError`]; the memory is untouched. (On success, [`Check::Hardened`](crate::Check::Hardened) with a slab
    /// writes the seals of the chunks: the pool may have been in use without.)
    ///
    /// # Safety
    ///
    /// As [`Heap::from_raw`], and the bytes are initialised, with whatever.
    pub unsafe fn attach(base: NonNull<u8>, size: usize) -> Result<Self, AttachError> {
        let plan = plan::<C>(base, size).map_err(AttachError::Memory)?;
        // SAFETY: the caller's promise; the plan is of this size.
        let heap = unsafe { Self::over(base, plan) };
        let (found, expected) = (heap.arena.identity(), heap.arena.expected_identity());
        if !found.is_pool() {
            return Err(AttachError::NotAPool);
        }
        if !found.is_this_version() {
            return Err(AttachError::Version {
                found: found.format as u8,
            });
        }
        if found.format != expected.format {
            return Err(AttachError::Configuration {
                found: found.format.to_le_bytes(),
                expected: expected.format.to_le_bytes(),
            });
        }
        if !heap.arena.states_slab() {
            return Err(AttachError::Slab {
                found: heap.arena.stated_slab(),
                expected: Arena::<C>::SLAB_DESCRIPTOR,
            });
        }
        if !heap.arena.states_record() {
            return Err(AttachError::Record {
                found: heap.arena.stated_record(),
                expected: Arena::<C>::RECORD_DESCRIPTOR,
            });
        }
        if found.extent != expected.extent {
            return Err(AttachError::Size {
                found: (found.extent as usize).saturating_mul(Arena::<C>::GRANULE),
                given: size,
            });
        }
        check_opened(heap.arena).map_err(AttachError::Corrupt)?;
        heap.arena.seal_chunks();
        heap.tell(|| What::Initialised { size });
        Ok(heap)
    }

    /// # Safety
    ///
    /// As [`Heap::from_raw`]; `plan` is of the memory's size.
    unsafe fn over(base: NonNull<u8>, plan: Plan) -> Self {
        Self {
            // SAFETY: the caller's promise.
            arena: unsafe { Arena::new(base, plan.end, plan.first) },
            memory: PhantomData,
        }
    }
}

/// The whole granules of `memory`.
pub(crate) fn trimmed<C: Config>(
    memory: &mut [MaybeUninit<u8>],
) -> Result<(NonNull<u8>, usize), InitError> {
    let granule = Arena::<C>::GRANULE;
    let skipped = memory.as_ptr().addr().wrapping_neg().rem_euclid(granule);
    let memory = memory.get_mut(skipped..).ok_or(InitError::TooSmall)?;
    let size = memory.len() - memory.len() % granule;
    Ok((NonNull::from(memory).cast(), size))
}

/// Divides the memory at `base`, or says why it can't be a pool.
pub(crate) fn plan<C: Config>(base: NonNull<u8>, size: usize) -> Result<Plan, InitError> {
    let granule = Arena::<C>::GRANULE;
    if !base.addr().get().is_multiple_of(granule) || !size.is_multiple_of(granule) {
        return Err(InitError::Misaligned);
    }
    let plan = Plan::of::<C>(size)?;
    if base.addr().checked_add(size).is_none() {
        return Err(InitError::BeyondAddressSpace);
    }
    Ok(plan)
}
