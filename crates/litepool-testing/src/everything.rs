//! Everything that can be asked of an open heap, and that its holders can do with it.
//!
//! A heap that `attach` accepted must bear all of it: it opens nothing but pools whose words agree,
//! so every request that fits is served, every block can be given back, and nobody's contents
//! change.

mod pool;
mod records;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Range;
use std::ptr::NonNull;

use litepool::config::Pool32;
use litepool::{
    BlockInfo, Caller, Config, Corruption, Heap, NodeCheckLevel, Regions, ResizeError, State,
    set_node_check_level,
};

use crate::{Flush, Guarded};
pub use pool::use_as_pool;
pub use records::{Nothing, Owners, OwnersAndSites, Remembers, Sites};

/// What is asked for, in bytes: of every class of the ready-made slabs, and of the lists and tries
/// of small pools.
const SIZES: [usize; 16] = [
    1, 24, 8, 60, 130, 16, 12, 40, 300, 7, 100, 520, 20, 33, 1030, 64,
];
const ALIGNED: [(usize, usize); 6] = [(8, 16), (40, 64), (16, 16), (100, 128), (24, 32), (1, 1024)];

/// A block that somebody holds, filled with a pattern of its own.
#[derive(Clone, Copy, Debug)]
struct Held {
    pointer: NonNull<u8>,
    size: usize,
    seed: u8,
}

impl Held {
    fn byte(self, at: usize) -> u8 {
        (at as u8).wrapping_mul(29) ^ self.seed.wrapping_mul(83).wrapping_add(0x5A)
    }

    fn fill(self) {
        for at in 0..self.size {
            // SAFETY: the holder may write so many bytes.
            unsafe { self.pointer.add(at).write(self.byte(at)) };
        }
    }

    fn begins_intact(self, length: usize) -> bool {
        // SAFETY: the holder may read so many bytes.
        (0..length).all(|at| unsafe { self.pointer.add(at).read() } == self.byte(at))
    }

    fn addresses(self) -> Range<usize> {
        let start = self.pointer.addr().get();
        start..start + self.size
    }
}

/// Uses a heap that was opened in every way: figures, walks, checks, reports, records, allocations
/// of all kinds, resizes, frees.
///
/// # Panics
/// If an answer can't be true, or a request that must be served is not.
pub fn use_everything<C: Config, const MORE: usize, R: Remembers<C, MORE>>(
    heap: &mut Regions<'_, C, MORE>,
) {
    let mut user = User {
        held: BTreeMap::new(),
        heap,
        seed: 0,
    };
    user.take_possession();
    user.ask::<R>();
    user.allocate();
    user.resize();
    user.free_some();
    user.allocate();
    user.ask::<R>();
    user.give_up::<R>();
    user.free_all();
}

struct User<'h, 'm, C: Config, const MORE: usize> {
    heap: &'h mut Regions<'m, C, MORE>,
    /// By their addresses.
    held: BTreeMap<usize, Held>,
    seed: u8,
}

impl<C: Config, const MORE: usize> User<'_, '_, C, MORE> {
    /// Where a block's payload begins.
    fn pointer(&self, block: &BlockInfo) -> NonNull<u8> {
        let region = self.heap.regions().nth(block.region);
        // SAFETY: the walk tells of blocks in the region.
        unsafe { region.expect("the block's region").base.add(block.offset) }
    }

    fn used(&self) -> Vec<BlockInfo> {
        let blocks = self.heap.blocks();
        blocks.filter(|block| block.state == State::Used).collect()
    }

    /// Whoever opens a heap has the blocks that were held in it.
    fn take_possession(&mut self) {
        for block in self.used() {
            self.hold(self.pointer(&block), block.payload);
        }
    }

