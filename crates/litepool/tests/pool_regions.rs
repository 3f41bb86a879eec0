//! Pools in several regions: no other pool gets any of their memory, and every operation works in
//! all of them.

mod common;

use std::ptr::NonNull;
use std::thread;

use common::Memory;
use common::pools::{
    Ask, Filled, Joined, churn, deinit, empty, free, init_at, init_in, is_overlap, listed, steps,
};
use litepool::fit::{BestFitLittle, Tlsf};
use litepool::lock::{Spin, Unlocked};
use litepool::{
    AllocError, AttachError, CheckError, Config, DeinitError, FreeError, InitError, NotReady, Pool,
    PoolInfo, RegionError, ResizeError, State,
};
use litepool_testing::config::{Large, Small, Standard};

/// A pool that a test makes in parts of its memory, with a gap of 4 KiB between two. All stays for
/// ever.
struct Parts<C: Config> {
    pool: &'static Pool<C, Spin, 2>,
    memory: &'static Memory,
}

const SIZE: usize = 16 << 10;
const GAP: usize = 4096;
const STEP: usize = SIZE + GAP;

impl<C: Config> Parts<C> {
    /// Memory for three regions, none of which is made.
    fn empty() -> Self {
        Self {
            pool: Box::leak(Box::default()),
            memory: Box::leak(Box::new(Memory::new(4 * STEP))),
        }
    }

    /// A pool of so many regions.
    fn new(regions: usize) -> Self {
        let parts = Self::empty();
        // SAFETY: the memory stays for ever, and is the pool's.
        unsafe { parts.pool.init(parts.base(0), SIZE) }.unwrap();
        for number in 1..regions {
            assert_eq!(parts.add(number), Ok(number));
        }
        parts
    }

    fn base(&self, number: usize) -> NonNull<u8> {
        self.memory.at(number * STEP)
    }

    fn add(&self, number: usize) -> Result<usize, RegionError> {
        add(self.pool, self.base(number), SIZE)
    }

    fn part_of(&self, pointer: NonNull<u8>) -> usize {
        (pointer.addr().get() - self.memory.base().addr().get()) / STEP
    }
}

impl<C: Config> Drop for Parts<C> {
    fn drop(&mut self) {
        // SAFETY: no test uses a block any more. It may have been done already.
        let _ = unsafe { self.pool.deinit() };
    }
}

fn add<C: Config, const MORE: usize>(
    pool: &'static Pool<C, Spin, MORE>,
    base: NonNull<u8>,
    size: usize,
) -> Result<usize, RegionError> {
    // SAFETY: the tests give memory of their own that stays for ever, or what is refused.
    unsafe { pool.add_region(base, size) }
}

macro_rules! for_some_joined_configs {
    ($($test:ident),* $(,)?) => {
        for_configs! { [$($test),*]
            tlsf_u16_granule_4: Joined<Standard<Tlsf, Small, 4>>;
            best_fit_u32_granule_8: Joined<Standard<BestFit, Large, 8>>;
            best_fit_little_u16_granule_4: Joined<Standard<BestFitLittle, Small, 4>>;
            tlsf_u32_granule_8_fast_slab: Joined<WithSlab<Standard<Tlsf, Large, 8>, Fast>>;
        }
    };
}

for_some_joined_configs!(
    no_pool_is_made_on_any_region,
    no_region_is_made_on_any_pool,
    a_pool_may_stand_in_a_block_of_any_region,
    every_operation_works_in_every_region,
    a_churn_keeps_contents,
    a_check_in_steps_comes_through_every_region,
    a_pool_that_is_given_up_forgets_its_regions,
    regions_are_attached,
);

