//! The search for the smallest pool that serves a trace.
//!
//! Whether a trace completes is not monotone in the pool's size: another size moves every later block, so a
//! size may fail although a smaller one serves. So the answer is defined by what was tried: a size that
//! completes, just above one that fails, and below no size that was seen to fail. Sizes on both sides are
//! tried: next to it one by one, farther away ever sparser. The answer does not depend on the number of
//! threads.
//!
//! A size that fails in a part of the trace fails in the whole. So the bisection runs as much of
//! the trace as sizes were seen to fail in, and only its result runs through.

use rayon::prelude::*;

#[cfg(test)]
mod tests;

/// How far above the answer sizes are tried: this part of it (1/8).
const REACH: u64 = 8;

/// How many sizes are tried beside the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// Neighbours on each side, one unit apart; and sizes beyond these, on each side, at growing
    /// distances.
    pub sizes: u64,
}

impl Effort {
    /// 16 for traces of up to a million operations; for longer ones as many as take the same time,
    /// but at least 4.
    pub fn for_operations(operations: u64) -> Self {
        Self {
            sizes: ((16 << 20) / operations.max(1)).clamp(4, 16),
        }
    }
}

/// What the search found. Sizes count units (granules).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Smallest {
    /// Completes; so does every larger size that was tried; one unit less fails.
    pub size: u64,
    /// The smallest of all tried sizes that completed. Less than `size` when the trace was lucky once.
    pub luckiest: u64,
    /// How many sizes were tried.
    pub tried: u64,
}

/// What came of a size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trial {
    /// All operations that were to be done were done.
    Completes,
    /// The operation with this number, from 1, could not be done.
    FailsAt(u64),
}

/// The smallest size in `low..=high` that completes, or `None` if the largest fails too. `low` is a
/// size that is known to be too small or not worth trying below; `guess` a first upper bound;
/// `peak` an operation at which a size that is too small probably fails. `attempt` tries a size up
/// to the operation with this number.
///
/// Takes about `log2(high - low)` trials up to the peak, and four times the effort through the
/// whole trace, in parallel where they do not depend on each other.
///
/// ```
/// use litepool_replay::search::{Effort, Trial, smallest};
///
/// // What a pool of so many granules comes to: 25 are enough, and 30 are by bad luck too few.
/// let attempt = |size, _until| match size {
///     25..30 | 31.. => Trial::Completes,
///     _ => Trial::FailsAt(5),
/// };
/// let effort = Effort::for_operations(10);
/// let found = smallest(1, 40, 1000, 5, effort, attempt).ok_or("no pool serves it")?;
/// assert_eq!((found.size, found.luckiest), (31, 25));
/// # Ok::<(), &str>(())
/// ```
pub fn smallest(
    low: u64,
    guess: u64,
    high: u64,
    peak: u64,
    effort: Effort,
    attempt: impl Fn(u64, u64) -> Trial + Sync,
) -> Option<Smallest> {
    let mut search = Search {
        attempt,
        horizon: peak,
        tried: 0,
        luckiest: u64::MAX,
    };
    let (mut fails, mut serves) = search.bracket(low, guess, high)?;
    loop {
        serves = search.bisect(fails, serves);
        match search.highest_failure(&effort.above(serves, high)) {
            None => break,
            Some((failure, success)) => {
                fails = failure;
                serves = match success {
                    Some(size) => size,
                    None => search.bracket(failure, failure + failure / REACH, high)?.1,
                };
            }
        }
    }
    search.try_luck(&effort.below(serves, low));
    Some(Smallest {
        size: serves,
        luckiest: search.luckiest,
        tried: search.tried,
    })
}

/// The same where what a size is good for changes at `limits`, which ascend: just above one less fits,
/// which is no failure of a larger size. Each limit is searched from the one before, up to the first
/// below which a size serves. `guess` says where to begin above a size that is too small.
pub fn smallest_of_limits(
    low: u64,
    guess: impl Fn(u64) -> u64,
    mut limits: impl Iterator<Item = u64>,
    peak: u64,
    effort: Effort,
    attempt: impl Fn(u64, u64) -> Trial + Sync,
) -> Option<Smallest> {
    let mut low = low;
    limits.find_map(|high| {
        if high <= low {
            return None;
        }
        let found = smallest(low, guess(low), high, peak, effort, &attempt);
        low = high;
        found
    })
}

impl Smallest {
    /// With sizes in bytes, of units of so many.
    pub(crate) fn in_bytes(self, unit: u64) -> Self {
        Self {
            size: self.size * unit,
            luckiest: self.luckiest * unit,
            tried: self.tried,
        }
    }
}

