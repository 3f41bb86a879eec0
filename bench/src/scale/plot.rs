//! A sweep as a picture: SVG, the growing quantity on a logarithmic axis.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::{Axis, Line, Sweep};
use crate::statistics::median;

const SIZE: (u32, u32) = (960, 500);
/// Colours that differ for the colour-blind too, for litepool's lines and then the peers'.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 140, 90),
    RGBColor(90, 90, 90),
    RGBColor(176, 100, 0),
    RGBColor(140, 80, 170),
    RGBColor(50, 130, 190),
    RGBColor(140, 100, 60),
];

/// Draws a sweep into the file `path`.
///
/// # Errors
/// The file can't be written.
pub fn write(sweep: &Sweep, path: &Path) -> Result<()> {
    draw(sweep, SVGBackend::new(path, SIZE))
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| path.display().to_string())
}

/// The drawing library's own errors, whatever the backend.
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// A drawing; across stands the logarithm, so that marks are where its labels are round.
type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Room on the right for the names of the lines, and the distance between two of them, in pixels.
const NAMES: u32 = 210;
const NAME_DISTANCE: i32 = 16;

impl Axis {
    /// Where a value stands: blocks are counted in tens, bytes in twos.
    fn scaled(self, at: usize) -> f64 {
        match self {
            Self::Blocks => (at as f64).log10(),
            Self::Pool => (at as f64).log2(),
        }
    }

    /// The value at a place.
    fn value(self, place: f64) -> f64 {
        match self {
            Self::Blocks => 10_f64.powf(place),
            Self::Pool => place.exp2(),
        }
    }

    /// About so many labels, so that they are round.
    fn labels(self) -> usize {
        match self {
            Self::Blocks => 5,
            Self::Pool => 12,
        }
    }
}

fn draw<B: DrawingBackend>(sweep: &Sweep, backend: B) -> Drawn<B> {
    let (Some(&first), Some(&last)) = (sweep.at.first(), sweep.at.last()) else {
        return Ok(());
    };
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let (caption, across) = match sweep.axis {
        Axis::Blocks => (
            "Time as more blocks are live",
            "live blocks (the pool in proportion)",
        ),
        Axis::Pool => ("Time as the pool is larger, 12 blocks live", "pool"),
    };
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 18))
        .margin(12)
        .margin_right(NAMES)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d(
            sweep.axis.scaled(first)..sweep.axis.scaled(last),
            0.0..top(sweep),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .label_style(("sans-serif", 13))
        .x_desc(across)
        .y_desc("ns per operation")
        .x_labels(sweep.axis.labels())
        .x_label_formatter(&|at| label(sweep.axis, sweep.axis.value(*at)))
        .y_label_formatter(&|ns| format!("{ns:.0}"))
        .draw()?;
    for (line, colour) in sweep.lines.iter().zip(COLOURS) {
        draw_line(&mut chart, sweep, line, colour)?;
    }
    for (name, colour, at) in names(&chart, sweep) {
        let style = ("sans-serif", 13).into_font().color(&colour);
        area.draw(&Text::new(name, at, style))?;
    }
    area.present()
}

/// litepool's lines are thick.
fn draw_line<B: DrawingBackend>(
    chart: &mut Chart<'_, B>,
    sweep: &Sweep,
    line: &Line,
    colour: RGBColor,
) -> Drawn<B> {
    let width = if line.name.starts_with("litepool") {
        3
    } else {
        1
    };
    let style = colour.stroke_width(width);
    let points: Vec<(f64, f64)> = sweep
        .at
        .iter()
        .zip(&line.ns)
        .filter_map(|(&at, ns)| Some((sweep.axis.scaled(at), (*ns)?)))
        .collect();
    chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
    let dots = points
        .into_iter()
        .map(|point| Circle::new(point, width, colour.filled()));
    chart.draw_series(dots)?;
    Ok(())
}

/// The names of the lines behind their ends, one below the other where ends are close.
fn names<B: DrawingBackend>(
    chart: &Chart<'_, B>,
    sweep: &Sweep,
) -> Vec<(String, RGBColor, (i32, i32))> {
    let mut names: Vec<(String, RGBColor, (i32, i32))> = sweep
        .lines
        .iter()
        .zip(COLOURS)
        .filter_map(|(line, colour)| {
            let measured = sweep.at.iter().zip(&line.ns);
            let (at, ns) = measured
                .filter_map(|(at, ns)| Some((at, (*ns)?)))
                .next_back()?;
            let end = (sweep.axis.scaled(*at), ns);
            let (x, y) = chart.backend_coord(&end);
            Some((line.name.clone(), colour, (x + 10, y - 6)))
        })
        .collect();
    // From the lowest up: there is more room above.
    names.sort_by_key(|(_, _, (_, y))| std::cmp::Reverse(*y));
    let mut lowest = i32::MAX;
    for (_, _, (_, y)) in &mut names {
        *y = lowest.min(*y);
        lowest = *y - NAME_DISTANCE;
    }
    names
}

/// Room above most of the lines, and for every point.
fn top(sweep: &Sweep) -> f64 {
    let all: Vec<f64> = sweep
        .lines
        .iter()
        .flat_map(|line| line.ns.iter().flatten().copied())
        .collect();
    let most = all.iter().copied().fold(0.0, f64::max);
    (most * 1.05).max(2.5 * median(&all).unwrap_or(1.0))
}

/// A value on the axis.
pub fn label(axis: Axis, at: f64) -> String {
    let units: &[(f64, &str)] = match axis {
        Axis::Blocks => &[(1e6, " M"), (1e3, " k"), (1.0, "")],
        Axis::Pool => &[
            (f64::from(1 << 30), " GiB"),
            (f64::from(1 << 20), " MiB"),
            (f64::from(1 << 10), " KiB"),
            (1.0, ""),
        ],
    };
    let &(unit, name) = units
        .iter()
        .find(|(unit, _)| at >= *unit)
        .unwrap_or(&(1.0, ""));
    format!("{:.0}{name}", at / unit)
}
