//! What a trace knows of an object is joined with where a replay has it.

use litepool::Heap;
use litepool::config::Pool256K;
use litepool_trace::{Interned, WordSize};

use super::*;
use crate::memory_image::MemoryImage;
use crate::snapshot::{Birth, Origin, Task};

/// An object of a trace: where it is, nobody knows.
fn object(number: u64, size: u64) -> Block {
    let operation = number + 1;
    Block {
        pool: 0,
        address: None,
        size,
        extent: size,
        state: BlockState::Used,
        in_slab: false,
        task: Some(Task::Number(7)),
        module: None,
        number: Some(number),
        birth: Some(Birth { operation, time: 0 }),
        stack: 3,
    }
}

#[test]
fn an_object_keeps_what_the_trace_tells_and_gets_its_place() {
    let mut memory = [std::mem::MaybeUninit::uninit(); 2048];
    let mut heap = Heap::<Pool256K>::new(&mut memory).unwrap();
    let first = heap.allocate(10).unwrap();
    heap.allocate(21).unwrap();
    // SAFETY: the block is live, and nothing refers to it.
    unsafe { heap.free(first) }.unwrap();
    let mut numbers = [None, Some(1), None].into_iter();
    let blocks: Vec<_> = heap
        .blocks()
        .map(|info| (info, numbers.next().flatten()))
        .collect();
    let offset = blocks[1].0.offset as u64;

    let trace = Snapshot {
        origin: Origin::Trace {
            file: "demo.lpt".into(),
            operation: 3,
            time: 0,
        },
        word: WordSize::Bits32,
        pools: vec![Pool::default(), Pool::default()],
        blocks: vec![Block {
            pool: 1,
            ..object(1, 21)
        }],
        interned: Interned::default(),
        memory: MemoryImage::default(),
        live_tasks: None,
        passed_over: Vec::new(),
    };
    let pool = Pool {
        base: Some(0x1000),
        size: 2048,
        ..Pool::default()
    };
    let placed = trace.placed(pool, blocks);
    let states: Vec<_> = placed.blocks.iter().map(|block| block.state).collect();
    use BlockState::{Free, Used};
    assert_eq!(states, [Free, Used, Free]);
    assert_eq!(
        placed.blocks[1],
        Block {
            address: Some(0x1000 + offset),
            extent: 28,
            ..object(1, 21)
        }
    );
    assert_eq!((placed.pools.len(), placed.pools[0].size), (1, 2048));
}
