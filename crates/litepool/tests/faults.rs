//! [`Check::Hardened`](litepool::Check::Hardened): whatever single bit of a pool is flipped outside
//! of what somebody has, no operation does harm: nobody's contents change, no block is allocated
//! twice, nothing outside the pool is accessed, and every operation comes to an end.
//!
//! Pools stand between inaccessible pages. Debug builds check every access besides, so that one
//! outside the pool is a panic here, which names the bit.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use common::{Held, Memory, Numbers};
use litepool::{Config, Heap, State};
use litepool_testing::Flush;

/// A pool, and what is held of it.
struct Scene<'m, C: Config> {
    memory: &'m Memory,
    heap: Heap<'m, C>,
    held: Vec<Held>,
    numbers: Numbers,
}

/// Sizes of every kind of list, several of a kind; the least ones are all one block.
const SIZES: [usize; 16] = [
    1, 8, 12, 16, 20, 24, 24, 33, 40, 40, 60, 60, 90, 150, 200, 300,
];

impl<'m, C: Config> Scene<'m, C> {
    /// In the middle of its life.
    fn new(memory: &'m Memory, seed: u64) -> Self {
        let mut scene = Self {
            memory,
            heap: memory.heap(),
            held: Vec::new(),
            numbers: Numbers(seed),
        };
        for _ in 0..memory.size() / 8 {
            scene.step();
        }
        // Free ones side by side with used ones, in lists longer than one.
        let mut number = 0;
        while number < scene.held.len() {
            scene.free(number);
            number += 1;
        }
        scene.verify();
        scene
    }

    /// An operation; errors are welcome, harm is not.
    fn step(&mut self) {
        let size = SIZES[self.numbers.below(SIZES.len())];
        match self.numbers.below(8) {
            0..=2 => {
                if let Ok(pointer) = self.heap.allocate(size) {
                    self.hold(pointer, size);
                }
            }
            3 => {
                let align = 16 << self.numbers.below(3);
                if let Ok(pointer) = self.heap.allocate_aligned(size, align) {
                    assert!(pointer.addr().get().is_multiple_of(align));
                    self.hold(pointer, size);
                }
            }
            4 | 5 if !self.held.is_empty() => {
                let index = self.numbers.below(self.held.len());
                self.resize(index, size);
            }
            6 | 7 if !self.held.is_empty() => {
                let index = self.numbers.below(self.held.len());
                self.free(index);
            }
            _ => {}
        }
    }

    /// Takes a block that was allocated, and fills it.
    fn hold(&mut self, pointer: NonNull<u8>, size: usize) {
        let held = Held {
            pointer,
            size,
            byte: self.numbers.below(256) as u8,
        };
        let base = self.memory.base().addr().get();
        let is_inside = held.start() >= base && held.end() <= base + self.memory.size();
        assert!(is_inside, "a block outside the pool");
        let overlaps = |other: &Held| held.start() < other.end() && other.start() < held.end();
        assert!(!self.held.iter().any(overlaps), "a block allocated twice");
        self.held.push(Held::fill(pointer, size, held.byte));
    }

    fn resize(&mut self, index: usize, size: usize) {
        let held = self.held[index];
        // SAFETY: a live block; only the pointer returned is used.
        let Ok(pointer) = (unsafe { self.heap.resize(held.pointer, size) }) else {
            assert!(held.is_intact(), "contents changed");
            return;
        };
        self.held.swap_remove(index);
        let moved = Held { pointer, ..held };
        assert!(
            moved.begins_intact(size.min(held.size)),
            "contents are kept"
        );
        self.hold(pointer, size);
    }

    /// Frees a block, if the pool takes it: then not twice.
    fn free(&mut self, index: usize) {
        let held = self.held[index];
        assert!(held.is_intact(), "contents changed");
        // SAFETY: a live block, freed once; the second time it is refused.
        unsafe {
            if self.heap.free(held.pointer).is_ok() {
                self.held.swap_remove(index);
                assert!(self.heap.free(held.pointer).is_err(), "freed twice");
            }
        }
    }

    fn verify(&self) {
        assert!(self.held.iter().all(Held::is_intact), "contents changed");
    }

