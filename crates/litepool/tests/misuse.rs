//! Bad pointers and damaged pools: a typed error, and a heap that did not change.

mod common;

use std::ptr::NonNull;

use common::chain::seal;
use common::{Memory, assert_unchanged, control, has_links, link, seal_bits};
use litepool::fit::{BestFit, Fit, Tlsf};
use litepool::{AllocError, Broken, Config, FreeError, Heap, ResizeError, State};
use litepool_testing::config::{Hardened, Large, Standard};

const USED: u32 = 1 << 31;
const PREVIOUS_FREE: u32 = 1 << 30;

/// With fewer bits of seal than these, a wrong header is not sure to be found.
const ENOUGH: u32 = 7;

/// A pool with used and free blocks side by side: used blocks `kept`, in order, with free ones in between.
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
        // A block that is one, but whose neighbours are damaged, may keep its place.
        let sizes = match error {
            FreeError::Corrupt(_) => &[300][..],
            _ => &[1, 20, 300],
        };
        for &size in sizes {
            // SAFETY: as above.
            let resized = unsafe { self.heap.resize(pointer, size) };
            assert_eq!(resized, Err(ResizeError::Block(error)));
        }
        let usable = self.heap.usable_size(pointer);
        assert!(usable.is_ok() == matches!(error, FreeError::Corrupt(_)) || usable == Err(error));
        let after = self.memory.bytes();
        match error {
            // A free block that was in the way may be the last of its list now.
            FreeError::Corrupt(_) => {
                for block in &self.kept {
                    let offset = block.addr().get() - self.memory.base().addr().get();
                    let used = offset - 4..offset + 20;
                    assert_eq!(before[used.clone()], after[used]);
                }
            }
            _ => assert_unchanged(&before, &after),
        }
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
    // And when the merged block has been allocated again as a whole.
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

/// A word in a payload that looks like a header of any size, behind a block that is free or not, with
/// any seal but the one that tells where such a block would end.
fn an_interior_pointer_behind_a_plausible_word_is_refused<C: Config>() {
    if seal_bits::<C>() < ENOUGH {
        return;
    }
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let inside = pool.kept[3].addr().get() - memory.base().addr().get() + 2 * C::GRANULE;
    let size_bits = 29 - seal_bits::<C>();
    for size in 0..300 {
        let right = seal((inside / C::GRANULE) as u32, size, size_bits);
        for wrong in (1..1 << seal_bits::<C>()).step_by(5) {
            let flag = if wrong % 2 == 0 { PREVIOUS_FREE } else { 0 };
            memory.set_word(
                inside - 4,
                USED | flag | (right ^ wrong) << size_bits | size,
            );
            // SAFETY: refused, or the test fails.
            let freed = unsafe { pool.heap.try_free(memory.at(inside)) };
            assert!(!freed, "size {size}, seal {right} ^ {wrong}");
        }
    }
    pool.heap.check().unwrap();
}

/// An overrun changes the follower's header: the next to free either of them hears of it.
fn an_overrun_is_found_at_the_block_and_at_its_follower<C: Config>() {
    if seal_bits::<C>() < ENOUGH {
        return;
    }
    for bit in 0..31 {
        let memory = Memory::new(2048);
        let mut pool = Mixed::<C>::new(&memory);
        // The used blocks number 2 and 3 stand side by side.
        let (victim, follower) = (pool.kept[1], pool.kept[2]);
        let header = follower.addr().get() - memory.base().addr().get() - 4;
        memory.set_word(header, memory.word(header) ^ 1 << bit);
        let expected = if 1 << bit == PREVIOUS_FREE {
            Broken::PreviousFree
        } else {
            Broken::Seal
        };
        for block in [victim, follower] {
            assert!(matches!(
                pool.refuses(block),
                FreeError::Corrupt(corruption) if corruption.broken == expected
            ));
        }
        assert!(pool.heap.check().is_err());
    }
}

/// The follower looks free, but no list knows it, nor the block behind it.
fn a_cleared_used_flag_next_door_is_found<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let (victim, follower) = (pool.kept[1], pool.kept[2]);
    let header = follower.addr().get() - memory.base().addr().get() - 4;
    memory.set_word(header, memory.word(header) & !USED);
    assert!(matches!(
        pool.refuses(victim),
        FreeError::Corrupt(corruption)
            if matches!(corruption.broken, Broken::ListLink | Broken::Footer)
    ));
    assert!(pool.heap.check().is_err());
}

