use core::cell::Cell;
use core::ptr::NonNull;
use std::vec::Vec;

use super::super::tests::{Random, Test, assert_clean, free, heap, memory, walk};
use super::super::trie::path_to;
use super::super::{check, pending};
use super::*;
use crate::Heap;
use crate::config::{Config, layout_of};

std::thread_local!(static VISITS: Cell<u32> = const { Cell::new(0) });

/// A node of a trie was looked at.
pub fn node_visited() {
    VISITS.set(VISITS.get() + 1);
}

/// How many nodes `operation` looked at.
fn visits<T>(operation: impl FnOnce() -> T) -> (T, u32) {
    VISITS.set(0);
    (operation(), VISITS.get())
}

type Small = Test<BestFit, 16, 4, true>;
type Wide = Test<BestFit, 27, 8, false>;
type WideHardened = Test<BestFit, 27, 8, true>;

#[test]
fn below_32_granules_each_size_has_a_list_and_above_each_power_of_two_a_trie() {
    for size in 1..32 {
        assert_eq!(list_of(size), size);
    }
    for size in 32..100_000u32 {
        assert_eq!(list_of(size), 32 + size.ilog2() - 5);
    }
}

#[test]
fn a_path_is_the_bits_of_a_size_below_its_highest() {
    for size in (32..70_000).chain([(1 << 29) - 1, 1 << 28]) {
        let mut path = path_to(size);
        let mut read = 1;
        while path != 1 << 31 {
            read = read << 1 | path >> 31;
            path <<= 1;
        }
        assert_eq!(read, size);
    }
}

#[test]
fn a_pool_has_heads_only_for_the_tries_that_it_can_fill() {
    let state = |granules| BestFit::state_bytes(&layout_of::<Small>(), granules);
    // Two bitmap words; lists for 3 to 31 granules; tries from 32, 64, 128, 256 and 512 granules.
    assert_eq!(state(512), 8 + 2 * (29 + 5));
    assert_eq!(state(65_535), 8 + 2 * (29 + 11));
    assert_eq!(state(16), 8 + 2 * 29);
    let wide = BestFit::state_bytes(&layout_of::<Wide>(), 1 << 27);
    assert_eq!(wide, 8 + 4 * (30 + 23));
}

/// Allocates and frees at random, and looks before every allocation at all blocks for the one that
/// does best.
fn takes_the_smallest<C: Config>(pool: usize, most: usize, operations: usize) {
    let mut memory = memory(pool);
    let mut heap = heap::<C>(&mut memory);
    let mut random = Random(0x9E37_79B9);
    let mut live: Vec<NonNull<u8>> = Vec::new();
    let mut served = 0;
    for _ in 0..operations {
        if random.below(100) < 52 {
            let size = random.size(most);
            let need = ((size + 4).div_ceil(C::GRANULE) as u32).max(heap.chain().min());
            let blocks: Vec<_> = heap.chain().free_blocks().collect();
            let sizes = blocks.iter().map(|&(_, size)| size);
            let best = sizes.filter(|&size| size >= need).min();
            match heap.allocate(size) {
                Ok(pointer) => {
                    let block = heap.chain().block_at(pointer);
                    let taken = blocks.iter().find(|&&(free, _)| free == block).unwrap();
                    assert_eq!(Some(taken.1), best, "for {size} bytes");
                    live.push(pointer);
                    served += 1;
                }
                Err(_) => assert_eq!(best, None, "{size} bytes refused"),
            }
        } else if !live.is_empty() {
            let block = live.swap_remove(random.below(live.len()));
            free(&mut heap, block);
        }
    }
    assert_clean(&heap);
    assert!(served > operations / 8, "only {served} requests served");
}

#[test]
fn no_smaller_free_block_would_have_done() {
    takes_the_smallest::<Small>(60_000, 4000, 6000);
    takes_the_smallest::<Test<BestFit, 16, 8, false>>(60_000, 4000, 6000);
    takes_the_smallest::<Test<BestFit, 22, 4, true>>(60_000, 20_000, 6000);
    takes_the_smallest::<Wide>(60_000, 4000, 6000);
}

/// A size in bytes, of `granules` or less than twice that many.
fn size_from(granules: usize, random: &mut Random) -> usize {
    Wide::GRANULE * (granules + random.below(granules)) - WORD
}

