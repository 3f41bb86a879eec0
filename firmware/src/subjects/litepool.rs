//! litepool itself, in the configurations that devices would choose.

use core::ptr::{self, NonNull};

use litepool::config::{Expanding, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{Config, Heap};

use crate::subject::{SlabState, Subject};

/// A configuration on the bench.
pub trait Choice {
    /// The configuration.
    type Config: Config;
    /// As [`Subject::NAME`].
    const NAME: &'static str;
    /// As [`Subject::POOL`].
    const POOL: usize = 128 << 10;
    /// As [`Subject::PLAIN`].
    const PLAIN: usize = 16;
}

/// A heap.
pub struct Pool<C: Choice>(Heap<'static, C::Config>);

impl<C: Choice> Subject for Pool<C> {
    const NAME: &'static str = C::NAME;
    const POOL: usize = C::POOL;
    const PLAIN: usize = C::PLAIN;

    unsafe fn create(base: NonNull<u8>, size: usize) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe { Heap::from_raw(base, size) }.ok().map(Self)
    }

    unsafe fn reopen(self, base: NonNull<u8>, size: usize) -> Option<Self> {
        drop(self);
        // SAFETY: the caller's promise.
        unsafe { Heap::attach(base, size) }.ok().map(Self)
    }

    #[inline(always)]
    fn allocate(&mut self, size: usize) -> *mut u8 {
        self.0
            .allocate(size)
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    #[inline(always)]
    unsafe fn free(&mut self, block: *mut u8) -> bool {
        // SAFETY: the caller's promise, and no block of ours is null.
        unsafe { self.0.free(NonNull::new_unchecked(block)) }.is_ok()
    }

    #[inline(always)]
    unsafe fn resize(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise, and no block of ours is null.
        unsafe { self.0.resize(NonNull::new_unchecked(block), size) }
            .map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    fn usable_size(&self, block: *mut u8) -> Option<usize> {
        self.0.usable_size(NonNull::new(block)?).ok()
    }

    fn is_sound(&self) -> bool {
        let stats = self.0.stats();
        self.0.check().is_ok() && stats.used + stats.free + stats.overhead == stats.size
    }

    fn used_blocks(&self) -> usize {
        self.0.stats().used_blocks
    }

    fn slab(&self) -> Option<SlabState> {
        let stats = self.0.stats();
        (stats.chunks > 0).then_some(SlabState {
            chunks: stats.chunks,
            free: stats.free_in_chunks,
        })
    }
}

/// For pools of up to 256 KiB.
pub struct TlsfU16;

impl Choice for TlsfU16 {
    type Config = Standard<Tlsf, u16, 4>;
    const NAME: &'static str = "tlsf u16 g4";
}

/// For larger pools.
pub struct TlsfU32;

impl Choice for TlsfU32 {
    type Config = Standard<Tlsf, u32, 4>;
    const NAME: &'static str = "tlsf u32 g4";
}

/// With a bound on the search, for hard real time.
pub struct Bounded;

impl Config for Bounded {
    type Index = u32;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const SEARCH_LIMIT: usize = 4;
}

impl Choice for Bounded {
    type Config = Self;
    const NAME: &'static str = "tlsf u32 g4 bounded";
}

/// Small code.
pub struct Compact;

impl Config for Compact {
    type Index = u32;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const COMPACT: bool = true;
}

impl Choice for Compact {
    type Config = Self;
    const NAME: &'static str = "tlsf u32 g4 compact";
}

/// The smallest code of a TLSF: no block is large.
pub struct SmallCompact;

impl Config for SmallCompact {
    type Index = u16;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const COMPACT: bool = true;
    const MAX_SIZE: usize = 64 << 10;
}

impl Choice for SmallCompact {
    type Config = Self;
    const NAME: &'static str = "tlsf u16 g4 compact";
    const POOL: usize = 64 << 10;
}

/// With LiteOS's slab.
pub struct WithExpandingSlab;

impl Choice for WithExpandingSlab {
    type Config = WithSlab<Tlsf, u32, 4, Expanding>;
    const NAME: &'static str = "tlsf u32 g4 slab-expanding";
    const PLAIN: usize = 132;
}

/// For the least fragmentation.
pub struct BestU32;

impl Choice for BestU32 {
    type Config = Standard<BestFit, u32, 4>;
    const NAME: &'static str = "best u32 g4";
}

/// For pools of a few KiB.
pub struct LittleU16;

impl Choice for LittleU16 {
    type Config = Standard<BestFitLittle, u16, 4>;
    const NAME: &'static str = "little u16 g4";
    const POOL: usize = 8 << 10;
}
