use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec::Vec;

use super::*;
use crate::config::Standard;
use crate::{Broken, FreeError, Heap, ResizeError};

type Device = Standard<BestFitLittle, u16, 4>;

/// As [`Device`], and a request looks at two free blocks.
struct Bounded;

impl Config for Bounded {
    type Index = u16;
    type Fit = BestFitLittle;
    type Record = ();
    const GRANULE: usize = 4;
    const SEARCH_LIMIT: usize = 2;
}

/// A heap with free blocks of these payloads, each between two used ones, and a large rest.
fn with_holes<'m, C: Config>(
    memory: &'m mut [MaybeUninit<u8>; 2048],
    holes: &[usize],
) -> (Heap<'m, C>, Vec<NonNull<u8>>) {
    let mut heap = Heap::<C>::new(memory).unwrap();
    let blocks: Vec<_> = holes
        .iter()
        .map(|&size| {
            let block = heap.allocate(size).unwrap();
            heap.allocate(4).unwrap();
            block
        })
        .collect();
    for &block in &blocks {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    (heap, blocks)
}

#[test]
fn the_index_takes_no_memory() {
    assert_eq!(BestFitLittle::state_bytes::<Device>(65_535), 0);
    let mut memory = [MaybeUninit::uninit(); 2048];
    let heap = Heap::<Device>::new(&mut memory).unwrap();
    assert!(heap.stats().overhead <= 40);
}

#[test]
fn the_smallest_sufficient_block_is_taken_the_first_among_equals() {
    let mut memory = [MaybeUninit::uninit(); 2048];
    let (mut heap, holes) = with_holes::<Device>(&mut memory, &[100, 60, 40, 60, 200]);
    assert_eq!(heap.allocate(50).unwrap(), holes[1]);
    assert_eq!(heap.allocate(60).unwrap(), holes[3]);
    assert_eq!(heap.allocate(104).unwrap(), holes[4]);
    heap.check().unwrap();
}

#[test]
fn a_request_looks_at_no_more_free_blocks_than_the_limit() {
    let mut memory = [MaybeUninit::uninit(); 2048];
    let (mut heap, holes) = with_holes::<Bounded>(&mut memory, &[100, 60, 40, 200]);
    assert_eq!(heap.stats().largest_free, 100);
    assert!(heap.allocate(104).is_err(), "only the third or a later one");
    assert_eq!(heap.allocate(40).unwrap(), holes[1]);
}

#[test]
fn a_block_from_an_aligned_request_is_not_resized() {
    let mut memory = [MaybeUninit::uninit(); 2048];
    let mut heap = Heap::<Device>::new(&mut memory).unwrap();
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
    heap.check().unwrap();
}

/// The seal stands where a dangling pointer writes first.
#[test]
fn a_write_after_free_breaks_the_seal() {
    let mut memory = [MaybeUninit::uninit(); 2048];
    let (mut heap, holes) = with_holes::<Device>(&mut memory, &[100]);
    // SAFETY: no block of ours, but inside the memory: the mistake that is tested.
    unsafe { holes[0].write_bytes(0x41, 4) };
    assert_eq!(heap.check().unwrap_err().broken, Broken::ListLink);
    // SAFETY: the block behind the hole is live.
    let error = unsafe { heap.free(holes[0].add(104)) }.unwrap_err();
    assert!(matches!(error, FreeError::Corrupt(damage) if damage.broken == Broken::ListLink));
}

/// A size of zero would make the walk stand still, a large one leave the pool.
#[test]
fn the_walk_ends_in_a_damaged_pool() {
    for size in [0, 0x7FFE, 0x7FFF] {
        let mut memory = [MaybeUninit::new(0); 2048];
        let (mut heap, holes) = with_holes::<Device>(&mut memory, &[100, 60]);
        // SAFETY: the header of a free block of ours: the damage that is tested.
        unsafe { holes[0].sub(4).cast::<u32>().write(size) };
        assert!(heap.allocate(500).is_err());
        assert!(heap.check().is_err());
    }
}