    /// Takes a block that was handed out, if nobody else holds it, and fills it.
    fn hold(&mut self, pointer: NonNull<u8>, size: usize) {
        self.seed = self.seed.wrapping_add(1);
        let held = Held {
            pointer,
            size,
            seed: self.seed,
        };
        let Range { start, end } = held.addresses();
        let is_inside = self.heap.regions().any(|region| {
            let base = region.base.addr().get();
            base <= start && end <= base + region.size
        });
        assert!(is_inside, "a block outside");
        let before = self.held.range(..end).next_back();
        let overlaps = before.is_some_and(|(_, other)| other.addresses().end > start);
        assert!(!overlaps, "a block handed out twice");
        held.fill();
        self.held.insert(start, held);
    }

    /// Everything agrees, and nobody's contents changed.
    fn look(&self) {
        self.heap.check().expect("a heap that is whole");
        for held in self.held.values() {
            assert!(held.begins_intact(held.size), "contents changed");
        }
        let stats = self.heap.stats();
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        assert!(stats.peak >= stats.used && stats.peak <= stats.size);
        let used = self.used();
        assert_eq!(used.len(), stats.used_blocks);
        assert_eq!(
            used.iter().map(|block| block.size).sum::<usize>(),
            stats.used
        );
        assert_eq!(used.len(), self.held.len());
        assert!(used.iter().all(|block| block.payload > 0));
    }

    /// All that is safe and changes nothing.
    fn ask<R: Remembers<C, MORE>>(&self) {
        self.look();
        let heap = &*self.heap;
        black_box((heap.used_end(), heap.count(), heap.preferred()));
        for region in 0..=MORE + 1 {
            black_box(heap.region_stats(region));
        }
        let mut corruption = some_corruption();
        let mut previous = 0;
        for block in heap.blocks() {
            corruption.region = block.region;
            (corruption.block, corruption.previous) = (block.offset, previous);
            black_box(heap.report(&corruption).to_string());
            previous = block.offset;
        }
        for offset in [0, 1, 4, 20, 4096, usize::MAX, 1 << 31, u32::MAX as usize] {
            (corruption.block, corruption.previous) = (offset, !offset);
            black_box(heap.report(&corruption).to_string());
        }
        for held in self.held.values() {
            assert!(
                heap.usable_size(held.pointer)
                    .is_ok_and(|size| size >= held.size)
            );
        }
        for region in heap.regions() {
            // On the grid and beside it.
            for offset in (0..region.size).step_by((region.size / 256) | 1) {
                // SAFETY: in the region.
                black_box(heap.usable_size(unsafe { region.base.add(offset) }).is_ok());
            }
        }
        self.ask_around();
        R::ask(heap);
    }

    /// What is asked of addresses, of which each answer may take a walk.
    fn ask_around(&self) {
        let heap = &*self.heap;
        for held in self.held.values().step_by(1 + self.held.len() / 32) {
            // SAFETY: in the block.
            let last = unsafe { held.pointer.add(held.size - 1) };
            let around = heap.block_around(last).expect("the block");
            assert_eq!(self.pointer(&around), held.pointer);
            for level in [NodeCheckLevel::Low, NodeCheckLevel::High] {
                set_node_check_level(level);
                black_box(heap.node_size(held.pointer).is_ok());
                black_box(heap.node_size(last).is_ok());
            }
        }
        for region in heap.regions() {
            // SAFETY: in the region, or just behind it.
            let end = unsafe { region.base.add(region.size) };
            for address in [region.base, end] {
                black_box((heap.block_around(address), heap.node_size(address).is_ok()));
            }
        }
    }

