use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec::Vec;

use super::*;
use crate::Heap;
use crate::config::{Check, Config, ShapeOf};
use crate::fit::Tlsf;
use crate::layout::Field;

/// Five objects of 40 bytes to a slab of 256.
const FEW: [Class; 2] = [Class::new(40, 256), Class::new(96, 512)];

struct Grows;

impl Config for Grows {
    type Fit = Tlsf;
    type Record = ();
    const MAX_SIZE: usize = 256 << 10;
    const GRANULE: usize = 4;
    const CHECK: Check = Check::Hardened;
    const SLAB: Slab = Slab::expanding(&FEW);
}

fn memory() -> Vec<MaybeUninit<u64>> {
    std::vec![MaybeUninit::uninit(); 2048]
}

fn heap(memory: &mut [MaybeUninit<u64>]) -> Heap<'_, Grows> {
    // SAFETY: so many bytes are there; any of them may be uninitialised.
    let bytes = unsafe { memory.align_to_mut::<MaybeUninit<u8>>().1 };
    Heap::new(bytes).unwrap()
}

fn slabs<'h>(heap: &'h Heap<'_, Grows>) -> Slabs<'h, ShapeOf<Grows>> {
    Slabs::new(heap.chain(), 0, &FEW[0])
}

/// The slabs of the first class's partial list, in its order.
fn partial(heap: &Heap<'_, Grows>) -> Vec<Block> {
    let slabs = slabs(heap);
    let mut list = Vec::new();
    let mut slab = slabs.head();
    while slab.is_some() && !list.contains(&slab) {
        list.push(slab);
        slab = slabs.next(slab);
    }
    list
}

fn free(heap: &mut Heap<'_, Grows>, pointer: NonNull<u8>) {
    // SAFETY: the tests free what they allocated, once.
    unsafe { heap.free(pointer) }.unwrap();
}

#[test]
fn a_full_slab_is_in_no_list_and_one_with_a_free_slot_goes_to_the_end() {
    let mut memory = memory();
    let mut heap = heap(&mut memory);
    assert_eq!(FEW[0].slots, 5);
    let objects: Vec<_> = (0..15).map(|_| heap.allocate(40).unwrap()).collect();
    assert_eq!(partial(&heap), []);
    assert_eq!(slabs(&heap).count(), 3);
    let slab_of = |heap: &Heap<'_, Grows>, pointer| {
        let offset = heap.chain().memory().offset_of(pointer);
        heap.chain().block_from(FEW[0].slab_of(offset))
    };
    let mut expected = Vec::new();
    for &object in [&objects[12], &objects[1], &objects[7]] {
        expected.push(slab_of(&heap, object));
        free(&mut heap, object);
        assert_eq!(partial(&heap), expected);
    }
    // The first one serves, and leaves the list when it is full.
    assert_eq!(heap.allocate(33), Ok(objects[12]));
    assert_eq!(partial(&heap), expected[1..]);
}

#[test]
fn the_lowest_free_slot_is_taken() {
    let mut memory = memory();
    let mut heap = heap(&mut memory);
    let objects: Vec<_> = (0..5).map(|_| heap.allocate(40).unwrap()).collect();
    for number in [3, 1, 4] {
        free(&mut heap, objects[number]);
    }
    for number in [1, 3, 4] {
        assert_eq!(heap.allocate(40), Ok(objects[number]));
    }
}

#[test]
fn an_empty_slab_leaves_nothing_behind() {
    let mut memory = memory();
    let mut heap = heap(&mut memory);
    let fresh = heap.stats();
    let object = heap.allocate(40).unwrap();
    let offset = heap.chain().memory().offset_of(object);
    assert_eq!(Slabs::number_at(heap.chain(), offset), 0);
    assert_eq!(heap.chain().field(Field::InBlocks), 64);
    assert_eq!(heap.chain().field(Field::Overhead), 64 - 50);
    free(&mut heap, object);
    assert_eq!(heap.stats(), crate::Stats { peak: 40, ..fresh });
    assert_eq!(Slabs::number_at(heap.chain(), offset), usize::MAX);
    assert_eq!(heap.chain().field(Field::InBlocks), 0);
    assert_eq!(heap.chain().field(Field::Overhead), 0);
}

/// The slab's own block is a used one, but nobody's to free.
#[test]
fn the_block_of_a_slab_is_no_block_to_a_caller() {
    let mut memory = memory();
    let mut heap = heap(&mut memory);
    let object = heap.allocate(40).unwrap();
    let slab = slabs(&heap).head();
    let pointer = heap.chain().payload(slab);
    assert!(heap.chain().validate(pointer).is_some());
    // SAFETY: refused.
    unsafe {
        assert_eq!(heap.free(pointer), Err(crate::FreeError::NotABlock));
        assert!(!heap.try_free(pointer));
        assert!(heap.resize(pointer, 10).is_err());
    }
    free(&mut heap, object);
}

/// Whichever bit of what a slab says of its slots flips, or of its check word: it serves no request
/// and no free any more, until the bit is mended.
#[test]
fn a_slab_whose_check_word_does_not_confirm_it_serves_nobody() {
    let mut memory = memory();
    let mut heap = heap(&mut memory);
    let object = heap.allocate(40).unwrap();
    let slab = heap.chain().offset(slabs(&heap).head());
    for word in [0, WORD, ALIGNED, ALIGNED + WORD, CHECK, CHECK + WORD] {
        for bit in 0..u32::BITS {
            let before = heap.chain().memory().load(slab + word);
            heap.chain().memory().store(slab + word, before ^ 1 << bit);
            // SAFETY: refused.
            assert!(!unsafe { heap.try_free(object) }, "word {word}, bit {bit}");
            assert!(slabs(&heap).take().is_none());
            assert!(heap.check().is_err());
            heap.chain().memory().store(slab + word, before);
        }
    }
    heap.check().unwrap();
    free(&mut heap, object);
}
