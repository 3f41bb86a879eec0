//! An oracle of live ranges and contents.

use std::collections::BTreeMap;
use std::ptr::NonNull;

use litepool::fit::Fit;
use litepool::{AllocError, Config, Heap, ResizeError, Shortage, State, Stats};
use litepool_trace::Op;

use super::chain::chain;
use super::{Memory, control};

/// A live object, as its owner sees it.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    pub pointer: NonNull<u8>,
    pub size: usize,
    pub align: usize,
}

/// A heap, and what must be true of it.
pub struct Model<'m, C: Config> {
    pub memory: &'m Memory,
    pub heap: Heap<'m, C>,
    pub live: BTreeMap<u32, Object>,
    /// The figures of the pool when it was new.
    fresh: Stats,
    /// Where the first block's payload begins.
    first: usize,
}

impl<'m, C: Config> Model<'m, C> {
    pub fn new(memory: &'m Memory) -> Self {
        let heap = memory.heap();
        let model = Self {
            memory,
            fresh: heap.stats(),
            first: heap.blocks().next().unwrap().offset,
            heap,
            live: BTreeMap::new(),
        };
        model.verify();
        model
    }

    /// Does one operation, and proves everything again. Says whether it succeeded.
    pub fn apply(&mut self, op: Op) -> bool {
        let before = self.memory.bytes();
        let stats = self.heap.stats();
        let done = match op {
            Op::Allocate { id, size, align } => self.allocate(id, size as usize, align as usize),
            Op::Resize { id, size } => self.resize(id, size as usize),
            Op::Free { id } => self.free(id),
        };
        // A request that finds no room has had the empty slabs freed that were kept.
        if !done && self.heap.stats().slabs == stats.slabs {
            assert_unchanged(&before, &self.memory.bytes());
        }
        self.verify();
        done
    }

    fn allocate(&mut self, id: u32, size: usize, align: usize) -> bool {
        let result = if align == 0 {
            self.heap.allocate(size)
        } else {
            self.heap.allocate_aligned(size, align)
        };
        match result {
            Ok(pointer) => {
                let object = Object {
                    pointer,
                    size,
                    align: align.max(C::GRANULE),
                };
                fill(id, object, 0);
                self.live.insert(id, object);
                true
            }
            Err(error) => {
                self.refusal_is_true(size, align, error);
                false
            }
        }
    }

    fn resize(&mut self, id: u32, size: usize) -> bool {
        let Some(object) = self.live.get(&id).copied() else {
            return false;
        };
        // A block remembers the alignment that it was asked for; stating it again changes nothing.
        let result = if object.align > C::GRANULE && id.is_multiple_of(2) {
            // SAFETY: the object is live, and its old pointer is forgotten below.
            unsafe { self.heap.resize_aligned(object.pointer, size, object.align) }
        } else {
            // SAFETY: as above.
            unsafe { self.heap.resize(object.pointer, size) }
        };
        match result {
            Ok(pointer) => {
                assert!(object.align <= C::GRANULE || C::Fit::RESIZES_ALIGNED);
                if size <= object.size {
                    assert_eq!(pointer, object.pointer, "a shrinking block stays");
                }
                let resized = Object {
                    pointer,
                    size,
                    ..object
                };
                check_contents(
                    id,
                    Object {
                        size: size.min(object.size),
                        ..resized
                    },
                );
                fill(id, resized, object.size.min(size));
                self.live.insert(id, resized);
                true
            }
            Err(ResizeError::Alloc(error)) => {
                assert!(size > object.size, "shrinking never fails");
                if object.align <= C::GRANULE {
                    self.refusal_is_true(size, 0, error);
                }
                false
            }
            Err(ResizeError::AlignedBlock) => {
                assert!(object.align > C::GRANULE && !C::Fit::RESIZES_ALIGNED);
                false
            }
            Err(error) => panic!("a live object was refused: {error}"),
        }
    }

    fn free(&mut self, id: u32) -> bool {
        let Some(object) = self.live.remove(&id) else {
            return false;
        };
        // SAFETY: the object is live and forgotten now.
        unsafe { self.heap.free(object.pointer) }.unwrap();
        // SAFETY: freed already, so no object of ours begins there.
        let again = unsafe { self.heap.free(object.pointer) };
        assert!(again.is_err(), "a double free");
        true
    }

    /// No request is refused that a free block could hold.
    fn refusal_is_true(&self, size: usize, align: usize, error: AllocError) {
        let stats = self.heap.stats();
        match error {
            AllocError::Exhausted { request } => {
                assert_eq!(request, size);
                assert_eq!(
                    self.heap.shortage(size),
                    Shortage {
                        request: size,
                        free: stats.free - stats.free_in_slabs,
                        largest_free: stats.largest_free,
                    }
                );
                if align <= C::GRANULE {
                    assert!(
                        size > stats.largest_free,
                        "{size} refused, {} free",
                        stats.largest_free
                    );
                }
            }
            AllocError::ZeroSize => assert_eq!(size, 0),
            AllocError::BadAlignment => assert!(!align.is_power_of_two()),
            other => panic!("{other}"),
        }
    }

