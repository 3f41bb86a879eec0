//! What the slab promises: objects without a header, exhausted classes, slabs that come and go, bad pointers, corruption.

mod common;

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use common::{Memory, assert_unchanged};
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::slab::Slab;
use litepool::{AllocError, AttachError, Config, FreeError, Heap, ResizeError, State};
use litepool_testing::config::{
    Expanding, Fast, Fixed, Large, Lean, Odd, Slabs, Small, Standard, WithSlab, Without,
};

/// `LiteOS`'s classes and the objects of each that its 512 bytes hold.
const LITEOS: [(usize, usize); 4] = [(16, 29), (32, 14), (64, 7), (128, 3)];

/// Allocates and remembers `count` objects of `size` bytes.
fn allocate_many<C: Config>(heap: &mut Heap<'_, C>, size: usize, count: usize) -> Vec<NonNull<u8>> {
    (0..count).map(|_| heap.allocate(size).unwrap()).collect()
}

fn free<C: Config>(heap: &mut Heap<'_, C>, pointer: NonNull<u8>) {
    // SAFETY: the tests free only what they allocated, and use it no more.
    unsafe { heap.free(pointer) }.unwrap();
}

fn free_all<C: Config>(heap: &mut Heap<'_, C>, pointers: Vec<NonNull<u8>>) {
    for pointer in pointers {
        free(heap, pointer);
    }
}

/// Does an object or a block of its own stand at `pointer`?
fn in_slab<C: Config>(memory: &Memory, heap: &Heap<'_, C>, pointer: NonNull<u8>) -> bool {
    let offset = pointer.addr().get() - memory.base().addr().get();
    let found = heap
        .blocks()
        .find(|block| block.offset == offset && block.state != State::Slab);
    found.unwrap().in_slab
}

fn an_object_costs_its_class_and_nothing_else<C: Config>() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<C>();
    for (class, count) in LITEOS {
        let before = heap.stats();
        let objects = allocate_many(&mut heap, class - 3, count);
        let after = heap.stats();
        assert_eq!(after.used - before.used, class * count);
        assert_eq!(after.overhead, before.overhead);
        assert_eq!(after.used_blocks - before.used_blocks, count);
        assert_eq!(after.free_in_slabs + class * count, before.free_in_slabs);
        // Side by side, in one slab.
        let mut addresses: Vec<_> = objects.iter().map(|object| object.addr().get()).collect();
        addresses.sort_unstable();
        assert!(addresses.windows(2).all(|pair| pair[1] - pair[0] == class));
        heap.check().unwrap();
    }
}

/// It does not go to a larger class, although that has room.
fn an_exhausted_class_without_expansion_goes_to_the_fit<F: Fit>() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<WithSlab<Standard<F, Small, 4>, Fixed>>();
    let slabs = heap.stats().slabs;
    for (class, count) in LITEOS {
        let objects = allocate_many(&mut heap, class, count);
        let next = heap.allocate(class).unwrap();
        assert!(!in_slab(&memory, &heap, next), "class {class}");
        assert!(
            objects
                .iter()
                .all(|&object| in_slab(&memory, &heap, object))
        );
        // A slot that is free again is taken again.
        free(&mut heap, objects[0]);
        assert_eq!(heap.allocate(class), Ok(objects[0]));
    }
    assert_eq!(heap.stats().slabs, slabs);
    heap.check().unwrap();
}

fn an_expanding_slab_gives_every_extra_slab_back<C: Config>() {
    let memory = Memory::new(200_000);
    let mut heap = memory.heap::<C>();
    let fresh = heap.stats();
    let mut objects = Vec::new();
    for round in 0..600 {
        let size = LITEOS[round % 4].0 - round % 8;
        let object = heap.allocate(size).unwrap();
        assert!(in_slab(&memory, &heap, object));
        objects.push(object);
    }
    assert!(heap.stats().slabs > fresh.slabs + 3);
    heap.check().unwrap();
    // Every other one first, so that slabs empty in a mixed order.
    for keep in [1, 0] {
        for number in (keep..objects.len()).step_by(2) {
            free(&mut heap, objects[number]);
        }
        heap.check().unwrap();
    }
    heap.trim();
    let last = heap.stats();
    assert_eq!(
        (last.slabs, last.slab_bytes, last.used, last.free),
        (fresh.slabs, fresh.slab_bytes, 0, fresh.free)
    );
}

