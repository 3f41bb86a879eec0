//! Random numbers that are the same on every machine.

/// `SplitMix64`: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another sequence, which follows from this state and `key`.
    pub(super) fn split(self, key: u64) -> Self {
        Self(mix(self.0 ^ mix(key.wrapping_add(STEP))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number of at most `most`: small ones as often as large ones, in powers of two.
    pub(super) fn delay(&mut self, most: u64) -> u64 {
        let powers = u64::from(u64::BITS - most.leading_zeros()) + 1;
        let power = self.below(powers) as u32;
        let bound = 1_u64.checked_shl(power).unwrap_or(u64::MAX);
        self.below(bound).min(most)
    }
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