fn no_pool_is_made_on_any_region<C: Config>() {
    let parts = Parts::<C>::new(3);
    let blocks = [0, 1, 2].map(|region| parts.pool.allocate_in(region, 2000, 1).unwrap());
    for block in blocks {
        // SAFETY: ours.
        unsafe { block.write_bytes(0x77, 2000) };
    }
    let before = parts.memory.bytes();
    let other: &Pool<C, Spin> = empty();
    for number in 0..3 {
        let start = number * STEP;
        for (what, from, to) in [
            ("the same memory", start, start + SIZE),
            ("its tail and the gap", start + SIZE - 64, start + STEP),
            ("its control block", start, start + 2048),
            ("its free memory", start + SIZE - 2048, start + SIZE),
            ("more than all of it", start, start + STEP),
        ] {
            let refused = init_at(other, parts.memory, from, to - from);
            let expected = InitError::Overlap {
                start: parts.base(number).addr().get(),
                size: SIZE,
            };
            assert_eq!(refused, Err(expected), "{what} of {number}");
            assert!(parts.memory.bytes() == before, "{what} of {number}");
        }
    }
    // What lies between two regions is nobody's.
    for number in 0..3 {
        let start = number * STEP;
        init_at(other, parts.memory, start + SIZE, GAP).unwrap();
        assert_eq!(
            parts.pool.usable_size(parts.memory.at(start + SIZE + 2048)),
            Err(FreeError::OutOfPool)
        );
        deinit(other).unwrap();
    }
    parts.pool.check().unwrap();
}

fn no_region_is_made_on_any_pool<C: Config>() {
    let (parts, others) = (Parts::<C>::new(2), Parts::<C>::new(2));
    let block = others.pool.allocate_in(1, 4096, 1).unwrap();
    let own = parts.pool.allocate_in(0, 4096, 1).unwrap();
    let before = (parts.memory.bytes(), others.memory.bytes());
    let stats = parts.pool.stats();
    for (what, base, size, of) in [
        ("a pool", others.base(0), SIZE, others.base(0)),
        (
            "inside a pool",
            others.memory.at(4096),
            4096,
            others.base(0),
        ),
        (
            "another's second region",
            others.base(1),
            SIZE,
            others.base(1),
        ),
        ("a used block of another", block, 4096, others.base(1)),
        ("a used block of its own", own, 4096, parts.base(0)),
        ("itself", parts.base(0), SIZE, parts.base(0)),
        (
            "its second region's tail",
            parts.memory.at(STEP + SIZE - 512),
            GAP,
            parts.base(1),
        ),
    ] {
        let refused = RegionError::Memory(InitError::Overlap {
            start: of.addr().get(),
            size: SIZE,
        });
        assert_eq!(add(parts.pool, base, size), Err(refused), "{what}");
        let after = (parts.memory.bytes(), others.memory.bytes());
        assert!(after == before, "{what}");
        assert_eq!(parts.pool.stats(), stats, "{what}");
    }
    for size in [0, 4, 8, 16] {
        let refused = add(parts.pool, parts.base(2), size / C::GRANULE * C::GRANULE);
        assert_eq!(refused, Err(RegionError::Memory(InitError::TooSmall)));
    }
    assert_eq!(
        add(parts.pool, parts.base(2), SIZE - 1),
        Err(RegionError::Memory(InitError::Misaligned))
    );
    assert!(parts.memory.bytes() == before.0);
    assert_eq!(parts.add(2), Ok(2));
    assert_eq!(parts.add(3), Err(RegionError::TooMany));
    // What was refused is nobody's.
    let other: &Pool<C, Spin> = empty();
    init_in(other, parts.base(3), SIZE).unwrap();
    deinit(other).unwrap();
    let idle: &Pool<C, Spin, 2> = Box::leak(Box::default());
    assert_eq!(add(idle, parts.base(3), SIZE), Err(RegionError::NotReady));
    let alone: &Pool<C, Spin> = empty();
    init_in(alone, parts.base(3), 4096).unwrap();
    assert_eq!(
        add(alone, parts.memory.at(3 * STEP + 4096), 4096),
        Err(RegionError::TooMany)
    );
    deinit(alone).unwrap();
    parts.pool.check().unwrap();
}

