//! The configurations that are damaged.

use anyhow::{Context, Result};
use litepool::Config;
use litepool::config::{
    Deferred, Expanding, Fast, Hardened, Joined, Standard, WithRecord, WithSlab,
};
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::record::{CallSites, Numbers, Owner, Owns};

use super::exercise::{Event, Extras, Records, Usual, exercise};
use super::place::{Place, Places};
use super::scene::{PLAIN_POOL, Scene, Shape};
use crate::subjects::Trusting;

/// Gives the next flip, told how many there were.
type Next<'n> = &'n mut dyn FnMut(usize) -> Option<Flip>;
/// Hears what happens.
type Tell<'t> = &'t mut dyn FnMut(Event);

/// A configuration as a value.
pub struct Contender {
    /// Name in tables.
    pub name: &'static str,
    /// How many regions it has.
    pub regions: usize,
    /// Bytes of each.
    pub pool: usize,
    flips: fn(usize) -> Result<Vec<Flip>>,
    run: fn(usize, Next<'_>, Tell<'_>) -> Result<()>,
}

/// What its blocks remember, in tables with rows of their own for four tasks and four modules.
type Remembered = (Owner<4, 4>, CallSites<1>);

/// A bit of a pool, and what its byte is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flip {
    /// The pool, by the place of its shape among [all](Shape::ALL).
    pub shape: usize,
    /// The bit's number: eight times the byte's offset, counted on from region to region, and the bit's place in it.
    pub bit: usize,
    /// What the byte is for.
    pub place: Place,
}

impl Contender {
    const fn of<C: Config>(name: &'static str, pool: usize) -> Self {
        Self::with::<C, 0, Usual>(name, pool)
    }

    /// A configuration whose blocks have records.
    const fn remembering<C: Config>(name: &'static str, pool: usize) -> Self
    where
        C::Record: Owns + Numbers,
    {
        Self::with::<C, 0, Records>(name, pool)
    }

    /// Two regions.
    const fn joined<C: Config>(name: &'static str, pool: usize) -> Self {
        Self::with::<Joined<C>, 1, Usual>(name, pool)
    }

    const fn with<C: Config, const MORE: usize, E: Extras<C, MORE>>(
        name: &'static str,
        pool: usize,
    ) -> Self {
        Self {
            name,
            regions: 1 + MORE,
            pool,
            flips: flips::<C, MORE>,
            run: run::<C, MORE, E>,
        }
    }

    /// All bits that are to be flipped, of every pool: the same in every process.
    ///
    /// # Errors
    /// A pool can't be set up.
    pub fn flips(&self) -> Result<Vec<Flip>> {
        (self.flips)(self.pool)
    }

    /// Flips bits one after another, each in a fresh copy of its pool, which is then used in every
    /// way. `next` is asked for the flip, given how many there were; `tell` hears what happens.
    ///
    /// # Errors
    /// A pool can't be set up.
    pub fn run(&self, next: Next<'_>, tell: Tell<'_>) -> Result<()> {
        (self.run)(self.pool, next, tell)
    }
}

/// All configurations, in the order of the table.
pub const CONTENDERS: [Contender; 24] = [
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
    Contender::remembering::<WithRecord<Standard<Tlsf, u16, 4>, Remembered>>(
        "tlsf u16 g4 records",
        PLAIN_POOL,
    ),
    Contender::remembering::<Hardened<WithRecord<Standard<Tlsf, u16, 4>, Remembered>>>(
        "tlsf u16 g4 records hardened",
        PLAIN_POOL,
    ),
    Contender::remembering::<Hardened<WithRecord<Standard<BestFit, u32, 8>, Remembered>>>(
        "best u32 g8 records hardened",
        PLAIN_POOL,
    ),
    Contender::remembering::<Hardened<WithRecord<WithSlab<Tlsf, u32, 8, Fast>, Remembered>>>(
        "tlsf u32 g8 slab-fast records hardened",
        4 * PLAIN_POOL,
    ),
    Contender::joined::<Standard<Tlsf, u16, 4>>("tlsf u16 g4 two regions", PLAIN_POOL),
    Contender::joined::<Hardened<Standard<Tlsf, u16, 4>>>(
        "tlsf u16 g4 two regions hardened",
        PLAIN_POOL,
    ),
    Contender::joined::<Hardened<WithSlab<Tlsf, u32, 8, Fast>>>(
        "tlsf u32 g8 slab-fast two regions hardened",
        4 * PLAIN_POOL,
    ),
    Contender::with::<Joined<Hardened<WithRecord<Standard<Tlsf, u16, 4>, Remembered>>>, 1, Records>(
        "tlsf u16 g4 records two regions hardened",
        PLAIN_POOL,
    ),
];

fn scenes<C: Config, const MORE: usize>(pool: usize) -> Result<Vec<Scene<C, MORE>>> {
    Shape::ALL
        .map(|shape| Scene::new(pool, shape))
        .into_iter()
        .collect()
}

fn flips<C: Config, const MORE: usize>(pool: usize) -> Result<Vec<Flip>> {
    let scenes = scenes::<C, MORE>(pool)?;
    let flips = scenes.iter().enumerate().flat_map(|(shape, scene)| {
        let places = Places::of(scene);
        let flip = |bit| {
            let place = places.at(bit / 8)?;
            Some(Flip { shape, bit, place })
        };
        places.bits().filter_map(flip).collect::<Vec<_>>()
    });
    Ok(flips.collect())
}

fn run<C: Config, const MORE: usize, E: Extras<C, MORE>>(
    pool: usize,
    next: Next<'_>,
    tell: Tell<'_>,
) -> Result<()> {
    let mut scenes = scenes::<C, MORE>(pool)?;
    let mut count = 0;
    while let Some(flip) = next(count) {
        let scene = scenes.get_mut(flip.shape).context("a pool of that shape")?;
        scene.damage(flip.bit);
        exercise::<C, MORE, E>(scene, tell);
        count += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
