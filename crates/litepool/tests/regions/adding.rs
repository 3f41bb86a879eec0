use litepool::{Config, InitError, RegionError, Regions};

use super::{Parts, for_joined_configs};

for_joined_configs!(
    memory_of_any_size_becomes_a_region_or_stays,
    what_overlaps_is_refused,
    what_is_crooked_is_refused,
    there_are_no_more_than_there_may_be,
    any_order_of_addresses_will_do,
);

/// What the joined heap is like, to be compared after a refusal.
fn snapshot<C: Config, const MORE: usize>(
    parts: &Parts,
    heap: &Regions<'_, C, MORE>,
) -> (Vec<u8>, usize, litepool::Stats) {
    (parts.memory.bytes(), heap.count(), heap.stats())
}

fn memory_of_any_size_becomes_a_region_or_stays<C: Config>() {
    let mut smallest = None;
    for size in (0..2048).step_by(C::GRANULE) {
        let parts = Parts::new(&[4096, size]);
        // SAFETY: the memory outlives the heap.
        let mut heap = unsafe { Regions::<C, 1>::from_raw(parts.base(0), 4096) }.unwrap();
        let block = heap.allocate(100).unwrap();
        let before = snapshot(&parts, &heap);
        // SAFETY: as above.
        match unsafe { heap.add_region_raw(parts.base(1), size) } {
            Err(error) => {
                assert_eq!(error, RegionError::Memory(InitError::TooSmall), "{size}");
                assert!(snapshot(&parts, &heap) == before, "{size}");
                assert_eq!(smallest, None, "{size} was enough already");
            }
            Ok(number) => {
                assert_eq!(number, 1);
                smallest = smallest.or(Some(size));
                let stats = heap.region_stats(1).unwrap();
                assert_eq!(stats.size, size);
                if stats.slabs == 0 {
                    let block = heap.allocate_in(1, stats.largest_free, 1).unwrap();
                    // SAFETY: ours.
                    unsafe { block.write_bytes(0xFF, stats.largest_free) };
                    heap.check().unwrap();
                    // SAFETY: ours, given up once.
                    unsafe { heap.free(block) }.unwrap();
                }
            }
        }
        heap.check().unwrap();
        parts.gaps_are_untouched();
        // SAFETY: ours, given up once.
        unsafe { heap.free(block) }.unwrap();
        if smallest.is_some_and(|smallest| size > smallest + 128) {
            break;
        }
    }
    assert!(smallest.is_some_and(|smallest| smallest > 16));
}

fn what_overlaps_is_refused<C: Config>() {
    let parts = Parts::new(&[4096, 4096]);
    let mut heap = parts.join::<C, 3>();
    let block = heap.allocate(1000).unwrap();
    // SAFETY: ours.
    unsafe { block.write_bytes(0xC3, 1000) };
    let before = snapshot(&parts, &heap);
    let second = 4096 + super::GAP;
    for (what, from, to, of) in [
        ("the first region", 0, 4096, 0),
        ("its tail and the gap", 4096 - C::GRANULE, second - 8, 0),
        ("inside it", 1024, 3072, 0),
        ("both", 8, second + 4096, 0),
        (
            "the gap and the second one's first granule",
            4096,
            second + C::GRANULE,
            1,
        ),
        ("the second one", second, second + 4096, 1),
        ("inside it", second + 1024, second + 3072, 1),
    ] {
        // SAFETY: refused.
        let refused = unsafe { heap.add_region_raw(parts.memory.at(from), to - from) };
        let expected = RegionError::Memory(InitError::Overlap {
            start: parts.base(of).addr().get(),
            size: 4096,
        });
        assert_eq!(refused, Err(expected), "{what}");
        assert!(snapshot(&parts, &heap) == before, "{what}");
    }
    // What lies exactly between both does not overlap.
    // SAFETY: nobody uses the gap.
    unsafe { heap.add_region_raw(parts.gap(0), super::GAP) }.unwrap();
    heap.check().unwrap();
    assert_eq!(heap.count(), 3);
    assert_eq!(heap.stats().size, 2 * 4096 + super::GAP);
}

fn what_is_crooked_is_refused<C: Config>() {
    let parts = Parts::new(&[4096, 4096]);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 1>::from_raw(parts.base(0), 4096) }.unwrap();
    let before = snapshot(&parts, &heap);
    let base = parts.base(1);
    // SAFETY: inside the memory.
    let crooked = unsafe { base.add(1) };
    for (base, size) in [(crooked, 4000), (base, 4001), (crooked, 4001)] {
        // SAFETY: refused.
        let refused = unsafe { heap.add_region_raw(base, size) };
        assert_eq!(refused, Err(RegionError::Memory(InitError::Misaligned)));
    }
    // SAFETY: refused.
    let refused = unsafe { heap.add_region_raw(base, usize::MAX / 8 * 8) };
    assert_eq!(refused, Err(RegionError::Memory(InitError::TooLarge)));
    assert_eq!(
        heap.add_region(&mut []),
        Err(RegionError::Memory(InitError::TooSmall))
    );
    assert!(snapshot(&parts, &heap) == before);
    // What the safe way is given it trims.
    let mut memory = [std::mem::MaybeUninit::uninit(); 2001];
    let mut heap = parts.join::<C, 2>();
    assert_eq!(heap.add_region(&mut memory[1..]), Ok(2));
    let size = heap.region_stats(2).unwrap().size;
    assert!(size <= 2000 && size > 2000 - 2 * C::GRANULE);
}

fn there_are_no_more_than_there_may_be<C: Config>() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 1>::from_raw(parts.base(0), 4096) }.unwrap();
    // SAFETY: as above.
    unsafe { heap.add_region_raw(parts.base(1), 4096) }.unwrap();
    let before = snapshot(&parts, &heap);
    // SAFETY: refused.
    let refused = unsafe { heap.add_region_raw(parts.base(2), 4096) };
    assert_eq!(refused, Err(RegionError::TooMany));
    assert!(snapshot(&parts, &heap) == before);
    // SAFETY: the memory outlives the heap, and the other heap is forgotten.
    let mut alone = unsafe { Regions::<C, 0>::from_raw(parts.base(0), 4096) }.unwrap();
    // SAFETY: refused.
    let refused = unsafe { alone.add_region_raw(parts.base(1), 4096) };
    assert_eq!(refused, Err(RegionError::TooMany));
}

fn any_order_of_addresses_will_do<C: Config>() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 2>::from_raw(parts.base(1), 4096) }.unwrap();
    for (number, part) in [(1, 2), (2, 0)] {
        // SAFETY: as above.
        let added = unsafe { heap.add_region_raw(parts.base(part), 4096) };
        assert_eq!(added, Ok(number));
    }
    let blocks: Vec<_> = std::iter::from_fn(|| heap.allocate(500).ok()).collect();
    let order: Vec<_> = blocks
        .iter()
        .map(|&block| parts.part_of(block, 500).unwrap())
        .collect();
    assert!(order.is_sorted_by_key(|part| [1, 2, 0].iter().position(|other| other == part)));
    for block in blocks {
        // SAFETY: ours, given up once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    parts.gaps_are_untouched();
}
