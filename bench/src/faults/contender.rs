//! The configurations that are damaged.

use anyhow::{Context, Result};
use litepool::Config;
use litepool::fit::{BestFit, BestFitLittle, Tlsf};
use litepool::track::{CallSites, Numbers, Owners, Owns};
use litepool_testing::config::{
    Expanding, Fast, Hardened, Huge, Large, Size, Small, Standard, WithRecord, WithRegions,
    WithSlab,
};

use super::exercise::{Event, Extras, Records, Usual, exercise};
use super::place::{Place, Places};
use super::scene::{PLAIN_POOL, Scene, Shape};

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
type Remembered = (Owners<4, 4>, CallSites<1>);

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
        Self::with::<WithRegions<C, 2>, 1, Usual>(name, pool)
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

/// 33,554,432 granules: as [`Pool64`](litepool::config::Pool64) has them, with four bits of seal.
struct Medium;

impl Size for Medium {
    const GRANULES: usize = 1 << 25;
}

/// All bytes of a pool proved, or believed where requests take them.
type Proved<F, S, const GRANULE: usize> = Hardened<Standard<F, S, GRANULE>>;

/// All configurations, in the order of the table, each with the largest pool that it allows: the
/// larger that is, the shorter is a header's seal. 256K has 13 bits, 16M 7, 256M 4, 2G with
/// granule 8 one, 2G with granule 4 none.
pub const CONTENDERS: [Contender; 34] = [
    Contender::of::<Standard<Tlsf, Small, 4>>("tlsf 256K g4 links", PLAIN_POOL),
    Contender::of::<Standard<Tlsf, Medium, 8>>("tlsf 256M g8 links", PLAIN_POOL),
    Contender::of::<Standard<BestFit, Medium, 8>>("best 256M g8 links", PLAIN_POOL),
    Contender::of::<Standard<BestFitLittle, Small, 4>>("little 256K g4 links", PLAIN_POOL),
    Contender::of::<WithSlab<Standard<Tlsf, Small, 4>, Expanding>>(
        "tlsf 256K g4 slab-expanding links",
        2 * PLAIN_POOL,
    ),
    Contender::of::<WithSlab<Standard<Tlsf, Medium, 8>, Fast>>(
        "tlsf 256M g8 slab-fast links",
        4 * PLAIN_POOL,
    ),
    Contender::remembering::<WithRecord<Standard<Tlsf, Small, 4>, Remembered>>(
        "tlsf 256K g4 records links",
        PLAIN_POOL,
    ),
    Contender::joined::<Standard<Tlsf, Small, 4>>("tlsf 256K g4 two regions links", PLAIN_POOL),
    Contender::of::<Proved<Tlsf, Small, 4>>("tlsf 256K g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<Tlsf, Large, 4>>("tlsf 16M g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<Tlsf, Medium, 8>>("tlsf 256M g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<Tlsf, Huge, 8>>("tlsf 2G g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<Tlsf, Huge, 4>>("tlsf 2G g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFit, Small, 4>>("best 256K g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFit, Large, 4>>("best 16M g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFit, Medium, 8>>("best 256M g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFit, Huge, 8>>("best 2G g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFit, Huge, 4>>("best 2G g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFitLittle, Small, 4>>("little 256K g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFitLittle, Large, 4>>("little 16M g4 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFitLittle, Medium, 8>>("little 256M g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFitLittle, Huge, 8>>("little 2G g8 hardened", PLAIN_POOL),
    Contender::of::<Proved<BestFitLittle, Huge, 4>>("little 2G g4 hardened", PLAIN_POOL),
    Contender::of::<WithSlab<Proved<Tlsf, Small, 4>, Expanding>>(
        "tlsf 256K g4 slab-expanding hardened",
        2 * PLAIN_POOL,
    ),
    Contender::of::<WithSlab<Proved<Tlsf, Large, 4>, Fast>>(
        "tlsf 16M g4 slab-fast hardened",
        4 * PLAIN_POOL,
    ),
    Contender::of::<WithSlab<Proved<BestFit, Large, 4>, Expanding>>(
        "best 16M g4 slab-expanding hardened",
        2 * PLAIN_POOL,
    ),
    Contender::of::<WithSlab<Proved<Tlsf, Medium, 8>, Fast>>(
        "tlsf 256M g8 slab-fast hardened",
        4 * PLAIN_POOL,
    ),
    Contender::remembering::<WithRecord<Proved<Tlsf, Small, 4>, Remembered>>(
        "tlsf 256K g4 records hardened",
        PLAIN_POOL,
    ),
    Contender::remembering::<WithRecord<Proved<BestFit, Large, 4>, Remembered>>(
        "best 16M g4 records hardened",
        PLAIN_POOL,
    ),
    Contender::remembering::<WithRecord<Proved<BestFitLittle, Small, 4>, Remembered>>(
        "little 256K g4 records hardened",
        PLAIN_POOL,
    ),
    Contender::remembering::<WithRecord<WithSlab<Proved<Tlsf, Large, 4>, Fast>, Remembered>>(
        "tlsf 16M g4 slab-fast records hardened",
        4 * PLAIN_POOL,
    ),
    Contender::joined::<Proved<Tlsf, Small, 4>>("tlsf 256K g4 two regions hardened", PLAIN_POOL),
    Contender::joined::<WithSlab<Proved<Tlsf, Large, 4>, Fast>>(
        "tlsf 16M g4 slab-fast two regions hardened",
        4 * PLAIN_POOL,
    ),
    Contender::with::<WithRegions<WithRecord<Proved<Tlsf, Small, 4>, Remembered>, 2>, 1, Records>(
        "tlsf 256K g4 records two regions hardened",
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