/// The most nodes that one find, one allocation and one free look at, in a heap with so many free
/// blocks, each between two used ones. `size` gives the sizes of the blocks and of the requests.
fn most_visits(free_blocks: u32, size: impl Fn(&mut Random) -> usize) -> [u32; 3] {
    let mut random = Random(0x1234_5678);
    let sizes: Vec<_> = (0..free_blocks).map(|_| size(&mut random)).collect();
    let bytes = sizes.iter().sum::<usize>() + 32 * free_blocks as usize;
    let mut memory = memory(bytes.next_multiple_of(8) + (1 << 20));
    let mut heap = heap::<Wide>(&mut memory);
    let mut freed = Vec::new();
    for size in sizes {
        freed.push(heap.allocate(size).unwrap());
        heap.allocate(8).unwrap();
    }
    for block in freed {
        free(&mut heap, block);
    }
    assert_clean(&heap);
    assert!(walk(heap.chain()).count >= free_blocks);

    let mut most = [0; 3];
    for _ in 0..2000 {
        let size = size(&mut random);
        let need = (size + WORD).div_ceil(Wide::GRANULE) as u32;
        let (found, find) = visits(|| pending::find::<BestFit, _>(heap.chain(), need));
        assert!(found.size >= need);
        let (block, allocate) = visits(|| heap.allocate(size).unwrap());
        let ((), freed) = visits(|| free(&mut heap, block));
        for (most, visits) in most.iter_mut().zip([find, allocate, freed]) {
            *most = visits.max(*most);
        }
    }
    most
}

/// In a trie a step decides a bit. Finding goes down on the way to the size, and once beside it. A
/// block that is taken leaves its trie, and what waited enters another; one that is freed is merged
/// with its neighbours, of which two may leave their tries, and what waited enters one.
fn are_within(bits: u32, [find, allocate, free]: [u32; 3]) {
    let levels = bits + 1;
    assert!(find <= 2 * levels, "find: {find}");
    assert!(allocate <= 4 * levels, "allocate: {allocate}");
    assert!(free <= 5 * levels, "free: {free}");
}

#[test]
fn steps_are_bounded_by_the_bits_of_a_size() {
    // 32 to 8191 granules: up to 12 bits below the highest.
    let any = |random: &mut Random| size_from(32 << random.below(8), random);
    for blocks in [100, 1000, 10_000] {
        are_within(12, most_visits(blocks, any));
    }
}

/// Once the blocks are of all sizes, 10 times and 100 times as many do not cost a step more.
#[test]
fn steps_are_flat_in_the_number_of_free_blocks() {
    let one_trie = |random: &mut Random| size_from(32, random);
    let few = most_visits(500, one_trie);
    are_within(5, few);
    for blocks in [5000, 50_000] {
        assert_eq!(most_visits(blocks, one_trie), few);
    }
}

/// Equal sizes cost nothing more: only one of them is a node.
#[test]
fn a_thousand_blocks_of_one_size_are_one_step() {
    let mut memory = memory(1 << 21);
    let mut heap = heap::<Wide>(&mut memory);
    let blocks: Vec<_> = (0..2000).map(|_| heap.allocate(800).unwrap()).collect();
    for &block in blocks.iter().step_by(2) {
        free(&mut heap, block);
    }
    assert_clean(&heap);
    for _ in 0..1000 {
        let (_, visited) = visits(|| heap.allocate(800).unwrap());
        assert!(visited <= 1);
    }
    assert_clean(&heap);
}

/// Of equal blocks the one freed last is taken first.
#[test]
fn of_equal_blocks_the_last_freed_is_taken() {
    for size in [40, 800] {
        let mut memory = memory(1 << 16);
        let mut heap = heap::<Small>(&mut memory);
        let blocks: Vec<_> = (0..10).map(|_| heap.allocate(size).unwrap()).collect();
        for at in [5, 1, 7, 3] {
            free(&mut heap, blocks[at]);
        }
        // The first of them stays longest: it is the node.
        for at in [3, 7, 1, 5] {
            assert_eq!(heap.allocate(size).unwrap(), blocks[at], "of {size} bytes");
        }
    }
}

/// The pending block is taken where the index has none that is smaller, and only there.
#[test]
fn the_pending_block_wins_if_it_is_no_larger() {
    let mut memory = memory(1 << 16);
    let mut heap = heap::<Small>(&mut memory);
    let blocks: Vec<_> = [100, 60, 300, 320]
        .map(|size| {
            let block = heap.allocate(size).unwrap();
            heap.allocate(4).unwrap();
            block
        })
        .into();
    free(&mut heap, blocks[1]);
    free(&mut heap, blocks[0]);
    assert_eq!(heap.allocate(50).unwrap(), blocks[1]);
    assert_eq!(heap.allocate(64).unwrap(), blocks[0]);
    free(&mut heap, blocks[2]);
    free(&mut heap, blocks[3]);
    assert_eq!(heap.allocate(200).unwrap(), blocks[2]);
    // What that left is pending now, and smaller than any.
    let remainder = heap.allocate(80).unwrap();
    assert_eq!(heap.chain().memory().offset_of(remainder), {
        heap.chain().memory().offset_of(blocks[2]) + 204
    });
    assert_clean(&heap);
}