/// A write into a freed block reaches its links: the neighbour that would merge with it says so.
fn a_write_after_free_is_found_when_the_neighbour_is_freed<C: Config>() {
    if !has_links::<C>() {
        return;
    }
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

/// A word that tells where a block would end, repeated: the one behind can't tell that as well.
fn a_payload_of_self_similar_words_holds_no_block<C: Config>() {
    if seal_bits::<C>() < ENOUGH {
        return;
    }
    let size_bits = 29 - seal_bits::<C>();
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let start = pool.kept[3].addr().get() - memory.base().addr().get();
    let inside = start + C::GRANULE;
    for size in 0..6 {
        let seal = seal((inside / C::GRANULE) as u32, size, size_bits);
        for word in 0..12 {
            memory.set_word(start + 4 * word, USED | seal << size_bits | size);
        }
        // SAFETY: refused, or the test fails.
        let freed = unsafe { pool.heap.free(memory.at(inside)) };
        assert!(freed.is_err(), "size {size}");
    }
    pool.heap.check().unwrap();
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
        (control::summary(&image), u32::MAX),
        (control::bitmap(&image), u32::MAX),
    ] {
        let copy = Memory::copy_of(&image);
        let heap = copy.attach::<C>().unwrap();
        copy.set_word(at, word);
        let _ = heap.stats();
        let means_nothing = !has_links::<C>() && (at >= rest || at < rest - 4);
        assert!(means_nothing || heap.check().is_err(), "{word:#x} at {at}");
    }
}

