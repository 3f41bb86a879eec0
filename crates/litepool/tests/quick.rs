//! Deferred coalescing: small blocks wait, unmerged, for the next request of their size.

mod common;

use std::ptr::NonNull;

use common::{Memory, control};
use litepool::config::{Deferred, Standard};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{Broken, Config, FreeError, Heap, State};

type Chosen = Deferred<Standard<Tlsf, u32, 8>>;

const POOL: usize = 16 << 10;
/// The largest request whose block waits: 63 granules less a header.
const LARGEST: usize = 63 * 8 - 4;

fn free<C: Config>(heap: &mut Heap<'_, C>, block: NonNull<u8>) {
    // SAFETY: allocated by the test, and not used again.
    unsafe { heap.free(block) }.unwrap();
}

/// Runs of free memory, as a walk finds them: a block that waits is one of its own.
fn free_blocks<C: Config>(heap: &Heap<'_, C>) -> usize {
    let blocks = heap
        .blocks()
        .filter(|block| block.state == State::Free)
        .count();
    assert_eq!(blocks, heap.stats().free_blocks);
    blocks
}

fn three<C: Config>(heap: &mut Heap<'_, C>, size: usize) -> [NonNull<u8>; 3] {
    [(); 3].map(|()| heap.allocate(size).unwrap())
}

#[test]
fn a_small_block_waits_for_the_next_request_of_its_size() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let [first, second, third] = three(&mut heap, 40);
    for block in [first, second, third] {
        free(&mut heap, block);
    }
    assert_eq!(free_blocks(&heap), 4, "three that wait and the rest");
    heap.check().unwrap();
    // The last one given back is the first one handed out, for every size that needs as many granules.
    assert_eq!(heap.allocate(37), Ok(third));
    assert_eq!(heap.allocate(44), Ok(second));
    assert_ne!(heap.allocate(45), Ok(first));
    assert_eq!(heap.allocate(40), Ok(first));
    heap.check().unwrap();
}

#[test]
fn a_block_that_is_not_small_merges_at_once() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    for (size, expected) in [(LARGEST, 4), (LARGEST + 1, 1)] {
        for block in three(&mut heap, size) {
            free(&mut heap, block);
        }
        assert_eq!(free_blocks(&heap), expected);
        heap.trim();
    }
}

#[test]
fn trim_merges_what_waits() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let fresh = memory.bytes();
    for block in three(&mut heap, 100) {
        free(&mut heap, block);
    }
    assert!(heap.trim());
    assert_eq!(free_blocks(&heap), 1);
    heap.check().unwrap();
    assert!(!heap.trim(), "nothing waits any more");
    heap.reset_peak();
    let counters = control::PEAK.start..control::summary::<Chosen>();
    assert_eq!(memory.bytes()[counters.clone()], fresh[counters]);
}

#[test]
fn a_request_that_only_merged_blocks_can_hold_is_served() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let largest = heap.stats().largest_free;
    for block in three(&mut heap, 100) {
        free(&mut heap, block);
    }
    let block = heap.allocate(largest).unwrap();
    free(&mut heap, block);
    for block in three(&mut heap, 100) {
        free(&mut heap, block);
    }
    heap.allocate_aligned(largest - 64, 64).unwrap();
    heap.check().unwrap();
}

#[test]
fn a_block_grows_over_a_neighbour_that_waits_if_there_is_no_other_place() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let whole = heap.stats().largest_free;
    let [first, second, third] = three(&mut heap, 100);
    free(&mut heap, second);
    free(&mut heap, third);
    // SAFETY: the block is used under its new pointer only.
    let grown = unsafe { heap.resize(first, whole) };
    assert_eq!(grown, Ok(first));
    heap.check().unwrap();
}

#[test]
fn blocks_wait_only_while_half_of_the_pool_is_in_the_index() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let [_, second, third] = three(&mut heap, 100);
    free(&mut heap, second);
    assert_eq!(free_blocks(&heap), 2, "one waits");
    heap.allocate(POOL / 2).unwrap();
    free(&mut heap, third);
    assert_eq!(free_blocks(&heap), 2, "both have merged with each other");
    heap.check().unwrap();
}