/// The empty slabs that a fast slab keeps stand in no request's way.
#[test]
fn empty_slabs_go_when_a_request_needs_their_memory() {
    let memory = Memory::new(400_000);
    let mut heap = memory.heap::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>();
    let largest = heap.stats().largest_free;
    let objects: Vec<_> = [20, 60, 250, 500]
        .map(|size| heap.allocate(size).unwrap())
        .into();
    free_all(&mut heap, objects);
    let kept = heap.stats();
    assert!(kept.slabs > 0 && kept.largest_free < largest);
    let all = heap.allocate(largest).expect("as in a new pool");
    assert_eq!(heap.stats().slabs, 0);
    free(&mut heap, all);
    assert!(!heap.trim(), "none is left");
    // The same for aligned requests.
    let object = heap.allocate(100).unwrap();
    free(&mut heap, object);
    assert!(heap.trim());
    let object = heap.allocate(100).unwrap();
    free(&mut heap, object);
    heap.allocate_aligned(largest - 200, 64).unwrap();
    assert_eq!(heap.stats().slabs, 0);
    heap.check().unwrap();
}

/// Nor do they go for a request that nothing could serve.
#[test]
fn empty_slabs_stay_when_a_request_is_none() {
    let memory = Memory::new(400_000);
    let mut heap = memory.heap::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>();
    let object = heap.allocate(100).unwrap();
    free(&mut heap, object);
    for (size, align) in [(0, 1), (0, 16), (0, 64), (100, 3), (100, 48), (0, 0)] {
        assert!(heap.try_allocate(size, align).is_none());
    }
    for align in [1, 16, 64] {
        for size in [400_001, usize::MAX - 2, usize::MAX] {
            assert!(heap.try_allocate(size, align).is_none());
        }
    }
    assert_eq!(heap.stats().slabs, 1);
}

fn every_pointer_into_a_slab_that_is_no_object_is_refused<C: Config>() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<C>();
    let mut live = Vec::new();
    for (class, count) in LITEOS {
        let mut objects = allocate_many(&mut heap, class, count / 2 + 1);
        let freed = objects.pop().unwrap();
        free(&mut heap, freed);
        live.extend(objects);
        assert_refused(&mut heap, &memory, freed, FreeError::AlreadyFree);
    }
    let slabs: Vec<_> = heap
        .blocks()
        .filter(|block| block.state == State::Slab)
        .collect();
    for slab in slabs {
        for offset in slab.offset..slab.offset + slab.size - 4 {
            let pointer = memory.at(offset);
            let slot = heap
                .blocks()
                .find(|block| block.in_slab && block.offset == offset);
            match slot.map(|slot| slot.state) {
                Some(State::Used) => assert!(live.contains(&pointer)),
                Some(_) => assert_refused(&mut heap, &memory, pointer, FreeError::AlreadyFree),
                None if offset.is_multiple_of(C::GRANULE) => {
                    assert_refused(&mut heap, &memory, pointer, FreeError::NotABlock);
                }
                None => assert_refused(&mut heap, &memory, pointer, FreeError::Misaligned),
            }
        }
    }
    free_all(&mut heap, live);
    heap.check().unwrap();
}

fn assert_refused<C: Config>(
    heap: &mut Heap<'_, C>,
    memory: &Memory,
    pointer: NonNull<u8>,
    error: FreeError,
) {
    let before = memory.bytes();
    // SAFETY: refused, or the test fails.
    unsafe {
        assert_eq!(heap.free(pointer), Err(error));
        assert_eq!(heap.resize(pointer, 20), Err(ResizeError::Block(error)));
        assert_eq!(
            heap.resize_aligned(pointer, 20, 8),
            Err(ResizeError::Block(error))
        );
    }
    assert_eq!(heap.usable_size(pointer), Err(error));
    assert_unchanged(&before, &memory.bytes());
}