/// The free block before would merge, but its last word tells of another one: nothing is written
/// there.
fn a_slide_does_not_follow_an_unproved_footer<C: Config>() {
    for claimed in (0..60).chain([1 << 16, 1 << 31, u32::MAX]) {
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
        memory.set_word(offset(blocks[3]) - 8, claimed);
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

/// One byte too many, behind the last that an owner may use, changes the alignment that the block remembers.
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
            let end = block.offset + block.size - 4;
            match block.state {
                // A free block's payload begins with its links, if it is in a list, and ends with
                // its footer, which count as structure.
                State::Free => {
                    let is_pending = is_pending::<C>(&image, block.offset);
                    let links = if is_pending { 0 } else { links::<C>() };
                    (block.offset + links..end - 4).contains(&at)
                }
                _ => (block.offset..end).contains(&at),
            }
        })
    };
    let mut missed = Vec::new();
    for bit in 0..image.len() * 8 {
        let at = bit / 8;
        if payload(at) || padding(&pool.heap, &image, at) {
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
    // A larger peak, other figures of failures and another number of the next allocation can't be
    // told from true ones; and any level of proof opens a pool.
    for bit in missed {
        let harmless = control::PEAK.contains(&(bit / 8))
            || control::is_of_failures(bit / 8)
            || bit == 8 * control::ALGORITHM + 7
            || control::is_number_or_peak(&image, bit / 8);
        assert!(harmless, "bit {} of byte {}", bit % 8, bit / 8);
    }
}

/// Bytes between the control block and the first header, which mean nothing.
fn padding<C: Config>(heap: &Heap<'_, C>, image: &[u8], at: usize) -> bool {
    let first = heap.blocks().next().unwrap().offset;
    at < first - 4 && at >= first - 4 - C::GRANULE && at >= control::summary(image)
}

/// Is the block the one that is in no list?
fn is_pending<C: Config>(image: &[u8], offset: usize) -> bool {
    common::chain::word(image, control::PENDING) as usize == offset / C::GRANULE
}

/// Bytes of a free block's links in its list.
fn links<C: Config>() -> usize {
    if has_links::<C>() { 2 * link::<C>() } else { 0 }
}

/// Damage of every kind that a list can take: the check says so and comes to an end.
fn damaged_lists_are_found<C: Config>() {
    let width = link::<C>();
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
    let bitmaps = [(control::summary(&image), 0), (control::bitmap(&image), 0)];
    let bitmaps = if has_links::<C>() { &bitmaps[..] } else { &[] };
    for &(at, word) in [(free - 4, 0), (used - 4, 1 << 31)].iter().chain(bitmaps) {
        let copy = Memory::copy_of(&image);
        copy.set_word(at, word);
        if copy.bytes() != image {
            assert!(copy.attach::<C>().is_err(), "word {word} at {at}");
        }
    }
}

/// Who does not ask for a reason is refused exactly the same.
fn the_same_is_refused_without_reasons<C: Config>() {
    let memory = Memory::new(2048);
    let mut pool = Mixed::<C>::new(&memory);
    let image = memory.bytes();
    for offset in 0..=memory.size() {
        let pointer = memory.at(offset);
        if pool.heap.usable_size(pointer).is_ok() {
            assert!(pool.kept.contains(&pointer));
            continue;
        }
        // SAFETY: refused.
        unsafe {
            assert!(!pool.heap.try_free(pointer));
            assert_eq!(pool.heap.try_resize(pointer, 8, None), None);
            assert_eq!(pool.heap.try_resize(pointer, 8, Some(64)), None);
        }
    }
    assert_eq!(pool.heap.try_allocate(0, 1), None);
    assert_eq!(pool.heap.try_allocate(8, 3), None);
    assert_eq!(memory.bytes(), image, "not even a failure is counted");
    assert_eq!(pool.heap.try_allocate(4000, 1), None);
    assert_eq!(pool.heap.try_allocate(4000, 64), None);
    assert_eq!(pool.heap.stats().failures, 2);
    assert_unchanged(&image, &memory.bytes());

    let aligned = pool.heap.try_allocate(40, 64).unwrap();
    // SAFETY: a block of ours, which stays.
    let (tried, resized) = unsafe {
        (
            pool.heap.try_resize(aligned, 4000, None),
            pool.heap.resize(aligned, 4000),
        )
    };
    assert_eq!(tried, None);
    if C::Fit::RESIZES_ALIGNED {
        let exhausted = AllocError::Exhausted { request: 4000 };
        assert_eq!(resized, Err(ResizeError::Alloc(exhausted)));
    } else {
        assert_eq!(resized, Err(ResizeError::AlignedBlock));
    }
    // SAFETY: allocated above.
    assert!(unsafe { pool.heap.try_free(aligned) });
    pool.heap.check().unwrap();
}

for_every_fit!(without_reasons, the_same_is_refused_without_reasons);
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
for_every_fit!(unproved_footer, a_slide_does_not_follow_an_unproved_footer);
for_every_fit!(
    overrun_of_alignment,
    an_overrun_by_one_byte_of_an_aligned_block_is_found
);

fn a_block_before_a_corrupt_free_one_keeps_its_size<C: Config>() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<C>();
    let block = heap.allocate(400).unwrap();
    let behind = heap.allocate(200).unwrap();
    let _last = heap.allocate(8).unwrap();
    // SAFETY: a live block.
    unsafe { heap.free(behind) }.unwrap();
    // Its footer, overwritten.
    let offset = behind.addr().get() - memory.base().addr().get();
    let info = heap.blocks().find(|info| info.offset == offset).unwrap();
    memory.set_word(info.offset + info.size - 8, 1);
    let before: Vec<_> = heap.blocks().collect();
    for size in [100, 500] {
        // SAFETY: a live block, which stays.
        let error = unsafe { heap.resize(block, size) }.unwrap_err();
        let ResizeError::Block(FreeError::Corrupt(corruption)) = error else {
            panic!("{error:?}");
        };
        assert_eq!(corruption.broken, Broken::Footer);
    }
    assert!(heap.blocks().eq(before));
    assert_eq!(heap.check().unwrap_err().broken, Broken::Footer);
}

#[test]
fn a_block_before_a_corrupt_free_one_does_not_change() {
    a_block_before_a_corrupt_free_one_keeps_its_size::<Hardened<Standard<Tlsf, Large, 8>>>();
    a_block_before_a_corrupt_free_one_keeps_its_size::<Hardened<Standard<BestFit, Large, 4>>>();
}

/// A reallocation for which there is no room says so in constant time, and so without a look at
/// what else the pool has.
#[test]
fn a_reallocation_without_room_looks_at_no_other_blocks() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<Hardened<Standard<Tlsf, Large, 4>>>();
    let [broken, _, kept] = [100, 100, 100].map(|size| heap.allocate(size).unwrap());
    let offset = |block: NonNull<u8>| block.addr().get() - memory.base().addr().get();
    memory.set_word(offset(broken) - 4, USED | 1);
    // SAFETY: the block is ours.
    let refused = unsafe { heap.resize(kept, 5000) };
    let error = AllocError::Exhausted { request: 5000 };
    assert_eq!(refused, Err(ResizeError::Alloc(error)));
}
