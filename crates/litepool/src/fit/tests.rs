//! Every algorithm against an oracle of live ranges, and what the tests of the modules share.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::Heap;
use crate::config::{Check, Config};
use crate::layout::{Field, Shape};

/// A configuration of so many bits of a size.
#[derive(Debug)]
pub struct Test<F, const BITS: u32, const GRANULE: usize, const HARDENED: bool>(PhantomData<F>);

impl<F: Fit, const BITS: u32, const GRANULE: usize, const HARDENED: bool> Config
    for Test<F, BITS, GRANULE, HARDENED>
{
    type Fit = F;
    type Record = ();
    const MAX_SIZE: usize = GRANULE << BITS;
    const GRANULE: usize = GRANULE;
    const CHECK: Check = if HARDENED {
        Check::Hardened
    } else {
        Check::Links
    };
}

/// Memory for a pool, on a boundary of 8 bytes.
pub fn memory(size: usize) -> Vec<MaybeUninit<u64>> {
    vec![MaybeUninit::new(0); size / 8]
}

pub fn heap<C: Config>(memory: &mut [MaybeUninit<u64>]) -> Heap<'_, C> {
    let base = NonNull::from(&mut *memory).cast();
    // SAFETY: the memory is borrowed for as long as the heap lives.
    unsafe { Heap::from_raw(base, memory.len() * 8) }.unwrap()
}

pub fn free<C: Config>(heap: &mut Heap<'_, C>, block: NonNull<u8>) {
    // SAFETY: the tests free what they allocated, once.
    unsafe { heap.free(block) }.unwrap();
}

/// Numbers below a bound, the same in every run (G. Marsaglia's xorshift).
pub struct Random(pub u32);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }

    /// Sizes of all orders of magnitude up to `most`.
    pub fn size(&mut self, most: usize) -> usize {
        let most = most >> self.below(most.ilog2() as usize);
        1 + self.below(most.max(1))
    }
}

/// The chain's free blocks; everything that the chain says of itself holds.
pub fn walk<S: Shape>(blocks: &Blocks<S>) -> Gathering {
    let mut free = Gathering::default();
    let (mut used, mut used_blocks) = (0, 0);
    let (mut block, mut is_behind_free) = (blocks.first(), false);
    while block != blocks.end() {
        let header = blocks.header(block);
        let size = blocks.size_in_walk(block).expect("a size");
        assert!(blocks.is_sealed(block, header), "seal of {block:?}");
        assert_eq!(header.is_previous_free(), is_behind_free, "{block:?}");
        if header.is_used() {
            used += size;
            used_blocks += 1;
        } else {
            assert!(!is_behind_free, "{block:?} is not merged");
            assert!(blocks.is_free(block, size), "{block:?}");
            assert_eq!(blocks.footer(block.after(size)), size, "{block:?}");
            free.add(block);
        }
        is_behind_free = !header.is_used();
        block = block.after(size);
    }
    let end = blocks.header(block);
    assert!(end.is_used() && blocks.size(end) == 0 && blocks.is_sealed(block, end));
    assert_eq!(end.is_previous_free(), is_behind_free, "the end block");
    assert_eq!(blocks.field(Field::Used), used);
    assert_eq!(blocks.field(Field::UsedBlocks), used_blocks);
    assert_eq!(blocks.field(Field::FreeBlocks), free.count);
    free
}

/// The chain and the index agree, and so do their extremes.
pub fn assert_clean<C: Config>(heap: &Heap<'_, C>) {
    let blocks = heap.chain().image();
    check(&blocks, walk(&blocks)).unwrap();
    let sizes = || blocks.free_blocks().map(|(_, size)| size);
    let expected = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    assert_eq!(extremes(&blocks, usize::MAX), expected);
}

/// A live block, and the byte with which it is filled.
#[derive(Clone)]
struct Live {
    pointer: NonNull<u8>,
    size: usize,
    align: usize,
    fill: u8,
}

impl Live {
    fn range(&self) -> core::ops::Range<usize> {
        let start = self.pointer.addr().get();
        start..start + self.size
    }

    fn fill(&self) {
        // SAFETY: live, and of this size.
        unsafe { self.pointer.write_bytes(self.fill, self.size) };
    }

    fn assert_kept(&self, size: usize) {
        // SAFETY: live, of this size at least, and filled.
        let bytes = unsafe { core::slice::from_raw_parts(self.pointer.as_ptr(), size) };
        assert!(bytes.iter().all(|&byte| byte == self.fill));
    }
}

/// A heap and what is known of it from outside.
struct Model<'m, C: Config> {
    heap: Heap<'m, C>,
    live: Vec<Live>,
    random: Random,
    fill: u8,
    served: usize,
}

