//! The C interface of the dynamic memory of `LiteOS` and `LiteOS-M`, over [`litepool`].
//!
//! Every function is: check, find the pool, call, map the error. The pools stand in the memory that the caller gives; what
//! belongs to a pool besides stands in a table of the library's.
//!
//! - `choice.rs`: the switches, as one [`litepool::Config`]
//! - `port.rs`: what the host system gives
//! - `handles.rs`: all live pools, found by their address
//! - `pools.rs`, `blocks.rs`, `ask.rs`, `size_check.rs`, `slab.rs`: the functions
//! - `owners.rs`, `modules.rs`: who holds what; `regions.rs`: pools in several regions;
//!   `events.rs`: what the port is told
//! - `record.rs`: what happens, as a stream for a desk
//! - `own.rs`: what the interface has not and ports need
//! - `show.rs`: those that print; `line.rs`: a line of such a table

#![no_std]
#![allow(non_snake_case, reason = "the names are those of the interface")]

use core::mem::MaybeUninit;

mod ask;
mod blocks;
mod choice;
mod events;
mod handles;
mod line;
#[cfg(feature = "mem-mul-module")]
mod modules;
mod own;
#[cfg(owners)]
mod owners;
mod places;
mod pools;
mod port;
#[cfg(feature = "mem-record")]
mod record;
#[cfg(feature = "mem-mul-regions")]
mod regions;
mod show;
#[cfg(feature = "base-mem-node-size-check")]
mod size_check;
#[cfg(feature = "kernel-mem-slab-extention")]
mod slab;

/// All went well.
const LOS_OK: u32 = 0;
/// Something was wrong, and nothing has changed: the number of each system's own.
const LOS_NOK: u32 = if cfg!(feature = "liteos-m") {
    u32::MAX
} else {
    1
};

/// No number.
const OS_INVALID: u32 = 0xFFFF_FFFF;

/// `LOS_OK` or `LOS_NOK`.
fn code(is_ok: bool) -> u32 {
    if is_ok { LOS_OK } else { LOS_NOK }
}

/// Puts an answer where the caller wants it. `LOS_NOK` if there is none, and for null or a pointer
/// on a boundary where no answer can stand.
///
/// # Safety
///
/// `to` is null or valid for writes.
unsafe fn put<T>(answer: Option<T>, to: *mut MaybeUninit<T>) -> u32 {
    match answer {
        Some(answer) if !to.is_null() && to.is_aligned() => {
            // SAFETY: the caller's promise.
            unsafe { to.write(MaybeUninit::new(answer)) };
            LOS_OK
        }
        _ => LOS_NOK,
    }
}

/// No function can panic in a release build; `crates/litepool-c/tests/symbols` proves that this is not linked.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
