//! The node size check. Its level is the whole program's, so this is one test.

mod common;

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use common::Memory;
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::lock::Spin;
use litepool::{
    Config, Heap, NodeCheckLevel, NodeSize, NodeSizeError, Pool, node_check_level,
    set_node_check_level,
};
use litepool_testing::config::*;

#[test]
fn a_block_tells_its_size_and_what_is_left() {
    assert_eq!(node_check_level(), NodeCheckLevel::Disabled);
    in_a_heap::<Standard<Tlsf, Small, 4>>();
    in_a_heap::<Standard<BestFit, Large, 8>>();
    in_a_heap::<Standard<BestFitLittle, Small, 4>>();
    in_a_heap::<WithSlab<Standard<Tlsf, Large, 4>, Expanding>>();
    around_a_nested_pool();
}

/// A block of a nested pool is none of the outer one, which it looks like; but its bytes lie in one.
fn around_a_nested_pool() {
    static OUTER: Pool<Standard<Tlsf, Large, 4>, Spin> = Pool::new();
    static INNER: Pool<Standard<Tlsf, Large, 4>, Spin> = Pool::new();
    let memory = Box::leak(Box::new([MaybeUninit::uninit(); 8192]));
    OUTER.init_static(memory).unwrap();
    let holder = OUTER.allocate_aligned(2048, 8).unwrap();
    // SAFETY: the block is ours.
    unsafe { INNER.init(holder, 2048) }.unwrap();
    let block = INNER.allocate(100).unwrap();
    let total = OUTER.usable_size(holder).unwrap();

    set_node_check_level(NodeCheckLevel::Low);
    assert_eq!(
        OUTER.lock(|heap| heap.node_size(block)).unwrap(),
        Err(NodeSizeError::NotABlock)
    );
    assert_eq!(
        OUTER
            .lock(|heap| heap.node_size(holder))
            .unwrap()
            .unwrap()
            .available,
        total
    );
    assert!(
        INNER
            .lock(|heap| heap.node_size(block))
            .unwrap()
            .unwrap()
            .total
            >= 100
    );
    set_node_check_level(NodeCheckLevel::High);
    assert_eq!(
        OUTER
            .lock(|heap| heap.node_size(block))
            .unwrap()
            .unwrap()
            .total,
        total
    );
    set_node_check_level(NodeCheckLevel::Disabled);
    // SAFETY: no block is used any more.
    unsafe {
        INNER.deinit().unwrap();
        OUTER.deinit().unwrap();
    }
}

fn in_a_heap<C: Config>() {
    let memory = Memory::new(200_000);
    let mut heap = memory.heap::<C>();
    let before = heap.allocate(20).unwrap();
    for size in [10, 100, 1000, 140_000] {
        let block = heap.allocate(size).unwrap();
        let total = heap.usable_size(block).unwrap();
        let error = |heap: &Heap<'_, C>, at: NonNull<u8>| heap.node_size(at).unwrap_err();

        set_node_check_level(NodeCheckLevel::Low);
        let available = total;
        assert_eq!(heap.node_size(block), Ok(NodeSize { total, available }));
        // SAFETY: inside the payload.
        let inside = unsafe { block.add(4) };
        assert_eq!(error(&heap, inside), NodeSizeError::NotABlock);

        set_node_check_level(NodeCheckLevel::High);
        for at in [0, 1, 7, total / 2, total - 1] {
            let available = total - at;
            // SAFETY: inside the payload.
            let inside = unsafe { block.add(at) };
            assert_eq!(heap.node_size(inside), Ok(NodeSize { total, available }));
        }
        // SAFETY: behind the payload, in the pool.
        let behind = unsafe { block.add(total) };
        assert_eq!(error(&heap, behind), NodeSizeError::NotABlock);
        assert_eq!(error(&heap, memory.base()), NodeSizeError::NotABlock);

        for level in [NodeCheckLevel::Low, NodeCheckLevel::High] {
            set_node_check_level(level);
            assert_eq!(node_check_level(), level);
            assert_eq!(
                error(&heap, memory.at(memory.size())),
                NodeSizeError::OutOfPool
            );
            assert_eq!(
                error(&heap, NonNull::from(&memory).cast()),
                NodeSizeError::OutOfPool
            );
        }

        set_node_check_level(NodeCheckLevel::Disabled);
        assert_eq!(error(&heap, block), NodeSizeError::Disabled);

        // SAFETY: a live block.
        unsafe { heap.free(block) }.unwrap();
        for level in [NodeCheckLevel::Low, NodeCheckLevel::High] {
            set_node_check_level(level);
            assert_eq!(error(&heap, block), NodeSizeError::NotABlock);
        }
        set_node_check_level(NodeCheckLevel::Disabled);
    }
    heap.usable_size(before).unwrap();
}
