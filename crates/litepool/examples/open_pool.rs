//! Opens the bytes of a pool that another machine has written, verifies them, and tells what is in
//! them: `open_pool FILE`. The pool says itself which configuration it was made with.

use std::error::Error;
use std::ptr::NonNull;

use litepool::{Image, State};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("open_pool FILE")?;
    let file = std::fs::read(path)?;
    // On a boundary of the granule.
    let mut memory = vec![0_u64; file.len().div_ceil(8)];
    let base = NonNull::from(memory.as_mut_slice()).cast::<u8>();
    // SAFETY: there is room for the file, and both are bytes.
    unsafe { base.copy_from_nonoverlapping(NonNull::from(file.as_slice()).cast(), file.len()) };
    // SAFETY: the memory is ours until the end, initialised, and nothing writes to it any more.
    let image = unsafe { Image::open(base, file.len()) }?;
    image.check()?;
    let stats = image.stats();
    let used = image.blocks().filter(|block| block.state == State::Used);
    println!("{:?}", image.choices());
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
