//! Several pools: in a list, side by side and in each other's blocks.

mod common;

use std::thread;

use common::pools::*;
use common::{Memory, assert_unchanged};
use litepool::config::Pool64;
use litepool::fit::{BestFitLittle, Tlsf};
use litepool::lock::{Spin, Unlocked};
use litepool::{Config, DeinitError, FreeError, InitError, NotReady, Pool, ResizeError};
use litepool_testing::config::{Fast, Large, Small, Standard, WithSlab};

for_some_configs!(
    what_touches_a_live_pool_is_refused,
    a_pool_may_stand_in_a_used_block,
    the_block_under_a_live_pool_is_neither_freed_nor_resized,
    a_nested_pool_has_its_blocks_for_itself,
    a_pool_may_stand_in_a_pool_in_a_pool,
    the_list_tells_what_the_pools_tell,
);

fn what_touches_a_live_pool_is_refused<C: Config>() {
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(16 << 10)));
    let (start, size) = (4096, 8192);
    let pool: &Pool<C, Spin> = empty();
    init_at(pool, memory, start, size).unwrap();
    let used = pool.allocate(2048).unwrap();
    let next = pool.allocate(2048).unwrap();
    // SAFETY: both blocks are ours.
    unsafe {
        used.write_bytes(0x5A, 2048);
        next.write_bytes(0xA5, 2048);
    }
    let used = used.addr().get() - memory.base().addr().get();
    let next = next.addr().get() - memory.base().addr().get();
    let before = memory.bytes();
    let other: &Pool<C, Spin> = empty();
    let refused = Err(InitError::Overlap {
        start: memory.at(start).addr().get(),
        size,
    });
    for (what, from, to) in [
        ("the same memory", start, start + size),
        ("its front", 0, start + 64),
        ("its first granule", 0, start + C::GRANULE),
        ("its tail", start + size - 64, 16 << 10),
        ("its last granule", start + size - C::GRANULE, 16 << 10),
        ("all of it and more", 0, 16 << 10),
        ("all of it and more behind", start, 16 << 10),
        ("its control block", start, start + 2048),
        ("its free memory", start + size - 2048, start + size),
        ("a used block and the next header", used, next),
        ("two used blocks", used + 1024, next + 1024),
    ] {
        assert_eq!(init_at(other, memory, from, to - from), refused, "{what}");
        assert_eq!(memory.bytes(), before, "{what}");
        assert_eq!(other.stats(), Err(NotReady), "{what}");
    }
    // Right beside it there is nothing to refuse.
    for (from, to) in [(0, start), (start + size, 16 << 10)] {
        init_at(other, memory, from, to - from).unwrap();
        deinit(other).unwrap();
    }
    pool.check().unwrap();
    deinit(pool).unwrap();
}

fn a_pool_may_stand_in_a_used_block<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let block = outer.pool.allocate(4096).unwrap();
    let payload = outer.pool.usable_size(block).unwrap() & !7;
    let inner: &Pool<C, Spin> = empty();
    for (from, size) in [(0, payload), (64, 2048), (payload - 1024, 1024)] {
        // SAFETY: inside the block.
        let base = unsafe { block.add(from) };
        init_in(inner, base, size).unwrap();
        let mut blocks = Vec::new();
        while let Ok(block) = inner.allocate(40) {
            // SAFETY: a block of this size.
            unsafe { block.write_bytes(0xEE, 40) };
            blocks.push(block);
        }
        assert!(blocks.len() > 3);
        outer.pool.check().unwrap();
        inner.check().unwrap();
        assert_eq!(listed(base).unwrap().stats, inner.stats().ok());
        deinit(inner).unwrap();
    }
    // Two of them in one block, beside each other.
    let second: &Pool<C, Spin> = empty();
    init_in(inner, block, 2048).unwrap();
    // SAFETY: inside the block.
    let behind = unsafe { block.add(2048) };
    assert!(is_overlap(init_in(second, block, 1024)));
    init_in(second, behind, 2048 - 64).unwrap();
    for (pool, other) in [(inner, second), (second, inner)] {
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        deinit(pool).unwrap();
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        other.allocate(100).unwrap();
        let base = if core::ptr::eq(pool, inner) {
            block
        } else {
            behind
        };
        init_in(pool, base, 1024).unwrap();
    }
    deinit(inner).unwrap();
    deinit(second).unwrap();
    free(outer.pool, block).unwrap();
    outer.pool.check().unwrap();
}

