use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec;
use std::vec::Vec;

use super::{CallSites, Caller, Owner, OwnerWord, Owners, Owns, Record, Task, Usage};
use crate::Heap;
use crate::config::Config;
use crate::fit::Tlsf;
use crate::layout::Layout;
use crate::slab::{Class, Slab};

struct With<R, const GRANULE: usize = 4, const SIZE: usize = { 64 << 10 }>(R);

impl<R: Record, const GRANULE: usize, const SIZE: usize> Config for With<R, GRANULE, SIZE> {
    type Fit = Tlsf;
    type Record = R;
    const MAX_SIZE: usize = SIZE;
    const GRANULE: usize = GRANULE;
}

/// The same with slabs.
struct Slabs<C>(C);

impl<C: Config> Config for Slabs<C> {
    type Fit = C::Fit;
    type Record = C::Record;
    const MAX_SIZE: usize = C::MAX_SIZE;
    const GRANULE: usize = C::GRANULE;
    const SLAB: Slab = SMALL;
}

const SMALL: Slab = Slab::expanding(&[Class::new(24, 256), Class::new(64, 512)]);

const fn layout_of<C: Config>() -> Layout {
    crate::config::layout_of::<C>()
}

/// What a header with its record takes, in bytes, whatever else the configuration is.
const fn costs<R: Record>(bytes: usize) -> bool {
    layout_of::<With<R>>().overhead == bytes
        && layout_of::<With<R, 8>>().overhead == bytes
        && layout_of::<With<R, 8, { 16 << 20 }>>().overhead == bytes
        && layout_of::<With<R>>().record == bytes - 4
}

// Proved when the tests are compiled.
const _: () = assert!(costs::<()>(4));
const _: () = assert!(costs::<Owners<64, 33>>(8));
const _: () = assert!(costs::<CallSites<0>>(8));
const _: () = assert!(costs::<CallSites<1>>(12));
const _: () = assert!(costs::<CallSites<4>>(24));
const _: () = assert!(costs::<(Owners<0, 0>, CallSites<0>)>(12));
const _: () = assert!(costs::<(Owners<64, 33>, CallSites<4>)>(28));

/// Bytes of the control block that a record takes.
const fn state<R: Record>() -> usize {
    let layout = layout_of::<With<R>>();
    layout.region_state - layout.track_state
}

// The numbers of rows take a word, and the next allocation's number; a row takes two links of 2
// bytes. Where there is no table, there is no row.
const _: () = assert!(state::<()>() == 0);
const _: () = assert!(state::<CallSites<3>>() == 4);
const _: () = assert!(state::<Owners<0, 0>>() == 4);
const _: () = assert!(state::<Owners<8, 0>>() == 4 + 4 * (8 + 3));
const _: () = assert!(state::<Owners<0, 5>>() == 4 + 4 * (5 + 2));
const _: () = assert!(state::<(Owners<8, 5>, CallSites<1>)>() == 8 + 4 * (8 + 3 + 5 + 2));

#[test]
fn an_owner_is_told_again() {
    for task in [
        Task::Id(0),
        Task::Id(77),
        Task::Id(65_533),
        Task::Interrupt,
        Task::None,
    ] {
        for module in [Some(0), Some(32), Some(253), None] {
            let word = OwnerWord::of(task, module);
            assert_eq!(word.owner(), Some(Owner { task, module }));
            let disowned = word.with_task(Task::None).owner().unwrap();
            assert_eq!((disowned.task, disowned.module), (Task::None, module));
        }
    }
}

#[test]
fn numbers_that_mean_something_else_are_not_taken() {
    let task = |task| OwnerWord::of(task, None).owner().unwrap().task;
    assert_eq!(task(Task::Id(u16::MAX)), Task::Id(65_533));
    let module = |module| {
        OwnerWord::of(Task::None, Some(module))
            .owner()
            .unwrap()
            .module
    };
    assert_eq!((module(254), module(255)), (None, None));
}

