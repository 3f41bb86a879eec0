//! Records over several regions, and in pools that are shared.

mod common;

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use common::Memory;
use common::pools::Ask;
use litepool::config::{Pool32, Pool256K};
use litepool::event::{Event, What};
use litepool::fit::{BestFit, Tlsf};
use litepool::lock::Spin;
use litepool::track::{CallSites, Owner, Owners, Task, Usage};
use litepool::{Caller, Config, FreeError, NodeSizeError, NotReady, Pool, Regions, State};
use litepool_testing::config::{Fast, Large, Standard, WithRecord, WithSlab};

type Record = (Owners<4, 4>, CallSites<1>);

thread_local! {
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

/// Joined regions that remember and tell everything.
struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = Record;
    const GRANULE: usize = 4;
    const REGIONS: usize = 2;

    fn caller() -> Caller {
        Caller::task(3)
    }

    fn on_event(event: &Event) {
        EVENTS.with_borrow_mut(|events| events.push(*event));
    }
}

/// Nothing uses the task's blocks any more, in all of these tests.
fn free_task<C: Config<Record = Record>>(
    pool: &Pool<C, Spin>,
    task: Task,
) -> Result<usize, NotReady> {
    // SAFETY: as told.
    pool.lock(|mut heap| unsafe { heap.free_task(task) })
}

fn told() -> Vec<What> {
    EVENTS.take().iter().map(|event| event.what).collect()
}

#[test]
fn a_block_keeps_its_record_when_it_moves_to_another_region() {
    let (one, two) = (Memory::new(1024), Memory::new(8192));
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<Device, 1>::from_raw(one.base(), one.size()) }.unwrap();
    // SAFETY: likewise.
    unsafe { heap.add_region_raw(two.base(), two.size()) }.unwrap();
    let caller = Caller::task(1).in_module(2).at([0x77, 0, 0, 0]);
    let block = heap.allocate_for(&caller, 200, 1).unwrap();
    let own = heap.allocate(16).unwrap();
    let allocation = heap.block_around(block).unwrap().allocation;
    assert_eq!(heap.block_around(block).unwrap().region, 0);
    told();
    // SAFETY: live blocks, or errors.
    let moved = unsafe {
        block.write_bytes(0x5A, 200);
        let moved = heap.resize(block, 4000).unwrap();
        assert_eq!(moved.add(199).read(), 0x5A);
        heap.resize(moved, 100_000).unwrap_err();
        moved
    };
    let events = told();
    assert!(
        matches!(
            events[..],
            [
                What::Resized { from, to, size: 4000 },
                What::NotResized { pointer, size: 100_000 }
            ] if from == block && to == moved && pointer == moved
        ),
        "{events:?}"
    );
    let info = heap.block_around(moved).unwrap();
    assert_eq!((info.region, info.allocation), (1, allocation));
    let owner = Owner {
        task: Task::Id(1),
        module: Some(2),
    };
    assert_eq!(info.owner, Some(owner));
    assert_eq!(heap.task_usage(Task::Id(1)).used, info.size);
    assert_eq!(heap.module_usage(Some(2)).used, info.size);
    assert_eq!(
        heap.block_around(own).unwrap().allocation.unwrap().number,
        1
    );
    heap.check().unwrap();
    // SAFETY: nobody uses the blocks any more.
    assert_eq!(unsafe { heap.free_task(Task::Id(1)) }, 1);
    assert_eq!(heap.task_usage(Task::Id(1)).used, 0);
    heap.check().unwrap();
}

#[test]
fn allocations_of_all_regions_are_numbered_together() {
    let (one, two) = (Memory::new(1024), Memory::new(8192));
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<Device, 1>::from_raw(one.base(), one.size()) }.unwrap();
    // SAFETY: likewise.
    unsafe { heap.add_region_raw(two.base(), two.size()) }.unwrap();
    let first = heap.snapshot();
    for region in [1, 0, 1, 1, 0] {
        heap.allocate_in(region, 40, 1).unwrap();
    }
    let mut numbers: Vec<u32> = heap
        .held_since(first..heap.snapshot())
        .map(|block| block.allocation.unwrap().number)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
    let leaks: Vec<_> = heap.leaks(first..heap.snapshot()).collect();
    assert_eq!((leaks.len(), leaks[0].blocks), (1, 5));
    assert!(heap.allocate_in(0, 5000, 1).is_err());
    assert!(matches!(
        told()[..],
        [.., What::NotAllocated { size: 5000, .. }]
    ));
}

