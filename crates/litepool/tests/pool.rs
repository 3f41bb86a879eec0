//! Pools: locked heaps that are live or not, in a list, side by side and in each other's blocks.
//!
//! With a nightly compiler the threads can be watched:
//!
//! ```text
//! RUSTFLAGS='-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer' cargo +nightly test -p litepool --test pool \
//!     --target x86_64-unknown-linux-gnu --target-dir target/tsan
//! ```
//!
//! The standard library, which is not built that way, is reported where it drops an `Arc` or ends a test; nothing of the crate is.
//! The address sanitizer (`-Zsanitizer=address`, and `ASAN_OPTIONS=detect_leaks=0`, as the pools stay for ever) has nothing to report.

mod common;

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{Memory, assert_unchanged};
use litepool::config::{Fast, Pool64, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::lock::{Lock, Spin, Unlocked};
use litepool::{
    AllocError, AttachError, CheckError, Config, DeinitError, FreeError, Heap, InitError, NotReady,
    Pool, PoolInfo, ResizeError, State,
};

/// A pool that a test makes, and its memory. Both stay for ever, as those of a `static` do.
struct Live<C: Config, L: Lock = Spin> {
    pool: &'static Pool<C, L>,
    memory: &'static Memory,
}

impl<C: Config, L: Lock> Live<C, L> {
    fn new(size: usize) -> Self {
        let live = Self {
            pool: empty(),
            memory: Box::leak(Box::new(Memory::new(size))),
        };
        live.init(0, size).unwrap();
        live
    }

    /// Initialises the pool in a part of its memory.
    fn init(&self, offset: usize, size: usize) -> Result<(), InitError> {
        init_at(self.pool, self.memory, offset, size)
    }

    fn bytes(&self) -> Vec<u8> {
        self.memory.bytes()
    }

    fn base(&self) -> NonNull<u8> {
        self.memory.base()
    }
}

impl<C: Config, L: Lock> Drop for Live<C, L> {
    fn drop(&mut self) {
        // SAFETY: no test uses a block any more. It may have been done already.
        let _ = unsafe { self.pool.deinit() };
    }
}

fn empty<C: Config, L: Lock>() -> &'static Pool<C, L> {
    Box::leak(Box::default())
}

fn init_at<C: Config, L: Lock>(
    pool: &'static Pool<C, L>,
    memory: &'static Memory,
    offset: usize,
    size: usize,
) -> Result<(), InitError> {
    assert!(offset + size <= memory.size());
    // SAFETY: the memory stays for ever, and is the pools'.
    unsafe { pool.init(memory.at(offset), size) }
}

fn init_in<C: Config, L: Lock>(
    pool: &'static Pool<C, L>,
    block: NonNull<u8>,
    size: usize,
) -> Result<(), InitError> {
    // SAFETY: the tests make pools in blocks of their own only, or where it is refused.
    unsafe { pool.init(block, size) }
}

fn free<C: Config, L: Lock>(pool: &Pool<C, L>, block: NonNull<u8>) -> Result<(), FreeError> {
    // SAFETY: the tests give up blocks of their own, or what is refused.
    unsafe { pool.free(block) }
}

fn resize<C: Config, L: Lock>(
    pool: &Pool<C, L>,
    block: NonNull<u8>,
    size: usize,
) -> Result<NonNull<u8>, ResizeError> {
    // SAFETY: as above.
    unsafe { pool.resize(block, size) }
}

fn deinit<C: Config, L: Lock>(pool: &'static Pool<C, L>) -> Result<(), DeinitError> {
    // SAFETY: the tests use no block afterwards.
    unsafe { pool.deinit() }
}

fn is_overlap(result: Result<(), InitError>) -> bool {
    matches!(result, Err(InitError::Overlap { .. }))
}

/// Where the list has the pool that begins at `base`.
fn listed(base: NonNull<u8>) -> Option<PoolInfo> {
    litepool::pools().find(|pool| pool.start == base.addr().get())
}

