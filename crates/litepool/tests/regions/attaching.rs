use std::ptr::NonNull;

use litepool::config::Pool32;
use litepool::fit::Tlsf;
use litepool::{AttachError, Config, Heap, Image, InitError, Regions, Stats};
use litepool_testing::config::{Expanding, Hardened, Small, Standard, WithRegions, WithSlab};

use super::{Parts, for_joined_configs};
use crate::common::Memory;
use crate::common::pools::Joined;

for_joined_configs!(
    copies_open_elsewhere,
    each_region_opens_alone,
    what_does_not_belong_together_is_refused,
);

const SIZES: [usize; 3] = [4096, 6144, 4096];

/// Joined regions, and in each of them some blocks.
fn used<C: Config>(parts: &Parts) -> Stats {
    let mut heap = parts.join::<C, 2>();
    for region in 0..3 {
        for size in [10, 100, 300] {
            let block = heap.allocate_in(region, size, 1).unwrap();
            // SAFETY: ours.
            unsafe { block.write_bytes(region as u8, size) };
            let other = heap.allocate_in(region, size, 1).unwrap();
            // SAFETY: ours, given up once.
            unsafe { heap.free(other) }.unwrap();
        }
    }
    heap.check().unwrap();
    heap.stats()
}

fn attach<C: Config, const MORE: usize>(
    regions: &[(NonNull<u8>, usize)],
) -> Result<Regions<'_, C, MORE>, AttachError> {
    // SAFETY: the tests give memory that outlives the heap and is initialised.
    unsafe { Regions::attach_regions(regions) }
}

fn copies_open_elsewhere<C: Config>() {
    let parts = Parts::new(&SIZES);
    let stats = used::<C>(&parts);
    let blocks: Vec<_> = attach::<C, 2>(&parts.ranges()).unwrap().blocks().collect();
    // In the reverse order of addresses, and at other distances.
    let copies = [2, 1, 0].map(|number| Memory::copy_of(&parts.bytes_of(number)));
    let ranges: Vec<_> = copies
        .iter()
        .rev()
        .map(|copy| (copy.base(), copy.size()))
        .collect();
    // More room than is needed does not matter.
    let mut heap = attach::<C, 5>(&ranges).unwrap();
    assert_eq!((heap.count(), heap.stats()), (3, stats));
    let found: Vec<_> = heap.blocks().collect();
    for (found, made) in found.iter().zip(&blocks) {
        assert_eq!(
            (found.region, found.offset, found.state),
            (made.region, made.offset, made.state)
        );
    }
    assert_eq!(found.len(), blocks.len());
    // They serve, and take another region.
    let block = heap.allocate_in(1, 1000, 1).unwrap();
    // SAFETY: ours, given up once.
    unsafe { heap.free(block) }.unwrap();
    let fourth = Parts::new(&[4096]);
    // SAFETY: the memory outlives the heap.
    unsafe { heap.add_region_raw(fourth.base(0), 4096) }.unwrap();
    heap.check().unwrap();
    let mut ranges = ranges.clone();
    ranges.push(fourth.range(0));
    assert_eq!(attach::<C, 3>(&ranges).unwrap().count(), 4);
}

fn each_region_opens_alone<C: Config>() {
    let parts = Parts::new(&SIZES);
    used::<C>(&parts);
    for number in 0..3 {
        let copy = Memory::copy_of(&parts.bytes_of(number));
        let heap: Heap<'_, C> = copy.attach().unwrap();
        assert_eq!(heap.stats().used_blocks, 3);
    }
    // One that was never joined opens as a heap and as regions.
    let alone = Parts::new(&[4096]);
    alone.join::<C, 2>().allocate(10).unwrap();
    assert_eq!(attach::<C, 0>(&alone.ranges()).unwrap().count(), 1);
    assert_eq!(attach::<C, 2>(&alone.ranges()).unwrap().count(), 1);
}

