//! Seeded random numbers, the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Random numbers below a bound. The modulo's bias is below 2^-40 for the bounds used here.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The numbers that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number in `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound as u64) as usize
    }

    /// A size from 8 to 1023 bytes, log-uniform: an octave is drawn, then a size in it.
    pub fn size(&mut self) -> usize {
        let octave = 1 << (3 + self.below(7));
        octave + self.below(octave)
    }
}
