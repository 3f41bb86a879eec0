use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::block::{Header, SizeField};
use crate::config::{Pool32, Standard};
use crate::control::Plan;
use crate::{Heap, State};

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

type Small = Standard<BestFit, u16, 4>;
type Wide = Standard<BestFit, u32, 8>;

/// Memory for a pool, on a boundary of 8 bytes.
fn memory(size: usize) -> Vec<MaybeUninit<u64>> {
    vec![MaybeUninit::new(0); size / 8]
}

fn heap<C: Config>(memory: &mut [MaybeUninit<u64>]) -> Heap<'_, C> {
    let base = NonNull::from(&mut *memory).cast();
    // SAFETY: the memory is borrowed for as long as the heap lives.
    unsafe { Heap::from_raw(base, memory.len() * 8) }.unwrap()
}

/// Numbers below a bound, the same in every run.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }

    /// Sizes of all orders of magnitude up to `most`.
    fn size(&mut self, most: usize) -> usize {
        let most = most >> self.below(most.ilog2() as usize);
        1 + self.below(most.max(1))
    }
}

#[test]
fn below_32_granules_each_size_has_a_bin_and_above_each_power_of_two() {
    for size in 1..32 {
        assert_eq!(bin_of(size), size);
    }
    for size in 32..100_000u32 {
        assert_eq!(bin_of(size), 32 + size.ilog2() - 5);
    }
}

#[test]
fn a_path_is_the_bits_of_a_size_below_its_highest() {
    for size in (32..70_000).chain([(1 << 29) - 1, 1 << 28]) {
        let mut path = Path::to(size);
        let mut read = 1;
        while !path.is_done() {
            read = read << 1 | path.side();
            path = path.down();
        }
        assert_eq!(read, size);
    }
}

#[test]
fn a_pool_carries_only_the_bins_that_it_can_fill() {
    let state = <BestFit as Fit>::state_bytes::<Small>;
    // Two bitmap words; lists for 2 to 31 granules; tries from 32, 64, 128, 256 and 512 granules.
    assert_eq!(state(512), 8 + 2 * (30 + 5));
    assert_eq!(state(65_535), 8 + 2 * (30 + 11));
    assert_eq!(state(16), 8 + 2 * 15);
    assert_eq!(
        <BestFit as Fit>::state_bytes::<Wide>(1 << 27),
        8 + 4 * (30 + 23)
    );
}

#[test]
fn tree_links_stand_behind_list_links_and_a_large_size_and_fit_the_smallest_node() {
    fn fit<C: Config>() {
        let large = Header::free(SizeField::LARGE, SizeField::NONE);
        let mut memory = memory(4096);
        let arena = heap::<C>(&mut memory).arena();
        let node = Block(arena.first());
        let size = arena.large_size_offset(node, large);
        assert_eq!(arena.child_offset(node, 0), size + WORD);
        let end = arena.child_offset(node, 2) + C::Index::BYTES;
        assert!(end <= arena.offset(node.after(EXACT_BINS)) - WORD);
    }
    fit::<Small>();
    fit::<Standard<BestFit, u16, 8>>();
    fit::<Standard<BestFit, u32, 4>>();
    fit::<Wide>();
    // The other algorithms' blocks are laid out alike.
    assert_eq!(
        Arena::<Pool32>::MIN,
        Arena::<Standard<BestFit, u32, 4>>::MIN
    );
}

