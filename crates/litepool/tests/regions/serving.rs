use litepool::config::Pool32;
use litepool::{AllocError, Config, FreeError, Heap, RegionError, Regions, Shortage};

use super::{Parts, for_joined_configs};
use crate::common::pools::Joined;

for_joined_configs!(
    the_first_region_that_has_room_serves,
    a_request_may_prefer_a_region,
    a_request_fails_once,
    no_block_spans_two_regions,
    the_peak_is_that_of_the_sum,
);

fn the_first_region_that_has_room_serves<C: Config>() {
    let parts = Parts::new(&[2048, 4096, 4096]);
    let mut heap = parts.join::<C, 2>();
    let mut blocks = Vec::new();
    let mut last = 0;
    while let Ok(block) = heap.allocate(100) {
        let part = parts.part_of(block, 100).expect("inside a region");
        assert!(part >= last, "an earlier region had room after all");
        last = part;
        // SAFETY: ours.
        unsafe { block.write_bytes(0xFF, 100) };
        blocks.push(block);
    }
    assert_eq!(last, 2, "all regions were used");
    heap.check().unwrap();
    parts.gaps_are_untouched();
    let stats = heap.stats();
    assert_eq!(stats.used_blocks, blocks.len());
    assert_eq!(stats.size, 2048 + 4096 + 4096, "without the gaps");
    assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
    // What is freed in the first region is served first again.
    // SAFETY: ours, given up once.
    unsafe { heap.free(blocks[0]) }.unwrap();
    let again = heap.allocate(100).unwrap();
    assert_eq!(parts.part_of(again, 100), Some(0));
    blocks[0] = again;
    for block in blocks {
        assert!(heap.usable_size(block).unwrap() >= 100);
        // SAFETY: as above.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.trim();
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
}

fn a_request_may_prefer_a_region<C: Config>() {
    let parts = Parts::new(&[2048, 4096]);
    let mut heap = parts.join::<C, 1>();
    for align in [1, 4, 64] {
        let second = heap.allocate_in(1, 200, align).unwrap();
        assert_eq!(parts.part_of(second, 200), Some(1));
        assert!(second.addr().get().is_multiple_of(align));
        let preferred = heap.allocate_preferring(1, 200, align).unwrap();
        assert_eq!(parts.part_of(preferred, 200), Some(1));
        let first = heap.allocate_aligned(200, align).unwrap();
        assert_eq!(parts.part_of(first, 200), Some(0));
    }
    assert_eq!(heap.preferred(), 0);
    heap.set_preferred(1).unwrap();
    assert_eq!(heap.preferred(), 1);
    // Where the preferred one has no room, another one serves; where only one may, none does.
    let mut filling = Vec::new();
    while let Ok(block) = heap.allocate_in(1, 200, 1) {
        filling.push(block);
    }
    let first = heap.allocate(200).unwrap();
    assert_eq!(parts.part_of(first, 200), Some(0));
    // SAFETY: ours, given up once.
    unsafe { heap.free(filling[0]) }.unwrap();
    let second = heap.allocate(200).unwrap();
    assert_eq!(parts.part_of(second, 200), Some(1));
    heap.set_preferred(0).unwrap();
    assert_eq!(heap.preferred(), 0);
    assert_eq!(heap.set_preferred(2), Err(RegionError::NoSuchRegion));
    assert_eq!(heap.allocate_in(2, 8, 1), Err(AllocError::NoSuchRegion));
    assert_eq!(
        heap.allocate_preferring(2, 8, 1),
        Err(AllocError::NoSuchRegion)
    );
    assert_eq!(heap.allocate_in(1, 0, 1), Err(AllocError::ZeroSize));
    assert_eq!(heap.allocate_in(1, 8, 3), Err(AllocError::BadAlignment));
    heap.check().unwrap();
}

fn a_request_fails_once<C: Config>() {
    let parts = Parts::new(&[2048, 8192, 2048]);
    let mut heap = parts.join::<C, 2>();
    // Too large for the first region: served, so no failure.
    let size = heap.region_stats(1).unwrap().largest_free;
    assert!(size > heap.region_stats(0).unwrap().largest_free);
    let large = heap.allocate(size).unwrap();
    assert_eq!(parts.part_of(large, size), Some(1));
    assert_eq!(heap.stats().failures, 0);
    for (failures, size) in (1..).zip([size, 9000, 1 << 20, usize::MAX]) {
        let error = heap.allocate(size).unwrap_err();
        let stats = heap.stats();
        assert_eq!(stats.failures, failures);
        let all = [0, 1, 2].map(|region| heap.region_stats(region).unwrap());
        let free: usize = all
            .iter()
            .map(|stats| stats.free - stats.free_in_slabs)
            .sum();
        let largest = all.iter().map(|stats| stats.largest_free).max();
        assert_eq!(error, AllocError::Exhausted { request: size });
        let expected = Shortage {
            request: size,
            free,
            largest_free: largest.unwrap(),
        };
        assert_eq!(heap.shortage(size), expected);
        assert_eq!(Some(stats.largest_free), largest);
    }
    // Asked in one region only, it fails there.
    let error = heap.allocate_in(2, 3000, 1).unwrap_err();
    let of_region = heap.region_stats(2).unwrap();
    assert_eq!(of_region.failures, 1);
    assert_eq!(heap.stats().failures, 5);
    assert_eq!(error, AllocError::Exhausted { request: 3000 });
    // What makes no sense is not counted.
    assert_eq!(heap.allocate(0), Err(AllocError::ZeroSize));
    assert_eq!(heap.allocate_aligned(8, 3), Err(AllocError::BadAlignment));
    assert_eq!(heap.stats().failures, 5);
    heap.check().unwrap();
}

fn no_block_spans_two_regions<C: Config>() {
    // Right beside each other, so that only the regions' ends are between them.
    let parts = Parts::new(&[8192]);
    let (base, half) = (parts.base(0), 4096);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 1>::from_raw(base, half) }.unwrap();
    // SAFETY: inside the memory.
    unsafe { heap.add_region_raw(base.add(half), half) }.unwrap();
    assert!(matches!(
        heap.allocate(half),
        Err(AllocError::Exhausted { .. })
    ));
    let largest = heap.stats().largest_free;
    let (one, other) = (heap.allocate(largest), heap.allocate(largest));
    for block in [one.unwrap(), other.unwrap()] {
        // SAFETY: ours.
        unsafe { block.write_bytes(0xFF, largest) };
        heap.check().unwrap();
        // SAFETY: ours, given up once.
        unsafe { heap.free(block) }.unwrap();
        // SAFETY: refused.
        assert!(unsafe { heap.free(block) }.is_err());
    }
    assert!(heap.allocate(half).is_err(), "nothing merged across");
    heap.check().unwrap();
}

