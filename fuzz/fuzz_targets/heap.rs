//! A heap against an oracle of live ranges and their contents, over algorithms, slabs, records,
//! sizes and granules.
//!
//! After every step the heap is checked as a whole, its accounts must add up, and every used block must be one that
//! the oracle knows. Wrong pointers must be refused and change nothing.

#![no_main]

use std::collections::BTreeMap;
use std::ptr::NonNull;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::track::{CallSites, Owners};
use litepool::{AllocError, Caller, Config, Heap, ResizeError, State};
use litepool_testing::config::{
    Expanding, Fast, Fixed, Hardened, Huge, Large, Lean, Odd, Small, Standard, WithRecord, WithSlab,
};
use litepool_testing::{Flush, Guarded};
use litepool_trace::Op;

#[derive(Arbitrary, Debug)]
struct Case {
    choice: Choice,
    pool: Size,
    /// Does the pool end right before an inaccessible page? Else it begins right behind one.
    ends_tight: bool,
    steps: Vec<Step>,
}

/// Makes the numbers of these configurations.
macro_rules! choices {
    ($($name:ident: $config:ty;)*) => {
        /// A configuration.
        #[derive(Arbitrary, Clone, Copy, Debug)]
        enum Choice {
            $($name),*
        }

        fuzz_target!(|case: Case| {
            match case.choice {
                $(Choice::$name => run::<$config>(&case)),*
            }
        });
    };
}

choices! {
    TlsfSmallG4: Standard<Tlsf, Small, 4>;
    TlsfSmallG8: Standard<Tlsf, Small, 8>;
    TlsfLargeG4: Standard<Tlsf, Large, 4>;
    TlsfHugeG8: Standard<Tlsf, Huge, 8>;
    BoundedTlsfSmallG4: Standard<Tlsf<0>, Small, 4>;
    BestSmallG4: Standard<BestFit, Small, 4>;
    BestLargeG8: Standard<BestFit, Large, 8>;
    LittleSmallG4: Standard<BestFitLittle, Small, 4>;
    FixedTlsfSmallG4: WithSlab<Standard<Tlsf, Small, 4>, Fixed>;
    ExpandingTlsfSmallG4: WithSlab<Standard<Tlsf, Small, 4>, Expanding>;
    ExpandingBestLargeG4: WithSlab<Standard<BestFit, Large, 4>, Expanding>;
    LeanTlsfLargeG4: WithSlab<Standard<Tlsf, Large, 4>, Lean>;
    LeanLittleSmallG8: WithSlab<Standard<BestFitLittle, Small, 8>, Lean>;
    FastTlsfLargeG8: WithSlab<Standard<Tlsf, Large, 8>, Fast>;
    FastBestSmallG4: WithSlab<Standard<BestFit, Small, 4>, Fast>;
    OddTlsfHugeG4: WithSlab<Standard<Tlsf, Huge, 4>, Odd>;
    HardenedTlsfSmallG4: Hardened<Standard<Tlsf, Small, 4>>;
    HardenedBestLargeG8: Hardened<Standard<BestFit, Large, 8>>;
    HardenedLittleLargeG4: Hardened<Standard<BestFitLittle, Large, 4>>;
    HardenedTlsfHugeG4: Hardened<Standard<Tlsf, Huge, 4>>;
    OwnedTlsfLargeG4: Owned<Standard<Tlsf, Large, 4>>;
    OwnedBestSmallG8: Owned<Hardened<Standard<BestFit, Small, 8>>>;
    RecordedLittleSmallG4: Recorded<Standard<BestFitLittle, Small, 4>>;
    RecordedHardenedFastTlsfLargeG8: Recorded<Hardened<WithSlab<Standard<Tlsf, Large, 8>, Fast>>>;
}

/// A record of 4 bytes, and one of 20.
type Owned<C> = WithRecord<C, Owners<2, 2>>;
type Recorded<C> = WithRecord<C, (Owners<2, 2>, CallSites<3>)>;

