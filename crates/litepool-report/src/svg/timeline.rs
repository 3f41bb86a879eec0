//! The timeline: how full the pool is, and how much of its free memory is in pieces.

use std::fmt::Write;

use super::axis::{Scale, count, percent, size, size_ticks, ticks};
use super::drawing::{Anchor, Drawing, Short, clipped};
use super::{LEFT, RIGHT};
use crate::blob::Blob;
use crate::model::{Source, Timeline};

/// Title and legend.
const HEAD: f64 = 74.0;
/// Above each panel.
const CAPTION: f64 = 30.0;
/// Labels and name of the horizontal axis.
const FOOT: f64 = 50.0;
/// Between a panel's two plots, and below it.
const GAP: f64 = 8.0;
/// Tasks with a colour of their own.
const TASKS: usize = 8;
/// Most panels: the picture stays below 200 KB.
pub const MOST_PANELS: usize = 13;

/// How the memory of these sources was used, a panel for each, over the same operations. `None`: none
/// is a trace. O(columns).
#[must_use]
pub fn timeline(sources: &[Source], blob: &Blob) -> Option<String> {
    let panels = sources
        .iter()
        .filter_map(|source| Some((source, source.timeline.as_ref()?)));
    let panels: Vec<(&Source, &Timeline)> = panels.take(MOST_PANELS).collect();
    let (first, timeline) = *panels.first()?;
    let mut drawing = Drawing::default();
    let title = title(&panels);
    drawing.text((LEFT, 28.0), Anchor::Start, "head", &clipped(&title, 90));
    let tasks = if panels.len() == 1 {
        task_names(first, timeline)
    } else {
        Vec::new()
    };
    legend(&mut drawing, &tasks);

    let (memory, fragmentation) = if panels.len() == 1 {
        (220.0, 80.0)
    } else {
        (92.0, 44.0)
    };
    let shown = panels
        .iter()
        .map(|(source, _)| shown(source))
        .max()
        .unwrap_or(1);
    let across = Scale::new(shown, LEFT, RIGHT);
    let mut top = HEAD;
    let mut captions = Vec::new();
    for &(source, timeline) in &panels {
        let columns = Columns::read(timeline, blob);
        let (text, class) = caption(source, &columns, panels.len() > 1);
        drawing.text((LEFT, top + 20.0), Anchor::Start, class, &text);
        captions.push(text);
        let panel = Panel {
            source,
            timeline,
            points: columns.points(
                end(source),
                across,
                if panels.len() > 4 { 2.0 } else { 1.0 },
            ),
            columns,
            across,
            top: top + CAPTION,
            middle: top + CAPTION + memory,
            bottom: top + CAPTION + memory + GAP + fragmentation,
        };
        panel.draw(&mut drawing, shown, &tasks, blob);
        top = panel.bottom + GAP;
    }
    for operation in ticks(shown, 8) {
        let at = (across.at(operation as f64), top + 10.0);
        drawing.text(at, Anchor::Middle, "small", &count(operation));
    }
    drawing.text(
        (f64::midpoint(LEFT, RIGHT), top + 30.0),
        Anchor::Middle,
        "small",
        "operations",
    );
    Some(drawing.finish(top + FOOT - GAP, &title, &captions.join(". ")))
}

/// How many operations are drawn: all of a trace, or those until it fails and some space.
fn shown(source: &Source) -> u64 {
    let end = end(source);
    let all = source.operations.max(end);
    if source.failure.is_some() {
        (end + end / 16 + 1).min(all)
    } else {
        all
    }
    .max(1)
}

/// How many operations were done.
fn end(source: &Source) -> u64 {
    let failure = source.failure.as_ref();
    failure.map_or(source.operations, |failure| {
        failure.operation.saturating_sub(1)
    })
}

fn title(panels: &[(&Source, &Timeline)]) -> String {
    let mut names: Vec<&str> = panels.iter().map(|(source, _)| &*source.name).collect();
    names.dedup();
    let mut pools: Vec<u64> = panels
        .iter()
        .filter_map(|(source, _)| pool(source))
        .collect();
    pools.dedup();
    match pools[..] {
        [pool] => format!("{} in a pool of {} bytes", names.join(" and "), count(pool)),
        _ => names.join(" and "),
    }
}

fn pool(source: &Source) -> Option<u64> {
    Some(source.pools.first()?.size)
}

