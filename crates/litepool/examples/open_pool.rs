//! Opens the bytes of a pool that another machine has written, verifies them, and tells what is in them:
//! `open_pool FILE`. The pool has the configuration of the C library for LiteOS-M.

use std::error::Error;
use std::ptr::NonNull;

use litepool::config::{Hardened, Pool32, WithRecord};
use litepool::record::Owner;
use litepool::{Heap, State};

/// What `crates/litepool-c/build --features liteos-m` makes its pools of.
type Device = Hardened<WithRecord<Pool32, Owner<0, 0>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("open_pool FILE")?;
    let file = std::fs::read(path)?;
    // On a boundary of the granule, and then some.
    let mut memory = vec![0_u64; file.len().div_ceil(8)];
    let base = NonNull::from(memory.as_mut_slice()).cast::<u8>();
    // SAFETY: there is room for the file, and both are bytes.
    unsafe { base.copy_from_nonoverlapping(NonNull::from(file.as_slice()).cast(), file.len()) };
    // SAFETY: the memory is ours until the end, and initialised.
    let heap = unsafe { Heap::<Device>::attach(base, file.len()) }?;
    let stats = heap.stats();
    let used = heap.blocks().filter(|block| block.state == State::Used);
    println!(
        "a sound pool of {} bytes: {} in {} used blocks ({} walked), {} free in {}, peak {}",
        stats.size,
        stats.used,
        stats.used_blocks,
        used.count(),
        stats.free,
        stats.free_blocks,
        stats.peak,
    );
    Ok(())
}
