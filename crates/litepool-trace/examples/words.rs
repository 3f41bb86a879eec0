//! A trace as 32-bit words, for a program that reads it on a device: `words TRACE > FILE`.
//!
//! How many operations and how many objects; then four words for each operation: its kind (1 allocates, 2 resizes, 0 frees), the
//! object's number, size and alignment (0 where there is none). In the byte order of most devices, the least significant first.

use std::error::Error;
use std::io::{BufWriter, Write, stdout};

use litepool_trace::{Event, Op, Trace};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("words TRACE > FILE")?;
    let trace = Trace::open(path, None)?;
    let ops: Vec<Op> = trace.events.iter().filter_map(Event::op).collect();
    let objects = ops.iter().map(|op| op.id() + 1).max();
    let mut words = vec![u32::try_from(ops.len())?, objects.unwrap_or(0)];
    for op in ops {
        let (kind, size, align) = match op {
            Op::Allocate { size, align, .. } => (1, size.max(1), align),
            Op::Resize { size, .. } => (2, size, 0),
            Op::Free { .. } => (0, 0, 0),
        };
        words.extend([kind, op.id(), u32::try_from(size)?, u32::try_from(align)?]);
    }
    let mut output = BufWriter::new(stdout().lock());
    for word in words {
        output.write_all(&word.to_le_bytes())?;
    }
    output.flush()?;
    Ok(())
}