impl<C: Config> Model<'_, C> {
    fn step(&mut self, most: usize) {
        let size = self.random.size(most);
        let align = 1 << self.random.below(9);
        match self.random.below(100) {
            0..35 => self.allocate(size, 1),
            35..50 => self.allocate(size, align),
            50..65 if !self.live.is_empty() => self.resize(size, None),
            65..72 if !self.live.is_empty() => self.resize(size, Some(align)),
            _ if !self.live.is_empty() => {
                let live = self.take();
                live.assert_kept(live.size);
                free(&mut self.heap, live.pointer);
            }
            _ => {}
        }
        assert_clean(&self.heap);
    }

    fn take(&mut self) -> Live {
        let at = self.random.below(self.live.len());
        self.live.swap_remove(at)
    }

    fn add(&mut self, pointer: NonNull<u8>, size: usize, align: usize) {
        self.fill = self.fill.wrapping_add(1);
        let live = Live {
            pointer,
            size,
            align,
            fill: self.fill,
        };
        let range = live.range();
        let is_apart = |other: &Live| {
            let other = other.range();
            other.end <= range.start || range.end <= other.start
        };
        assert!(self.live.iter().all(is_apart));
        assert!(range.start.is_multiple_of(align.max(C::GRANULE)));
        live.fill();
        self.served += 1;
        self.live.push(live);
    }

    /// Granules of the largest free block.
    fn largest(&self) -> u32 {
        let sizes = self.heap.chain().free_blocks();
        sizes.map(|(_, size)| size).max().unwrap_or(0)
    }

    fn allocate(&mut self, size: usize, align: usize) {
        let largest = (self.largest() as usize * C::GRANULE).saturating_sub(4);
        match self.heap.allocate_aligned(size, align) {
            Ok(pointer) => self.add(pointer, size, align),
            Err(_) => {
                let is_bounded = <C::Fit as sealed::Fit>::IS_BOUNDED;
                let hides = is_bounded || align > C::GRANULE;
                assert!(hides || size > largest, "{size} of {largest} refused");
            }
        }
    }

    fn resize(&mut self, size: usize, align: Option<usize>) {
        let live = self.take();
        let is_aligned = live.align > C::GRANULE;
        // SAFETY: live, and replaced.
        let resized = unsafe {
            match align {
                None => self.heap.resize(live.pointer, size),
                Some(align) => self.heap.resize_aligned(live.pointer, size, align),
            }
        };
        let Ok(pointer) = resized else {
            live.assert_kept(live.size);
            return self.live.push(live);
        };
        assert!(C::Fit::RESIZES_ALIGNED || !is_aligned);
        let kept = live.size.min(size);
        let align = align.unwrap_or(live.align);
        Live { pointer, ..live }.assert_kept(kept);
        self.add(pointer, size, align);
    }
}

fn agrees_with_the_oracle<C: Config>(pool: usize, most: usize) {
    let mut memory = memory(pool);
    let mut model = Model::<C> {
        heap: heap(&mut memory),
        live: Vec::new(),
        random: Random(0x9E37_79B9),
        fill: 0,
        served: 0,
    };
    for _ in 0..3000 {
        model.step(most);
    }
    assert!(model.served > 800, "only {} requests served", model.served);
    for live in core::mem::take(&mut model.live) {
        live.assert_kept(live.size);
        free(&mut model.heap, live.pointer);
        assert_clean(&model.heap);
    }
    let blocks = model.heap.chain();
    assert_eq!(blocks.field(Field::FreeBlocks), 1);
    assert_eq!(
        extremes(&blocks.image(), 1),
        (blocks.capacity(), blocks.capacity())
    );
}

fn for_all_widths<F: Fit>() {
    fn checked<F: Fit, const HARDENED: bool>() {
        agrees_with_the_oracle::<Test<F, 16, 4, HARDENED>>(4096, 300);
        agrees_with_the_oracle::<Test<F, 16, 8, HARDENED>>(16_384, 2000);
        agrees_with_the_oracle::<Test<F, 22, 4, HARDENED>>(16_384, 3000);
        agrees_with_the_oracle::<Test<F, 22, 8, HARDENED>>(8192, 400);
    }
    checked::<F, false>();
    checked::<F, true>();
}

#[test]
fn tlsf_agrees_with_the_oracle() {
    for_all_widths::<Tlsf>();
}

#[test]
fn bounded_tlsf_agrees_with_the_oracle() {
    for_all_widths::<Tlsf<8>>();
}

#[test]
fn best_fit_agrees_with_the_oracle() {
    for_all_widths::<BestFit>();
}

#[test]
fn best_fit_little_agrees_with_the_oracle() {
    for_all_widths::<BestFitLittle>();
}

impl<C: Config> Model<'_, C> {
    /// A step in a damaged pool: whatever is refused is refused, but nobody's bytes are touched.
    fn step_damaged(&mut self) {
        let size = self.random.size(200);
        let choice = self.random.below(100);
        if choice < 55 || self.live.is_empty() {
            let align = if choice < 45 { 1 } else { 32 };
            if let Ok(pointer) = self.heap.allocate_aligned(size, align) {
                self.add(pointer, size, align);
            }
        } else if choice < 65 {
            self.resize(size, None);
        } else {
            let live = self.take();
            live.assert_kept(live.size);
            // SAFETY: live; given up unless this is refused.
            if unsafe { self.heap.free(live.pointer) }.is_err() {
                self.live.push(live);
            }
        }
    }
}

