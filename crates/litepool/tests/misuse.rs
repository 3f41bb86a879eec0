//! Bad pointers and damaged pools: a typed error, and a heap that did not change.

mod common;

use std::ptr::NonNull;

use common::{Memory, assert_unchanged, control};
use litepool::config::{Compact, Standard};
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::{AllocError, Broken, Config, FreeError, Heap, ResizeError, State};

/// A pool with used and free blocks side by side: used blocks `kept`, in order, with holes in between.
struct Mixed<'m, C: Config> {
    memory: &'m Memory,
    heap: Heap<'m, C>,
    kept: Vec<NonNull<u8>>,
    freed: Vec<NonNull<u8>>,
}

impl<'m, C: Config> Mixed<'m, C> {
    fn new(memory: &'m Memory) -> Self {
        let mut heap = memory.heap::<C>();
        let blocks: Vec<_> = (0..12)
            .map(|number| heap.allocate(20 + number % 3 * 40).unwrap())
            .collect();
        for block in &blocks {
            // SAFETY: a payload of at least this size.
            unsafe { block.write_bytes(0x5A, 20) };
        }
        let (mut kept, mut freed) = (Vec::new(), Vec::new());
        for (number, &block) in blocks.iter().enumerate() {
            if number % 3 == 1 {
                // SAFETY: allocated above, freed once.
                unsafe { heap.free(block) }.unwrap();
                freed.push(block);
            } else {
                kept.push(block);
            }
        }
        // Blocks that wait are a matter of their own (quick.rs).
        heap.trim();
        Self {
            memory,
            heap,
            kept,
            freed,
        }
    }

    /// Neither free nor resize takes `pointer`, and the pool does not change.
    fn refuses(&mut self, pointer: NonNull<u8>) -> FreeError {
        let before = self.memory.bytes();
        // SAFETY: no block of ours is given up here unless the test is wrong, and then it fails.
        let error = unsafe { self.heap.free(pointer) }.expect_err("a bad pointer is refused");
        for size in [1, 20, 300] {
            // SAFETY: as above.
            let resized = unsafe { self.heap.resize(pointer, size) };
            assert_eq!(resized, Err(ResizeError::Block(error)));
        }
        assert_eq!(self.heap.usable_size(pointer), Err(error));
        assert_unchanged(&before, &self.memory.bytes());
        error
    }
}

fn a_double_free_is_refused<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    for pointer in pool.freed.clone() {
        assert_eq!(pool.refuses(pointer), FreeError::AlreadyFree);
    }
    // Merged into its neighbours, in every order, a freed block is still refused.
    for pointer in pool.kept.clone() {
        // SAFETY: live until here, freed once.
        unsafe { pool.heap.free(pointer) }.unwrap();
        pool.refuses(pointer);
    }
    for pointer in pool.freed.clone() {
        pool.refuses(pointer);
    }
    // And when the merged block has been handed out again as a whole.
    let all = pool.heap.stats().largest_free;
    let block = pool.heap.allocate(all).unwrap();
    for pointer in pool
        .kept
        .iter()
        .chain(&pool.freed)
        .copied()
        .collect::<Vec<_>>()
    {
        if pointer != block {
            pool.refuses(pointer);
        }
    }
}

fn every_address_that_is_no_block_is_refused<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    for offset in 0..=memory.size() {
        let pointer = memory.at(offset);
        if pool.kept.contains(&pointer) {
            continue;
        }
        match pool.refuses(pointer) {
            FreeError::OutOfPool => {
                assert!(offset < pool.heap.stats().overhead || offset == memory.size());
            }
            FreeError::Misaligned => assert!(!offset.is_multiple_of(C::GRANULE)),
            FreeError::AlreadyFree => assert!(
                pool.heap
                    .blocks()
                    .any(|block| block.state == State::Free && block.offset == offset)
            ),
            FreeError::NotABlock | FreeError::Corrupt(_) => {}
            other => panic!("{other}"),
        }
    }
}