fn the_peak_is_that_of_the_sum<C: Config>() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<C, 2>::from_raw(parts.base(0), 4096) }.unwrap();
    let block = heap.allocate(1000).unwrap();
    // SAFETY: ours, given up once.
    unsafe { heap.free(block) }.unwrap();
    let peak = heap.stats().peak;
    assert!(peak >= 1000);
    for number in [1, 2] {
        // SAFETY: as above.
        unsafe { heap.add_region_raw(parts.base(number), 4096) }.unwrap();
        assert_eq!(heap.stats().peak, peak, "adding a region leaves the peak");
    }
    // One after the other: the sum of the regions' peaks was never used at once.
    for region in 0..3 {
        let block = heap.allocate_in(region, 1000, 1).unwrap();
        // SAFETY: as above.
        unsafe { heap.free(block) }.unwrap();
    }
    assert_eq!(heap.stats().peak, peak);
    let blocks = [0, 1, 2].map(|region| heap.allocate_in(region, 1000, 1).unwrap());
    let used = heap.stats().used;
    assert_eq!(heap.stats().peak, used);
    for block in blocks {
        // SAFETY: as above.
        unsafe { heap.free(block) }.unwrap();
    }
    assert_eq!((heap.stats().used, heap.stats().peak), (0, used));
    heap.check().unwrap();
    heap.reset_peak();
    assert_eq!(heap.stats().peak, 0);
    heap.check().unwrap();
}

#[test]
fn without_more_regions_it_is_a_heap() {
    type Alone<C> = Regions<'static, C, 0>;
    assert_eq!(size_of::<Alone<Pool32>>(), size_of::<Heap<'_, Pool32>>());
    let parts = Parts::new(&[4096, 4096]);
    let mut heap = parts.join::<Joined<Pool32>, 1>();
    assert_eq!(heap.count(), 2);
    let bases: Vec<_> = heap
        .regions()
        .map(|region| (region.base, region.size))
        .collect();
    assert_eq!(bases, parts.ranges());
    heap.allocate(10).unwrap();
    // The same bytes as a heap of its own makes, in a configuration that knows no regions.
    let (one, other) = (Parts::new(&[4096]), Parts::new(&[4096]));
    let mut plain = one.memory.heap_of::<Pool32>(4096).unwrap();
    let mut alone = other.join::<Pool32, 0>();
    for size in [10, 100, 1000] {
        let (a, b) = (plain.allocate(size).unwrap(), alone.allocate(size).unwrap());
        // SAFETY: ours, given up once.
        unsafe {
            plain.free(a).unwrap();
            alone.free(b).unwrap();
            assert_eq!(alone.free(b), Err(FreeError::AlreadyFree));
        }
    }
    assert!(one.memory.bytes() == other.memory.bytes());
    assert_eq!(alone.stats(), plain.stats());
}

/// A static and what the system maps are terabytes apart on a 64-bit machine; 16-bit links do not
/// mind.
#[test]
#[cfg(target_pointer_width = "64")]
fn regions_may_be_farther_apart_than_any_link_reaches() {
    use litepool::fit::Tlsf;
    use litepool_testing::config::{Small, Standard};
    use std::mem::MaybeUninit;

    const SIZE: usize = 64 << 10;
    static mut NEAR: [MaybeUninit<u64>; SIZE / 8] = [MaybeUninit::uninit(); SIZE / 8];
    let near = std::ptr::NonNull::new(&raw mut NEAR).unwrap().cast::<u8>();
    let mut far = vec![MaybeUninit::<u8>::uninit(); 1 << 20];
    let distance = far.as_ptr().addr().abs_diff(near.addr().get());
    assert!(distance > u32::MAX as usize, "only {distance} bytes apart");
    // SAFETY: nothing else uses the static.
    let mut heap =
        unsafe { Regions::<Joined<Standard<Tlsf, Small, 4>>, 1>::from_raw(near, SIZE) }.unwrap();
    heap.add_region(&mut far[..SIZE]).unwrap();
    let mut blocks: Vec<_> = std::iter::from_fn(|| heap.allocate(1000).ok()).collect();
    assert!(blocks.len() > 120);
    for block in blocks.drain(..).rev() {
        // SAFETY: ours, given up once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
    assert_eq!(heap.stats().size, 2 * SIZE);
}
