//! A pool's figures: of one moment, in bounded time, and of the free blocks that there are.

mod common;

use std::cell::{Cell, RefCell};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use common::pools::{Ask, Joined, Live, free};
use common::{Memory, has_links};
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::lock::Lock;
use litepool::{BlockInfo, Config, Heap, Regions, State};
use litepool_testing::config::*;

const SIZE: usize = 32 << 10;

type Devices = Hardened<Standard<Tlsf, Large, 8>>;
type Best = Standard<BestFit, Small, 4>;
type Little = Standard<BestFitLittle, Small, 4>;

/// Runs tests for each algorithm.
macro_rules! for_each_fit {
    ($($test:ident),* $(,)?) => {
        mod tlsf {
            $(#[test] fn $test() { super::$test::<super::Devices>(); })*
        }
        mod best_fit {
            $(#[test] fn $test() { super::$test::<super::Best>(); })*
        }
        mod best_fit_little {
            $(#[test] fn $test() { super::$test::<super::Little>(); })*
        }
    };
}

for_each_fit!(
    the_sizes_of_free_blocks_are_those_that_a_walk_finds,
    totals_are_the_figures_that_are_counted,
    a_shared_pool_has_the_figures_of_its_heap,
    the_lock_is_held_for_few_blocks,
);

/// The free blocks that a walk finds: how many, and the largest and the smallest request that one
/// holds.
fn walked(blocks: impl Iterator<Item = BlockInfo>) -> (usize, usize, usize) {
    let free = blocks.filter(|block| block.state == State::Free);
    let sizes: Vec<_> = free.map(|block| block.payload).collect();
    let (largest, smallest) = (sizes.iter().max(), sizes.iter().min());
    (
        sizes.len(),
        largest.copied().unwrap_or(0),
        smallest.copied().unwrap_or(0),
    )
}

/// Blocks of `size` bytes until there is no room, of which every other one is freed.
fn every_other_one(
    mut allocate: impl FnMut() -> Option<NonNull<u8>>,
    mut free: impl FnMut(NonNull<u8>),
) -> Vec<NonNull<u8>> {
    let all: Vec<_> = std::iter::from_fn(&mut allocate).collect();
    all.iter().skip(1).step_by(2).for_each(|&block| free(block));
    all.into_iter().step_by(2).collect()
}

fn fill_with_holes<C: Config>(heap: &mut Heap<'_, C>) {
    let large = heap.allocate(1000).unwrap();
    let heap = RefCell::new(heap);
    every_other_one(
        || heap.borrow_mut().allocate(40).ok(),
        // SAFETY: nobody uses it.
        |block| unsafe { heap.borrow_mut().free(block).unwrap() },
    );
    // SAFETY: likewise.
    unsafe { heap.into_inner().free(large).unwrap() };
}

fn the_sizes_of_free_blocks_are_those_that_a_walk_finds<C: Config>() {
    let memory = Memory::new(SIZE);
    let mut heap = memory.heap::<C>();
    let compare = |heap: &Heap<'_, C>| {
        let stats = heap.stats();
        let found = (stats.free_blocks, stats.largest_free, stats.smallest_free);
        assert_eq!(found, walked(heap.blocks()));
    };
    compare(&heap);
    fill_with_holes(&mut heap);
    assert!(heap.stats().free_blocks > 100);
    compare(&heap);
    while heap.allocate(1).is_ok() {}
    assert_eq!(heap.stats().smallest_free, 0);
    compare(&heap);
}

fn totals_are_the_figures_that_are_counted<C: Config>() {
    let memory = Memory::new(SIZE);
    let mut heap = memory.heap::<C>();
    fill_with_holes(&mut heap);
    assert_eq!(heap.totals(), heap.stats().totals());
    assert_eq!(heap.totals().failures, 1);
}

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
    static AFTERWARDS: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
}

/// How often locks are taken for `what`.
fn times_locked<T>(what: impl FnOnce() -> T) -> (T, usize) {
    TAKEN.set(0);
    (what(), TAKEN.get())
}

/// For one thread: it counts, and does something whenever it is free.
struct Told;

// SAFETY: the tests that use it have one thread each.
unsafe impl Lock for Told {
    type State = ();
    const NEW: Self = Self;

    fn acquire(&self) {
        TAKEN.set(TAKEN.get() + 1);
    }

    unsafe fn release(&self, (): ()) {
        // While it does that, there is nothing to do.
        let afterwards = AFTERWARDS.take();
        if let Some(mut what) = afterwards {
            what();
            AFTERWARDS.set(Some(what));
        }
    }
}

fn pool_with_holes<C: Config>() -> (Live<C, Told>, Vec<NonNull<u8>>) {
    let live = Live::<C, Told>::new(SIZE);
    let pool = live.pool;
    let blocks = every_other_one(
        || pool.allocate(40).ok(),
        |block| free(pool, block).unwrap(),
    );
    (live, blocks)
}

fn a_shared_pool_has_the_figures_of_its_heap<C: Config>() {
    let (live, _) = pool_with_holes::<C>();
    let stats = live.pool.stats().unwrap();
    let memory = Memory::copy_of(&live.bytes());
    // SAFETY: initialised memory, which the test does not use otherwise.
    let heap = unsafe { Heap::<C>::attach(memory.base(), SIZE) }.unwrap();
    assert_eq!(stats, heap.stats());
    assert_eq!(live.pool.lock(|heap| heap.totals()).unwrap(), heap.totals());
}

fn the_lock_is_held_for_few_blocks<C: Config>() {
    let (live, blocks) = pool_with_holes::<C>();
    let (_, times) = times_locked(|| live.pool.lock(|heap| heap.totals()).unwrap());
    assert_eq!(times, 1);
    let (_, times) = times_locked(|| live.pool.stats().unwrap());
    if has_links::<C>() {
        assert_eq!(times, 1);
    } else {
        assert!(times > 2 * blocks.len() / 40, "{times}");
    }
}

#[test]
fn what_is_freed_between_two_steps_is_seen() {
    let (live, mut blocks) = pool_with_holes::<Little>();
    let pool = live.pool;
    // Between the first two steps nearly all is given up, wherever the second one was to begin.
    AFTERWARDS.set(Some(Box::new(move || {
        blocks
            .drain(..)
            .for_each(|block| free(pool, block).unwrap());
    })));
    let stats = pool.stats().unwrap();
    AFTERWARDS.set(None);
    // But no more than was free at the moment of the figures that are counted.
    assert!(pool.stats().unwrap().largest_free > stats.free);
    assert_eq!(stats.largest_free, stats.free);
}

#[test]
fn a_walk_in_steps_tells_of_what_a_walk_tells_of() {
    let (live, blocks) = pool_with_holes::<Little>();
    let (mut all, mut in_steps) = (Vec::new(), Vec::new());
    live.pool.for_each_block(|block| all.push(block)).unwrap();
    let step = |block| in_steps.push(block);
    let (is_done, times) = times_locked(|| live.pool.for_each_block_in_steps(10, step));
    assert_eq!(is_done, Ok(true));
    assert_eq!(all, in_steps);
    // Ten blocks and on to the next used one; every other one is.
    assert!(times > 2 * blocks.len() / 13);
}

#[test]
fn a_walk_in_steps_ends_where_its_next_block_is_given_up() {
    let (live, mut blocks) = pool_with_holes::<Little>();
    let pool = live.pool;
    AFTERWARDS.set(Some(Box::new(move || {
        blocks
            .drain(..)
            .for_each(|block| free(pool, block).unwrap());
    })));
    let mut told = 0;
    assert_eq!(pool.for_each_block_in_steps(10, |_| told += 1), Ok(false));
    AFTERWARDS.set(None);
    assert!(told <= 11);
}

#[test]
fn in_a_pool_that_never_rests_the_figures_come_to_an_end() {
    let (live, blocks) = pool_with_holes::<Little>();
    let pool = live.pool;
    // The lowest block that is left is given up after each step: there is always an anchor less.
    let mut left = blocks.into_iter().rev();
    AFTERWARDS.set(Some(Box::new(move || {
        left.by_ref()
            .take(3)
            .for_each(|block| free(pool, block).unwrap());
    })));
    let stats = pool.stats().unwrap();
    AFTERWARDS.set(None);
    assert!(stats.largest_free <= pool.stats().unwrap().largest_free);
}

#[test]
fn a_crowd_in_one_size_class_is_looked_at_in_part() {
    type Crowded = Standard<Tlsf, Large, 4>;
    let live = Live::<Crowded, Told>::new(256 << 10);
    let pool = live.pool;
    // Sizes of one class, with something used between any two, until all is filled.
    let mut size = 0;
    every_other_one(
        || {
            size = (size + 4) % 64;
            pool.allocate(1024 + size).ok()
        },
        |block| free(pool, block).unwrap(),
    );
    while pool.allocate(2000).is_ok() {}
    let stats = pool.stats().unwrap();
    let mut exact = 0;
    pool.for_each_block(|block| {
        if block.state == State::Free {
            exact = block.payload.max(exact);
        }
    })
    .unwrap();
    assert!(stats.free_blocks > 64);
    assert!(stats.largest_free <= exact && stats.largest_free + exact / 8 >= exact);
}

#[test]
fn the_figures_of_regions_are_sums_and_extremes() {
    type Two = Joined<Standard<Tlsf, Large, 8>>;
    let [mut first, mut second] = [8192, 4096].map(|size| vec![MaybeUninit::uninit(); size]);
    let mut regions = Regions::<Two, 1>::new(&mut first).unwrap();
    regions.add_region(&mut second).unwrap();
    let of = |region| regions.region_stats(region).unwrap();
    let stats = regions.stats();
    assert_eq!(regions.totals(), stats.totals());
    assert_eq!(stats.largest_free, of(0).largest_free);
    assert_eq!(stats.smallest_free, of(1).smallest_free);
}

/// Free blocks between used ones: a large one at the end, one for 108 bytes that is badly placed
/// for a multiple of 64, and below it one for 112 bytes that is well placed. All of it in blocks of
/// 12 bytes where it is used.
fn well_and_badly_placed<C: Config>(heap: &mut Heap<'_, C>) -> [NonNull<u8>; 2] {
    let mut at = |offset: usize, size: usize| {
        while (heap.allocate(4).unwrap().addr().get() + 12) % 64 != offset {}
        let block = heap.allocate(size).unwrap();
        assert_eq!(block.addr().get() % 64, offset);
        block
    };
    let [well, badly] = [at(0, 112), at(32, 108)];
    heap.allocate(4).unwrap();
    // SAFETY: nobody uses them.
    unsafe {
        heap.free(well).unwrap();
        heap.free(badly).unwrap();
    }
    [well, badly]
}

fn an_aligned_request_takes_what_the_index_offers<C: Config>() {
    let memory = Memory::new(SIZE);
    let mut heap = memory.heap::<C>();
    let [_, badly] = well_and_badly_placed(&mut heap);
    // A walk over all blocks would have found the smaller one that happens to be well placed.
    assert!(heap.allocate_aligned(100, 64).unwrap() > badly);
}

#[test]
fn an_aligned_request_asks_the_index_first() {
    an_aligned_request_takes_what_the_index_offers::<Standard<Tlsf, Small, 4>>();
}

/// Looks at one block of a request's own list, and walks nowhere.
type Bounded = Standard<Tlsf<1>, Small, 4>;

#[test]
fn an_aligned_request_with_a_bound_never_walks() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Bounded>();
    well_and_badly_placed(&mut heap);
    while heap.allocate(200).is_ok() {}
    assert!(heap.allocate_aligned(100, 64).is_err());
}

