//! `Check::Hardened`: whatever single bit of a pool is flipped, no operation does harm. `Check::Whole`: none is done at all.
//!
//! Debug builds check every access besides, so that one outside the pool is a panic here.

mod common;

use std::ptr::NonNull;

use common::Memory;
use litepool::config::{
    Deferred, Expanding, Fast, Fixed, Hardened, Lean, Standard, WithRecord, WithSlab,
};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::record::{CallSites, Owner};
use litepool::{AllocError, Broken, Check, Config, FreeError, Heap, ResizeError, State};

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
    no_flip_does_harm_to_pools_of::<C>(4096);
}

fn no_flip_does_harm_to_pools_of<C: Config>(bytes: usize) {
    let memory = Memory::new(bytes);
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

#[test]
fn no_flip_does_harm_to_a_slab() {
    no_flip_does_harm_to_pools_of::<Hardened<WithSlab<Tlsf, u16, 4, Expanding>>>(8192);
}

#[test]
fn no_flip_does_harm_to_a_slab_that_never_grows() {
    no_flip_does_harm_to_pools_of::<Hardened<WithSlab<BestFitLittle, u32, 8, Fixed>>>(8192);
}

#[test]
fn no_flip_does_harm_to_a_slab_with_deferred_merging() {
    no_flip_does_harm_to_pools_of::<Hardened<Deferred<WithSlab<BestFit, u32, 4, Lean>>>>(8192);
}

#[test]
fn no_flip_does_harm_to_a_slab_that_keeps_spares() {
    no_flip_does_harm_to_pools_of::<Hardened<WithSlab<Tlsf, u32, 8, Fast>>>(8192);
}

type Remembered = (Owner<4, 4>, CallSites<1>);

#[test]
fn no_flip_does_harm_to_blocks_with_records() {
    no_flip_does_harm::<Hardened<WithRecord<Standard<Tlsf, u16, 4>, Remembered>>>();
}

#[test]
fn no_flip_does_harm_to_a_slab_with_records() {
    no_flip_does_harm_to_pools_of::<Hardened<WithRecord<WithSlab<Tlsf, u32, 8, Fast>, Remembered>>>(
        8192,
    );
}

type Slabbed = WithSlab<Tlsf, u32, 4, Fixed>;

/// A chunk begins on a multiple of this, with a bit for each free slot.
const CHUNK: usize = 512;

/// Where the chunk begins that `object` stands in.
fn chunk_of(memory: &Memory, object: NonNull<u8>) -> usize {
    (object.addr().get() - memory.base().addr().get()) / CHUNK * CHUNK
}

/// Where the byte of the chunk map for the chunk stands.
fn map_byte_of<C: Config>(memory: &Memory, heap: &Heap<'_, C>, chunk: usize) -> usize {
    let first = heap.blocks().next().unwrap().offset;
    // The map grows down from the first header, a byte for each place of a chunk.
    let at = first - 4 - 1 - chunk / CHUNK;
    assert_ne!(memory.bytes()[at], 0, "a chunk stands there");
    at
}

fn flip(memory: &Memory, at: usize, bits: u8) {
    let word = at & !3;
    memory.set_word(word, memory.word(word) ^ u32::from(bits) << (at % 4 * 8));
}

/// Refuses every operation on an object in the damaged chunk, and changes nothing.
fn refuses<C: Config>(memory: &Memory, heap: &mut Heap<'_, C>, object: NonNull<u8>, chunk: usize) {
    let before = memory.bytes();
    // SAFETY: refused.
    let (freed, resized) = unsafe { (heap.free(object), heap.resize(object, 100)) };
    let is_damage = |error: FreeError| {
        matches!(error, FreeError::Corrupt(damage)
            if damage.broken == Broken::Chunk && damage.block == chunk)
    };
    assert!(is_damage(freed.unwrap_err()));
    assert!(matches!(resized.unwrap_err(), ResizeError::Block(error) if is_damage(error)));
    // SAFETY: refused.
    let in_place = unsafe { heap.resize(object, 10) };
    assert!(in_place.is_err(), "not even in place");
    assert!(heap.usable_size(object).is_err());
    assert!(memory.bytes() == before, "the heap is unchanged");
    assert_eq!(heap.check().unwrap_err().broken, Broken::Chunk);
}

#[test]
fn a_slot_too_many_among_the_free_ones_is_not_handed_out() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<Slabbed>>();
    let held: Vec<_> = (0..3).map(|_| heap.allocate(20).unwrap()).collect();
    let chunk = chunk_of(&memory, held[0]);
    flip(&memory, chunk, 0b010);
    for _ in 0..20 {
        let block = heap.allocate(20).unwrap();
        assert!(!held.contains(&block));
        assert_ne!(
            chunk_of(&memory, block),
            chunk,
            "the chunk serves no request"
        );
    }
    for &object in &held {
        refuses(&memory, &mut heap, object, chunk);
    }
    // Mended, all is well.
    flip(&memory, chunk, 0b010);
    for object in held {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(object) }.unwrap();
    }
}