macro_rules! for_some_configs {
    ($($test:ident),* $(,)?) => {
        mod tlsf_u16_granule_4 {
            $(#[test] fn $test() { super::$test::<super::Standard<super::Tlsf, u16, 4>>(); })*
        }
        mod best_fit_u32_granule_8 {
            $(#[test] fn $test() { super::$test::<super::Standard<super::BestFit, u32, 8>>(); })*
        }
        mod best_fit_little_u16_granule_4 {
            $(#[test] fn $test() { super::$test::<super::Standard<super::BestFitLittle, u16, 4>>(); })*
        }
        mod tlsf_u32_granule_8_fast_slab {
            $(#[test] fn $test() { super::$test::<super::WithSlab<super::Tlsf, u32, 8, super::Fast>>(); })*
        }
    };
}

for_some_configs!(
    before_it_is_initialised_everything_is_refused,
    a_live_pool_is_not_initialised_again,
    a_pool_is_deinitialised_once_and_may_be_initialised_again,
    what_deinitialising_left_can_be_attached,
    memory_that_can_be_no_pool_is_refused,
    what_touches_a_live_pool_is_refused,
    a_pool_may_stand_in_a_used_block,
    the_block_under_a_live_pool_is_neither_freed_nor_resized,
    a_nested_pool_has_its_blocks_for_itself,
    a_pool_may_stand_in_a_pool_in_a_pool,
    a_pool_does_what_its_heap_does,
    contents_and_alignment_survive_every_resize,
    the_list_tells_what_the_pools_tell,
    zeroed_blocks_are_zero,
    a_check_in_steps_comes_to_an_end_in_use,
    a_check_in_steps_finds_damage,
    threads_share_one_pool,
    threads_make_pools_in_blocks_of_a_shared_one,
    of_threads_that_want_the_same_memory_one_gets_it,
);

fn before_it_is_initialised_everything_is_refused<C: Config>() {
    let pool: &Pool<C, Spin> = empty();
    let memory = Memory::new(64);
    let pointer = memory.base();
    assert_eq!(pool.allocate(1), Err(AllocError::NotReady));
    assert_eq!(pool.allocate_aligned(1, 64), Err(AllocError::NotReady));
    assert_eq!(pool.allocate_zeroed(1), Err(AllocError::NotReady));
    assert_eq!(free(pool, pointer), Err(FreeError::NotReady));
    assert_eq!(
        resize(pool, pointer, 8),
        Err(ResizeError::Block(FreeError::NotReady))
    );
    assert_eq!(pool.usable_size(pointer), Err(FreeError::NotReady));
    assert_eq!(pool.stats(), Err(NotReady));
    assert_eq!(pool.reset_peak(), Err(NotReady));
    assert_eq!(pool.trim(), Err(NotReady));
    assert_eq!(pool.check(), Err(CheckError::NotReady));
    assert_eq!(pool.for_each_block(|_| unreachable!()), Err(NotReady));
    assert_eq!(deinit(pool), Err(DeinitError::NotReady));
}

fn a_live_pool_is_not_initialised_again<C: Config>() {
    let live = Live::<C>::new(4096);
    live.pool.allocate(100).unwrap();
    let before = live.bytes();
    let refused = Err(InitError::AlreadyInitialised);
    assert_eq!(live.init(0, 4096), refused);
    assert_eq!(live.init(1024, 1024), refused);
    let elsewhere: &'static Memory = Box::leak(Box::new(Memory::new(2048)));
    assert_eq!(init_at(live.pool, elsewhere, 0, 2048), refused);
    // SAFETY: as for `init`.
    let attached = unsafe { live.pool.attach(live.base(), 4096) };
    assert_eq!(
        attached,
        Err(AttachError::Memory(InitError::AlreadyInitialised))
    );
    assert_eq!(live.bytes(), before);
    assert_eq!(elsewhere.bytes(), [0; 2048]);
    live.pool.check().unwrap();
    assert_eq!(live.pool.stats().unwrap().used_blocks, 1);
}

fn a_pool_is_deinitialised_once_and_may_be_initialised_again<C: Config>() {
    let live = Live::<C>::new(4096);
    for round in 0..3 {
        let block = live.pool.allocate(100).unwrap();
        let before = live.bytes();
        assert_eq!(deinit(live.pool), Ok(()), "round {round}");
        assert_eq!(deinit(live.pool), Err(DeinitError::NotReady));
        assert_eq!(free(live.pool, block), Err(FreeError::NotReady));
        assert_eq!(live.pool.allocate(1), Err(AllocError::NotReady));
        assert_eq!(listed(live.base()), None);
        assert_eq!(live.bytes(), before, "the memory is left as it is");
        live.init(1024 * round, 1024).unwrap();
        assert_eq!(live.pool.stats().unwrap().size, 1024);
        assert_eq!(deinit(live.pool), Ok(()));
        live.init(0, 4096).unwrap();
        assert_eq!(live.pool.stats().unwrap().used_blocks, 0);
    }
}

fn what_deinitialising_left_can_be_attached<C: Config>() {
    let live = Live::<C>::new(4096);
    let block = live.pool.allocate(100).unwrap();
    let stats = live.pool.stats();
    assert_eq!(deinit(live.pool), Ok(()));
    let another: &Pool<C, Spin> = empty();
    // SAFETY: the memory stays for ever, and is initialised.
    unsafe {
        let half = another.attach(live.base(), 2048);
        assert!(half.is_err());
        assert_eq!(listed(live.base()), None, "the claim was withdrawn");
        assert_eq!(another.stats(), Err(NotReady));
        another.attach(live.base(), 4096).unwrap();
    }
    assert_eq!(another.stats(), stats);
    free(another, block).unwrap();
    another.check().unwrap();
    deinit(another).unwrap();
}

fn memory_that_can_be_no_pool_is_refused<C: Config>() {
    let pool: &Pool<C, Spin> = empty();
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(4096)));
    assert_eq!(
        init_at(pool, memory, 1, 1024),
        Err(InitError::Misaligned),
        "the base"
    );
    assert_eq!(init_at(pool, memory, 0, 1023), Err(InitError::Misaligned));
    for size in (0..64).step_by(C::GRANULE) {
        let made = init_at(pool, memory, 0, size);
        match made {
            Ok(()) => deinit(pool).unwrap(),
            Err(error) => assert_eq!(error, InitError::TooSmall),
        }
        assert_eq!(made.is_err(), memory.bytes() == [0; 4096], "{size} bytes");
        if made.is_ok() {
            return;
        }
    }
    init_at(pool, memory, 0, 4096).unwrap();
    deinit(pool).unwrap();
}

fn what_touches_a_live_pool_is_refused<C: Config>() {
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(16 << 10)));
    let (start, size) = (4096, 8192);
    let pool: &Pool<C, Spin> = empty();
    init_at(pool, memory, start, size).unwrap();
    let used = pool.allocate(2048).unwrap();
    let next = pool.allocate(2048).unwrap();
    // SAFETY: both blocks are ours.
    unsafe {
        used.write_bytes(0x5A, 2048);
        next.write_bytes(0xA5, 2048);
    }
    let used = used.addr().get() - memory.base().addr().get();
    let next = next.addr().get() - memory.base().addr().get();
    let before = memory.bytes();
    let other: &Pool<C, Spin> = empty();
    let refused = Err(InitError::Overlap {
        start: memory.at(start).addr().get(),
        size,
    });
    for (what, from, to) in [
        ("the same memory", start, start + size),
        ("its front", 0, start + 64),
        ("its first granule", 0, start + C::GRANULE),
        ("its tail", start + size - 64, 16 << 10),
        ("its last granule", start + size - C::GRANULE, 16 << 10),
        ("all of it and more", 0, 16 << 10),
        ("all of it and more behind", start, 16 << 10),
        ("its control block", start, start + 2048),
        ("its free memory", start + size - 2048, start + size),
        ("a used block and the next header", used, next),
        ("two used blocks", used + 1024, next + 1024),
    ] {
        assert_eq!(init_at(other, memory, from, to - from), refused, "{what}");
        assert_eq!(memory.bytes(), before, "{what}");
        assert_eq!(other.stats(), Err(NotReady), "{what}");
    }
    // Right beside it there is nothing to refuse.
    for (from, to) in [(0, start), (start + size, 16 << 10)] {
        init_at(other, memory, from, to - from).unwrap();
        deinit(other).unwrap();
    }
    pool.check().unwrap();
    deinit(pool).unwrap();
}

