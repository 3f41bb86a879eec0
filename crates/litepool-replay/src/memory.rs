//! The memory of a pool, placed as on the device.

use std::alloc::{Layout, alloc_zeroed};
use std::mem::MaybeUninit;

#[cfg(test)]
mod tests;

/// Where pools stand: at an address that is `remainder` above a multiple of `alignment`.
///
/// A heap depends on its address only through aligned requests, so a pool that stands like the device's does
/// what the device's does.
///
/// ```
/// use litepool_replay::{Memory, Placement};
///
/// // As a pool at 0x2000_0410 stands, for requests aligned to 64 bytes at most.
/// let placement = Placement::like(0x2000_0410, 64);
/// let mut memory = Memory::new(1024, placement)?;
/// assert_eq!(memory.pool().as_ptr().addr() % 64, 0x10);
/// # Ok::<(), litepool_replay::NoMemory>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    alignment: usize,
    remainder: usize,
}

/// The least alignment that pools are placed by: a page.
const PAGE: usize = 4096;

/// The largest alignment that pools are placed by: what a 32-bit device has room for, and what this
/// host can set aside. A request for more is served nowhere.
pub const LARGEST_ALIGNMENT: usize = 1 << 30;

impl Placement {
    /// As at the device's address `base`, for requests aligned to `largest` at most (0: none are).
    pub fn like(base: u64, largest: u64) -> Self {
        let largest = usize::try_from(largest).unwrap_or(usize::MAX);
        let alignment = largest.min(LARGEST_ALIGNMENT).next_power_of_two().max(PAGE);
        Self {
            alignment,
            remainder: base as usize & (alignment - 1),
        }
    }

    /// The lowest address at which such a pool can stand.
    pub fn address(self) -> u64 {
        self.remainder as u64
    }

    /// The address's remainder modulo the granule: 0 where a pool can stand.
    pub fn misalignment(self, granule: usize) -> usize {
        self.remainder % granule
    }
}

/// The host does not have the memory for a pool.
#[derive(Debug, thiserror::Error)]
#[error("no memory for a pool of {size} bytes")]
pub struct NoMemory {
    /// The pool's size in bytes.
    pub size: usize,
}

/// Bytes for one pool, zeros at first. They come from the system untouched, so that a large pool costs only what is
/// used of it.
pub struct Memory {
    bytes: Vec<MaybeUninit<u8>>,
    start: usize,
    size: usize,
}

impl Memory {
    /// `size` bytes, placed as `placement` says.
    ///
    /// # Errors
    /// The host does not have that much.
    pub fn new(size: usize, placement: Placement) -> Result<Self, NoMemory> {
        let whole = size.saturating_add(2 * placement.alignment);
        let bytes = zeros(whole).ok_or(NoMemory { size })?;
        let start = Self::start(bytes.as_ptr(), placement);
        Ok(Self { bytes, start, size })
    }

    fn start(base: *const MaybeUninit<u8>, placement: Placement) -> usize {
        let address = base.addr();
        address.next_multiple_of(placement.alignment) - address + placement.remainder
    }

    /// The bytes of the pool. They are initialised.
    pub fn pool(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.bytes[self.start..self.start + self.size]
    }

    /// Writes to every byte, so that the system's work of providing pages is not measured.
    pub fn touch(&mut self) {
        self.pool().fill(MaybeUninit::new(0));
    }
}

/// So many zeros, more than none. `None` if the host does not have that much.
fn zeros(size: usize) -> Option<Vec<MaybeUninit<u8>>> {
    let layout = Layout::array::<u8>(size).ok()?;
    // SAFETY: the layout has a size: who calls asks for more than none.
    let base = unsafe { alloc_zeroed(layout) }.cast::<MaybeUninit<u8>>();
    // SAFETY: from the allocator that vectors use, with the layout of so many bytes.
    (!base.is_null()).then(|| unsafe { Vec::from_raw_parts(base, size, size) })
}
