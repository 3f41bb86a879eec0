//! Writes the memory of a device that has a pool, as a debugger reads it out, to the standard output; of it `tests/page/run`
//! makes the page of a dump:
//!
//! ```text
//! cargo run -p litepool-report --example image >ram_0x20000000.bin
//! litepool report ram_0x20000000.bin
//! ```

use std::io::Write as _;
use std::ptr::NonNull;

use litepool::fit::Tlsf;
use litepool::track::{CallSites, Owners};
use litepool::{Caller, Config, Heap};

/// The configuration of the device.
struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = (Owners<8, 0>, CallSites<2>);
    const MAX_SIZE: usize = 256 << 10;
    const GRANULE: usize = 4;
}

/// 16 KiB with a pool of 4 KiB at 1024, in which two tasks have blocks with gaps between them.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut ram = vec![0_u32; 4096];
    let base = NonNull::from(&mut ram[..]).cast::<u8>();
    // SAFETY: 4 KiB within the memory, which outlives the heap and is read only after its last use.
    let mut heap = unsafe { Heap::<Device>::from_raw(base.add(1024), 4096) }?;
    for number in 0..12_u32 {
        let sensor = Caller::task(3).at([0x0800_0101 + number % 2 * 16, 0x0800_0201, 0, 0]);
        let _ = heap.allocate_for(&sensor, 40, 1)?;
        let network = Caller::task(4).at([0x0800_0301, 0, 0, 0]);
        let packet = heap.allocate_for(&network, 100, 1)?;
        if number % 3 == 2 {
            // SAFETY: a live block, of which nothing else knows.
            unsafe { heap.free(packet) }?;
        }
    }
    // The pool remembers what it refused.
    assert!(heap.allocate(9000).is_err(), "the pool is smaller");
    let bytes: Vec<u8> = ram.iter().flat_map(|word| word.to_le_bytes()).collect();
    Ok(std::io::stdout().write_all(&bytes)?)
}
