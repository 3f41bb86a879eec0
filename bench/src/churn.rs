//! Synthetic work: seeded random numbers, the same on every machine.
//!
//! - **Sizes** are log-uniform: an octave is drawn, then a size in it, so that each doubling of the size is as likely
//!   as the next. One request in 512 is large instead.
//! - **Lifetimes** are exponential: at every step each live object is as likely to end as any other.
//! - The number of live objects keeps within 5 % of a target once that is reached. One step in 10 resizes a live
//!   object to between half and twice its size.
//!
//! Real programs are kinder: their objects die in groups and their sizes repeat. That is why this is an extra column
//! and not part of any mean.

use litepool_trace::{Op, Script};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The shape of a churn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Churn {
    /// Seed of the random numbers.
    pub seed: u64,
    /// Smallest size in bytes is 2 to this power.
    pub low: u32,
    /// Sizes stay below 2 to this power.
    pub high: u32,
    /// A large request is between 2 to this power and its double.
    pub large: u32,
    /// Target for the number of live objects.
    pub live: usize,
    /// Number of operations.
    pub operations: usize,
}

impl Churn {
    /// Sizes 8 to 4095, large ones 16 to 32 KiB, 4000 objects: 3.3 MB live.
    pub const WIDE: Self = Self {
        seed: 1,
        low: 3,
        high: 12,
        large: 14,
        live: 4000,
        operations: 200_000,
    };
    /// Sizes 8 to 511, large ones 1 to 2 KiB, 1000 objects: 150 KB live, which fits a pool with 16-bit links.
    pub const SMALL: Self = Self {
        seed: 2,
        low: 3,
        high: 9,
        large: 10,
        live: 1000,
        operations: 100_000,
    };

    /// Draws the operations.
    pub fn script(&self) -> Script {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(self.seed));
        let mut script = Script::default();
        let mut live: Vec<(u32, u64)> = Vec::new();
        let mut vacant: Vec<u32> = Vec::new();
        let mut filled = false;
        while script.ops.len() < self.operations {
            filled |= live.len() >= self.live;
            if !live.is_empty() && dice.below(10) == 0 {
                let pick = dice.below_len(live.len());
                let (id, size) = &mut live[pick];
                *size = (*size / 2 + dice.below(*size + *size / 2 + 1)).max(1);
                script.ops.push(Op::Resize {
                    id: *id,
                    size: *size,
                });
            } else if self.frees(&mut dice, live.len(), filled) {
                let (id, _) = live.swap_remove(dice.below_len(live.len()));
                vacant.push(id);
                script.ops.push(Op::Free { id });
            } else {
                let id = vacant.pop().unwrap_or_else(|| {
                    script.slots += 1;
                    script.slots as u32 - 1
                });
                let size = self.size(&mut dice);
                live.push((id, size));
                script.ops.push(Op::Allocate { id, size, align: 0 });
            }
        }
        script
    }

    /// Whether the next operation is a free.
    fn frees(&self, dice: &mut Dice, live: usize, filled: bool) -> bool {
        let slack = self.live / 20;
        match live {
            _ if !filled => false,
            n if n > self.live + slack => true,
            n if n + slack < self.live => false,
            _ => dice.below(2) == 0,
        }
    }

    /// Draws a size in bytes.
    pub fn size(&self, dice: &mut Dice) -> u64 {
        let exponent = if dice.below(512) == 0 {
            self.large
        } else {
            self.low + dice.below(u64::from(self.high - self.low)) as u32
        };
        (1 << exponent) + dice.below(1 << exponent)
    }
}

/// Random numbers below a bound. The modulo's bias is below 2^-40 for the bounds used here.
pub struct Dice(pub ChaCha8Rng);

impl Dice {
    /// A number in `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    /// An index in `0..len`.
    pub fn below_len(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }
}

#[cfg(test)]
mod tests;
