//! A check, a walk and figures of a pool that is in use meanwhile: nothing looks at all blocks
//! while the lock is held.

use super::Pool;
use super::guard::Earlier;
use crate::config::Config;
use crate::error::{CheckError, NotReady};
use crate::fit::sealed::Fit as _;
use crate::inspect::{self, BlockInfo, State, Stats};
use crate::layout::Algorithm;
use crate::lock::Lock;
use crate::regions::Regions;

/// How many blocks are looked at before the lock is released, as far as it depends on their
/// number.
const STEP: usize = 32;

/// How often a search in steps begins anew, because the block at which it was to go on is not
/// there any more.
const ROUNDS: usize = 8;

impl<C: Config, L: Lock, const MORE: usize> Pool<C, L, MORE> {
    /// Verifies the next `blocks` blocks, and on to the next used one: a check of the whole pool
    /// in steps, between which it is in use. Says whether this was the last step of a round; then
    /// the next one begins anew.
    ///
    /// Every block that is there during the whole round is proved, with its links to its
    /// neighbours and to the lists of free ones, and every slab. What only a view of the whole
    /// pool shows, and [`Regions::check`](crate::Regions::check) does, is left out: that
    /// counters, bitmaps and the slab's lists agree with the blocks. A pool has one round at a
    /// time, and whoever calls goes on with it.
    ///
    /// The lock is held for that many blocks, and then for each free block or slab up to the next
    /// used one.
    ///
    /// ```
    /// use litepool::StaticHeap;
    ///
    /// static HEAP: StaticHeap<4096> = StaticHeap::new();
    /// HEAP.init()?;
    /// HEAP.allocate(100)?;
    /// // The idle task's: a few blocks at a time, while all others go on.
    /// while !HEAP.check_step(8)? {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CheckError::NotReady`], or the first corruption found. The next step begins at the first
    /// block then.
    pub fn check_step(&self, blocks: usize) -> Result<bool, CheckError> {
        let mut guard = self.guard()?;
        let anchor = self.checked.take().map(|(anchor, _)| anchor);
        let next = guard.heap().check_from(anchor, blocks.max(1))?;
        let earlier: Earlier<C, MORE> = Regions::earlier_anchor;
        self.checked.set(next.map(|anchor| (anchor, earlier)));
        if next.is_some() {
            guard.watch();
        }
        Ok(next.is_none())
    }

    /// The pool's figures at one moment, as [`Regions::stats`](crate::Regions::stats), in bounded
    /// time: with [`Tlsf`](crate::fit::Tlsf) 32 blocks of a list are looked at, so that where more
    /// have the largest or the smallest size class, `largest_free` and `smallest_free` may be an
    /// eighth off.
    ///
    /// With [`BestFitLittle`](crate::fit::BestFitLittle), which has no lists, these two are of the
    /// moments after: the lock is released every 32 blocks. In a pool in which others free all the
    /// time they are those of the blocks that were seen.
    pub fn stats(&self) -> Result<Stats, NotReady> {
        let keeps_lists = C::Fit::ALGORITHM != Algorithm::BestFitLittle;
        if keeps_lists {
            return self.lock(|heap| {
                heap.stats_by(|blocks| inspect::stats(blocks, STEP.min(C::Fit::LIMIT)))
            });
        }
        let counted = self.lock(|heap| heap.stats_by(inspect::counted))?;
        let mut stats = counted;
        for _ in 0..ROUNDS {
            stats = counted;
            let see = |block: BlockInfo| {
                if block.state == State::Free && !block.in_slab {
                    let free = Stats {
                        largest_free: block.payload,
                        smallest_free: block.payload,
                        ..Stats::default()
                    };
                    stats = stats.and(&free);
                }
            };
            if self.for_each_block_in_steps(STEP, see)? {
                break;
            }
        }
        // What was freed meanwhile is no more than what was free.
        Ok(Stats {
            largest_free: stats.largest_free.min(stats.free),
            smallest_free: stats.smallest_free.min(stats.free),
            ..stats
        })
    }

    /// Has `visit` see every block that is there all the time, as
    /// [`Regions::blocks`](crate::Regions::blocks), but releases the lock every `blocks` blocks,
    /// and leaves gaps out. What is allocated, freed or resized in between may be seen or not.
    ///
    /// Says whether that reached the end: not, if the block at which it was to go on was freed.
    /// Whoever needs all of them then begins anew.
    ///
    /// ```
    /// use litepool::{State, StaticHeap};
    ///
    /// static HEAP: StaticHeap<4096> = StaticHeap::new();
    /// HEAP.init()?;
    /// HEAP.allocate(100)?;
    /// let mut used = 0;
    /// let is_whole = HEAP.for_each_block_in_steps(16, |block| {
    ///     if block.state == State::Used {
    ///         used += block.size;
    ///     }
    /// })?;
    /// assert!(is_whole && used == HEAP.stats()?.used);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_each_block_in_steps(
        &self,
        blocks: usize,
        mut visit: impl FnMut(BlockInfo),
    ) -> Result<bool, NotReady> {
        let mut anchor = None;
        loop {
            let mut guard = self.guard()?;
            match guard.heap().walk_from(anchor, blocks.max(1), &mut visit) {
                Ok(None) => return Ok(true),
                Ok(next) => anchor = next,
                Err(_) => return Ok(false),
            }
        }
    }
}
