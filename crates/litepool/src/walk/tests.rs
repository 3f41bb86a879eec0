use core::mem::MaybeUninit;
use std::vec;

use crate::Heap;
use crate::config::{Config, Pool32, Pool64, Pool256K};

fn the_used_end_is_that_of_the_last_used_block<C: Config>() {
    let mut memory = vec![MaybeUninit::uninit(); 200 << 10];
    let mut heap = Heap::<C>::new(&mut memory).expect("a pool");
    let empty = heap.used_end();
    assert_eq!(empty, heap.blocks().next().expect("a block").offset - 4);

    let first = heap.allocate(100).expect("room");
    let after_first = heap.used_end();
    assert!(after_first >= heap.arena().offset_of(first) + 100);
    let large = heap.allocate(150_000).expect("room");
    assert!(heap.used_end() >= heap.arena().offset_of(large) + 150_000);
    assert!(heap.used_end() <= heap.arena().size() - 4);

    // SAFETY: ours.
    unsafe { heap.free(large) }.expect("a block");
    heap.trim();
    assert_eq!(heap.used_end(), after_first);
    // SAFETY: ours.
    unsafe { heap.free(first) }.expect("a block");
    heap.trim();
    assert_eq!(heap.used_end(), empty);
}

#[test]
fn the_used_end_of_a_pool() {
    the_used_end_is_that_of_the_last_used_block::<Pool256K>();
    the_used_end_is_that_of_the_last_used_block::<Pool32>();
    the_used_end_is_that_of_the_last_used_block::<Pool64>();
}

/// A walk in steps goes on at a used block. Meanwhile it may have been freed, and what is used
/// there now is no block's start.
#[test]
fn a_walk_in_steps_does_not_go_on_in_a_chunk_or_a_large_block() {
    use crate::config::{Fast, WithSlab};
    use crate::error::FreeError;

    type Slabs = WithSlab<crate::fit::Tlsf, u32, 8, Fast>;
    let mut memory = vec![MaybeUninit::uninit(); 400 << 10];
    let mut heap = Heap::<Slabs>::new(&mut memory).unwrap();
    let object = heap.allocate(24).unwrap();
    let block = heap.allocate(20_000).unwrap();
    let large = heap.allocate(300 << 10).unwrap();
    let walked = |anchor| heap.walk_from(Some(anchor), 1, |_| {}).map(drop);
    assert_eq!(walked(block), Ok(()));
    for anchor in [object, large] {
        assert_eq!(walked(anchor), Err(FreeError::NotABlock));
    }
}
