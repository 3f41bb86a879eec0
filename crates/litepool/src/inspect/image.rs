//! A pool is opened by its bytes alone.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::{BlockInfo, Report, Stats, Totals, Walk};
use crate::block::Blocks;
use crate::corruption::Corruption;
use crate::error::{AttachError, InitError};
use crate::fit;
use crate::layout::{Choices, Layout};
use crate::memory::{Memory, WORD};

/// The image of a pool, to be looked at without knowing its configuration's type: its first words
/// say everything. Nothing is written.
///
/// ```
/// use litepool::{Algorithm, Heap, Image, config::Pool256K};
///
/// // A whole dump would do, from where a pool begins on.
/// let mut words = [0u32; 512];
/// let base = core::ptr::NonNull::from(&mut words).cast();
/// // SAFETY: the words are ours.
/// unsafe { Heap::<Pool256K>::from_raw(base, 2048)?.allocate(100)? };
/// // SAFETY: likewise, and nothing writes.
/// let image = unsafe { Image::open(base, 2048)? };
/// assert_eq!(image.choices().algorithm, Algorithm::Tlsf);
/// assert_eq!((image.stats().used, image.check()), (104, Ok(())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Image<'m> {
    blocks: Blocks<Layout>,
    memory: PhantomData<&'m [u8]>,
}

impl<'m> Image<'m> {
    /// Opens the pool with which `bytes` begin; what stands behind it is left out. Constant time:
    /// what the pool holds is not checked, and whatever is asked of the image comes to an end.
    ///
    /// # Errors
    ///
    /// [`InitError::Misaligned`] as [`AttachError::Memory`] unless the bytes stand on a multiple of
    /// 4, else [`AttachError::NotAPool`], [`AttachError::Version`], or [`AttachError::Size`] if
    /// they end before the pool does.
    pub fn of(bytes: &'m [u8]) -> Result<Self, AttachError> {
        // SAFETY: the bytes are initialised, and nothing writes to them for `'m`.
        unsafe { Self::open(NonNull::from(bytes).cast(), bytes.len()) }
    }

    /// [`Image::of`] the `size` bytes at `base`.
    ///
    /// # Errors
    ///
    /// As [`Image::of`].
    ///
    /// # Safety
    ///
    /// The bytes are initialised, with whatever, and valid for reads for `'m`; nothing writes to
    /// them meanwhile.
    pub unsafe fn open(base: NonNull<u8>, size: usize) -> Result<Self, AttachError> {
        if !base.addr().get().is_multiple_of(WORD) {
            return Err(AttachError::Memory(InitError::Misaligned));
        }
        let given = u32::try_from(size).unwrap_or(u32::MAX);
        // SAFETY: the caller's promise; nothing here or behind an image writes.
        let memory = unsafe { Memory::new(base, given) };
        let (layout, granules) = Layout::read(&memory)?;
        let found = (granules as usize).saturating_mul(layout.choices.granule);
        if found > size {
            return Err(AttachError::Size { found, given: size });
        }
        let is_too_large = granules > layout.most_granules() || found > i32::MAX as usize;
        let first = fit::first_block(&layout, granules);
        if is_too_large || granules < layout.min || first > granules - layout.min {
            return Err(AttachError::NotAPool);
        }
        // SAFETY: as before, of no more bytes.
        let memory = unsafe { Memory::new(base, found as u32) };
        Ok(Self {
            blocks: Blocks::new(memory, layout, first),
            memory: PhantomData,
        })
    }

    /// What the pool's configuration chose. Constant time.
    #[must_use]
    pub fn choices(&self) -> &Choices {
        &self.blocks.layout().choices
    }

    /// As [`Heap::totals`](crate::Heap::totals).
    #[must_use]
    pub fn totals(&self) -> Totals {
        super::totals(&self.blocks)
    }

    /// As [`Heap::stats`](crate::Heap::stats). A bound of the search is not known: all blocks are
    /// looked at.
    #[must_use]
    pub fn stats(&self) -> Stats {
        super::stats(&self.blocks, usize::MAX)
    }

    /// As [`Heap::blocks`](crate::Heap::blocks).
    #[must_use]
    pub fn blocks(&self) -> Walk<'_> {
        Walk::of(self.blocks)
    }

    /// The used block, or the object of a slab, in whose payload `offset` lies, in bytes from the
    /// pool's base: as [`Heap::block_around`](crate::Heap::block_around).
    #[must_use]
    pub fn block_around(&self, offset: usize) -> Option<BlockInfo> {
        super::around(&self.blocks, offset)
    }

    /// As [`Heap::check`](crate::Heap::check).
    ///
    /// # Errors
    ///
    /// The first corruption found.
    pub fn check(&self) -> Result<(), Corruption> {
        super::check(&self.blocks)
    }

    /// As [`Heap::report`](crate::Heap::report).
    #[must_use]
    pub fn report(&self, corruption: &Corruption) -> Report {
        Report::of(&self.blocks, corruption)
    }
}