fn a_pool_may_stand_in_a_block_of_any_region<C: Config>() {
    let outer = Parts::<C>::new(3);
    for region in 0..3 {
        let block = outer.pool.allocate_in(region, 6000, 1).unwrap();
        let inner: &Pool<C, Spin> = empty();
        for from in [0, 512] {
            // SAFETY: inside the block.
            init_in(inner, unsafe { block.add(from) }, 4096).unwrap();
            let nested = inner.allocate(100).unwrap();
            assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
            let refused = Err(ResizeError::Block(FreeError::HoldsPool));
            // SAFETY: refused.
            assert_eq!(unsafe { outer.pool.resize(block, 8000) }, refused);
            assert_eq!(free(outer.pool, nested), Err(FreeError::InNestedPool));
            assert_eq!(deinit(outer.pool), Err(DeinitError::HoldsPool));
            deinit(inner).unwrap();
        }
        // In free memory none may stand.
        let free_memory = outer.memory.at(region * STEP + SIZE - 2048);
        assert!(is_overlap(init_in(inner, free_memory, 2048)));
        free(outer.pool, block).unwrap();
    }
    // A nested pool gets a region elsewhere.
    let block = outer.pool.allocate_in(1, 6000, 1).unwrap();
    let inner: &'static Pool<C, Spin, 2> = Box::leak(Box::default());
    // SAFETY: the block is ours.
    unsafe { inner.init(block, 4096) }.unwrap();
    add(inner, outer.base(3), SIZE).unwrap();
    let far = inner.allocate_in(1, 1000, 1).unwrap();
    assert_eq!(free(outer.pool, far), Err(FreeError::OutOfPool));
    free(inner, far).unwrap();
    // SAFETY: nothing uses a block of it.
    unsafe { inner.deinit() }.unwrap();
    free(outer.pool, block).unwrap();
    outer.pool.check().unwrap();
}

fn every_operation_works_in_every_region<C: Config>() {
    let parts = Parts::<C>::new(3);
    let pool = parts.pool;
    for region in 0..3 {
        pool.set_preferred(region).unwrap();
        let block = pool.allocate_zeroed(300).unwrap();
        assert_eq!(parts.part_of(block), region);
        let mut filled = Filled::new(block, 300, 4, 7);
        assert!(pool.usable_size(block).unwrap() >= 300);
        filled.resize(pool, 900);
        assert_eq!(parts.part_of(filled.pointer), region);
        let aligned = pool.allocate_aligned(100, 128).unwrap();
        assert!(aligned.addr().get().is_multiple_of(128));
        free(pool, aligned).unwrap();
        // More than the region has: it moves, without the lock while it is copied.
        let rest = pool.region_stats(region).unwrap().unwrap().largest_free;
        let filler = pool.allocate_in(region, rest, 1).unwrap();
        filled.resize(pool, 4000);
        assert_ne!(parts.part_of(filled.pointer), region);
        free(pool, filler).unwrap();
        free(pool, filled.pointer).unwrap();
        assert!(free(pool, filled.pointer).is_err());
    }
    let stats = pool.stats().unwrap();
    assert_eq!((stats.failures, stats.used), (0, 0));
    assert_eq!(stats.size, 3 * SIZE);
    assert!(matches!(
        pool.allocate(2 * SIZE),
        Err(AllocError::Exhausted { .. })
    ));
    assert_eq!(pool.stats().unwrap().failures, 1);
    let preferred = pool
        .lock(|mut heap| heap.allocate_preferring(1, 100, 1))
        .unwrap()
        .unwrap();
    assert_eq!(parts.part_of(preferred), 1);
    assert_eq!(pool.allocate_in(3, 1, 1), Err(AllocError::NoSuchRegion));
    assert_eq!(pool.set_preferred(3), Err(RegionError::NoSuchRegion));
    assert_eq!(pool.region_stats(3), Ok(None));
    free(pool, preferred).unwrap();
    pool.reset_peak().unwrap();
    assert_eq!(pool.stats().unwrap().peak, 0);
    pool.trim().unwrap();
    let mut gaps = 0;
    pool.for_each_block(|block| gaps += usize::from(block.state == State::Gap))
        .unwrap();
    assert_eq!(gaps, 2);
    let PoolInfo {
        size,
        regions,
        stats,
        ..
    } = listed(parts.base(0)).unwrap();
    assert_eq!((size, regions), (3 * SIZE, 3));
    assert_eq!(stats, pool.stats().ok());
    pool.check().unwrap();
}

