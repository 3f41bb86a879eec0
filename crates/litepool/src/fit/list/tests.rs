use std::vec::Vec;

use super::super::tests::{Test, assert_clean, free, heap, memory};
use super::super::{Tlsf, pending};
use super::*;
use crate::Heap;
use crate::config::{Config, ShapeOf, layout_of};
use crate::layout::Field;

type Narrow = Test<Tlsf, 16, 4, true>;
type Wide = Test<Tlsf, 22, 4, false>;

/// Four free blocks of one size, each between two used ones: one is pending, three in their list.
fn with_list<C: Config>(heap: &mut Heap<'_, C>) -> Vec<Block> {
    let pointers: Vec<_> = (0..8).map(|_| heap.allocate(40).unwrap()).collect();
    heap.allocate(200).unwrap();
    for &pointer in pointers.iter().step_by(2) {
        free(heap, pointer);
    }
    assert_clean(heap);
    let freed = pointers.iter().step_by(2).take(3).rev();
    freed
        .map(|&pointer| heap.chain().block_at(pointer))
        .collect()
}

/// The lists with their first head: TLSF has the summary and four or six words of bitmap before it.
fn lists<'h, C: Config>(heap: &'h Heap<'_, C>, words: usize) -> Lists<'h, ShapeOf<C>> {
    let heads = layout_of::<C>().fit_state + (1 + words) * WORD;
    Lists::at(heap.chain(), heads, u32::MAX)
}

#[test]
fn the_first_block_of_a_list_has_its_name() {
    let mut memory = memory(4096);
    let mut heap = heap::<Narrow>(&mut memory);
    let blocks = with_list(&mut heap);
    let lists = lists(&heap, 4);
    assert_eq!(lists.head(11), blocks[0]);
    assert_eq!(lists.name(11), Block(0xFFFF - 11));
    assert_eq!(heap.chain().previous_free(blocks[0]), lists.name(11));
    assert_eq!(heap.chain().previous_free(blocks[1]), blocks[0]);
    assert_eq!(heap.chain().previous_free(blocks[2]), blocks[1]);
    assert_eq!(heap.chain().next_free(blocks[2]), Block::NONE);
    for list in 3..120 {
        assert_eq!(lists.named(lists.name(list)), list);
    }
}

#[test]
fn wide_links_have_wide_names() {
    let mut memory = memory(4096);
    let mut heap = heap::<Wide>(&mut memory);
    let blocks = with_list(&mut heap);
    let lists = lists(&heap, 6);
    assert_eq!(lists.head(11), blocks[0]);
    assert_eq!(heap.chain().previous_free(blocks[0]), Block(!11));
}

/// Whichever bit of a link, or of a link that leads to it, flips: a removal that would overwrite
/// what does not lead back says no, and nothing is changed.
fn flipped_links_are_not_followed<C: Config>(words: usize) {
    let bits = 8 * layout_of::<C>().link;
    for at in 0..3 {
        for place in 0..2 {
            for bit in 0..bits {
                let mut memory = memory(4096);
                let mut heap = heap::<C>(&mut memory);
                let blocks = with_list(&mut heap);
                let (lists, chain) = (lists(&heap, words), heap.chain());
                let damaged = chain.offset(blocks[at]) + place * chain.layout().link;
                chain.set_link(damaged, chain.link(damaged) ^ 1 << bit);
                let bytes = || {
                    let size = chain.memory().size() as usize;
                    (0..size)
                        .map(|at| chain.memory().load_byte(at))
                        .collect::<Vec<_>>()
                };
                let before = bytes();
                let is_empty = core::cell::Cell::new(false);
                let removed = lists.unlink(blocks[at], |_| is_empty.set(true));
                assert!(!removed, "bit {bit} of link {place} of block {at}");
                assert!(!lists.is_linked(blocks[at]));
                assert!(bytes() == before && !is_empty.get());
                // The other end of the damaged link is not followed either.
                let end = if place == 0 {
                    at + 1
                } else {
                    at.wrapping_sub(1)
                };
                if let Some(&block) = blocks.get(end) {
                    assert!(!lists.unlink(block, |_| {}));
                    assert!(bytes() == before);
                }
            }
        }
    }
}

#[test]
fn unlinking_proves_every_link() {
    flipped_links_are_not_followed::<Narrow>(4);
    flipped_links_are_not_followed::<Wide>(6);
}

/// A head that does not lead to the first block of its list is not written through.
#[test]
fn a_hardened_list_does_not_believe_its_head() {
    for bit in 0..16 {
        let mut memory = memory(4096);
        let mut heap = heap::<Narrow>(&mut memory);
        let blocks = with_list(&mut heap);
        let lists = lists(&heap, 4);
        let head = lists.head_offset(11);
        heap.chain().set_link(head, blocks[0].0 ^ 1 << bit);
        let pending = pending::pending::<Tlsf, _>(heap.chain());
        heap.chain().set_field(Field::Pending, 0);
        lists.push(11, pending.block);
        assert_eq!(lists.head(11), pending.block);
        assert_eq!(heap.chain().next_free(pending.block), Block::NONE);
        assert_eq!(heap.chain().previous_free(blocks[0]), lists.name(11));
    }
}

#[test]
fn a_list_that_is_emptied_is_told_of() {
    let mut memory = memory(4096);
    let mut heap = heap::<Narrow>(&mut memory);
    let blocks = with_list(&mut heap);
    let lists = lists(&heap, 4);
    let mut emptied = Vec::new();
    for block in [blocks[1], blocks[0], blocks[2]] {
        assert!(lists.unlink(block, |list| emptied.push(list)));
    }
    assert_eq!(emptied, [11]);
    assert_eq!(lists.head(11), Block::NONE);
}
