use litepool::{AttachError, Broken, Config, FreeError, Regions, State};

use super::{GAP, Parts, for_joined_configs};
use crate::common::Memory;

for_joined_configs!(
    the_walk_tells_of_every_gap,
    what_is_no_block_is_refused,
    damage_names_its_region,
    damage_in_one_region_leaves_the_others,
    every_flip_in_what_joins_the_regions_is_found,
);

fn the_walk_tells_of_every_gap<C: Config>() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 2>::from_raw(parts.base(1), 4096) }.unwrap();
    for part in [2, 0] {
        // SAFETY: as above.
        unsafe { heap.add_region_raw(parts.base(part), 4096) }.unwrap();
    }
    for region in [0, 1, 2] {
        heap.allocate_in(region, 600, 1).unwrap();
    }
    let blocks: Vec<_> = heap.blocks().collect();
    assert!(blocks.is_sorted_by_key(|block| block.region));
    let gaps: Vec<_> = blocks
        .iter()
        .filter(|block| block.state == State::Gap)
        .map(|gap| (gap.region, gap.offset, gap.size, gap.payload))
        .collect();
    // The third region lies below the second one.
    assert_eq!(gaps, [(0, 4096, GAP, 0), (1, 4096, 0, 0)]);
    for region in [0, 1, 2] {
        let stats = heap.region_stats(region).unwrap();
        let of_region = blocks.iter().filter(|block| block.region == region);
        let (mut used, mut free) = (0, 0);
        for block in of_region {
            match block.state {
                State::Used => used += block.size,
                State::Free => free += block.size,
                _ => {}
            }
        }
        assert_eq!((used, free), (stats.used, stats.free));
    }
    assert_eq!(heap.region_stats(3), None);
}

fn what_is_no_block_is_refused<C: Config>() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    let mut heap = parts.join::<C, 2>();
    let blocks = [0, 1, 2].map(|region| heap.allocate_in(region, 500, 1).unwrap());
    let wrong = FreeError::OutOfPool;
    let before = parts.memory.bytes();
    for number in 0..3 {
        let gap = parts.gap(number);
        for at in (0..GAP).step_by(C::GRANULE) {
            // SAFETY: inside the memory; the free is refused.
            unsafe {
                assert_eq!(heap.free(gap.add(at)), Err(wrong));
                assert_eq!(heap.usable_size(gap.add(at)), Err(wrong));
            }
        }
        let base = parts.base(number);
        for at in (0..32).step_by(C::GRANULE) {
            // SAFETY: as above: it is the control block.
            assert_eq!(unsafe { heap.free(base.add(at)) }, Err(wrong));
        }
        // Nothing in a region but what was handed out.
        for at in (0..4096).step_by(C::GRANULE) {
            // SAFETY: inside the memory.
            let pointer = unsafe { base.add(at) };
            if !blocks.contains(&pointer) {
                // SAFETY: refused.
                assert!(unsafe { heap.free(pointer) }.is_err(), "{at}");
            }
        }
    }
    assert!(parts.memory.bytes() == before);
    for block in blocks {
        // SAFETY: ours, given up once; then refused.
        unsafe {
            heap.free(block).unwrap();
            assert!(heap.free(block).is_err());
        }
    }
    heap.check().unwrap();
}

fn damage_names_its_region<C: Config>() {
    let parts = Parts::new(&[4096, 16 << 10]);
    let mut heap = parts.join::<C, 1>();
    let block = heap.allocate_in(1, 900, 1).unwrap();
    let _behind = heap.allocate_in(1, 900, 1).unwrap();
    // SAFETY: the header is inside the region.
    let header = unsafe { block.sub(4) }.cast::<u32>();
    // SAFETY: as above.
    let (word, usable) = (unsafe { header.read() }, heap.usable_size(block).unwrap());
    // SAFETY: as above.
    unsafe { header.write(word ^ 1) };
    let found = heap.check().unwrap_err();
    assert_eq!(found.region, 1, "{found}");
    assert!(found.to_string().contains("region 1"), "{found}");
    // SAFETY: refused.
    match unsafe { heap.free(block) } {
        Err(FreeError::Corrupt(found)) => assert_eq!(found.region, 1),
        other => panic!("{other:?}"),
    }
    // SAFETY: as above.
    unsafe { header.write(word) };
    assert_eq!(heap.usable_size(block), Ok(usable));
    heap.check().unwrap();
}

fn damage_in_one_region_leaves_the_others<C: Config>() {
    let parts = Parts::new(&[4096, 4096]);
    let mut heap = parts.join::<C, 1>();
    let (first, second) = (heap.allocate_in(0, 500, 1), heap.allocate_in(1, 500, 1));
    // SAFETY: it is the test's to overwrite.
    unsafe { parts.base(1).write_bytes(0, 4096) };
    // SAFETY: ours, given up once; then refused.
    unsafe {
        heap.free(first.unwrap()).unwrap();
        assert!(heap.free(second.unwrap()).is_err());
    }
    let again = heap.allocate(500).unwrap();
    assert_eq!(parts.part_of(again, 500), Some(0));
    assert_eq!(heap.check().unwrap_err().region, 1);
}

/// Where the words begin that say which region a control block belongs to: they are the first in
/// which a region that is joined and
/// a heap that is alone differ.
fn state_of(joined: &[u8], alone: &[u8]) -> usize {
    let differs = joined
        .iter()
        .zip(alone)
        .position(|(one, other)| one != other);
    differs.expect("the words that join them") & !3
}

fn every_flip_in_what_joins_the_regions_is_found<C: Config>() {
    let parts = Parts::new(&[2048, 2048, 2048]);
    let lonely = Memory::new(2048);
    lonely.heap::<C>();
    let heap = parts.join::<C, 2>();
    heap.check().expect("three healthy regions");
    let state = state_of(&parts.bytes_of(0), &lonely.bytes());
    for number in 0..3 {
        for bit in 0..64 {
            // In the first region, the second word is the peak, of which only what can't be true is
            // found.
            let at = state + bit / 8;
            // SAFETY: inside the region.
            let byte = unsafe { parts.base(number).add(at) };
            // SAFETY: as above.
            unsafe { byte.write(byte.read() ^ 1 << (bit % 8)) };
            let is_small_peak = number == 0 && (32..32 + 11).contains(&bit);
            if !is_small_peak {
                let found = heap.check().unwrap_err();
                assert_eq!(found.broken, Broken::Regions, "bit {bit} of {number}");
                // SAFETY: the memory outlives the heap, and is initialised.
                let refused = unsafe { Regions::<C, 2>::attach_regions(&parts.ranges()) };
                assert!(matches!(
                    refused.err(),
                    Some(
                        AttachError::NotJoined { .. }
                            | AttachError::Regions { .. }
                            | AttachError::TooManyRegions { .. }
                            | AttachError::Corrupt(_)
                    )
                ));
            }
            // SAFETY: as above.
            unsafe { byte.write(byte.read() ^ 1 << (bit % 8)) };
        }
    }
    heap.check().unwrap();
}
