use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec::Vec;

use super::super::tests::{Test, assert_clean, free, heap, memory};
use super::*;
use crate::Heap;
use crate::block::Header;
use crate::config::{Config as _, layout_of};
use crate::error::ResizeError;
use crate::layout::Field;

type Device = Test<BestFitLittle, 16, 4, true>;

/// A heap with free blocks of these payloads, each between two used ones, and a large remainder.
fn with_free<'m>(
    memory: &'m mut [MaybeUninit<u64>],
    sizes: &[usize],
) -> (Heap<'m, Device>, Vec<NonNull<u8>>) {
    let mut heap = heap::<Device>(memory);
    let blocks: Vec<_> = sizes
        .iter()
        .map(|&size| {
            let block = heap.allocate(size).unwrap();
            heap.allocate(4).unwrap();
            block
        })
        .collect();
    for &block in &blocks {
        free(&mut heap, block);
    }
    assert_clean(&heap);
    (heap, blocks)
}

#[test]
fn the_index_takes_no_memory_and_a_block_eight_bytes() {
    let layout = layout_of::<Device>();
    assert_eq!(BestFitLittle::state_bytes(&layout, 65_535), 0);
    assert_eq!(layout.min, 2);
    let mut memory = memory(2048);
    let heap = heap::<Device>(&mut memory);
    let overhead = heap.chain().offset(heap.chain().first());
    assert_eq!(overhead, 44, "the control block and a header");
    assert_eq!(heap.chain().field(Field::Pending), 0);
}

#[test]
fn the_smallest_sufficient_block_is_taken_the_first_among_equals() {
    let mut memory = memory(2048);
    let (mut heap, blocks) = with_free(&mut memory, &[100, 60, 40, 60, 200]);
    assert_eq!(heap.allocate(50).unwrap(), blocks[1]);
    assert_eq!(heap.allocate(60).unwrap(), blocks[3]);
    assert_eq!(heap.allocate(104).unwrap(), blocks[4]);
    assert_clean(&heap);
}

#[test]
fn a_block_from_an_aligned_request_is_not_reallocated() {
    let mut memory = memory(2048);
    let mut heap = heap::<Device>(&mut memory);
    let aligned = heap.allocate_aligned(100, 64).unwrap();
    let usable = heap.usable_size(aligned).unwrap();
    for size in [1, 100, 101, 1000] {
        // SAFETY: live; the block is given up only if the test fails.
        let (plain, again) = unsafe {
            (
                heap.resize(aligned, size),
                heap.resize_aligned(aligned, size, 64),
            )
        };
        assert_eq!(plain, Err(ResizeError::AlignedBlock));
        assert_eq!(again, Err(ResizeError::AlignedBlock));
    }
    assert_eq!(heap.usable_size(aligned), Ok(usable));
    // A plain block may become an aligned one, once.
    let block = heap.allocate(10).unwrap();
    // SAFETY: live, and replaced.
    let block = unsafe { heap.resize_aligned(block, 10, 128) }.unwrap();
    assert!(block.addr().get().is_multiple_of(128));
    assert_clean(&heap);
}

/// A size of zero would make the walk stand still, a large one leave the pool.
#[test]
fn the_walk_ends_in_a_damaged_pool() {
    for size in [0, 0x7FFE, 0x7FFF, 0xFFFF] {
        let mut memory = memory(2048);
        let (mut heap, blocks) = with_free(&mut memory, &[100, 60]);
        let block = heap.chain().block_at(blocks[0]);
        heap.chain().set_header(block, Header(size));
        assert!(heap.allocate(500).is_err());
    }
}

/// Whichever bit of the chosen block's header flips, the request is refused, or gets another block.
#[test]
fn a_damaged_block_is_not_taken() {
    for bit in 0..32 {
        let mut memory = memory(2048);
        let (mut heap, blocks) = with_free(&mut memory, &[100]);
        let block = heap.chain().block_at(blocks[0]);
        let header = heap.chain().header(block);
        heap.chain().set_header(block, Header(header.0 ^ 1 << bit));
        let taken = heap.allocate(Device::GRANULE * 25);
        assert!(taken != Ok(blocks[0]), "bit {bit}");
    }
}
