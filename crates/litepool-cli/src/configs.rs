//! The configurations that the command knows: one line each.

use std::mem::size_of;

use anyhow::{Result, bail};
use litepool::Config;
use litepool::config::{Deferred, Expanding, Fast, Fixed, Lean, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool_trace::WordSize;

use crate::engine::{self, Started};
use crate::memory::Memory;

#[cfg(test)]
mod tests;

/// All configurations. The granule follows the word: 4 bytes on 32-bit devices, 8 on 64-bit machines. Slabs and
/// deferred merging are tried only where they are named: they are for speed and long runs, not for the smallest pool.
static REGISTRY: [Configuration; 48] = [
    Configuration::of::<Standard<Tlsf, u16, 4>>("tlsf-u16", WordSize::Bits32),
    Configuration::of::<Standard<Tlsf, u32, 4>>("tlsf-u32", WordSize::Bits32),
    Configuration::of::<Standard<BestFit, u16, 4>>("best-u16", WordSize::Bits32),
    Configuration::of::<Standard<BestFit, u32, 4>>("best-u32", WordSize::Bits32),
    Configuration::of::<Standard<BestFitLittle, u16, 4>>("little-u16", WordSize::Bits32).if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 4, Fixed>>("slab-fixed-tlsf-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 4, Fixed>>("slab-fixed-best-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<BestFitLittle, u16, 4, Fixed>>(
        "slab-fixed-little-u16",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 4, Expanding>>(
        "slab-expanding-tlsf-u16",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 4, Expanding>>(
        "slab-expanding-tlsf-u32",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 4, Expanding>>(
        "slab-expanding-best-u16",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 4, Expanding>>(
        "slab-expanding-best-u32",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFitLittle, u16, 4, Expanding>>(
        "slab-expanding-little-u16",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 4, Lean>>("slab-lean-tlsf-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 4, Lean>>("slab-lean-tlsf-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 4, Lean>>("slab-lean-best-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 4, Lean>>("slab-lean-best-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 4, Fast>>("slab-fast-tlsf-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 4, Fast>>("slab-fast-best-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<Deferred<Standard<Tlsf, u16, 4>>>("deferred-tlsf-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<Deferred<Standard<Tlsf, u32, 4>>>("deferred-tlsf-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<Deferred<Standard<BestFit, u16, 4>>>("deferred-best-u16", WordSize::Bits32)
        .if_named(),
    Configuration::of::<Deferred<Standard<BestFit, u32, 4>>>("deferred-best-u32", WordSize::Bits32)
        .if_named(),
    Configuration::of::<Deferred<WithSlab<Tlsf, u32, 4, Fast>>>(
        "deferred-slab-fast-tlsf-u32",
        WordSize::Bits32,
    )
    .if_named(),
    Configuration::of::<Standard<Tlsf, u16, 8>>("tlsf-u16", WordSize::Bits64),
    Configuration::of::<Standard<Tlsf, u32, 8>>("tlsf-u32", WordSize::Bits64),
    Configuration::of::<Standard<BestFit, u16, 8>>("best-u16", WordSize::Bits64),
    Configuration::of::<Standard<BestFit, u32, 8>>("best-u32", WordSize::Bits64),
    Configuration::of::<Standard<BestFitLittle, u16, 8>>("little-u16", WordSize::Bits64).if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 8, Fixed>>("slab-fixed-tlsf-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 8, Fixed>>("slab-fixed-best-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<BestFitLittle, u16, 8, Fixed>>(
        "slab-fixed-little-u16",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 8, Expanding>>(
        "slab-expanding-tlsf-u16",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 8, Expanding>>(
        "slab-expanding-tlsf-u32",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 8, Expanding>>(
        "slab-expanding-best-u16",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 8, Expanding>>(
        "slab-expanding-best-u32",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<BestFitLittle, u16, 8, Expanding>>(
        "slab-expanding-little-u16",
        WordSize::Bits64,
    )
    .if_named(),
    Configuration::of::<WithSlab<Tlsf, u16, 8, Lean>>("slab-lean-tlsf-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 8, Lean>>("slab-lean-tlsf-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u16, 8, Lean>>("slab-lean-best-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 8, Lean>>("slab-lean-best-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<Tlsf, u32, 8, Fast>>("slab-fast-tlsf-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<WithSlab<BestFit, u32, 8, Fast>>("slab-fast-best-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<Deferred<Standard<Tlsf, u16, 8>>>("deferred-tlsf-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<Deferred<Standard<Tlsf, u32, 8>>>("deferred-tlsf-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<Deferred<Standard<BestFit, u16, 8>>>("deferred-best-u16", WordSize::Bits64)
        .if_named(),
    Configuration::of::<Deferred<Standard<BestFit, u32, 8>>>("deferred-best-u32", WordSize::Bits64)
        .if_named(),
    Configuration::of::<Deferred<WithSlab<Tlsf, u32, 8, Fast>>>(
        "deferred-slab-fast-tlsf-u32",
        WordSize::Bits64,
    )
    .if_named(),
];

/// One configuration of the heap, by name: what can be done with it, whatever its type.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// Its name: whether it defers merging, the slab if there is one, the fit, the width of the links.
    pub(crate) name: &'static str,
    /// The devices that it suits.
    pub(crate) word: WordSize,
    /// The unit of sizes, in bytes.
    pub(crate) granule: usize,
    /// The largest pool, in bytes.
    pub(crate) largest: usize,
    /// Is it tried where none is named?
    usual: bool,
    start: fn(&mut Memory, usize) -> Started<'_>,
}

impl Configuration {
    const fn of<C: Config>(name: &'static str, word: WordSize) -> Self {
        let granules = if size_of::<C::Index>() == 2 {
            u16::MAX as usize
        } else {
            i32::MAX as usize / C::GRANULE
        };
        Self {
            name,
            word,
            granule: C::GRANULE,
            largest: granules * C::GRANULE,
            usual: true,
            start: engine::start::<C>,
        }
    }

    /// The same, tried only where its name or `all` asks for it. `BestFitLittle` walks the blocks for every request, which
    /// takes minutes on long traces, and is no choice for the pools that those need.
    const fn if_named(self) -> Self {
        Self {
            usual: false,
            ..self
        }
    }

    /// A new pool in this memory, in which a script of so many slots can be run.
    ///
    /// # Errors
    /// See [`Started`].
    pub(crate) fn start<'m>(&self, memory: &'m mut Memory, slots: usize) -> Started<'m> {
        (self.start)(memory, slots)
    }

    /// Bytes of a new pool that are neither free nor used. `None` if there is no such pool.
    pub(crate) fn control_block(&self, memory: &mut Memory) -> Option<usize> {
        let run = self.start(memory, 0).ok()?;
        Some(run.stats().overhead)
    }
}

/// The number of bits in a word.
pub(crate) fn bits(word: WordSize) -> u32 {
    word.bytes() * 8
}

/// The configurations for a word size that `names` choose: in full, by their beginning (`tlsf`), or `all`; the usual
/// ones if there is no name.
///
/// # Errors
/// A name that chooses nothing.
pub(crate) fn select(word: WordSize, names: &[String]) -> Result<Vec<&'static Configuration>> {
    let known = || {
        REGISTRY
            .iter()
            .filter(|configuration| configuration.word == word)
    };
    let chosen_by = |name: &str, full: &str| {
        name == "all"
            || full
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    for name in names {
        if !known().any(|configuration| chosen_by(name, configuration.name)) {
            let all: Vec<&str> = known().map(|configuration| configuration.name).collect();
            bail!(
                "no configuration for {} bits is called `{name}`; there are: {}",
                bits(word),
                all.join(", ")
            );
        }
    }
    Ok(known()
        .filter(|c| {
            if names.is_empty() {
                c.usual
            } else {
                names.iter().any(|name| chosen_by(name, c.name))
            }
        })
        .collect())
}
