//! The edges: the smallest pool, the largest block, blocks of half of the largest pool.

mod common;

use common::{Memory, Model};
use litepool::fit::{Fit, Tlsf};
use litepool::{AllocError, Config, InitError, State};
use litepool_trace::Op;

/// Granules of a block that is half of the largest pool with links of 16 bits.
const LARGE: usize = 32_767;

fn any_size_is_a_whole_pool_or_an_error<C: Config>() {
    const GUARD: u8 = 0xA5;
    let mut smallest = None;
    for size in 0..1200 {
        let memory = Memory::copy_of(&[GUARD; 2048]);
        match memory.heap_of::<C>(size) {
            Ok(mut heap) => {
                assert!(size.is_multiple_of(C::GRANULE));
                smallest.get_or_insert(size);
                let largest = heap.stats().largest_free;
                let block = heap.allocate(largest).unwrap();
                // SAFETY: a payload of this size, freed once.
                unsafe {
                    block.write_bytes(0, largest);
                    heap.free(block).unwrap();
                }
                heap.check().unwrap();
                assert_eq!(heap.stats().size, size);
            }
            Err(InitError::Misaligned) => assert!(!size.is_multiple_of(C::GRANULE)),
            Err(InitError::TooSmall) => {
                assert!(smallest.is_none());
                assert!(
                    memory.bytes().iter().all(|&byte| byte == GUARD),
                    "memory is untouched"
                );
            }
            Err(other) => panic!("{other}"),
        }
        assert!(
            memory.bytes()[size..].iter().all(|&byte| byte == GUARD),
            "nothing behind the pool"
        );
    }
    assert!(smallest.unwrap() < 400);
}

/// Bytes of a used block that are not payload.
fn overhead<C: Config>() -> usize {
    let memory = Memory::new(2048);
    let mut heap = memory.heap::<C>();
    heap.allocate(100).unwrap();
    let block = heap.blocks().next().unwrap();
    block.size - block.payload
}

fn the_largest_free_block_can_be_allocated_at_its_full_size<C: Config>() {
    for size in (1024..6000).step_by(C::GRANULE) {
        let memory = Memory::new(size);
        let mut heap = memory.heap::<C>();
        let block = heap
            .allocate(heap.stats().free - overhead::<C>())
            .expect("all but the header and the record");
        assert_eq!(heap.stats().free, 0);
        assert!(matches!(
            heap.allocate(1),
            Err(AllocError::Exhausted { request: 1 })
        ));
        assert_eq!(heap.shortage(1).free, 0);
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
    }
}

/// Lists must not be entered by rounding up: what was freed can be had again.
fn allocate_free_and_the_same_again_succeeds<C: Config>() {
    for request in 1..3000 {
        let memory = Memory::new(4096);
        let mut heap = memory.heap::<C>();
        let first = heap.allocate(request).unwrap();
        // Nothing else is free that could hold the request.
        let rest = heap.stats().largest_free;
        if rest > 0 {
            heap.allocate(rest).unwrap();
        }
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(first) }.unwrap();
        assert_eq!(
            heap.allocate(request),
            Ok(first),
            "{request} bytes again, at the same place"
        );
        heap.check().unwrap();
    }
}

fn more_memory_than_the_configuration_allows_is_refused<C: Config>() {
    if C::MAX_SIZE > 1 << 20 {
        // Out of a test's reach; `Plan` is computed before anything is touched.
        return;
    }
    let most = C::MAX_SIZE;
    let memory = Memory::new(most + C::GRANULE);
    assert_eq!(
        memory.heap_of::<C>(most + C::GRANULE).err(),
        Some(InitError::TooLarge)
    );
    let mut heap = memory.heap_of::<C>(most).unwrap();
    let largest = heap.stats().largest_free;
    assert!(heap.allocate(largest + 1).is_err());
    assert!(heap.allocate_aligned(largest, 4096).is_err());
    let block = heap.allocate(largest).unwrap();
    heap.check().unwrap();
    // SAFETY: allocated above; only the pointer returned is used, and freed once.
    unsafe {
        assert!(heap.resize(block, largest + 1).is_err());
        let block = heap.resize(block, 8).unwrap();
        let block = heap.resize(block, largest).unwrap();
        heap.free(block).unwrap();
        assert!(heap.free(block).is_err());
    }
    assert!(heap.allocate(usize::MAX).is_err());
    // No address of a process is a multiple of that.
    assert!(
        heap.allocate_aligned(40_000, 1 << (usize::BITS - 1))
            .is_err()
    );
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
}

