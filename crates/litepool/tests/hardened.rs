//! `Check::Hardened`: whatever single bit of a pool is flipped, no operation does harm. `Check::Whole`: none is done at all.
//!
//! Debug builds check every access besides, so that one outside the pool is a panic here.

mod common;

use std::ptr::NonNull;

use common::Memory;
use litepool::config::{Deferred, Hardened, Standard};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{AllocError, Check, Config, Heap, ResizeError, State};

/// A live block and what it is filled with.
struct Holding {
    pointer: NonNull<u8>,
    size: usize,
    byte: u8,
}

impl Holding {
    fn fill(pointer: NonNull<u8>, size: usize, byte: u8) -> Self {
        // SAFETY: a payload of this size.
        unsafe { pointer.write_bytes(byte, size) };
        Self {
            pointer,
            size,
            byte,
        }
    }

    fn is_intact(&self) -> bool {
        // SAFETY: a live payload, which was filled.
        let bytes = unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.size) };
        bytes.iter().all(|&byte| byte == self.byte)
    }

    fn offset(&self, memory: &Memory) -> usize {
        self.pointer.addr().get() - memory.base().addr().get()
    }
}

/// A pool of used and free blocks of many sizes, several free ones of a class among them.
fn mixed<C: Config>(heap: &mut Heap<'_, C>) -> Vec<Holding> {
    let mut live: Vec<Holding> = Vec::new();
    for (number, size) in [
        20, 40, 20, 40, 20, 40, 300, 24, 310, 24, 320, 24, 150, 60, 90, 60, 90, 8, 12, 16, 400, 30,
    ]
    .into_iter()
    .enumerate()
    {
        let block = if number == 13 {
            heap.allocate_aligned(size, 32)
        } else {
            heap.allocate(size)
        };
        live.push(Holding::fill(block.unwrap(), size, number as u8 + 1));
    }
    let mut number = 0;
    live.retain(|holding| {
        number += 1;
        if number % 2 == 1 {
            // SAFETY: allocated above, freed once.
            unsafe { heap.free(holding.pointer) }.unwrap();
        }
        number % 2 == 0
    });
    live
}

/// Uses a pool in every way. Errors are welcome; harm is not.
fn use_in_every_way<C: Config>(memory: &Memory, heap: &mut Heap<'_, C>, live: Vec<Holding>) {
    let mut live = live;
    let inside = |pointer: NonNull<u8>, size: usize| {
        let start = pointer.addr().get() - memory.base().addr().get();
        start + size <= memory.size()
    };
    let take = |live: &mut Vec<Holding>, pointer: NonNull<u8>, size: usize| {
        assert!(inside(pointer, size), "a block outside the pool");
        let end = pointer.addr().get() + size;
        let overlaps = live.iter().any(|other| {
            pointer.addr().get() < other.pointer.addr().get() + other.size
                && other.pointer.addr().get() < end
        });
        assert!(!overlaps, "a block handed out twice");
        let byte = live.len() as u8 ^ 0xA0;
        live.push(Holding::fill(pointer, size, byte));
    };
    let _ = heap.stats();
    assert!(heap.blocks().count() <= memory.size());
    let _ = heap.check();
    for size in [20, 40, 300, 8, 90, 150, 24, 33, 200, 400, 12, 20, 40, 700] {
        if let Ok(block) = heap.allocate(size) {
            take(&mut live, block, size);
        }
    }
    for (size, align) in [(20, 16), (60, 32), (200, 64)] {
        if let Ok(block) = heap.allocate_aligned(size, align) {
            assert!(block.addr().get().is_multiple_of(align));
            take(&mut live, block, size);
        }
    }
    for (index, size) in [(0, 90), (1, 10), (2, 310), (3, 28), (4, 500), (5, 1)] {
        let holding = live.swap_remove(index);
        assert!(holding.is_intact());
        // SAFETY: a live block; only the pointer returned is used.
        let resized = unsafe { heap.resize(holding.pointer, size) };
        let pointer = resized.unwrap_or(holding.pointer);
        let kept = if resized.is_ok() {
            holding.size.min(size)
        } else {
            holding.size
        };
        let moved = Holding {
            pointer,
            size: kept,
            byte: holding.byte,
        };
        assert!(moved.is_intact(), "contents are kept");
        take(
            &mut live,
            pointer,
            if resized.is_ok() { size } else { kept },
        );
    }
    assert!(live.iter().all(Holding::is_intact), "live data changed");
    while let Some(holding) = live.pop() {
        // SAFETY: a live block, freed once; the second time it is refused.
        unsafe {
            if heap.free(holding.pointer).is_ok() {
                assert!(heap.free(holding.pointer).is_err(), "freed twice");
            }
        }
        assert!(live.iter().all(Holding::is_intact), "live data changed");
    }
    let _ = heap.allocate(500);
    let _ = heap.stats();
    let _ = heap.check();
}

