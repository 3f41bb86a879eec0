//! What tasks and modules have; and what a task leaves is freed, or owned by nobody.

use core::ptr::NonNull;

use super::Regions;
use crate::config::{Config, ShapeOf};
use crate::heap::Chain;
use crate::inspect::{self, BlockInfo, State, Walk};
use crate::track::{Owner, OwnerWord, Owns, Row, Table, Task, Usage};

/// Is it a used block of the task, as its record has the number?
fn is_owned_by(task: Task) -> impl Fn(&BlockInfo) -> bool {
    let task = OwnerWord::of(task, None).stated_owner().task;
    move |info| info.state == State::Used && info.owner.is_some_and(|owner| owner.task == task)
}

impl<C: Config, const MORE: usize> Regions<'_, C, MORE>
where
    C::Record: Owns,
{
    /// What a task has in all regions; of a number beyond the table, what all tasks beyond it have
    /// together ([`Regions::usage_of_tasks_beyond`]). Nothing, if there is no table of tasks. Each
    /// region has totals of its own, so the peak is the sum of what it had in each at most, which
    /// it may never have had at once. Constant time, for each region.
    #[must_use]
    pub fn task_usage(&self, task: Task) -> Usage {
        self.usage(|table| table.task_row(OwnerWord::of(task, None)))
    }

    /// What the tasks have whose numbers are beyond the table, likewise.
    #[must_use]
    pub fn usage_of_tasks_beyond(&self) -> Usage {
        self.usage(|table| table.task_row(OwnerWord::BEYOND))
    }

    /// What a module has, or with `None` those blocks that belong to no module; of a number beyond
    /// the table, what all modules beyond it have together ([`Regions::usage_of_modules_beyond`]).
    /// Nothing, if there is no table of modules. Otherwise as [`Regions::task_usage`].
    #[must_use]
    pub fn module_usage(&self, module: Option<u8>) -> Usage {
        self.usage(|table| table.module_row(OwnerWord::of(Task::None, module)))
    }

    /// What the modules have whose numbers are beyond the table, likewise.
    #[must_use]
    pub fn usage_of_modules_beyond(&self) -> Usage {
        self.usage(|table| table.module_row(OwnerWord::BEYOND))
    }

    fn usage(&self, row: impl Fn(&Table<'_, ShapeOf<C>>) -> Option<Row>) -> Usage {
        self.all()
            .map(|region| {
                let table = Table::of(region.chain());
                table.usage(row(&table))
            })
            .sum()
    }

    /// Who owns the used block, or the object of the slab, in which `address` lies, be it at its
    /// start or anywhere in its payload; nothing, if there is none, or its record is corrupt. Time
    /// linear in the number of blocks of its region.
    #[must_use]
    pub fn owner_of(&self, address: NonNull<u8>) -> Option<Owner> {
        self.block_around(address)?.owner
    }

    /// Has everything that a task owns belong to no task ([`Task::None`]) from now on, and gives
    /// the number of blocks: the task has ended, and its number may be another one's soon. Blocks
    /// whose surroundings are corrupt stay with it.
    ///
    /// Time linear in the number of blocks.
    pub fn disown_task(&mut self, task: Task) -> usize {
        let is_owned = is_owned_by(task);
        let mut disowned = 0;
        for region in self.all() {
            for info in Walk::of(region.chain().image()).filter(&is_owned) {
                let pointer = region.chain().memory().pointer(info.offset);
                if let Some(record) = inspect::record_offset(&info)
                    && region.room_of(pointer).is_some()
                {
                    disown(region.chain(), record, (info.size / C::GRANULE) as u32);
                    disowned += 1;
                }
            }
        }
        disowned
    }

    /// Frees everything that a task owns, and gives the number of blocks. One whose surroundings
    /// are corrupt stays.
    ///
    /// Time linear in the number of blocks.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use litepool::track::{Owners, Task};
    /// use litepool::{Caller, Config, Heap, fit::Tlsf};
    ///
    /// struct Device;
    /// impl Config for Device {
    ///     type Fit = Tlsf;
    ///     type Record = Owners<8, 0>;
    ///     const MAX_SIZE: usize = 64 << 10;
    /// }
    ///
    /// let mut memory = [MaybeUninit::uninit(); 4096];
    /// let mut heap = Heap::<Device>::new(&mut memory)?;
    /// heap.allocate_for(&Caller::task(3), 100, 1)?;
    /// heap.allocate_for(&Caller::task(3), 200, 1)?;
    /// // SAFETY: task 3 has ended, and nobody else has its blocks.
    /// assert_eq!(unsafe { heap.free_task(Task::Id(3)) }, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    ///
    /// Nothing uses the task's blocks any more.
    pub unsafe fn free_task(&mut self, task: Task) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.free_task_except(task, |_, _| true) }
    }

    /// [`Regions::free_task`] of those blocks that `may_go`, which gets the payload.
    ///
    /// # Safety
    ///
    /// As [`Regions::free_task`].
    pub(crate) unsafe fn free_task_except(
        &mut self,
        task: Task,
        may_go: impl Fn(NonNull<u8>, usize) -> bool,
    ) -> usize {
        let is_owned = is_owned_by(task);
        let mut freed = 0;
        for number in 0..=MORE {
            let Some(image) = self.get(number).map(|region| region.chain().image()) else {
                break;
            };
            let mut walk = Walk::of(image);
            while let Some(info) = walk.next() {
                walk.skip_free();
                let pointer = image.memory().pointer(info.offset);
                let goes = is_owned(&info) && may_go(pointer, info.payload);
                // SAFETY: the caller's promise.
                if goes && unsafe { self.try_free(pointer) } {
                    freed += 1;
                }
            }
        }
        freed
    }
}

/// Has the block of so many granules with this record belong to no task.
fn disown<C: Config>(blocks: &Chain<C>, record: usize, granules: u32) {
    let (table, word) = (Table::of(blocks), OwnerWord(blocks.memory().load(record)));
    let word_after = word.with_task(Task::None);
    table.credit(word, granules);
    blocks.memory().store(record, word_after.0);
    table.charge(word_after, granules);
}
