//! The operations of one configuration as a static library exports them, to be weighed and searched for panics.

#![no_std]

use core::ptr::{NonNull, null_mut};

use litepool::Heap;

#[cfg(feature = "tlsf-u16")]
type Chosen = litepool::config::Standard<litepool::fit::Tlsf, u16, 4>;
#[cfg(feature = "tlsf-u32")]
type Chosen = litepool::config::Standard<litepool::fit::Tlsf, u32, 4>;
#[cfg(feature = "best-u16")]
type Chosen = litepool::config::Standard<litepool::fit::BestFit, u16, 4>;
#[cfg(feature = "best-u32")]
type Chosen = litepool::config::Standard<litepool::fit::BestFit, u32, 4>;
#[cfg(feature = "little-u16")]
type Chosen = litepool::config::Standard<litepool::fit::BestFitLittle, u16, 4>;
#[cfg(feature = "tlsf-u16-slab")]
type Chosen = litepool::config::WithSlab<litepool::fit::Tlsf, u16, 4, litepool::config::Expanding>;
#[cfg(feature = "best-u32-slab")]
type Chosen =
    litepool::config::WithSlab<litepool::fit::BestFit, u32, 4, litepool::config::Expanding>;
#[cfg(feature = "tlsf-u32-fast")]
type Chosen = litepool::config::WithSlab<litepool::fit::Tlsf, u32, 4, litepool::config::Fast>;

#[cfg(feature = "tlsf-u32-recorded")]
type Chosen = litepool::config::WithRecord<
    litepool::config::Hardened<litepool::config::Standard<litepool::fit::Tlsf, u32, 4>>,
    (
        litepool::record::Owner<16, 8>,
        litepool::record::CallSites<2>,
    ),
>;

/// The goal's "2 KiB pool": no block is large.
#[cfg(feature = "tlsf-u16-compact")]
type Chosen = litepool::config::Compact<litepool::fit::Tlsf, u16, 4, { 64 << 10 }>;
/// The same, with errors that say why.
#[cfg(feature = "tlsf-u16-compact-explain")]
pub struct Chosen;

#[cfg(feature = "tlsf-u16-compact-explain")]
impl litepool::Config for Chosen {
    type Index = u16;
    type Fit = litepool::fit::Tlsf;
    type Record = ();
    const GRANULE: usize = 4;
    const MAX_SIZE: usize = 64 << 10;
    const COMPACT: bool = true;
}

/// The goal's "1 MiB pool".
#[cfg(feature = "tlsf-u32-compact")]
type Chosen = litepool::config::Compact<litepool::fit::Tlsf, u32, 4, { 1 << 20 }>;
#[cfg(feature = "best-u16-compact")]
type Chosen = litepool::config::Compact<litepool::fit::BestFit, u16, 4, { 64 << 10 }>;
#[cfg(feature = "little-u16-compact")]
type Chosen = litepool::config::Compact<litepool::fit::BestFitLittle, u16, 4, { 64 << 10 }>;

/// What is weighed: the configuration, or the same for regions that are joined.
#[cfg(not(feature = "regions"))]
type Weighed = Chosen;
#[cfg(feature = "regions")]
type Weighed = litepool::config::Joined<Chosen>;

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
