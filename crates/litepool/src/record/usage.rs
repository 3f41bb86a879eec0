//! What tasks and modules hold.

use core::ptr::NonNull;

use super::owner::{HolderWord, Row};
use super::{Holder, Owns, Task};
use crate::arena::Arena;
use crate::block::Block;
use crate::config::Config;
use crate::heap::Heap;
use crate::walk::{BlockInfo, State, walk_block};

/// What a task or a module holds, in bytes, headers and records included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// Now.
    pub used: usize,
    /// At most, since the pool was made or the last [`Heap::reset_peak`](crate::Heap::reset_peak).
    pub peak: usize,
}

/// Is it a used block of the task, as its record tells the number?
fn is_held_by(task: Task) -> impl Fn(&BlockInfo) -> bool {
    let task = HolderWord::of(task, None)
        .holder()
        .map(|holder| holder.task);
    move |info| info.state == State::Used && info.holder.map(|holder| holder.task) == task
}

impl core::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        // Asking is safe, so a damaged total must not overflow.
        usages.fold(Self::default(), |sum, usage| Self {
            used: sum.used.wrapping_add(usage.used),
            peak: sum.peak.wrapping_add(usage.peak),
        })
    }
}

impl<C: Config> Heap<'_, C>
where
    C::Record: Owns,
{
    /// What a task holds; of a number beyond the table, what all tasks beyond it hold together ([`Heap::usage_of_tasks_beyond`]).
    /// Constant time.
    #[must_use]
    pub fn task_usage(&self, task: Task) -> Usage {
        self.usage(Arena::<C>::task_row(HolderWord::of(task, None)))
    }

    /// What the tasks hold whose numbers are beyond the table. Constant time.
    #[must_use]
    pub fn usage_of_tasks_beyond(&self) -> Usage {
        self.usage(Arena::<C>::row_of_tasks_beyond())
    }

    /// What a module holds, or with `None` those blocks that belong to no module; of a number beyond the table, what all modules
    /// beyond it hold together ([`Heap::usage_of_modules_beyond`]). Constant time.
    #[must_use]
    pub fn module_usage(&self, module: Option<u8>) -> Usage {
        self.usage(Arena::<C>::module_row(HolderWord::of(Task::None, module)))
    }

    /// What the modules hold whose numbers are beyond the table. Constant time.
    #[must_use]
    pub fn usage_of_modules_beyond(&self) -> Usage {
        self.usage(Arena::<C>::row_of_modules_beyond())
    }

    fn usage(&self, row: Row) -> Usage {
        let bytes = |granules: u32| (granules as usize).wrapping_mul(Arena::<C>::GRANULE);
        Usage {
            used: bytes(self.arena().held(row)),
            peak: bytes(self.arena().most_held(row)),
        }
    }

    /// Who holds the used block, or the object of the slab, in which `address` lies, be it at its start or anywhere in its payload;
    /// nothing, if there is none, or its record is damaged. Time linear in the number of blocks.
    #[must_use]
    pub fn holder_of(&self, address: NonNull<u8>) -> Option<Holder> {
        self.block_around(address)?.holder
    }

    /// Has everything that a task holds belong to no task ([`Task::None`]) from now on, and gives the number of blocks: the task
    /// has ended, and its number may be another one's soon. Blocks whose surroundings are damaged stay with it.
    ///
    /// Time linear in the number of blocks.
    pub fn disown_task(&mut self, task: Task) -> usize {
        let arena = self.arena();
        let mut disowned = 0;
        for info in self.blocks().filter(is_held_by(task)) {
            let pointer = arena.pointer(info.offset);
            if let Ok(claim) = arena.claim(pointer) {
                arena.hand_over(&claim, pointer, Task::None);
                disowned += 1;
            }
        }
        disowned
    }

    /// Frees everything that a task holds, and gives the number of blocks. One that holds a live nested pool, or whose surroundings are
    /// damaged, stays.
    ///
    /// Time linear in the number of blocks.
    ///
    /// # Safety
    ///
    /// Nothing uses the task's blocks any more.
    pub unsafe fn free_task(&mut self, task: Task) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.free_task_except(task, &|_, _| true) }
    }

    /// [`Heap::free_task`] of those blocks that `may_go`, of which it is told the payload.
    ///
    /// # Safety
    ///
    /// As [`Heap::free_task`].
    pub(crate) unsafe fn free_task_except(
        &mut self,
        task: Task,
        may_go: &impl Fn(NonNull<u8>, usize) -> bool,
    ) -> usize {
        let arena = self.arena();
        let is_held = is_held_by(task);
        // From here on every block that is given back merges at once, with its neighbours and nothing else.
        self.trim();
        let mut freed = 0;
        let mut block = Block(arena.first());
        let mut free_before = None;
        while let Some((infos, next)) = walk_block(arena, block) {
            let mut freed_here = 0;
            for info in infos.filter(&is_held) {
                let pointer = arena.pointer(info.offset);
                if may_go(pointer, info.payload) && self.give_at_once(pointer).is_ok() {
                    freed_here += 1;
                }
            }
            freed += freed_here;
            let header = arena.header(block);
            if freed_here != 0 && header.is_indexed::<C>() {
                // It has become part of what was free before it, or begins a larger free block.
                block = free_before.take().unwrap_or(block);
                continue;
            }
            free_before = header.is_indexed::<C>().then_some(block);
            block = next;
        }
        freed
    }
}