fn a_pool_may_stand_in_a_used_block<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let block = outer.pool.allocate(4096).unwrap();
    let payload = outer.pool.usable_size(block).unwrap() & !7;
    let inner: &Pool<C, Spin> = empty();
    for (from, size) in [(0, payload), (64, 2048), (payload - 1024, 1024)] {
        // SAFETY: inside the block.
        let base = unsafe { block.add(from) };
        init_in(inner, base, size).unwrap();
        let mut blocks = Vec::new();
        while let Ok(block) = inner.allocate(40) {
            // SAFETY: a block of this size.
            unsafe { block.write_bytes(0xEE, 40) };
            blocks.push(block);
        }
        assert!(blocks.len() > 3);
        outer.pool.check().unwrap();
        inner.check().unwrap();
        assert_eq!(listed(base).unwrap().stats, inner.stats().ok());
        deinit(inner).unwrap();
    }
    // Two of them in one block, beside each other.
    let second: &Pool<C, Spin> = empty();
    init_in(inner, block, 2048).unwrap();
    // SAFETY: inside the block.
    let behind = unsafe { block.add(2048) };
    assert!(is_overlap(init_in(second, block, 1024)));
    init_in(second, behind, 2048 - 64).unwrap();
    for (pool, other) in [(inner, second), (second, inner)] {
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        deinit(pool).unwrap();
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        other.allocate(100).unwrap();
        let base = if core::ptr::eq(pool, inner) {
            block
        } else {
            behind
        };
        init_in(pool, base, 1024).unwrap();
    }
    deinit(inner).unwrap();
    deinit(second).unwrap();
    free(outer.pool, block).unwrap();
    outer.pool.check().unwrap();
}