/// Free blocks of 40 to 43 granules, which are in one list, the largest of them last. What the
/// figures call the largest request is served, however few of them a request looks at.
fn the_largest_request_is_served<F: Fit>() {
    let memory = Memory::new(16 << 10);
    let mut heap = memory.heap::<Standard<F, Small, 4>>();
    let blocks = [172, 168, 164, 160].map(|size| {
        let block = heap.allocate(size - 4).unwrap();
        heap.allocate(4).unwrap();
        block
    });
    while heap.allocate(8).is_ok() {}
    for block in blocks {
        // SAFETY: the block is ours, and nothing refers to it.
        unsafe { heap.free(block).unwrap() };
    }
    for _ in blocks {
        let largest = heap.stats().largest_free;
        assert!(heap.allocate(largest + 1).is_err());
        heap.allocate(largest).unwrap();
    }
}

#[test]
fn the_largest_request_is_served_with_any_bound() {
    the_largest_request_is_served::<Tlsf<0>>();
    the_largest_request_is_served::<Tlsf<1>>();
    the_largest_request_is_served::<Tlsf<2>>();
    the_largest_request_is_served::<Tlsf<3>>();
    the_largest_request_is_served::<Tlsf>();
    the_largest_request_is_served::<BestFit>();
    the_largest_request_is_served::<BestFitLittle>();
}

