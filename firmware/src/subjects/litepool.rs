//! litepool itself, in the configurations that devices would choose.

use core::ptr::{self, NonNull};

use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::slab::Slab;
use litepool::{Check, Config, Heap};

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
        (stats.slabs > 0).then_some(SlabState {
            slabs: stats.slabs,
            free: stats.free_in_slabs,
        })
    }
}

/// Makes a configuration a choice.
macro_rules! choices {
    ($(
        $(#[$doc:meta])*
        $name:ident: $text:literal, $fit:ty, $most:expr, $check:ident
        $(, $item:ident = $value:expr)*;
    )*) => { $(
        $(#[$doc])*
        pub struct $name;

        impl Config for $name {
            type Fit = $fit;
            type Record = ();
            const MAX_SIZE: usize = $most;
            const GRANULE: usize = 4;
            const CHECK: Check = Check::$check;
            $(choices!(@config $item $value);)*
        }

        impl Choice for $name {
            type Config = Self;
            const NAME: &'static str = $text;
            $(choices!(@choice $item $value);)*
        }
    )* };
    (@config SLAB $value:expr) => { const SLAB: Slab = $value; };
    (@config POOL $value:expr) => {};
    (@config PLAIN $value:expr) => {};
    (@choice SLAB $value:expr) => {};
    (@choice POOL $value:expr) => { const POOL: usize = $value; };
    (@choice PLAIN $value:expr) => { const PLAIN: usize = $value; };
}

/// Links of 16 bits, 13 bits of seal.
const SMALL: usize = 256 << 10;
/// Links of 32 bits, 7 bits of seal.
const LARGE: usize = 16 << 20;

choices! {
    /// For pools of up to 256 KiB: nothing in the pool is believed.
    TlsfU16: "tlsf u16 g4 hardened", Tlsf, SMALL, Hardened;
    /// The same, in which what requests take is believed.
    TlsfU16Links: "tlsf u16 g4", Tlsf, SMALL, Links;
    /// For larger pools.
    TlsfU32: "tlsf u32 g4 hardened", Tlsf, LARGE, Hardened;
    /// The same, in which what requests take is believed.
    TlsfU32Links: "tlsf u32 g4", Tlsf, LARGE, Links;
    /// With a bound on the search, for hard real time.
    Bounded: "tlsf u32 g4 bounded", Tlsf<4>, LARGE, Links;
    /// With LiteOS's slab.
    WithExpandingSlab: "tlsf u32 g4 slab-expanding", Tlsf, LARGE, Links,
        SLAB = Slab::EXPANDING, PLAIN = 132;
    /// For the least fragmentation.
    BestU32: "best u32 g4 hardened", BestFit, LARGE, Hardened;
    /// The same, in which what requests take is believed.
    BestU32Links: "best u32 g4", BestFit, LARGE, Links;
    /// For pools of a few KiB.
    LittleU16: "little u16 g4", BestFitLittle, SMALL, Links, POOL = 8 << 10;
}