    /// Is the byte somebody's?
    fn is_held(&self, at: usize) -> bool {
        let address = self.memory.at(at).addr().get();
        let has = |held: &Held| (held.start()..held.end()).contains(&address);
        self.held.iter().any(has)
    }

    /// Asks what is safe, and uses the pool until most of what was free was allocated again.
    fn use_up(&mut self) {
        let _ = self.heap.stats();
        for _ in 0..40 {
            self.step();
        }
        for size in [300, 40, 24, 12, 150, 20, 8, 60] {
            if let Ok(pointer) = self.heap.allocate(size) {
                self.hold(pointer, size);
            }
        }
        self.verify();
        for _ in 0..12 {
            if !self.held.is_empty() {
                let index = self.numbers.below(self.held.len());
                self.free(index);
            }
        }
        let _ = self.heap.stats();
        self.verify();
    }
}

/// Flips each bit in turn.
fn no_flip_does_harm_in<C: Config>(size: usize, flush: Flush, seed: u64) {
    let memory = Memory::flush(size, flush);
    let mut scene = Scene::<C>::new(&memory, seed);
    let (image, held) = (memory.bytes(), scene.held.clone());
    // What is behind the links of a free block, and before its footer, means nothing.
    let free = scene
        .heap
        .blocks()
        .filter(|block| block.state == State::Free);
    let meaningless: Vec<_> = free
        .map(|block| block.offset + 24..(block.offset + block.size).saturating_sub(8))
        .collect();
    let means = |at: usize| !meaningless.iter().any(|range| range.contains(&at));
    let bits: Vec<usize> = (0..8 * size)
        .filter(|bit| !scene.is_held(bit / 8) && means(bit / 8))
        .collect();
    assert!(bits.len() > size, "much to flip");
    for bit in bits {
        memory.restore(&image);
        memory.set_byte(bit / 8, image[bit / 8] ^ 1 << (bit % 8));
        scene.held.clone_from(&held);
        scene.numbers = Numbers(seed ^ bit as u64);
        let outcome = catch_unwind(AssertUnwindSafe(|| scene.use_up()));
        assert!(outcome.is_ok(), "bit {} of byte {}", bit % 8, bit / 8);
    }
}

fn no_flip_does_harm<C: Config>() {
    no_flip_does_harm_in::<C>(1024, Flush::High, 1);
    no_flip_does_harm_in::<C>(2048, Flush::Low, 2);
}

for_these! { [<no_flip_does_harm_to>], no_flip_does_harm:
    tlsf_u16_granule_4: Hardened<Standard<Tlsf, Small, 4>>;
    tlsf_u32_granule_8: Hardened<Standard<Tlsf, Large, 8>>;
    tlsf_u32_granule_4: Hardened<Standard<Tlsf, Large, 4>>;
    tlsf_with_a_bound: Hardened<Standard<Tlsf<2>, Small, 4>>;
    best_fit_u16_granule_4: Hardened<Standard<BestFit, Small, 4>>;
    best_fit_u32_granule_4: Hardened<Standard<BestFit, Large, 4>>;
    best_fit_u32_granule_8: Hardened<Standard<BestFit, Large, 8>>;
    best_fit_little_u16_granule_4: Hardened<Standard<BestFitLittle, Small, 4>>;
    best_fit_little_u32_granule_8: Hardened<Standard<BestFitLittle, Large, 8>>;
    tlsf_recorded: Hardened<Recorded<Standard<Tlsf, Small, 4>>>;
    best_fit_recorded: Hardened<Recorded<Standard<BestFit, Large, 8>>>;
}

fn no_flip_does_harm_to_slabs<C: Config>() {
    no_flip_does_harm_in::<C>(4096, Flush::Low, 4);
}

for_these! { [<no_flip_does_harm_to_a_slab>], no_flip_does_harm_to_slabs:
    expanding: Hardened<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>;
    that_never_grows: Hardened<WithSlab<Standard<BestFitLittle, Large, 8>, Fixed>>;
    of_many_classes: Hardened<WithSlab<Standard<BestFit, Large, 4>, Lean>>;
    that_keeps_empty_ones: Hardened<WithSlab<Standard<Tlsf, Large, 8>, Fast>>;
    with_records: Hardened<Recorded<WithSlab<Standard<Tlsf, Large, 8>, Fast>>>;
}
