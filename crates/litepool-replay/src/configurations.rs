//! The configurations that traces are replayed in: a line each.

use std::marker::PhantomData;

use litepool::fit::{BestFit, BestFitLittle, Fit, Tlsf};
use litepool::slab::Slab;
use litepool::{Check, Config};
use litepool_trace::{Op, WordSize};

use crate::engine::{self, Started};
use crate::memory::{Memory, Placement};

#[cfg(test)]
mod tests;

/// The largest pool with 16-bit links, in granules.
const SHORT: usize = 1 << 16;
/// The largest pool at all, in bytes.
const LARGEST: usize = 2 << 30;

/// A configuration for processors with words of `WORD` bytes. As the ready-made ones: a device's
/// believes nothing.
pub struct For<const WORD: usize, F, S, const MAX_SIZE: usize>(PhantomData<fn() -> (F, S)>);

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
pub trait Objects: 'static {
    const SLAB: Slab;
}

macro_rules! objects {
    ($($name:ident: $slab:ident;)*) => {
        $(
            pub struct $name;

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
///
/// ```
/// use litepool_replay::{Memory, Placement, configurations};
/// use litepool_trace::{Op, WordSize};
///
/// let configuration = configurations(WordSize::Bits32).next().ok_or("none")?;
/// let mut memory = Memory::new(4096, Placement::like(0, 0))?;
/// let mut run = configuration.start(&mut memory, 1)?;
/// let request = Op::Allocate { id: 0, size: 100, align: 0 };
/// assert!(run.play(&[request], None).is_ok());
/// assert_eq!((configuration.name, run.stats().used), ("tlsf", 104));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Configuration {
    /// Its name: the slab if there is one, and the fit.
    pub name: &'static str,
    /// The devices that it suits.
    pub word: WordSize,
    /// The unit of sizes, in bytes.
    pub granule: usize,
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
    pub fn limits(&self) -> impl Iterator<Item = usize> + use<> {
        self.forms.iter().map(|form| form.largest)
    }

    /// The largest pool, in bytes.
    pub fn largest(&self) -> usize {
        self.limits().last().unwrap_or(0)
    }

    /// Is it tried where none is named? Requests of the others walk the blocks, or they have slabs,
    /// which are for speed and long runs.
    pub fn is_usual(&self) -> bool {
        self.tried == Tried::Always
    }

    /// What tells it from all others: its name, its granule, and its smallest pools' largest size.
    pub fn identity(&self) -> (&'static str, usize, usize) {
        let narrowest = self.limits().next().unwrap_or(0);
        (self.name, self.granule, narrowest)
    }

    /// Do its requests walk the blocks, so that each takes time in proportion to their number?
    pub fn walks_blocks(&self) -> bool {
        // Not by the type: a device chooses by this name, too.
        self.name.ends_with("little")
    }

    /// The same for pools whose configuration has at least this `MAX_SIZE`, if there is one.
    #[must_use]
    pub fn with_max_size(self, least: u64) -> Option<Self> {
        let first = |form: &Form| form.max_size as u64 >= least;
        let forms = &self.forms[self.forms.iter().position(first)?..];
        Some(Self { forms, ..self })
    }

    /// A new pool in this memory, in which a script of so many slots can be run.
    ///
    /// # Errors
    /// See [`Started`].
    pub fn start<'m>(&self, memory: &'m mut Memory, slots: usize) -> Started<'m> {
        let size = memory.pool().len();
        let Some(form) = self.form(size) else {
            return Err("there is no such pool".into());
        };
        (form.start)(memory, slots)
    }

    /// The largest pool of the form that a pool of this size has, in bytes: its `MAX_SIZE`, which
    /// decides how wide links are.
    pub fn max_size(&self, pool: usize) -> usize {
        self.form(pool).map_or(0, |form| form.max_size)
    }

    /// Bytes that the block of a request takes in a pool of this size, header and rounding included,
    /// measured in a new pool. `None` if the pool has none for it.
    pub fn block_bytes(&self, pool: usize, request: u64) -> Option<usize> {
        let mut memory = Memory::new(pool, Placement::like(0, 0)).ok()?;
        let mut run = self.start(&mut memory, 1).ok()?;
        let before = run.stats().used;
        let request = Op::Allocate {
            id: 0,
            size: request.max(1),
            align: 0,
        };
        run.play(&[request], None).ok()?;
        Some(run.stats().used - before)
    }

    /// The form that a pool of this size has, or the largest.
    fn form(&self, pool: usize) -> Option<&'static Form> {
        let fitting = self.forms.iter().find(|form| pool <= form.largest);
        fitting.or(self.forms.last())
    }

    /// Bytes of a new pool that are neither free nor used. `None` if there is no such pool.
    pub fn control_block(&self, memory: &mut Memory) -> Option<usize> {
        let run = self.start(memory, 0).ok()?;
        Some(run.stats().overhead)
    }
}

/// The number of bits in a word.
pub fn bits(word: WordSize) -> u32 {
    word.bytes() * 8
}

/// All configurations for a word size, the usual ones first.
///
/// ```
/// use litepool_replay::configurations;
/// use litepool_trace::WordSize;
///
/// let usual = configurations(WordSize::Bits32).filter(|one| one.is_usual());
/// assert!(usual.map(|one| one.name).eq(["tlsf", "best"]));
/// let little = configurations(WordSize::Bits32).find(|one| one.name == "little");
/// // What a request of 100 bytes takes in a pool of 4 KiB: a header, and rounded up.
/// assert_eq!(little.and_then(|one| one.block_bytes(4096, 100)), Some(104));
/// ```
pub fn configurations(word: WordSize) -> impl Iterator<Item = Configuration> {
    REGISTRY
        .iter()
        .filter(move |configuration| configuration.word == word)
        .copied()
}
