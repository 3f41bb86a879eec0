//! One pool over time.

use std::fmt::Write;

use super::columns::{Columns, Point};
use crate::blob::Blob;
use crate::model::{Source, Timeline};
use crate::svg::axis::{Scale, percent, size, size_ticks, ticks};
use crate::svg::drawing::{Anchor, Drawing, Short};
use crate::svg::{LEFT, RIGHT};

/// Between a panel's two plots, and below it.
pub(super) const GAP: f64 = 8.0;

/// One pool over time: its memory above, its fragmentation below.
pub(super) struct Panel<'s> {
    pub(super) source: &'s Source,
    pub(super) timeline: &'s Timeline,
    pub(super) columns: Columns,
    pub(super) points: Vec<Point>,
    pub(super) across: Scale,
    pub(super) top: f64,
    pub(super) middle: f64,
    pub(super) bottom: f64,
}

impl Panel<'_> {
    pub(super) fn draw(&self, drawing: &mut Drawing, shown: u64, tasks: &[String], blob: &Blob) {
        let most = u64::from(self.columns.used.iter().copied().max().unwrap_or(0));
        let pool = pool(self.source).unwrap_or(most).max(most).max(1);
        let up = Scale::new(pool, self.middle, self.top);
        let shares = Scale::new(100, self.bottom, self.middle + GAP);
        self.grid(drawing, shown, pool, up, shares);

        let column = |row: &[u32], point: &Point| f64::from(*row.get(point.column).unwrap_or(&0));
        if tasks.is_empty() {
            let live = self
                .points
                .iter()
                .map(|point| up.at(column(&self.columns.live, point)));
            drawing.path(&self.area(live, self.middle), "live");
        } else {
            self.stacked(drawing, up, tasks.len(), blob);
        }
        let used = self
            .points
            .iter()
            .map(|point| up.at(column(&self.columns.used, point)));
        drawing.path(&self.curve(used, self.middle), "used");
        let fragmentation = self
            .points
            .iter()
            .map(|point| shares.at(point.fragmentation * 100.0));
        drawing.path(&self.area(fragmentation, self.bottom), "fragmentation");
        self.failures(drawing);
    }

    fn grid(&self, drawing: &mut Drawing, shown: u64, pool: u64, up: Scale, shares: Scale) {
        for (top, bottom) in [(self.top, self.middle), (self.middle + GAP, self.bottom)] {
            drawing.rect((LEFT, top), (RIGHT - LEFT, bottom - top), "plot");
            for operation in ticks(shown, 8) {
                let x = self.across.at(operation as f64).round() + 0.5;
                drawing.line((x, top), (x, bottom), "grid");
            }
        }
        let steps = if self.middle - self.top > 150.0 { 6 } else { 3 };
        for bytes in size_ticks(pool, steps) {
            let y = up.at(bytes as f64);
            drawing.line((LEFT, y), (RIGHT, y), "grid");
            // The pool's own label stands at the top.
            if y > self.top + 16.0 || bytes == pool {
                // Room for the label of the plot below.
                let lower = if bytes == 0 { 1.0 } else { 4.0 };
                drawing.text((LEFT - 8.0, y + lower), Anchor::End, "small", &size(bytes));
            }
        }
        drawing.line((LEFT, self.top), (RIGHT, self.top), "frame");
        if !size_ticks(pool, steps).any(|bytes| bytes == pool) {
            drawing.text((LEFT - 8.0, self.top + 4.0), Anchor::End, "small", "pool");
        }
        let high = self.bottom - self.middle > 70.0;
        for share in if high {
            [0.0, 50.0, 100.0].iter()
        } else {
            [0.0, 100.0].iter()
        } {
            let y = shares.at(*share);
            drawing.line((LEFT, y), (RIGHT, y), "grid");
            let lower = if *share > 99.0 { 11.0 } else { 4.0 };
            let label = percent(share / 100.0);
            drawing.text((LEFT - 8.0, y + lower), Anchor::End, "small", &label);
        }
    }

    /// Requested bytes, task upon task: those with the highest peaks at the bottom.
    fn stacked(&self, drawing: &mut Drawing, up: Scale, named: usize, blob: &Blob) {
        let mut heights = vec![0.0; self.points.len()];
        let mut layers = Vec::new();
        for row in &self.timeline.tasks {
            let live: Vec<u32> = blob.numbers(row.live).collect();
            for (height, point) in heights.iter_mut().zip(&self.points) {
                *height += f64::from(live.get(point.column).copied().unwrap_or(0));
            }
            if layers.len() < named {
                layers.push(heights.clone());
            }
        }
        // What has no layer of its own is above the last.
        let last = layers.len().saturating_sub(1);
        let rest = heights;
        for (index, layer) in layers.iter().enumerate().rev() {
            let layer = if index == last { &rest } else { layer };
            let layer = layer.iter().map(|&bytes| up.at(bytes));
            drawing.path(&self.area(layer, self.middle), &class(index));
        }
    }

    fn failures(&self, drawing: &mut Drawing) {
        let refused = self.timeline.failures.iter();
        let mut at: Vec<f64> = refused
            .map(|refusal| self.across.at(refusal.operation as f64).round())
            .collect();
        at.dedup();
        for x in at {
            drawing.line((x, self.middle - 6.0), (x, self.middle), "fail");
        }
        if let Some(failure) = &self.source.failure {
            let x = self.across.at(failure.operation as f64);
            drawing.line((x, self.top), (x, self.bottom), "fail");
            let (x, top) = (Short(x), Short(self.top + 4.0));
            drawing.path(&format!("M{x},{top}l-6,-11h12z"), "mark");
        }
    }

    /// What lies under a curve, down to `floor`.
    fn area(&self, heights: impl Iterator<Item = f64>, floor: f64) -> String {
        let mut path = self.curve(heights, floor);
        path += &format!("V{}H{LEFT}z", Short(floor));
        path
    }

    /// Steps: each point's height holds from the one before. Told by what changes, which is shorter.
    fn curve(&self, heights: impl Iterator<Item = f64>, floor: f64) -> String {
        let mut path = format!("M{LEFT},{}", Short(floor));
        let (mut drawn, mut x, mut y) = (LEFT, LEFT, tenths(floor));
        for (point, height) in self.points.iter().zip(heights) {
            let height = tenths(height);
            if height != y {
                if x > drawn {
                    let _ = write!(path, "h{}", Short(x - drawn));
                }
                let _ = write!(path, "v{}", Short((height - y) as f64 / 10.0));
                (drawn, y) = (x, height);
            }
            x = point.x;
        }
        let _ = write!(path, "H{}", Short(x));
        path
    }
}

/// Rounded as it is drawn: differences of these do not add up to an error.
fn tenths(coordinate: f64) -> i64 {
    (coordinate * 10.0).round() as i64
}

/// Bytes of the pool.
pub(super) fn pool(source: &Source) -> Option<u64> {
    Some(source.pools.first()?.size)
}

/// The class of a task's layer.
pub(super) fn class(index: usize) -> String {
    if index < 4 {
        format!("o{index}")
    } else {
        "rest".into()
    }
}
