//! The search for the smallest pool that serves a trace.
//!
//! Whether a trace completes is not monotone in the pool's size: another size moves every later block, so a
//! size may fail although a smaller one serves. So the answer is defined by what was tried: a size that
//! completes, just above one that fails, and below no size that was seen to fail. Sizes on both sides are
//! tried: next to it one by one, farther away ever sparser. The answer does not depend on the number of
//! threads.

use rayon::prelude::*;

#[cfg(test)]
mod tests;

/// Neighbours that are tried on each side, one unit apart.
const NEAR: u64 = 16;
/// Sizes that are tried beyond these, on each side, at growing distances.
const FAR: u64 = 16;
/// How far above the answer sizes are tried: this part of it (1/8).
const REACH: u64 = 8;

/// What the search found. Sizes count units (granules).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Smallest {
    /// Completes; so does every larger size that was tried; one unit less fails.
    pub(crate) size: u64,
    /// The smallest of all tried sizes that completed. Less than `size` when the trace was lucky once.
    pub(crate) luckiest: u64,
    /// How many sizes were tried.
    pub(crate) tried: u64,
}

/// The smallest size in `low..=high` for which `completes`, or `None` if the largest fails too. `low` is a
/// size that is known to be too small or not worth trying below; `guess` a first upper bound.
///
/// Takes about `log2(high - low) + 64` trials, in parallel where they do not depend on each other.
pub(crate) fn smallest(
    low: u64,
    guess: u64,
    high: u64,
    completes: impl Fn(u64) -> bool + Sync,
) -> Option<Smallest> {
    let mut search = Search {
        completes,
        tried: 0,
        luckiest: u64::MAX,
    };
    let (mut fails, mut serves) = search.bracket(low, guess, high)?;
    loop {
        serves = search.bisect(fails, serves);
        match search.highest_failure(&above(serves, high)) {
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
    search.highest_failure(&below(serves, low));
    Some(Smallest {
        size: serves,
        luckiest: search.luckiest,
        tried: search.tried,
    })
}

struct Search<F> {
    completes: F,
    tried: u64,
    luckiest: u64,
}

impl<F: Fn(u64) -> bool + Sync> Search<F> {
    fn completes(&mut self, size: u64) -> bool {
        let completes = (self.completes)(size);
        self.tried += 1;
        if completes {
            self.luckiest = self.luckiest.min(size);
        }
        completes
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
    fn bisect(&mut self, mut fails: u64, mut serves: u64) -> u64 {
        while serves - fails > 1 {
            let middle = fails + (serves - fails) / 2;
            if self.completes(middle) {
                serves = middle;
            } else {
                fails = middle;
            }
        }
        serves
    }

    /// Of ascending `sizes`, the highest that fails and the next one, which completes.
    fn highest_failure(&mut self, sizes: &[u64]) -> Option<(u64, Option<u64>)> {
        let results: Vec<bool> = sizes
            .par_iter()
            .map(|&size| (self.completes)(size))
            .collect();
        self.tried += sizes.len() as u64;
        if let Some(first) = results.iter().position(|&completes| completes) {
            self.luckiest = self.luckiest.min(sizes[first]);
        }
        let last = results.iter().rposition(|&completes| !completes)?;
        Some((sizes[last], sizes.get(last + 1).copied()))
    }
}

/// The sizes to try above `size`, ascending, none over `high`.
fn above(size: u64, high: u64) -> Vec<u64> {
    let mut sizes: Vec<u64> = distances(size / REACH)
        .map(|distance| size.saturating_add(distance))
        .collect();
    sizes.retain(|&size| size <= high);
    sizes
}

/// The sizes to try below `size` (the one just below is known to fail), ascending, all over `low`.
fn below(size: u64, low: u64) -> Vec<u64> {
    let mut sizes: Vec<u64> = distances(size - low)
        .skip(1)
        .filter_map(|distance| size.checked_sub(distance))
        .collect();
    sizes.retain(|&size| size > low);
    sizes.reverse();
    sizes
}

/// 1, 2 … `NEAR`, then `FAR` distances up to `reach` that grow by a constant factor.
fn distances(reach: u64) -> impl Iterator<Item = u64> {
    let growth = (reach.max(NEAR) as f64 / NEAR as f64).powf(1.0 / FAR as f64);
    let far = (1..=FAR).map(move |step| (NEAR as f64 * growth.powi(step as i32)) as u64);
    let mut last = 0;
    (1..=NEAR).chain(far).filter(move |&distance| {
        let new = distance > last;
        last = last.max(distance);
        new
    })
}