/// Flips each bit outside of live payloads, `step` apart, and goes on from there: nothing leaves
/// the pool (debug builds check every access), no two blocks overlap, and contents stay. Gives the
/// number of flips that did harm.
fn harm_of_flips<C: Config>(pool: usize, step: usize) -> usize {
    let mut memory = memory(pool);
    let mut model = Model::<C> {
        heap: heap(&mut memory),
        live: Vec::new(),
        random: Random(0x2545_F491),
        fill: 0,
        served: 0,
    };
    for _ in 0..200 {
        model.step(200);
    }
    let chain = *model.heap.chain();
    let bytes = chain.memory();
    let image: Vec<u8> = (0..pool).map(|at| bytes.load_byte(at)).collect();
    let kept = model.live.clone();
    let is_payload = |at: usize| {
        kept.iter()
            .any(|live| live.range().contains(&(bytes.address() + at)))
    };
    let mut harm = 0;
    for bit in (0..8 * pool)
        .step_by(step)
        .filter(|bit| !is_payload(bit / 8))
    {
        for (at, &byte) in image.iter().enumerate() {
            bytes.store_byte(at, byte);
        }
        model.live.clone_from(&kept);
        bytes.store_byte(bit / 8, image[bit / 8] ^ 1 << (bit % 8));
        model.random = Random(bit as u32 + 1);
        let mut run = || {
            for _ in 0..80 {
                model.step_damaged();
            }
            model
                .live
                .iter()
                .for_each(|live| live.assert_kept(live.size));
        };
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut run)).is_err() {
            std::eprintln!("harm: bit {bit}");
            harm += 1;
        }
    }
    harm
}

#[test]
fn no_flipped_bit_does_harm_to_tlsf() {
    assert_eq!(harm_of_flips::<Test<Tlsf, 16, 4, true>>(2048, 1), 0);
}

#[test]
fn no_flipped_bit_does_harm_to_best_fit() {
    assert_eq!(harm_of_flips::<Test<BestFit, 16, 4, true>>(2048, 1), 0);
    assert_eq!(harm_of_flips::<Test<BestFit, 22, 4, true>>(2048, 1), 0);
}

#[test]
fn no_flipped_bit_does_harm_to_best_fit_little() {
    assert_eq!(
        harm_of_flips::<Test<BestFitLittle, 16, 4, true>>(2048, 1),
        0
    );
}

/// Pools so small that there are hardly any lists.
#[test]
fn the_smallest_pools_work() {
    fn of<C: Config>() {
        for size in (16..400).step_by(8) {
            let mut memory = memory(size);
            let base = NonNull::from(&mut *memory).cast();
            // SAFETY: the memory outlives the heap.
            let Ok(mut heap) = (unsafe { Heap::<C>::from_raw(base, size) }) else {
                continue;
            };
            assert_clean(&heap);
            let whole = heap.chain().capacity() as usize * C::GRANULE - 4;
            let block = heap.allocate(whole).unwrap();
            assert_clean(&heap);
            free(&mut heap, block);
            let mut blocks = Vec::new();
            while let Ok(block) = heap.allocate(1) {
                blocks.push(block);
                assert_clean(&heap);
            }
            for block in blocks {
                free(&mut heap, block);
                assert_clean(&heap);
            }
        }
    }
    of::<Test<Tlsf, 16, 4, true>>();
    of::<Test<BestFit, 16, 4, true>>();
    of::<Test<BestFit, 29, 4, true>>();
    of::<Test<BestFit, 16, 8, false>>();
    of::<Test<BestFitLittle, 16, 4, true>>();
    of::<Test<BestFitLittle, 22, 8, false>>();
}

/// The index has a list for the largest block that there can be, and a larger pool has no less for
/// blocks than a smaller one.
#[test]
fn the_first_block_leaves_room_for_the_index_of_what_it_leaves() {
    fn holds<C: Config>() {
        let layout = crate::config::layout_of::<C>();
        let mut before = 0;
        for granules in 8..(20_000.min(layout.most_granules())) {
            let first = first_block(&layout, granules);
            let capacity = granules.saturating_sub(first).max(1);
            assert!(first_behind(&layout, granules, capacity) <= first);
            assert!(capacity >= before, "{granules}");
            before = capacity;
        }
    }
    holds::<Test<Tlsf, 16, 4, true>>();
    holds::<Test<Tlsf, 16, 8, true>>();
    holds::<Test<Tlsf, 22, 4, true>>();
    holds::<Test<BestFit, 16, 4, true>>();
    holds::<Test<BestFit, 22, 8, true>>();
    holds::<Test<BestFitLittle, 22, 4, true>>();
}
