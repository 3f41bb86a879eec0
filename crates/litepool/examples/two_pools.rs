//! Two pools, one of which stands in a block of the other, and the list of all pools:
//!
//!     cargo run -p litepool --example two_pools
//!
//! A part of a firmware that gets a pool of its own can't starve the others, and all that it holds
//! is freed at once.

use std::error::Error;
use std::mem::MaybeUninit;

use litepool::config::Pool64;
use litepool::fit::BestFit;
use litepool::lock::Spin;
use litepool::{Config, FreeError, Pool};

/// A configuration for many small blocks: the smallest block that holds a request, 16-bit links.
struct Small;

impl Config for Small {
    type Fit = BestFit;
    type Record = ();
    const MAX_SIZE: usize = 512 << 10;
    const GRANULE: usize = 8;
}

/// Everything that has no pool of its own.
static SYSTEM: Pool<Pool64, Spin> = Pool::new();
/// What the decoder needs while it runs.
static DECODER: Pool<Small, Spin> = Pool::new();

fn main() -> Result<(), Box<dyn Error>> {
    SYSTEM.init_static(Box::leak(Box::new([MaybeUninit::uninit(); 64 << 10])))?;

    let size = 16 << 10;
    let block = SYSTEM.allocate(size)?;
    // SAFETY: the block is ours until the pool in it is forgotten.
    unsafe { DECODER.init(block, size)? };
    for length in 1..=100 {
        DECODER.allocate(length)?;
        SYSTEM.allocate(length)?;
    }
    list();

    // SAFETY: refused, as the decoder's pool is live.
    assert_eq!(unsafe { SYSTEM.free(block) }, Err(FreeError::HoldsPool));
    // SAFETY: nothing uses the decoder's blocks any more.
    unsafe { DECODER.deinit()? };
    // SAFETY: nor the memory that they were in.
    unsafe { SYSTEM.free(block)? };
    list();
    Ok(())
}

fn list() {
    println!(
        "{:>14} {:>7} {:>7} {:>7} {:>8} {:>6} {:>6} {:>7}",
        "start", "size", "used", "free", "largest", "#used", "#free", "peak"
    );
    for pool in litepool::pools() {
        let Some(stats) = pool.stats else { continue };
        println!(
            "{:#14x} {:>7} {:>7} {:>7} {:>8} {:>6} {:>6} {:>7}",
            pool.start,
            pool.size,
            stats.used,
            stats.free,
            stats.largest_free,
            stats.used_blocks,
            stats.free_blocks,
            stats.peak
        );
    }
    println!();
}