fn a_churn_keeps_contents<C: Config>() {
    let parts = Parts::<C>::new(1);
    thread::scope(|scope| {
        for seed in 0..2 {
            let pool = parts.pool;
            scope.spawn(move || churn(pool, 2000, 1500, seed));
        }
        // Regions come while the pool is in use.
        for number in [1, 2] {
            assert_eq!(parts.add(number), Ok(number));
        }
    });
    parts.pool.check().unwrap();
    assert_eq!(parts.pool.stats().unwrap().used, 0);
}

fn a_check_in_steps_comes_through_every_region<C: Config>() {
    let parts = Parts::<C>::new(3);
    let pool = parts.pool;
    assert_eq!(steps(pool, 1), Ok(3), "a region's end ends a step");
    let mut blocks = Vec::new();
    for region in 0..3 {
        for _ in 0..8 {
            blocks.push(pool.allocate_in(region, 1100, 1).unwrap());
        }
    }
    let all = steps(pool, 1).unwrap();
    assert!(all >= 24);
    // Wherever the round stands, the block there may go.
    for stop in 1..all {
        for _ in 0..stop {
            assert_eq!(pool.check_step(1), Ok(false));
        }
        for block in &mut blocks {
            free(pool, *block).unwrap();
            *block = pool.allocate_in(parts.part_of(*block), 1100, 1).unwrap();
        }
        // An address at which a region begins is no block to give up.
        for number in 0..3 {
            assert_eq!(free(pool, parts.base(number)), Err(FreeError::OutOfPool));
        }
        steps(pool, 1).unwrap();
    }
    // Damage in the last region is found there.
    let header = header_of(blocks[20]);
    // SAFETY: the header stands before the block.
    let word = unsafe { header.read() };
    // SAFETY: as above.
    unsafe { header.write(word ^ 1) };
    match steps(pool, 3) {
        Err(CheckError::Corrupt(found)) => assert_eq!(found.region, 2),
        other => panic!("{other:?}"),
    }
    // SAFETY: as above.
    unsafe { header.write(word) };
    steps(pool, 3).unwrap();
}

fn header_of(block: NonNull<u8>) -> NonNull<u32> {
    // SAFETY: a header stands before every block.
    unsafe { block.sub(4) }.cast()
}

fn a_pool_that_is_given_up_forgets_its_regions<C: Config>() {
    let parts = Parts::<C>::new(3);
    deinit(parts.pool).unwrap();
    assert_eq!(parts.pool.stats(), Err(NotReady));
    assert_eq!(parts.add(1), Err(RegionError::NotReady));
    assert!(listed(parts.base(0)).is_none());
    // Each of them is free for others, and the pool for other memory.
    let others = [(); 3].map(|()| empty::<C, Spin>());
    for (number, other) in others.iter().enumerate() {
        init_in(other, parts.base(number), SIZE).unwrap();
    }
    // SAFETY: the memory is the test's.
    unsafe { parts.pool.init(parts.base(3), SIZE) }.unwrap();
    assert_eq!(parts.pool.stats().unwrap().size, SIZE);
    assert!(matches!(
        parts.add(1),
        Err(RegionError::Memory(InitError::Overlap { .. }))
    ));
    for other in others {
        deinit(other).unwrap();
    }
    assert_eq!(parts.add(1), Ok(1));
    parts.pool.check().unwrap();
}

