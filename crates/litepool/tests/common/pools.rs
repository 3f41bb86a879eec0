//! What the tests of pools share: pools that stay for ever, and a churn that proves contents.

use std::ptr::NonNull;

use litepool::lock::{Lock, Spin};
use litepool::{
    AllocError, BlockInfo, Caller, CheckError, Config, DeinitError, FreeError, InitError, NotReady,
    Pool, PoolInfo, RegionError, ResizeError, Stats,
};
use litepool_testing::config::WithRegions;

use super::Memory;
pub use super::Numbers;

/// A pool that a test makes, and its memory. Both stay for ever, as those of a `static` do.
pub struct Live<C: Config, L: Lock = Spin> {
    pub pool: &'static Pool<C, L>,
    pub memory: &'static Memory,
}

impl<C: Config, L: Lock> Live<C, L> {
    pub fn new(size: usize) -> Self {
        let live = Self {
            pool: empty(),
            memory: Box::leak(Box::new(Memory::new(size))),
        };
        live.init(0, size).unwrap();
        live
    }

    /// Initialises the pool in a part of its memory.
    pub fn init(&self, offset: usize, size: usize) -> Result<(), InitError> {
        init_at(self.pool, self.memory, offset, size)
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.memory.bytes()
    }

    pub fn base(&self) -> NonNull<u8> {
        self.memory.base()
    }
}

impl<C: Config, L: Lock> Drop for Live<C, L> {
    fn drop(&mut self) {
        // SAFETY: no test uses a block any more. It may have been done already.
        let _ = unsafe { self.pool.deinit() };
    }
}

pub fn empty<C: Config, L: Lock>() -> &'static Pool<C, L> {
    Box::leak(Box::default())
}

pub fn init_at<C: Config, L: Lock>(
    pool: &'static Pool<C, L>,
    memory: &'static Memory,
    offset: usize,
    size: usize,
) -> Result<(), InitError> {
    assert!(offset + size <= memory.size());
    // SAFETY: the memory stays for ever, and is the pools'.
    unsafe { pool.init(memory.at(offset), size) }
}

pub fn init_in<C: Config, L: Lock>(
    pool: &'static Pool<C, L>,
    block: NonNull<u8>,
    size: usize,
) -> Result<(), InitError> {
    // SAFETY: the tests make pools in blocks of their own only, or where it is refused.
    unsafe { pool.init(block, size) }
}

pub fn free<C: Config, L: Lock, const MORE: usize>(
    pool: &Pool<C, L, MORE>,
    block: NonNull<u8>,
) -> Result<(), FreeError> {
    // SAFETY: the tests give up blocks of their own, or what is refused.
    unsafe { pool.free(block) }
}

pub fn resize<C: Config, L: Lock, const MORE: usize>(
    pool: &Pool<C, L, MORE>,
    block: NonNull<u8>,
    size: usize,
) -> Result<NonNull<u8>, ResizeError> {
    // SAFETY: as above.
    unsafe { pool.resize(block, size) }
}

pub fn deinit<C: Config, L: Lock, const MORE: usize>(
    pool: &'static Pool<C, L, MORE>,
) -> Result<(), DeinitError> {
    // SAFETY: the tests use no block afterwards.
    unsafe { pool.deinit() }
}

pub fn is_overlap(result: Result<(), InitError>) -> bool {
    matches!(result, Err(InitError::Overlap { .. }))
}

/// Where the list has the pool that begins at `base`.
pub fn listed(base: NonNull<u8>) -> Option<PoolInfo> {
    litepool::pools().find(|pool| pool.start == base.addr().get())
}

/// A configuration whose heaps can have as many regions as there may be.
pub type Joined<C> = WithRegions<C, 127>;

