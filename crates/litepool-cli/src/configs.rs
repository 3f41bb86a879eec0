//! The configurations that the command knows: a line each.

use std::marker::PhantomData;

use anyhow::{Result, bail};
use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::slab::Slab;
use litepool::{Check, Config};
use litepool_trace::WordSize;

use crate::args::Device;
use crate::engine::{self, Started};
use crate::memory::Memory;
use crate::units::count;

#[cfg(test)]
mod tests;

/// The largest pool with 16-bit links, in granules.
const SHORT: usize = 1 << 16;
/// The largest pool at all, in bytes.
const LARGEST: usize = 2 << 30;

/// A configuration for processors with words of `WORD` bytes. As the ready-made ones: a device's
/// believes nothing.
pub(crate) struct For<const WORD: usize, F, S, const MAX_SIZE: usize>(PhantomData<fn() -> (F, S)>);

impl<const WORD: usize, F: Fit, S: Objects, const MAX_SIZE: usize> Config
    for For<WORD, F, S, MAX_SIZE>
{
    type Fit = F;
    type Record = ();
    const MAX_SIZE: usize = MAX_SIZE;
    const GRANULE: usize = WORD;
    const CHECK: Check = if WORD == 4 {
        Check::Hardened
    } else {
        Check::Links
    };
    const SLAB: Slab = S::SLAB;
}

/// How small objects are kept: a [`Slab`] as a type.
pub(crate) trait Objects: 'static {
    const SLAB: Slab;
}

macro_rules! objects {
    ($($name:ident: $slab:ident;)*) => {
        $(
            pub(crate) struct $name;

            impl Objects for $name {
                const SLAB: Slab = Slab::$slab;
            }
        )*
    };
}

objects! {
    AsBlocks: OFF;
    Fixed: FIXED;
    Expanding: EXPANDING;
    Lean: LEAN;
    Fast: FAST;
}

/// A name, when it is tried, the algorithm, the slab, and the largest pools of its forms; for 32
/// and 64 bits.
macro_rules! registry {
    ($($name:literal, $tried:ident: $fit:ty, $objects:ty, [$($most:expr),*];)*) => {
        &[$(
            registry!(@ 4, Bits32, $name, $tried, $fit, $objects, [$($most),*]),
            registry!(@ 8, Bits64, $name, $tried, $fit, $objects, [$($most),*]),
        )*]
    };
    (@ $word:literal, $bits:ident, $name:literal, $tried:ident, $fit:ty, $objects:ty,
        [$($most:expr),*]) => {
        Configuration {
            name: $name,
            word: WordSize::$bits,
            granule: $word,
            tried: Tried::$tried,
            forms: &[$(Form::of::<For<$word, $fit, $objects, { bytes($most, $word) }>>()),*],
        }
    };
}

/// All configurations. Slabs are tried only where they are named: they are for speed and long
/// runs, not for the smallest pool. `BestFitLittle` walks the blocks for every request, which takes
/// minutes on long traces, and is no choice for the pools that those need.
static REGISTRY: &[Configuration] = registry! {
    "tlsf", Always: Tlsf, AsBlocks, [SHORT, LARGEST];
    "best", Always: BestFit, AsBlocks, [SHORT, LARGEST];
    "little", IfNamed: BestFitLittle, AsBlocks, [SHORT];
    "slab-fixed-tlsf", IfNamed: Tlsf, Fixed, [SHORT, LARGEST];
    "slab-fixed-best", IfNamed: BestFit, Fixed, [SHORT, LARGEST];
    "slab-fixed-little", IfNamed: BestFitLittle, Fixed, [SHORT];
    "slab-expanding-tlsf", IfNamed: Tlsf, Expanding, [SHORT, LARGEST];
    "slab-expanding-best", IfNamed: BestFit, Expanding, [SHORT, LARGEST];
    "slab-expanding-little", IfNamed: BestFitLittle, Expanding, [SHORT];
    "slab-lean-tlsf", IfNamed: Tlsf, Lean, [SHORT, LARGEST];
    "slab-lean-best", IfNamed: BestFit, Lean, [SHORT, LARGEST];
    "slab-fast-tlsf", IfNamed: Tlsf, Fast, [SHORT, LARGEST];
    "slab-fast-best", IfNamed: BestFit, Fast, [SHORT, LARGEST];
};

