//! The configurations that are damaged.

use anyhow::Result;
use litepool::Config;
use litepool::config::{Deferred, Expanding, Fast, Hardened, Standard, WithSlab};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};

use super::exercise::{Event, exercise};
use super::place::{Place, Places};
use super::scene::{PLAIN_POOL, Scene};
use crate::subjects::Trusting;

/// Gives the next bit to flip, told how many were flipped.
type Next<'n> = &'n mut dyn FnMut(usize) -> Option<usize>;
/// Hears what happens.
type Tell<'t> = &'t mut dyn FnMut(Event);

/// A configuration as a value.
pub struct Contender {
    /// Name in tables.
    pub name: &'static str,
    /// Bytes of its pool.
    pub pool: usize,
    flips: fn(usize) -> Result<Vec<Flip>>,
    run: fn(usize, Next<'_>, Tell<'_>) -> Result<()>,
}

/// A bit of the pool, and what its byte is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flip {
    /// The bit's number: eight times the byte's offset, and the bit's place in it.
    pub bit: usize,
    /// What the byte is for.
    pub place: Place,
}

impl Contender {
    const fn of<C: Config>(name: &'static str, pool: usize) -> Self {
        Self {
            name,
            pool,
            flips: flips::<C>,
            run: run::<C>,
        }
    }

    /// All bits that are to be flipped: the same in every process.
    ///
    /// # Errors
    /// The pool can't be set up.
    pub fn flips(&self) -> Result<Vec<Flip>> {
        (self.flips)(self.pool)
    }

    /// Flips bits one after another, each in a fresh copy of the pool, which is then used in every way. `next` is asked for
    /// the number of the bit, given how many were flipped; `tell` hears what happens.
    ///
    /// # Errors
    /// The pool can't be set up.
    pub fn run(&self, next: Next<'_>, tell: Tell<'_>) -> Result<()> {
        (self.run)(self.pool, next, tell)
    }
}

/// All configurations, in the order of the table.
pub const CONTENDERS: [Contender; 16] = [
    Contender::of::<Standard<Tlsf, u32, 8>>("tlsf u32 g8", PLAIN_POOL),
    Contender::of::<Standard<Tlsf, u16, 4>>("tlsf u16 g4", PLAIN_POOL),
    Contender::of::<Standard<BestFit, u32, 8>>("best u32 g8", PLAIN_POOL),
    Contender::of::<Standard<BestFitLittle, u16, 4>>("little u16 g4", PLAIN_POOL),
    Contender::of::<Deferred<Standard<Tlsf, u32, 8>>>("tlsf u32 g8 deferred", PLAIN_POOL),
    Contender::of::<WithSlab<Tlsf, u16, 4, Expanding>>(
        "tlsf u16 g4 slab-expanding",
        2 * PLAIN_POOL,
    ),
    Contender::of::<WithSlab<Tlsf, u32, 8, Fast>>("tlsf u32 g8 slab-fast", 4 * PLAIN_POOL),
    Contender::of::<Hardened<Standard<Tlsf, u32, 8>>>("tlsf u32 g8 hardened", PLAIN_POOL),
    Contender::of::<Hardened<Standard<Tlsf, u16, 4>>>("tlsf u16 g4 hardened", PLAIN_POOL),
    Contender::of::<Hardened<Standard<BestFit, u32, 8>>>("best u32 g8 hardened", PLAIN_POOL),
    Contender::of::<Hardened<Standard<BestFitLittle, u16, 4>>>(
        "little u16 g4 hardened",
        PLAIN_POOL,
    ),
    Contender::of::<Hardened<Deferred<Standard<Tlsf, u32, 8>>>>(
        "tlsf u32 g8 deferred hardened",
        PLAIN_POOL,
    ),
    Contender::of::<Hardened<WithSlab<Tlsf, u32, 8, Fast>>>(
        "tlsf u32 g8 slab-fast hardened",
        4 * PLAIN_POOL,
    ),
    Contender::of::<Hardened<WithSlab<Tlsf, u16, 4, Expanding>>>(
        "tlsf u16 g4 slab-expanding hardened",
        2 * PLAIN_POOL,
    ),
    Contender::of::<Hardened<Deferred<WithSlab<Tlsf, u32, 8, Fast>>>>(
        "tlsf u32 g8 slab-fast deferred hardened",
        4 * PLAIN_POOL,
    ),
    Contender::of::<Trusting>("tlsf u32 g8 unchecked", PLAIN_POOL),
];

fn flips<C: Config>(pool: usize) -> Result<Vec<Flip>> {
    let places = Places::of(&Scene::<C>::new(pool)?);
    let flips = places.bits().filter_map(|bit| {
        let place = places.at(bit / 8)?;
        Some(Flip { bit, place })
    });
    Ok(flips.collect())
}

fn run<C: Config>(pool: usize, next: Next<'_>, tell: Tell<'_>) -> Result<()> {
    let mut scene = Scene::<C>::new(pool)?;
    let mut count = 0;
    while let Some(bit) = next(count) {
        scene.damage(bit);
        exercise(&mut scene, tell);
        count += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
