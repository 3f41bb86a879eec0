//! Bad input, row by row of what the C interface promises: each an error of its own, and nothing is changed. What only C can pass
//! (null pointers, counts of nothing) is tested there.

mod common;

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use common::pools::{Ask, Joined};
use common::{Memory, control};
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::lock::Spin;
use litepool::track::{CallSites, Owners, Task, Usage};
use litepool::{
    AllocError, Broken, Caller, CheckError, Config, DeinitError, FreeError, Heap, InitError,
    NotReady, Pool, RegionError, Regions, ResizeError,
};
use litepool_testing::config::*;

type Recorded<C> = WithRecord<C, (Owners<4, 4>, CallSites<1>)>;

macro_rules! for_every {
    ($($test:ident)*) => { $( mod $test {
        use super::*;
        #[test] fn tlsf() { super::super::$test::<Standard<Tlsf, Large, 4>>(); }
        #[test] fn tlsf_with_owners() { super::super::$test::<Recorded<Standard<Tlsf, Small, 4>>>(); }
        #[test] fn tlsf_hardened() { super::super::$test::<Hardened<Standard<Tlsf, Large, 8>>>(); }
        #[test] fn best() { super::super::$test::<Standard<BestFit, Large, 4>>(); }
        #[test] fn best_with_owners_and_slab() { super::super::$test::<Recorded<WithSlab<Standard<BestFit, Large, 4>, Expanding>>>(); }
        #[test] fn little() { super::super::$test::<Standard<BestFitLittle, Small, 4>>(); }
        #[test] fn joined() { super::super::$test::<Joined<Standard<Tlsf, Small, 4>>>(); }
    } )* };
}

mod of_every_kind {
    use super::*;
    for_every! { making allocating freeing resizing }
}

/// Does `attempt`, which must change nothing but the count of failures.
fn unchanged<C: Config, T>(
    memory: &Memory,
    heap: &mut Heap<'_, C>,
    attempt: impl FnOnce(&mut Heap<'_, C>) -> T,
) -> T {
    let (pool, stats) = (memory.bytes(), heap.stats());
    let result = attempt(heap);
    let mut after = heap.stats();
    (after.failures, after.largest_failure) = (stats.failures, stats.largest_failure);
    assert_eq!(after, stats);
    let after = memory.bytes();
    let different =
        (0..pool.len()).find(|at| pool[*at] != after[*at] && !control::is_of_failures(*at));
    assert_eq!(different, None);
    heap.check().unwrap();
    result
}

fn making<C: Config>() {
    let memory = Memory::new(4096);
    let init = |offset: usize, size: usize| {
        let before = memory.bytes();
        // SAFETY: in the memory, or refused.
        let error = unsafe { Heap::<C>::from_raw(memory.at(offset), size) }
            .map(drop)
            .unwrap_err();
        assert_eq!(memory.bytes(), before);
        error
    };
    for offset in 1..C::GRANULE {
        assert_eq!(init(offset, 2048), InitError::Misaligned);
        assert_eq!(init(0, 2048 + offset), InitError::Misaligned);
    }
    for size in (0..48).step_by(C::GRANULE) {
        assert_eq!(init(0, size), InitError::TooSmall, "{size}");
    }
    assert_eq!(init(0, 1 << 31), InitError::TooLarge);
    assert_eq!(init(0, usize::MAX & !7), InitError::TooLarge);
}

fn allocating<C: Config>() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<C>();
    let _some = heap.allocate(300).unwrap();
    heap.trim();
    let mut refused = |size: usize, align: usize| {
        unchanged(&memory, &mut heap, |heap| {
            assert_eq!(
                heap.allocate_for(&Caller::task(1), size, align).is_err(),
                heap.allocate_aligned(size, align).is_err()
            );
            heap.allocate_aligned(size, align).unwrap_err()
        })
    };
    for align in [1, 8, 64] {
        assert_eq!(refused(0, align), AllocError::ZeroSize);
    }
    for align in [0, 3, 6, 12, usize::MAX] {
        assert_eq!(refused(8, align), AllocError::BadAlignment, "{align}");
    }
    for size in [
        8192,
        1 << 16,
        1 << 24,
        600 << 20,
        1 << 31,
        usize::MAX - 7,
        usize::MAX,
    ] {
        assert_eq!(refused(size, 1), AllocError::Exhausted { request: size });
        assert!(matches!(refused(size, 4096), AllocError::Exhausted { .. }));
    }
    assert!(
        matches!(refused(8, 1 << 20), AllocError::Exhausted { .. })
            || memory.base().addr().get().is_multiple_of(1 << 20)
    );
}