fn an_address_outside_is_refused_unread<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let nowhere = |address| NonNull::new(std::ptr::without_provenance_mut(address)).unwrap();
    let base = memory.base().addr().get();
    for address in [
        1,
        8,
        4096,
        base - 8,
        base + memory.size(),
        base + memory.size() + 8,
        usize::MAX - 7,
    ] {
        assert_eq!(pool.refuses(nowhere(address)), FreeError::OutOfPool);
    }
}

fn a_block_of_another_pool_is_refused<C: Config>() {
    let (one, other) = (Memory::new(2048), Memory::new(2048));
    let mut pool = Mixed::<C>::new(&one);
    let foreign = Mixed::<C>::new(&other);
    for pointer in foreign.kept {
        assert_eq!(pool.refuses(pointer), FreeError::OutOfPool);
    }
}

/// A word in a payload that looks like a header of any size, for a block before of any size: the neighbours that it
/// claims do not know it.
fn an_interior_pointer_behind_a_plausible_word_is_refused<C: Config>() {
    const USED: u32 = 1 << 31;
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let inside = pool.kept[3].addr().get() - memory.base().addr().get() + 2 * C::GRANULE;
    for size in 0..300 {
        for previous in (0..300).step_by(7) {
            memory.set_word(inside - 4, USED | previous << 15 | size);
            // SAFETY: refused, or the test fails.
            let freed = unsafe { pool.heap.free(memory.at(inside)) };
            assert!(freed.is_err(), "size {size}, previous size {previous}");
        }
    }
    pool.heap.check().unwrap();
}

/// An overrun changes the follower's header: the next to free either of them hears of it.
fn an_overrun_is_found_at_the_block_and_at_its_follower<C: Config>() {
    for bit in 0..30 {
        let memory = Memory::new(2048);
        let mut pool = Mixed::<C>::new(&memory);
        // The used blocks number 2 and 3 stand side by side.
        let (victim, follower) = (pool.kept[1], pool.kept[2]);
        let header = follower.addr().get() - memory.base().addr().get() - 4;
        memory.set_word(header, memory.word(header) ^ 1 << bit);
        if bit < 15 {
            // The follower's own size.
            assert!(matches!(
                pool.refuses(follower),
                FreeError::Corrupt(_) | FreeError::NotABlock
            ));
        } else {
            assert!(matches!(
                pool.refuses(victim),
                FreeError::Corrupt(corruption) if corruption.broken == Broken::NextLink
            ));
            assert!(matches!(
                pool.refuses(follower),
                FreeError::Corrupt(corruption) if corruption.broken == Broken::PreviousLink
            ));
        }
        assert!(pool.heap.check().is_err());
    }
}

/// The follower looks free, but no list knows it.
fn a_cleared_used_flag_next_door_is_found<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let (victim, follower) = (pool.kept[1], pool.kept[2]);
    let header = follower.addr().get() - memory.base().addr().get() - 4;
    memory.set_word(header, memory.word(header) & !(1 << 31));
    if !common::defers::<C>() {
        // A block that is only to wait merges with nobody, so nobody asks.
        assert!(matches!(
            pool.refuses(victim),
            FreeError::Corrupt(corruption) if corruption.broken == Broken::ListLink
        ));
    }
    assert!(pool.heap.check().is_err());
}

/// A write into a freed block reaches its links: the neighbour that would merge with it says so.
fn a_write_after_free_is_found_when_the_neighbour_is_freed<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let neighbour = pool.kept[0];
    let links = pool.freed[0].addr().get() - memory.base().addr().get();
    for wild in [u32::MAX, 0x4141_4141, 1, 0x7FFF_FFFC] {
        memory.set_word(links, wild);
        memory.set_word(links + 4, wild);
        assert!(matches!(
            pool.refuses(neighbour),
            FreeError::Corrupt(corruption) if corruption.broken == Broken::ListLink
        ));
        assert!(pool.heap.check().is_err());
    }
}

/// A word that agrees with itself when repeated: a block of one granule behind a block of one granule.
fn a_payload_of_self_similar_words_holds_no_block<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let start = pool.kept[3].addr().get() - memory.base().addr().get();
    for size in 0..smallest_block::<C>() {
        let inside = start + C::GRANULE;
        for word in 0..12 {
            memory.set_word(start + 4 * word, 1 << 31 | size << 15 | size);
        }
        // SAFETY: refused, or the test fails.
        let freed = unsafe { pool.heap.free(memory.at(inside)) };
        assert!(freed.is_err(), "size {size}");
    }
    pool.heap.check().unwrap();
}