fn no_flip_does_harm<C: Config>() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<C>();
    let live = mixed(&mut heap);
    let image = memory.bytes();
    let is_payload = |at: usize| {
        live.iter().any(|holding| {
            let start = holding.offset(&memory);
            (start..start + holding.size).contains(&at)
        })
    };
    // What is behind the links of the large rest means nothing.
    let rest = heap
        .blocks()
        .filter(|block| block.state == State::Free)
        .max_by_key(|block| block.size)
        .unwrap();
    let meaningless = rest.offset + 24..rest.offset + rest.size - 8;
    for at in (0..image.len()).filter(|&at| !is_payload(at) && !meaningless.contains(&at)) {
        for bit in 0..8 {
            let copy = Memory::copy_of(&image);
            let mut heap = copy.attach::<C>().unwrap();
            let word = at & !3;
            copy.set_word(word, copy.word(word) ^ 1 << (at % 4 * 8 + bit));
            let live = live
                .iter()
                .map(|holding| Holding {
                    pointer: copy.at(holding.offset(&memory)),
                    ..*holding
                })
                .collect();
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                use_in_every_way(&copy, &mut heap, live);
            }));
            if outcome.is_err() {
                let heap = Memory::copy_of(&image);
                for block in heap.attach::<C>().unwrap().blocks() {
                    println!("{} {} {:?}", block.offset, block.size, block.state);
                }
            }
            assert!(outcome.is_ok(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn no_flip_does_harm_to_tlsf() {
    no_flip_does_harm::<Hardened<Standard<Tlsf, u32, 8>>>();
}

#[test]
fn no_flip_does_harm_to_tlsf_with_short_links() {
    no_flip_does_harm::<Hardened<Standard<Tlsf, u16, 4>>>();
}

#[test]
fn no_flip_does_harm_to_best_fit() {
    no_flip_does_harm::<Hardened<Standard<BestFit, u32, 8>>>();
}

#[test]
fn no_flip_does_harm_to_best_fit_with_short_links() {
    no_flip_does_harm::<Hardened<Standard<BestFit, u16, 4>>>();
}

#[test]
fn no_flip_does_harm_to_best_fit_little() {
    no_flip_does_harm::<Hardened<Standard<BestFitLittle, u16, 4>>>();
}

#[test]
fn no_flip_does_harm_to_tlsf_with_deferred_merging() {
    no_flip_does_harm::<Hardened<Deferred<Standard<Tlsf, u32, 8>>>>();
}

#[test]
fn no_flip_does_harm_to_best_fit_with_deferred_merging() {
    no_flip_does_harm::<Hardened<Deferred<Standard<BestFit, u16, 4>>>>();
}

struct Whole;

impl Config for Whole {
    type Index = u32;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 8;
    const CHECK: Check = Check::Whole;
}

#[test]
fn a_damaged_pool_that_is_checked_as_a_whole_serves_nobody() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Whole>();
    let (first, second) = (heap.allocate(100).unwrap(), heap.allocate(100).unwrap());
    let header = second.addr().get() - memory.base().addr().get() - 4;
    memory.set_word(header, memory.word(header) ^ 1 << 16);
    let damage = heap.check().unwrap_err();
    assert_eq!(heap.allocate(10), Err(AllocError::Corrupt(damage)));
    assert_eq!(
        heap.allocate_aligned(10, 64),
        Err(AllocError::Corrupt(damage))
    );
    // SAFETY: refused.
    unsafe {
        let refused = litepool::FreeError::Corrupt(damage);
        assert_eq!(heap.free(first), Err(refused));
        assert_eq!(heap.resize(first, 10), Err(ResizeError::Block(refused)));
    }
    memory.set_word(header, memory.word(header) ^ 1 << 16);
    // SAFETY: allocated above, freed once.
    unsafe { heap.free(first) }.unwrap();
    heap.allocate(10).unwrap();
}