/// Pointers that are no block's start, with what a free says of them.
fn freeing<C: Config>() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<C>();
    let block = heap.allocate(700).unwrap();
    let behind = heap.allocate(500).unwrap();
    let _last = heap.allocate(600).unwrap();
    // SAFETY: zeros look like nothing.
    unsafe { block.write_bytes(0, 700) };
    let elsewhere = [0_u64; 4];
    let mut refused = |pointer: NonNull<u8>| {
        unchanged(&memory, &mut heap, |heap| {
            // SAFETY: all are refused.
            unsafe {
                let error = heap.free(pointer).unwrap_err();
                assert_eq!(heap.resize(pointer, 8), Err(ResizeError::Block(error)));
                assert_eq!(heap.usable_size(pointer), Err(error));
                error
            }
        })
    };
    assert_eq!(
        refused(NonNull::from(&elsewhere).cast()),
        FreeError::OutOfPool
    );
    assert_eq!(refused(NonNull::dangling()), FreeError::OutOfPool);
    assert_eq!(
        refused(NonNull::new(std::ptr::without_provenance_mut(usize::MAX)).unwrap()),
        FreeError::OutOfPool
    );
    assert_eq!(refused(memory.base()), FreeError::OutOfPool);
    assert_eq!(refused(memory.at(memory.size())), FreeError::OutOfPool);
    // SAFETY: inside the payload.
    unsafe {
        assert_eq!(refused(block.add(1)), FreeError::Misaligned);
        assert_eq!(refused(block.add(C::GRANULE)), FreeError::NotABlock);
        assert_eq!(refused(block.add(96)), FreeError::NotABlock);
    }
    // SAFETY: a live block, and then none.
    unsafe {
        heap.free(behind).unwrap();
        heap.trim();
        let twice = unchanged(&memory, &mut heap, |heap| heap.free(behind).unwrap_err());
        assert_eq!(twice, FreeError::AlreadyFree);
    }
    // Its follower's header, overwritten: found before anything is changed.
    let info = heap.block_around(block).unwrap();
    let header = info.offset + info.size - 4;
    let word = memory.word(header);
    memory.set_word(header, 0);
    let pool = memory.bytes();
    // SAFETY: an error.
    let error = unsafe { heap.free(block) }.unwrap_err();
    assert!(
        matches!(error, FreeError::Corrupt(damage) if damage.broken == Broken::Seal),
        "{error:?}"
    );
    assert_eq!(memory.bytes(), pool);
    assert!(heap.check().is_err());
    memory.set_word(header, word);
    heap.check().unwrap();
}

fn resizing<C: Config>() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<C>();
    let plain = heap.allocate(700).unwrap();
    let aligned = heap.allocate_aligned(700, 128).unwrap();
    let _last = heap.allocate(600).unwrap();
    heap.trim();
    // SAFETY: live blocks, all of which stay.
    unsafe {
        unchanged(&memory, &mut heap, |heap| {
            for block in [plain, aligned] {
                assert!(heap.resize(block, 1 << 20).is_err());
                assert!(heap.resize(block, usize::MAX).is_err());
            }
            assert_eq!(heap.resize(plain, 0), Err(AllocError::ZeroSize.into()));
            assert_eq!(
                heap.resize_aligned(plain, 8, 3),
                Err(AllocError::BadAlignment.into())
            );
        });
        if C::Fit::RESIZES_ALIGNED {
            let moved = heap.resize(aligned, 900).unwrap();
            assert!(moved.addr().get().is_multiple_of(128));
        } else {
            let kept = unchanged(&memory, &mut heap, |heap| heap.resize(aligned, 900));
            assert_eq!(kept, Err(ResizeError::AlignedBlock));
        }
    }
    heap.check().unwrap();
}