/// Granules of the smallest block: a header and two links.
fn smallest_block<C: Config>() -> u32 {
    (4 + 2 * size_of::<C::Index>()).div_ceil(C::GRANULE) as u32
}

/// Whatever stands in a header, an aligned request that has to walk the chain comes to an end.
fn a_walk_over_a_destroyed_header_ends<C: Config>() {
    for word in [0, u32::MAX, 1 << 31, 0x7FFF] {
        let memory = Memory::new(2048);
        let mut pool = Mixed::<C>::new(&memory);
        let header = pool.kept[2].addr().get() - memory.base().addr().get() - 4;
        memory.set_word(header, word);
        assert!(pool.heap.allocate_aligned(1900, 64).is_err());
        // SAFETY: not given up: it can't grow so far.
        let resized = unsafe { pool.heap.resize_aligned(pool.kept[0], 1900, 64) };
        assert!(resized.is_err());
        assert!(pool.heap.blocks().count() < 20);
        let _ = pool.heap.stats();
    }
}

/// Asking for figures is safe, whatever happened to the lists.
fn figures_of_a_damaged_pool_come_to_an_end<C: Config>() {
    let memory = Memory::new(2048);
    let pool = Mixed::<C>::new(&memory);
    let image = memory.bytes();
    let rest = pool.heap.blocks().last().unwrap().offset;
    let granule = (rest / C::GRANULE) as u32;
    for (at, word) in [
        (rest, granule | granule << 16),
        (rest, 0x4141_4141),
        (rest - 4, 0),
        (rest - 4, 0x7FFF),
        (control::summary::<C>(), u32::MAX),
        (control::bitmap::<C>(), u32::MAX),
    ] {
        let copy = Memory::copy_of(&image);
        let heap = copy.attach::<C>().unwrap();
        copy.set_word(at, word);
        let _ = heap.stats();
        let means_nothing = !C::Fit::LINKS_BLOCKS && at >= control::summary::<C>() && at < rest - 4;
        assert!(means_nothing || heap.check().is_err(), "{word:#x} at {at}");
    }
}

/// The free block before would merge, but what it says of the block before itself is wrong: nothing is written there.
fn a_slide_does_not_follow_an_unproved_link<C: Config>() {
    for claimed in 0..12 {
        let memory = Memory::new(2048);
        let mut heap = memory.heap::<C>();
        let blocks: Vec<_> = (0..6).map(|_| heap.allocate(60).unwrap()).collect();
        for block in &blocks {
            // SAFETY: a payload of this size.
            unsafe { block.write_bytes(0x5A, 60) };
        }
        // SAFETY: allocated above, freed once.
        unsafe {
            heap.free(blocks[2]).unwrap();
            heap.free(blocks[4]).unwrap();
        }
        let offset = |block: NonNull<u8>| block.addr().get() - memory.base().addr().get();
        let header = offset(blocks[2]) - 4;
        memory.set_word(
            header,
            memory.word(header) & !(0x7FFF << 15) | claimed << 15,
        );
        // SAFETY: only the pointer returned is used, if there is one.
        let _ = unsafe { heap.resize_aligned(blocks[3], 130, 16) };
        for &kept in &blocks[..2] {
            // SAFETY: a live payload.
            let contents = unsafe { std::slice::from_raw_parts(kept.as_ptr(), 60) };
            assert!(
                contents.iter().all(|&byte| byte == 0x5A),
                "claimed {claimed}"
            );
        }
    }
}

/// One byte too many, behind the last that a holder may use, changes the alignment that the block remembers.
fn an_overrun_by_one_byte_of_an_aligned_block_is_found<C: Config>() {
    for byte in [0, b'!', 0xFF] {
        let memory = Memory::new(2048);
        let mut heap = memory.heap::<C>();
        let block = heap.allocate_aligned(64, 64).unwrap();
        let usable = heap.usable_size(block).unwrap();
        // SAFETY: still inside the pool, which is what the test is about.
        unsafe { block.add(usable).write(byte) };
        assert_eq!(heap.check().unwrap_err().broken, Broken::Alignment);
        // SAFETY: refused.
        let resized = unsafe { heap.resize(block, 400) };
        assert!(resized.is_err());
    }
}