#[test]
fn a_changed_bit_or_byte_is_no_owner() {
    for task in [
        Task::Id(0),
        Task::Id(1),
        Task::Id(4711),
        Task::Interrupt,
        Task::None,
    ] {
        let word = OwnerWord::of(task, Some(3));
        for bit in 0..32 {
            assert!(!OwnerWord(word.0 ^ 1 << bit).is_whole(), "{task:?} {bit}");
        }
        // What the first byte behind a payload becomes when somebody writes one too many.
        for byte in 0..=u8::MAX {
            let overrun = OwnerWord(word.0 & !0xFF | u32::from(byte));
            assert_eq!(overrun.is_whole(), overrun == word, "{task:?} {byte}");
        }
    }
    for byte in 0..=u8::MAX {
        assert!(
            !OwnerWord(u32::from_ne_bytes([byte; 4])).is_whole(),
            "filled with {byte}"
        );
    }
}

/// Callers in every kind of row, and what they have after random operations, by a count.
#[test]
fn totals_are_what_owners_have() {
    type Both = With<(Owners<4, 3>, CallSites<2>), 8>;
    totals_are_what_owners_of_a_heap_have::<Both>();
    totals_are_what_owners_of_a_heap_have::<Slabs<Both>>();
}

fn totals_are_what_owners_of_a_heap_have<C: Config>()
where
    C::Record: Owns,
{
    let callers = [
        Caller::task(0).in_module(1),
        Caller::task(3).in_module(2),
        Caller::task(4).in_module(0),
        Caller::task(60_000).in_module(3),
        Caller::interrupt().in_module(200),
        Caller::NONE,
        Caller::task(1).in_module(255),
        Caller::task(65_535),
    ];
    let mut memory = vec![MaybeUninit::uninit(); 40_000];
    let mut heap = Heap::<C>::new(&mut memory).unwrap();
    let mut live: Vec<NonNull<u8>> = Vec::new();
    let mut peaks = [0; 12];
    for step in 0..1000_usize {
        let mut has_moved = false;
        let caller = callers[step * 7 % callers.len()];
        let size = 1 + step * 37 % 300;
        if step % 3 < 2 {
            let align = [1, 16, 64][step % 3];
            live.extend(heap.allocate_for(&caller, size, align));
        } else {
            let pick = step * 11 % live.len();
            // SAFETY: live blocks.
            unsafe {
                if step % 2 == 0 {
                    let to = heap.resize(live[pick], size).unwrap_or(live[pick]);
                    has_moved = to != live[pick];
                    live[pick] = to;
                } else {
                    heap.free(live.swap_remove(pick)).unwrap();
                }
            }
        }
        heap.check().unwrap();
        let rows = rows(&heap);
        for ((counted, told), peak) in rows.into_iter().zip(&mut peaks) {
            // While a block moves, both places are its owner's.
            let least = counted.max(*peak);
            *peak = if has_moved {
                told.peak.max(least)
            } else {
                least
            };
            assert_eq!((told.used, told.peak), (counted, *peak), "step {step}");
        }
    }
    assert_eq!(
        heap.usage_of_tasks_beyond(),
        heap.task_usage(Task::Id(9999))
    );
    assert_eq!(heap.usage_of_modules_beyond(), heap.module_usage(Some(99)));
    heap.reset_peak();
    assert!(
        rows(&heap)
            .into_iter()
            .all(|(counted, told)| told.peak == counted)
    );

    // What a task leaves is owned by nobody, or freed.
    let (ended, other) = (
        heap.task_usage(Task::Id(3)).used,
        heap.task_usage(Task::None).used,
    );
    assert!(ended > 0);
    let beyond = heap.usage_of_tasks_beyond();
    assert!(heap.disown_task(Task::Id(3)) > 0);
    assert_eq!(heap.task_usage(Task::Id(3)).used, 0);
    assert_eq!(heap.task_usage(Task::None).used, ended + other);
    heap.check().unwrap();
    // SAFETY: nobody uses them.
    let freed = [Task::Id(60_000), Task::None].map(|task| unsafe { heap.free_task(task) });
    assert!(freed.iter().all(|&freed| freed > 0));
    heap.check().unwrap();
    assert!(heap.usage_of_tasks_beyond().used < beyond.used);
    assert_eq!(heap.task_usage(Task::None).used, 0);
    // SAFETY: likewise.
    unsafe {
        for task in callers.map(|caller| caller.owner().task) {
            heap.free_task(task);
        }
    }
    assert_eq!(heap.stats().used, 0);
}