fn the_block_under_a_live_pool_is_neither_freed_nor_resized<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let others = [(); 6].map(|()| outer.pool.allocate(100).unwrap());
    let block = outer.pool.allocate(2048).unwrap();
    let inner: &Pool<C, Spin> = empty();
    for from in [0, 512] {
        // SAFETY: inside the block.
        init_in(inner, unsafe { block.add(from) }, 1024).unwrap();
        inner.allocate(100).unwrap();
        let before = outer.bytes();
        assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
        for size in [1, 100, 2048, 2100, 8000] {
            let refused = Err(ResizeError::Block(FreeError::HoldsPool));
            assert_eq!(resize(outer.pool, block, size), refused);
            // SAFETY: refused.
            let aligned = unsafe { outer.pool.resize_aligned(block, size, 64) };
            assert_eq!(aligned, refused);
        }
        assert_eq!(deinit(outer.pool), Err(DeinitError::HoldsPool));
        assert_unchanged(&before, &outer.bytes());
        assert!(outer.pool.usable_size(block).unwrap() >= 2048);
        // All other blocks are as free as ever.
        let other = resize(outer.pool, others[0], 120).unwrap();
        assert_eq!(free(outer.pool, other), Ok(()));
        assert_eq!(free(outer.pool, other), Err(FreeError::AlreadyFree));
        let again = outer.pool.allocate(100).unwrap();
        assert_eq!(again, others[0]);
        assert_eq!(deinit(inner), Ok(()));
    }
    let block = resize(outer.pool, block, 4000).unwrap();
    free(outer.pool, block).unwrap();
    for other in others {
        free(outer.pool, other).unwrap();
    }
    outer.pool.check().unwrap();
    assert_eq!(deinit(outer.pool), Ok(()));
}

fn a_nested_pool_has_its_blocks_for_itself<C: Config>() {
    let outer = Live::<C>::new(16 << 10);
    let block = outer.pool.allocate(4096).unwrap();
    let inner: &Pool<C, Spin> = empty();
    init_in(inner, block, 4096).unwrap();
    let blocks = [(); 8].map(|()| inner.allocate(60).unwrap());
    let before = outer.bytes();
    for at in (C::GRANULE..4096).step_by(C::GRANULE) {
        // SAFETY: inside the block.
        let pointer = unsafe { block.add(at) };
        let refused = FreeError::InNestedPool;
        assert_eq!(free(outer.pool, pointer), Err(refused));
        assert_eq!(
            resize(outer.pool, pointer, 10),
            Err(ResizeError::Block(refused))
        );
        assert_eq!(outer.pool.usable_size(pointer), Err(refused));
    }
    assert_unchanged(&before, &outer.bytes());
    for block in blocks {
        free(inner, block).unwrap();
    }
    assert_eq!(free(inner, block), Err(FreeError::OutOfPool));
    deinit(inner).unwrap();
    free(outer.pool, block).unwrap();
}

