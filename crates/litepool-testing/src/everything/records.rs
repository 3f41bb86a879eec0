//! What is asked of records, by what a configuration's records have.

use std::hint::black_box;

use litepool::track::{Numbers, Owns, Snapshot, Task};
use litepool::{Config, Regions};

/// What records add to everything else.
pub trait Remembers<C: Config, const MORE: usize> {
    /// The tasks whose blocks are freed all at once.
    const TASKS: &'static [Task] = &[];

    /// Asks whatever is safe.
    fn ask(heap: &Regions<'_, C, MORE>);

    /// Frees what a task holds, and gives the number of blocks.
    ///
    /// # Safety
    /// Nothing uses them any more.
    unsafe fn free_task(_heap: &mut Regions<'_, C, MORE>, _task: Task) -> usize {
        0
    }

    /// Has another task's blocks belong to nobody.
    fn disown(_heap: &mut Regions<'_, C, MORE>) {}
}

/// There are no records.
#[derive(Debug)]
pub struct Nothing;
/// Records have an owner.
#[derive(Debug)]
pub struct Owners;
/// Records have call sites.
#[derive(Debug)]
pub struct Sites;
/// Records have both.
#[derive(Debug)]
pub struct OwnersAndSites;

impl<C: Config, const MORE: usize> Remembers<C, MORE> for Nothing {
    fn ask(_: &Regions<'_, C, MORE>) {}
}

/// One with totals of its own, one beyond most tables, an interrupt.
const TASKS: [Task; 3] = [Task::Id(1), Task::Id(4), Task::Interrupt];

impl<C: Config, const MORE: usize> Remembers<C, MORE> for Owners
where
    C::Record: Owns,
{
    const TASKS: &'static [Task] = &TASKS;

    fn ask(heap: &Regions<'_, C, MORE>) {
        ask_owners(heap);
    }

    unsafe fn free_task(heap: &mut Regions<'_, C, MORE>, task: Task) -> usize {
        // SAFETY: the caller's promise.
        unsafe { heap.free_task(task) }
    }

    fn disown(heap: &mut Regions<'_, C, MORE>) {
        heap.disown_task(Task::Id(0));
    }
}

impl<C: Config, const MORE: usize> Remembers<C, MORE> for Sites
where
    C::Record: Numbers,
{
    fn ask(heap: &Regions<'_, C, MORE>) {
        ask_sites(heap);
    }
}

impl<C: Config, const MORE: usize> Remembers<C, MORE> for OwnersAndSites
where
    C::Record: Owns + Numbers,
{
    const TASKS: &'static [Task] = &TASKS;

    fn ask(heap: &Regions<'_, C, MORE>) {
        ask_owners(heap);
        ask_sites(heap);
    }

    unsafe fn free_task(heap: &mut Regions<'_, C, MORE>, task: Task) -> usize {
        // SAFETY: the caller's promise.
        unsafe { heap.free_task(task) }
    }

    fn disown(heap: &mut Regions<'_, C, MORE>) {
        heap.disown_task(Task::Id(0));
    }
}

fn ask_owners<C: Config, const MORE: usize>(heap: &Regions<'_, C, MORE>)
where
    C::Record: Owns,
{
    for number in [0, 1, 2, 4, 255, 65_533, u16::MAX] {
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
    for region in heap.regions() {
        for offset in (0..=region.size).step_by(region.size / 16) {
            // SAFETY: in the region, or just behind it.
            black_box(heap.owner_of(unsafe { region.base.add(offset) }));
        }
    }
}

fn ask_sites<C: Config, const MORE: usize>(heap: &Regions<'_, C, MORE>)
where
    C::Record: Numbers,
{
    let whole_life = Snapshot { number: 0 }..heap.snapshot();
    let held = heap.held_since(whole_life.clone()).count();
    let leaked: usize = heap.leaks(whole_life).map(|leak| leak.blocks).sum();
    assert_eq!(held, leaked);
}