/// Allocates and frees at random, and after every allocation looks at all blocks for one that would have done
/// better.
fn takes_the_smallest<C: Config>(pool: usize, most: usize, operations: usize) {
    let mut memory = memory(pool);
    let mut heap = heap::<C>(&mut memory);
    let mut random = Random(0x9E37_79B9);
    let mut live: Vec<NonNull<u8>> = Vec::new();
    let mut served = 0;
    for _ in 0..operations {
        if random.below(100) < 52 {
            let size = random.size(most);
            let free: Vec<_> = heap
                .blocks()
                .filter(|block| block.state == State::Free)
                .collect();
            let best = free
                .iter()
                .filter(|block| block.payload >= size)
                .map(|block| block.size)
                .min();
            match heap.allocate(size) {
                Ok(pointer) => {
                    let offset = heap.arena().offset_of(pointer);
                    let taken = free.iter().find(|block| block.offset == offset).unwrap();
                    assert_eq!(Some(taken.size), best, "for {size} bytes");
                    live.push(pointer);
                    served += 1;
                }
                Err(_) => assert_eq!(best, None, "{size} bytes refused"),
            }
        } else if !live.is_empty() {
            let block = live.swap_remove(random.below(live.len()));
            // SAFETY: live, and forgotten now.
            unsafe { heap.free(block) }.unwrap();
        }
    }
    heap.check().unwrap();
    assert!(served > operations / 8, "only {served} requests served");
}

#[test]
fn no_smaller_free_block_would_have_done() {
    takes_the_smallest::<Small>(60_000, 4000, 6000);
    takes_the_smallest::<Standard<BestFit, u16, 8>>(60_000, 4000, 6000);
    takes_the_smallest::<Standard<BestFit, u32, 4>>(60_000, 20_000, 6000);
    takes_the_smallest::<Wide>(60_000, 4000, 6000);
}

/// A size in bytes, of `granules` or less than twice that many.
fn size_from(granules: usize, random: &mut Random) -> usize {
    Wide::GRANULE * (granules + random.below(granules)) - WORD
}

/// The most nodes that one find, one allocation and one release look at, in a heap with so many free blocks, each
/// between two used ones. `size` gives the sizes of the blocks and of the requests.
fn most_visits(holes: usize, size: impl Fn(&mut Random) -> usize) -> [u32; 3] {
    let mut random = Random(0x1234_5678);
    let sizes: Vec<_> = (0..holes).map(|_| size(&mut random)).collect();
    let mut memory =
        memory((sizes.iter().sum::<usize>() + 32 * holes).next_multiple_of(8) + (1 << 20));
    let mut heap = heap::<Wide>(&mut memory);
    let mut freed = Vec::new();
    for size in sizes {
        freed.push(heap.allocate(size).unwrap());
        heap.allocate(8).unwrap();
    }
    for block in freed {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    assert!(heap.stats().free_blocks >= holes);

    let mut most = [0; 3];
    for _ in 0..2000 {
        let size = size(&mut random);
        let need = (size + WORD).div_ceil(Wide::GRANULE) as u32;
        let (found, find) = visits(|| BestFit::find(heap.arena(), need));
        assert!(found.is_some());
        let (block, allocate) = visits(|| heap.allocate(size).unwrap());
        // SAFETY: just allocated.
        let (freed, free) = visits(|| unsafe { heap.free(block) });
        freed.unwrap();
        for (most, visits) in most.iter_mut().zip([find, allocate, free]) {
            *most = visits.max(*most);
        }
    }
    most
}

/// In a trie a step decides a bit. Finding goes down on the way to the size, and once beside it. A block that is
/// taken leaves its trie, and what is left of it enters another; one that is freed is proved with its neighbours, of
/// which two may leave their tries before the union enters one.
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
    for holes in [100, 1000, 10_000] {
        are_within(12, most_visits(holes, any));
    }
}

/// Once the blocks are of all sizes, 10 times and 100 times as many do not cost a step more.
#[test]
fn steps_are_flat_in_the_number_of_free_blocks() {
    let one_trie = |random: &mut Random| size_from(32, random);
    let few = most_visits(500, one_trie);
    are_within(5, few);
    for holes in [5000, 50_000] {
        assert_eq!(most_visits(holes, one_trie), few);
    }
}