#[test]
fn a_double_free_is_told_as_such_in_pools_of_large_blocks() {
    let memory = Memory::new(300 * 1024);
    let mut heap = memory.heap::<litepool::config::Pool32>();
    for size in [100, 200_000] {
        let block = heap.allocate(size).unwrap();
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(block) }.unwrap();
        // SAFETY: refused.
        assert_eq!(unsafe { heap.free(block) }, Err(FreeError::AlreadyFree));
    }
}

/// Every single bit of everything that is not payload, one at a time: `check` and the walk come to an end, and
/// what changes the structure is found.
fn the_check_survives_and_finds_every_flip<C: Config>() {
    let memory = Memory::new(1536);
    let pool = Mixed::<C>::new(&memory);
    let image = memory.bytes();
    let payload = |at: usize| {
        pool.heap.blocks().any(|block| {
            // A free block's payload begins with its links or its seal, which count as structure.
            let skipped = if block.state == State::Free {
                links::<C>()
            } else {
                0
            };
            (block.offset + skipped..block.offset + block.size - 4).contains(&at)
        })
    };
    let mut missed = Vec::new();
    for bit in 0..image.len() * 8 {
        let at = bit / 8;
        if payload(at) || padding::<C>(&pool.heap, at) {
            continue;
        }
        let mut flipped = image.clone();
        flipped[at] ^= 1 << (bit % 8);
        let copy = Memory::copy_of(&flipped);
        let found = copy.attach::<C>().is_err();
        if !found {
            missed.push(bit);
        }
    }
    // A larger peak, another count of failures and another number of the next allocation can't be told from true ones; the
    // aligned flag of a used block neither.
    for bit in missed {
        let harmless = [control::NOTHING, control::PEAK, control::FAILURES]
            .iter()
            .any(|range| range.contains(&(bit / 8)))
            || control::is_number_or_peak::<C>(bit / 8);
        assert!(
            harmless || is_aligned_flag::<C>(&pool.heap, bit),
            "bit {bit} of byte {}",
            bit / 8
        );
    }
}

/// Bytes between the control block and the first header, which mean nothing.
fn padding<C: Config>(heap: &Heap<'_, C>, at: usize) -> bool {
    let first = heap.blocks().next().unwrap().offset;
    at < first - 4 && at >= first - 4 - C::GRANULE && at > control::bitmap::<C>()
}

fn is_aligned_flag<C: Config>(heap: &Heap<'_, C>, bit: usize) -> bool {
    heap.blocks()
        .any(|block| block.state == State::Used && bit == (block.offset - 1) * 8 + 6)
}

/// Bytes of a free block's list links, or of its seal.
fn links<C: Config>() -> usize {
    if C::Fit::LINKS_BLOCKS {
        2 * size_of::<C::Index>()
    } else {
        4
    }
}

/// Damage of every kind that a list can take: the check says so and comes to an end.
fn damaged_lists_are_found<C: Config>() {
    let width = size_of::<C::Index>();
    let memory = Memory::new(2048);
    let pool = Mixed::<C>::new(&memory);
    let offset = |pointer: NonNull<u8>| pointer.addr().get() - memory.base().addr().get();
    let (free, used) = (offset(pool.freed[0]), offset(pool.kept[0]));
    let granule = |offset: usize| (offset / C::GRANULE) as u32;
    let far = (memory.size() / C::GRANULE) as u32;
    let image = memory.bytes();
    for link in (free..free + links::<C>()).step_by(width) {
        // A cycle, a link to a used block, one past the end, one into the control block, a wild one.
        for target in [granule(free), granule(used), far, 1, 0x7F7F] {
            let copy = Memory::copy_of(&image);
            let bytes = target.to_le_bytes();
            for (at, &byte) in bytes[..width].iter().enumerate() {
                // SAFETY: inside the memory.
                unsafe { copy.at(link + at).write(byte) };
            }
            if copy.bytes() != image {
                assert!(copy.attach::<C>().is_err(), "link at {link} to {target}");
            }
        }
    }
    // A size of zero; an emptied bitmap.
    let bitmaps = if C::Fit::LINKS_BLOCKS {
        &[(control::summary::<C>(), 0), (control::bitmap::<C>(), 0)][..]
    } else {
        &[]
    };
    for &(at, word) in [(free - 4, 0), (used - 4, 1 << 31)].iter().chain(bitmaps) {
        let copy = Memory::copy_of(&image);
        copy.set_word(at, word);
        assert!(copy.attach::<C>().is_err(), "word {word} at {at}");
    }
}