    /// No overlap, contents kept, alignment, exact accounting, a clean check.
    pub fn verify(&self) {
        self.heap.check().unwrap();
        self.verify_chain();
        let stats = self.heap.stats();
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        assert_eq!(stats.used_blocks, self.live.len());
        let (mut used, mut free, mut largest) = (0, 0, 0);
        let (mut slabs, mut slab_bytes, mut free_in_slabs) = (0, 0, 0);
        let mut owned: BTreeMap<usize, usize> = BTreeMap::new();
        for block in self.heap.blocks() {
            match block.state {
                State::Used => {
                    used += block.size;
                    owned.insert(block.offset, block.payload);
                }
                State::Free if block.in_slab => {
                    free += block.size;
                    free_in_slabs += block.size;
                }
                State::Free => {
                    free += block.size;
                    largest = largest.max(block.payload);
                }
                State::Slab => {
                    // What is too small for a block of its own stays with the one before it.
                    let spare = block.size - (1 << block.size.ilog2());
                    assert!(spare < 32, "a slab has nothing to spare");
                    slabs += 1;
                    slab_bytes += block.size;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            (slabs, slab_bytes, free_in_slabs),
            (stats.slabs, stats.slab_bytes, stats.free_in_slabs)
        );
        assert_eq!((used, free), (stats.used, stats.free));
        assert_eq!(largest, stats.largest_free);
        assert!(stats.peak >= stats.used);
        for (&id, &object) in &self.live {
            let address = object.pointer.addr().get();
            assert!(address.is_multiple_of(object.align));
            // A payload belongs to one block, and the walk has shown that blocks do not overlap.
            let payload = owned.remove(&(address - self.memory.base().addr().get()));
            assert!(payload.expect("a block of its own") >= object.size);
            assert_eq!(self.heap.usable_size(object.pointer), Ok(payload.unwrap()));
            check_contents(id, object);
        }
    }

    /// The bytes of the pool are a chain to who knows nothing but the format, with the blocks that
    /// the heap tells of.
    fn verify_chain(&self) {
        let pieces = chain(&self.memory.bytes(), self.first);
        let mut told = self.heap.blocks().filter(|block| !block.in_slab);
        for piece in pieces {
            let block = told.next().expect("as many blocks");
            assert_eq!((block.offset, block.size), (piece.offset, piece.size));
            assert_eq!(block.state != State::Free, piece.is_used);
        }
        assert!(told.next().is_none());
    }

    /// Frees everything; the pool is then as new.
    pub fn drain(mut self) {
        let ids: Vec<u32> = self.live.keys().copied().collect();
        for id in ids {
            assert!(self.apply(Op::Free { id }));
        }
        self.heap.trim();
        self.heap.check().unwrap();
        let stats = self.heap.stats();
        assert_eq!((stats.used, stats.used_blocks), (0, 0));
        assert_eq!(
            (stats.free, stats.slabs, stats.slab_bytes),
            (self.fresh.free, self.fresh.slabs, self.fresh.slab_bytes),
            "every slab that was taken went back"
        );
        if stats.slabs > 0 {
            return;
        }
        assert_eq!(stats.free_blocks, 1);
        let all = self.heap.allocate(stats.largest_free).unwrap();
        assert!(
            self.heap.allocate(1).is_err(),
            "the largest block was the whole pool"
        );
        // SAFETY: just allocated.
        unsafe { self.heap.free(all) }.unwrap();
    }
}

pub fn assert_unchanged(before: &[u8], after: &[u8]) {
    let differs = before
        .iter()
        .zip(after)
        .enumerate()
        .find(|(at, (a, b))| a != b && !control::is_of_failures(*at));
    assert!(
        differs.is_none(),
        "a failed operation changed the pool: {differs:?}"
    );
}

fn pattern(id: u32, at: usize) -> u8 {
    (id.wrapping_mul(31) as usize + at * 7 + (at >> 8)) as u8
}

fn fill(id: u32, object: Object, from: usize) {
    for at in from..object.size {
        // SAFETY: inside a live payload.
        unsafe { object.pointer.add(at).write(pattern(id, at)) };
    }
}

fn check_contents(id: u32, object: Object) {
    for at in 0..object.size {
        // SAFETY: inside a live payload, which was filled.
        let byte = unsafe { object.pointer.add(at).read() };
        assert_eq!(byte, pattern(id, at), "object {id} changed at byte {at}");
    }
}
