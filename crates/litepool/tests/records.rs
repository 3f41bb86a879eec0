//! Records: who holds a block and where it comes from, totals for tasks and modules, leaks, events.

mod common;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::ptr::NonNull;

use common::Memory;
use litepool::event::{Event, What};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::track::{CallSites, Owners, Owns, Record, Task, Usage};
use litepool::{
    AllocError, AttachError, BlockInfo, Broken, Caller, Config, FreeError, Heap, ResizeError, State,
};
use litepool_testing::config::*;

thread_local! {
    static CALLER: Cell<Caller> = const { Cell::new(Caller::NONE) };
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

/// `C` with a record, whose callers and events are this thread's.
struct With<C, R>(PhantomData<(C, R)>);

impl<C: Config, R: Record> Config for With<C, R> {
    type Record = R;
    litepool_testing::as_in!(C: Fit MAX_SIZE GRANULE CHECK SLAB REGIONS);

    fn caller() -> Caller {
        CALLER.get()
    }

    fn on_event(event: &Event) {
        EVENTS.with_borrow_mut(|events| events.push(*event));
    }
}

const TASKS: usize = 4;
const MODULES: usize = 3;
type Table = Owners<TASKS, MODULES>;
type Both = (Table, CallSites<2>);

macro_rules! for_every_recorded {
    ($($test:ident)*) => { $( mod $test {
        use super::*;
        #[test] fn tlsf_u16_4() { super::super::$test::<With<Standard<Tlsf, Small, 4>, Table>>(); }
        #[test] fn tlsf_u32_8_sites() { super::super::$test::<With<Standard<Tlsf, Large, 8>, Both>>(); }
        #[test] fn tlsf_u32_4() { super::super::$test::<With<Standard<Tlsf, Large, 4>, Table>>(); }
        #[test] fn best_u32_4() { super::super::$test::<With<Standard<BestFit, Large, 4>, Table>>(); }
        #[test] fn little_u16_4() { super::super::$test::<With<Standard<BestFitLittle, Small, 4>, Both>>(); }
        #[test] fn tlsf_u32_8_fast() { super::super::$test::<With<WithSlab<Standard<Tlsf, Large, 8>, Fast>, Both>>(); }
        #[test] fn best_u16_4_expanding() { super::super::$test::<With<WithSlab<Standard<BestFit, Small, 4>, Expanding>, Table>>(); }
    } )* };
}

mod of_every_kind {
    use super::*;
    for_every_recorded! {
        totals_follow_every_operation
        what_a_task_left_is_freed
        a_block_stays_its_allocators
        an_address_tells_its_holder
        one_byte_too_many_is_found
        one_byte_too_many_behind_an_aligned_block_is_found
        every_flip_in_a_record_is_found
        a_pool_tells_its_holders_after_attach
    }
}

const CALLERS: [Caller; 9] = [
    Caller::task(0).in_module(1),
    Caller::task(2),
    Caller::task(3).in_module(2),
    Caller::task(4).in_module(0),
    Caller::task(60_000).in_module(3),
    Caller::interrupt().in_module(200),
    Caller::NONE,
    Caller::task(1).in_module(255),
    Caller::task(65_535),
];

/// The row in which a task is counted, as `Owner` says.
fn row_of(task: Task) -> Task {
    match task {
        Task::Id(id) if usize::from(id) >= TASKS => Task::Id(TASKS as u16),
        other => other,
    }
}

fn column_of(module: Option<u8>) -> Option<u8> {
    module
        .filter(|&module| module < 254)
        .map(|module| module.min(MODULES as u8))
}

/// What holders must hold, counted from a walk.
fn counted<C: Config>(heap: &Heap<'_, C>) -> (BTreeMap<String, usize>, usize) {
    let mut held = BTreeMap::new();
    let mut sum = 0;
    for block in heap.blocks().filter(|block| block.state == State::Used) {
        let holder = block.owner.unwrap();
        *held
            .entry(format!("task {:?}", row_of(holder.task)))
            .or_default() += block.size;
        *held
            .entry(format!("module {:?}", column_of(holder.module)))
            .or_default() += block.size;
        sum += block.size;
    }
    (held, sum)
}

fn assert_totals<C: Config>(heap: &Heap<'_, C>, peaks: &mut BTreeMap<String, usize>)
where
    C::Record: Owns,
{
    heap.check().unwrap();
    let (held, sum) = counted(heap);
    assert_eq!(heap.stats().used, sum);
    let mut usages: Vec<(String, Usage)> = Vec::new();
    for task in [
        Task::Id(0),
        Task::Id(1),
        Task::Id(2),
        Task::Id(3),
        Task::Id(4),
        Task::Interrupt,
        Task::None,
    ] {
        usages.push((format!("task {task:?}"), heap.task_usage(task)));
    }
    for module in [Some(0), Some(1), Some(2), Some(3), None] {
        usages.push((format!("module {module:?}"), heap.module_usage(module)));
    }
    for (name, usage) in usages {
        let used = held.get(&name).copied().unwrap_or(0);
        assert_eq!(usage.used, used, "{name}");
        let peak = peaks.entry(name.clone()).or_default();
        *peak = used.max(*peak);
        // While a block moves, both places are its owner's.
        assert!((*peak..=2 * *peak).contains(&usage.peak), "{name}");
    }
    assert_eq!(
        heap.usage_of_tasks_beyond(),
        heap.task_usage(Task::Id(9999))
    );
    assert_eq!(heap.usage_of_modules_beyond(), heap.module_usage(Some(99)));
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn fill(pointer: NonNull<u8>, size: usize, byte: u8) {
    // SAFETY: a live payload of this size.
    unsafe { pointer.write_bytes(byte, size) };
}

fn is_filled(pointer: NonNull<u8>, size: usize, byte: u8) -> bool {
    // SAFETY: a live payload, which was filled.
    let bytes = unsafe { std::slice::from_raw_parts(pointer.as_ptr(), size) };
    bytes.iter().all(|&found| found == byte)
}

/// Random operations by many callers, and what they leave.
fn busy<C: Config>(
    heap: &mut Heap<'_, C>,
    steps: usize,
    mut each: impl FnMut(&Heap<'_, C>),
) -> Vec<(NonNull<u8>, usize, Caller)> {
    let mut random = Random(7);
    let mut live: Vec<(NonNull<u8>, usize, Caller)> = Vec::new();
    for step in 0..steps {
        let caller = CALLERS[random.below(CALLERS.len())];
        CALLER.set(caller);
        let size = match random.below(8) {
            0 => 200 + random.below(3000),
            1..3 => 1 + random.below(300),
            _ => 1 + random.below(60),
        };
        let byte = |size: usize| (size * 7) as u8;
        match random.below(5) {
            0 | 1 => {
                let align = [1, 1, 8, 16, 64, 256][random.below(6)];
                if let Ok(pointer) = heap.allocate_aligned(size, align) {
                    fill(pointer, size, byte(size));
                    live.push((pointer, size, caller));
                }
            }
            2 if !live.is_empty() => {
                let pick = random.below(live.len());
                let (pointer, old, holder) = live[pick];
                // SAFETY: a live block.
                if let Ok(moved) = unsafe { heap.resize(pointer, size) } {
                    assert!(is_filled(moved, old.min(size), byte(old)), "step {step}");
                    fill(moved, size, byte(size));
                    live[pick] = (moved, size, holder);
                }
            }
            _ if !live.is_empty() => {
                let (pointer, size, _) = live.swap_remove(random.below(live.len()));
                assert!(is_filled(pointer, size, byte(size)), "step {step}");
                // SAFETY: a live block.
                unsafe { heap.free(pointer) }.unwrap();
            }
            _ => {}
        }
        each(heap);
    }
    for &(pointer, size, _) in &live {
        assert!(is_filled(pointer, size, (size * 7) as u8));
    }
    live
}

fn totals_follow_every_operation<C: Config>()
where
    C::Record: Owns,
{
    let memory = Memory::new(40_000);
    let mut heap = memory.heap::<C>();
    let mut peaks = BTreeMap::new();
    let live = busy(&mut heap, 1500, |heap| assert_totals(heap, &mut peaks));
    assert!(peaks.values().all(|&peak| peak > 0), "{peaks:?}");
    heap.reset_peak();
    let usage = heap.task_usage(Task::Id(0));
    assert_eq!(usage.peak, usage.used);
    for (pointer, ..) in live {
        // SAFETY: a live block.
        unsafe { heap.free(pointer) }.unwrap();
    }
    heap.check().unwrap();
    assert_eq!(heap.task_usage(Task::Interrupt).used, 0);
    assert_eq!(heap.module_usage(None).used, 0);
}

fn what_a_task_left_is_freed<C: Config>()
where
    C::Record: Owns,
{
    for task in CALLERS.map(|caller| caller.owner().task) {
        let memory = Memory::new(40_000);
        let mut heap = memory.heap::<C>();
        let mut live = busy(&mut heap, 600, |_| {});
        let kept = |caller: &Caller| match (task, caller.owner().task) {
            // Numbers above 65,533 count as that one.
            (Task::Id(task), Task::Id(other)) => task.min(65_533) != other.min(65_533),
            (task, other) => task != other,
        };
        let its = live.iter().filter(|(.., caller)| !kept(caller)).count();
        // SAFETY: no block of the task is used any more.
        assert_eq!(unsafe { heap.free_task(task) }, its, "{task:?}");
        heap.check().unwrap();
        live.retain(|(.., caller)| kept(caller));
        assert_eq!(heap.stats().used_blocks, live.len());
        for (pointer, size, _) in live {
            assert!(is_filled(pointer, size, (size * 7) as u8));
            // SAFETY: a live block.
            unsafe { heap.free(pointer) }.unwrap();
        }
        assert_eq!(heap.stats().used, 0);
    }
}

fn a_block_stays_its_allocators<C: Config>()
where
    C::Record: Owns,
{
    let memory = Memory::new(20_000);
    let mut heap = memory.heap::<C>();
    CALLER.set(Caller::task(1).in_module(1));
    let block = heap.allocate(40).unwrap();
    let _behind = heap.allocate(16).unwrap();
    CALLER.set(Caller::task(2).in_module(2));
    // SAFETY: a live block.
    let block = unsafe { heap.resize(block, 900) }.unwrap();
    assert!(heap.task_usage(Task::Id(1)).used > 900);
    assert_eq!(heap.task_usage(Task::Id(2)), Usage::default());
    // SAFETY: a live block.
    unsafe { heap.free(block) }.unwrap();
    assert!(heap.task_usage(Task::Id(1)).used < 100);
    assert_eq!(heap.module_usage(Some(2)), Usage::default());
}

fn an_address_tells_its_holder<C: Config>()
where
    C::Record: Owns,
{
    let memory = Memory::new(20_000);
    let mut heap = memory.heap::<C>();
    let (first, second) = (Caller::task(2).in_module(1), Caller::interrupt());
    for size in [5, 50, 5000] {
        let one = heap.allocate_for(&first, size, 1).unwrap();
        let two = heap.allocate_for(&second, size, 32).unwrap();
        for at in 0..size {
            // SAFETY: inside the payloads.
            let (one, two) = unsafe { (one.add(at), two.add(at)) };
            assert_eq!(heap.owner_of(one), Some(first.owner()), "{size} {at}");
            assert_eq!(heap.owner_of(two), Some(second.owner()), "{size} {at}");
        }
        // SAFETY: a live block.
        unsafe { heap.free(one) }.unwrap();
        assert_eq!(heap.owner_of(one), None);
    }
    assert_eq!(heap.owner_of(memory.base()), None);
    assert_eq!(heap.owner_of(memory.at(memory.size())), None);
    let elsewhere = [0_u8; 8];
    assert_eq!(heap.owner_of(NonNull::from(&elsewhere).cast()), None);
}

fn one_byte_too_many_is_found<C: Config>()
where
    C::Record: Owns,
{
    for (size, align) in [(4, 1), (44, 1), (1000, 1), (60, 64), (140_000, 1)] {
        let memory = Memory::new(if C::GRANULE == 8 { 400_000 } else { 200_000 });
        let mut heap = memory.heap::<C>();
        CALLER.set(Caller::task(1).in_module(1));
        let block = heap.allocate_aligned(size, align).unwrap();
        let usable = heap.usable_size(block).unwrap();
        fill(block, usable, 0xAB);
        heap.check().unwrap();
        // What an aligned block remembers lies in between.
        let is_aligned = |info: BlockInfo| info.aligned && !info.in_slab;
        let remembers = align > C::GRANULE && heap.blocks().any(is_aligned);
        let reach = usable + if remembers { 2 } else { 0 };
        // SAFETY: in the pool.
        let (beyond, before) = unsafe { (block.add(reach), block.add(reach).read()) };
        let pool = memory.bytes();
        for byte in [0, 0xFF, !before] {
            // SAFETY: in the pool.
            unsafe { beyond.write(byte) };
            let broken = |error: FreeError| matches!(error, FreeError::Corrupt(found) if found.broken == Broken::Record && found.block > 0);
            assert_eq!(heap.check().unwrap_err().broken, Broken::Record);
            // SAFETY: a live block, or an error.
            unsafe {
                assert!(broken(heap.free(block).unwrap_err()));
                let ResizeError::Block(error) = heap.resize(block, size + 30).unwrap_err() else {
                    panic!("not the block's fault")
                };
                assert!(broken(error));
                assert!(broken(heap.usable_size(block).unwrap_err()));
                assert_eq!(heap.owner_of(block), None);
                beyond.write(before);
            }
            assert_eq!(memory.bytes(), pool);
        }
        heap.check().unwrap();
        // SAFETY: a live block.
        unsafe { heap.free(block) }.unwrap();
    }
}

/// What an aligned block remembers is no payload: its first byte behind that is proved like the
/// record. A number that may be an alignment is told from it by the next block (`new_block.rs`).
fn one_byte_too_many_behind_an_aligned_block_is_found<C: Config>()
where
    C::Record: Owns,
{
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<C>();
    CALLER.set(Caller::task(1));
    let block = heap.allocate_aligned(60, 64).unwrap();
    let _behind = heap.allocate(10).unwrap();
    let beyond = memory
        .at(block.addr().get() - memory.base().addr().get() + heap.usable_size(block).unwrap());
    let pool = memory.bytes();
    let is_exponent = |byte: &u8| (3..32).contains(byte) || (0xA0..0xC0).contains(byte);
    for byte in (0..=0xFF).filter(|byte| !is_exponent(byte)) {
        // SAFETY: in the pool; a live block, or an error.
        unsafe {
            let before = beyond.replace(byte);
            let found = heap.check().unwrap_err();
            assert_eq!(found.broken, Broken::Alignment);
            assert_eq!(
                heap.free(block),
                Err(FreeError::Corrupt(found)),
                "{byte:#04x}"
            );
            let refused = Err(ResizeError::Block(FreeError::Corrupt(found)));
            assert_eq!(heap.resize(block, 20), refused);
            assert_eq!(heap.resize_aligned(block, 20, 8), refused);
            beyond.write(before);
        }
        assert_eq!(memory.bytes(), pool);
    }
    // SAFETY: a live block.
    unsafe { heap.free(block) }.unwrap();
}

fn every_flip_in_a_record_is_found<C: Config>() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<C>();
    let live = busy(&mut heap, 300, |_| {});
    assert!(live.len() > 5);
    // The first word of each record is the holder's; numbers and sites have no second statement.
    let records: Vec<usize> = live
        .iter()
        .map(|&(pointer, ..)| {
            let info = heap.block_around(pointer).unwrap();
            (info.offset + info.payload + usize::from(info.aligned && !info.in_slab))
                .next_multiple_of(4)
        })
        .collect();
    for offset in records {
        for bit in 0..32 {
            memory.set_word(offset, memory.word(offset) ^ 1 << bit);
            assert_eq!(heap.check().unwrap_err().broken, Broken::Record);
            memory.set_word(offset, memory.word(offset) ^ 1 << bit);
        }
    }
    heap.check().unwrap();
}

fn a_pool_tells_its_holders_after_attach<C: Config>()
where
    C::Record: Owns,
{
    let memory = Memory::new(30_000);
    let mut heap = memory.heap::<C>();
    busy(&mut heap, 500, |_| {});
    let seen: Vec<_> = heap.blocks().collect();
    let usage = heap.task_usage(Task::Interrupt);
    let copy = Memory::copy_of(&memory.bytes());
    let mut other = copy.attach::<C>().unwrap();
    assert_eq!(other.blocks().collect::<Vec<_>>(), seen);
    assert_eq!(other.task_usage(Task::Interrupt), usage);
    // SAFETY: nobody uses the copy.
    assert!(unsafe { other.free_task(Task::Interrupt) } > 0);
    other.check().unwrap();
}

#[test]
fn a_block_costs_its_size_rounded_up_and_eight_bytes() {
    type Device = With<Standard<Tlsf, Large, 4>, Table>;
    let memory = Memory::new(20_000);
    let mut heap = memory.heap::<Device>();
    for size in 1_usize..300 {
        let before = heap.stats().used;
        heap.allocate(size).map(drop).unwrap_or_default();
        if heap.stats().used_blocks == 0 {
            continue;
        }
        assert_eq!(
            heap.stats().used - before,
            (size.next_multiple_of(4) + 8).max(16),
            "{size}"
        );
        // SAFETY: all blocks are this test's.
        unsafe { heap.free_task(CALLER.get().owner().task) };
    }
}

#[test]
fn a_gap_that_a_used_block_takes_along_is_charged_to_it() {
    type Device = With<Standard<Tlsf, Small, 4>, Both>;
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<Device>();
    let mut peaks = BTreeMap::new();
    // At some of these sizes the gap before the aligned block is too small for a block of its own.
    for size in (4..64).step_by(4) {
        CALLER.set(Caller::task(1).at([0x11, size, 0, 0]));
        let before = heap.allocate(size as usize).unwrap();
        CALLER.set(Caller::task(2));
        heap.allocate_aligned(24, 64).unwrap();
        assert_totals(&heap, &mut peaks);
        let origin = heap.block_around(before).unwrap().allocation.unwrap();
        assert_eq!(origin.sites, [0x11, size, 0, 0]);
    }
}

#[test]
fn two_snapshots_tell_what_leaked() {
    type Device = With<WithSlab<Standard<Tlsf, Large, 8>, Fast>, Both>;
    let memory = Memory::new(1 << 18);
    let mut heap = memory.heap::<Device>();
    let from = |task, site| Caller::task(task).at([site, 0x99, 7, 7]);
    let old = heap.allocate_for(&from(1, 0xA0), 24, 1).unwrap();
    let first = heap.snapshot();
    let mut kept = Vec::new();
    for round in 0..10 {
        kept.push(heap.allocate_for(&from(1, 0xA0), 24, 1).unwrap());
        let brief = heap.allocate_for(&from(1, 0xB0), 300, 1).unwrap();
        if round % 2 == 0 {
            kept.push(heap.allocate_for(&from(2, 0xA0), 9000, 1).unwrap());
        }
        // SAFETY: a live block.
        unsafe { heap.free(brief) }.unwrap();
    }
    let second = heap.snapshot();
    heap.allocate_for(&from(3, 0xC0), 24, 1).unwrap();

    assert_eq!(heap.held_since(first..second).count(), 15);
    let leaks: Vec<_> = heap.leaks(first..second).collect();
    let told: Vec<_> = leaks
        .iter()
        .map(|leak| (leak.owner.unwrap().task, leak.sites, leak.blocks))
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(Task::Id(1), [0xA0, 0x99, 0, 0], 10)));
    assert!(told.contains(&(Task::Id(2), [0xA0, 0x99, 0, 0], 5)));
    let bytes: usize = leaks.iter().map(|leak| leak.bytes).sum();
    assert_eq!(
        bytes,
        heap.held_since(first..second)
            .map(|block| block.size)
            .sum::<usize>()
    );

    // A block that grows stays as old as it is.
    // SAFETY: live blocks.
    unsafe {
        heap.resize(old, 4000).unwrap();
        for block in kept {
            heap.free(block).unwrap();
        }
    }
    assert_eq!(heap.leaks(first..second).count(), 0);
    assert_eq!(heap.leaks(second..heap.snapshot()).count(), 1);
}

#[test]
fn numbers_wrap() {
    use litepool::track::Snapshot;
    let (start, end) = (
        Snapshot {
            number: u32::MAX - 1,
        },
        Snapshot { number: 2 },
    );
    for (number, inside) in [
        (u32::MAX - 2, false),
        (u32::MAX - 1, true),
        (0, true),
        (1, true),
        (2, false),
    ] {
        assert_eq!(start.is_between(end, number), inside, "{number}");
    }
}

#[test]
fn another_record_is_another_pool() {
    type One = With<Standard<Tlsf, Large, 4>, Table>;
    type Two = With<Standard<Tlsf, Large, 4>, Owners<5, 3>>;
    type Sites = With<Standard<Tlsf, Large, 4>, CallSites<1>>;
    type Plain = Standard<Tlsf, Large, 4>;
    let memory = Memory::new(4096);
    memory.heap::<One>();
    assert!(memory.attach::<One>().is_ok());
    assert!(matches!(
        memory.attach::<Two>(),
        Err(AttachError::Configuration { .. })
    ));
    assert!(matches!(
        memory.attach::<Sites>(),
        Err(AttachError::Configuration { .. })
    ));
    assert!(matches!(
        memory.attach::<Plain>(),
        Err(AttachError::Configuration { .. })
    ));
    memory.heap::<Plain>();
    assert!(matches!(
        memory.attach::<One>(),
        Err(AttachError::Configuration { .. })
    ));
}

#[test]
fn every_flip_in_the_totals_is_found() {
    type Device = With<Standard<BestFitLittle, Small, 4>, Owners<2, 1>>;
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Device>();
    CALLER.set(Caller::task(1).in_module(0));
    heap.allocate(100).unwrap();
    // Behind ten words: the numbers of rows; then, two links for each of 5 rows of tasks and 3 of
    // modules.
    for offset in (40..40 + 4 + 8 * 4).step_by(4) {
        for bit in 0..32 {
            let word = memory.word(offset);
            memory.set_word(offset, word ^ 1 << bit);
            // A peak may be any that is not below what is held, nor above the pool.
            let is_peak = offset > 40 && bit >= 16;
            assert!(heap.check().is_err() || is_peak, "bit {bit} at {offset}");
            memory.set_word(offset, word);
        }
    }
    heap.check().unwrap();
}

#[test]
fn events_tell_what_happens_in_order() {
    type Device = With<Standard<Tlsf, Small, 4>, ()>;
    let memory = Memory::new(2048);
    EVENTS.take();
    let mut heap = memory.heap::<Device>();
    let block = heap.allocate(100).unwrap();
    // SAFETY: live blocks, or errors.
    let moved = unsafe {
        heap.allocate_aligned(10, 32).unwrap();
        let moved = heap.resize(block, 400).unwrap();
        heap.free(moved).unwrap();
        heap.free(moved).unwrap_err();
        heap.resize(moved, 8).unwrap_err();
        moved
    };
    let exhausted = heap.allocate(5000).unwrap_err();
    drop(memory.attach::<Device>());
    let pool = memory.base().addr().get();
    let events = EVENTS.take();
    assert!(events.iter().all(|event| event.pool == pool));
    let what: Vec<What> = events.iter().map(|event| event.what).collect();
    assert!(
        matches!(
            what[..],
            [
                What::Initialised { size: 2048 },
                What::Allocated { pointer: a, size: 100, align: 1 },
                What::Allocated { size: 10, align: 32, .. },
                What::Resized { from: b, to: c, size: 400 },
                What::Freed { pointer: d },
                What::NotFreed { pointer: e },
                What::NotResized { pointer: f, size: 8 },
                What::NotAllocated { size: 5000, align: 1 },
                What::Initialised { size: 2048 },
            ] if [a, b] == [block; 2] && [c, d, e, f] == [moved; 4]
        ),
        "{what:?}"
    );
    assert!(matches!(
        exhausted,
        AllocError::Exhausted { request: 5000, .. }
    ));
}

#[test]
fn the_smallest_block_is_not_reached_in_one_step() {
    // Blocks of 24 bytes and more, places every 8: a gap of 4 has to grow by three steps.
    type Device = With<Standard<Tlsf, Large, 4>, Both>;
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Device>();
    for size in 1..40 {
        if heap.allocate_aligned(size, 8).is_ok() {
            heap.check().unwrap();
        }
    }
}

#[test]
fn a_header_with_its_record_has_as_many_bytes_as_are_told() {
    fn overhead<R: Record>() -> usize {
        let memory = Memory::new(2048);
        let mut heap = memory.heap::<With<Standard<Tlsf, Large, 4>, R>>();
        heap.allocate(100).unwrap();
        heap.stats().used - 100
    }
    assert_eq!(overhead::<()>(), 4);
    assert_eq!(overhead::<Table>(), 8);
    assert_eq!(overhead::<CallSites<0>>(), 8);
    assert_eq!(overhead::<CallSites<2>>(), 16);
    assert_eq!(overhead::<(Table, CallSites<4>)>(), 28);
}

#[test]
fn a_report_names_the_block_the_one_before_and_their_holders() {
    type Device = With<Standard<Tlsf, Small, 4>, Both>;
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Device>();
    let culprit = Caller::task(2).in_module(1).at([0x800_1234, 0, 0, 0]);
    let one = heap.allocate_for(&culprit, 40, 1).unwrap();
    let two = heap.allocate_for(&Caller::interrupt(), 60, 1).unwrap();
    let usable = heap.usable_size(one).unwrap();
    // An overrun that leaves the record as it was, as a wild store does, and hits the next header.
    // SAFETY: in the pool.
    let before = unsafe { one.add(usable + 16).cast::<u32>().replace(0x8000_0003) };
    // SAFETY: an error, or a live block.
    let FreeError::Corrupt(corruption) = unsafe { heap.free(one) }.unwrap_err() else {
        panic!("the damage is not seen")
    };
    assert_eq!(corruption.broken, Broken::Seal);
    let report = heap.report(&corruption);
    assert_eq!(report.block, None, "where it ends, nobody knows");
    let block = report.previous.unwrap();
    assert_eq!(memory.at(block.offset), one);
    assert_eq!(block.owner.unwrap().task, Task::Id(2));
    assert_eq!(
        report.to_string(),
        format!(
            "corrupt block at offset {1}: the header is overwritten: its seal does not fit; the block \
             before it is at {0}\n  \
             before it: used, 60 bytes at offset {0}, held by task 2 in module 1, allocation 0 from \
             0x8001234",
            block.offset, corruption.block
        )
    );

    // SAFETY: the header again as it was, and then the byte behind the payload of the other block.
    unsafe {
        one.add(usable + 16).cast::<u32>().write(before);
        let end = heap.usable_size(two).unwrap();
        two.add(end).write(0);
    }
    let report = heap.report(&heap.check().unwrap_err());
    assert_eq!(report.block.unwrap().owner, None);
    assert_eq!(report.previous.unwrap().owner.unwrap().module, Some(1));
    assert!(report.to_string().ends_with(&format!(
        "before it: used, 60 bytes at offset {}, held by task 2 in module 1, allocation 0 from 0x8001234",
        block.offset
    )));
}

#[test]
fn a_report_suspects_whoever_wrote_beyond_a_block_and_says_who_that_is() {
    type Device = With<Standard<Tlsf, Small, 4>, Both>;
    for bytes in [1, 2] {
        let memory = Memory::new(4096);
        let mut heap = memory.heap::<Device>();
        heap.allocate_for(&Caller::task(1), 40, 1).unwrap();
        let one = heap.allocate_for(&Caller::task(2), 40, 1).unwrap();
        heap.allocate_for(&Caller::task(3), 40, 1).unwrap();
        let usable = heap.usable_size(one).unwrap();
        // SAFETY: in the pool.
        unsafe { one.add(usable).write_bytes(0x5A, bytes) };
        let suspect = heap.report(&heap.check().unwrap_err()).suspect.unwrap();
        assert_eq!(memory.at(suspect.offset), one);
        assert_eq!(suspect.owner.unwrap().task, Task::Id(2));
    }

    // A store at the header behind that spares the record: the one before it is the suspect.
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Device>();
    let one = heap.allocate_for(&Caller::task(2), 40, 1).unwrap();
    let two = heap.allocate_for(&Caller::task(3), 40, 1).unwrap();
    // SAFETY: in the pool.
    unsafe { two.sub(4).cast::<u32>().write(0x5A5A_5A5A) };
    let suspect = heap.report(&heap.check().unwrap_err()).suspect.unwrap();
    assert_eq!(memory.at(suspect.offset), one);
    assert_eq!(suspect.owner.unwrap().task, Task::Id(2));

    // Damage to no block has no suspect.
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Device>();
    heap.allocate_for(&Caller::task(2), 40, 1).unwrap();
    assert!(heap.has_identity());
    // SAFETY: in the pool.
    unsafe { memory.at(0).write(0xFF) };
    assert!(!heap.has_identity());
    assert_eq!(heap.report(&heap.check().unwrap_err()).suspect, None);
}
