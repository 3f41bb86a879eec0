//! What the test of the configuration compares with: it compiles.

use core::mem::MaybeUninit;

use litepool::slab::{Class, Slab};
use litepool::{Check, Config, Heap, InitError, fit::BestFit};

/// requests of up to 64 bytes
pub struct PoolA;

impl Config for PoolA {
    type Fit = BestFit;
    type Record = ();
    const MAX_SIZE: usize = 262_144;
    const GRANULE: usize = 4;
    const CHECK: Check = Check::Hardened;
}

impl PoolA {
    /// As many as the trace needed: add a margin for other runs.
    pub const BYTES: usize = 65_536;

    pub fn heap(memory: &mut [MaybeUninit<u8>]) -> Result<Heap<'_, Self>, InitError> {
        Heap::new(memory)
    }
}

/// all else
pub struct PoolB;

impl Config for PoolB {
    type Fit = BestFit;
    type Record = ();
    const MAX_SIZE: usize = 16_777_216;
    const GRANULE: usize = 4;
    const CHECK: Check = Check::Hardened;
    const SLAB: Slab = Slab::fixed(&[Class::new(24, 512), Class::new(40, 2048)], 0);
}

impl PoolB {
    /// As many as the trace needed: add a margin for other runs.
    pub const BYTES: usize = 334_464;
    /// Bytes of slabs for each class.
    const SLABS: [usize; 2] = [4_096, 6_144];

    pub fn heap(memory: &mut [MaybeUninit<u8>]) -> Result<Heap<'_, Self>, InitError> {
        Heap::with_slab_bytes(memory, &Self::SLABS)
    }
}