fn a_pool_may_stand_in_a_pool_in_a_pool<C: Config>() {
    let outer = Live::<C>::new(32 << 10);
    let (middle, inner): (&Pool<C, Spin>, &Pool<C, Spin>) = (empty(), empty());
    let block = outer.pool.allocate(16 << 10).unwrap();
    init_in(middle, block, 16 << 10).unwrap();
    let nested = middle.allocate(4096).unwrap();
    // Within the outer pool's block, but not within a block of the pool that stands there.
    // SAFETY: inside the block.
    let free_memory = unsafe { block.add((16 << 10) - 2048) };
    assert!(is_overlap(init_in(inner, free_memory, 2048)));
    init_in(inner, nested, 4096).unwrap();
    let own = inner.allocate(100).unwrap();
    assert_eq!(free(outer.pool, own), Err(FreeError::InNestedPool));
    assert_eq!(free(middle, own), Err(FreeError::InNestedPool));
    assert_eq!(free(outer.pool, nested), Err(FreeError::InNestedPool));
    assert_eq!(free(middle, nested), Err(FreeError::HoldsPool));
    assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
    assert_eq!(deinit(middle), Err(DeinitError::HoldsPool));
    let starts = [outer.base(), block, nested].map(|base| base.addr().get());
    let order: Vec<usize> = litepool::pools()
        .map(|pool| pool.start)
        .filter(|start| starts.contains(start))
        .collect();
    assert_eq!(order, starts);
    free(inner, own).unwrap();
    deinit(inner).unwrap();
    free(middle, nested).unwrap();
    deinit(middle).unwrap();
    free(outer.pool, block).unwrap();
    outer.pool.check().unwrap();
}

/// Numbers that look random, the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// Short blocks are copied at once, so a pool does to the byte what its heap does.
fn a_pool_does_what_its_heap_does<C: Config>() {
    let size = 32 << 10;
    let live = Live::<C>::new(size);
    let memory = Memory::new(size);
    let mut heap: Heap<'_, C> = memory.heap();
    let place = |pointer: NonNull<u8>| pointer.addr().get() - live.base().addr().get();
    let at = |pointer: NonNull<u8>| memory.at(place(pointer));
    let mut blocks: Vec<NonNull<u8>> = Vec::new();
    let mut numbers = Numbers(7);
    for _ in 0..4000 {
        let size = numbers.below(200);
        match numbers.below(4) {
            0 => {
                let align = 1 << numbers.below(8);
                let got = live.pool.allocate_aligned(size, align);
                assert_eq!(got.map(at), heap.allocate_aligned(size, align));
                blocks.extend(got);
            }
            1 => {
                let got = live.pool.allocate(size);
                assert_eq!(got.map(at), heap.allocate(size));
                blocks.extend(got);
            }
            2 if !blocks.is_empty() => {
                let index = numbers.below(blocks.len());
                let block = blocks[index];
                let got = resize(live.pool, block, size);
                // SAFETY: the same block of the other pool.
                assert_eq!(got.map(at), unsafe { heap.resize(at(block), size) });
                blocks[index] = got.unwrap_or(block);
            }
            3 if !blocks.is_empty() => {
                let block = blocks.swap_remove(numbers.below(blocks.len()));
                free(live.pool, block).unwrap();
                // SAFETY: the same block of the other pool.
                unsafe { heap.free(at(block)) }.unwrap();
                assert!(free(live.pool, block).is_err());
            }
            _ => {}
        }
    }
    assert!(!blocks.is_empty());
    assert_eq!(live.pool.stats(), Ok(heap.stats()));
    let mut walked = Vec::new();
    live.pool
        .for_each_block(|block| walked.push(block))
        .unwrap();
    assert!(heap.blocks().eq(walked));
    live.pool.reset_peak().unwrap();
    heap.reset_peak();
    assert_eq!(live.pool.trim(), Ok(heap.trim()));
    assert_eq!(live.pool.stats(), Ok(heap.stats()));
    live.pool.check().unwrap();
}

/// A block that a test filled.
struct Filled {
    pointer: NonNull<u8>,
    size: usize,
    align: usize,
    seed: u8,
}

impl Filled {
    fn new(pointer: NonNull<u8>, size: usize, align: usize, seed: u8) -> Self {
        let filled = Self {
            pointer,
            size,
            align,
            seed,
        };
        for at in 0..size {
            // SAFETY: a block of this size.
            unsafe { pointer.add(at).write(filled.byte(at)) };
        }
        filled
    }

    fn byte(&self, at: usize) -> u8 {
        self.seed.wrapping_add((at ^ (at >> 8)) as u8)
    }

    /// The first `length` bytes are what was written.
    fn verify(&self, length: usize) {
        assert!(self.pointer.addr().get().is_multiple_of(self.align));
        for at in 0..length.min(self.size) {
            // SAFETY: inside the block.
            let found = unsafe { self.pointer.add(at).read() };
            assert_eq!(found, self.byte(at), "byte {at} of {}", self.size);
        }
    }