/// The widest size has a bit more than the largest pool needs, save where that has a power of two
/// of granules.
struct Small;

impl Config for Small {
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const MAX_SIZE: usize = 32_767 * 4;
}

#[test]
fn a_pool_above_the_configured_size_is_refused() {
    more_memory_than_the_configuration_allows_is_refused::<Small>();
}

/// A block of exactly `granules` that can be had, at the start of a pool, in its middle, at its end.
fn blocks_around_the_limit_stand_anywhere<C: Config>() {
    for granules in LARGE - 4..LARGE + 4 {
        for (before, after) in [(0, 0), (24, 24), (24, 0), (0, 24)] {
            stand::<C>(granules, before, after);
        }
    }
}

fn stand<C: Config>(granules: usize, before: u64, after: u64) {
    let memory = Memory::new((LARGE + 2000) * C::GRANULE);
    let mut model = Model::<C>::new(&memory);
    let size = (granules * C::GRANULE - 4) as u64;
    for (id, size) in [(0, before), (1, size), (2, after)] {
        if size > 0 {
            assert!(model.apply(Op::Allocate { id, size, align: 0 }));
        }
    }
    // Let the block end the pool.
    if after == 0 {
        let size = size + model.heap.stats().largest_free as u64 - 8;
        assert!(model.apply(Op::Resize { id: 1, size }));
    }
    assert!(model.apply(Op::Resize { id: 1, size }));
    assert!(model.apply(Op::Free { id: 1 }));
    assert!(model.apply(Op::Allocate {
        id: 1,
        size,
        align: 0
    }));
    model.drain();
}

fn a_block_grows_and_shrinks_across_the_limit<C: Config>() {
    let memory = Memory::new((2 * LARGE - 1000) * C::GRANULE);
    let limit = (LARGE * C::GRANULE) as u64;
    for first in [0, 40] {
        let mut model = Model::<C>::new(&memory);
        for (id, size) in [(0, first), (1, 100)] {
            if size > 0 {
                assert!(model.apply(Op::Allocate { id, size, align: 0 }));
            }
        }
        for round in 0..24 {
            assert!(
                model.apply(Op::Resize {
                    id: 1,
                    size: limit - 32 + round * 2
                }),
                "up"
            );
            assert!(
                model.apply(Op::Resize {
                    id: 1,
                    size: limit + 20_000
                }),
                "further up"
            );
            assert!(
                model.apply(Op::Resize {
                    id: 1,
                    size: limit - 32 + round * 2
                }),
                "down"
            );
            assert!(
                model.apply(Op::Resize {
                    id: 1,
                    size: 1 + round
                }),
                "far down"
            );
            assert!(model.apply(Op::Resize { id: 1, size: 100 }), "up again");
        }
        model.drain();
    }
}

/// Whether the block before is large, free or used, its follower finds it.
fn a_large_block_merges_on_both_sides<C: Config>() {
    let large = (LARGE * C::GRANULE) as u64;
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let memory = Memory::new((LARGE + 20_000) * C::GRANULE);
        let mut model = Model::<C>::new(&memory);
        for (id, size) in [(0, 40), (1, large), (2, 40)] {
            assert!(model.apply(Op::Allocate { id, size, align: 0 }));
        }
        for id in order {
            assert!(model.apply(Op::Free { id }));
        }
        model.drain();
    }
}

/// An aligned request leaves no gap that is too small for a block: nothing goes to the block before.
fn a_gap_never_makes_the_block_before_larger<C: Config>() {
    for granules in LARGE - 3..LARGE + 2 {
        let memory = Memory::new((LARGE + 2000) * C::GRANULE);
        let mut model = Model::<C>::new(&memory);
        let size = (granules * C::GRANULE - 4) as u64;
        assert!(model.apply(Op::Allocate {
            id: 0,
            size,
            align: 0
        }));
        for id in 1..6 {
            assert!(model.apply(Op::Allocate {
                id,
                size: 3,
                align: 4 << (id % 4)
            }));
        }
        let blocks: usize = model
            .heap
            .blocks()
            .filter(|block| block.state == State::Used)
            .count();
        assert_eq!(blocks, 6);
        model.drain();
    }
}