/// When its slab went back to the Fit, a stale pointer is refused all the same.
fn a_stale_pointer_into_a_slab_that_is_gone_is_refused<C: Config>() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<C>();
    let objects = allocate_many(&mut heap, 32, 40);
    free_all(&mut heap, objects.clone());
    heap.trim();
    for object in objects {
        // SAFETY: refused, or the test fails.
        unsafe { heap.free(object) }.unwrap_err();
    }
    heap.check().unwrap();
}

fn write(pointer: NonNull<u8>, length: usize) {
    for at in 0..length {
        // SAFETY: inside the object.
        unsafe { pointer.add(at).write(at as u8 ^ 0x5A) };
    }
}

fn assert_kept(pointer: NonNull<u8>, length: usize) {
    for at in 0..length {
        // SAFETY: inside the object, which was written.
        assert_eq!(unsafe { pointer.add(at).read() }, at as u8 ^ 0x5A);
    }
}

fn resizing_keeps_contents_within_a_class_across_classes_and_out_of_the_slab<C: Config>() {
    let memory = Memory::new(16_384);
    let mut heap = memory.heap::<C>();
    let small = heap.allocate(9).unwrap();
    assert_eq!(heap.usable_size(small), Ok(16));
    write(small, 16);
    // SAFETY: live, and replaced by what comes back; so for all that follow.
    unsafe {
        for size in [16, 1, 12] {
            assert_eq!(heap.resize(small, size), Ok(small), "within the class");
        }
        assert_eq!(
            heap.resize(small, 0),
            Err(ResizeError::Alloc(AllocError::ZeroSize))
        );
        let larger = heap.resize(small, 60).unwrap();
        assert!(larger != small && in_slab(&memory, &heap, larger));
        assert_kept(larger, 16);
        write(larger, 60);
        let block = heap.resize(larger, 3000).unwrap();
        assert!(!in_slab(&memory, &heap, block));
        assert_kept(block, 60);
        // Nothing of this size: the object stays as it is.
        let object = heap.allocate(30).unwrap();
        write(object, 30);
        assert!(matches!(
            heap.resize(object, 100_000),
            Err(ResizeError::Alloc(AllocError::Exhausted { .. }))
        ));
        assert_kept(object, 30);
        assert_eq!(heap.usable_size(object), Ok(32));
        heap.free(object).unwrap();
        heap.free(block).unwrap();
    }
    heap.check().unwrap();
    assert_eq!(heap.stats().used, 0);
}

/// An object that asked for an alignment keeps it when it moves; its neighbours, which did not, may move anywhere.
fn an_aligned_object_keeps_its_alignment<C: Config>() {
    let memory = Memory::new(100_000);
    let mut heap = memory.heap::<C>();
    let aligned_of = |heap: &Heap<'_, C>, pointer: NonNull<u8>| {
        let offset = pointer.addr().get() - memory.base().addr().get();
        let slot = heap
            .blocks()
            .find(|block| block.offset == offset && block.state != State::Slab);
        slot.unwrap().aligned
    };
    let plain = heap.allocate(48).unwrap();
    let aligned = heap.allocate_aligned(48, 16).unwrap();
    assert!(in_slab(&memory, &heap, aligned));
    assert!(aligned.addr().get().is_multiple_of(16));
    assert!(aligned_of(&heap, aligned) && !aligned_of(&heap, plain));
    write(aligned, 48);
    // SAFETY: live, and replaced.
    let moved = unsafe { heap.resize(aligned, 700) }.unwrap();
    assert!(moved.addr().get().is_multiple_of(16));
    assert_kept(moved, 48);
    // The slot forgets when it is freed.
    let again = heap.allocate(48).unwrap();
    assert_eq!(again, aligned);
    assert!(!aligned_of(&heap, again));
    heap.check().unwrap();
    // More than a class can give is the Fit's.
    let page = heap.allocate_aligned(40, 1024).unwrap();
    assert!(!in_slab(&memory, &heap, page));
    free_all(&mut heap, vec![plain, moved, again, page]);
    heap.check().unwrap();
}

