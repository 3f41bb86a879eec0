//! Whether the memory that a call site holds grows all along, or only once.
//!
//! The run is divided into 16 to 31 periods of equally many operations; how many is known only at
//! its end, so periods are joined in pairs whenever there are 32 of them. One reading does, and a
//! call site takes the same memory however long the run is.

use crate::live::Change;
use crate::snapshot::Birth;

/// When there are so many periods, each two become one.
const MOST: usize = 32;
/// Fewer periods tell nothing.
const FEWEST: usize = MOST / 2;
/// This part of the run is its beginning, in which every program grows.
const BEGINNING: usize = 4;
/// So many periods after the beginning are needed for a verdict.
const ENOUGH: usize = 8;
/// The quantile of the normal distribution at 99 %.
const SIGNIFICANT: f64 = 2.326;

/// What the blocks of a call site that are still there say about its growth.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Growth {
    /// The verdict.
    pub trend: Trend,
    /// The periods that were looked at: those after the first quarter of the run, up to the one in
    /// which the site allocates for the last time.
    pub periods: usize,
    /// How many operations each of them has.
    pub period_operations: u64,
    /// In how many of them blocks were allocated that are still there.
    pub rises: usize,
    /// Bytes of these blocks.
    pub bytes: u64,
    /// How long these periods lasted, in microseconds; 0 if unknown.
    pub time: u64,
    /// The run was looked at only up to this operation, after which the first request was refused:
    /// the site's own requests were refused, too, so that it could not grow for ever.
    pub refused_after: Option<u64>,
}

/// How the memory of a call site develops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Trend {
    /// The run is too short to tell: it has fewer than 16 operations.
    Unknown,
    /// It does not grow: its blocks came at the beginning or at once, or others went for them.
    Flat,
    /// It grows now and then: as [`Trend::Growing`], but in less than half of the periods.
    Creeping,
    /// It grows throughout, or up to the first refused request if it was refused memory itself.
    /// Blocks that are still there were allocated in at least half of the
    /// periods, and in each third of them; the least bytes that the site held in each period show
    /// a trend upwards with a certainty of 99 % (test of Mann and Kendall); and they rose by at
    /// least half of what these blocks have, which those of a cache that replaces don't.
    Growing,
}

impl Growth {
    /// Bytes that come in an hour and stay. `None` if the trace has no times.
    #[must_use]
    pub fn bytes_per_hour(&self) -> Option<f64> {
        (self.time > 0).then(|| self.bytes as f64 * 3.6e9 / self.time as f64)
    }

    /// Bytes that come in a period and stay.
    #[must_use]
    pub fn bytes_per_period(&self) -> f64 {
        self.bytes as f64 / self.periods.max(1) as f64
    }
}

/// How much each call stack held over the run.
#[derive(Clone, Debug)]
pub(crate) struct Curves {
    /// Operations in a period.
    length: u64,
    /// Operations so far.
    operations: u64,
    /// When each period ended.
    times: Vec<u64>,
    /// By the stack's number. Of those that allocate.
    stacks: Vec<Option<Box<Curve>>>,
    /// The same up to the first refused request.
    at_refusal: Option<Box<Self>>,
}

/// How much the blocks of a call stack held.
#[derive(Clone, Default, Debug)]
struct Curve {
    live: u64,
    /// The period of the last change, from 0.
    period: usize,
    /// The least bytes in that period.
    least: u64,
    /// The same of each period before it.
    floors: Vec<u64>,
    /// The operation of its last allocation.
    allocated: u64,
    /// Whether a request of it was refused.
    refused: bool,
}

impl Curve {
    /// Closes the periods before `period`.
    fn enter(&mut self, period: usize) {
        if self.period < period {
            self.floors.push(self.least);
            self.floors.resize(period, self.live);
            (self.period, self.least) = (period, self.live);
        }
    }