#[test]
fn a_shared_pool_tells_what_a_heap_does() {
    type Shared = WithRecord<WithSlab<Standard<BestFit, Large, 8>, Fast>, Record>;
    static POOL: Pool<Shared, Spin> = Pool::new();
    assert_eq!(
        POOL.lock(|heap| heap.task_usage(Task::Id(1))),
        Err(NotReady)
    );
    assert_eq!(POOL.lock(|heap| heap.snapshot()), Err(NotReady));
    let somewhere = NonNull::dangling();
    let node_size = || POOL.lock(|heap| heap.node_size(somewhere))?;
    assert_eq!(node_size(), Err(NodeSizeError::NotReady));
    assert_eq!(free_task(&POOL, Task::None), Err(NotReady));

    POOL.init_static(Box::leak(Box::new([MaybeUninit::uninit(); 1 << 17])))
        .unwrap();
    let first = POOL.lock(|heap| heap.snapshot()).unwrap();
    let caller = Caller::task(2).in_module(1).at([9, 0, 0, 0]);
    let long = POOL.allocate_for(&caller, 9000, 1).unwrap();
    let short = POOL.allocate_for(&caller, 20, 1).unwrap();
    POOL.allocate(20).unwrap();
    // The copy is long enough to be made without the lock.
    // SAFETY: a live block.
    let long = unsafe {
        long.write_bytes(7, 9000);
        POOL.resize(long, 20_000).unwrap()
    };
    assert_eq!(
        POOL.lock(|heap| heap.owner_of(long)).unwrap().unwrap().task,
        Task::Id(2)
    );
    assert!(
        POOL.lock(|heap| heap.block_around(short))
            .unwrap()
            .unwrap()
            .in_slab
    );
    let mut sum = 0;
    POOL.for_each_block(|block| {
        if block.state == State::Used && block.owner.unwrap().task == Task::Id(2) {
            sum += block.size;
        }
    })
    .unwrap();
    assert_eq!(
        POOL.lock(|heap| heap.task_usage(Task::Id(2))).unwrap().used,
        sum
    );
    assert_eq!(
        POOL.lock(|heap| heap.module_usage(Some(1))).unwrap().used,
        sum
    );
    assert_eq!(
        POOL.lock(|heap| heap.usage_of_tasks_beyond()).unwrap(),
        Usage::default()
    );
    let mut leaks = Vec::new();
    POOL.lock(|heap| leaks.extend(heap.leaks(first..heap.snapshot())))
        .unwrap();
    assert_eq!(leaks.iter().map(|leak| leak.blocks).sum::<usize>(), 3);
    POOL.check().unwrap();
    assert_eq!(free_task(&POOL, Task::Id(2)), Ok(2));
    POOL.check().unwrap();
    assert_eq!(POOL.stats().unwrap().used_blocks, 1);
}

#[test]
fn a_block_that_holds_a_live_pool_stays_when_its_task_ends() {
    type Outer = WithRecord<Pool32, Record>;
    static OUTER: Pool<Outer, Spin> = Pool::new();
    static INNER: Pool<Pool256K, Spin> = Pool::new();
    OUTER
        .init_static(Box::leak(Box::new([MaybeUninit::uninit(); 8192])))
        .unwrap();
    let caller = Caller::task(1);
    let block = OUTER.allocate_for(&caller, 2048, 8).unwrap();
    OUTER.allocate_for(&caller, 100, 1).unwrap();
    // SAFETY: the block is ours.
    unsafe { INNER.init(block, 2048) }.unwrap();
    // SAFETY: only the inner pool uses a block of the task.
    unsafe {
        assert_eq!(free_task(&OUTER, Task::Id(1)), Ok(1));
        INNER.deinit().unwrap();
        assert_eq!(free_task(&OUTER, Task::Id(1)), Ok(1));
    }
    OUTER.check().unwrap();
    assert_eq!(OUTER.stats().unwrap().used, 0);
}

#[test]
fn a_shared_pool_tells_its_events_in_order() {
    static POOL: Pool<Device, Spin> = Pool::new();
    POOL.init_static(Box::leak(Box::new([MaybeUninit::uninit(); 8192])))
        .unwrap();
    let block = POOL.allocate(600).unwrap();
    let _behind = POOL.allocate(8).unwrap();
    // SAFETY: live blocks, or errors.
    let moved = unsafe {
        let moved = POOL.resize(block, 2000).unwrap();
        POOL.free(moved).unwrap();
        assert_eq!(POOL.free(moved), Err(FreeError::AlreadyFree));
        POOL.deinit().unwrap();
        moved
    };
    assert_ne!(block, moved);
    let events = told();
    assert!(
        matches!(
            events[..],
            [
                What::Initialised { size: 8192 },
                What::Allocated { size: 600, .. },
                What::Allocated { size: 8, .. },
                What::Resized { size: 2000, .. },
                What::Freed { .. },
                What::NotFreed { .. },
                What::Deinitialised,
            ]
        ),
        "{events:?}"
    );
}