#[test]
fn other_chunks_of_the_class_go_on_serving() {
    let memory = Memory::new(200_000);
    let mut heap = memory.heap::<Hardened<WithSlab<Tlsf, u32, 4, Expanding>>>();
    let held: Vec<_> = (0..42).map(|_| heap.allocate(32).unwrap()).collect();
    let chunks: Vec<_> = [0, 14, 28].map(|n| chunk_of(&memory, held[n])).into();
    // Now all three are in the ring.
    for object in [held[0], held[14], held[28]] {
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(object) }.unwrap();
    }
    flip(&memory, chunks[0], 0b10);
    let served: Vec<_> = (0..2)
        .map(|_| chunk_of(&memory, heap.allocate(32).unwrap()))
        .collect();
    assert_eq!(served, chunks[1..]);
}

#[test]
fn a_map_that_names_another_class_is_not_believed() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<Slabbed>>();
    // An object that begins where one of the other class could.
    let held = [32, 32, 16].map(|size| heap.allocate(size).unwrap());
    let chunk = chunk_of(&memory, held[0]);
    let at = map_byte_of(&memory, &heap, chunk);
    assert_eq!(memory.bytes()[at], 2, "the second class");
    flip(&memory, at, 3);
    assert_eq!(memory.bytes()[at], 1, "the first class");
    for object in &held[..2] {
        refuses(&memory, &mut heap, *object, chunk);
    }
    let block = heap.allocate(32).unwrap();
    assert_ne!(
        chunk_of(&memory, block),
        chunk,
        "the chunk serves no request"
    );
    // SAFETY: allocated above, freed once; its chunk is whole.
    unsafe { heap.free(held[2]) }.unwrap();
}

#[test]
fn a_map_that_names_a_chunk_where_there_is_none_is_not_believed() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<Hardened<WithSlab<Tlsf, u32, 4, Lean>>>();
    let block = heap.allocate(2000).unwrap();
    // SAFETY: a payload of this size.
    unsafe { block.write_bytes(0, 2000) };
    let object = heap.allocate(8).unwrap();
    let at = map_byte_of(&memory, &heap, chunk_of(&memory, object));
    let distance = (chunk_of(&memory, object) - chunk_of(&memory, block)) / CHUNK;
    assert!(distance > 0);
    flip(&memory, at + distance, 1);
    // SAFETY: refused.
    let refused = unsafe { heap.free(block) };
    assert!(matches!(
        refused,
        Err(FreeError::Corrupt(damage)) if damage.broken == Broken::Chunk
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
        let mut heap =
            memory.heap::<Hardened<WithRecord<WithSlab<Tlsf, u32, 4, Lean>, Owner<4, 4>>>>();
        let [place, next, growing] = [2000, 700, 700].map(|size| heap.allocate(size).unwrap());
        let next = Holding::fill(next, 700, 0x11);
        let growing = Holding::fill(growing, 700, 0x22);
        let _behind = heap.allocate(100).unwrap();
        let object = heap.allocate(8).unwrap();
        let at = map_byte_of(&memory, &heap, chunk_of(&memory, object));
        let distance = (chunk_of(&memory, object) - chunk_of(&memory, place)) / CHUNK;
        // SAFETY: allocated above, freed once.
        unsafe { heap.free(place) }.unwrap();
        flip(&memory, at + distance, 1 << bit);
        // SAFETY: a live block; only the pointer returned is used.
        let moved = unsafe { heap.resize(growing.pointer, 1900) }.unwrap();
        assert_eq!(moved, place, "the place of which the map is wrong");
        let moved = Holding {
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
                held.push(Holding::fill(block, size, size as u8));
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
    assert!(held.iter().all(Holding::is_intact));
}

#[test]
fn a_pool_with_a_slab_is_opened_with_more_checks_and_with_fewer() {
    opens_what_the_other_made::<Hardened<Slabbed>, Slabbed>();
    opens_what_the_other_made::<Slabbed, Hardened<Slabbed>>();
    opens_what_the_other_made::<
        Hardened<WithSlab<BestFit, u32, 8, Fast>>,
        WithSlab<BestFit, u32, 8, Fast>,
    >();
    opens_what_the_other_made::<
        WithSlab<BestFit, u16, 4, Lean>,
        Hardened<WithSlab<BestFit, u16, 4, Lean>>,
    >();
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
        let refused = FreeError::Corrupt(damage);
        assert_eq!(heap.free(first), Err(refused));
        assert_eq!(heap.resize(first, 10), Err(ResizeError::Block(refused)));
    }
    memory.set_word(header, memory.word(header) ^ 1 << 16);
    // SAFETY: allocated above, freed once.
    unsafe { heap.free(first) }.unwrap();
    heap.allocate(10).unwrap();
}
