//! What is done with pools whose blocks remember who holds them.

use std::hint::black_box;

use litepool::track::{Numbers, Owns, Snapshot, Task};
use litepool::{Config, FreeError, NodeCheckLevel, set_node_check_level};

use super::{Extras, Harm, Live, MORE_SIZES, Operation, SIZES, Step, User};
use crate::faults::scene::caller;

/// Everything that records are for.
pub struct Records;

impl<C: Config, const MORE: usize> Extras<C, MORE> for Records
where
    C::Record: Owns + Numbers,
{
    const STEPS: &'static [Step<C, MORE>] = &[
        (Operation::Ask, |user| user.ask()),
        (Operation::AllocateFor, |user| user.allocate_for()),
        (Operation::FreeTask, |user| user.free_tasks()),
    ];
}

/// One with totals of its own, one beyond the table, an interrupt.
const FREED_TASKS: [Task; 3] = [Task::Id(1), Task::Id(4), Task::Interrupt];

impl<C: Config, const MORE: usize> User<'_, C, MORE>
where
    C::Record: Owns + Numbers,
{
    /// Whatever is asked must have an answer, if not a true one.
    fn ask(&mut self) -> Result<(), Harm> {
        let heap = &self.scene.heap;
        for number in 0..8 {
            black_box(heap.task_usage(Task::Id(number)));
            black_box(heap.module_usage(Some(number as u8)));
        }
        black_box([
            heap.task_usage(Task::Interrupt),
            heap.task_usage(Task::None),
            heap.usage_of_tasks_beyond(),
            heap.module_usage(None),
            heap.usage_of_modules_beyond(),
        ]);
        let whole_life = Snapshot { number: 0 }..heap.snapshot();
        heap.leaks(whole_life.clone()).for_each(|leak| {
            black_box(leak);
        });
        black_box(heap.held_since(whole_life).count());
        for live in &self.live {
            // SAFETY: within the block.
            let middle = unsafe { live.pointer.add(live.size / 2) };
            black_box(heap.owner_of(middle));
            for level in [NodeCheckLevel::Low, NodeCheckLevel::High] {
                set_node_check_level(level);
                // A damaged block may have no size to tell.
                let _ = black_box(heap.node_size(middle));
            }
        }
        Ok(())
    }

    fn allocate_for(&mut self) -> Result<(), Harm> {
        for (number, size) in SIZES.into_iter().enumerate() {
            let caller = caller(number);
            let align = if number % 4 == 3 { 32 } else { 1 };
            if let Ok(pointer) = self.scene.heap.allocate_for(&caller, size, align) {
                self.hold(pointer, size, caller.owner().task)?;
            }
        }
        Ok(())
    }

    fn free_tasks(&mut self) -> Result<(), Harm> {
        for task in FREED_TASKS {
            self.free_task(task)?;
            self.look()?;
        }
        for size in MORE_SIZES {
            self.allocate(size, 1)?;
        }
        Ok(())
    }

    /// What a task held is nobody's afterwards, even if it stayed. What others hold must not be free if it was not before.
    pub(super) fn free_task(&mut self, task: Task) -> Result<(), Harm> {
        self.live.retain(|live| live.task != task);
        let held: Vec<Live> = self.held_by_pool();
        // SAFETY: nothing uses the task's blocks, as of the line above. The pool may be damaged: that is what is tried.
        black_box(unsafe { self.scene.heap.free_task(task) });
        if held.iter().all(|live| !self.is_free(live)) {
            Ok(())
        } else {
            Err(Harm::FreedThoughHeld)
        }
    }

    /// The live blocks that the pool takes for used ones.
    fn held_by_pool(&self) -> Vec<Live> {
        let live = self.live.iter();
        live.filter(|live| !self.is_free(live)).copied().collect()
    }

    /// Does the pool say that nobody holds this block?
    fn is_free(&self, live: &Live) -> bool {
        matches!(
            self.scene.heap.usable_size(live.pointer),
            Err(FreeError::AlreadyFree | FreeError::NotABlock)
        )
    }
}
