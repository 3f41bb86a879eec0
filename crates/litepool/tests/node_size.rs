//! The node size check. Its level is the whole program's, so this is one test.

mod common;

use std::ptr::NonNull;

use common::Memory;
use litepool::config::{Expanding, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{
    Config, Heap, NodeCheckLevel, NodeSize, NodeSizeError, node_check_level, set_node_check_level,
};

#[test]
fn a_block_tells_its_size_and_what_is_left() {
    assert_eq!(node_check_level(), NodeCheckLevel::Disabled);
    in_a_heap::<Standard<Tlsf, u16, 4>>();
    in_a_heap::<Standard<BestFit, u32, 8>>();
    in_a_heap::<Standard<BestFitLittle, u16, 4>>();
    in_a_heap::<WithSlab<Tlsf, u32, 4, Expanding>>();
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