/// For each row, what a walk finds and what the totals tell.
fn rows<C: Config>(heap: &Heap<'_, C>) -> Vec<(usize, Usage)>
where
    C::Record: Owns,
{
    let sum = |is_counted: &dyn Fn(Owner) -> bool| {
        let blocks = heap.blocks();
        let counted = blocks.filter(|block| block.owner.is_some_and(is_counted));
        counted.map(|block| block.size).sum()
    };
    let task = |task: Task| {
        let is_counted = |owner: Owner| match owner.task {
            Task::Id(id) => Task::Id(id.min(4)) == task,
            other => other == task,
        };
        (sum(&is_counted), heap.task_usage(task))
    };
    let module = |module: Option<u8>| {
        let is_counted = |owner: Owner| owner.module.map(|module| module.min(3)) == module;
        (sum(&is_counted), heap.module_usage(module))
    };
    let tasks = (0..5).map(Task::Id).chain([Task::Interrupt, Task::None]);
    let modules = (0..4).map(Some).chain([None]);
    tasks.map(task).chain(modules.map(module)).collect()
}

#[test]
fn without_a_table_owners_are_remembered_and_nothing_is_counted() {
    type Bare = With<Owners<0, 0>>;
    let mut memory = vec![MaybeUninit::uninit(); 4000];
    let mut heap = Heap::<Bare>::new(&mut memory).unwrap();
    let caller = Caller::task(5).in_module(2);
    let block = heap.allocate_for(&caller, 30, 1).unwrap();
    let owner = Owner {
        task: Task::Id(5),
        module: Some(2),
    };
    assert_eq!(heap.owner_of(block), Some(owner));
    assert_eq!(heap.task_usage(Task::Id(5)), Usage::default());
    assert_eq!(heap.module_usage(Some(2)), Usage::default());
    heap.check().unwrap();
    // SAFETY: nobody uses it.
    assert_eq!(unsafe { heap.free_task(Task::Id(5)) }, 1);
}

/// The number of an allocation is used up when there is a block, and not before.
#[test]
fn allocations_are_numbered_one_by_one() {
    type Sites = With<CallSites<2>>;
    let mut memory = vec![MaybeUninit::uninit(); 4000];
    let mut heap = Heap::<Sites>::new(&mut memory).unwrap();
    let caller = Caller::NONE.at([0x11, 0x22, 0x33, 0x44]);
    let told = |heap: &Heap<'_, Sites>, block| {
        let allocation = heap.block_around(block).unwrap().allocation.unwrap();
        (allocation.number, allocation.sites)
    };
    let one = heap.allocate_for(&caller, 10, 1).unwrap();
    heap.allocate_for(&caller, 100_000, 1).unwrap_err();
    let two = heap.allocate_for(&caller, 10, 64).unwrap();
    assert_eq!(told(&heap, one), (0, [0x11, 0x22, 0, 0]));
    assert_eq!(told(&heap, two), (1, [0x11, 0x22, 0, 0]));
    // A block that moves is as old as it was.
    // SAFETY: a live block.
    let moved = unsafe { heap.resize(one, 500) }.unwrap();
    assert_eq!(told(&heap, moved), (0, [0x11, 0x22, 0, 0]));
    assert_eq!(heap.snapshot().number, 2);
}