/// Without [`Config::EXPLAIN`], exactly the same pointers are refused, only without a reason.
fn the_same_is_refused_without_reasons<F: Fit>() {
    let (memory, twin) = (Memory::new(2048), Memory::new(2048));
    let pool = Mixed::<Standard<F, u16, 4>>::new(&memory);
    let mut silent = Mixed::<Compact<F, u16, 4, { 64 << 10 }>>::new(&twin);
    let refused = (0..=memory.size()).filter(|&offset| {
        let expected = pool.heap.usable_size(memory.at(offset));
        let found = silent.heap.usable_size(twin.at(offset));
        assert_eq!(found, expected.map_err(|_| FreeError::NotABlock));
        if expected.is_err() {
            assert_eq!(silent.refuses(twin.at(offset)), FreeError::NotABlock);
        }
        expected.is_err()
    });
    let blocks = memory.size() + 1 - refused.count();
    assert_eq!(blocks, silent.kept.len());

    let aligned = silent.heap.allocate_aligned(40, 64).unwrap();
    // SAFETY: a block of ours, which stays.
    let resized = unsafe { silent.heap.resize(aligned, 4000) };
    if F::RESIZES_ALIGNED {
        assert!(matches!(resized, Err(ResizeError::Alloc(_))));
    } else {
        assert_eq!(resized, Err(ResizeError::AlignedBlock));
    }
    assert!(matches!(
        silent.heap.allocate(4000),
        Err(AllocError::Exhausted {
            request: 4000,
            largest_free: 0,
            ..
        })
    ));
    assert_eq!(silent.heap.allocate(0), Err(AllocError::ZeroSize));
    // SAFETY: allocated above.
    unsafe { silent.heap.free(aligned) }.unwrap();
    silent.heap.check().unwrap();
    pool.heap.check().unwrap();
}

#[test]
fn the_same_is_refused_without_reasons_by_each_fit() {
    the_same_is_refused_without_reasons::<Tlsf>();
    the_same_is_refused_without_reasons::<BestFit>();
    the_same_is_refused_without_reasons::<BestFitLittle>();
}

for_every_fit!(double_free, a_double_free_is_refused);
for_every_fit!(no_block, every_address_that_is_no_block_is_refused);
for_every_fit!(outside, an_address_outside_is_refused_unread);
for_every_fit!(
    plausible,
    an_interior_pointer_behind_a_plausible_word_is_refused
);
for_every_fit!(other_pool, a_block_of_another_pool_is_refused);
for_every_fit!(
    overrun,
    an_overrun_is_found_at_the_block_and_at_its_follower
);
for_every_fit!(used_flag, a_cleared_used_flag_next_door_is_found);
for_every_fit!(
    after_free,
    a_write_after_free_is_found_when_the_neighbour_is_freed
);
for_every_fit!(flips, the_check_survives_and_finds_every_flip);
for_every_fit!(lists, damaged_lists_are_found);
for_every_fit!(self_similar, a_payload_of_self_similar_words_holds_no_block);
for_every_fit!(destroyed_header, a_walk_over_a_destroyed_header_ends);
for_every_fit!(damaged_figures, figures_of_a_damaged_pool_come_to_an_end);
for_every_fit!(unproved_link, a_slide_does_not_follow_an_unproved_link);
for_every_fit!(
    overrun_of_alignment,
    an_overrun_by_one_byte_of_an_aligned_block_is_found
);