fn regions_are_attached<C: Config>() {
    let parts = Parts::<C>::new(3);
    let block = parts.pool.allocate_in(2, 500, 1).unwrap();
    let stats = parts.pool.stats().unwrap();
    deinit(parts.pool).unwrap();
    let regions = [0, 1, 2].map(|number| (parts.base(number), SIZE));
    let attach = |regions: &[(NonNull<u8>, usize)]| {
        // SAFETY: the memory is the test's, stays for ever and is initialised.
        unsafe { parts.pool.attach_regions(regions) }
    };
    let before = parts.memory.bytes();
    let [a, b, c] = regions;
    assert_eq!(
        attach(&[a, c, b]),
        Err(AttachError::NotJoined { region: 1 })
    );
    assert_eq!(
        attach(&[a, b]),
        Err(AttachError::Regions {
            joined: 3,
            given: 2
        })
    );
    assert!(matches!(
        attach(&[a, b, b]),
        Err(AttachError::Memory(InitError::Overlap { .. }))
    ));
    assert!(matches!(
        attach(&[a, b, c, (parts.base(3), SIZE)]),
        Err(AttachError::TooManyRegions { .. })
    ));
    assert!(attach(&[]).is_err());
    // SAFETY: as above.
    let alone = unsafe { parts.pool.attach(a.0, a.1) };
    assert!(matches!(alone, Err(AttachError::Regions { .. })));
    let other: &Pool<C, Spin> = empty();
    init_in(other, parts.base(3), SIZE).unwrap();
    assert!(matches!(
        attach(&[a, b, (parts.base(3), SIZE)]),
        Err(AttachError::Memory(InitError::Overlap { .. }))
    ));
    deinit(other).unwrap();
    // A pool that has no regions besides opens any of them alone.
    for (base, size) in regions {
        // SAFETY: as above.
        unsafe { other.attach(base, size) }.unwrap();
        other.check().unwrap();
        deinit(other).unwrap();
    }
    assert!(parts.memory.bytes()[..3 * STEP] == before[..3 * STEP]);
    attach(&regions).unwrap();
    assert_eq!(parts.pool.stats(), Ok(stats));
    assert!(is_overlap(init_in(other, parts.base(2), SIZE)));
    free(parts.pool, block).unwrap();
    parts.pool.check().unwrap();
}

#[test]
fn a_pool_of_one_thread_has_regions_too() {
    type Own = Pool<Joined<Standard<Tlsf, Small, 4>>, Unlocked, 1>;
    let pool: &'static Own = Box::leak(Box::default());
    let [first, second] = [(); 2].map(|()| Vec::leak(vec![std::mem::MaybeUninit::uninit(); SIZE]));
    let start = second.as_ptr().addr();
    pool.init_static(first).unwrap();
    assert_eq!(pool.add_region_static(second), Ok(1));
    assert_eq!(pool.stats().unwrap().size, 2 * SIZE);
    // Other threads' pools keep away from both.
    let refused = thread::spawn(move || {
        let other: &Pool<Joined<Standard<Tlsf, Small, 4>>, Spin> = empty();
        let base = NonNull::new(std::ptr::with_exposed_provenance_mut::<u8>(start)).unwrap();
        is_overlap(init_in(other, base, SIZE))
    });
    assert!(refused.join().unwrap());
    let block = pool.allocate_in(1, 100, 1).unwrap();
    // SAFETY: ours; what it becomes is ours, given up once.
    unsafe { pool.free(pool.resize(block, 200).unwrap()) }.unwrap();
    // SAFETY: nothing uses a block of it.
    unsafe { pool.deinit() }.unwrap();
}

#[test]
fn a_walk_in_steps_goes_through_all_regions() {
    let parts = Parts::<Joined<Standard<BestFitLittle, Large, 8>>>::new(3);
    let blocks: Vec<_> = std::iter::from_fn(|| parts.pool.allocate(100).ok()).collect();
    for &block in blocks.iter().step_by(2) {
        free(parts.pool, block).unwrap();
    }
    let (mut all, mut in_steps) = (Vec::new(), Vec::new());
    parts.pool.for_each_block(|block| all.push(block)).unwrap();
    all.retain(|block| block.state != State::Gap);
    let is_whole = parts
        .pool
        .for_each_block_in_steps(7, |block| in_steps.push(block));
    assert_eq!(is_whole, Ok(true));
    assert_eq!(all, in_steps);
    let free_blocks = all.iter().filter(|block| block.state == State::Free);
    let largest = free_blocks.map(|block| block.payload).max();
    assert_eq!(Some(parts.pool.stats().unwrap().largest_free), largest);
    deinit(parts.pool).unwrap();
}
