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
use crate::slab::{Class, Slabs};
use crate::track::{OwnerWord, Row, Snapshot, Table, Task, Usage};

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

    /// The chain of blocks.
    pub(crate) fn chain(&self) -> &Blocks<Layout> {
        &self.blocks
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

    /// As [`Heap::task_usage`](crate::Heap::task_usage), of this region.
    #[must_use]
    pub fn task_usage(&self, task: Task) -> Usage {
        self.usage(|table| table.task_row(OwnerWord::of(task, None)))
    }

    /// As [`Heap::usage_of_tasks_beyond`](crate::Heap::usage_of_tasks_beyond), of this region.
    #[must_use]
    pub fn usage_of_tasks_beyond(&self) -> Usage {
        self.usage(|table| table.task_row(OwnerWord::BEYOND))
    }

    /// As [`Heap::module_usage`](crate::Heap::module_usage), of this region.
    #[must_use]
    pub fn module_usage(&self, module: Option<u8>) -> Usage {
        self.usage(|table| table.module_row(OwnerWord::of(Task::None, module)))
    }

    /// As [`Heap::usage_of_modules_beyond`](crate::Heap::usage_of_modules_beyond), of this region.
    #[must_use]
    pub fn usage_of_modules_beyond(&self) -> Usage {
        self.usage(|table| table.module_row(OwnerWord::BEYOND))
    }

    fn usage(&self, row: impl Fn(&Table<'_, Layout>) -> Option<Row>) -> Usage {
        let table = Table::of(self.chain());
        table.usage(row(&table))
    }

    /// As [`Heap::snapshot`](crate::Heap::snapshot), if the pool numbers its allocations. Those of
    /// several joined regions are numbered by the first one.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let is_numbered = self.choices().record.sites.is_some();
        is_numbered.then(|| Snapshot::of(self.chain()))
    }

    /// The classes of the slab, those left out that a corrupt pool does not state as such. A step
    /// for each.
    pub fn classes(&self) -> impl Iterator<Item = Class> {
        let classes = 0..usize::from(self.choices().slab.classes);
        classes.filter_map(|number| Slabs::read_class(self.chain(), number))
    }
}
