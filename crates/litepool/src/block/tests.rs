use super::split::Split;
use super::*;
use crate::config::{Config, layout_of};
use crate::fit::tests::{Test, assert_clean, free, heap, memory};
use crate::fit::{BestFit, BestFitLittle, Fit, Tlsf};

fn min<F: Fit, const BITS: u32, const GRANULE: usize>() -> u32 {
    layout_of::<Test<F, BITS, GRANULE, true>>().min
}

#[test]
fn the_smallest_block_has_a_header_two_links_and_a_footer() {
    assert_eq!(min::<Tlsf, 16, 4>(), 3);
    assert_eq!(min::<Tlsf, 17, 4>(), 4);
    assert_eq!(min::<BestFit, 16, 8>(), 2);
    assert_eq!(min::<BestFit, 22, 8>(), 2);
    assert_eq!(min::<BestFitLittle, 16, 4>(), 2);
    assert_eq!(min::<BestFitLittle, 22, 8>(), 1);
}

type Small = Test<Tlsf, 16, 4, true>;

/// A used block, a free one, a used one, and the remainder.
fn with_four(memory: &mut [core::mem::MaybeUninit<u64>]) -> (crate::Heap<'_, Small>, [Block; 3]) {
    let mut heap = heap::<Small>(memory);
    let pointers = [40, 60, 20].map(|size| heap.allocate(size).unwrap());
    free(&mut heap, pointers[1]);
    assert_clean(&heap);
    let blocks = pointers.map(|pointer| heap.chain().block_at(pointer));
    (heap, blocks)
}

#[test]
fn a_pointer_to_a_used_block_is_proved_and_no_other() {
    let mut memory = memory(1024);
    let (heap, [first, freed, last]) = with_four(&mut memory);
    let blocks = heap.chain();
    for offset in 0..1100 {
        let pointer = blocks
            .memory()
            .pointer(0)
            .map_addr(|base| base.saturating_add(offset));
        let found = blocks.validate(pointer).map(|used| used.block);
        let expected = [first, last]
            .into_iter()
            .find(|&block| blocks.offset(block) == offset);
        // The one before a free block is used all the same.
        assert_eq!(found, expected, "offset {offset}");
    }
    assert!(blocks.validate_block(freed).is_none());
    assert_eq!(blocks.free_size(freed), 16);
    assert_eq!(blocks.free_size(first), 0);
}

/// Whichever bit of the header of a used block, or of its follower's, flips, the block is not
/// proved any more, save where the bit tells of the block before.
#[test]
fn a_flipped_bit_in_either_header_is_found() {
    let mut memory = memory(1024);
    let (heap, [first, freed, last]) = with_four(&mut memory);
    let blocks = heap.chain();
    for (at, block) in [(first, first), (freed, first), (last, last)] {
        let header = blocks.header(at);
        for bit in 0..32 {
            let flipped = Header(header.0 ^ 1 << bit);
            if at == block && flipped.is_previous_free() != header.is_previous_free() {
                continue;
            }
            // Of the follower only size and seal count, and what it says of the block before.
            if at != block && bit == 31 {
                continue;
            }
            blocks.set_header(at, flipped);
            assert!(
                blocks.validate_block(block).is_none(),
                "bit {bit} of {at:?}"
            );
            blocks.set_header(at, header);
        }
        assert!(blocks.validate_block(block).is_some());
    }
}

#[test]
fn a_flipped_bit_in_the_header_of_a_free_block_is_found() {
    let mut memory = memory(1024);
    let (heap, [_, freed, _]) = with_four(&mut memory);
    let blocks = heap.chain();
    let header = blocks.header(freed);
    for bit in 0..32 {
        blocks.set_header(freed, Header(header.0 ^ 1 << bit));
        assert_eq!(blocks.free_size(freed), 0, "bit {bit}");
    }
}

/// Where the seal is short, the footer is asked as well.
#[test]
fn a_short_seal_is_helped_by_the_footer() {
    type Large = Test<Tlsf, 29, 4, true>;
    let mut memory = memory(1024);
    let heap = heap::<Large>(&mut memory);
    let blocks = heap.chain();
    let (first, size) = (blocks.first(), blocks.capacity());
    assert_eq!(blocks.free_size(first), size);
    blocks.set_header(first, Header(size - 8));
    assert_eq!(blocks.free_size(first), 0);
}

#[test]
fn a_split_leaves_a_remainder_only_if_it_is_a_block() {
    let mut memory = memory(1024);
    let heap = heap::<Small>(&mut memory);
    let blocks = heap.chain();
    let (first, capacity) = (blocks.first(), blocks.capacity());
    for need in [capacity, capacity - 1, capacity - 2] {
        let whole = Split {
            size: capacity,
            remainder: 0,
        };
        assert_eq!(blocks.divide(capacity, need), whole);
    }
    let split = blocks.split(first, capacity, capacity - 3);
    assert_eq!(split.remainder, 3);
    let next = first.after(split.size);
    assert_eq!(blocks.free_size(next), 3);
    assert!(blocks.header(blocks.end()).is_previous_free());
    assert!(blocks.validate_block(first).is_some());
    assert_eq!(blocks.previous(blocks.end()), next);
    assert_eq!(blocks.previous(next), first);
    assert_eq!(blocks.previous(first), Block::NONE);
    assert_eq!(blocks.previous(next.after(1)), Block::NONE);
}

/// Bytes that an owner may use: an aligned block remembers its alignment in two of them.
#[test]
fn an_aligned_block_has_two_bytes_less() {
    let mut memory = memory(1024);
    let mut heap = heap::<Small>(&mut memory);
    let plain = heap.allocate(40).unwrap();
    let aligned = heap.allocate_aligned(42, 32).unwrap();
    assert_eq!(heap.usable_size(plain), Ok(40));
    assert_eq!(heap.usable_size(aligned), Ok(42));
    let used = heap.chain().validate(aligned).unwrap();
    assert_eq!(heap.chain().exponent(used.block, used.size), Some(5));
    assert_eq!(Small::GRANULE as u32 * used.size, 48);
}

#[test]
fn an_alignment_is_any_power_of_two_above_the_granule() {
    let mut memory = memory(1024);
    let mut heap = heap::<Small>(&mut memory);
    let pointer = heap.allocate(40).unwrap();
    let blocks = heap.chain();
    let used = blocks.validate(pointer).unwrap();
    for exponent in 0..=u8::MAX {
        blocks.align(used.block, used.size, exponent);
        let expected = (3..64).contains(&exponent).then_some(exponent);
        assert_eq!(blocks.exponent(used.block, used.size), expected);
    }
}