/// A pool too small for the slabs that it should begin with has none.
fn any_pool_works<C: Config>() {
    let mut smallest = None;
    for size in (C::GRANULE..6000).step_by(C::GRANULE) {
        let memory = Memory::new(size);
        let Ok(mut heap) = memory.heap_of::<C>(size) else {
            assert!(smallest.is_none());
            continue;
        };
        smallest.get_or_insert(size);
        heap.check().unwrap();
        let stats = heap.stats();
        assert!(stats.slab_bytes <= size / 2 + 16);
        assert_eq!(stats.used + stats.free + stats.overhead, size);
        let largest = heap.allocate(stats.largest_free).unwrap();
        let small = heap.allocate(10);
        free(&mut heap, largest);
        if let Ok(small) = small {
            free(&mut heap, small);
        }
        heap.trim();
        heap.check().unwrap();
        assert_eq!(heap.stats().free, stats.free);
    }
    assert!(smallest.unwrap() < 700);
}

#[test]
fn a_pool_is_made_with_other_bytes_for_each_class() {
    type Device = WithSlab<Standard<BestFit, Small, 4>, Fixed>;
    let mut memory = [MaybeUninit::uninit(); 16_384];
    let mut heap = Heap::<Device>::with_slab_bytes(&mut memory, &[1024, 0, 513]).unwrap();
    heap.check().unwrap();
    // 1,024 bytes are two slabs, 513 as well; nothing of the second class; the last as configured.
    assert_eq!(heap.stats().slabs, 2 + 2 + 1);
    let in_slabs = |heap: &Heap<'_, Device>| heap.stats().free_in_slabs;
    for (size, count) in [(16, 58), (32, 0), (64, 14), (128, 3)] {
        let before = in_slabs(&heap);
        for _ in 0..count + 3 {
            heap.allocate(size).unwrap();
        }
        assert_eq!(before - in_slabs(&heap), size * count, "class {size}");
    }
}

#[test]
fn more_than_half_of_the_pool_is_never_taken_in_advance() {
    type Device = WithSlab<Standard<Tlsf, Small, 4>, Fixed>;
    let mut memory = [MaybeUninit::uninit(); 16_384];
    for bytes in [16_384, usize::MAX] {
        let heap = Heap::<Device>::with_slab_bytes(&mut memory, &[bytes]).unwrap();
        assert_eq!(heap.stats().slabs, 0);
        heap.check().unwrap();
    }
}

/// A copy at another address, on another alignment, works on.
fn a_pool_is_opened_with_its_objects<C: Config>() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<C>();
    let objects = allocate_many(&mut heap, 20, 30);
    let figures = heap.stats();
    let copy = Memory::new(8192 + 2048);
    let base = copy.at(C::GRANULE * 3);
    let bytes = memory.bytes();
    // SAFETY: the copy has room; both are ours.
    unsafe { base.copy_from_nonoverlapping(NonNull::from(&bytes[..]).cast(), bytes.len()) };
    // SAFETY: a whole pool, which nothing else uses.
    let mut opened = unsafe { Heap::<C>::attach(base, 8192) }.unwrap();
    assert_eq!(opened.stats(), figures);
    for object in objects {
        let offset = object.addr().get() - memory.base().addr().get();
        // SAFETY: inside the copy; an object of the pool.
        unsafe { opened.free(base.add(offset)) }.unwrap();
    }
    opened.check().unwrap();
    assert_eq!(opened.stats().used, 0);
}

#[test]
fn another_slab_is_not_opened() {
    type Small4<S> = WithSlab<Standard<Tlsf, Small, 4>, S>;
    let memory = Memory::new(8192);
    memory.heap::<Small4<Expanding>>();
    assert!(memory.attach::<Small4<Expanding>>().is_ok());
    // As many classes, of other sizes: only the table of classes tells.
    let other = memory.attach::<Small4<Lean>>();
    assert!(matches!(other, Err(AttachError::Classes)));
    for error in [
        memory.attach::<Small4<Fixed>>().map(drop),
        memory.attach::<Small4<Fast>>().map(drop),
        memory.attach::<Small4<Odd>>().map(drop),
        memory.attach::<Small4<Without>>().map(drop),
    ] {
        assert!(matches!(error, Err(AttachError::Configuration { .. })));
    }
}