/// What is asked of a heap while its pool is locked, as the tests ask it often.
pub trait Ask {
    fn check(&self) -> Result<(), CheckError>;
    fn for_each_block(&self, visit: impl FnMut(BlockInfo)) -> Result<(), NotReady>;
    fn trim(&self) -> Result<bool, NotReady>;
    fn reset_peak(&self) -> Result<(), NotReady>;
    fn used_end(&self) -> Result<NonNull<u8>, NotReady>;
    fn region_stats(&self, region: usize) -> Result<Option<Stats>, NotReady>;
    fn set_preferred(&self, region: usize) -> Result<(), RegionError>;
    fn allocate_for(
        &self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError>;
    fn allocate_in(
        &self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError>;
}

impl<C: Config, L: Lock, const MORE: usize> Ask for Pool<C, L, MORE> {
    fn check(&self) -> Result<(), CheckError> {
        Ok(self.lock(|heap| heap.check())??)
    }

    fn for_each_block(&self, visit: impl FnMut(BlockInfo)) -> Result<(), NotReady> {
        self.lock(|heap| heap.blocks().for_each(visit))
    }

    fn trim(&self) -> Result<bool, NotReady> {
        self.lock(|mut heap| heap.trim())
    }

    fn reset_peak(&self) -> Result<(), NotReady> {
        self.lock(|mut heap| heap.reset_peak())
    }

    fn used_end(&self) -> Result<NonNull<u8>, NotReady> {
        self.lock(|heap| heap.used_end())
    }

    fn region_stats(&self, region: usize) -> Result<Option<Stats>, NotReady> {
        self.lock(|heap| heap.region_stats(region))
    }

    fn set_preferred(&self, region: usize) -> Result<(), RegionError> {
        self.lock(|mut heap| heap.set_preferred(region))?
    }

    fn allocate_for(
        &self,
        caller: &Caller,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.lock(|mut heap| heap.allocate_for(caller, size, align))?
    }

    fn allocate_in(
        &self,
        region: usize,
        size: usize,
        align: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        self.lock(|mut heap| heap.allocate_in(region, size, align))?
    }
}

/// Runs tests for some configurations of different kinds.
#[macro_export]
macro_rules! for_some_configs {
    ($($test:ident),* $(,)?) => {
        $crate::for_configs! { [$($test),*]
            tlsf_u16_granule_4: Standard<Tlsf, Small, 4>;
            best_fit_u32_granule_8: Standard<BestFit, Large, 8>;
            best_fit_little_u16_granule_4: Standard<BestFitLittle, Small, 4>;
            tlsf_u32_granule_4_recorded: Recorded<Standard<Tlsf, Large, 4>>;
            tlsf_u32_granule_8_fast_slab: WithSlab<Standard<Tlsf, Large, 8>, Fast>;
        }
    };
}

/// Runs tests for these configurations, each in a module of its own.
#[macro_export]
macro_rules! for_configs {
    ([$($test:ident),*]) => {};
    ([$($test:ident),*] $name:ident: $config:ty; $($more:tt)*) => {
        mod $name {
            #[allow(unused_imports, reason = "each configuration uses a part")]
            use {
                litepool::fit::{BestFit, BestFitLittle, Tlsf},
                litepool_testing::config::*,
                $crate::common::{Recorded, pools::Joined},
            };

            $(#[test] fn $test() { super::$test::<$config>(); })*
        }
        $crate::for_configs! { [$($test),*] $($more)* }
    };
}

/// A block that a test filled.
pub struct Filled {
    pub pointer: NonNull<u8>,
    pub size: usize,
    pub align: usize,
    pub seed: u8,
}

impl Filled {
    pub fn new(pointer: NonNull<u8>, size: usize, align: usize, seed: u8) -> Self {
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

    pub fn byte(&self, at: usize) -> u8 {
        self.seed.wrapping_add((at ^ (at >> 8)) as u8)
    }

    /// The first `length` bytes are what was written.
    pub fn verify(&self, length: usize) {
        assert!(self.pointer.addr().get().is_multiple_of(self.align));
        for at in 0..length.min(self.size) {
            // SAFETY: inside the block.
            let found = unsafe { self.pointer.add(at).read() };
            assert_eq!(found, self.byte(at), "byte {at} of {}", self.size);
        }
    }

    /// Resizes, and proves the contents that are to be kept.
    pub fn resize<C: Config, L: Lock, const MORE: usize>(
        &mut self,
        pool: &Pool<C, L, MORE>,
        size: usize,
    ) {
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
pub fn churn<C: Config, L: Lock, const MORE: usize>(
    pool: &Pool<C, L, MORE>,
    steps: usize,
    largest: usize,
    seed: u64,
) {
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

/// Steps a round to its end; gives their number.
pub fn steps<C: Config, L: Lock, const MORE: usize>(
    pool: &Pool<C, L, MORE>,
    blocks: usize,
) -> Result<usize, CheckError> {
    let mut steps = 1;
    while !pool.check_step(blocks)? {
        steps += 1;
    }
    Ok(steps)
}
