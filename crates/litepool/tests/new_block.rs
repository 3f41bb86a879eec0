//! What follows from gaps that are nothing or a block, from what an aligned block remembers, and
//! from slabs that stay where they began.

mod common;

use common::{Memory, Recorded};
use litepool::config::Pool32;
use litepool::fit::{BestFit, Fit, Tlsf};
use litepool::{Config, FreeError};
use litepool_testing::config::*;

/// What a request is charged, after blocks of all sizes before it: its own block, and what a small
/// gap adds to the block before.
fn charges<C: Config>(size: usize, align: usize) -> Vec<usize> {
    let mut charges = Vec::new();
    for before in 1..200 {
        let memory = Memory::new(16 << 10);
        let mut heap = memory.heap::<C>();
        heap.allocate(before).unwrap();
        let used = heap.stats().used;
        heap.allocate_aligned(size, align).unwrap();
        charges.push(heap.stats().used - used);
    }
    charges.sort_unstable();
    charges.dedup();
    charges
}

#[test]
fn what_an_aligned_block_is_charged_does_not_depend_on_where_it_stands() {
    fn is_one_number<C: Config>() {
        for align in [8, 16, 64, 4096] {
            for size in [24, 100, 4096] {
                let charges = charges::<C>(size, align);
                assert_eq!(charges.len(), 1, "{size} on {align}: {charges:?}");
            }
        }
    }
    is_one_number::<Standard<Tlsf, Small, 4>>();
    is_one_number::<Recorded<Pool32>>();
    is_one_number::<Recorded<Standard<BestFit, Large, 8>>>();
    is_one_number::<Standard<Tlsf, Large, 4>>();
}

/// A byte of text is no alignment, and found today; but a small number may be one.
#[test]
fn any_byte_behind_an_aligned_block_is_found_when_it_is_freed() {
    fn is_found<F: Fit>() {
        for byte in 0..=0xFF {
            let memory = Memory::new(2048);
            let mut heap = memory.heap::<Recorded<Standard<F, Large, 4>>>();
            let block = heap.allocate_aligned(60, 64).unwrap();
            let usable = heap.usable_size(block).unwrap();
            // SAFETY: still inside the pool, which is what the test is about.
            let (freed, overwritten) = unsafe {
                let behind = block.add(usable);
                let before = behind.replace(byte);
                (heap.free(block), before != byte)
            };
            let refused = matches!(freed, Err(FreeError::Corrupt(_)));
            assert_eq!(refused, overwritten, "{byte:#04x}");
        }
    }
    is_found::<Tlsf>();
    is_found::<BestFit>();
}

/// A class that grew keeps the slab that it began with, not the one that is emptied last: or a
/// slab in the middle of the pool splits it for good.
#[test]
fn what_a_slab_took_goes_back_in_whatever_order_it_is_emptied() {
    fn goes_back<F: Fit>() {
        let memory = Memory::new(16 << 10);
        let mut heap = memory.heap::<WithSlab<Standard<F, Large, 4>, Expanding>>();
        let fresh = heap.stats();
        // As many as its first slab has room for.
        let objects = [(); 3].map(|()| heap.allocate(128).unwrap());
        assert_eq!(heap.stats().slabs, fresh.slabs);
        let half = heap.allocate(6 << 10).unwrap();
        let one_more = heap.allocate(128).unwrap();
        assert_eq!(heap.stats().slabs, fresh.slabs + 1);
        for block in objects.into_iter().chain([half, one_more]) {
            // SAFETY: a live block.
            unsafe { heap.free(block) }.unwrap();
        }
        heap.check().unwrap();
        let stats = heap.stats();
        assert_eq!(
            (stats.largest_free, stats.slabs),
            (fresh.largest_free, fresh.slabs)
        );
    }
    goes_back::<BestFit>();
    goes_back::<Tlsf>();
}