    /// Resizes, and proves the contents that are to be kept.
    fn resize<C: Config, L: Lock>(&mut self, pool: &Pool<C, L>, size: usize) {
        match resize(pool, self.pointer, size) {
            Ok(pointer) => {
                self.pointer = pointer;
                let kept = self.size.min(size);
                self.verify(kept);
                *self = Self::new(pointer, size, self.align, self.seed);
            }
            Err(ResizeError::Alloc(AllocError::Exhausted { .. }))
            | Err(ResizeError::AlignedBlock) => {
                self.verify(self.size);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// A churn of blocks up to `largest` bytes, whose contents are proved all the time.
fn churn<C: Config, L: Lock>(pool: &Pool<C, L>, steps: usize, largest: usize, seed: u64) {
    let mut numbers = Numbers(seed);
    let mut blocks: Vec<Filled> = Vec::new();
    for _ in 0..steps {
        let size = 1 + numbers.below(largest);
        match numbers.below(5) {
            0 | 1 => {
                let align = 1 << numbers.below(8);
                if let Ok(pointer) = pool.allocate_aligned(size, align) {
                    blocks.push(Filled::new(pointer, size, align, seed as u8));
                }
            }
            2 | 3 if !blocks.is_empty() => {
                let index = numbers.below(blocks.len());
                blocks[index].resize(pool, size);
            }
            4 if !blocks.is_empty() => {
                let index = numbers.below(blocks.len());
                let block = blocks.swap_remove(index);
                block.verify(block.size);
                free(pool, block.pointer).unwrap();
            }
            _ => {}
        }
    }
    for block in blocks {
        block.verify(block.size);
        free(pool, block.pointer).unwrap();
    }
}

fn contents_and_alignment_survive_every_resize<C: Config>() {
    for (largest, seed) in [(300, 1), (3000, 2), (20_000, 3)] {
        let live = Live::<C>::new(64 << 10);
        churn(live.pool, 2000, largest, seed);
        live.pool.check().unwrap();
        let stats = live.pool.stats().unwrap();
        assert_eq!((stats.used, stats.used_blocks), (0, 0));
    }
}

fn the_list_tells_what_the_pools_tell<C: Config>() {
    let pools = [2048, 4096, 8192].map(Live::<C>::new);
    for (index, live) in pools.iter().enumerate() {
        let block = live.pool.allocate(200 * (index + 1)).unwrap();
        live.pool.allocate(10).unwrap();
        free(live.pool, block).unwrap();
    }
    let mut starts = Vec::new();
    for info in litepool::pools() {
        starts.push(info.start);
        let live = pools
            .iter()
            .find(|live| live.base().addr().get() == info.start);
        if let Some(live) = live {
            assert_eq!(info.size, live.memory.size());
            assert_eq!(info.stats, live.pool.stats().ok());
            let stats = info.stats.unwrap();
            assert_eq!((stats.size, stats.used_blocks), (info.size, 1));
            assert!(stats.peak > stats.used);
        }
    }
    assert!(starts.is_sorted());
    for live in &pools {
        assert!(starts.contains(&live.base().addr().get()));
    }
    deinit(pools[1].pool).unwrap();
    let left = [0, 1, 2].map(|index: usize| listed(pools[index].base()).is_some());
    assert_eq!(left, [true, false, true]);
}

fn zeroed_blocks_are_zero<C: Config>() {
    let live = Live::<C>::new(4096);
    let all = live.pool.stats().unwrap().largest_free;
    let block = live.pool.allocate(all).unwrap();
    // SAFETY: ours.
    unsafe { block.write_bytes(0xFF, all) };
    free(live.pool, block).unwrap();
    for size in [1, 30, 100, 1000] {
        let block = live.pool.allocate_zeroed(size).unwrap();
        for at in 0..size {
            // SAFETY: inside the block.
            assert_eq!(unsafe { block.add(at).read() }, 0);
        }
    }
}

/// Steps a round to its end; gives their number.
fn steps<C: Config, L: Lock>(pool: &Pool<C, L>, blocks: usize) -> Result<usize, CheckError> {
    let mut steps = 1;
    while !pool.check_step(blocks)? {
        steps += 1;
    }
    Ok(steps)
}

fn a_check_in_steps_comes_to_an_end_in_use<C: Config>() {
    let live = Live::<C>::new(32 << 10);
    assert_eq!(steps(live.pool, 1), Ok(1), "one free block, or chunks");
    let mut blocks: Vec<NonNull<u8>> = (0..200)
        .map(|number| live.pool.allocate(300 + number % 7 * 8))
        .map_while(Result::ok)
        .collect();
    let count = blocks.len();
    for wide in [1, 3, 10] {
        let rounds = steps(live.pool, wide).unwrap();
        assert!((count / (wide + 2)..=count).contains(&rounds), "{rounds}");
    }
    assert_eq!(steps(live.pool, count + 1), Ok(1));
    // Whatever is given up or resized between two steps, wherever the last one ended.
    let mut numbers = Numbers(3);
    let mut ended = 0;
    for _ in 0..3000 {
        ended += usize::from(live.pool.check_step(1 + numbers.below(4)).unwrap());
        let index = numbers.below(blocks.len());
        let size = 1 + numbers.below(700);
        match numbers.below(3) {
            0 if blocks.len() > 20 => free(live.pool, blocks.swap_remove(index)).unwrap(),
            1 => {
                let resized = resize(live.pool, blocks[index], size);
                blocks[index] = resized.unwrap_or(blocks[index]);
            }
            _ => blocks.extend(live.pool.allocate(size)),
        }
    }
    assert!(ended > 10);
    // Even if each time it is the very block at which the step ended: in the order of the addresses, and against it.
    for backwards in [false, true] {
        blocks.sort_unstable();
        if backwards {
            blocks.reverse();
        }
        for block in blocks.drain(..) {
            live.pool.check_step(1).unwrap();
            free(live.pool, block).unwrap();
        }
        while !live.pool.check_step(1).unwrap() {}
        blocks.extend((0..60).map_while(|_| live.pool.allocate(400).ok()));
    }
    live.pool.check().unwrap();
}

fn a_check_in_steps_finds_damage<C: Config>() {
    let live = Live::<C>::new(32 << 10);
    let blocks = [(); 12].map(|()| live.pool.allocate(1700).unwrap());
    let place = |block: NonNull<u8>| block.addr().get() - live.base().addr().get();
    for number in [1, 5] {
        free(live.pool, blocks[number]).unwrap();
    }
    assert!(steps(live.pool, 1).unwrap() > 5);
    // Headers of used and of free blocks; where there is a slab, objects have none.
    if live.pool.stats().unwrap().chunks > 0 {
        return;
    }
    for number in [0, 1, 5, 6, 11] {
        let at = place(blocks[number]) - 4;
        let header = live.memory.word(at);
        live.memory.set_word(at, header ^ 0x40);
        for _ in 0..2 {
            let found = steps(live.pool, 1);
            assert!(matches!(found, Err(CheckError::Corrupt(_))), "{found:?}");
        }
        live.memory.set_word(at, header);
        steps(live.pool, 1).unwrap();
    }
}

fn threads_share_one_pool<C: Config>() {
    let live = Live::<C>::new(128 << 10);
    let pool = live.pool;
    thread::scope(|scope| {
        for seed in 1..=4 {
            scope.spawn(move || churn(pool, 1500, 3000, seed));
        }
        scope.spawn(move || {
            for _ in 0..50 {
                pool.check().unwrap();
                steps(pool, 10).unwrap();
                let mut blocks = 0;
                pool.for_each_block(|block| blocks += usize::from(block.state == State::Free))
                    .unwrap();
                let stats = pool.stats().unwrap();
                assert_eq!(stats.used + stats.free + stats.overhead, stats.size);
            }
        });
    });
    pool.check().unwrap();
    assert_eq!(pool.stats().unwrap().used, 0);
}

fn threads_make_pools_in_blocks_of_a_shared_one<C: Config>() {
    let live = Live::<C>::new(192 << 10);
    let outer = live.pool;
    thread::scope(|scope| {
        for seed in 1..=3 {
            scope.spawn(move || {
                let inner: &Pool<C, Spin> = empty();
                for round in 0..20 {
                    let block = outer.allocate(8 << 10).unwrap();
                    init_in(inner, block, 8 << 10).unwrap();
                    churn(inner, 100, 500, seed + 10 * round);
                    assert_eq!(free(outer, block), Err(FreeError::HoldsPool));
                    inner.check().unwrap();
                    deinit(inner).unwrap();
                    free(outer, block).unwrap();
                }
            });
        }
        scope.spawn(move || churn(outer, 600, 300, 99));
        scope.spawn(|| {
            for _ in 0..100 {
                assert!(litepool::pools().is_sorted_by_key(|pool| pool.start));
            }
        });
    });
    outer.check().unwrap();
    assert_eq!(outer.stats().unwrap().used, 0);
    assert_eq!(deinit(outer), Ok(()));
}

/// Memory that one thread gives to another.
struct Place(NonNull<u8>);

// SAFETY: bytes belong to no thread.
unsafe impl Send for Place {}

fn of_threads_that_want_the_same_memory_one_gets_it<C: Config>() {
    let memory: &'static Memory = Box::leak(Box::new(Memory::new(4096)));
    let pools = [(); 4].map(|()| empty::<C, Spin>());
    for _ in 0..20 {
        let winners = AtomicUsize::new(0);
        thread::scope(|scope| {
            for (index, &pool) in pools.iter().enumerate() {
                let (winners, place) = (&winners, Place(memory.at(64 * index)));
                scope.spawn(move || {
                    let Place(base) = { place };
                    match init_in(pool, base, 2048) {
                        Ok(()) => {
                            winners.fetch_add(1, Ordering::Relaxed);
                            pool.allocate(64).unwrap();
                        }
                        refused => assert!(is_overlap(refused)),
                    }
                });
            }
        });
        assert_eq!(winners.load(Ordering::Relaxed), 1);
        let live = pools.iter().filter(|pool| pool.stats().is_ok());
        assert_eq!(live.map(|pool| deinit(pool).unwrap()).count(), 1);
    }
}

/// Different kinds of pools, each with threads of its own.
#[test]
fn threads_use_several_pools_at_once() {
    let tlsf = Live::<Pool64>::new(128 << 10);
    let best = Live::<Standard<BestFit, u16, 4>>::new(128 << 10);
    let slab = Live::<WithSlab<Tlsf, u32, 8, Fast>>::new(1 << 20);
    let (first, second, third) = (tlsf.pool, best.pool, slab.pool);
    thread::scope(|scope| {
        for seed in 1..=2 {
            scope.spawn(move || churn(first, 2000, 4000, seed));
            scope.spawn(move || churn(second, 2000, 2000, seed));
            scope.spawn(move || churn(third, 2000, 500, seed));
        }
        // And one that uses two of them.
        scope.spawn(move || {
            churn(first, 500, 700, 8);
            churn(second, 500, 700, 9);
        });
    });
    first.check().unwrap();
    second.check().unwrap();
    third.check().unwrap();
}

#[test]
fn a_pool_of_one_thread_is_listed_but_not_looked_into() {
    let live = Live::<Pool64, Unlocked>::new(4096);
    let block = live.pool.allocate(2048).unwrap();
    let base = live.base().addr().get();
    let info = thread::spawn(move || litepool::pools().find(|pool| pool.start == base))
        .join()
        .unwrap()
        .unwrap();
    assert_eq!((info.size, info.stats), (4096, None));
    // Nor can it take note of a pool in its blocks.
    let inner: &Pool<Pool64, Spin> = empty();
    assert!(is_overlap(init_in(inner, block, 1024)));
    free(live.pool, block).unwrap();
    // The other way round it is as with any pool.
    let outer = Live::<Pool64>::new(8192);
    let block = outer.pool.allocate(4096).unwrap();
    let inner: &Pool<Pool64, Unlocked> = empty();
    init_in(inner, block, 4096).unwrap();
    assert_eq!(free(outer.pool, block), Err(FreeError::HoldsPool));
    deinit(inner).unwrap();
    free(outer.pool, block).unwrap();
}

#[test]
fn a_pool_may_stand_in_an_object_of_a_slab() {
    let outer = Live::<WithSlab<Tlsf, u32, 8, Fast>>::new(1 << 20);
    let objects = [(); 3].map(|()| outer.pool.allocate(1500).unwrap());
    assert!(outer.pool.stats().unwrap().chunks > 0);
    let inner: &Pool<Standard<BestFitLittle, u16, 4>, Spin> = empty();
    let size = outer.pool.usable_size(objects[1]).unwrap();
    init_in(inner, objects[1], size).unwrap();
    inner.allocate(100).unwrap();
    assert_eq!(free(outer.pool, objects[1]), Err(FreeError::HoldsPool));
    assert_eq!(free(outer.pool, objects[0]), Ok(()));
    // A slot that is free holds nothing, nor does one that ends too early.
    let other: &Pool<Standard<BestFitLittle, u16, 4>, Spin> = empty();
    assert!(is_overlap(init_in(other, objects[0], 512)));
    assert!(is_overlap(init_in(other, objects[2], size + 8)));
    deinit(inner).unwrap();
    assert_eq!(free(outer.pool, objects[1]), Ok(()));
    outer.pool.check().unwrap();
}