#[test]
fn pools_and_regions() {
    type Device = Joined<Recorded<Standard<Tlsf, Large, 8>>>;
    static POOL: Pool<Device, Spin, 1> = Pool::new();
    static OTHER: Pool<Device, Spin, 1> = Pool::new();
    // Before it is a pool.
    assert_eq!(POOL.stats(), Err(NotReady));
    assert_eq!(POOL.check(), Err(CheckError::NotReady));
    assert_eq!(POOL.allocate(8), Err(AllocError::NotReady));
    assert_eq!(
        POOL.lock(|heap| heap.task_usage(Task::Id(0))),
        Err(NotReady)
    );
    let memory: &'static mut [MaybeUninit<u64>] =
        Box::leak(Box::new([MaybeUninit::uninit(); 4096]));
    let base = NonNull::from(memory).cast::<u8>();
    // SAFETY: in the memory.
    let at = |offset: usize| unsafe { base.add(offset) };
    // SAFETY: in the memory, or refused.
    unsafe {
        assert_eq!(POOL.free(base), Err(FreeError::NotReady));
        assert_eq!(POOL.deinit(), Err(DeinitError::NotReady));
        assert_eq!(POOL.add_region(base, 1024), Err(RegionError::NotReady));

        POOL.init(at(8192), 8192).unwrap();
        let block = POOL.allocate(100).unwrap();
        block.write_bytes(0x77, 100);
        // Again, over its head, over its tail, around it, inside it but in no block.
        assert_eq!(
            POOL.init(at(24_576), 4096),
            Err(InitError::AlreadyInitialised)
        );
        for (offset, size) in [
            (8192, 8192),
            (4096, 8192),
            (12_288, 8192),
            (0, 32_768),
            (9000, 1024),
        ] {
            assert!(
                matches!(OTHER.init(at(offset), size), Err(InitError::Overlap { .. })),
                "{offset}"
            );
        }
        // Regions: nothing, crooked, too small, over the pool, inside it.
        for (offset, size, error) in [
            (16_384, 0, InitError::TooSmall),
            (16_388, 1024, InitError::Misaligned),
            (16_384, 1028, InitError::Misaligned),
            (16_384, 16, InitError::TooSmall),
        ] {
            let refused = POOL.add_region(at(offset), size);
            assert_eq!(refused, Err(RegionError::Memory(error)), "{offset}");
        }
        for (offset, size) in [(8192, 8192), (16_000, 1024), (10_000, 1024)] {
            assert!(matches!(
                POOL.add_region(at(offset), size),
                Err(RegionError::Memory(InitError::Overlap { .. }))
            ));
        }
        assert_eq!(POOL.add_region(at(24_576), 4096), Ok(1));
        assert_eq!(POOL.add_region(at(28_672), 4096), Err(RegionError::TooMany));
        assert!(matches!(
            OTHER.init(at(26_000 & !7), 4096),
            Err(InitError::Overlap { .. })
        ));
        // Between the regions, and where one ends.
        for offset in [16_384, 20_000, 24_568] {
            assert_eq!(POOL.free(at(offset)), Err(FreeError::OutOfPool), "{offset}");
        }
        assert_eq!(POOL.stats().unwrap().size, 8192 + 4096);
        assert_eq!(block.add(99).read(), 0x77);
        POOL.check().unwrap();
        POOL.free(block).unwrap();
        POOL.deinit().unwrap();
        assert_eq!(POOL.deinit(), Err(DeinitError::NotReady));
    }
}

#[test]
fn ids_beyond_the_tables() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Recorded<Standard<Tlsf, Small, 4>>>();
    let caller = Caller::task(4711).in_module(77);
    let block = heap.allocate_for(&caller, 40, 1).unwrap();
    assert!(heap.usage_of_tasks_beyond().used >= 40);
    assert!(heap.usage_of_modules_beyond().used >= 40);
    assert_eq!(heap.task_usage(Task::Id(3)), Usage::default());
    assert_eq!(heap.owner_of(block).unwrap().module, Some(77));
    // No block of a task that has none, and no holder where no block is.
    // SAFETY: it has none.
    assert_eq!(unsafe { heap.free_task(Task::Id(4712)) }, 0);
    assert_eq!(heap.owner_of(memory.at(4000)), None);
    assert_eq!(heap.owner_of(NonNull::dangling()), None);
}

/// With owners, sizes are as wide as without: blocks of many MiB, which LiteOS-M's 26 bits can't tell.
#[test]
fn large_blocks_have_owners() {
    let memory = Memory::new(340 << 20);
    let mut heap = memory.heap::<Recorded<Standard<Tlsf, Huge, 4>>>();
    let block = heap.allocate_for(&Caller::task(1), 300 << 20, 1).unwrap();
    let other = heap.allocate_for(&Caller::task(2), 20 << 20, 1).unwrap();
    assert!(heap.task_usage(Task::Id(1)).used >= 300 << 20);
    assert!(matches!(
        heap.allocate(600 << 20),
        Err(AllocError::Exhausted { request }) if request == 600 << 20
    ));
    heap.check().unwrap();
    // SAFETY: live blocks.
    unsafe {
        let block = heap.resize(block, 100 << 20).unwrap();
        assert_eq!(
            heap.owner_of(block.add(50 << 20)).unwrap().task,
            Task::Id(1)
        );
        heap.free(block).unwrap();
        heap.free(other).unwrap();
    }
    assert_eq!(heap.stats().used, 0);
    // All of an empty pool but its headers, in one block.
    let all = heap.stats().largest_free;
    assert!(all > 339 << 20);
    heap.allocate(all).unwrap();
}

#[test]
fn no_region_of_such_a_number() {
    let memory = Memory::new(4096);
    // SAFETY: the memory outlives the heap.
    let heap =
        unsafe { Regions::<Joined<Standard<Tlsf, Small, 4>>, 1>::from_raw(memory.base(), 4096) };
    let mut heap = heap.unwrap();
    assert_eq!(heap.set_preferred(1), Err(RegionError::NoSuchRegion));
    assert_eq!(heap.allocate_in(1, 8, 1), Err(AllocError::NoSuchRegion));
    assert_eq!(
        heap.allocate_preferring(7, 8, 1),
        Err(AllocError::NoSuchRegion)
    );
    assert_eq!(heap.region_stats(1), None);
    heap.check().unwrap();
}
