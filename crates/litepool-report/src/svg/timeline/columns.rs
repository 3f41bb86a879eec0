//! The rows of numbers that a timeline draws.

use crate::blob::Blob;
use crate::model::Timeline;
use crate::svg::axis::Scale;

/// The rows of a timeline that are drawn.
pub(super) struct Columns {
    pub(super) per_column: u64,
    pub(super) live: Vec<u32>,
    pub(super) used: Vec<u32>,
    pub(super) free: Vec<u32>,
    pub(super) largest_free: Vec<u32>,
}

impl Columns {
    pub(super) fn read(timeline: &Timeline, blob: &Blob) -> Self {
        let row = |row| blob.numbers::<u32>(row).collect();
        Self {
            per_column: timeline.operations_per_column.max(1),
            live: row(timeline.live),
            used: row(timeline.used),
            free: row(timeline.free),
            largest_free: row(timeline.largest_free),
        }
    }

    pub(super) fn count(&self) -> std::ops::Range<usize> {
        0..self.live.len()
    }

    /// 0: all free memory is one block.
    pub(super) fn fragmentation(&self, column: usize) -> f64 {
        let get = |row: &[u32]| f64::from(row.get(column).copied().unwrap_or(0));
        let (free, largest) = (get(&self.free), get(&self.largest_free));
        if free > 0.0 {
            (1.0 - largest / free).max(0.0)
        } else {
            0.0
        }
    }

    /// A point for each so many pixels: of the columns that share one, the one with most used bytes,
    /// and the most fragmentation of any.
    pub(super) fn points(&self, end: u64, across: Scale, pixels: f64) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::new();
        for column in self.count() {
            let done = (self.per_column * (column as u64 + 1)).min(end);
            let x = (across.at(done as f64) / pixels).round() * pixels;
            let fragmentation = self.fragmentation(column);
            let point = Point {
                x,
                column,
                fragmentation,
            };
            match points.last_mut() {
                Some(last) if last.x == x => {
                    let used = |column: usize| self.used.get(column).copied().unwrap_or(0);
                    if used(column) > used(last.column) {
                        last.column = column;
                    }
                    last.fragmentation = last.fragmentation.max(fragmentation);
                }
                _ => points.push(point),
            }
        }
        points
    }
}

#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) column: usize,
    pub(super) fragmentation: f64,
}