struct Search<F> {
    attempt: F,
    /// The number of the operation up to which a size is tried that is to be told from those that
    /// fail.
    horizon: u64,
    tried: u64,
    luckiest: u64,
}

impl<F: Fn(u64, u64) -> Trial + Sync> Search<F> {
    /// Tries one size through the whole trace.
    fn completes(&mut self, size: u64) -> bool {
        self.tried += 1;
        match (self.attempt)(size, u64::MAX) {
            Trial::Completes => {
                self.luckiest = self.luckiest.min(size);
                true
            }
            Trial::FailsAt(operation) => {
                self.horizon = self.horizon.max(operation);
                false
            }
        }
    }

    /// A failing and a larger completing size. `low` is taken for failing untried.
    fn bracket(&mut self, low: u64, guess: u64, high: u64) -> Option<(u64, u64)> {
        let mut fails = low;
        let mut size = guess.clamp(low + 1, high.max(low + 1));
        while size <= high {
            if self.completes(size) {
                return Some((fails, size));
            }
            fails = size;
            if size == high {
                break;
            }
            let step = (size - low).max(size / REACH).max(1);
            size = size.saturating_add(step).min(high);
        }
        None
    }

    /// A completing size one unit above a failing one, between `fails` and `serves`.
    fn bisect(&mut self, mut fails: u64, serves: u64) -> u64 {
        loop {
            // Completes at least up to the horizon.
            let mut hopeful = serves;
            let horizon = self.horizon;
            while hopeful - fails > 1 {
                let middle = fails + (hopeful - fails) / 2;
                self.tried += 1;
                match (self.attempt)(middle, horizon) {
                    Trial::Completes => hopeful = middle,
                    Trial::FailsAt(_) => fails = middle,
                }
            }
            if hopeful == serves || self.completes(hopeful) {
                return hopeful;
            }
            // It failed behind the horizon, which is there now; at least twice as far, so that this
            // ends soon.
            fails = hopeful;
            self.horizon = self.horizon.max(horizon.saturating_mul(2));
        }
    }

    /// Of ascending `sizes`, all above one that completes, the highest that fails and the next one,
    /// which completes.
    fn highest_failure(&mut self, sizes: &[u64]) -> Option<(u64, Option<u64>)> {
        let last = sizes.par_iter().enumerate().rev();
        let last = last.find_map_first(|(index, &size)| match (self.attempt)(size, u64::MAX) {
            Trial::Completes => None,
            Trial::FailsAt(operation) => Some((index, operation)),
        });
        let Some((index, operation)) = last else {
            self.tried += sizes.len() as u64;
            return None;
        };
        // Those below the failure need not be known.
        self.tried += (sizes.len() - index) as u64;
        self.horizon = self.horizon.max(operation);
        Some((sizes[index], sizes.get(index + 1).copied()))
    }

    /// Of ascending `sizes`, the lowest that completes is the luckiest.
    fn try_luck(&mut self, sizes: &[u64]) {
        let completes = |&size: &u64| (self.attempt)(size, u64::MAX) == Trial::Completes;
        let first = sizes.par_iter().position_first(completes);
        self.tried += first.map_or(sizes.len(), |index| index + 1) as u64;
        if let Some(index) = first {
            self.luckiest = self.luckiest.min(sizes[index]);
        }
    }
}

impl Effort {
    /// The sizes to try above `size`, ascending, none over `high`.
    fn above(self, size: u64, high: u64) -> Vec<u64> {
        let mut sizes: Vec<u64> = self
            .distances(size / REACH)
            .map(|distance| size.saturating_add(distance))
            .collect();
        sizes.retain(|&size| size <= high);
        sizes
    }

    /// The sizes to try below `size` (the one just below is known to fail), ascending, all over
    /// `low`.
    fn below(self, size: u64, low: u64) -> Vec<u64> {
        let mut sizes: Vec<u64> = self
            .distances(size - low)
            .skip(1)
            .filter_map(|distance| size.checked_sub(distance))
            .collect();
        sizes.retain(|&size| size > low);
        sizes.reverse();
        sizes
    }

    /// 1, 2 … as many as `sizes`, then as many distances up to `reach` that grow by a constant
    /// factor.
    fn distances(self, reach: u64) -> impl Iterator<Item = u64> {
        let near = self.sizes;
        let growth = (reach.max(near) as f64 / near as f64).powf(1.0 / near as f64);
        let far = (1..=near).map(move |step| (near as f64 * growth.powi(step as i32)) as u64);
        let mut last = 0;
        (1..=near).chain(far).filter(move |&distance| {
            let new = distance > last;
            last = last.max(distance);
            new
        })
    }
}
