//! Another allocator on the devices: behind the C functions of `LiteOS`, so that whatever counts
//! litepool counts it as well; or as the global allocator of a small Rust program, or of one that
//! does nothing else, to be weighed. A feature says which.
//!
//! A heap is a module of `heap/` with a static `HEAP`, a `GlobalAlloc`, and `init`, which gives it
//! its memory.

#![no_std]

#[cfg(feature = "collections")]
mod collections;
#[cfg_attr(feature = "litepool", path = "heap/litepool.rs")]
#[cfg_attr(feature = "rlsf", path = "heap/rlsf.rs")]
#[cfg_attr(feature = "talc", path = "heap/talc.rs")]
#[cfg_attr(
    any(feature = "embedded-alloc-tlsf", feature = "embedded-alloc-llff"),
    path = "heap/embedded_alloc.rs"
)]
#[cfg_attr(feature = "esp-alloc", path = "heap/esp_alloc.rs")]
mod heap;
#[cfg(not(any(feature = "collections", feature = "plain")))]
mod interface;
#[cfg(feature = "plain")]
mod plain;

// Their critical sections: what a Rust program on such a device takes.
#[cfg(target_os = "none")]
#[cfg(target_arch = "arm")]
use cortex_m as _;
#[cfg(target_os = "none")]
#[cfg(target_arch = "riscv32")]
use riscv as _;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