    fn join_periods(&mut self) {
        self.enter(MOST);
        self.floors = in_pairs(&self.floors, |a, b| a.min(b));
        self.period = MOST / 2;
    }
}

fn in_pairs(values: &[u64], join: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    values
        .chunks_exact(2)
        .map(|pair| join(pair[0], pair[1]))
        .collect()
}

impl Default for Curves {
    fn default() -> Self {
        Self {
            length: 1,
            operations: 0,
            times: Vec::new(),
            stacks: Vec::new(),
            at_refusal: None,
        }
    }
}

impl Curves {
    /// Takes the change of the next operation into account, which was done at that time. O(1),
    /// amortised.
    pub(crate) fn operation(&mut self, change: &Change, now: Birth) {
        if self.times.len() == MOST {
            self.join_periods();
        }
        let period = self.times.len();
        let (stack, before, after) = match *change {
            Change::Nothing => return self.close(now),
            Change::Born(object) => (object.stack, 0, object.size),
            Change::Resized { before, size, .. } => (before.stack, before.size, size),
            Change::Freed { before, .. } => (before.stack, before.size, 0),
        };
        let curve = self.curve(stack);
        curve.enter(period);
        curve.live = curve.live.saturating_sub(before).saturating_add(after);
        curve.least = curve.least.min(curve.live);
        if let Change::Born(_) = change {
            curve.allocated = now.operation;
        }
        self.close(now);
    }

    /// A request of the call stack was refused. O(1), the first time O(stacks).
    pub(crate) fn refused(&mut self, stack: u32) {
        if self.at_refusal.is_none() {
            self.at_refusal = Some(Box::new(self.clone()));
        }
        self.curve(stack).refused = true;
    }

    /// The operation is done.
    fn close(&mut self, now: Birth) {
        self.operations = now.operation;
        if self.operations.is_multiple_of(self.length) {
            self.times.push(now.time);
        }
    }

    fn join_periods(&mut self) {
        self.stacks
            .iter_mut()
            .flatten()
            .for_each(|curve| curve.join_periods());
        self.times = in_pairs(&self.times, |_, end| end);
        self.length *= 2;
    }

    fn curve(&mut self, stack: u32) -> &mut Curve {
        let index = stack as usize;
        if index >= self.stacks.len() {
            self.stacks.resize_with(index + 1, || None);
        }
        self.stacks[index].get_or_insert_default()
    }

    /// What the blocks that are still there, each with its birth and its bytes, say about the
    /// growth of the call stacks that allocated them. O(blocks + stacks).
    ///
    /// A leak that has filled the heap comes to an end with it. So what does not grow over the
    /// whole run, and was refused memory, is looked at up to the first refusal, too.
    pub(crate) fn growth(
        &self,
        stacks: impl Iterator<Item = u32> + Clone,
        blocks: impl Iterator<Item = (Birth, u64)> + Clone,
    ) -> Growth {
        let growth = self.growth_so_far(stacks.clone(), blocks.clone());
        let Some(before) = &self.at_refusal else {
            return growth;
        };
        if growth.trend > Trend::Flat || !self.curves(stacks.clone()).any(|curve| curve.refused) {
            return growth;
        }
        let until = before.operations;
        let blocks = blocks.filter(|(birth, _)| birth.operation <= until);
        let until_refused = before.growth_so_far(stacks, blocks);
        if until_refused.trend <= Trend::Flat {
            return growth;
        }
        Growth {
            refused_after: Some(until),
            ..until_refused
        }
    }