fn a_block_from_an_aligned_request_keeps_contents_and_alignment<C: Config>() {
    for align in [16, 64, 512] {
        let memory = Memory::new(16_384);
        let mut model = Model::<C>::new(&memory);
        assert!(model.apply(Op::Allocate {
            id: 0,
            size: 20,
            align: 0
        }));
        assert!(model.apply(Op::Allocate {
            id: 1,
            size: 100,
            align
        }));
        assert!(model.apply(Op::Allocate {
            id: 2,
            size: 20,
            align: 0
        }));
        for size in [100, 40, 100, 400, 10, 2000, 30] {
            // Refused or done: the model proves that the block is what it should be.
            let done = model.apply(Op::Resize { id: 1, size });
            assert_eq!(done, C::Fit::RESIZES_ALIGNED, "to {size} bytes");
        }
        model.drain();
    }
}

/// Sums of offsets and sizes must not leave their width. The memory is never touched but for a few words.
#[test]
fn hundreds_of_megabytes_are_counted_right() {
    type C = litepool::config::Pool32Large;
    const MIB: usize = 1 << 20;
    let memory = Memory::new(600 * MIB);
    let mut heap = memory.heap_of::<C>(330 * MIB).unwrap();
    assert!(heap.allocate(600 * MIB).is_err());
    assert!(heap.allocate(330 * MIB).is_err());

    let mut heap = memory.heap_of::<C>(600 * MIB).unwrap();
    let block = heap.allocate(400 * MIB).unwrap();
    assert!(heap.allocate(300 * MIB).is_err());
    // SAFETY: allocated above; only the pointer returned is used.
    let block = unsafe { heap.resize(block, 500 * MIB) }.unwrap();
    heap.check().unwrap();
    // SAFETY: as above, freed once.
    unsafe { heap.free(block) }.unwrap();
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
}

fn requests_that_no_pool_can_serve_are_errors<C: Config>() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<C>();
    assert_eq!(heap.allocate(0), Err(AllocError::ZeroSize));
    assert_eq!(heap.allocate_aligned(0, 64), Err(AllocError::ZeroSize));
    for align in [0, 3, 24, usize::MAX] {
        assert_eq!(
            heap.allocate_aligned(8, align),
            Err(AllocError::BadAlignment)
        );
    }
    let large = [
        4096,
        1 << 17,
        1 << 30,
        usize::MAX >> 1,
        usize::MAX - 16,
        usize::MAX - 3,
        usize::MAX,
    ];
    for size in large {
        for align in [1, 64, 1 << 20, usize::MAX / 2 + 1] {
            let error = heap.allocate_aligned(size, align).unwrap_err();
            assert!(matches!(error, AllocError::Exhausted { request, .. } if request == size));
        }
    }
    assert!(heap.allocate_aligned(8, usize::MAX / 2 + 1).is_err());
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
    assert_eq!(heap.stats().failures, large.len() * 4 + 1);
}

for_every_fit!(pool_sizes, any_size_is_a_whole_pool_or_an_error);
for_every_fit!(
    largest_block,
    the_largest_free_block_can_be_allocated_at_its_full_size
);
for_every_fit!(same_again, allocate_free_and_the_same_again_succeeds);
for_every_fit!(
    too_large,
    more_memory_than_the_configuration_allows_is_refused
);
for_every_fit!(large_anywhere, blocks_around_the_limit_stand_anywhere);
for_every_fit!(across_the_limit, a_block_grows_and_shrinks_across_the_limit);
for_every_fit!(large_merges, a_large_block_merges_on_both_sides);
for_every_fit!(gaps_at_the_limit, a_gap_never_makes_the_block_before_larger);
for_every_fit!(
    aligned_resize,
    a_block_from_an_aligned_request_keeps_contents_and_alignment
);
for_every_fit!(
    impossible_requests,
    requests_that_no_pool_can_serve_are_errors
);
