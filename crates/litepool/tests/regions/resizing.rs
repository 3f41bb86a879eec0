use std::ptr::NonNull;

use litepool::fit::Fit;
use litepool::{AllocError, Config, FreeError, ResizeError};

use super::{Parts, for_joined_configs};

for_joined_configs!(
    a_block_stays_in_its_region_if_it_can,
    a_block_moves_to_a_region_with_room,
    a_moved_block_keeps_its_alignment,
    a_resize_that_fails_leaves_the_block,
);

fn fill(block: NonNull<u8>, size: usize) {
    for at in 0..size {
        // SAFETY: inside the block.
        unsafe { block.add(at).write(at as u8 ^ 0xA5) };
    }
}

fn verify(block: NonNull<u8>, size: usize) {
    for at in 0..size {
        // SAFETY: inside the block, which was filled.
        assert_eq!(unsafe { block.add(at).read() }, at as u8 ^ 0xA5, "at {at}");
    }
}

fn a_block_stays_in_its_region_if_it_can<C: Config>() {
    let parts = Parts::new(&[4096, 8192]);
    let mut heap = parts.join::<C, 1>();
    for region in [0, 1] {
        let block = heap.allocate_in(region, 100, 1).unwrap();
        let _behind = heap.allocate_in(region, 100, 1).unwrap();
        fill(block, 100);
        // SAFETY: ours; what it became is ours.
        let grown = unsafe { heap.resize(block, 900) }.unwrap();
        assert_eq!(parts.part_of(grown, 900), Some(region));
        verify(grown, 100);
        // SAFETY: as above.
        let shrunk = unsafe { heap.resize(grown, 50) }.unwrap();
        assert_eq!(shrunk, grown, "a shrinking block stays");
        verify(shrunk, 50);
    }
    assert_eq!(heap.stats().failures, 0);
    heap.check().unwrap();
}

fn a_block_moves_to_a_region_with_room<C: Config>() {
    let parts = Parts::new(&[2048, 40 << 10, 8192]);
    let mut heap = parts.join::<C, 2>();
    let mut block = heap.allocate(300).unwrap();
    fill(block, 300);
    let mut kept = 300;
    for (size, region) in [(5000, 1), (14_000, 1), (7000, 1), (100, 1)] {
        // SAFETY: ours; what it became is ours.
        block = unsafe { heap.resize(block, size) }.unwrap();
        assert_eq!(parts.part_of(block, size), Some(region), "{size}");
        kept = kept.min(size);
        verify(block, kept);
        heap.check().unwrap();
    }
    let stats = heap.stats();
    assert_eq!((stats.used_blocks, stats.failures), (1, 0));
    assert_eq!(heap.region_stats(0).unwrap().used, 0);
    // From a later region to an earlier one, and past one that is full.
    let size = heap.region_stats(2).unwrap().largest_free;
    let block = heap.allocate_in(2, size, 1).unwrap();
    fill(block, size);
    // SAFETY: as above.
    let block = unsafe { heap.resize(block, 9000) }.unwrap();
    assert_eq!(parts.part_of(block, 9000), Some(1));
    verify(block, size);
    assert_eq!(heap.region_stats(2).unwrap().used, 0);
    assert_eq!(heap.stats().failures, 0);
    let used = heap.stats().used;
    // While it moved, both places were used.
    assert!(heap.stats().peak >= used + size);
    heap.check().unwrap();
    parts.gaps_are_untouched();
}

fn a_moved_block_keeps_its_alignment<C: Config>() {
    let parts = Parts::new(&[2048, 16 << 10]);
    for explicit in [false, true] {
        let mut heap = parts.join::<C, 1>();
        let block = heap.allocate_aligned(200, 256).unwrap();
        fill(block, 200);
        // SAFETY: ours; what it became is ours.
        let moved = unsafe {
            if explicit {
                heap.resize_aligned(block, 5000, 256)
            } else {
                heap.resize(block, 5000)
            }
        };
        if !C::Fit::RESIZES_ALIGNED {
            assert_eq!(moved, Err(ResizeError::AlignedBlock));
            verify(block, 200);
            continue;
        }
        let moved = moved.unwrap();
        assert_eq!(parts.part_of(moved, 5000), Some(1));
        assert!(moved.addr().get().is_multiple_of(256));
        verify(moved, 200);
        let info = heap.blocks().find(|info| info.aligned).unwrap();
        assert_eq!(info.region, 1, "it remembers what it was asked for");
        heap.check().unwrap();
    }
}

fn a_resize_that_fails_leaves_the_block<C: Config>() {
    let parts = Parts::new(&[2048, 4096]);
    let mut heap = parts.join::<C, 1>();
    for (number, region) in [(0, 0), (1, 1)] {
        let block = heap.allocate_in(region, 300, 1).unwrap();
        fill(block, 300);
        let before = heap.stats();
        // SAFETY: refused.
        let error = unsafe { heap.resize(block, 5000) }.unwrap_err();
        let exhausted = AllocError::Exhausted { request: 5000 };
        assert_eq!(error, ResizeError::Alloc(exhausted));
        let after = heap.stats();
        assert_eq!(after.failures, number + 1);
        assert_eq!(after.used, before.used);
        assert_eq!(after.used_blocks, before.used_blocks);
        assert_eq!(after.peak, before.peak);
        verify(block, 300);
        // SAFETY: refused.
        unsafe {
            assert_eq!(
                heap.resize(block, 0),
                Err(ResizeError::Alloc(AllocError::ZeroSize))
            );
            assert_eq!(
                heap.resize_aligned(block, 10, 3),
                Err(ResizeError::Alloc(AllocError::BadAlignment))
            );
            assert_eq!(
                heap.resize(parts.gap(region), 10),
                Err(ResizeError::Block(FreeError::OutOfPool))
            );
        }
        assert_eq!(heap.stats().failures, number + 1);
    }
    heap.check().unwrap();
}
