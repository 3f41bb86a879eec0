//! What the integration tests share: memory for pools, and an oracle of live ranges and contents.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod pools;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::ptr::NonNull;

use litepool::config::{Coalesce, Index, Slabs, WithRecord};
use litepool::fit::Fit;
use litepool::record::{CallSites, Owner};
use litepool::slab::{Class, Slab};
use litepool::{AllocError, Config, Heap, ResizeError, State, Stats};
use litepool_testing::{Flush, Guarded};
use litepool_trace::Op;

/// Bytes on a boundary that no pool asks more of, with inaccessible pages around them.
pub struct Memory(Guarded);

impl Memory {
    pub fn new(size: usize) -> Self {
        Self(Guarded::new(size, Flush::Low))
    }

    pub fn copy_of(bytes: &[u8]) -> Self {
        Self(Guarded::copy_of(bytes, Flush::Low))
    }

    pub fn base(&self) -> NonNull<u8> {
        self.0.base()
    }

    pub fn size(&self) -> usize {
        self.0.size()
    }

    pub fn at(&self, offset: usize) -> NonNull<u8> {
        self.0.at(offset)
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }

    pub fn word(&self, offset: usize) -> u32 {
        self.0.word(offset)
    }

    pub fn set_word(&self, offset: usize, word: u32) {
        // SAFETY: inside the allocation (checked by `at`).
        unsafe { self.at(offset).cast::<u32>().write_unaligned(word) }
    }

    pub fn heap<C: Config>(&self) -> Heap<'_, C> {
        self.heap_of(self.size()).unwrap()
    }

    pub fn heap_of<C: Config>(&self, size: usize) -> Result<Heap<'_, C>, litepool::InitError> {
        assert!(size <= self.size());
        // SAFETY: the memory outlives the heap, and the tests access it only in between.
        unsafe { Heap::from_raw(self.base(), size) }
    }

    pub fn attach<C: Config>(&self) -> Result<Heap<'_, C>, litepool::AttachError> {
        // SAFETY: as `heap`; the bytes are initialised.
        unsafe { Heap::attach(self.base(), self.size()) }
    }
}

/// A live object, as its holder sees it.
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
}

impl<'m, C: Config> Model<'m, C> {
    pub fn new(memory: &'m Memory) -> Self {
        let heap = memory.heap();
        let model = Self {
            memory,
            fresh: heap.stats(),
            heap,
            live: BTreeMap::new(),
        };
        model.verify();
        model
    }

