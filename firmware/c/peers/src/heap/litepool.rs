//! litepool, for the Rust program. Its own C interface is `crates/litepool-c`.

use core::ptr::NonNull;

use litepool::Pool;
use litepool::config::Pool256K;

#[global_allocator]
pub static HEAP: Pool<Pool256K> = Pool::new();

/// Gives it its memory.
///
/// # Safety
///
/// The memory is nobody else's from now on.
pub unsafe fn init(base: NonNull<u8>, size: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { HEAP.init(base, size) }.is_ok()
}