/// What the curves can't say, and its class.
fn caption(source: &Source, columns: &Columns, is_one_of_several: bool) -> (String, &'static str) {
    let facts = source.pools.first();
    let configuration = facts.map_or("", |pool| &*pool.configuration);
    let mut text = format!("{configuration}, {} bits: ", source.word);
    match &source.failure {
        Some(failure) => {
            let verb = if failure.kind == "resize" {
                "resize to"
            } else {
                "allocate"
            };
            text += &format!(
                "{} at operation {}: {verb} {} bytes; {} are free, at most {} together",
                failure.cause,
                count(failure.operation),
                count(failure.request),
                count(failure.free),
                count(failure.largest_free)
            );
        }
        None => {
            let peak = facts.map_or(0, |pool| pool.peak);
            text += &format!("completes, {} bytes used at the peak", count(peak));
        }
    }
    let torn = columns.count().map(|column| columns.fragmentation(column));
    let mean = torn.clone().sum::<f64>() / columns.live.len().max(1) as f64;
    let most = torn.fold(0.0, f64::max);
    if is_one_of_several {
        text += &format!(
            "; fragmentation {}, at most {}",
            percent(mean),
            percent(most)
        );
    } else if source.failure.is_none() {
        text += &format!(
            "; fragmentation {} on average, {} at most",
            percent(mean),
            percent(most)
        );
    }
    (text, if source.failure.is_some() { "bad" } else { "" })
}

/// The tasks that are told apart, if there are several.
fn task_names(source: &Source, timeline: &Timeline) -> Vec<String> {
    if timeline.tasks.len() < 2 {
        return Vec::new();
    }
    let tasks = timeline.tasks.iter().take(TASKS);
    tasks
        .map(|row| {
            let name = row.task.and_then(|task| source.tasks.get(task as usize));
            name.map_or_else(|| "all others".into(), |name| clipped(name, 16))
        })
        .collect()
}

fn legend(drawing: &mut Drawing, tasks: &[String]) {
    let (y, mut x) = (56.0, LEFT);
    let mut entry = |drawing: &mut Drawing, class: &str, text: &str| {
        match class {
            "used" | "fail" => drawing.line((x, y - 4.0), (x + 16.0, y - 4.0), class),
            _ => drawing.rect((x, y - 10.0), (16.0, 12.0), class),
        }
        drawing.text((x + 22.0, y), Anchor::Start, "small", text);
        x += 44.0 + 6.4 * text.chars().count() as f64;
    };
    if tasks.is_empty() {
        entry(drawing, "live", "requested by live objects");
    }
    for (index, task) in tasks.iter().enumerate().take(4) {
        entry(drawing, &class(index), task);
    }
    if tasks.len() > 4 {
        entry(drawing, "rest", "more tasks");
    }
    entry(drawing, "used", "used, headers included");
    entry(drawing, "torn", "fragmentation: 1 - largest free / free");
    if tasks.is_empty() {
        entry(drawing, "fail", "out of memory");
    }
}

fn class(index: usize) -> String {
    if index < 4 {
        format!("o{index}")
    } else {
        "rest".into()
    }
}

/// The rows of a timeline that are drawn.
struct Columns {
    per_column: u64,
    live: Vec<u32>,
    used: Vec<u32>,
    free: Vec<u32>,
    largest_free: Vec<u32>,
}

impl Columns {
    fn read(timeline: &Timeline, blob: &Blob) -> Self {
        let row = |row| blob.numbers::<u32>(row).collect();
        Self {
            per_column: timeline.operations_per_column.max(1),
            live: row(timeline.live),
            used: row(timeline.used),
            free: row(timeline.free),
            largest_free: row(timeline.largest_free),
        }
    }

    fn count(&self) -> std::ops::Range<usize> {
        0..self.live.len()
    }

    /// 0: all free memory is one block.
    fn fragmentation(&self, column: usize) -> f64 {
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
    fn points(&self, end: u64, across: Scale, pixels: f64) -> Vec<Point> {
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
struct Point {
    x: f64,
    column: usize,
    fragmentation: f64,
}

/// One pool over time: its memory above, its fragmentation below.
struct Panel<'s> {
    source: &'s Source,
    timeline: &'s Timeline,
    columns: Columns,
    points: Vec<Point>,
    across: Scale,
    top: f64,
    middle: f64,
    bottom: f64,
}

impl Panel<'_> {
    fn draw(&self, drawing: &mut Drawing, shown: u64, tasks: &[String], blob: &Blob) {
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
        let torn = self
            .points
            .iter()
            .map(|point| shares.at(point.fragmentation * 100.0));
        drawing.path(&self.area(torn, self.bottom), "torn");
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
