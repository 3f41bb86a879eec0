//! The counters of a kind, in a bounded number of points together.

use std::cmp::Reverse;

use super::series::{Moment, Series};

/// Operations in a step, at the most.
const LONGEST: u64 = 1 << 62;

/// Counters by their numbers.
#[derive(Debug)]
pub(super) struct Group {
    series: Vec<Series>,
    /// How many operations a step has.
    step: u64,
    /// How many steps there are, and may be.
    steps: usize,
    most: usize,
}

impl Group {
    /// Begins with steps of one operation. Where there are more counters than `most` steps, each has
    /// one.
    pub(super) fn new(most: usize) -> Self {
        Self {
            series: Vec::new(),
            step: 1,
            steps: 0,
            most,
        }
    }

    /// An object that this counter counts has `after` bytes instead of `before`. O(1), amortised.
    pub(super) fn change(&mut self, number: u32, before: u64, after: u64, now: Moment) {
        let index = number as usize;
        if index >= self.series.len() {
            self.series.resize_with(index + 1, Series::default);
        }
        let is_new = self.series[index].change(before, after, now, self.step);
        self.steps += usize::from(is_new);
        if self.steps > self.most {
            self.lengthen();
        }
    }

    /// Makes steps twice as long, again and again until they are a quarter fewer, so that it is
    /// seldom done.
    fn lengthen(&mut self) {
        while self.steps > self.most / 4 * 3 && self.step < LONGEST {
            self.step *= 2;
            self.steps = 0;
            for series in &mut self.series {
                series.lengthen(self.step);
                self.steps += series.len();
            }
        }
    }

    /// How many counters ever had anything.
    pub(super) fn len(&self) -> usize {
        self.series
            .iter()
            .filter(|series| series.most() > 0)
            .count()
    }

    /// Their numbers, in order; of too many, of those with the highest peaks.
    pub(super) fn highest(&self, most: usize) -> Vec<u32> {
        let series = (0..).zip(&self.series);
        let used = series.filter(|(_, series)| series.most() > 0);
        let mut peaks: Vec<_> = used
            .map(|(number, series)| (Reverse(series.most()), number))
            .collect();
        if peaks.len() > most {
            peaks.sort_unstable();
            peaks.truncate(most);
        }
        let mut numbers: Vec<u32> = peaks.into_iter().map(|(_, number)| number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// What a counter is now.
    pub(super) fn live(&self, number: u32) -> u64 {
        self.series.get(number as usize).map_or(0, Series::live)
    }

    /// The points of a counter, in the order of time.
    pub(super) fn points(&self, number: u32) -> impl Iterator<Item = (Moment, u64)> + '_ {
        let series = self.series.get(number as usize);
        series.into_iter().flat_map(Series::points)
    }
}

#[cfg(test)]
mod tests;
