//! The figures of a pool that is in use meanwhile. Nothing looks at all blocks while the lock is
//! held.

use super::Pool;
use crate::config::Config;
use crate::error::NotReady;
use crate::fit::Fit;
use crate::lock::Lock;
use crate::stats::{Extremes, Stats, Totals};
use crate::walk::BlockInfo;

/// How many blocks are looked at before the lock is released, as far as it depends on their number.
const STEP: usize = 32;

/// How often a search in steps begins anew, because the block at which it was to go on is not there
/// any more.
const ROUNDS: usize = 8;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// What the pool counts, at one moment. Constant time, for each region.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn totals(&self) -> Result<Totals, NotReady> {
        Ok(self.open()?.totals())
    }

    /// The pool's figures at one moment, as [`Heap::stats`](crate::Heap::stats), in bounded time:
    /// with [`Tlsf`](crate::fit::Tlsf) 32 blocks of a list are looked at, so that where more have
    /// the largest or the smallest size class, `largest_free` and `smallest_free` may be an eighth
    /// off.
    ///
    /// With [`BestFitLittle`](crate::fit::BestFitLittle), which has no lists, these two are of the
    /// moments after: the lock is released every 32 blocks. In a pool in which others free all the
    /// time they are those of the blocks that were seen.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn stats(&self) -> Result<Stats, NotReady> {
        if <C::Fit as Fit>::LINKS_BLOCKS {
            return Ok(self.open()?.stats_of(|heap| heap.stats_within(STEP)));
        }
        let counted = self.open()?.stats_of(|heap| heap.counted());
        let mut extremes = Extremes::default();
        for _ in 0..ROUNDS {
            extremes = Extremes::default();
            if self.for_each_block_in_steps(STEP, |block| extremes.add::<C>(&block))? {
                break;
            }
        }
        let stats = counted.with_extremes::<C>(extremes);
        // What was freed meanwhile is no more than what was free.
        Ok(Stats {
            largest_free: stats.largest_free.min(stats.free),
            smallest_free: stats.smallest_free.min(stats.free),
            ..stats
        })
    }

    /// Tells `visit` of every block that is there all the time, as [`Pool::for_each_block`], but
    /// releases the lock every `blocks` blocks, and tells of no gap. What is allocated, freed or
    /// resized in between is told of or not.
    ///
    /// Says whether that reached the end: not, if the block at which it was to go on was given up.
    /// Whoever needs all of them then begins anew.
    ///
    /// # Errors
    ///
    /// [`NotReady`].
    pub fn for_each_block_in_steps(
        &self,
        blocks: usize,
        mut visit: impl FnMut(BlockInfo),
    ) -> Result<bool, NotReady> {
        let mut anchor = None;
        loop {
            let session = self.open()?;
            match session.walk_from(anchor, blocks.max(1), &mut visit) {
                Ok(None) => return Ok(true),
                Ok(next) => anchor = next,
                Err(_) => return Ok(false),
            }
        }
    }
}
