//! The timeline: how full the pool is, and how much of its free memory is in pieces.

mod columns;
mod panel;

use super::axis::{Scale, count, percent, ticks};
use super::drawing::{Anchor, Drawing, clipped};
use super::{LEFT, RIGHT};
use crate::blob::Blob;
use crate::model::{Source, Timeline};
use columns::Columns;
use panel::{GAP, Panel, class, pool};

/// Title and legend.
const HEAD: f64 = 74.0;
/// Above each panel.
const CAPTION: f64 = 30.0;
/// Labels and name of the horizontal axis.
const FOOT: f64 = 50.0;
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
    let fragmentation = columns.count().map(|column| columns.fragmentation(column));
    let mean = fragmentation.clone().sum::<f64>() / columns.live.len().max(1) as f64;
    let most = fragmentation.fold(0.0, f64::max);
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
    entry(
        drawing,
        "fragmentation",
        "fragmentation: 1 - largest free / free",
    );
    if tasks.is_empty() {
        entry(drawing, "fail", "out of memory");
    }
}
