//! Several regions as one heap: whatever lies between them is neither read nor handed out.
//!
//! - `serving.rs`: which region serves a request, and what it says when none can
//! - `resizing.rs`: a block that moves to another region
//! - `adding.rs`: what becomes a region, and what is refused
//! - `attaching.rs`: regions that are opened elsewhere, in the wrong order, with one missing
//! - `checking.rs`: walks, wrong pointers, damage
//! - `random.rs`: all of it at random, against a map of live ranges

#[path = "../common/mod.rs"]
mod common;

mod adding;
mod attaching;
mod checking;
mod random;
mod resizing;
mod serving;

use std::ptr::NonNull;

use common::Memory;
use litepool::{Config, Regions};

/// So many bytes lie between the regions of [`Parts`].
const GAP: usize = 1024;

/// Memory of which several parts become regions, with gaps between them.
struct Parts {
    memory: Memory,
    sizes: Vec<usize>,
}

impl Parts {
    fn new(sizes: &[usize]) -> Self {
        let all = sizes.iter().map(|size| size + GAP).sum();
        let parts = Self {
            memory: Memory::new(all),
            sizes: sizes.to_vec(),
        };
        for number in 0..sizes.len() {
            // SAFETY: the gap is inside, and nobody uses it.
            unsafe { parts.gap(number).write_bytes(0x5A, GAP) };
        }
        parts
    }

    /// Where part `number` begins.
    fn base(&self, number: usize) -> NonNull<u8> {
        let before: usize = self.sizes[..number].iter().map(|size| size + GAP).sum();
        self.memory.at(before)
    }

    /// Where it ends, and a gap begins.
    fn gap(&self, number: usize) -> NonNull<u8> {
        let end = self.base(number).addr().get() - self.memory.base().addr().get();
        self.memory.at(end + self.sizes[number])
    }

    fn range(&self, number: usize) -> (NonNull<u8>, usize) {
        (self.base(number), self.sizes[number])
    }

    fn ranges(&self) -> Vec<(NonNull<u8>, usize)> {
        (0..self.sizes.len())
            .map(|number| self.range(number))
            .collect()
    }

    fn bytes_of(&self, number: usize) -> Vec<u8> {
        // SAFETY: initialised, and no reference to it is alive.
        unsafe { std::slice::from_raw_parts(self.base(number).as_ptr(), self.sizes[number]) }
            .to_vec()
    }

    /// All parts joined, in order.
    fn join<C: Config, const MORE: usize>(&self) -> Regions<'_, C, MORE> {
        // SAFETY: the memory outlives the heap, and the tests access it only in between.
        let mut heap =
            unsafe { Regions::from_raw(self.base(0), self.sizes[0]) }.expect("the first region");
        for number in 1..self.sizes.len() {
            // SAFETY: as above.
            let added = unsafe { heap.add_region_raw(self.base(number), self.sizes[number]) };
            assert_eq!(added, Ok(number));
        }
        heap
    }

    /// Which part holds all of the `size` bytes at `pointer`.
    fn part_of(&self, pointer: NonNull<u8>, size: usize) -> Option<usize> {
        (0..self.sizes.len()).find(|&number| {
            let offset = pointer
                .addr()
                .get()
                .wrapping_sub(self.base(number).addr().get());
            offset < self.sizes[number] && size <= self.sizes[number] - offset
        })
    }

    /// Nobody has written between the regions.
    fn gaps_are_untouched(&self) {
        for number in 0..self.sizes.len() {
            // SAFETY: initialised, and no reference to it is alive.
            let gap = unsafe { std::slice::from_raw_parts(self.gap(number).as_ptr(), GAP) };
            assert!(gap.iter().all(|&byte| byte == 0x5A), "behind {number}");
        }
    }
}

/// Runs tests for configurations of all kinds, with regions that can be joined.
macro_rules! for_joined_configs {
    ($($test:ident),* $(,)?) => {
        $crate::for_configs! { [$($test),*]
            tlsf_u16_granule_4: Joined<Standard<Tlsf, Small, 4>>;
            tlsf_u16_granule_4_hardened: Joined<Hardened<Standard<Tlsf, Small, 4>>>;
            tlsf_u32_granule_4_fast_slab: Joined<WithSlab<Standard<Tlsf, Large, 4>, Fast>>;
            tlsf_u16_granule_4_expanding_slab:
                Joined<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>;
            tlsf_u32_granule_8: Joined<Standard<Tlsf, Large, 8>>;
            tlsf_u32_granule_4_recorded: Joined<Recorded<Standard<Tlsf, Large, 4>>>;
            best_fit_u32_granule_8: Joined<Standard<BestFit, Large, 8>>;
            best_fit_u16_granule_4_hardened: Joined<Hardened<Standard<BestFit, Small, 4>>>;
            best_fit_u32_granule_8_fast_slab: Joined<WithSlab<Standard<BestFit, Large, 8>, Fast>>;
            best_fit_little_u16_granule_4: Joined<Standard<BestFitLittle, Small, 4>>;
            best_fit_little_u16_granule_8_fixed_slab:
                Joined<WithSlab<Standard<BestFitLittle, Small, 8>, Fixed>>;
        }
    };
}
use for_joined_configs;
