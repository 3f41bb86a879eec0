//! Bad pointers and damaged pools: a typed error, and a heap that did not change.

mod common;

use std::ptr::NonNull;

use common::{Memory, assert_unchanged, control};
use litepool::fit::Fit;
use litepool::{Broken, Config, FreeError, Heap, ResizeError, State};

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
    assert!(matches!(
        pool.refuses(victim),
        FreeError::Corrupt(corruption) if corruption.broken == Broken::ListLink
    ));
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
    // A larger peak and another count of failures can't be told from true ones; the aligned flag of a used block
    // neither.
    for bit in missed {
        let harmless = [control::NOTHING, control::PEAK, control::FAILURES]
            .iter()
            .any(|range| range.contains(&(bit / 8)));
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
    at < first - 4 && at >= first - 4 - C::GRANULE && at > control::BITMAP
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
        &[(control::SUMMARY, 0), (control::BITMAP, 0)][..]
    } else {
        &[]
    };
    for &(at, word) in [(free - 4, 0), (used - 4, 1 << 31)].iter().chain(bitmaps) {
        let copy = Memory::copy_of(&image);
        copy.set_word(at, word);
        assert!(copy.attach::<C>().is_err(), "word {word} at {at}");
    }
}

for_every_config!(double_free, a_double_free_is_refused);
for_every_config!(no_block, every_address_that_is_no_block_is_refused);
for_every_config!(outside, an_address_outside_is_refused_unread);
for_every_config!(
    plausible,
    an_interior_pointer_behind_a_plausible_word_is_refused
);
for_every_config!(other_pool, a_block_of_another_pool_is_refused);
for_every_config!(
    overrun,
    an_overrun_is_found_at_the_block_and_at_its_follower
);
for_every_config!(used_flag, a_cleared_used_flag_next_door_is_found);
for_every_config!(
    after_free,
    a_write_after_free_is_found_when_the_neighbour_is_freed
);
for_every_config!(flips, the_check_survives_and_finds_every_flip);
for_every_config!(lists, damaged_lists_are_found);