    fn growth_so_far(
        &self,
        stacks: impl Iterator<Item = u32>,
        blocks: impl Iterator<Item = (Birth, u64)>,
    ) -> Growth {
        let number = self.times.len();
        let (floors, last) = self.floors(stacks);
        let periods = number / BEGINNING..self.period_of(last).min(number);
        let mut born = vec![0; periods.len()];
        let mut bytes = 0_u64;
        for (birth, size) in blocks {
            let period = self.period_of(birth.operation).wrapping_sub(periods.start);
            if let Some(born) = born.get_mut(period) {
                *born += 1;
                bytes = bytes.saturating_add(size);
            }
        }
        let time = |period: usize| period.checked_sub(1).map_or(0, |index| self.times[index]);
        let trend = if number < FEWEST {
            Trend::Unknown
        } else if periods.len() < ENOUGH {
            Trend::Flat
        } else {
            trend(&floors[periods.clone()], &born, bytes)
        };
        Growth {
            trend,
            periods: periods.len(),
            period_operations: self.length,
            rises: risen(&born),
            bytes,
            time: time(periods.end).saturating_sub(time(periods.start)),
            refused_after: None,
        }
    }

    /// The least bytes that the stacks held in each period, and the operation of the last
    /// allocation. The sum of what each held is at most what they held together: what moves from
    /// one stack to another between periods does not count.
    fn floors(&self, stacks: impl Iterator<Item = u32>) -> (Vec<u64>, u64) {
        let mut sums = vec![0_u64; self.times.len()];
        let mut last = 0;
        for curve in self.curves(stacks) {
            last = last.max(curve.allocated);
            let open = std::iter::once(curve.least).chain(std::iter::repeat(curve.live));
            for (sum, floor) in sums
                .iter_mut()
                .zip(curve.floors.iter().copied().chain(open))
            {
                *sum = sum.saturating_add(floor);
            }
        }
        (sums, last)
    }

    fn curves(&self, stacks: impl Iterator<Item = u32>) -> impl Iterator<Item = &Curve> {
        stacks.filter_map(|stack| self.stacks.get(stack as usize)?.as_deref())
    }

    fn period_of(&self, operation: u64) -> usize {
        let period = operation.saturating_sub(1) / self.length;
        usize::try_from(period).unwrap_or(usize::MAX)
    }
}

/// The rule of [`Trend`]. `floors`: the least bytes of each period; `born`: how many blocks came in
/// it and stayed, which have so many bytes in all.
fn trend(floors: &[u64], born: &[u64], bytes: u64) -> Trend {
    let third = born.len() / 3;
    let throughout = [
        &born[..third],
        &born[third..born.len() - third],
        &born[born.len() - third..],
    ]
    .iter()
    .all(|third| risen(third) > 0);
    // From the first third's middle to the last one's: two thirds of the way.
    let rise = mean(&floors[floors.len() - third..]) - mean(&floors[..third]);
    let enough = rise * 1.5 >= bytes as f64 / 2.0;
    if !throughout || !enough || mann_kendall(floors) < SIGNIFICANT {
        Trend::Flat
    } else if risen(born) * 2 < born.len() {
        Trend::Creeping
    } else {
        Trend::Growing
    }
}

fn mean(values: &[u64]) -> f64 {
    values.iter().map(|&value| value as f64).sum::<f64>() / values.len() as f64
}

fn risen(born: &[u64]) -> usize {
    born.iter().filter(|&&blocks| blocks > 0).count()
}

/// The statistic of the trend test of H. B. Mann (Nonparametric tests against trend, 1945) and
/// M. G. Kendall (Rank correlation methods, 1975), with its correction for ties: how many standard
/// deviations the number of rising pairs is above that of a series without a trend. O(n^2).
fn mann_kendall(values: &[u64]) -> f64 {
    let mut score = 0_i64;
    for (index, earlier) in values.iter().enumerate() {
        for later in &values[index + 1..] {
            score += later.cmp(earlier) as i64;
        }
    }
    let weight = |n: usize| (n * n.saturating_sub(1) * (2 * n + 5)) as f64;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|ties| weight(ties.len()))
        .sum();
    let variance = (weight(values.len()) - ties) / 18.0;
    if score <= 0 || variance <= 0.0 {
        0.0
    } else {
        (score - 1) as f64 / variance.sqrt()
    }
}

#[cfg(test)]
mod tests;