fn what_does_not_belong_together_is_refused<C: Config>() {
    let (parts, others) = (Parts::new(&SIZES), Parts::new(&SIZES));
    used::<C>(&parts);
    used::<C>(&others);
    let before = (parts.memory.bytes(), others.memory.bytes());
    let [a, b, c] = [0, 1, 2].map(|number| parts.range(number));
    let [x, y, z] = [0, 1, 2].map(|number| others.range(number));
    let not_joined = |region| AttachError::NotJoined { region };
    let count = |given| AttachError::Regions { joined: 3, given };
    for (what, ranges, error) in [
        ("a later one first", vec![b, a, c], not_joined(0)),
        ("a later one alone", vec![c], not_joined(0)),
        ("two exchanged", vec![a, c, b], not_joined(1)),
        ("the last one missing", vec![a, b], count(2)),
        ("one in the middle missing", vec![a, c], count(2)),
        ("all but the first missing", vec![a], count(1)),
        ("one too many", vec![a, b, c, z], count(4)),
        ("another's first", vec![x, b, c], not_joined(2)),
        ("another's second", vec![a, y, c], not_joined(2)),
        ("another's last", vec![a, b, z], not_joined(2)),
        ("another's first in between", vec![a, x, c], not_joined(1)),
    ] {
        assert_eq!(attach::<C, 3>(&ranges).err(), Some(error), "{what}");
    }
    for (what, ranges, start, size) in [
        ("one twice", vec![a, b, b], b.0, b.1),
        ("the first twice", vec![a, a, c], a.0, a.1),
    ] {
        let start = start.addr().get();
        let error = AttachError::Memory(InitError::Overlap { start, size });
        assert_eq!(attach::<C, 3>(&ranges).err(), Some(error), "{what}");
    }
    assert_eq!(
        attach::<C, 1>(&[a, b, c]).err(),
        Some(AttachError::TooManyRegions { joined: 3, most: 2 })
    );
    assert_eq!(
        attach::<C, 1>(&[]).err(),
        Some(AttachError::Memory(InitError::TooSmall))
    );
    let empty = Parts::new(&[4096]);
    assert_eq!(
        attach::<C, 2>(&[a, b, empty.range(0)]).err(),
        Some(AttachError::NotAPool)
    );
    assert!((parts.memory.bytes(), others.memory.bytes()) == before);
    assert_eq!(attach::<C, 2>(&[a, b, c]).unwrap().count(), 3);
    assert_eq!(attach::<C, 2>(&[x, y, z]).unwrap().count(), 3);
}

/// Images of regions tell which of them belong together, and in which order.
#[test]
fn images_tell_what_was_joined() {
    type C = Joined<Pool32>;
    let (parts, others) = (Parts::new(&SIZES), Parts::new(&[4096, 4096, 8192]));
    let stats = used::<C>(&parts);
    used::<C>(&others);
    let alone = Parts::new(&[4096]);
    alone.join::<C, 2>().allocate(10).unwrap();
    let joined = |parts: &Parts, number: usize| {
        let (base, size) = parts.range(number);
        // SAFETY: the memory outlives the image, and nobody writes to it meanwhile.
        unsafe { Image::open(base, size) }.unwrap().joined()
    };
    let [a, b, c] = [0, 1, 2].map(|number| joined(&parts, number));
    let [x, y, z] = [0, 1, 2].map(|number| joined(&others, number));
    let places = [a, b, c].map(|joined| (joined.number, joined.count));
    assert_eq!(places, [(0, 3), (1, 0), (2, 0)]);
    assert_eq!((a.peak, b.peak), (stats.peak, 0));
    assert!(c.follows(&b) && z.follows(&y));
    assert!(!c.follows(&y) && !z.follows(&b) && !b.follows(&a) && !b.follows(&c));
    assert!(a.is_first_of(&c) && x.is_first_of(&z));
    assert!(!a.is_first_of(&z) && !a.is_first_of(&b) && !b.is_first_of(&c));
    let alone = joined(&alone, 0);
    assert_eq!((alone.number, alone.count, alone.peak), (0, 1, 0));
    assert!(!alone.is_first_of(&alone));
}