/// Each bit of the slab's state, the slab map and every slab's head, one at a time: `check` finds it, and whatever a
/// caller then does, nothing outside the pool is touched and every walk ends.
fn every_flip_in_the_slab_is_found<C: Config>() {
    let made = Memory::new(8192);
    let mut heap = made.heap::<C>();
    let mut live = allocate_many(&mut heap, 14, 35);
    live.extend(allocate_many(&mut heap, 100, 7));
    live.push(heap.allocate_aligned(30, 16).unwrap());
    for number in [30, 20, 10, 3] {
        free(&mut heap, live.swap_remove(number));
    }
    let map_end = heap.blocks().next().unwrap().offset - 4;
    let first_place = 512;
    // Two counters, a word for each class, and its two links.
    let link = if C::MAX_SIZE / C::GRANULE > 1 << 16 {
        4
    } else {
        2
    };
    let heads = 64..64 + LITEOS.len() * link;
    let links = 16..16 + 2 * link;
    let mut places: Vec<usize> = (40..64 + 2 * LITEOS.len() * link).collect();
    places.extend(map_end - 8192 / first_place..map_end);
    for slab in heap.blocks().filter(|block| block.state == State::Slab) {
        places.extend((0..4).map(|at| slab.offset + at));
        let full = heap
            .blocks()
            .filter(|slot| slot.in_slab && slot.state == State::Free)
            .all(|slot| !(slab.offset..slab.offset + slab.size).contains(&slot.offset));
        if !full {
            places.extend(links.clone().map(|at| slab.offset + at));
        }
    }
    let bytes = made.bytes();
    let mut missed = Vec::new();
    for &place in &places {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let memory = Memory::copy_of(&damaged);
            // SAFETY: initialised memory of the pool's size.
            if unsafe { Heap::<C>::attach(memory.base(), 8192) }.is_ok() {
                missed.push((place, bit));
            }
        }
    }
    // A list that begins with another of its slabs is the same list.
    missed.retain(|&(place, _)| !heads.contains(&place));
    assert!(missed.is_empty(), "{missed:?}");
}

/// Runs a test for every fit, in two layouts, with `LiteOS`'s expanding slab.
macro_rules! for_liteos_slabs {
    ($($test:ident: $slab:ty;)*) => { $(
        mod $test {
            use super::*;
            #[test]
            fn tlsf_u16_granule_4() {
                super::$test::<WithSlab<Standard<Tlsf, Small, 4>, $slab>>();
            }
            #[test]
            fn tlsf_u32_granule_8() {
                super::$test::<WithSlab<Standard<Tlsf, Large, 8>, $slab>>();
            }
            #[test]
            fn best_fit_u32_granule_4() {
                super::$test::<WithSlab<Standard<BestFit, Large, 4>, $slab>>();
            }
            #[test]
            fn best_fit_u16_granule_8() {
                super::$test::<WithSlab<Standard<BestFit, Small, 8>, $slab>>();
            }
            #[test]
            fn best_fit_little_u16_granule_4() {
                super::$test::<WithSlab<Standard<BestFitLittle, Small, 4>, $slab>>();
            }
        }
    )* };
}

for_liteos_slabs! {
    an_object_costs_its_class_and_nothing_else: Fixed;
    an_expanding_slab_gives_every_extra_slab_back: Expanding;
    every_pointer_into_a_slab_that_is_no_object_is_refused: Expanding;
    a_stale_pointer_into_a_slab_that_is_gone_is_refused: Expanding;
    resizing_keeps_contents_within_a_class_across_classes_and_out_of_the_slab: Expanding;
    any_pool_works: Expanding;
    a_pool_is_opened_with_its_objects: Fixed;
    every_flip_in_the_slab_is_found: Expanding;
}

