//! `Check::Hardened`: what a corrupt slab does not do, and that a pool is opened with more checks and
//! with fewer. (That no flipped bit does harm is `faults.rs`.)

mod common;

use std::ptr::NonNull;

use common::{Held, Memory};
use litepool::fit::{BestFit, Tlsf};
use litepool::track::Owners;
use litepool::{Broken, Config, FreeError, Heap, ResizeError};
use litepool_testing::config::*;

/// A pool of used and free blocks of many sizes, several free ones of a class among them.
fn mixed<C: Config>(heap: &mut Heap<'_, C>) -> Vec<Held> {
    let mut live: Vec<Held> = Vec::new();
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
        live.push(Held::fill(block.unwrap(), size, number as u8 + 1));
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

type Slabbed = WithSlab<Standard<Tlsf, Large, 4>, Fixed>;

/// A slab begins on a multiple of this, with a bit for each free slot.
const SLAB: usize = 512;

/// Where the slab begins that `object` stands in.
fn slab_of(memory: &Memory, object: NonNull<u8>) -> usize {
    (object.addr().get() - memory.base().addr().get()) / SLAB * SLAB
}

/// Where the byte of the slab map for the slab stands.
fn map_byte_of<C: Config>(memory: &Memory, heap: &Heap<'_, C>, slab: usize) -> usize {
    let first = heap.blocks().next().unwrap().offset;
    // The map grows down from the first header, a byte for each place of a slab.
    let at = first - 4 - 1 - slab / SLAB;
    assert_ne!(memory.bytes()[at], 0, "a slab stands there");
    at
}

fn flip(memory: &Memory, at: usize, bits: u8) {
    let word = at & !3;
    memory.set_word(word, memory.word(word) ^ u32::from(bits) << (at % 4 * 8));
}

/// Refuses every operation on an object in the corrupt slab, and changes nothing.
fn refuses<C: Config>(memory: &Memory, heap: &mut Heap<'_, C>, object: NonNull<u8>, slab: usize) {
    let before = memory.bytes();
    // SAFETY: refused.
    let (freed, resized) = unsafe { (heap.free(object), heap.resize(object, 100)) };
    let is_corrupt = |error: FreeError| {
        matches!(error, FreeError::Corrupt(corruption)
            if corruption.broken == Broken::Slab && corruption.block == slab)
    };
    assert!(is_corrupt(freed.unwrap_err()));
    assert!(matches!(resized.unwrap_err(), ResizeError::Block(error) if is_corrupt(error)));
    // SAFETY: refused.
    let in_place = unsafe { heap.resize(object, 10) };
    assert!(in_place.is_err(), "not even in place");
    assert!(heap.usable_size(object).is_err());
    assert!(memory.bytes() == before, "the heap is unchanged");
    assert_eq!(heap.check().unwrap_err().broken, Broken::Slab);
}

#[test]
fn a_slot_too_many_among_the_free_ones_is_not_handed_out() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<Slabbed>>();
    let held: Vec<_> = (0..3).map(|_| heap.allocate(20).unwrap()).collect();
    let slab = slab_of(&memory, held[0]);
    flip(&memory, slab, 0b010);
    for _ in 0..20 {
        let block = heap.allocate(20).unwrap();
        assert!(!held.contains(&block));
        assert_ne!(slab_of(&memory, block), slab, "the slab serves no request");
    }
    for &object in &held {
        refuses(&memory, &mut heap, object, slab);
    }
    // Mended, all is well.
    flip(&memory, slab, 0b010);
    for object in held {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(object) }.unwrap();
    }
}

#[test]
fn other_slabs_of_the_class_go_on_serving() {
    let memory = Memory::new(200_000);
    let mut heap = memory.heap::<Hardened<WithSlab<Standard<Tlsf, Large, 4>, Expanding>>>();
    let held: Vec<_> = (0..42).map(|_| heap.allocate(32).unwrap()).collect();
    let slabs: Vec<_> = [0, 14, 28].map(|n| slab_of(&memory, held[n])).into();
    // Now all three are in the list.
    for object in [held[0], held[14], held[28]] {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(object) }.unwrap();
    }
    flip(&memory, slabs[0], 0b10);
    let served: Vec<_> = (0..2)
        .map(|_| slab_of(&memory, heap.allocate(32).unwrap()))
        .collect();
    assert_eq!(served, slabs[1..]);
}