/// A number of bytes, small ones preferred, and those around the largest pool with short links.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Size {
    Tiny(u8),
    Small(u16),
    Large(u32),
    AroundLimit(i8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Allocate(Size),
    AllocateAligned(Size, u8),
    /// What the heap says it can still serve.
    AllocateLargest,
    /// Allocate, free, and the same again, which must not fail.
    AllocateAgain(Size, u8),
    Resize(u8, Size),
    ResizeAligned(u8, Size, u8),
    Free(u8),
    /// A pointer that is no live object, by its offset.
    FreeWrong(u32),
    FreeTwice(u8),
    /// Close the heap and attach to what it left.
    Reopen,
}

const LARGEST_POOL: usize = 700_000;
/// The largest alignment asked for is 2 to this power.
const LARGEST_EXPONENT: u8 = 13;

fn run<C: Config>(case: &Case) {
    let most = C::MAX_SIZE.min(LARGEST_POOL);
    let size = case.pool.bytes::<C>().min(most) / C::GRANULE * C::GRANULE;
    let flush = if case.ends_tight {
        Flush::High
    } else {
        Flush::Low
    };
    let memory = Guarded::new(size, flush);
    let base = memory.base();
    // SAFETY: the memory is ours, lives longer than the heap and is used through it alone from here
    // on.
    let Ok(heap) = (unsafe { Heap::<C>::from_raw(base, size) }) else {
        return;
    };
    let mut model = Model {
        fresh_slabs: heap.stats().slabs,
        heap,
        base,
        size,
        live: BTreeMap::new(),
        objects: 0,
    };
    model.verify();
    for &step in &case.steps {
        model.play(step);
        model.verify();
    }
    model.finish();
}

/// An object as it should be.
#[derive(Clone, Copy, Debug)]
struct Object {
    pointer: NonNull<u8>,
    size: usize,
    align: usize,
}

struct Model<'m, C: Config> {
    heap: Heap<'m, C>,
    base: NonNull<u8>,
    size: usize,
    /// Slabs in the new pool.
    fresh_slabs: usize,
    /// The live objects, by their number.
    live: BTreeMap<u32, Object>,
    objects: u32,
}