#[test]
fn a_block_that_waits_is_freed_already() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let [_, block, _] = three(&mut heap, 100);
    free(&mut heap, block);
    let before = memory.bytes();
    // SAFETY: refused.
    unsafe {
        assert_eq!(heap.free(block), Err(FreeError::AlreadyFree));
        assert!(heap.resize(block, 10).is_err());
        assert!(heap.resize(block, 1000).is_err());
    }
    assert_eq!(heap.usable_size(block), Err(FreeError::AlreadyFree));
    common::assert_unchanged(&before, &memory.bytes());
}

#[test]
fn an_aligned_request_takes_a_block_that_stands_well() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let block = heap.allocate_aligned(100, 64).unwrap();
    free(&mut heap, block);
    assert_eq!(heap.allocate_aligned(100, 64), Ok(block));
    // SAFETY: the block is used under its new pointer only.
    let moved = unsafe { heap.resize(block, 3000) }.unwrap();
    assert!(
        moved.addr().get().is_multiple_of(64),
        "it remembers what it was asked for"
    );
    // One that stands elsewhere is no help.
    let odd = (0..9)
        .map(|_| heap.allocate(100).unwrap())
        .find(|block| !block.addr().get().is_multiple_of(64));
    free(&mut heap, odd.unwrap());
    let aligned = heap.allocate_aligned(99, 64).unwrap();
    assert!(aligned.addr().get().is_multiple_of(64));
    heap.check().unwrap();
}

#[test]
fn a_growing_block_moves_into_one_that_waits_with_its_contents() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let [small, large, _] = [40, 200, 40].map(|size| heap.allocate(size).unwrap());
    free(&mut heap, large);
    // SAFETY: 40 bytes of a live block; it is used under its new pointer only.
    unsafe {
        small.write_bytes(0x5A, 40);
        let moved = heap.resize(small, 200);
        assert_eq!(moved, Ok(large));
        let contents = std::slice::from_raw_parts(large.as_ptr(), 40);
        assert!(contents.iter().all(|&byte| byte == 0x5A));
    }
    assert_eq!(heap.allocate(40), Ok(small), "the old place waits");
    heap.check().unwrap();
}

/// Without an index nothing is gained, so nothing waits.
#[test]
fn best_fit_little_merges_at_once() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Deferred<Standard<BestFitLittle, u16, 4>>>();
    for block in three(&mut heap, 40) {
        free(&mut heap, block);
    }
    assert_eq!(free_blocks(&heap), 1);
}

/// A block that can't be merged because its neighbour is damaged is neither lost to the count nor handed out.
#[test]
fn a_block_beside_a_damaged_one_waits_for_ever() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<Chosen>();
    let [_, block, neighbour] = three(&mut heap, 40);
    free(&mut heap, block);
    let header = neighbour.addr().get() - memory.base().addr().get() - 4;
    memory.set_word(header, memory.word(header) ^ 1 << 15);
    heap.trim();
    let stats = heap.stats();
    assert_eq!((stats.used_blocks, stats.free_blocks), (2, 2));
    assert_eq!(heap.check().unwrap_err().broken, Broken::NextLink);
    for _ in 0..100 {
        assert_ne!(heap.allocate(40), Ok(block));
    }
}

/// Every bit of the quick lists' state, of the headers and of the links of blocks that wait.
fn the_check_finds_every_flip<C: Config>() {
    let memory = Memory::new(POOL);
    let mut heap = memory.heap::<C>();
    let blocks: Vec<_> = (0..9)
        .map(|number| heap.allocate(40 + number % 3 * 100).unwrap())
        .collect();
    for &block in &blocks[..7] {
        free(&mut heap, block);
    }
    let image = memory.bytes();
    let state = 36..control::summary::<C>();
    let structure = heap.blocks().take(7).flat_map(|block| {
        let link = size_of::<C::Index>();
        block.offset - 4..block.offset + link
    });
    for at in state.chain(structure) {
        for bit in 0..8 {
            let copy = Memory::copy_of(&image);
            copy.attach::<C>().unwrap();
            let word = at & !3;
            copy.set_word(word, copy.word(word) ^ 1 << (at % 4 * 8 + bit));
            assert!(copy.attach::<C>().is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn the_check_finds_every_flip_of_tlsf() {
    the_check_finds_every_flip::<Chosen>();
}

#[test]
fn the_check_finds_every_flip_of_best_fit() {
    the_check_finds_every_flip::<Deferred<Standard<BestFit, u16, 4>>>();
}
