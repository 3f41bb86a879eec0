//! What records tell, over all regions.

use core::ops::Range;
use core::ptr::NonNull;

use super::{RegionBlocks, Regions};
use crate::check::{Corruption, Report};
use crate::config::Config;
#[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
use crate::node_size::{NodeSize, NodeSizeError};
use crate::record::{Holder, Leaks, Numbers, Owns, Snapshot, Task, Usage, is_held};
use crate::walk::BlockInfo;

impl<C: Config, const MORE: usize> Regions<'_, C, MORE> {
    /// The used block around `address`, as [`Heap::block_around`](crate::Heap::block_around).
    #[must_use]
    pub fn block_around(&self, address: NonNull<u8>) -> Option<BlockInfo> {
        let (region, heap) = self.region_of(address);
        let mut block = heap.block_around(address)?;
        block.region = region;
        Some(block)
    }

    /// What is known of the blocks at which damage shows, as [`Heap::report`](crate::Heap::report).
    #[must_use]
    pub fn report(&self, corruption: &Corruption) -> Report {
        let heap = self.heap(corruption.region).unwrap_or(&self.first);
        let mut report = heap.report(corruption);
        let infos = [&mut report.block, &mut report.previous, &mut report.suspect];
        for info in infos.into_iter().flatten() {
            info.region = corruption.region;
        }
        report
    }

    /// How large the block at `pointer` is, and what is left of it, as [`Heap::node_size`](crate::Heap::node_size).
    ///
    /// # Errors
    ///
    /// See [`NodeSizeError`].
    #[cfg(any(target_has_atomic = "8", feature = "critical-section"))]
    pub fn node_size(&self, pointer: NonNull<u8>) -> Result<NodeSize, NodeSizeError> {
        self.region_of(pointer).1.node_size(pointer)
    }
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE>
where
    C::Record: Owns,
{
    /// What a task holds in all regions, as [`Heap::task_usage`](crate::Heap::task_usage). Each region has totals of its own, so the peak is the sum of what
    /// it held in each at most, which it may never have held at once. A step for each region.
    #[must_use]
    pub fn task_usage(&self, task: Task) -> Usage {
        self.heaps().map(|heap| heap.task_usage(task)).sum()
    }

    /// What the tasks hold whose numbers are beyond the table, likewise.
    #[must_use]
    pub fn usage_of_tasks_beyond(&self) -> Usage {
        self.heaps().map(|heap| heap.usage_of_tasks_beyond()).sum()
    }

    /// What a module holds, likewise.
    #[must_use]
    pub fn module_usage(&self, module: Option<u8>) -> Usage {
        self.heaps().map(|heap| heap.module_usage(module)).sum()
    }

    /// What the modules hold whose numbers are beyond the table, likewise.
    #[must_use]
    pub fn usage_of_modules_beyond(&self) -> Usage {
        self.heaps()
            .map(|heap| heap.usage_of_modules_beyond())
            .sum()
    }

    /// Who holds the block around `address`, as [`Heap::holder_of`](crate::Heap::holder_of).
    #[must_use]
    pub fn holder_of(&self, address: NonNull<u8>) -> Option<Holder> {
        self.block_around(address)?.holder
    }

    /// Has everything that a task holds belong to no task, as [`Heap::disown_task`](crate::Heap::disown_task).
    pub fn disown_task(&mut self, task: Task) -> usize {
        self.heaps_mut().map(|heap| heap.disown_task(task)).sum()
    }

    /// Frees everything that a task holds, as [`Heap::free_task`](crate::Heap::free_task).
    ///
    /// # Safety
    ///
    /// As [`Heap::free_task`](crate::Heap::free_task).
    pub unsafe fn free_task(&mut self, task: Task) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.free_task_except(task, |_, _| true) }
    }

    /// [`Regions::free_task`] of those blocks that `may_go`, of which it is told the payload.
    ///
    /// # Safety
    ///
    /// As [`Heap::free_task`](crate::Heap::free_task).
    pub(crate) unsafe fn free_task_except(
        &mut self,
        task: Task,
        may_go: impl Fn(NonNull<u8>, usize) -> bool,
    ) -> usize {
        self.heaps_mut()
            // SAFETY: the caller's promise.
            .map(|heap| unsafe { heap.free_task_except(task, &may_go) })
            .sum()
    }
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE>
where
    C::Record: Numbers,
{
    /// This moment, as [`Heap::snapshot`](crate::Heap::snapshot). The allocations of all regions are numbered together.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.first.snapshot()
    }

    /// The blocks that were allocated in `between` and are still held, as [`Heap::held_since`](crate::Heap::held_since).
    pub fn held_since(&self, between: Range<Snapshot>) -> impl Iterator<Item = BlockInfo> {
        self.blocks().filter(move |info| is_held(info, &between))
    }

    /// The same, added up for each holder and place, as [`Heap::leaks`](crate::Heap::leaks).
    #[must_use]
    pub fn leaks(&self, between: Range<Snapshot>) -> Leaks<RegionBlocks<'_, C, MORE>> {
        Leaks::of(self.blocks(), between)
    }
}