#[test]
fn a_map_that_names_another_class_is_not_believed() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<Slabbed>>();
    // An object that begins where one of the other class could.
    let held = [32, 32, 16].map(|size| heap.allocate(size).unwrap());
    let slab = slab_of(&memory, held[0]);
    let at = map_byte_of(&memory, &heap, slab);
    assert_eq!(memory.bytes()[at], 2, "the second class");
    flip(&memory, at, 3);
    assert_eq!(memory.bytes()[at], 1, "the first class");
    for object in &held[..2] {
        refuses(&memory, &mut heap, *object, slab);
    }
    let block = heap.allocate(32).unwrap();
    assert_ne!(slab_of(&memory, block), slab, "the slab serves no request");
    // SAFETY: allocated above, freed once; its slab is whole.
    unsafe { heap.free(held[2]) }.unwrap();
}

#[test]
fn a_map_that_names_a_slab_where_there_is_none_is_not_believed() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<WithSlab<Standard<Tlsf, Large, 4>, Lean>>>();
    let block = heap.allocate(2000).unwrap();
    // SAFETY: a payload of this size.
    unsafe { block.write_bytes(0, 2000) };
    let object = heap.allocate(8).unwrap();
    let at = map_byte_of(&memory, &heap, slab_of(&memory, object));
    let distance = (slab_of(&memory, object) - slab_of(&memory, block)) / SLAB;
    assert!(distance > 0);
    flip(&memory, at + distance, 1);
    // SAFETY: refused.
    let refused = unsafe { heap.free(block) };
    assert!(matches!(
        refused,
        Err(FreeError::Corrupt(corruption)) if corruption.broken == Broken::Slab
    ));
    flip(&memory, at + distance, 1);
    // SAFETY: allocated above, freed once.
    unsafe { heap.free(block) }.unwrap();
    heap.check().unwrap();
}

#[test]
fn a_record_stands_where_its_block_ends_whatever_the_map_says_of_the_place() {
    for bit in 0..8 {
        let memory = Memory::new(16_384);
        let mut heap = memory
            .heap::<Hardened<WithRecord<WithSlab<Standard<Tlsf, Large, 4>, Lean>, Owners<4, 4>>>>();
        let [place, next, growing] = [2000, 700, 700].map(|size| heap.allocate(size).unwrap());
        let next = Held::fill(next, 700, 0x11);
        let growing = Held::fill(growing, 700, 0x22);
        let _behind = heap.allocate(100).unwrap();
        let object = heap.allocate(8).unwrap();
        let at = map_byte_of(&memory, &heap, slab_of(&memory, object));
        let distance = (slab_of(&memory, object) - slab_of(&memory, place)) / SLAB;
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(place) }.unwrap();
        flip(&memory, at + distance, 1 << bit);
        // SAFETY: a live block; only the pointer returned is used.
        let moved = unsafe { heap.resize(growing.pointer, 1900) }.unwrap();
        assert_eq!(moved, place, "the place of which the map is wrong");
        let moved = Held {
            pointer: moved,
            ..growing
        };
        assert!(moved.is_intact() && next.is_intact(), "bit {bit}");
        flip(&memory, at + distance, 1 << bit);
        heap.check().unwrap();
    }
}

/// A pool that another configuration made goes to and fro between the two.
fn opens_what_the_other_made<Mine: Config, Other: Config>() {
    let memory = Memory::new(16_384);
    let mut held: Vec<_> = mixed(&mut memory.heap::<Other>());
    for _ in 0..2 {
        {
            let mut heap = memory.attach::<Mine>().unwrap();
            heap.check().unwrap();
            for size in [10, 20, 40, 120] {
                let block = heap.allocate(size).unwrap();
                held.push(Held::fill(block, size, size as u8));
            }
            let gone = held.swap_remove(held.len() / 2);
            // SAFETY: held until now.
            unsafe { heap.free(gone.pointer) }.unwrap();
            heap.check().unwrap();
        }
        let mut heap = memory.attach::<Other>().unwrap();
        for _ in 0..3 {
            // SAFETY: held until now.
            unsafe { heap.free(held.swap_remove(0).pointer) }.unwrap();
            heap.allocate(24).unwrap();
        }
        heap.check().unwrap();
    }
    assert!(held.iter().all(Held::is_intact));
}

#[test]
fn a_pool_with_a_slab_is_opened_with_more_checks_and_with_fewer() {
    opens_what_the_other_made::<Hardened<Slabbed>, Slabbed>();
    opens_what_the_other_made::<Slabbed, Hardened<Slabbed>>();
    opens_what_the_other_made::<
        Hardened<WithSlab<Standard<BestFit, Large, 8>, Fast>>,
        WithSlab<Standard<BestFit, Large, 8>, Fast>,
    >();
    opens_what_the_other_made::<
        WithSlab<Standard<BestFit, Small, 4>, Lean>,
        Hardened<WithSlab<Standard<BestFit, Small, 4>, Lean>>,
    >();
}