#[test]
fn an_exhausted_class_goes_to_each_fit() {
    an_exhausted_class_without_expansion_goes_to_the_fit::<Tlsf>();
    an_exhausted_class_without_expansion_goes_to_the_fit::<BestFit>();
    an_exhausted_class_without_expansion_goes_to_the_fit::<BestFitLittle>();
}

#[test]
fn a_fast_slab_gives_its_slabs_back_and_works_in_any_pool() {
    an_expanding_slab_gives_every_extra_slab_back::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>();
    any_pool_works::<WithSlab<Standard<BestFit, Small, 4>, Fast>>();
}

#[test]
fn aligned_objects() {
    an_aligned_object_keeps_its_alignment::<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>();
    an_aligned_object_keeps_its_alignment::<WithSlab<Standard<BestFit, Large, 8>, Fast>>();
}

/// Whatever slot an object happened to get: what was asked for last is what a move keeps.
#[test]
fn an_alignment_asked_for_by_a_resize_is_kept_and_one_given_up_is_not() {
    let memory = Memory::new(200_000);
    let mut heap = memory.heap::<WithSlab<Standard<Tlsf, Large, 8>, Fast>>();
    for (size, align) in [(20, 16), (40, 16), (32, 64), (17, 32), (200, 128)] {
        for _ in 0..4 {
            let mut object = heap.allocate(size).unwrap();
            write(object, size);
            // SAFETY: live, and replaced by what comes back.
            unsafe {
                object = heap.resize_aligned(object, size, align).unwrap();
                assert!(object.addr().get().is_multiple_of(align));
                for larger in [size + 1, 5 * size, 20 * size] {
                    object = heap.resize(object, larger).unwrap();
                    assert!(object.addr().get().is_multiple_of(align), "{size} {align}");
                }
            }
            assert_kept(object, size);
        }
    }
    let object = heap.allocate_aligned(48, 16).unwrap();
    let marked = |heap: &Heap<'_, _>| heap.blocks().filter(|b| b.in_slab && b.aligned).count();
    assert_eq!(marked(&heap), 1);
    // SAFETY: live; it stays.
    unsafe {
        assert_eq!(heap.resize_aligned(object, 40, 8), Ok(object));
        assert_eq!(marked(&heap), 0);
        assert_eq!(heap.resize_aligned(object, 40, 16), Ok(object));
    }
    assert_eq!(marked(&heap), 1);
    heap.check().unwrap();
}

/// An empty slab beside a block that grows is freed and grown into, in one call.
#[test]
fn a_block_grows_into_the_empty_slab_beside_it() {
    type Device = WithSlab<Standard<Tlsf, Large, 8>, Fast>;
    let memory = Memory::new(120_000);
    let mut heap = memory.heap::<Device>();
    let stats = heap.stats();
    // A block up to a slab's boundary, a slab, and nothing else free.
    let overhead = stats.overhead;
    let block = heap.allocate(20_480 - overhead - 4).unwrap();
    let object = heap.allocate(120).unwrap();
    while heap.allocate(heap.stats().largest_free).is_ok() {}
    free(&mut heap, object);
    let kept = heap.stats();
    assert_eq!(kept.slabs, 1);
    // SAFETY: live, and replaced.
    let grown = unsafe { heap.resize(block, 20_480 - overhead + 2000) }.unwrap();
    assert_eq!(grown, block);
    let last = heap.stats();
    assert_eq!((last.slabs, last.failures), (0, kept.failures));
    heap.check().unwrap();
}

/// A map that calls something else a slab, up to the pool's last byte: found, and nothing outside is read.
#[test]
fn a_map_that_lies_is_found() {
    type Device = WithSlab<Standard<Tlsf, Small, 4>, Expanding>;
    for size in (8120..8260).step_by(4) {
        let memory = Memory::new(size);
        let mut heap = memory.heap::<Device>();
        // The last blocks are used, and the last one is as small as can be.
        let last = heap.allocate(heap.stats().largest_free - 8).unwrap();
        let _ = heap.allocate(200);
        let smallest: Vec<_> = (0..40).map_while(|_| heap.allocate(2).ok()).collect();
        assert!(smallest.len() > 8, "{last:?}");
        let map_end = heap.blocks().next().unwrap().offset - 4;
        let bytes = memory.bytes();
        for place in 0..=size / 512 {
            for class in 0..8 {
                let at = map_end - 1 - place;
                if bytes[at] == class {
                    continue;
                }
                let mut damaged = bytes.clone();
                damaged[at] = class;
                let memory = Memory::copy_of(&damaged);
                assert!(memory.attach::<Device>().is_err(), "{size} {place} {class}");
            }
        }
    }
}