fn the_block_under_a_live_pool_is_neither_freed_nor_resized<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let others = [(); 6].map(|()| outer.pool.allocate(100).unwrap());
    let block = outer.pool.allocate(2048).unwrap();
    let inner: &Pool<C, Spin> = empty();
    for from in [0, 512] {
        // SAFETY: inside the block.
        init_in(inner, unsafe { block.add(from) }, 1024).unwrap();
        inner.allocate(100).unwrap();
        let before = outer.bytes();
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        for size in [1, 100, 2048, 2100, 8000] {
            let refused = Err(ResizeError::Block(FreeError::HoldsPool));
            assert_eq!(resize(outer.pool, block, size), refused);
            // SAFETY: refused.
            let aligned = unsafe { outer.pool.resize_aligned(block, size, 64) };
            assert_eq!(aligned, refused);
        }
        assert_eq!(deinit(outer.pool), Err(DeinitError::HoldsPool));
        assert_unchanged(&before, &outer.bytes());
        assert!(outer.pool.usable_size(block).unwrap() >= 2048);
        // All other blocks are as free as ever.
        let other = resize(outer.pool, others[0], 120).unwrap();
        assert_eq!(free(outer.pool, other), Ok(()));
        assert_eq!(free(outer.pool, other), Err(FreeError::AlreadyFree));
        let again = outer.pool.allocate(100).unwrap();
        assert_eq!(again, others[0]);
        assert_eq!(deinit(inner), Ok(()));
    }
    let block = resize(outer.pool, block, 4000).unwrap();
    free(outer.pool, block).unwrap();
    for other in others {
        free(outer.pool, other).unwrap();
    }
    outer.pool.check().unwrap();
    assert_eq!(deinit(outer.pool), Ok(()));
}

fn a_nested_pool_has_its_blocks_for_itself<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let block = outer.pool.allocate(4096).unwrap();
    let inner: &Pool<C, Spin> = empty();
    init_in(inner, block, 4096).unwrap();
    let blocks = [(); 8].map(|()| inner.allocate(60).unwrap());
    let before = outer.bytes();
    for at in (C::GRANULE..4096).step_by(C::GRANULE) {
        // SAFETY: inside the block.
        let pointer = unsafe { block.add(at) };
        let refused = FreeError::InNestedPool;
        assert_eq!(free(outer.pool, pointer), Err(refused));
        assert_eq!(
            resize(outer.pool, pointer, 10),
            Err(ResizeError::Block(refused))
        );
        assert_eq!(outer.pool.usable_size(pointer), Err(refused));
    }
    assert_unchanged(&before, &outer.bytes());
    for block in blocks {
        free(inner, block).unwrap();
    }
    assert_eq!(free(inner, block), Err(FreeError::OutOfPool));
    deinit(inner).unwrap();
    free(outer.pool, block).unwrap();
}

fn a_pool_may_stand_in_a_pool_in_a_pool<C: Config>() {
    let outer = Live::<C>::new(32 << 10);
    let (middle, inner): (&Pool<C, Spin>, &Pool<C, Spin>) = (empty(), empty());
    let block = outer.pool.allocate(16 << 10).unwrap();
    init_in(middle, block, 16 << 10).unwrap();
    let nested = middle.allocate(4096).unwrap();
    // Within the outer pool's block, but not within a block of the pool that stands there.
    // SAFETY: inside the block.
    let free_memory = unsafe { block.add((16 << 10) - 2048) };
    assert!(is_overlap(init_in(inner, free_memory, 2048)));
    init_in(inner, nested, 4096).unwrap();
    let own = inner.allocate(100).unwrap();
    assert_eq!(free(outer.pool, own), Err(FreeError::InNestedPool));
    assert_eq!(free(middle, own), Err(FreeError::InNestedPool));
    assert_eq!(free(outer.pool, nested), Err(FreeError::InNestedPool));
    assert_eq!(free(middle, nested), Err(FreeError::HoldsPool));
    assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
    assert_eq!(deinit(middle), Err(DeinitError::HoldsPool));
    let starts = [outer.base(), block, nested].map(|base| base.addr().get());
    let order: Vec<usize> = litepool::pools()
        .map(|pool| pool.start)
        .filter(|start| starts.contains(start))
        .collect();
    assert_eq!(order, starts);
    free(inner, own).unwrap();
    deinit(inner).unwrap();
    free(middle, nested).unwrap();
    deinit(middle).unwrap();
    free(outer.pool, block).unwrap();
    outer.pool.check().unwrap();
}

