//! The operations of one configuration as a static library exports them, to be weighed and searched for panics.

#![no_std]

use core::ptr::{NonNull, null_mut};

use litepool::fit;
use litepool::slab::Slab;
use litepool::{Check, Config, Heap};

/// The configuration that the features choose. The default is the goal's "1 MiB pool".
pub struct Weighed;

/// Which one of two a feature chooses.
macro_rules! chosen {
    ($feature:literal, $with:expr, $without:expr) => {
        if cfg!(feature = $feature) {
            $with
        } else {
            $without
        }
    };
}

impl Config for Weighed {
    #[cfg(feature = "best")]
    type Fit = fit::BestFit;
    #[cfg(feature = "little")]
    type Fit = fit::BestFitLittle;
    #[cfg(not(any(feature = "best", feature = "little")))]
    type Fit = fit::Tlsf;
    #[cfg(feature = "records")]
    type Record = (
        litepool::track::Owners<16, 8>,
        litepool::track::CallSites<2>,
    );
    #[cfg(not(feature = "records"))]
    type Record = ();
    const MAX_SIZE: usize = chosen!("u16", 256 << 10, 16 << 20);
    const GRANULE: usize = 4;
    const CHECK: Check = chosen!("links", Check::Links, Check::Hardened);
    const SLAB: Slab = chosen!(
        "slab",
        Slab::EXPANDING,
        chosen!("fast", Slab::FAST, Slab::OFF)
    );
    const REGIONS: usize = chosen!("regions", 2, 1);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Allocates.
#[unsafe(no_mangle)]
pub extern "C" fn pool_allocate(heap: &mut Heap<'static, Weighed>, size: usize) -> *mut u8 {
    heap.allocate(size).map_or(null_mut(), NonNull::as_ptr)
}

/// Frees.
///
/// # Safety
///
/// As [`Heap::free`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_free(heap: &mut Heap<'static, Weighed>, block: NonNull<u8>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { heap.free(block) }.is_ok()
}

/// Resizes.
///
/// # Safety
///
/// As [`Heap::resize`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pool_resize(
    heap: &mut Heap<'static, Weighed>,
    block: NonNull<u8>,
    size: usize,
) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { heap.resize(block, size) }.map_or(null_mut(), NonNull::as_ptr)
}

#[cfg(feature = "all")]
mod all;

#[cfg(feature = "pool")]
mod pool;

#[cfg(feature = "statics")]
mod statics;
