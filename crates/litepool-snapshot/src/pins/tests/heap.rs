//! A real heap: the request that it refuses is served once the blocks of any window are freed, and
//! not before the last of them is.

use std::ptr::NonNull;

use litepool::config::Pool256K;
use litepool::{Config, Heap, State, fit, track};
use proptest::prelude::*;

use super::*;

struct Best;

impl Config for Best {
    type Fit = fit::BestFit;
    type Record = track::Owners<0, 0>;
    const MAX_SIZE: usize = 1 << 20;
    const GRANULE: usize = 8;
}

/// The heap's blocks as a snapshot has them. Addresses are true, for the alignment's sake.
fn taken<C: Config>(heap: &Heap<'_, C>, base: NonNull<u8>) -> Snapshot {
    let blocks = heap.blocks().map(|info| Block {
        size: info.payload as u64,
        extent: info.size as u64,
        in_slab: info.in_slab,
        state: match info.state {
            State::Free => BlockState::Free,
            State::Slab => BlockState::Slab,
            _ => BlockState::Used,
        },
        ..block(0, (base.addr().get() + info.offset) as u64, 1, 'a')
    });
    let mut snapshot = snapshot(1, blocks.collect());
    snapshot.pools[0].choices = Some(*heap.choices());
    snapshot
}

/// Fills a pool, frees some blocks and requests `size` bytes; if that is refused, it is served
/// without each of the windows.
fn windows_are_true<C: Config>(sizes: &[usize], freed: &[bool], size: usize, align: usize) {
    for at in 0.. {
        let mut words = vec![0_u64; 512];
        let base = NonNull::from(words.as_mut_slice()).cast::<u8>();
        // SAFETY: the words are ours, and nothing else uses them while the heap is there.
        let mut heap = unsafe { Heap::<C>::from_raw(base, 4096) }.unwrap();
        let held: Vec<_> = sizes
            .iter()
            .map_while(|&size| heap.allocate(size).ok())
            .collect();
        for (pointer, _) in held.iter().zip(freed).filter(|(_, freed)| **freed) {
            // SAFETY: live, and freed once.
            unsafe { heap.free(*pointer) }.unwrap();
        }
        if heap.allocate_aligned(size, align).is_ok() {
            return;
        }
        let snapshot = taken(&heap, base);
        let request = Request {
            size: size as u64,
            align: align as u64,
            resized: None,
        };
        let pins = Pins::of(&snapshot, 0, request).unwrap();
        assert_ne!(pins.room(), Room::There);
        assert_eq!(pins.largest_free(), heap.stats().largest_free as u64);
        let Some(window) = pins.windows().get(at) else {
            return;
        };
        let blocks: Vec<u64> = pins
            .blocks(window)
            .filter_map(|block| block.address)
            .collect();
        for address in blocks {
            assert!(heap.allocate_aligned(size, align).is_err());
            let offset = address as usize - base.addr().get();
            // SAFETY: a used block of this heap, as its walk tells, freed once.
            unsafe { heap.free(base.add(offset)) }.unwrap();
        }
        let served = heap.allocate_aligned(size, align).unwrap();
        let run = window.run.start as usize..window.run.end as usize;
        assert!(run.contains(&served.addr().get()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_request_is_served_without_the_blocks_of_any_window(
        sizes in prop::collection::vec(1usize..300, 60),
        freed in prop::collection::vec(any::<bool>(), 60),
        size in 1usize..3000,
        align in prop::sample::select(vec![1usize, 4, 32, 128, 1024]),
    ) {
        windows_are_true::<Pool256K>(&sizes, &freed, size, align);
        windows_are_true::<Best>(&sizes, &freed, size, align);
    }
}
