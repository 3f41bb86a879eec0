use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::track::{CallSites, Owners};
use litepool_testing::config::{
    Expanding, Fast, Large, Small, Standard, WithRecord, WithRegions, WithSlab,
};

use super::super::{PLAIN_POOL, Scene, Shape};
use super::*;

type Remembering<C> = WithRecord<C, (Owners<4, 4>, CallSites<1>)>;

/// The free blocks of each region, by their granules and sizes.
fn holes<C: Config, const MORE: usize>(size: usize) -> Vec<Vec<(usize, usize)>> {
    let scene = Scene::<C, MORE>::new(size, Shape::Full).unwrap();
    let holes = |region| {
        let blocks = scene.heap.blocks();
        blocks
            .filter(|block| block.state == State::Free && !block.in_slab)
            .filter(|block| block.region == region)
            .map(|block| (block.offset / C::GRANULE, block.size / C::GRANULE))
            .collect()
    };
    (0..=MORE).map(holes).collect()
}

fn ends_in_the_smallest_block<C: Config, const MORE: usize>(size: usize, smallest: usize) {
    for holes in holes::<C, MORE>(size) {
        let &(last, granules) = holes.last().unwrap();
        assert_eq!(granules, smallest);
        assert_eq!(last + granules, size / C::GRANULE, "at the region's end");
        let nodes = holes
            .iter()
            .filter(|(start, size)| (start ^ last).is_power_of_two() && *size >= LEAST_NODE);
        assert!(nodes.count() >= 2, "{holes:?}");
    }
}

#[test]
fn a_full_region_ends_in_the_smallest_block_a_bit_away_from_large_holes() {
    ends_in_the_smallest_block::<Standard<BestFit, Large, 8>, 0>(PLAIN_POOL, 2);
    ends_in_the_smallest_block::<Standard<Tlsf, Small, 4>, 0>(PLAIN_POOL, 3);
    ends_in_the_smallest_block::<Standard<BestFitLittle, Small, 4>, 0>(PLAIN_POOL, 2);
    ends_in_the_smallest_block::<WithRegions<Standard<Tlsf, Small, 4>, 2>, 1>(PLAIN_POOL, 3);
    ends_in_the_smallest_block::<WithSlab<Standard<Tlsf, Small, 4>, Expanding>, 0>(
        2 * PLAIN_POOL,
        3,
    );
    ends_in_the_smallest_block::<WithSlab<Standard<Tlsf, Large, 8>, Fast>, 0>(4 * PLAIN_POOL, 2);
    ends_in_the_smallest_block::<Remembering<Standard<BestFit, Large, 8>>, 0>(PLAIN_POOL, 3);
}
