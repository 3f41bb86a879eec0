use std::collections::BTreeMap;
use std::ptr::NonNull;

use litepool::{AllocError, Config, Regions, ResizeError, State};

use super::{Parts, for_joined_configs};
use crate::common::pools::{Filled, Numbers};

for_joined_configs!(whatever_happens_every_block_is_one_holders);

const SIZES: [usize; 3] = [3000 & !7, 8192, 5000 & !7];

struct Model<'m, C: Config> {
    parts: &'m Parts,
    heap: Regions<'m, C, 2>,
    live: Vec<Filled>,
    failures: usize,
    peak: usize,
}

impl<C: Config> Model<'_, C> {
    fn step(&mut self, numbers: &mut Numbers, seed: u8) {
        let limit = if numbers.below(8) == 0 { 5000 } else { 400 };
        let size = 1 + numbers.below(limit);
        match numbers.below(6) {
            0 | 1 => {
                let align = 1 << numbers.below(7);
                let taken = match numbers.below(3) {
                    0 => self.heap.allocate_in(numbers.below(3), size, align),
                    1 => self.heap.allocate_preferring(numbers.below(3), size, align),
                    _ => self.heap.allocate_aligned(size, align),
                };
                match taken {
                    Ok(pointer) => self.live.push(Filled::new(pointer, size, align, seed)),
                    Err(AllocError::Exhausted { .. }) => self.failures += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            2 | 3 if !self.live.is_empty() => {
                let index = numbers.below(self.live.len());
                self.resize(index, size);
            }
            4 if !self.live.is_empty() => {
                let index = numbers.below(self.live.len());
                let block = self.live.swap_remove(index);
                block.verify(block.size);
                self.free(block.pointer);
            }
            _ => self.heap.set_preferred(numbers.below(3)).unwrap(),
        }
    }

    fn resize(&mut self, index: usize, size: usize) {
        let Filled {
            pointer,
            size: old,
            align,
            seed,
        } = self.live[index];
        // SAFETY: ours; what it becomes is ours.
        match unsafe { self.heap.resize(pointer, size) } {
            Ok(moved) => {
                let kept = Filled {
                    pointer: moved,
                    size: old.min(size),
                    align,
                    seed,
                };
                kept.verify(kept.size);
                self.live[index] = Filled::new(moved, size, align, seed);
            }
            Err(ResizeError::Alloc(AllocError::Exhausted { .. })) => {
                assert!(size > old, "shrinking never fails");
                self.failures += 1;
            }
            Err(ResizeError::AlignedBlock) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn free(&mut self, pointer: NonNull<u8>) {
        // SAFETY: ours, given up once; then refused.
        unsafe {
            self.heap.free(pointer).unwrap();
            assert!(self.heap.free(pointer).is_err(), "a double free");
        }
    }

    /// No overlap, contents kept, exact accounting, a clean check.
    fn verify(&mut self) {
        self.heap.check().unwrap();
        self.parts.gaps_are_untouched();
        let stats = self.heap.stats();
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        assert_eq!(stats.size, SIZES.iter().sum::<usize>());
        assert_eq!(stats.used_blocks, self.live.len());
        assert_eq!(stats.failures, self.failures);
        self.peak = self.peak.max(stats.used);
        assert!(stats.peak >= self.peak && stats.peak <= stats.size);
        let mut holders = BTreeMap::new();
        let mut used = 0;
        for block in self.heap.blocks() {
            if block.state == State::Used {
                used += block.size;
                holders.insert((block.region, block.offset), block.payload);
            }
        }
        assert_eq!(used, stats.used);
        for block in &self.live {
            block.verify(block.size);
            let part = self.parts.part_of(block.pointer, block.size).unwrap();
            let offset = block.pointer.addr().get() - self.parts.base(part).addr().get();
            // A payload belongs to one block, and the check has shown that blocks do not overlap.
            let payload = holders.remove(&(part, offset)).expect("a block of its own");
            assert!(payload >= block.size);
            assert_eq!(self.heap.usable_size(block.pointer), Ok(payload));
        }
    }
}

fn whatever_happens_every_block_is_one_holders<C: Config>() {
    for seed in 1..=4 {
        let parts = Parts::new(&SIZES);
        let mut model: Model<'_, C> = Model {
            parts: &parts,
            heap: parts.join(),
            live: Vec::new(),
            failures: 0,
            peak: 0,
        };
        let mut numbers = Numbers(seed);
        for step in 0..400 {
            model.step(&mut numbers, step as u8);
            model.verify();
        }
        assert!(model.failures > 0, "the regions were never full");
        // The regions are opened anew, as after a warm restart, and given back.
        // SAFETY: the old handle is used no more.
        model.heap = unsafe { Regions::attach_regions(&parts.ranges()) }.unwrap();
        model.verify();
        for block in std::mem::take(&mut model.live) {
            block.verify(block.size);
            model.free(block.pointer);
        }
        model.heap.trim();
        model.verify();
        assert_eq!(model.heap.stats().used, 0);
    }
}