/// A pool with tries of several levels and lists of equals, with its free blocks.
fn forest<C: Config>(heap: &mut Heap<'_, C>) -> Vec<Block> {
    let mut random = Random(77);
    let blocks: Vec<_> = (0..60)
        .map(|_| heap.allocate((32 + random.below(60)) * C::GRANULE).unwrap())
        .collect();
    for &block in blocks.iter().step_by(2) {
        free(heap, block);
    }
    assert_clean(heap);
    heap.chain().free_blocks().map(|(block, _)| block).collect()
}

/// The links of a block in a trie: five of a node, else two.
fn links<S: Shape>(blocks: &Blocks<S>, block: Block) -> Vec<usize> {
    let tries = Index::of(blocks).tries;
    let count = if tries.is_node(block) { 5 } else { 2 };
    let link = blocks.layout().link;
    (0..count)
        .map(|at| blocks.offset(block) + at * link)
        .collect()
}

fn words<C: Config>(heap: &Heap<'_, C>) -> Vec<u32> {
    let memory = heap.chain().memory();
    let places = (0..memory.size() as usize).step_by(WORD);
    places.map(|at| memory.load(at)).collect()
}

/// Whatever a link is turned into, the check finds it and ends; and a removal that says no has
/// changed nothing, and none leaves the pool (debug builds check every access).
fn survives_damage<C: Config>() {
    let mut memory = memory(32_768);
    let free = forest(&mut heap::<C>(&mut memory));
    let image: Vec<_> = memory.clone();
    let mut random = Random(4711);
    let base: NonNull<u8> = NonNull::from(&mut *memory).cast();
    // SAFETY: the pool that was just made; nothing else uses it while the heap is in use.
    let heap = unsafe { Heap::<C>::attach(base, 32_768) }.unwrap();
    let blocks = heap.chain();
    let restore = |image: &[core::mem::MaybeUninit<u64>]| {
        // SAFETY: both have as many bytes.
        unsafe { base.copy_from_nonoverlapping(NonNull::from(image).cast(), 32_768) };
    };
    let pending = blocks.field(crate::layout::Field::Pending);
    let listed: Vec<_> = free
        .iter()
        .copied()
        .filter(|block| block.0 != pending)
        .collect();
    for &block in &listed {
        for link in links(blocks, block) {
            // A name of the trie's root would be that of a list, if it were one.
            let name = !list_of(blocks.size(blocks.header(block)));
            let targets = free
                .iter()
                .map(|free| free.0)
                .chain([0, 1, u32::MAX, 0x7F7F, name]);
            for target in targets {
                restore(&image);
                let before = blocks.link(link);
                blocks.set_link(link, target);
                if blocks.link(link) == before {
                    continue;
                }
                let found = check(&blocks.image(), walk(blocks));
                assert!(found.is_err(), "{link} to {target}");
                // A second one, anywhere: what both together do to a removal.
                let other = links(blocks, listed[random.below(listed.len())]);
                blocks.set_link(
                    other[random.below(other.len())],
                    free[random.below(free.len())].0,
                );
                let _ = check(&blocks.image(), walk(blocks));
                for &known in listed.iter().skip(random.below(4)).step_by(4) {
                    let saved = words(&heap);
                    let size = blocks.size(blocks.header(known));
                    let is_listed = BestFit::is_listed(blocks, known);
                    let removed = BestFit::remove(blocks, known, size);
                    assert_eq!(removed, is_listed);
                    assert!(removed || words(&heap) == saved, "{known:?}");
                    BestFit::find(blocks, size, Free::NONE);
                    BestFit::insert(blocks, known, size);
                    restore(&image);
                }
            }
        }
    }
}

#[test]
fn damaged_tries_are_found_and_survived() {
    survives_damage::<Small>();
    survives_damage::<Wide>();
    survives_damage::<WideHardened>();
}

/// A node that is overwritten with the name of its trie's root, as if that were a list's.
#[test]
fn a_node_that_looks_like_the_first_of_a_list_clears_no_lists_bit() {
    let mut memory = memory(4096);
    let mut heap = heap::<Small>(&mut memory);
    let blocks: Vec<_> = (0..4).map(|_| heap.allocate(300).unwrap()).collect();
    free(&mut heap, blocks[0]);
    free(&mut heap, blocks[2]);
    let chain = heap.chain();
    let node = chain.block_at(blocks[0]);
    let size = chain.size(chain.header(node));
    chain.set_previous_free(node, Block(!list_of(size)));
    let index = Index::of(chain);
    index.set_word(LISTS, u32::MAX);
    assert!(!BestFit::remove(chain, node, size));
    assert_eq!(index.word(LISTS), u32::MAX);
}
