//! What was found as source text: what `size` and `split` print in the same words.

use litepool_replay::Configuration;
use litepool_trace::WordSize;

pub(crate) use comment::harmless;
pub(crate) use library::{NotInC, has_switches};

mod comment;
mod library;
#[cfg(test)]
mod tests;

/// The smallest `MAX_SIZE` that is proposed, in bytes: a smaller one gains little.
const LEAST: usize = 256 << 10;

/// A configuration as it was replayed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replayed {
    pub(crate) configuration: Configuration,
    /// The `MAX_SIZE` that was asked for, if any.
    pub(crate) max_size: Option<u64>,
}

impl Replayed {
    /// The type of the algorithm.
    pub(crate) fn fit(&self) -> &'static str {
        match fit(self.configuration.name) {
            "tlsf" => "Tlsf",
            "best" => "BestFit",
            _ => "BestFitLittle",
        }
    }

    /// The `Check`.
    pub(crate) fn check(&self) -> &'static str {
        match self.configuration.word {
            WordSize::Bits32 => "Hardened",
            WordSize::Bits64 => "Links",
        }
    }

    /// The constant of `Slab`, if there is a slab in front.
    pub(crate) fn slab(&self) -> Option<String> {
        slab(self.configuration.name).map(str::to_uppercase)
    }

    /// The `MAX_SIZE` of a pool of so many bytes that may grow to `room` bytes: as small as these
    /// and the width of links that was replayed allow, for the seal of headers has what is left.
    pub(crate) fn max_size(&self, pool: usize, room: usize) -> usize {
        let of_form = self.configuration.max_size(pool);
        let smallest = pool.next_power_of_two().max(LEAST);
        smallest.max(self.asked()).max(room).min(of_form)
    }

    fn asked(&self) -> usize {
        usize::try_from(self.max_size.unwrap_or(0)).unwrap_or(usize::MAX)
    }
}

/// The algorithm behind the slab, if there is one.
pub(crate) fn fit(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

/// The slab in front, if there is one: `fixed`, `expanding`, `lean`, `fast`.
pub(crate) fn slab(name: &str) -> Option<&str> {
    name.strip_prefix("slab-")?.split('-').next()
}

/// A number as Rust has it: `86_016`.
pub(crate) fn number(number: u64) -> String {
    crate::units::count(number).replace(',', "_")
}
