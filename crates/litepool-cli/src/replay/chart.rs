//! A picture of how each configuration's pool fragments and fills, as SVG: one panel for each, over
//! the same operations.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::{Line, Report};
use crate::output::{clipped, one_line};
use crate::units::count;

#[cfg(test)]
mod tests;

const WIDTH: u32 = 960;
/// Of the title and the legend.
const HEAD: u32 = 64;
const PANEL: u32 = 190;
/// Of a panel without a curve.
const REMARK: u32 = 36;
const LEFT: u32 = 76;
/// The last label of the horizontal axis stands half in it.
const RIGHT: u32 = 56;

/// As many characters of a line as fit.
const MOST_TITLE: usize = 72;
const MOST_CAPTION: usize = 112;

const TEXT: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FREE: RGBColor = RGBColor(0xc4, 0x5a, 0x00);
const USED: RGBColor = RGBColor(0x0b, 0x4f, 0x9e);
const FAILURE: RGBColor = RGBColor(0xb0, 0x00, 0x20);

/// Draws the report's series into the file `path`.
///
/// # Errors
/// The file can't be written.
pub(super) fn write(report: &Report, path: &Path) -> Result<()> {
    let cannot = || format!("cannot write the picture {}", path.display());
    let mut svg = String::new();
    draw(report, SVGBackend::with_string(&mut svg, size(report)))
        .map_err(|error| anyhow!("{error}"))
        .with_context(cannot)?;
    fs::write(path, svg).with_context(cannot)
}

fn size(report: &Report) -> (u32, u32) {
    let panels: u32 = report.configurations.iter().map(height).sum();
    (WIDTH, HEAD + panels)
}

fn height(line: &Line) -> u32 {
    if line.samples.is_empty() {
        REMARK
    } else {
        PANEL
    }
}

/// The drawing library's own errors, whatever the backend.
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn draw<B: DrawingBackend>(report: &Report, backend: B) -> Drawn<B> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let (head, mut rest) = area.split_vertically(HEAD);
    draw_head(report, &head)?;
    let operations = shown(report);
    for line in &report.configurations {
        let (panel, below) = rest.split_vertically(height(line));
        rest = below;
        if line.samples.is_empty() {
            panel.draw(&label(caption(line), (LEFT as i32, 12), 15, colour(line)))?;
        } else {
            draw_panel(line, report.pool, operations, &panel)?;
        }
    }
    area.present()
}

/// How many operations the horizontal axis has: all, or where none was done to the end those up to
/// the last failure, and some room.
fn shown(report: &Report) -> u64 {
    let last = report
        .configurations
        .iter()
        .map(|line| match &line.failure {
            Some(failure) => failure.operation as u64 + failure.operation as u64 / 16,
            None if line.samples.is_empty() => 0,
            None => report.trace.operations,
        });
    last.max().unwrap_or(0).max(1)
}

/// Title and legend.
fn draw_head<B: DrawingBackend>(report: &Report, head: &DrawingArea<B, Shift>) -> Drawn<B> {
    let file = clipped(&one_line(&report.trace.file, usize::MAX), MOST_TITLE);
    let title = format!("{file} in a pool of {} bytes", count(report.pool));
    head.draw(&label(title, (LEFT as i32, 10), 19, &TEXT))?;
    let (left, middle) = (LEFT as i32, 46);
    head.draw(&Rectangle::new(
        [(left, middle - 6), (left + 22, middle + 6)],
        FREE.mix(0.35).filled(),
    ))?;
    let (text, top) = (left + 30, middle - 8);
    head.draw(&label(
        "fragmentation: 1 - largest free block / free bytes",
        (text, top),
        14,
        &TEXT,
    ))?;
    let left = left + 400;
    head.draw(&PathElement::new(
        [(left, middle), (left + 22, middle)],
        USED.stroke_width(2),
    ))?;
    let used = format!("used bytes / pool, on a {}-bit device", report.word);
    head.draw(&label(used, (left + 30, top), 14, &TEXT))
}

/// Text that begins at its upper left corner.
fn label<'a>(
    text: impl Into<String>,
    at: (i32, i32),
    size: u32,
    colour: &'a RGBColor,
) -> Text<'a, (i32, i32), String> {
    Text::new(
        text.into(),
        at,
        ("sans-serif", size).into_font().color(colour),
    )
}

/// Of the caption: a failure is seen at once.
fn colour(line: &Line) -> &'static RGBColor {
    if line.failure.is_some() {
        &FAILURE
    } else {
        &TEXT
    }
}

/// What the curves can't say.
fn caption(line: &Line) -> String {
    let text = match (&line.failure, &line.reason) {
        (Some(failure), _) => format!(
            "{}: {}, fails at operation {}, {} {} bytes",
            line.name,
            failure.cause.in_a_word(),
            count(failure.operation as u64),
            if failure.kind == "resize" {
                "resize to"
            } else {
                "allocate"
            },
            count(failure.request),
        ),
        (None, Some(reason)) => format!("{}: {}: {}", line.name, line.result, reason),
        (None, None) => format!("{}: {}", line.name, line.result),
    };
    let text = if line.samples.is_empty() {
        text
    } else {
        format!(
            "{text}; fragmentation {:.0} % on average, {:.0} % at most",
            line.mean_fragmentation * 100.0,
            line.max_fragmentation * 100.0
        )
    };
    one_line(&text, MOST_CAPTION)
}

fn draw_panel<B: DrawingBackend>(
    line: &Line,
    pool: usize,
    operations: u64,
    panel: &DrawingArea<B, Shift>,
) -> Drawn<B> {
    panel.draw(&label(caption(line), (LEFT as i32, 4), 15, colour(line)))?;
    let mut chart = ChartBuilder::on(panel)
        .margin_top(28)
        .margin_right(RIGHT)
        .margin_left(6)
        .margin_bottom(4)
        .x_label_area_size(42)
        .y_label_area_size(LEFT - 6)
        .build_cartesian_2d(0..operations, 0.0..100.0)?;
    let text = ("sans-serif", 13).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .axis_style(TEXT)
        .label_style(text.clone())
        .axis_desc_style(text)
        .x_labels(8)
        .x_label_formatter(&|operation| count(*operation))
        .x_desc("operations")
        .y_labels(3)
        .y_label_formatter(&|share| format!("{share:.0} %"))
        .y_desc("share")
        .draw()?;
    let fragmentation = line
        .samples
        .iter()
        .map(|sample| (sample.operation as u64, sample.fragmentation * 100.0));
    chart.draw_series(
        AreaSeries::new(fragmentation, 0.0, FREE.mix(0.35)).border_style(FREE.stroke_width(1)),
    )?;
    let used = line.samples.iter().map(|sample| {
        let share = sample.used as f64 / pool.max(1) as f64;
        (sample.operation as u64, share * 100.0)
    });
    chart.draw_series(LineSeries::new(used, USED.stroke_width(2)))?;
    if let Some(failure) = &line.failure {
        let at = failure.operation as u64;
        chart.draw_series([PathElement::new(
            [(at, 0.0), (at, 100.0)],
            FAILURE.stroke_width(2),
        )])?;
        chart.draw_series([TriangleMarker::new((at, 100.0), 6, FAILURE.filled())])?;
    }
    Ok(())
}
