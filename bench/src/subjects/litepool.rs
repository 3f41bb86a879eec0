//! litepool itself, through its safe constructor and its checked operations.

use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice;

use litepool::config::{Deferred, Expanding, Fast, Fixed, Hardened, Lean, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::{Check, Config, Heap, ResizeError};

use crate::subject::Subject;

/// Implements [`Subject`] for one configuration.
macro_rules! litepool {
    ($name:ident, $config:ty, $text:literal, $layout:literal, $max_pool:expr) => {
        #[doc = concat!("A heap for tables: ", $text, ".")]
        pub struct $name(Heap<'static, $config>);

        impl Subject for $name {
            const NAME: &'static str = $text;
            const CRATE: Option<&'static str> = Some("litepool");
            const LAYOUT: u32 = $layout;
            const DEFAULT_ALIGN: usize = <$config>::GRANULE;
            const MAX_POOL: usize = $max_pool;

            unsafe fn create(pool: NonNull<u8>, size: usize) -> Option<Self> {
                // SAFETY: the memory is ours by this function's contract, and bytes may be uninitialised.
                let memory = unsafe {
                    slice::from_raw_parts_mut(pool.as_ptr().cast::<MaybeUninit<u8>>(), size)
                };
                Heap::new(memory).ok().map(Self)
            }

            #[inline(never)]
            unsafe fn allocate(&mut self, size: usize, align: usize) -> *mut u8 {
                let block = if align <= <$config>::GRANULE {
                    self.0.allocate(size)
                } else {
                    self.0.allocate_aligned(size, align)
                };
                block.map_or(ptr::null_mut(), NonNull::as_ptr)
            }

            #[inline(never)]
            unsafe fn free(&mut self, ptr: *mut u8, _size: usize, _align: usize) {
                // SAFETY: a live block, hence not null, by this function's contract.
                let freed = unsafe { self.0.free(NonNull::new_unchecked(ptr)) };
                if freed.is_err() {
                    refused();
                }
            }

            #[inline(never)]
            unsafe fn resize(
                &mut self,
                ptr: *mut u8,
                old: usize,
                new: usize,
                align: usize,
            ) -> *mut u8 {
                // SAFETY: a live block, hence not null, by this function's contract.
                let block = unsafe { NonNull::new_unchecked(ptr) };
                // SAFETY: the same.
                let moved = unsafe {
                    if align <= <$config>::GRANULE {
                        self.0.resize(block, new)
                    } else {
                        self.0.resize_aligned(block, new, align)
                    }
                };
                match moved {
                    Ok(moved) => moved.as_ptr(),
                    // SAFETY: the same; `old` is the block's size.
                    Err(ResizeError::AlignedBlock) => unsafe {
                        self.move_elsewhere(ptr, old, new, align)
                    },
                    Err(_) => ptr::null_mut(),
                }
            }
        }
    };
}

/// What a program does where the heap does not resize aligned blocks.
trait Move: Subject {
    /// Allocates, copies and frees.
    ///
    /// # Safety
    /// As [`Subject::resize`].
    #[cold]
    unsafe fn move_elsewhere(
        &mut self,
        block: *mut u8,
        old: usize,
        new: usize,
        align: usize,
    ) -> *mut u8 {
        // SAFETY: the caller's promise; both blocks are live and have so many bytes.
        unsafe {
            let moved = self.allocate(new, align);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, old.min(new));
                self.free(block, old, align);
            }
            moved
        }
    }
}

impl<S: Subject> Move for S {}

/// A heap that refuses a block it gave out is broken: no figure of it is worth anything.
#[cold]
#[inline(never)]
fn refused() -> ! {
    panic!("litepool refused to free a live block")
}

/// [`TlsfU32G8`] with a bound on the search, for hard real time.
pub struct Bounded;

impl Config for Bounded {
    type Index = u32;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 8;
    const SEARCH_LIMIT: usize = 4;
}

/// [`TlsfU32G8`] that trusts its caller, as all the peers do.
pub struct Trusting;

impl Config for Trusting {
    type Index = u32;
    type Fit = Tlsf;
    type Record = ();
    const GRANULE: usize = 8;
    const CHECK: Check = Check::Off;
}

const U32_POOL: usize = (1 << 31) - 1;

