//! Collections that wish for a region.

#![cfg(feature = "allocator-api2")]

use std::alloc::Layout;
use std::mem::MaybeUninit;

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box as PoolBox;
use allocator_api2::vec::Vec as PoolVec;
use litepool::fit::{BestFitLittle, Fit, Tlsf};
use litepool::lock::Spin;
use litepool::{Config, InRegion, Pool, RegionError};

struct Device<F>(std::marker::PhantomData<F>);

impl<F: Fit> Config for Device<F> {
    type Fit = F;
    type Record = ();
    const REGIONS: usize = 3;
}

type Heap<F> = Pool<Device<F>, Spin, 2>;

const CHIP: usize = 0;
const EXTERNAL: usize = 1;

fn heap<F: Fit>() -> &'static Heap<F> {
    let heap: &'static Heap<F> = Box::leak(Box::default());
    heap.init_static(memory(4 << 10)).unwrap();
    assert_eq!(heap.add_region_static(memory(64 << 10)), Ok(EXTERNAL));
    heap
}

fn memory(size: usize) -> &'static mut [MaybeUninit<u8>] {
    Vec::leak(vec![MaybeUninit::uninit(); size])
}

fn used<F: Fit>(heap: &Heap<F>) -> (usize, usize) {
    let blocks = |region| {
        heap.lock(|heap| heap.region_stats(region).unwrap().used_blocks)
            .unwrap()
    };
    (blocks(CHIP), blocks(EXTERNAL))
}

#[test]
fn a_collection_begins_where_it_wishes() {
    let heap = heap::<Tlsf>();
    let chip = PoolBox::new_in([1_u8; 100], heap.preferring(CHIP));
    let outside = PoolBox::new_in([2_u8; 100], heap.preferring(EXTERNAL));
    assert_eq!(used(heap), (1, 1));
    // Who has no wish begins at the first region as before.
    let plain = PoolBox::new_in([3_u8; 100], heap);
    assert_eq!(used(heap), (2, 1));
    drop((chip, outside, plain));
    assert_eq!(used(heap), (0, 0));
    assert_eq!(heap.refused_frees(), 0);
}

#[test]
fn it_falls_back_if_it_may() {
    let heap = heap::<Tlsf>();
    let mut prefers: PoolVec<u8, _> = PoolVec::new_in(heap.preferring(CHIP));
    prefers.try_reserve(10 << 10).unwrap();
    assert_eq!(used(heap), (0, 1));
    let mut insists: PoolVec<u8, _> = PoolVec::new_in(heap.in_region(CHIP));
    assert!(insists.try_reserve(10 << 10).is_err());
    assert_eq!(insists.allocator().stats().unwrap().failures, 1);
    insists.try_reserve(1 << 10).unwrap();
    assert_eq!(used(heap), (1, 1));
}

#[test]
fn what_grows_stays_in_its_region_and_moves_out_of_it_only_if_it_may() {
    let heap = heap::<Tlsf>();
    let mut insists: PoolVec<u8, _> = PoolVec::new_in(heap.in_region(CHIP));
    insists.extend_from_slice(&[5; 1000]);
    // Nothing stands behind it but a block of another one: it has to move.
    let behind = PoolBox::new_in([0_u8; 16], heap.in_region(CHIP));
    insists.try_reserve_exact(1000).unwrap();
    assert_eq!(used(heap), (2, 0));
    assert!(insists.try_reserve_exact(8000).is_err());
    assert_eq!((insists.len(), used(heap)), (1000, (2, 0)));
    assert!(insists.iter().all(|&byte| byte == 5));

    let mut prefers: PoolVec<u8, _> = PoolVec::new_in(heap.preferring(CHIP));
    prefers.extend_from_slice(&[6; 200]);
    assert_eq!(used(heap), (3, 0));
    prefers.try_reserve_exact(8000).unwrap();
    assert_eq!(used(heap), (2, 1));
    assert!(prefers.iter().all(|&byte| byte == 6));
    prefers.truncate(10);
    prefers.shrink_to_fit();
    assert_eq!(used(heap), (2, 1), "it shrinks where it is");
    drop((insists, prefers, behind));
    assert_eq!(used(heap), (0, 0));
    heap.lock(|heap| heap.check()).unwrap().unwrap();
}

/// Of several regions that have room the one that is wished for, not the pool's preferred one.
#[test]
fn what_moves_out_goes_where_it_wishes() {
    let heap = heap::<Tlsf>();
    assert_eq!(heap.add_region_static(memory(64 << 10)), Ok(2));
    let mut numbers: PoolVec<u8, _> = PoolVec::new_in(heap.preferring(2));
    // It began elsewhere, because that region did not exist yet, say.
    let block = heap
        .lock(|mut heap| heap.allocate_in(CHIP, 2000, 1))
        .unwrap()
        .unwrap();
    let layout = |size| Layout::from_size_align(size, 1).unwrap();
    // SAFETY: a used block of this pool, of that layout.
    let moved = unsafe { heap.preferring(2).grow(block, layout(2000), layout(20_000)) };
    let region = heap.lock(|heap| heap.block_around(moved.unwrap().cast()).unwrap().region);
    assert_eq!(region, Ok(2));
    numbers.push(1);
    assert_eq!(numbers.allocator().stats().unwrap().used_blocks, 2);
}

#[test]
fn a_block_changes_its_alignment_in_its_region() {
    fn changes<F: Fit>() {
        let heap = heap::<F>();
        let insists = heap.in_region(CHIP);
        let layout = |size, align| Layout::from_size_align(size, align).unwrap();
        let block = insists.allocate(layout(300, 4)).unwrap().cast::<u8>();
        // SAFETY: a used block of this layout, and its first byte.
        unsafe {
            block.write(7);
            let (old, new) = (layout(300, 4), layout(500, 64));
            let block = insists.grow(block, old, new).unwrap().cast::<u8>();
            assert!(block.addr().get().is_multiple_of(64) && block.read() == 7);
            assert!(insists.grow(block, new, layout(9000, 64)).is_err());
            assert_eq!(used(heap), (1, 0));
            insists.deallocate(block, new);
        }
        assert_eq!(used(heap), (0, 0));
    }
    changes::<Tlsf>();
    changes::<BestFitLittle>();
}

#[test]
fn a_region_that_is_not_there_allocates_nothing_until_it_is() {
    let heap: &'static Heap<Tlsf> = Box::leak(Box::default());
    let outside = heap.preferring(EXTERNAL);
    assert_eq!(outside.stats(), Err(RegionError::NotReady));
    heap.init_static(memory(4 << 10)).unwrap();
    assert_eq!(outside.stats(), Err(RegionError::NoSuchRegion));
    assert!(PoolBox::try_new_in(1, outside).is_err());
    heap.add_region_static(memory(8 << 10)).unwrap();
    assert!(PoolBox::try_new_in(1, outside).is_ok());
}

#[test]
fn it_may_be_a_static() {
    static HEAP: Heap<Tlsf> = Pool::new();
    static CHIP_ONLY: InRegion<Device<Tlsf>, Spin, 2> = HEAP.in_region(CHIP);
    HEAP.init_static(memory(4 << 10)).unwrap();
    let boxed = PoolBox::new_in(5, CHIP_ONLY);
    assert_eq!((*boxed, CHIP_ONLY.region()), (5, 0));
    assert_eq!(CHIP_ONLY.pool().stats().unwrap().used_blocks, 1);
}