    fn allocate(&mut self) {
        for (number, size) in SIZES.into_iter().enumerate() {
            let block = match number % 4 {
                0 => self.heap.allocate_in(number % (MORE + 1), size, 1),
                1 => self
                    .heap
                    .allocate_preferring(MORE - number % (MORE + 1), size, 1),
                2 => {
                    let caller = Caller::task(number as u16).in_module(2).at([7; 4]);
                    self.heap.allocate_for(&caller, size, 1)
                }
                _ => self.heap.allocate(size),
            };
            // No room is no fault.
            if let Ok(pointer) = block {
                self.hold(pointer, size);
            }
        }
        for (size, align) in ALIGNED {
            if let Ok(pointer) = self.heap.allocate_aligned(size, align) {
                assert!(pointer.addr().get().is_multiple_of(align));
                self.hold(pointer, size);
            }
        }
        self.look();
        let largest = self.heap.stats().largest_free;
        if largest > 0 {
            let block = self
                .heap
                .allocate(largest)
                .expect("what is told to be free");
            self.hold(block, largest);
            self.look();
            self.free(block);
        }
        black_box(self.heap.trim());
        self.heap.reset_peak();
        self.look();
    }

    /// Every second block shrinks, the others grow, some to a boundary.
    fn resize(&mut self) {
        let all: Vec<Held> = self.held.values().copied().collect();
        for (number, held) in all.into_iter().enumerate() {
            let size = match number % 4 {
                0 => held.size.div_ceil(2),
                1 => held.size + 36,
                2 => held.size + 1,
                _ => 1,
            };
            // SAFETY: held, and forgotten if it moves.
            let resized = unsafe {
                if number % 5 == 4 {
                    self.heap.resize_aligned(held.pointer, size, 32)
                } else {
                    self.heap.resize(held.pointer, size)
                }
            };
            match resized {
                Ok(pointer) => {
                    self.held.remove(&held.pointer.addr().get());
                    let moved = Held { pointer, ..held };
                    assert!(moved.begins_intact(size.min(held.size)), "contents changed");
                    self.hold(pointer, size);
                }
                Err(ResizeError::Alloc(_) | ResizeError::AlignedBlock) => {}
                Err(error) => panic!("a live block was refused: {error}"),
            }
        }
        self.look();
    }

    fn free(&mut self, pointer: NonNull<u8>) {
        let held = self
            .held
            .remove(&pointer.addr().get())
            .expect("a held block");
        assert!(held.begins_intact(held.size), "contents changed");
        // SAFETY: held, and forgotten.
        unsafe { self.heap.free(pointer) }.expect("a live block can be freed");
    }

    /// Every third block.
    fn free_some(&mut self) {
        let some: Vec<Held> = self.held.values().copied().step_by(3).collect();
        for held in some {
            self.free(held.pointer);
        }
        self.look();
    }

    /// Holders give up what they hold.
    fn give_up<R: Remembers<C, MORE>>(&mut self) {
        for task in R::TASKS {
            let is_held_by = |block: &BlockInfo| block.owner.map(|owner| owner.task) == Some(*task);
            let theirs: Vec<_> = self.used().into_iter().filter(is_held_by).collect();
            for block in &theirs {
                self.held.remove(&self.pointer(block).addr().get());
            }
            // SAFETY: nobody uses them any more, as of now.
            let freed = unsafe { R::free_task(self.heap, *task) };
            assert_eq!(freed, theirs.len());
            self.look();
        }
        R::disown(self.heap);
        self.look();
    }

    fn free_all(&mut self) {
        while let Some((_, held)) = self.held.pop_last() {
            self.held.insert(held.pointer.addr().get(), held);
            self.free(held.pointer);
        }
        self.look();
        black_box(self.heap.trim());
        self.look();
        let stats = self.heap.stats();
        assert_eq!((stats.used, stats.used_blocks), (0, 0));
    }
}

/// Damage that a small heap reports: to be asked about with other places.
fn some_corruption() -> Corruption {
    let mut memory = Guarded::new(512, Flush::Low);
    // SAFETY: the memory outlives the heap, and nothing else uses it but the flip.
    let heap = unsafe { Heap::<Pool32>::from_raw(memory.base(), memory.size()) };
    memory.flip(0);
    let found = heap.expect("a small heap").check();
    found.expect_err("what a pool begins with")
}