#[test]
fn figures_are_one_line_for_a_log() {
    let memory = Memory::new(2048);
    let mut heap = memory.heap::<Little>();
    let block = heap.allocate(100).unwrap();
    heap.allocate(300).unwrap();
    heap.allocate(4000).unwrap_err();
    // SAFETY: the block is ours and nothing refers to it any more.
    unsafe { heap.free(block).unwrap() };
    assert_eq!(
        heap.stats().to_string(),
        "used 304 of 2048 bytes, peak 408, blocks 1, free 1700, largest free 1592, failures 1"
    );
}

/// A cell of the README's table: the control block in pools of 2 KiB and of 64 KiB.
fn control_block<F: Fit, S: Size>() -> String {
    let [small, large] = [2, 64].map(|kibibytes| {
        let memory = Memory::new(kibibytes << 10);
        memory.heap::<Standard<F, S, 4>>().stats().overhead
    });
    format!("{small} / {large}")
}

#[test]
fn the_control_block_has_the_size_that_the_readme_states() {
    let narrow = [
        control_block::<Tlsf, Small>(),
        control_block::<BestFit, Small>(),
        control_block::<BestFitLittle, Small>(),
    ];
    let wide = [
        control_block::<Tlsf, Large>(),
        control_block::<BestFit, Large>(),
    ];
    let readme = include_str!("../../../README.md");
    for cells in [narrow.join(" | "), wide.join(" | ")] {
        assert!(readme.contains(&cells), "not in the README: {cells}");
    }
}