litepool!(
    TlsfU32G8,
    Standard<Tlsf, u32, 8>,
    "litepool tlsf u32 g8",
    64,
    U32_POOL
);
litepool!(
    BoundedTlsf,
    Bounded,
    "litepool tlsf u32 g8 bounded",
    64,
    U32_POOL
);
litepool!(
    TrustingTlsf,
    Trusting,
    "litepool tlsf u32 g8 unchecked",
    64,
    U32_POOL
);
litepool!(
    TlsfU32G4,
    Standard<Tlsf, u32, 4>,
    "litepool tlsf u32 g4",
    32,
    U32_POOL
);
litepool!(
    TlsfU16G4,
    Standard<Tlsf, u16, 4>,
    "litepool tlsf u16 g4",
    32,
    65_535 * 4
);
litepool!(
    BestU32G8,
    Standard<BestFit, u32, 8>,
    "litepool best u32 g8",
    64,
    U32_POOL
);
litepool!(
    BestU32G4,
    Standard<BestFit, u32, 4>,
    "litepool best u32 g4",
    32,
    U32_POOL
);
litepool!(
    BestU16G4,
    Standard<BestFit, u16, 4>,
    "litepool best u16 g4",
    32,
    65_535 * 4
);
litepool!(
    FastTlsfU32G8,
    WithSlab<Tlsf, u32, 8, Fast>,
    "litepool tlsf u32 g8 slab-fast",
    64,
    U32_POOL
);
litepool!(
    FastBestU32G8,
    WithSlab<BestFit, u32, 8, Fast>,
    "litepool best u32 g8 slab-fast",
    64,
    U32_POOL
);
litepool!(
    FastTlsfU32G4,
    WithSlab<Tlsf, u32, 4, Fast>,
    "litepool tlsf u32 g4 slab-fast",
    32,
    U32_POOL
);
litepool!(
    LeanTlsfU32G4,
    WithSlab<Tlsf, u32, 4, Lean>,
    "litepool tlsf u32 g4 slab-lean",
    32,
    U32_POOL
);
litepool!(
    FixedTlsfU32G4,
    WithSlab<Tlsf, u32, 4, Fixed>,
    "litepool tlsf u32 g4 slab-fixed",
    32,
    U32_POOL
);
litepool!(
    ExpandingTlsfU32G4,
    WithSlab<Tlsf, u32, 4, Expanding>,
    "litepool tlsf u32 g4 slab-expanding",
    32,
    U32_POOL
);
litepool!(
    LittleU16G4,
    Standard<BestFitLittle, u16, 4>,
    "litepool little u16 g4",
    32,
    65_535 * 4
);
litepool!(
    DeferredTlsfU32G8,
    Deferred<Standard<Tlsf, u32, 8>>,
    "litepool tlsf u32 g8 deferred",
    64,
    U32_POOL
);
litepool!(
    DeferredBestU32G8,
    Deferred<Standard<BestFit, u32, 8>>,
    "litepool best u32 g8 deferred",
    64,
    U32_POOL
);
litepool!(
    DeferredFastTlsfU32G8,
    Deferred<WithSlab<Tlsf, u32, 8, Fast>>,
    "litepool tlsf u32 g8 slab-fast deferred",
    64,
    U32_POOL
);
litepool!(
    DeferredTlsfU32G4,
    Deferred<Standard<Tlsf, u32, 4>>,
    "litepool tlsf u32 g4 deferred",
    32,
    U32_POOL
);
litepool!(
    DeferredBestU32G4,
    Deferred<Standard<BestFit, u32, 4>>,
    "litepool best u32 g4 deferred",
    32,
    U32_POOL
);
litepool!(
    HardenedTlsfU32G8,
    Hardened<Standard<Tlsf, u32, 8>>,
    "litepool tlsf u32 g8 hardened",
    64,
    U32_POOL
);
litepool!(
    HardenedDeferredTlsfU32G8,
    Hardened<Deferred<Standard<Tlsf, u32, 8>>>,
    "litepool tlsf u32 g8 deferred hardened",
    64,
    U32_POOL
);
litepool!(
    HardenedFastTlsfU32G8,
    Hardened<WithSlab<Tlsf, u32, 8, Fast>>,
    "litepool tlsf u32 g8 slab-fast hardened",
    64,
    U32_POOL
);