/// A `MAX_SIZE` in bytes: of so many granules, or the largest there is.
const fn bytes(most: usize, granule: usize) -> usize {
    if most == SHORT { SHORT * granule } else { most }
}

/// One configuration of the heap, by name: what can be done with it, whatever its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Configuration {
    /// Its name: the slab if there is one, and the fit.
    pub(crate) name: &'static str,
    /// The devices that it suits.
    pub(crate) word: WordSize,
    /// The unit of sizes, in bytes.
    pub(crate) granule: usize,
    tried: Tried,
    /// One for each width of links, in ascending order. A pool has the first that can hold it.
    forms: &'static [Form],
}

/// When a configuration is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tried {
    Always,
    /// Only where its name or `all` asks for it.
    IfNamed,
}

/// A configuration with one `MAX_SIZE`.
#[derive(Clone, Copy, Debug)]
struct Form {
    max_size: usize,
    /// The largest pool, in bytes.
    largest: usize,
    start: fn(&mut Memory, usize) -> Started<'_>,
}

impl Form {
    const fn of<C: Config>() -> Self {
        let largest = if C::MAX_SIZE < LARGEST {
            C::MAX_SIZE
        } else {
            LARGEST - C::GRANULE
        };
        Self {
            max_size: C::MAX_SIZE,
            largest,
            start: engine::start::<C>,
        }
    }
}

impl Configuration {
    /// The largest pools of its forms, in bytes, in ascending order.
    pub(crate) fn limits(&self) -> impl Iterator<Item = usize> + use<> {
        self.forms.iter().map(|form| form.largest)
    }

    /// The largest pool, in bytes.
    pub(crate) fn largest(&self) -> usize {
        self.limits().last().unwrap_or(0)
    }

    /// The same for pools whose configuration has at least this `MAX_SIZE`, if there is one.
    fn with_max_size(self, least: u64) -> Option<Self> {
        let first = |form: &Form| form.max_size as u64 >= least;
        let forms = &self.forms[self.forms.iter().position(first)?..];
        Some(Self { forms, ..self })
    }

    /// A new pool in this memory, in which a script of so many slots can be run.
    ///
    /// # Errors
    /// See [`Started`].
    pub(crate) fn start<'m>(&self, memory: &'m mut Memory, slots: usize) -> Started<'m> {
        let size = memory.pool().len();
        let fitting = self.forms.iter().find(|form| size <= form.largest);
        let Some(form) = fitting.or(self.forms.last()) else {
            return Err("there is no such pool".into());
        };
        (form.start)(memory, slots)
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

/// The configurations for a word size that the device's names choose: in full, by their beginning
/// (`slab`), or `all`; the usual ones if there is no name. With the device's `MAX_SIZE`, where it
/// is told.
///
/// # Errors
/// A name that chooses nothing, or a `MAX_SIZE` that none of the chosen has.
pub(crate) fn select(word: WordSize, device: &Device) -> Result<Vec<Configuration>> {
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
    let names = &device.config;
    for name in names {
        if !known().any(|configuration| chosen_by(name, configuration.name)) {
            let all: Vec<&str> = known().map(|configuration| configuration.name).collect();
            bail!(
                "no configuration for {} bits is called `{name}`{}; there are: {}",
                bits(word),
                hint(name),
                all.join(", ")
            );
        }
    }
    let chosen: Vec<Configuration> = known()
        .filter(|c| {
            if names.is_empty() {
                c.tried == Tried::Always
            } else {
                names.iter().any(|name| chosen_by(name, c.name))
            }
        })
        .filter_map(|c| c.with_max_size(device.max_size.unwrap_or(0)))
        .collect();
    if let (Some(max_size), true) = (device.max_size, chosen.is_empty()) {
        bail!(
            "--max-size: none of these configurations has pools of {} bytes",
            count(max_size)
        );
    }
    Ok(chosen)
}

/// What became of a name that once was one.
fn hint(name: &str) -> &'static str {
    if name.ends_with("-u16") || name.ends_with("-u32") {
        " (the pool's size decides how wide links are; --max-size asks for wider ones)"
    } else if name.starts_with("deferred") {
        " (blocks are merged at once now)"
    } else {
        ""
    }
}