fn the_list_tells_what_the_pools_tell<C: Config>() {
    let pools = [2048, 4096, 8192].map(Live::<C>::new);
    for (index, live) in pools.iter().enumerate() {
        let block = live.pool.allocate(200 * (index + 1)).unwrap();
        live.pool.allocate(10).unwrap();
        free(live.pool, block).unwrap();
    }
    let mut starts = Vec::new();
    for info in litepool::pools() {
        starts.push(info.start);
        let live = pools
            .iter()
            .find(|live| live.base().addr().get() == info.start);
        if let Some(live) = live {
            assert_eq!(info.size, live.memory.size());
            assert_eq!(info.stats, live.pool.stats().ok());
            let stats = info.stats.unwrap();
            assert_eq!((stats.size, stats.used_blocks), (info.size, 1));
            assert!(stats.peak > stats.used);
        }
    }
    assert!(starts.is_sorted());
    for live in &pools {
        assert!(starts.contains(&live.base().addr().get()));
    }
    deinit(pools[1].pool).unwrap();
    let left = [0, 1, 2].map(|index: usize| listed(pools[index].base()).is_some());
    assert_eq!(left, [true, false, true]);
}

#[test]
fn a_pool_of_one_thread_is_listed_but_not_looked_into() {
    let live = Live::<Pool64, Unlocked>::new(4096);
    let block = live.pool.allocate(2048).unwrap();
    let base = live.base().addr().get();
    let info = thread::spawn(move || litepool::pools().find(|pool| pool.start == base))
        .join()
        .unwrap()
        .unwrap();
    assert_eq!((info.size, info.stats), (4096, None));
    // Nor can it take note of a pool in its blocks.
    let inner: &Pool<Pool64, Spin> = empty();
    assert!(is_overlap(init_in(inner, block, 1024)));
    free(live.pool, block).unwrap();
    // The other way round it is as with any pool.
    let outer = Live::<Pool64>::new(8192);
    let block = outer.pool.allocate(4096).unwrap();
    let inner: &Pool<Pool64, Unlocked> = empty();
    init_in(inner, block, 4096).unwrap();
    assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
    deinit(inner).unwrap();
    free(outer.pool, block).unwrap();
}

#[test]
fn a_pool_may_stand_in_an_object_of_a_slab() {
    let outer = Live::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>::new(1 << 20);
    let objects = [(); 3].map(|()| outer.pool.allocate(1500).unwrap());
    assert!(outer.pool.stats().unwrap().slabs > 0);
    let inner: &Pool<Standard<BestFitLittle, Small, 4>, Spin> = empty();
    let size = outer.pool.usable_size(objects[1]).unwrap();
    init_in(inner, objects[1], size).unwrap();
    inner.allocate(100).unwrap();
    assert_eq!(free(outer.pool, objects[1]), Err(FreeError::HoldsPool));
    assert_eq!(free(outer.pool, objects[0]), Ok(()));
    // A slot that is free holds nothing, nor does one that ends too early.
    let other: &Pool<Standard<BestFitLittle, Small, 4>, Spin> = empty();
    assert!(is_overlap(init_in(other, objects[0], 512)));
    assert!(is_overlap(init_in(other, objects[2], size + 8)));
    deinit(inner).unwrap();
    assert_eq!(free(outer.pool, objects[1]), Ok(()));
    outer.pool.check().unwrap();
}