/// Equal sizes cost nothing more: only one of them is a node.
#[test]
fn a_thousand_blocks_of_one_size_are_one_step() {
    let mut memory = memory(1 << 21);
    let mut heap = heap::<Wide>(&mut memory);
    let blocks: Vec<_> = (0..2000).map(|_| heap.allocate(800).unwrap()).collect();
    for &block in blocks.iter().step_by(2) {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    for _ in 0..1000 {
        let (_, visited) = visits(|| heap.allocate(800).unwrap());
        assert!(visited <= 1);
    }
    heap.check().unwrap();
}

/// Of equal blocks the one freed last is taken first.
#[test]
fn of_equal_blocks_the_last_freed_is_taken() {
    for size in [40, 800] {
        let mut memory = memory(1 << 16);
        let mut heap = heap::<Small>(&mut memory);
        let blocks: Vec<_> = (0..10).map(|_| heap.allocate(size).unwrap()).collect();
        for at in [5, 1, 7, 3] {
            // SAFETY: allocated above, freed once.
            unsafe { heap.free(blocks[at]) }.unwrap();
        }
        // The first of them stays longest: it is the node.
        for at in [3, 7, 1, 5] {
            assert_eq!(heap.allocate(size).unwrap(), blocks[at], "of {size} bytes");
        }
    }
}

/// A pool with tries of several levels and lists of equals, as bytes, with its free blocks.
fn forest<C: Config>(memory: &mut [MaybeUninit<u64>]) -> Vec<Block> {
    let mut heap = heap::<C>(memory);
    let mut random = Random(77);
    let blocks: Vec<_> = (0..60)
        .map(|_| heap.allocate((32 + random.below(60)) * C::GRANULE).unwrap())
        .collect();
    for &block in blocks.iter().step_by(2) {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
    }
    heap.check().unwrap();
    let free = heap.blocks().filter(|block| block.state == State::Free);
    free.map(|block| Block((block.offset / C::GRANULE) as u32))
        .collect()
}

/// The links that a free block has: five if it is a node, else two.
fn links<C: Config>(arena: Arena<C>, block: Block) -> Vec<usize> {
    let list = arena.offset(block);
    let mut links = vec![list, list + C::Index::BYTES];
    if !arena.previous_free(block).is_some() {
        links.extend([0, 1, 2].map(|side| arena.child_offset(block, side)));
    }
    links
}

/// Whatever a link is turned into, the check finds it and ends; and a block of which the index says that it is
/// known can be removed without leaving the pool (debug builds check every access).
fn survives_damage<C: Config>() {
    let mut memory = memory(32_768);
    let free = forest::<C>(&mut memory);
    let image: Vec<_> = memory.clone();
    let arena = |memory: &mut Vec<MaybeUninit<u64>>| {
        let plan = Plan::of::<C>(32_768).unwrap();
        // SAFETY: the pool that `forest` made, or a copy of it; one arena at a time is used.
        unsafe { Arena::<C>::new(NonNull::from(&mut **memory).cast(), plan.end, plan.first) }
    };
    let mut random = Random(4711);
    for &block in &free {
        for link in links(arena(&mut memory), block) {
            let targets = free
                .iter()
                .map(|free| free.0)
                .chain([0, 1, u32::MAX, 0x7F7F]);
            for target in targets.collect::<Vec<_>>() {
                memory.copy_from_slice(&image);
                let pool = arena(&mut memory);
                if pool.load_link(link) == target {
                    continue;
                }
                pool.store_link(link, target);
                if pool.load_link(link) != target && C::Index::BYTES == 4 {
                    continue;
                }
                assert!(crate::check::check(pool).is_err(), "{link} to {target}");
                // A second one, anywhere: what both together do to a removal.
                let other = free[random.below(free.len())];
                let wild = free[random.below(free.len())].0;
                let place = links(pool, other);
                pool.store_link(place[random.below(place.len())], wild);
                let _ = crate::check::check(pool);
                for &known in &free {
                    let size = pool.size_of(known, pool.header(known));
                    if BestFit::knows(pool, known, size) {
                        let saved: Vec<_> = memory.clone();
                        BestFit::remove(pool, known, size);
                        memory.copy_from_slice(&saved);
                    }
                }
            }
        }
    }
}

#[test]
fn damaged_tries_are_found_and_survived() {
    survives_damage::<Small>();
    survives_damage::<Wide>();
}