    /// Does one operation, and proves everything again. Says whether it succeeded.
    pub fn apply(&mut self, op: Op) -> bool {
        let mut before = self.memory.bytes();
        let stats = self.heap.stats();
        let done = match op {
            Op::Allocate { id, size, align } => self.allocate(id, size as usize, align as usize),
            Op::Resize { id, size } => self.resize(id, size as usize),
            Op::Free { id } => self.free(id),
        };
        // A request that finds no room has had the slab's spare chunks given back, and blocks that waited merged.
        let gave_spares_back = self.heap.stats().chunks < stats.chunks;
        if !done && defers::<C>() {
            let after = self.heap.stats();
            assert_eq!(
                (after.used, after.used_blocks),
                (stats.used, stats.used_blocks)
            );
        } else if !done && !gave_spares_back {
            let after = self.memory.bytes();
            if control::keeps_spares(&before) {
                // Where a spare chunk was looked for, and none was found, it is not looked for again.
                before[control::SPARES].copy_from_slice(&after[control::SPARES]);
            }
            assert_unchanged(&before, &after);
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
            AllocError::Exhausted {
                request,
                free,
                largest_free,
            } => {
                assert_eq!((request, free), (size, stats.free - stats.free_in_chunks));
                assert_eq!(
                    largest_free,
                    if C::EXPLAIN { stats.largest_free } else { 0 }
                );
                if align <= C::GRANULE {
                    assert!(
                        size > stats.largest_free,
                        "{size} refused, {largest_free} free"
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
        let stats = self.heap.stats();
        assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
        assert_eq!(stats.used_blocks, self.live.len());
        let (mut used, mut free, mut largest) = (0, 0, 0);
        let (mut chunks, mut chunk_bytes, mut free_in_chunks) = (0, 0, 0);
        let mut holders: BTreeMap<usize, usize> = BTreeMap::new();
        for block in self.heap.blocks() {
            match block.state {
                State::Used => {
                    used += block.size;
                    holders.insert(block.offset, block.payload);
                }
                State::Free if block.in_chunk => {
                    free += block.size;
                    free_in_chunks += block.size;
                }
                State::Free => {
                    free += block.size;
                    largest = largest.max(block.payload);
                }
                State::Chunk => {
                    assert!(block.size.is_power_of_two(), "a chunk has nothing to spare");
                    chunks += 1;
                    chunk_bytes += block.size;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            (chunks, chunk_bytes, free_in_chunks),
            (stats.chunks, stats.chunk_bytes, stats.free_in_chunks)
        );
        assert_eq!((used, free), (stats.used, stats.free));
        if defers::<C>() {
            // A block that waits is not looked at.
            assert!(largest >= stats.largest_free);
        } else {
            assert_eq!(largest, stats.largest_free);
        }
        assert!(stats.peak >= stats.used);
        for (&id, &object) in &self.live {
            let address = object.pointer.addr().get();
            assert!(address.is_multiple_of(object.align));
            // A payload belongs to one block, and the walk has shown that blocks do not overlap.
            let payload = holders.remove(&(address - self.memory.base().addr().get()));
            assert!(payload.expect("a block of its own") >= object.size);
            assert_eq!(self.heap.usable_size(object.pointer), Ok(payload.unwrap()));
            check_contents(id, object);
        }
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
            (stats.free, stats.chunks, stats.chunk_bytes),
            (self.fresh.free, self.fresh.chunks, self.fresh.chunk_bytes),
            "every chunk that was taken went back"
        );
        if stats.chunks > 0 {
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

/// Do blocks wait to be merged?
pub fn defers<C: Config>() -> bool {
    C::COALESCE == Coalesce::Deferred && C::Fit::LINKS_BLOCKS
}

/// Where the words of the control block stand, as `control.rs` draws them.
pub mod control {
    use std::ops::Range;

    use super::{Config, defers};

    /// The link of the block that is not there: means nothing.
    pub const NOTHING: Range<usize> = 2..8;
    pub const FORMAT: usize = 8;
    pub const USED_BLOCKS: usize = 16;
    pub const PEAK: Range<usize> = 20..24;
    pub const FAILURES: Range<usize> = 28..32;
    /// Where a Fit's state begins in a pool without a slab, if it has one. The first two words are bitmaps that are never
    /// both empty.
    pub fn summary<C: Config>() -> usize {
        36 + quick_lists::<C>() + records::<C>()
    }

    /// Bytes of a description, of the number of the next allocation, and of the rows of totals of [`Recorded`](super::Recorded), if
    /// that is the configuration: two links each for 3 tasks and 3 other rows, 2 modules and 2 other rows.
    pub fn records<C: Config>() -> usize {
        if has_records::<C>() {
            8 + (2 * 10 * size_of::<C::Index>()).next_multiple_of(4)
        } else {
            0
        }
    }

    fn has_records<C: Config>() -> bool {
        let memory = super::Memory::new(4096);
        memory.heap::<C>();
        memory.bytes()[FORMAT + 3] & 0x10 != 0
    }

    /// Is the byte one of the number of the next allocation, or of a holder's peak? They can't be told from true ones.
    pub fn is_number_or_peak<C: Config>(at: usize) -> bool {
        let rows = 36 + quick_lists::<C>() + 8;
        let is_number = (rows - 4..rows).contains(&at);
        let is_row = (rows..36 + quick_lists::<C>() + records::<C>()).contains(&at);
        has_records::<C>() && (is_number || is_row && (at - rows) / size_of::<C::Index>() % 2 == 1)
    }

    /// The word behind [`summary`].
    pub fn bitmap<C: Config>() -> usize {
        summary::<C>() + 4
    }

    /// Bytes of a counter and of a head for each size that can wait, as `quick.rs` draws them.
    pub fn quick_lists<C: Config>() -> usize {
        let width = size_of::<C::Index>();
        // A block that remembers something holds its record and a byte.
        let record = if has_records::<C>() { 16 + 1 } else { 0 };
        let smallest = (4 + record.max(2 * width)).div_ceil(C::GRANULE);
        if defers::<C>() {
            4 + ((64 - smallest) * width).next_multiple_of(4)
        } else {
            0
        }
    }

    /// Which classes may have a spare chunk, if the slab keeps them.
    pub const SPARES: Range<usize> = 60..68;

    /// Does the pool have a slab that keeps spare chunks?
    pub fn keeps_spares(pool: &[u8]) -> bool {
        pool[FORMAT + 3] & 0x80 != 0 && pool[37] & 2 != 0
    }
}

pub fn assert_unchanged(before: &[u8], after: &[u8]) {
    let differs = before
        .iter()
        .zip(after)
        .enumerate()
        .find(|(at, (a, b))| a != b && !control::FAILURES.contains(at));
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

/// [`Standard`](litepool::config::Standard) with small code, which tells why it refuses.
pub struct Compact<F, I, const GRANULE: usize>(PhantomData<(F, I)>);

impl<F: Fit, I: Index, const GRANULE: usize> Config for Compact<F, I, GRANULE> {
    type Index = I;
    type Fit = F;
    type Record = ();
    const GRANULE: usize = GRANULE;
    const COMPACT: bool = true;
}

/// [`WithSlab`](litepool::config::WithSlab) with small code.
pub struct CompactWithSlab<F, I, const GRANULE: usize, S>(PhantomData<(F, I, S)>);

impl<F: Fit, I: Index, const GRANULE: usize, S: Slabs> Config
    for CompactWithSlab<F, I, GRANULE, S>
{
    type Index = I;
    type Fit = F;
    type Record = ();
    const GRANULE: usize = GRANULE;
    const SLAB: Slab = S::SLAB;
    const COMPACT: bool = true;
}

/// A configuration whose used blocks have a long record.
pub type Recorded<C> = WithRecord<C, (Owner<3, 2>, CallSites<2>)>;

/// Runs a test for every configuration without a slab, and for some with one.
#[macro_export]
macro_rules! for_every_config {
    ($name:ident, $test:ident) => {
        $crate::for_every_fit!($name, $test);
        ::paste::paste! { mod [<$name _with_slab>] {
            use litepool::config::{Deferred, Expanding, Fast, Fixed, Hardened, WithSlab};
            use litepool::fit::{BestFit, BestFitLittle, Tlsf};
            use $crate::common::{CompactWithSlab, Odd, Recorded};

            #[test]
            fn tlsf_u16_granule_4_fast_compact() {
                super::$test::<CompactWithSlab<Tlsf, u16, 4, Fast>>();
            }
            #[test]
            fn best_fit_u32_granule_8_expanding_compact() {
                super::$test::<CompactWithSlab<BestFit, u32, 8, Expanding>>();
            }
            #[test]
            fn tlsf_u16_granule_4_expanding() {
                super::$test::<WithSlab<Tlsf, u16, 4, Expanding>>();
            }
            #[test]
            fn tlsf_u32_granule_8_odd() {
                super::$test::<WithSlab<Tlsf, u32, 8, Odd>>();
            }
            #[test]
            fn best_fit_u32_granule_8_fast() {
                super::$test::<WithSlab<BestFit, u32, 8, Fast>>();
            }
            #[test]
            fn tlsf_u32_granule_8_fast_deferred() {
                super::$test::<Deferred<WithSlab<Tlsf, u32, 8, Fast>>>();
            }
            #[test]
            fn tlsf_u16_granule_4_fast_recorded() {
                super::$test::<Recorded<WithSlab<Tlsf, u16, 4, Fast>>>();
            }
            #[test]
            fn tlsf_u16_granule_4_expanding_hardened() {
                super::$test::<Hardened<WithSlab<Tlsf, u16, 4, Expanding>>>();
            }
            #[test]
            fn tlsf_u32_granule_8_fast_recorded_hardened() {
                super::$test::<Hardened<Recorded<WithSlab<Tlsf, u32, 8, Fast>>>>();
            }
            #[test]
            fn best_fit_little_u16_granule_4_fixed() {
                super::$test::<WithSlab<BestFitLittle, u16, 4, Fixed>>();
            }
        } }
    };
}

/// Runs a test for every configuration without a slab.
#[macro_export]
macro_rules! for_every_fit {
    ($name:ident, $test:ident) => {
        mod $name {
            mod tlsf {
                $crate::for_every_layout!(litepool::fit::Tlsf, super::super::$test);
            }
            mod best_fit {
                $crate::for_every_layout!(litepool::fit::BestFit, super::super::$test);
            }
            mod best_fit_little {
                $crate::for_every_layout!(litepool::fit::BestFitLittle, super::super::$test);
            }
            mod compact {
                use litepool::fit::{BestFit, BestFitLittle, Tlsf};
                use $crate::common::Compact;

                #[test]
                fn tlsf_u16_granule_4() {
                    super::super::$test::<Compact<Tlsf, u16, 4>>();
                }
                #[test]
                fn tlsf_u32_granule_4() {
                    super::super::$test::<Compact<Tlsf, u32, 4>>();
                }
                #[test]
                fn tlsf_u32_granule_8() {
                    super::super::$test::<Compact<Tlsf, u32, 8>>();
                }
                #[test]
                fn best_fit_u16_granule_8() {
                    super::super::$test::<Compact<BestFit, u16, 8>>();
                }
                #[test]
                fn best_fit_little_u16_granule_4() {
                    super::super::$test::<Compact<BestFitLittle, u16, 4>>();
                }
            }
            mod hardened {
                use litepool::config::{Deferred, Hardened, Standard};
                use litepool::fit::{BestFit, BestFitLittle, Tlsf};

                #[test]
                fn tlsf_u16_granule_4() {
                    super::super::$test::<Hardened<Standard<Tlsf, u16, 4>>>();
                }
                #[test]
                fn tlsf_u32_granule_8_deferred() {
                    super::super::$test::<Hardened<Deferred<Standard<Tlsf, u32, 8>>>>();
                }
                #[test]
                fn best_fit_u32_granule_8() {
                    super::super::$test::<Hardened<Standard<BestFit, u32, 8>>>();
                }
                #[test]
                fn best_fit_little_u16_granule_4() {
                    super::super::$test::<Hardened<Standard<BestFitLittle, u16, 4>>>();
                }
            }
            mod recorded {
                use litepool::config::{Deferred, Hardened, Standard};
                use litepool::fit::{BestFit, BestFitLittle, Tlsf};
                use $crate::common::{Compact, Recorded};

                #[test]
                fn tlsf_u16_granule_4() {
                    super::super::$test::<Recorded<Standard<Tlsf, u16, 4>>>();
                }
                #[test]
                fn tlsf_u32_granule_4_compact() {
                    super::super::$test::<Recorded<Compact<Tlsf, u32, 4>>>();
                }
                #[test]
                fn best_fit_u32_granule_8_deferred_hardened() {
                    super::super::$test::<Recorded<Hardened<Deferred<Standard<BestFit, u32, 8>>>>>(
                    );
                }
                #[test]
                fn best_fit_little_u32_granule_4() {
                    super::super::$test::<Recorded<Standard<BestFitLittle, u32, 4>>>();
                }
            }
            mod deferred {
                use litepool::config::{Deferred, Standard};
                use litepool::fit::{BestFit, Tlsf};

                #[test]
                fn tlsf_u16_granule_4() {
                    super::super::$test::<Deferred<Standard<Tlsf, u16, 4>>>();
                }
                #[test]
                fn tlsf_u32_granule_8() {
                    super::super::$test::<Deferred<Standard<Tlsf, u32, 8>>>();
                }
                #[test]
                fn best_fit_u32_granule_4() {
                    super::super::$test::<Deferred<Standard<BestFit, u32, 4>>>();
                }
            }
        }
    };
}

/// Runs a test for every configuration with a slab: fits x link widths x granules x fixed, expanding, fast, odd.
#[macro_export]
macro_rules! for_every_slab {
    ($name:ident, $test:ident) => {
        ::paste::paste! { mod [<$name _with_slab>] {
            $crate::for_every_slab_of!(tlsf, litepool::fit::Tlsf, super::super::super::$test);
            $crate::for_every_slab_of!(best_fit, litepool::fit::BestFit, super::super::super::$test);
            $crate::for_every_slab_of!(best_fit_little, litepool::fit::BestFitLittle, super::super::super::$test);
        } }
    };
}

/// Runs a test for every slab over one algorithm.
#[macro_export]
macro_rules! for_every_slab_of {
    ($module:ident, $fit:ty, $($test:ident)::+) => {
        mod $module {
            mod fixed {
                $crate::for_every_layout!($fit, litepool::config::Fixed, $($test)::+);
            }
            mod expanding {
                $crate::for_every_layout!($fit, litepool::config::Expanding, $($test)::+);
            }
            mod fast {
                $crate::for_every_layout!($fit, litepool::config::Fast, $($test)::+);
            }
            mod odd {
                $crate::for_every_layout!($fit, $crate::common::Odd, $($test)::+);
            }
        }
    };
}

/// Runs a test for every link width and granule.
#[macro_export]
macro_rules! for_every_layout {
    ($fit:ty, $($test:ident)::+) => {
        $crate::for_every_layout!($fit, $crate::common::Without, $($test)::+);
    };
    ($fit:ty, $slab:ty, $($test:ident)::+) => {
        use litepool::config::WithSlab;

        #[test]
        fn u16_granule_4() {
            $($test)::+::<WithSlab<$fit, u16, 4, $slab>>();
        }
        #[test]
        fn u16_granule_8() {
            $($test)::+::<WithSlab<$fit, u16, 8, $slab>>();
        }
        #[test]
        fn u32_granule_4() {
            $($test)::+::<WithSlab<$fit, u32, 4, $slab>>();
        }
        #[test]
        fn u32_granule_8() {
            $($test)::+::<WithSlab<$fit, u32, 8, $slab>>();
        }
    };
}

/// No slab.
pub struct Without;

impl Slabs for Without {
    const SLAB: Slab = Slab::OFF;
}

/// Classes and chunks of sizes that nobody would choose: two objects to a chunk, 59 in another, gaps in between.
pub struct Odd;

impl Slabs for Odd {
    const SLAB: Slab = Slab::expanding(&[
        Class::new(8, 512),
        Class::new(40, 128),
        Class::new(104, 256),
    ]);
}