impl<C: Config> Model<'_, C> {
    /// Turns a step into an operation of the common vocabulary and performs it.
    fn play(&mut self, step: Step) {
        match step {
            Step::Allocate(size) => self.perform(self.next(size.bytes::<C>(), 0)),
            Step::AllocateAligned(size, exponent) => {
                self.perform(
                    self.next(size.bytes::<C>(), 1 << (exponent % (LARGEST_EXPONENT + 1))),
                );
            }
            Step::AllocateLargest => {
                let largest = self.heap.stats().largest_free;
                if largest > 0 {
                    let before = self.live.len();
                    self.perform(self.next(largest, 0));
                    assert_eq!(
                        self.live.len(),
                        before + 1,
                        "the largest free block can't be allocated"
                    );
                }
            }
            Step::AllocateAgain(size, exponent) => {
                let id = self.objects;
                let request =
                    self.next(size.bytes::<C>(), 1 << (exponent % (LARGEST_EXPONENT + 1)));
                self.perform(request);
                if self.live.contains_key(&id) {
                    self.free(id);
                    self.objects = id;
                    self.perform(request);
                    assert!(self.live.contains_key(&id), "the same again fails");
                }
            }
            Step::Resize(which, size) => {
                if let Some(id) = self.pick(which) {
                    self.perform(Op::Resize {
                        id,
                        size: size.bytes::<C>() as u64,
                    });
                }
            }
            Step::ResizeAligned(which, size, exponent) => {
                if let Some(id) = self.pick(which) {
                    self.resize(
                        id,
                        size.bytes::<C>(),
                        1 << (exponent % (LARGEST_EXPONENT + 1)),
                    );
                }
            }
            Step::Free(which) => {
                if let Some(id) = self.pick(which) {
                    self.perform(Op::Free { id });
                }
            }
            Step::FreeTwice(which) => {
                if let Some(id) = self.pick(which) {
                    let pointer = self.live[&id].pointer;
                    self.perform(Op::Free { id });
                    self.refuse(pointer);
                }
            }
            Step::FreeWrong(offset) => {
                // SAFETY: an offset modulo the pool's size stays within the vector.
                let pointer = unsafe { self.base.add(offset as usize % self.size) };
                if self.live.values().all(|object| object.pointer != pointer) {
                    self.refuse(pointer);
                }
            }
            Step::Reopen => {
                // SAFETY: the same memory as at first; the old handle is not used again.
                self.heap = unsafe { Heap::attach(self.base, self.size) }
                    .expect("what a heap leaves can be opened");
            }
        }
    }

    fn next(&self, size: usize, align: u64) -> Op {
        Op::Allocate {
            id: self.objects,
            size: size as u64,
            align,
        }
    }

    fn pick(&self, which: u8) -> Option<u32> {
        let count = self.live.len().max(1);
        self.live.keys().nth(usize::from(which) % count).copied()
    }

    fn perform(&mut self, op: Op) {
        match op {
            Op::Allocate { id, size, align } => self.allocate(id, size as usize, align as usize),
            Op::Resize { id, size } => self.resize(id, size as usize, 0),
            Op::Free { id } => self.free(id),
        }
    }

    fn allocate(&mut self, id: u32, size: usize, align: usize) {
        let largest = self.heap.stats().largest_free;
        // Tasks and modules within the tables and beyond.
        let caller = Caller::task((id % 5) as u16).in_module((id % 7) as u8);
        let result = match align {
            0 if id.is_multiple_of(3) => self.heap.allocate(size),
            _ => self.heap.allocate_for(&caller, size, align.max(1)),
        };
        match result {
            Ok(pointer) => {
                let object = Object {
                    pointer,
                    size,
                    align: align.max(C::GRANULE),
                };
                self.objects += 1;
                self.place(id, object);
                self.fill(id, 0);
            }
            Err(AllocError::ZeroSize) => assert_eq!(size, 0),
            Err(error) => {
                assert!(size > 0, "{error}");
                assert!(
                    align > C::GRANULE || size > largest,
                    "{size} of {largest} bytes refused: {error}"
                );
            }
        }
    }

    fn resize(&mut self, id: u32, size: usize, align: usize) {
        let old = self.live[&id];
        let largest = self.heap.stats().largest_free;
        // SAFETY: the object is live, and nothing else refers to it.
        let result = unsafe {
            match align {
                0 => self.heap.resize(old.pointer, size),
                _ => self.heap.resize_aligned(old.pointer, size, align),
            }
        };
        match result {
            Ok(pointer) => {
                let kept = old.size.min(size);
                self.live.remove(&id);
                // An alignment that isn't stated is kept.
                let align = if align == 0 {
                    old.align
                } else {
                    align.max(C::GRANULE)
                };
                self.place(
                    id,
                    Object {
                        pointer,
                        size,
                        align,
                    },
                );
                self.compare(id, kept);
                self.fill(id, kept);
            }
            Err(ResizeError::Alloc(error)) => {
                self.compare(id, old.size);
                let possible = size > 0
                    && align == 0
                    && (size <= old.size || size <= largest && old.align <= C::GRANULE);
                assert!(
                    !possible,
                    "{} to {size} bytes refused, {largest} free: {error}",
                    old.size
                );
            }
            Err(ResizeError::AlignedBlock) => {
                assert!(old.align > C::GRANULE && !C::Fit::RESIZES_ALIGNED);
            }
            Err(error) => panic!("resizing a live object: {error}"),
        }
    }

    fn free(&mut self, id: u32) {
        self.compare(id, usize::MAX);
        let Some(object) = self.live.remove(&id) else {
            return;
        };
        // SAFETY: the object is live, and nothing else refers to it.
        unsafe { self.heap.free(object.pointer) }.expect("a live object can be freed");
    }

    /// A wrong pointer is refused, by every operation, and nothing changes.
    fn refuse(&mut self, pointer: NonNull<u8>) {
        let before = self.bytes().to_vec();
        assert!(self.heap.usable_size(pointer).is_err());
        // SAFETY: no used block begins at the pointer, so these are errors without harm.
        unsafe {
            assert!(self.heap.free(pointer).is_err());
            assert!(self.heap.resize(pointer, 8).is_err());
        }
        assert!(before == self.bytes(), "a refused pointer changed the pool");
    }

    /// Takes in a block that the heap allocated, if it may be there.
    fn place(&mut self, id: u32, object: Object) {
        let start = self.offset(object.pointer);
        let end = start + object.size;
        assert!(end <= self.size, "a block outside the pool");
        assert!(
            object.pointer.addr().get().is_multiple_of(object.align),
            "a block that is not aligned"
        );
        assert!(
            self.heap
                .usable_size(object.pointer)
                .is_ok_and(|usable| usable >= object.size)
        );
        for other in self.live.values() {
            let other_start = self.offset(other.pointer);
            assert!(
                end <= other_start || other_start + other.size <= start,
                "two objects in one place"
            );
        }
        self.live.insert(id, object);
    }

    /// Fills an object with its pattern, from a position on.
    fn fill(&mut self, id: u32, from: usize) {
        let Object { pointer, size, .. } = self.live[&id];
        for position in from..size {
            // SAFETY: the position lies within a live object.
            unsafe { pointer.add(position).write(pattern(id, position)) };
        }
    }

    /// Verifies that the beginning of an object is as it was filled.
    fn compare(&self, id: u32, length: usize) {
        let Object { pointer, size, .. } = self.live[&id];
        let start = self.offset(pointer);
        let contents = &self.bytes()[start..start + size.min(length)];
        let right = contents
            .iter()
            .enumerate()
            .all(|(position, &byte)| byte == pattern(id, position));
        assert!(right, "the contents of object {id} changed");
    }

    fn verify(&self) {
        self.heap.check().expect("the heap is intact");
        let stats = self.heap.stats();
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        assert!(stats.peak >= stats.used);
        assert_eq!(stats.used_blocks, self.live.len());
        let mut used: Vec<_> = self
            .live
            .values()
            .map(|object| self.offset(object.pointer))
            .collect();
        used.sort_unstable();
        let blocks = self
            .heap
            .blocks()
            .filter(|block| matches!(block.state, State::Used));
        assert!(
            blocks.map(|block| block.offset).eq(used),
            "other used blocks than live objects"
        );
    }

    /// Frees all, after which one free block must be left, and the slabs that the pool began with between others.
    fn finish(mut self) {
        let ids: Vec<_> = self.live.keys().copied().collect();
        for id in ids {
            self.free(id);
        }
        self.verify();
        self.heap.trim();
        self.verify();
        let stats = self.heap.stats();
        assert_eq!((stats.used, stats.used_blocks), (0, 0));
        assert_eq!(stats.slabs, self.fresh_slabs, "a slab was not freed");
        assert!(
            stats.free_blocks <= 1 + stats.slabs,
            "free neighbours were not merged"
        );
    }

    fn offset(&self, pointer: NonNull<u8>) -> usize {
        let offset = pointer.addr().get().checked_sub(self.base.addr().get());
        offset
            .filter(|&offset| offset < self.size)
            .expect("a pointer within the pool")
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the vector is initialised, lives, and isn't written as long as the slice is used.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.size) }
    }
}

/// The byte that an object holds at a position.
fn pattern(id: u32, position: usize) -> u8 {
    (id.wrapping_mul(157) as usize ^ position ^ position >> 7 ^ position >> 15) as u8
}

impl Size {
    fn bytes<C: Config>(self) -> usize {
        match self {
            Self::Tiny(bytes) => bytes.into(),
            Self::Small(bytes) => bytes.into(),
            Self::Large(bytes) => bytes as usize % LARGEST_POOL,
            Self::AroundLimit(away) => {
                (65_536 * C::GRANULE).saturating_add_signed(isize::from(away))
            }
        }
    }
}