/// An overrun into a slab's head: its links lead to the pool's last block, its free slots are more than it has.
#[test]
fn a_corrupt_slab_allocates_and_reads_nothing_outside() {
    type Device = WithSlab<Standard<Tlsf, Small, 4>, Expanding>;
    for wild in [
        0,
        1,
        0x7FFF_FFFF,
        u32::MAX,
        2045 << 16 | 2045,
        2046 << 16 | 2046,
    ] {
        for word in [0, 4, 8, 12, 16, 20] {
            let memory = Memory::new(8192);
            let mut heap = memory.heap::<Device>();
            let mut objects = allocate_many(&mut heap, 16, 70);
            // Two slabs in the list, and one that is full.
            for number in [60, 5] {
                free(&mut heap, objects.swap_remove(number));
            }
            let slab = heap
                .blocks()
                .find(|block| block.state == State::Slab)
                .unwrap();
            memory.set_word(slab.offset + word, wild);
            for object in objects.into_iter().rev() {
                // SAFETY: the pool is damaged: whatever it answers.
                let _ = unsafe { heap.free(object) };
            }
            for _ in 0..80 {
                if let Ok(object) = heap.allocate(16) {
                    let offset = object.addr().get() - memory.base().addr().get();
                    assert!(offset + 16 <= memory.size());
                }
            }
            let _ = heap.check();
            assert!(heap.blocks().count() < 2000);
        }
    }
}

/// Each class's number of slabs is proved by itself, and a wild one overflows nothing.
#[test]
fn wrong_numbers_of_slabs_are_found() {
    type Device = WithSlab<Standard<Tlsf, Large, 4>, Expanding>;
    let made = Memory::new(16_384);
    let mut heap = made.heap::<Device>();
    allocate_many(&mut heap, 16, 70);
    allocate_many(&mut heap, 64, 20);
    let counts = 64 + 4 * LITEOS.len();
    for change in [1, -1, 1000, i32::MAX] {
        let memory = Memory::copy_of(&made.bytes());
        memory.set_word(counts, memory.word(counts).wrapping_add_signed(change));
        let other = counts + 8;
        memory.set_word(other, memory.word(other).wrapping_sub(change as u32));
        assert!(memory.attach::<Device>().is_err(), "{change}");
    }
}

/// As documented for `LiteOS`, the simplest algorithm resizes no aligned block; so it gets none from the slab.
#[test]
fn little_serves_aligned_requests_without_the_slab() {
    let memory = Memory::new(8192);
    let mut heap = memory.heap::<WithSlab<Standard<BestFitLittle, Small, 4>, Expanding>>();
    let block = heap.allocate_aligned(20, 16).unwrap();
    assert!(!in_slab(&memory, &heap, block));
    // SAFETY: live; it fails.
    let resized = unsafe { heap.resize(block, 30) };
    assert_eq!(resized, Err(ResizeError::AlignedBlock));
}

/// One class of one object to a slab.
struct Lone;

impl Slabs for Lone {
    const SLAB: Slab = Slab::expanding(&[litepool::slab::Class::new(72, 128)]);
}

#[test]
fn a_slab_of_one_object_comes_and_goes_with_it() {
    let memory = Memory::new(4096);
    let mut heap = memory.heap::<WithSlab<Standard<Tlsf, Small, 4>, Lone>>();
    let objects = allocate_many(&mut heap, 72, 5);
    assert_eq!(heap.stats().slabs, 5);
    for object in objects {
        free(&mut heap, object);
        heap.check().unwrap();
    }
    assert_eq!(heap.stats().slabs, 0);
}
