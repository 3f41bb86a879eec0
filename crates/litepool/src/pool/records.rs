//! What a pool's records tell.

use core::ops::Range as Between;
use core::ptr::NonNull;

use super::Pool;
use super::list::Range;
use crate::check::{Corruption, Report};
use crate::config::Config;
use crate::error::{AllocError, FreeError, NotReady};
use crate::lock::Lock;
use crate::node_size::{NodeCheckLevel, NodeSize, NodeSizeError, node_check_level};
use crate::record::{Caller, Holder, Leak, Numbers, Owns, Snapshot, Task, Usage};
use crate::walk::BlockInfo;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Gets a block for somebody else than [`Config::caller`] says, as [`Heap::allocate_for`](crate::Heap::allocate_for).
    ///
    /// # Errors
    ///
    /// As [`Pool::allocate_aligned`].
    pub fn allocate_for(
        &self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.open()?.allocate_for(caller, size, align)
    }

    /// The used block around `address`, as [`Heap::block_around`](crate::Heap::block_around), with the lock held for all blocks.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn block_around(&self, address: NonNull<u8>) -> Result<Option<BlockInfo>, NotReady> {
        Ok(self.open()?.block_around(address))
    }

    /// What is known of the blocks at which damage shows, as [`Heap::report`](crate::Heap::report).
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn report(&self, corruption: &Corruption) -> Result<Report, NotReady> {
        Ok(self.open()?.report(corruption))
    }

    /// How large the block at `pointer` is, and what is left of it, as [`Heap::node_size`](crate::Heap::node_size). At
    /// [`NodeCheckLevel::High`](crate::NodeCheckLevel) the lock is held for all blocks.
    ///
    /// # Errors
    ///
    /// See [`NodeSizeError`].
    pub fn node_size(&self, pointer: NonNull<u8>) -> Result<NodeSize, NodeSizeError> {
        let session = self.open().map_err(|NotReady| NodeSizeError::NotReady)?;
        let size = session.node_size(pointer)?;
        // A block of a nested pool looks like one of this pool; but where any address will do, it is one in the block around.
        if node_check_level() == NodeCheckLevel::Low
            && self.nested.allow(&session, pointer) == Err(FreeError::InNestedPool)
        {
            return Err(NodeSizeError::NotABlock);
        }
        Ok(size)
    }
}

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE>
where
    C::Record: Owns,
{
    /// What a task holds, as [`Heap::task_usage`](crate::Heap::task_usage).
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn task_usage(&self, task: Task) -> Result<Usage, NotReady> {
        Ok(self.open()?.task_usage(task))
    }

    /// What the tasks hold whose numbers are beyond the table.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn usage_of_tasks_beyond(&self) -> Result<Usage, NotReady> {
        Ok(self.open()?.usage_of_tasks_beyond())
    }

    /// What a module holds, as [`Heap::module_usage`](crate::Heap::module_usage).
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn module_usage(&self, module: Option<u8>) -> Result<Usage, NotReady> {
        Ok(self.open()?.module_usage(module))
    }

    /// What the modules hold whose numbers are beyond the table.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn usage_of_modules_beyond(&self) -> Result<Usage, NotReady> {
        Ok(self.open()?.usage_of_modules_beyond())
    }

    /// Who holds the block around `address`, as [`Heap::holder_of`](crate::Heap::holder_of), with the lock held for all blocks.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn holder_of(&self, address: NonNull<u8>) -> Result<Option<Holder>, NotReady> {
        Ok(self.open()?.holder_of(address))
    }

    /// Has everything that a task holds belong to no task, as [`Heap::disown_task`](crate::Heap::disown_task). The lock is held for
    /// all blocks.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn disown_task(&self, task: Task) -> Result<usize, NotReady> {
        Ok(self.open()?.disown_task(task))
    }

    /// Frees everything that a task holds, as [`Heap::free_task`](crate::Heap::free_task), and gives the number of blocks. A block that
    /// holds another live pool stays. A check in steps begins anew.
    ///
    /// The lock is held for all blocks.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    ///
    /// # Safety
    ///
    /// As [`Heap::free_task`](crate::Heap::free_task).
    pub unsafe fn free_task(&self, task: Task) -> Result<usize, NotReady> {
        let mut session = self.open()?;
        let may_go = |base, size| !self.nested.touches(Range { base, size });
        // SAFETY: the caller's promise.
        Ok(unsafe { session.heap_to_free_any().free_task_except(task, may_go) })
    }
}

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE>
where
    C::Record: Numbers,
{
    /// This moment, as [`Heap::snapshot`](crate::Heap::snapshot).
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn snapshot(&self) -> Result<Snapshot, NotReady> {
        Ok(self.open()?.snapshot())
    }

    /// Tells `visit` of all leaks between two moments, as [`Heap::leaks`](crate::Heap::leaks). The lock is held all the time, which is quadratic in
    /// the number of blocks; what `visit` may not do is told at [`Pool::for_each_block`].
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn for_each_leak(
        &self,
        between: Between<Snapshot>,
        visit: impl FnMut(Leak),
    ) -> Result<(), NotReady> {
        self.open()?.leaks(between).for_each(visit);
        Ok(())
    }
}