/// Nothing is written into the regions that are sound where one is not.
#[test]
fn what_is_not_opened_stays_as_it_was_made() {
    type Made = WithRegions<WithSlab<Standard<Tlsf, Small, 4>, Expanding>, 2>;
    type Opened = Hardened<Made>;
    let parts = Parts::new(&[8192, 8192]);
    parts.join::<Made, 1>();
    let ranges = parts.ranges();
    // SAFETY: in the second region: the header of its end block.
    let end = unsafe { ranges[1].0.add(8192 - 4).cast::<u32>() };
    // SAFETY: the memory is the test's.
    unsafe { end.write(end.read() ^ 1) };
    let before = parts.memory.bytes();
    let error = attach::<Opened, 1>(&ranges).err();
    assert!(matches!(error, Some(AttachError::Corrupt(found)) if found.region == 1));
    assert!(parts.memory.bytes() == before);
    // SAFETY: likewise.
    unsafe { end.write(end.read() ^ 1) };
    attach::<Opened, 1>(&ranges).unwrap().check().unwrap();
}

#[test]
fn a_region_of_an_earlier_life_is_refused() {
    let parts = Parts::new(&[4096, 4096, 4096]);
    let joined = |second: usize| {
        // SAFETY: the memory outlives the heap, and what was there before is given up.
        let mut heap =
            unsafe { Regions::<Joined<Pool32>, 1>::from_raw(parts.base(0), 4096) }.unwrap();
        // SAFETY: as above.
        unsafe { heap.add_region_raw(parts.base(second), 4096) }.unwrap();
    };
    joined(1);
    joined(2);
    let [first, stale, second] = [0, 1, 2].map(|number| parts.range(number));
    let refused = attach::<Joined<Pool32>, 1>(&[first, stale]).err();
    assert_eq!(refused, Some(AttachError::NotJoined { region: 1 }));
    attach::<Joined<Pool32>, 1>(&[first, second]).unwrap();
}

/// The machine stops while a region is added: the new one's words are there, and the first one's
/// are not yet.
#[test]
fn a_region_that_was_not_quite_added_is_none() {
    type C = Joined<Pool32>;
    let parts = Parts::new(&[4096, 4096, 4096]);
    for ready in [1, 2] {
        // SAFETY: the memory outlives the heap, and what was there before is given up.
        let mut heap = unsafe { Regions::<C, 2>::from_raw(parts.base(0), 4096) }.unwrap();
        for number in 1..ready {
            // SAFETY: as above.
            unsafe { heap.add_region_raw(parts.base(number), 4096) }.unwrap();
        }
        let before = parts.bytes_of(0);
        // SAFETY: as above.
        unsafe { heap.add_region_raw(parts.base(ready), 4096) }.unwrap();
        // SAFETY: the memory is the test's.
        unsafe {
            parts
                .base(0)
                .copy_from_nonoverlapping(NonNull::from(&before[..]).cast(), before.len());
        }
        let ranges = parts.ranges();
        let heap = attach::<C, 2>(&ranges[..ready]).unwrap();
        assert_eq!(heap.count(), ready);
        heap.check().unwrap();
        assert!(attach::<C, 2>(&ranges[..=ready]).is_err());
    }
}

#[test]
fn a_configuration_without_regions_does_not_open_them() {
    let parts = Parts::new(&[4096, 4096]);
    parts.join::<Joined<Pool32>, 1>();
    let plain = attach::<Pool32, 0>(&[parts.range(0)]).err();
    assert!(matches!(plain, Some(AttachError::Configuration { .. })));
    let joined = parts.memory.heap_of::<Pool32>(4096);
    joined.unwrap();
    let joined = attach::<Joined<Pool32>, 1>(&parts.ranges()).err();
    assert!(matches!(joined, Some(AttachError::Configuration { .. })));
    let two = attach::<Pool32, 0>(&parts.ranges()).err();
    assert_eq!(two, Some(AttachError::NotJoined { region: 1 }));
}
